"""From a row of ``llm.read_evaluations`` to a settlement: an anonymized example, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from speechgrade_shared.anonymize import ANONYMIZER_VERSION, Anonymizer
from speechgrade_shared.answer import MAX_COMMENTS, MAX_FEEDBACK
from speechgrade_shared.canonicalize import canonical_scores
from speechgrade_shared.errors import RubricInvalid, SectionsUnreadable
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.prompt import RENDERER_VERSION, defang, render_rubric
from speechgrade_shared.roster import Roster, evaluation_roster
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech
from speechgrade_shared.subject import Split, SplitShares, assign_split, example_id

from speechgrade_exporter.eligibility import exclusion_reason
from speechgrade_exporter.lines import Example
from speechgrade_exporter.markers import redacted_markers
from speechgrade_exporter.provenance import Provenance, classify, provider_name
from speechgrade_exporter.rubric_source import resolve_rubric
from speechgrade_exporter.stored_data import read_data, storable
from speechgrade_exporter.transcript_gate import TranscriptLimits, transcript_reason


@dataclass(frozen=True, slots=True)
class ExampleRules:
    """What an operator has chosen about examples."""

    key: bytes
    shares: SplitShares
    trainable: frozenset[Provenance]
    limits: TranscriptLimits
    with_markers: bool = False


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
            "anonymizer_version": ANONYMIZER_VERSION,
            "renderer_version": RENDERER_VERSION,
        }


def settle(row: Mapping[str, Any], rules: ExampleRules) -> Settlement:
    """Decide about one evaluation."""
    person = row.get("person") or {}
    settlement = Settlement(str(row["evaluation_id"]), "excluded", subject=person.get("subject"))
    reason = exclusion_reason(row) or _reason_of_person(person)
    if reason is not None:
        return replace(settlement, reason=reason)
    try:
        return _taught(settlement, row, rules)
    except (SectionsUnreadable, RubricInvalid) as error:
        # What is absent was never graded; what is there and cannot be read is for somebody to look at.
        status = "excluded" if error.code.endswith("_missing") else "quarantined"
        return replace(settlement, status=status, reason=error.code)


def _taught(settlement: Settlement, row: Mapping[str, Any], rules: ExampleRules) -> Settlement:
    evaluation: Mapping[str, Any] = row["evaluation"]
    data = read_data(evaluation.get("evaluation_data"))
    provenance = classify(evaluation, data, row.get("own_scores"))
    settlement = replace(settlement, provenance=provenance)
    reason = _refusal(evaluation, data, provenance, rules)
    if reason is not None:
        return replace(settlement, reason=reason)
    rubric = resolve_rubric(row.get("rubric"), data)
    scored = canonical_scores(data, rubric)
    roster = evaluation_roster(row["roster"], data)
    redactor = _Redactor(roster)
    transcript = redactor.text(evaluation["transcript"])
    example = Example(
        example_id=example_id(rules.key, settlement.evaluation_id),
        subject_hash=str(settlement.subject),
        rubric=rubric,
        transcript=transcript,
        scored=redactor.scores(scored),
    )
    markers = redacted_markers(data.get("timeline_markers"), redactor.text) if rules.with_markers else None
    leak = _leak(example, markers, roster)
    if leak is not None:
        return replace(settlement, status="quarantined", reason=leak)
    split = _frozen_split(row) or assign_split(rules.key, example.subject_hash, rules.shares)
    return replace(settlement, status="included", example=example, split=split, markers=markers)


def _refusal(
    evaluation: Mapping[str, Any], data: Mapping[str, Any], provenance: Provenance, rules: ExampleRules
) -> str | None:
    if provenance not in rules.trainable:
        return f"provenance_{provenance}"
    return transcript_reason(
        evaluation.get("transcript"),
        provider=provider_name(evaluation),
        speech_time=data.get("speechTime"),
        limits=rules.limits,
    )


class _Redactor:
    """Takes out of the texts of one evaluation what names anybody, and what could act as markup."""

    def __init__(self, roster: Roster) -> None:
        self._anonymizer = Anonymizer(roster)

    def text(self, raw: str) -> str:
        # Invisible characters go first: they could hide a name from the anonymizer and be gone when it is read.
        return self._anonymizer.redact(defang(storable(raw))).text

    def scores(self, scored: ScoredSpeech) -> ScoredSpeech:
        sections = tuple(
            replace(section, feedback=shortened(self.text(section.feedback), MAX_FEEDBACK))
            for section in scored.sections
        )
        return ScoredSpeech(sections, shortened(self.text(scored.overall_comments), MAX_COMMENTS))


def shortened(text: str, longest: int) -> str:
    """A comment cut after a whole sentence, or else a whole word: no answer may be longer, so no target may."""
    if len(text) <= longest:
        return text
    head = text[: longest + 1]
    end = max(head.rfind(mark) + 1 for mark in (". ", "! ", "? ", ".\n")) or head.rfind(" ")
    return head[: end if end > 0 else longest].strip()


def _leak(example: Example, markers: list[dict[str, Any]] | None, roster: Roster) -> str | None:
    texts = [example.transcript, example.scored.overall_comments]
    texts += [section.feedback for section in example.scored.sections]
    texts += [str(value) for marker in markers or () for value in marker.values()]
    found = leaks("\n".join(texts), roster) or _rubric_leak(example.rubric, roster)
    return f"leak_{found[0]}" if found else None


def _rubric_leak(rubric: Rubric, roster: Roster) -> tuple[str, ...]:
    # Students are not looked for: one called Field or Hook would take the whole course's rubric out.
    staff = Roster(tuple(person for person in roster.people if person.role == "instructor"))
    return tuple(kind for kind in leaks(render_rubric(rubric), staff) if kind != "number")


def _reason_of_person(person: Mapping[str, Any]) -> str | None:
    if person.get("erased"):
        return "subject_erased"
    # A speech that is nobody's could never be withdrawn.
    return None if person.get("subject") else "enrolment_unknown"


def _frozen_split(row: Mapping[str, Any]) -> Split | None:
    frozen = (row.get("person") or {}).get("split")
    return Split(frozen) if frozen else None
