"""What OpenAI-compatible APIs understand of a question. They agree on little beyond the messages.

Where strict schemas know few keywords (the OpenAI guide "Structured Outputs" lists them), all others are left out: the
grammar is then wider than the rubric, and the validation, which trusts no grammar, stays as it is. Some models refuse
parameters that others need; which one is refused stands in the error, and is left out or renamed from then on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from speechgrade_scorer.engines.provider import Question

_KEYWORDS = ("type", "enum", "const", "required", "additionalProperties", "description", "$ref")
_SCHEMAS = ("properties", "$defs")
_LISTS = ("anyOf",)
_RENAMED = {"max_tokens": "max_completion_tokens"}
SCHEMA = "response_format"
NEGOTIABLE = frozenset({SCHEMA, "max_tokens", "temperature", "seed"})
"""What can be simpler or left out while the question is still the same question."""


def portable_body(question: Question, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The question as a body that hosted APIs take: no log-probabilities, and nothing that was ``refused``."""
    schema = portable_schema(question.schema) if SCHEMA in refused else question.schema
    body = replace(question, schema=schema, with_certainty=False).as_body()
    for name in (refused - {SCHEMA}) & body.keys():
        value = body.pop(name)
        if name in _RENAMED:
            body[_RENAMED[name]] = value
    return body


def portable_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema with the keywords that strict modes know; a list of numbers or texts is given its type."""
    plain = {name: schema[name] for name in _KEYWORDS if name in schema}
    for name in _SCHEMAS:
        if name in schema:
            plain[name] = {key: portable_schema(inner) for key, inner in schema[name].items()}
    for name in _LISTS:
        if name in schema:
            plain[name] = [portable_schema(inner) for inner in schema[name]]
    if isinstance(schema.get("items"), Mapping):
        plain["items"] = portable_schema(schema["items"])
    if "enum" in plain and "type" not in plain:
        plain["type"] = _type_of(plain["enum"])
    return plain


def refused_parameter(body: object) -> str | None:
    """The negotiable parameter that an error says is not supported, if it says so in a place made for it."""
    if not isinstance(body, Mapping):
        return None
    error = body.get("error")
    named = [error.get("param")] if isinstance(error, Mapping) else []
    # Servers made with FastAPI say it so.
    details = body.get("detail")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, Mapping) and isinstance(detail.get("loc"), list):
            named += detail["loc"]
    return next((name for name in named if isinstance(name, str) and name in NEGOTIABLE), None)


def _type_of(values: list[Any]) -> str | list[str]:
    found = sorted({"null" if value is None else "string" if isinstance(value, str) else "number" for value in values})
    return found[0] if len(found) == 1 else found
