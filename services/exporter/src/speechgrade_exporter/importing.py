"""What importing a file means where the database is the truth: its items say which evaluations to look at again.

An item adds no text and no scores of its own. Tied to an evaluation that is there, that evaluation is put into the
queue and decided about like any other; tied to none, it has nobody's consent and is never learned from.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from speechgrade_shared.errors import SectionsUnreadable
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.app_items import AppItem, recognize
from speechgrade_exporter.edit_screen import same_points
from speechgrade_exporter.evaluation_index import EvaluationIndex
from speechgrade_exporter.evaluation_rows import Row, read_rows, with_people
from speechgrade_exporter.examples import ExampleRules, settle
from speechgrade_exporter.item_files import Malformed
from speechgrade_exporter.reasons import Reason
from speechgrade_exporter.recorded_points import recorded_scores
from speechgrade_exporter.stored_data import read_grading

REFUSED = "refused"
_AT_ONCE = 200
Watch = Callable[[Iterator[Row], int], Iterable[Row]]


def _unwatched(rows: Iterator[Row], _total: int) -> Iterable[Row]:
    return rows


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of an item: refused, or what the evaluation that it is tied to is now.

    ``scores_differ`` says that the file's scores are not the row's, which win; None where there is nothing to compare.
    """

    item: int
    outcome: str
    reason: str | None = None
    evaluation: str | None = None
    tied_by: str | None = None
    scores_differ: bool | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of a file."""

    results: list[ItemResult] = field(default_factory=list)
    enqueued: int = 0

    @property
    def has_failures(self) -> bool:
        """Whether something could not even be read."""
        failed = {Reason.IMPORT_MALFORMED, Reason.PROCESSING_FAILED}
        return any(result.reason in failed for result in self.results)

    def outcomes(self) -> dict[tuple[str, str], list[ItemResult]]:
        """The results by outcome and reason, the most frequent first."""
        counts = Counter((result.outcome, result.reason or "") for result in self.results)
        return {
            kind: [result for result in self.results if (result.outcome, result.reason or "") == kind]
            for kind, _ in counts.most_common()
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            "items": len(self.results),
            "enqueued": self.enqueued,
            "scores_differ": sum(result.scores_differ is True for result in self.results),
            "outcomes": dict(Counter(result.outcome for result in self.results)),
            "reasons": dict(Counter(result.reason for result in self.results if result.reason)),
            "results": [asdict(result) for result in self.results],
        }


@dataclass(frozen=True, slots=True)
class _Tied:
    number: int
    item: AppItem
    evaluation: str
    by: str


class Importer:
    """Ties items to evaluations and puts those into the queue.

    ``watch`` is given the rows of all evaluations and their number, where a file makes us read them all.
    """

    def __init__(self, project: SupabaseProject, rules: ExampleRules, watch: Watch = _unwatched) -> None:
        self._project = project
        self._rules = rules
        self._watch = watch
        self._index: EvaluationIndex | None = None
        self._queued: set[str] = set()

    def run(self, items: Iterable[tuple[int, object]]) -> ImportReport:
        """Look at every item of a file; nothing of their content is kept.

        Raises:
            ProjectError: the project did not answer, or refused; running it again repeats nothing.
        """
        report = ImportReport()
        waiting: list[_Tied] = []
        for number, raw in items:
            tied = self._tied(number, raw)
            if isinstance(tied, Reason):
                report.results.append(ItemResult(number, REFUSED, str(tied)))
                continue
            waiting.append(tied)
            if len(waiting) == _AT_ONCE:
                self._look_again(waiting, report)
                waiting = []
        self._look_again(waiting, report)
        report.results.sort(key=lambda result: result.item)
        return report

    def _tied(self, number: int, raw: object) -> _Tied | Reason:
        item = Reason.IMPORT_MALFORMED if isinstance(raw, Malformed) else recognize(raw)
        if isinstance(item, Reason):
            return item
        if item.evaluation is not None:
            return _Tied(number, item, item.evaluation, "id")
        found = self._by_content(item)
        return found if isinstance(found, Reason) else _Tied(number, item, found, "content")

    def _by_content(self, item: AppItem) -> str | Reason:
        if self._index is None:
            # Everything is read once, and only for a file that has items without an id.
            known = sorted(set(self._known()))
            self._index = EvaluationIndex(self._watch(read_rows(self._project, known), len(known)))
        return self._index.find(item)

    def _known(self) -> Iterator[str]:
        for table in ("training_data", "change_queue"):
            for row in self._project.rows(table, "evaluation_id", key="evaluation_id"):
                yield str(row["evaluation_id"])

    def _look_again(self, tied: list[_Tied], report: ImportReport) -> None:
        ids = sorted({one.evaluation for one in tied})
        read = with_people(self._project, read_rows(self._project, ids), self._rules.key)
        rows = {str(row["evaluation_id"]): row for row in read}
        report.results += [self._result(one, rows[one.evaluation]) for one in tied]
        open_ids = [name for name in ids if rows[name].get("evaluation") and name not in self._queued]
        if open_ids:
            params = {"p_ids": open_ids, "p_reason": "import", "p_actor": "exporter"}
            report.enqueued += int(self._project.rpc("enqueue_changes", params))
            self._queued.update(open_ids)

    def _result(self, tied: _Tied, row: Mapping[str, Any]) -> ItemResult:
        try:
            settlement = settle(row, self._rules)
        except Exception:
            # What is wrong with one row must not keep the others out, and its text must not be shown.
            return ItemResult(tied.number, REFUSED, str(Reason.PROCESSING_FAILED), tied.evaluation, tied.by)
        return ItemResult(
            tied.number, settlement.status, settlement.reason, tied.evaluation, tied.by, scores_differ(tied.item, row)
        )


def scores_differ(item: AppItem, row: Mapping[str, Any]) -> bool | None:
    """Whether an item's scores are others than those of its evaluation now; None where either has none."""
    try:
        now = read_grading((row.get("evaluation") or {}).get("evaluation_data")).recorded
    except SectionsUnreadable:
        return None
    then = recorded_scores(item.sections)
    if not now or not then:
        return None
    return then.keys() != now.keys() or any(not same_points(then[place].points, now[place].points) for place in now)
