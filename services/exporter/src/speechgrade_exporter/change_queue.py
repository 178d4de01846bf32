"""The change queue as a worker sees it: claim under a lease, read, settle, fail, give back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.errors import ReadIncomplete

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that is ours until its lease ends."""

    evaluation_id: str
    generation: int


class ChangeQueue:
    """The RPCs of one worker."""

    def __init__(self, project: SupabaseProject, worker: str, *, batch_size: int, lease_seconds: int) -> None:
        self._project = project
        self._worker = worker
        self._batch_size = batch_size
        self.lease_seconds = lease_seconds

    def claim(self) -> list[Claim]:
        """Claim the oldest open changes; none when nothing is open."""
        params = {"p_worker": self._worker, "p_limit": self._batch_size, "p_lease_seconds": self.lease_seconds}
        answer = self._project.rpc("claim_changes", params) or ()
        return [Claim(str(row["evaluation_id"]), int(row["generation"])) for row in answer]

    def extend(self) -> None:
        """Keep what is claimed for another lease."""
        self._project.rpc("extend_claims", {"p_worker": self._worker, "p_lease_seconds": self.lease_seconds})

    def read(self, claims: Sequence[Claim]) -> dict[str, Row]:
        """Every claimed evaluation with all that decides about it.

        Raises:
            ReadIncomplete: one that was asked for is missing in the answer.
        """
        wanted = [claim.evaluation_id for claim in claims]
        rows = _reunited(self._project.rpc("read_changes", {"p_ids": wanted}))
        if rows.keys() != set(wanted):
            raise ReadIncomplete("The project did not return every evaluation that was asked for.")
        return rows

    def resolve(self, people: Sequence[Mapping[str, Any]]) -> dict[str, Row]:
        """By evaluation: the person's pseudonym, their frozen split if there is one, and whether they were erased."""
        return dict(self._project.rpc("resolve_subjects", {"p_people": list(people)})) if people else {}

    def settle(self, items: Sequence[Mapping[str, Any]]) -> Counter[str]:
        """Keep what became of changes and acknowledge them, in one transaction; counts by outcome."""
        answer = self._project.rpc("settle_changes", {"p_worker": self._worker, "p_items": list(items)})
        return Counter({str(outcome): int(count) for outcome, count in answer.items()})

    def fail(self, ids: Sequence[str], code: str, *, is_counted: bool) -> None:
        """Give changes back for another try; only what is counted can use its tries up."""
        params = {"p_worker": self._worker, "p_ids": list(ids), "p_error_code": code, "p_is_counted": is_counted}
        self._project.rpc("fail_changes", params)

    def release(self) -> int:
        """Give back what was claimed and not worked on."""
        return int(self._project.rpc("release_changes", {"p_worker": self._worker}) or 0)


def _reunited(parts: Sequence[Row]) -> dict[str, Row]:
    """Rows as ``llm.read_evaluations`` gives them, from what ``llm.read_changes`` sends: shared parts come once."""
    rubrics = {part["id"]: part["rubric"] for part in parts if part.get("shared") == "rubric"}
    people = {part["id"]: part["people"] for part in parts if part.get("shared") == "course"}
    rows = {str(part["evaluation_id"]): part for part in parts if "shared" not in part}
    for row in rows.values():
        evaluation = row["evaluation"] or {}
        row["rubric"] = rubrics.get(evaluation.get("rubric_id"))
        speaker = evaluation.get("student_id")
        row["roster"]["people"] = [
            person | {"role": "speaker"} if person["id"] == speaker else person
            for person in people.get(evaluation.get("course_id"), ())
        ]
    return rows
