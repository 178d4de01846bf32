"""Whether a manifest is what the API takes, with no key too many.

Kubernetes' own kinds are checked against its published schemas. Those of KEDA, Kueue, Kubeflow Trainer and the Prometheus
Operator against ``schemas/``: our own, after their API references, of the keys that we use; any other key is refused. A
TrainingRuntime holds a Job, which is then checked as one.
"""

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]
import yaml

from .manifests import Manifest

KUBERNETES = "1.35"
_SCHEMAS = Path(__file__).parent / "schemas"
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA = {"required": ["name"], "properties": {"name": {}, "namespace": {}, "labels": _TEXTS, "annotations": _TEXTS}}


def breaches(document: Manifest) -> list[str]:
    """What the API would not take, a sentence each."""
    # The same manifests come in many combinations.
    return list(_breaches(json.dumps(document, sort_keys=True)))


@functools.cache
def _breaches(text: str) -> tuple[str, ...]:
    document = json.loads(text)
    path = _SCHEMAS / f"{document['kind']}.yaml"
    if not path.is_file():
        return tuple(_breaches_of_kubernetes(document))
    found = [_sentence(error) for error in _validator(path).iter_errors(document)]
    if not found and document["kind"] == "TrainingRuntime":
        for job in document["spec"]["template"]["spec"]["replicatedJobs"]:
            found += _breaches_of_kubernetes({"apiVersion": "batch/v1", "kind": "Job", **job["template"]})
    return tuple(found)


def _breaches_of_kubernetes(document: Manifest) -> list[str]:
    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except jsonschema.ValidationError as error:
        return [_sentence(error)]
    except kubernetes_validate.SchemaNotFoundError as error:
        return [str(error.message)]
    return []


@functools.cache
def _validator(path: Path) -> jsonschema.Draft202012Validator:
    properties: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    properties |= {"kind": {"const": path.stem}, "metadata": _METADATA}
    schema = _closed({"required": sorted(properties), "properties": properties})
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _closed(schema: Any) -> Any:
    """The same schema, in which an object has the properties that are named and no others."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" not in schema:
        return {"type": "object", "additionalProperties": False, **inner}
    return inner


def _sentence(error: jsonschema.ValidationError) -> str:
    return f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
