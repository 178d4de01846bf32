"""What is ordered: by whom, under which key, and what it is the fingerprint of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.tracing import TRACEPARENT, trace_headers

from speechgrade_scorer.scoring.speech import GivenSpeech


@dataclass(frozen=True, slots=True)
class Order:
    """A score that somebody asks for: of an evaluation of the project, or of a speech that is given along."""

    requested_by: str
    evaluation_id: UUID | None = None
    given: GivenSpeech | None = None
    key: str | None = None
    """The caller's idempotency key: the same key gets the same answer, and work is done once."""
    trace: Mapping[str, str] = field(default_factory=dict)
    """Headers that tie what is logged and traced elsewhere to this order."""
    score_id: UUID = field(default_factory=uuid4)

    def as_row(self) -> dict[str, Any]:
        """The columns of ``llm.scores`` that are known before any work."""
        return {
            "id": str(self.score_id),
            "evaluation_id": str(self.evaluation_id) if self.evaluation_id else None,
            "requested_by": self.requested_by,
            "idempotency_key": self.key,
            "request_sha256": self.fingerprint(),
            "request": self.given.as_request() if self.given else None,
            "traceparent": self.trace.get(TRACEPARENT),
        }

    def fingerprint(self) -> str:
        """SHA-256 of what is asked, for telling whether a key is used for the same thing again."""
        return fingerprint([str(self.evaluation_id), self.given.as_request() if self.given else None])


def fingerprint(asked: object) -> str:
    """SHA-256 of a JSON value in canonical form."""
    return sha256_hex(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def shadow_row(evaluation_id: UUID, adapter_digest: str, trace: Mapping[str, str]) -> dict[str, Any]:
    """An order for a comparison that nobody sees."""
    return {
        "id": str(uuid4()),
        "evaluation_id": str(evaluation_id),
        "requested_by": "shadow",
        "is_shadow": True,
        "wanted_adapter": adapter_digest,
        "rank": 2,
        "traceparent": trace.get(TRACEPARENT),
    }


@dataclass(frozen=True, slots=True)
class Job:
    """A score that this worker holds the lease of, with what it needs to be worked on."""

    score_id: UUID
    requested_by: str
    evaluation_id: UUID | None = None
    reading: Mapping[str, Any] | None = None
    request: Mapping[str, Any] | None = None
    is_shadow: bool = False
    wanted_adapter: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_order(cls, order: Order, reading: Mapping[str, Any] | None) -> "Job":
        request = order.given.as_request() if order.given else None
        return cls(order.score_id, order.requested_by, order.evaluation_id, reading, request, trace=order.trace)

    @classmethod
    def of_claim(cls, row: Mapping[str, Any]) -> "Job":
        evaluation = row["evaluation_id"]
        return cls(
            score_id=UUID(row["id"]),
            requested_by=str(row["requested_by"]),
            evaluation_id=UUID(evaluation) if evaluation else None,
            reading=row["reading"],
            request=row["request"],
            is_shadow=row["is_shadow"] is True,
            wanted_adapter=row["wanted_adapter"],
            trace=trace_headers(row.get("traceparent") or ""),
        )
