"""What is to be scored: a transcript, the rubric it is judged by, and who could be named in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from speechgrade_shared.anonymize import NameFinder
from speechgrade_shared.canonicalize import parse_evaluation_data
from speechgrade_shared.errors import SectionsUnreadable
from speechgrade_shared.roster import Roster, evaluation_roster
from speechgrade_shared.rubric import Rubric, parse_rubric

from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.errors import EvaluationUnknown, RequestInvalid, RubricMissing, TooLarge
from speechgrade_scorer.scoring.redaction import redacted


@dataclass(frozen=True, slots=True)
class Speech:
    """A speech that can be scored. The transcript is still as it was spoken: it never leaves this object raw."""

    evaluation_id: UUID | None
    transcript: str
    rubric: Rubric
    roster: Roster
    scopes: Scopes = field(default_factory=Scopes)
    allows_external: bool = False
    """Whether its institution lets an anonymized text go to another provider."""


@dataclass(frozen=True, slots=True)
class GivenSpeech:
    """A speech that came with its request, already anonymized: nobody is known by name in it."""

    transcript: str
    rubric: Rubric

    def as_request(self) -> dict[str, Any]:
        """The form in which it is kept until it was scored."""
        return {"transcript": self.transcript, "rubric": self.rubric.as_dict()}

    def as_speech(self) -> Speech:
        return Speech(None, self.transcript, self.rubric, Roster())


def given_speech(transcript: str, rubric: Mapping[str, Any], finder: NameFinder | None, *, longest: int) -> GivenSpeech:
    """Read and anonymize a speech that a caller sends along.

    Raises:
        RubricInvalid: the rubric cannot be graded with, or not by words alone (``rubric_not_observable``).
        RequestInvalid: there is no transcript.
        TooLarge: it is too long.
        LeakFound: it could not be anonymized with certainty.
    """
    parsed = _scorable(rubric)
    return GivenSpeech(redacted(_transcript(transcript, longest), Roster(), finder), parsed)


def kept_speech(request: Mapping[str, Any]) -> Speech:
    """The speech of a request as ``GivenSpeech.as_request`` kept it."""
    return GivenSpeech(str(request["transcript"]), parse_rubric(request["rubric"])).as_speech()


def stored_speech(row: Mapping[str, Any] | None, *, longest: int) -> Speech:
    """The speech of an evaluation, from what ``llm.read_for_scoring`` returned.

    Raises:
        EvaluationUnknown: there is none, or it was deleted.
        RubricMissing: it has no rubric.
        SectionsUnreadable: it has none but perhaps in its ``evaluation_data``, which cannot be read.
        RubricInvalid, RequestInvalid, TooLarge: as for a given speech.
    """
    evaluation = row.get("evaluation") if row else None
    if row is None or not evaluation or evaluation.get("deleted_locally_at"):
        raise EvaluationUnknown("There is no such evaluation.")
    data, unreadable = _evaluation_data(evaluation.get("evaluation_data"))
    rubric = row.get("rubric") or {}
    if not rubric.get("categories"):
        if unreadable:
            raise unreadable
        rubric = data.get("rubric_structure")
    if not rubric:
        raise RubricMissing("The evaluation has no rubric.")
    return Speech(
        evaluation_id=UUID(str(row["evaluation_id"])),
        transcript=_transcript(evaluation.get("transcript"), longest),
        rubric=_scorable(rubric),
        roster=evaluation_roster(row.get("roster") or {}, data),
        scopes=scopes_of(row),
        allows_external=row.get("allows_external") is True,
    )


def _scorable(raw: object) -> Rubric:
    """The whole rubric, for all of it is shown; refused before any work where words alone show nothing of it."""
    rubric = parse_rubric(raw)
    _ = rubric.observable
    return rubric


def scopes_of(row: Mapping[str, Any]) -> Scopes:
    """What the evaluation of a reading belongs to."""
    return Scopes(**{kind: str(scope or "") for kind, scope in (row.get("scopes") or {}).items()})


def _evaluation_data(raw: object) -> tuple[Mapping[str, Any], SectionsUnreadable | None]:
    try:
        return parse_evaluation_data(raw), None
    except SectionsUnreadable as error:
        missing = error.code == "evaluation_data_missing"
        return {}, None if missing else error


def _transcript(raw: object, longest: int) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    if not text:
        raise RequestInvalid("There is no transcript to score.", code="transcript_missing")
    if len(text) > longest:
        raise TooLarge(f"The transcript is longer than {longest} characters.")
    return text
