"""``llm.scores`` in memory: what the RPCs of the scorer promise, without a database. The real ones are tested on one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

Row = dict[str, Any]
ENDED = ("ok", "fallback", "unscored", "cancelled")
EMPTY = dict.fromkeys(
    [
        "batch_id",
        "reason",
        "problem",
        "rubric",
        "sections",
        "overall_comments",
        "total_points",
        "max_points",
        "uncertainty",
        "model_used",
        "adapter_digest",
        "prompt_version",
        "latency_ms",
        "idempotency_key",
        "request",
        "leased_by",
        "wanted_adapter",
        "traceparent",
    ]
)
CLAIMED = ("id", "evaluation_id", "requested_by", "is_shadow", "wanted_adapter", "request", "traceparent")


def now() -> datetime:
    return datetime.now(UTC)


class KeptScores:
    """The scores, the batches, and the evaluations that they are of."""

    def __init__(self) -> None:
        self.evaluations: dict[str, Row] = {}
        self.scores: dict[str, Row] = {}
        self.batches: dict[str, Row] = {}
        self.ledgers: list[Row] = []
        self.tainted: set[str] = set()
        self.disclosures: list[Row] = []

    def _accept_score(self, p_order: Row) -> Row:
        order = json.loads(json.dumps(p_order))
        key = (order["requested_by"], order.get("idempotency_key"))
        for row in self.scores.values():
            if key[1] and (row["requested_by"], row["idempotency_key"]) == key and row["id"] != order["id"]:
                return self._known(row, order)
        reading = self._read_for_scoring(order["evaluation_id"]) if order["evaluation_id"] else None
        if order["evaluation_id"] and reading is None:
            return {"verdict": "evaluation_unknown"}
        self.scores.setdefault(order["id"], self._new(order))
        return {"verdict": "accepted", "reading": reading}

    def _known(self, row: Row, order: Row) -> Row:
        if row["request_sha256"] != order["request_sha256"]:
            return {"verdict": "conflict", "id": row["id"]}
        if row["status"] not in ENDED:
            return {"verdict": "in_flight", "id": row["id"]}
        return {"verdict": "stored", "score": row}

    def _new(self, order: Row) -> Row:
        leased, lease_s, patience_s = order["leased_by"], order.pop("lease_s"), order.pop("patience_s")
        return {
            **EMPTY,
            "is_shadow": False,
            "is_challenger": False,
            "review": [],
            "attempts": 0,
            "engine": "",
            "rank": 0,
            "claims": 1 if leased else 0,
            "status": "running" if leased else "queued",
            **order,
            "lease_until": now() + timedelta(seconds=lease_s),
            "not_before": now(),
            "give_up_at": now() + timedelta(seconds=patience_s),
            "created_at": now().isoformat(),
        }

    def _read_for_scoring(self, p_evaluation: str) -> Row | None:
        row = self.evaluations.get(p_evaluation)
        evaluation = row and row["evaluation"]
        return row if evaluation and not evaluation.get("deleted_locally_at") else None

    def _claim_scores(self, p_worker: str, p_limit: int, p_lease_s: float) -> Row:
        due = [row for row in self.scores.values() if self._is_due(row)]
        due = sorted(due, key=lambda row: (row["rank"], row["created_at"], row["id"]))[:p_limit]
        for row in due:
            lease = now() + timedelta(seconds=p_lease_s)
            row |= {"status": "running", "leased_by": p_worker, "lease_until": lease, "claims": row["claims"] + 1}
        claimed = [
            {name: row[name] for name in CLAIMED} | {"reading": self._read_for_scoring(row["evaluation_id"] or "")}
            for row in due
        ]
        return {"claimed": claimed} | self._score_queue()

    def _score_queue(self) -> Row:
        waiting = [row["created_at"] for row in self.scores.values() if row["status"] == "queued"]
        since = datetime.fromisoformat(min(waiting)) if waiting else now()
        return {"waiting": len(waiting), "oldest_seconds": (now() - since).total_seconds()}

    def _is_due(self, row: Row) -> bool:
        if row["status"] == "queued":
            return bool(row["not_before"] <= now())
        return bool(row["status"] == "running" and row["lease_until"] < now())

    def _extend_scores(self, p_worker: str, p_ids: list[str], p_lease_s: float) -> list[str]:
        held = [one for one in p_ids if self._holds(one, p_worker)]
        for one in held:
            self.scores[one]["lease_until"] = now() + timedelta(seconds=p_lease_s)
        return held

    def _put_back_score(self, p_id: str, p_worker: str, p_delay_s: float) -> Row:
        row, later = self.scores[p_id], now() + timedelta(seconds=p_delay_s)
        is_put_back = self._holds(p_id, p_worker) and later <= row["give_up_at"]
        if is_put_back:
            row |= {"status": "queued", "leased_by": None, "not_before": later, "claims": 0}
        return {"put_back": is_put_back}

    def _release_scores(self, p_worker: str) -> int:
        held = [row for row in self.scores.values() if self._holds(row["id"], p_worker)]
        for row in held:
            row |= {"status": "queued", "leased_by": None}
        return len(held)

    def _holds(self, score_id: str, worker: str) -> bool:
        row = self.scores[score_id]
        return bool(row["status"] == "running" and row["leased_by"] == worker)

    def _settle_score(self, p_end: Row, p_worker: str, p_keeps_key: bool, p_ledger: Row | None) -> Row:
        end, row = json.loads(json.dumps(p_end)), self.scores[p_end["id"]]
        if not self._holds(row["id"], p_worker):
            return {"settled": False, "reason": "lost"}
        if end["status"] != "unscored" and end["adapter_digest"] in self.tainted:
            return {"settled": False, "reason": "adapter_not_approved"}
        if row["evaluation_id"] and self._read_for_scoring(row["evaluation_id"]) is None:
            end = {"status": "unscored", "reason": "evaluation_gone"}
        row |= {**end, "leased_by": None, "request": None}
        if not p_keeps_key:
            row["idempotency_key"] = None
        if p_ledger and row["status"] != "unscored":
            self.ledgers.append(p_ledger)
        return {"settled": True, "status": row["status"], "reason": row["reason"]}

    def _record_disclosure(self, p_score: str, p_evaluation: str | None, p_actor: str, p_recipient: str) -> None:
        told = {"p_score": p_score, "p_evaluation": p_evaluation, "p_actor": p_actor, "p_recipient": p_recipient}
        self.disclosures.append(told)

    def _stored_score(self, p_id: str) -> Row | None:
        row = self.scores.get(p_id)
        return row if row and not row["is_shadow"] else None

    def _score_history(self, p_evaluation: str) -> Row | None:
        if p_evaluation not in self.evaluations:
            return None
        scores = [row for row in self.scores.values() if row["evaluation_id"] == p_evaluation]
        return {"evaluation_id": p_evaluation, "model_used": None, "now": {}, "scores": scores}

    def _accept_batch(self, p_batch: Row) -> Row:
        for known in self.batches.values():
            key = p_batch["idempotency_key"]
            if key and (known["requested_by"], known["idempotency_key"]) == (p_batch["requested_by"], key):
                if known["request_sha256"] != p_batch["request_sha256"]:
                    return {"verdict": "conflict"}
                return {"verdict": "accepted", "progress": self._batch_progress(known["id"])}
        ids = p_batch["evaluation_ids"]
        if p_batch["course_id"]:
            ids = [i for i, row in self.evaluations.items() if row.get("course_id") == p_batch["course_id"]]
            if not ids:
                return {"verdict": "course_unknown"}
        self.batches[p_batch["id"]] = {**p_batch, "cancelled_at": None}
        for one in ids:
            order = {"id": str(uuid4()), "evaluation_id": one, "batch_id": p_batch["id"], "rank": 1, "leased_by": None}
            order |= {"requested_by": p_batch["requested_by"], "lease_s": 0, "patience_s": p_batch["patience_s"]}
            order |= {"traceparent": p_batch["traceparent"]}
            self.scores[order["id"]] = self._new(order)
        return {"verdict": "accepted", "progress": self._batch_progress(p_batch["id"])}

    def _batch_progress(self, p_id: str) -> Row | None:
        batch = self.batches.get(p_id)
        if batch is None:
            return None
        rows = [row for row in self.scores.values() if row["batch_id"] == p_id]
        counts = {
            name: sum(row["status"] == name for row in rows) for name in ("queued", "running", "unscored", "cancelled")
        }
        shown = [{"score_id": r["id"], **{n: r[n] for n in ("evaluation_id", "status", "reason")}} for r in rows]
        return {
            "batch_id": p_id,
            "course_id": batch["course_id"],
            "requested_by": batch["requested_by"],
            "total": len(rows),
            **counts,
            "scored": sum(row["status"] in ("ok", "fallback") for row in rows),
            "is_done": not counts["queued"] + counts["running"],
            "is_cancelled": bool(batch["cancelled_at"]),
            "scores": shown,
        }

    def _cancel_batch(self, p_id: str, p_actor: str) -> Row | None:
        if p_id in self.batches:
            self.batches[p_id]["cancelled_at"] = p_actor
        for row in self.scores.values():
            if row["batch_id"] == p_id and row["status"] == "queued":
                row |= {"status": "cancelled", "reason": "cancelled"}
        return self._batch_progress(p_id)
