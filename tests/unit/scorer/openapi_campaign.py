"""schemathesis as a judge: requests drawn from a service's own description, and every broken promise of an answer.

All of its checks are on (server errors, undocumented statuses, content types and headers, answers that break their
schema, bad data accepted, good data refused, missing headers, wrong methods, ignored credentials). Ours are added: no
failure of the server at all, every refusal a problem with a stable code, a request id on every answer, and no waiting.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import EngineEvent, FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder

from .conftest import RUBRIC

LIMIT_S = 10.0
_MOST_ROUNDS = 60
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
_ID_HEADERS = ("X-Request-Id", "traceparent")


@dataclass
class Verdict:
    """What a campaign met: cases and statuses by operation, and each kind of fault with its first example."""

    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    def fault(self, operation: str, kind: str, example: str) -> None:
        self.faults.setdefault((operation, kind), example[:2000])

    def __str__(self) -> str:
        lines = [f"{operation}: {count} cases" for operation, count in sorted(self.cases.items())]
        lines += [f"{operation}: {status} x {count}" for (operation, status), count in sorted(self.statuses.items())]
        lines += [f"FAULT {operation}: {kind}\n{example}" for (operation, kind), example in self.faults.items()]
        return "\n".join(lines)


def campaign(url: str, token: str, *, cases: int, lenient: Mapping[str, tuple[str, ...]]) -> Verdict:
    """Ask every operation of the service at ``url`` at least ``cases`` times.

    ``lenient`` names, for an operation like ``POST /v1/score``, the statuses by which data may be refused that the
    description allows: what no schema can say, such as that a rubric has no points.
    """
    document = httpx.get(f"{url}/openapi.json", trust_env=False).raise_for_status().json()
    described, verdict = with_id_headers(document), Verdict()
    _ask(described, _settings(url, token, cases, lenient), verdict)
    # Where an operation takes little, the drawing ends before its number is reached; another seed goes on.
    for seed in range(2, _MOST_ROUNDS):
        lacking = {name for name, count in verdict.cases.items() if count < cases}
        if not lacking:
            break
        again = _settings(url, token, cases, lenient) | {"seed": seed}
        again["generation"] = again["generation"] | {"deterministic": False}
        # Wrong methods and sequences were tried with the whole description.
        again["phases"] = {"coverage": {"enabled": False}, "stateful": {"enabled": False}}
        _ask(_only(described, lacking), again, verdict)
    return verdict


def _ask(document: Mapping[str, Any], settings: dict[str, Any], verdict: Verdict) -> None:
    schema = schemathesis.openapi.from_dict(dict(document), config=SchemathesisConfig.from_dict(settings))
    schema.hook("map_body")(_with_a_rubric)
    for event in engine.from_schema(schema).execute():
        _judge(event, verdict)


def _only(document: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The description with these operations and no others."""
    paths = {
        path: {method: operation for method, operation in operations.items() if f"{method.upper()} {path}" in names}
        for path, operations in document["paths"].items()
    }
    return {**document, "paths": {path: operations for path, operations in paths.items() if operations}}


def _with_a_rubric(_context: object, body: Any) -> Any:
    """Half of the rubrics that are drawn become one by which can be scored; what they are drawn with stays."""
    if isinstance(body, dict) and isinstance(body.get("rubric"), dict) and len(json.dumps(body)) % 2:
        return {**body, "rubric": {**body["rubric"], **RUBRIC}}
    return body


def with_id_headers(document: Mapping[str, Any]) -> dict[str, Any]:
    """The description with the headers that every route reads, so that routes without parameters have open input."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for operations in copy["paths"].values():
        for operation in operations.values():
            known = operation.setdefault("parameters", [])
            named = {parameter["name"].lower() for parameter in known}
            known += [
                {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
                for name in _ID_HEADERS
                if name.lower() not in named
            ]
    return copy


def _settings(url: str, token: str, cases: int, lenient: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    refused = ["400", "401", "404", "405", "409", "413", "422", "429"]
    checks = {"negative_data_rejection": {"expected-statuses": refused}}
    operations = [{"include-name": name, "checks": checks | _leniency(more)} for name, more in lenient.items()]
    return {
        "seed": 1,
        "base-url": url,
        "headers": {"Authorization": f"Bearer {token}"},
        "generation": {"max-examples": cases, "deterministic": True, "no-shrink": True, "database": "none"},
        "phases": {"stateful": {"generation": {"max-examples": max(5, cases // 10)}}},
        "checks": checks,
        "continue-on-failure": True,
        "request-timeout": LIMIT_S,
        "suppress-health-check": ["all"],
        "warnings": False,
        "operations": operations,
    }


def _leniency(more: tuple[str, ...]) -> dict[str, Any]:
    return {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "404", "409", "429", *more]},
        # What is deleted here is an intention; what has become of it can still be read.
        "use_after_free": {"enabled": False},
    }


def _judge(event: EngineEvent, verdict: Verdict) -> None:
    if isinstance(event, FatalError | NonFatalError):
        error = event.exception if isinstance(event, FatalError) else event.value
        verdict.fault("campaign", type(error).__name__, str(error))
    if not isinstance(event, ScenarioFinished):
        return
    _judge_answers(event.recorder, verdict)
    for checks in event.recorder.checks.values():
        for failed in (check.failure_info for check in checks if check.failure_info):
            kind = type(failed.failure).__name__
            verdict.fault(str(failed.failure.operation), kind, f"{failed.failure}\n{failed.code_sample}")


def _judge_answers(recorder: ScenarioRecorder, verdict: Verdict) -> None:
    for case_id, interaction in recorder.interactions.items():
        operation = recorder.cases[case_id].value.operation.label
        verdict.cases[operation] += 1
        request = f"{interaction.request.method} {interaction.request.uri} {interaction.request.body}"
        if interaction.response is None:
            verdict.fault(operation, "no answer", request)
            continue
        verdict.statuses[operation, interaction.response.status_code] += 1
        for kind in broken_promises(interaction.response):
            verdict.fault(operation, kind, f"{request}\n{interaction.response.text}")


def broken_promises(response: schemathesis.Response) -> list[str]:
    """Ours, beyond schemathesis's own: the kinds of promise that an answer breaks."""
    broken = []
    if response.status_code >= 500:
        broken.append(f"status {response.status_code}")
    if "x-request-id" not in response.headers:
        broken.append("no request id")
    if response.elapsed > LIMIT_S:
        broken.append("slow")
    if response.status_code >= 400 and not _is_problem(response):
        broken.append("not a problem")
    return broken


def _is_problem(response: schemathesis.Response) -> bool:
    if response.headers["content-type"] != ["application/problem+json"]:
        return False
    if not response.content:
        # A HEAD request is answered by headers alone.
        return response.request.method == "HEAD"
    problem = response.json()
    return (
        problem["status"] == response.status_code
        and _CODE.fullmatch(problem["code"]) is not None
        and problem["type"] == f"urn:speechgrade:problem:{problem['code']}"
    )
