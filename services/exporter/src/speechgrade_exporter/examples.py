"""From a row of ``llm.read_evaluations`` to a settlement: an anonymized example, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.anonymize import ANONYMIZER_VERSION, NameFinder
from speechgrade_shared.canonicalize import canonical_scores
from speechgrade_shared.errors import RubricInvalid, SectionsUnreadable
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.roster import evaluation_roster
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.subject import Split, SplitShares, assign_split, example_id

from speechgrade_exporter.eligibility import exclusion_reason
from speechgrade_exporter.lines import Example
from speechgrade_exporter.markers import redacted_markers
from speechgrade_exporter.provenance import HUMAN_PROVIDERS, Evidence, Provenance, provider_name, trace_label
from speechgrade_exporter.reasons import Reason
from speechgrade_exporter.recorded_points import is_fabricated, places_out_of_sight, without
from speechgrade_exporter.redaction import Redactor, leak_code
from speechgrade_exporter.rubric_source import resolve_rubric
from speechgrade_exporter.stored_data import Grading, read_grading
from speechgrade_exporter.transcript_gate import TranscriptLimits, transcript_reason


@dataclass(frozen=True, slots=True)
class ExampleRules:
    """What an operator has chosen about examples."""

    key: bytes
    shares: SplitShares
    trainable: frozenset[Provenance]
    limits: TranscriptLimits
    with_markers: bool = False
    human_providers: frozenset[str] = HUMAN_PROVIDERS
    name_finder: NameFinder | None = None
    anonymizer_version: str = ANONYMIZER_VERSION


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an evaluation. Only an included one carries text."""

    evaluation_id: str
    status: str
    reason: str | None = None
    subject: str | None = None
    provenance: Provenance | None = None
    example: Example | None = None
    split: Split | None = None
    markers: list[dict[str, Any]] | None = None
    anonymizer_version: str = ANONYMIZER_VERSION

    def as_item(self, generation: int) -> dict[str, Any]:
        """The shape that ``llm.settle_changes`` takes."""
        item: dict[str, Any] = {
            "evaluation_id": self.evaluation_id,
            "generation": generation,
            "status": self.status,
            "exclusion_reason": self.reason,
            "subject_hash": self.subject,
            "provenance": self.provenance,
        }
        if self.example is None:
            return item
        return item | {
            "example_id": self.example.example_id,
            "split": self.split,
            "anonymized_transcript": self.example.transcript,
            "rubric": self.example.rubric.as_dict(),
            "sections": self.example.scored.as_dict(),
            "timeline_markers": self.markers,
            "content_sha256": self.example.content_sha256(),
            "anonymizer_version": self.anonymizer_version,
            "renderer_version": RENDERER_VERSION,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """A settlement and what it was concluded from, as far as the evaluation came.

    ``candidate`` is the anonymized example also where the leak scan then refused it: it may still name somebody.
    """

    settlement: Settlement
    evidence: Evidence | None = None
    rubric: Rubric | None = None
    candidate: Example | None = None


def settle(row: Mapping[str, Any], rules: ExampleRules) -> Settlement:
    """Decide about one evaluation."""
    return decide(row, rules).settlement


def decide(row: Mapping[str, Any], rules: ExampleRules) -> Decision:
    """Decide about one evaluation, and keep what shows why."""
    case = _Case(row, rules)
    try:
        settlement = case.settled()
    except (SectionsUnreadable, RubricInvalid) as error:
        settlement = case.unreadable(error.code)
    except RecursionError:
        settlement = case.unreadable("evaluation_data_malformed")
    return Decision(settlement, case.evidence, case.rubric, case.candidate)


class _Case:
    """One evaluation on its way to a settlement, and what was found out so far."""

    def __init__(self, row: Mapping[str, Any], rules: ExampleRules) -> None:
        self._row = row
        self._rules = rules
        self._person: Mapping[str, Any] = row.get("person") or {}
        self._subject: str | None = self._person.get("subject")
        self.evidence: Evidence | None = None
        self.rubric: Rubric | None = None
        self.candidate: Example | None = None

    def settled(self) -> Settlement:
        obstacle = exclusion_reason(self._row) or _reason_of_person(self._person)
        if obstacle is not None:
            return self._left_out(obstacle)
        evaluation: Mapping[str, Any] = self._row["evaluation"]
        grading = read_grading(evaluation.get("evaluation_data"))
        rubric = self._resolved_rubric(grading)
        unseen = frozenset() if isinstance(rubric, RubricInvalid) else places_out_of_sight(rubric)
        judged = without(grading.recorded, unseen)
        self.evidence = trace_label(
            evaluation, grading, self._row.get("own_scores"), self._rules.human_providers, unseen
        )
        reason = self._refusal(evaluation, grading)
        if reason is not None:
            return self._left_out(reason)
        if is_fabricated(judged):
            return self.unreadable("sections_fabricated")
        if isinstance(rubric, RubricInvalid):
            raise rubric
        self.rubric = rubric
        if not rubric.is_observable:
            return self._left_out(Reason.RUBRIC_NOT_OBSERVABLE)
        return self._anonymized(grading, rubric)

    def _resolved_rubric(self, grading: Grading) -> Rubric | RubricInvalid:
        """The rubric, or why there is none: which matters only where nothing else is in the way."""
        try:
            return resolve_rubric(self._row.get("rubric"), grading)
        except RubricInvalid as error:
            return error

    def unreadable(self, code: str) -> Settlement:
        # What is absent was never graded; what is there and cannot be read is for somebody to look at.
        return self._left_out(code, "excluded" if code.endswith("_missing") else "quarantined")

    def _refusal(self, evaluation: Mapping[str, Any], grading: Grading) -> str | None:
        provenance = self._provenance()
        if provenance not in self._rules.trainable:
            return f"provenance_{provenance}"
        return transcript_reason(
            evaluation.get("transcript"),
            provider=provider_name(evaluation),
            speech_time=grading.data.get("speechTime"),
            limits=self._rules.limits,
        )

    def _anonymized(self, grading: Grading, rubric: Rubric) -> Settlement:
        scored = canonical_scores(grading.data, rubric)
        roster = evaluation_roster(self._row["roster"], grading.data)
        redactor = Redactor(roster, self._rules.name_finder)
        self.candidate = example = Example(
            example_id=example_id(self._rules.key, str(self._row["evaluation_id"])),
            subject_hash=str(self._subject),
            rubric=rubric,
            transcript=redactor.text(self._row["evaluation"]["transcript"]),
            scored=redactor.scores(scored),
        )
        markers = None
        if self._rules.with_markers:
            markers = redacted_markers(grading.data.get("timeline_markers"), redactor.text)
        leak = leak_code(example, markers or (), roster)
        return self._left_out(leak, "quarantined") if leak else self._included(example, markers)

    def _included(self, example: Example, markers: list[dict[str, Any]] | None) -> Settlement:
        frozen = self._person.get("split")
        split = Split(frozen) if frozen else assign_split(self._rules.key, example.subject_hash, self._rules.shares)
        return Settlement(
            str(self._row["evaluation_id"]),
            "included",
            subject=example.subject_hash,
            provenance=self._provenance(),
            example=example,
            split=split,
            markers=markers,
            anonymizer_version=self._rules.anonymizer_version,
        )

    def _left_out(self, reason: str, status: str = "excluded") -> Settlement:
        evaluation_id = str(self._row["evaluation_id"])
        return Settlement(evaluation_id, status, str(reason), self._subject, self._provenance())

    def _provenance(self) -> Provenance | None:
        return self.evidence.provenance if self.evidence else None


def _reason_of_person(person: Mapping[str, Any]) -> Reason | None:
    if person.get("erased"):
        return Reason.SUBJECT_ERASED
    # A speech that is nobody's could never be withdrawn.
    return None if person.get("subject") else Reason.ENROLMENT_UNKNOWN
