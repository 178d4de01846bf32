"""Why an evaluation is in the dataset or out of it, put together for a person to read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.rubric import reason_not_scored

from speechgrade_exporter.edit_screen import Difference
from speechgrade_exporter.eligibility import obstacles
from speechgrade_exporter.examples import Decision
from speechgrade_exporter.moments import moment
from speechgrade_exporter.provenance import Evidence, Provenance, Trace, standing_score
from speechgrade_exporter.reasons import sentence
from speechgrade_exporter.recorded_points import Place

INCLUDED = "The speech is an example that a model may learn from."
PROVENANCES = {
    Provenance.HUMAN_AUTHORED: "A person made the scores.",
    Provenance.HUMAN_CHANGED: "A person changed a model's scores.",
    Provenance.HUMAN_CONFIRMED: "A person saved a model's scores unchanged.",
    Provenance.AI_ONLY: "A model made the scores, and nothing shows that a person changed them.",
    Provenance.ARTEFACT: "The edit screen rewrote a model's scores by itself.",
    Provenance.SYNTHETIC: "The row was made up for a demonstration.",
}
TRACES = {
    Trace.PROVIDER: "as the app says what graded",
    Trace.OWN_SCORE: "by what this system itself had scored",
    Trace.NOT_EDITED: "because nobody saved it from an edit screen",
    Trace.KEPT_OUTPUT: "by what the app kept of the model's output",
    Trace.CORRECTIONS: "by the log of corrections",
    Trace.NO_TRACE: "because the app kept no trace of a change that fits this speech",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The transcript before and after; what came out of anonymization may still name somebody if it was refused."""

    original: str
    anonymized: str
    is_safe: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was decided now, what it was concluded from, and what the database holds."""

    evaluation_id: str
    decision: Decision
    consent: tuple[dict[str, Any], ...]
    instructor: dict[str, Any]
    also: tuple[str, ...]
    queue: Mapping[str, Any] | None
    stored: Mapping[str, Any] | None
    texts: Texts | None

    @property
    def sentence(self) -> str:
        reason = self.decision.settlement.reason
        return INCLUDED if reason is None else sentence(reason)

    @property
    def is_up_to_date(self) -> bool:
        """Whether the database holds this very decision."""
        settlement, stored = self.decision.settlement, self.stored or {}
        return (stored.get("status"), stored.get("exclusion_reason")) == (settlement.status, settlement.reason)

    def as_dict(self, *, with_original: bool) -> dict[str, Any]:
        """Everything but what identifies somebody; that too where it was asked for."""
        settlement, texts = self.decision.settlement, self.texts
        shown = texts is not None and (with_original or texts.is_safe)
        return {
            "evaluation": self.evaluation_id,
            "status": settlement.status,
            "reason": settlement.reason,
            "sentence": self.sentence,
            "also": [{"reason": code, "sentence": sentence(code)} for code in self.also],
            "consent": list(self.consent),
            "instructor": self.instructor,
            "provenance": _evidence_dict(self.decision.evidence),
            "maxima": maxima(self.decision),
            "subject": settlement.subject,
            "split": (self.stored or {}).get("split") or settlement.split,
            "queue": dict(self.queue) if self.queue else None,
            "stored": dict(self.stored) if self.stored else None,
            "is_up_to_date": self.is_up_to_date,
            "original": texts.original if texts and with_original else None,
            "anonymized": texts.anonymized if texts and shown else None,
        }


def explain_row(
    row: Mapping[str, Any], decision: Decision, queue: Mapping[str, Any] | None, stored: Mapping[str, Any] | None
) -> Explanation:
    """Put together what is known about one row of ``llm.read_evaluations``."""
    instructor = row.get("instructor") or {}
    reason = decision.settlement.reason
    return Explanation(
        evaluation_id=decision.settlement.evaluation_id,
        decision=decision,
        consent=tuple(_decisions(row.get("consent") or (), row.get("consent_types") or ())),
        instructor={
            "given": instructor.get("llm_training_consent_given") is True,
            "at": instructor.get("llm_training_consent_given_at"),
        },
        also=tuple(str(code) for code in obstacles(row) if code != reason),
        queue=queue,
        stored=stored,
        texts=_texts(row, decision),
    )


def differences(evidence: Evidence) -> dict[str, int]:
    """How many criteria differ from the model's scores, by the way they do."""
    return {str(kind): count for kind, count in sorted(Counter(evidence.differences.values()).items())}


def compared(evidence: Evidence) -> Iterator[tuple[Place, Difference, float | None, float | None]]:
    """Each criterion, how it differs, and its points before and after."""
    for place, kind in evidence.differences.items():
        yield place, kind, evidence.before[place].points, standing_score(evidence.after, place).points


def maxima(decision: Decision) -> list[dict[str, Any]]:
    """What each criterion is out of, where that was read, and why it is not taught if a transcript cannot show it."""
    return [
        {
            "category": category.name,
            "criterion": criterion.name,
            "max": criterion.max_points,
            "from": criterion.max_source,
            "not_taught": None if criterion.is_observable else reason_not_scored(criterion),
        }
        for category in (decision.rubric.categories if decision.rubric else ())
        for criterion in category.criteria
    ]


def _decisions(consent: Iterable[Mapping[str, Any]], types: Iterable[str]) -> Iterable[dict[str, Any]]:
    """The student's decisions in the order of their times; ``counts`` marks those of a type that is asked for."""
    wanted = set(types)
    dated = [(moment(form.get("at")), form) for form in consent]
    for _, form in sorted(dated, key=lambda pair: (pair[0] is not None, pair[0] and pair[0].timestamp())):
        kind = form.get("type")
        yield {"type": kind, "given": form.get("given") is True, "at": form.get("at"), "counts": kind in wanted}


def _texts(row: Mapping[str, Any], decision: Decision) -> Texts | None:
    # A speech that was refused before it was anonymized is nobody's business here.
    if decision.candidate is None:
        return None
    is_safe = decision.settlement.example is not None
    return Texts(row["evaluation"]["transcript"], decision.candidate.transcript, is_safe)


def _evidence_dict(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {
        "provenance": str(evidence.provenance),
        "sentence": PROVENANCES[evidence.provenance],
        "concluded_from": str(evidence.trace),
        "differences": differences(evidence),
        "criteria": [
            {"section": place[0], "criterion": place[1], "difference": str(kind), "before": before, "after": after}
            for place, kind, before, after in compared(evidence)
        ],
        "corrected": list(evidence.corrected),
        "kept_output_is_foreign": evidence.kept_output_is_foreign,
    }
