"""Outcomes as answers: the app's shape for a score, a problem for its absence."""

from collections.abc import Mapping
from typing import Any, Never
from uuid import UUID

from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech, from_dict, to_app_shape

from speechgrade_scorer.api.payloads import AdapterName, ScoreAnswer
from speechgrade_scorer.errors import RequestInvalid, Unscored
from speechgrade_scorer.scoring.outcomes import Ask, Scored


def answer_of(ask: Ask, outcome: Scored, prompt_version: str) -> ScoreAnswer:
    """The answer to a request whose score was just kept."""
    head = {
        "score_id": ask.score_id,
        "status": "fallback" if outcome.is_fallback else "ok",
        "model_used": outcome.model_used,
        "prompt_version": prompt_version,
        "attempts": outcome.attempts,
    }
    return _answer(head, outcome.adapter_digest, outcome.scored, outcome.rubric)


def answer_of_stored(row: Mapping[str, Any], ask: Ask, rubric: Rubric) -> ScoreAnswer:
    """The answer that was given before under the same key.

    Raises:
        RequestInvalid: ``idempotency_conflict``: the key was used for something else, or the rubric has changed since.
        Unscored: the outcome under this key is that there is no score.
    """
    if row["evaluation_id"] != (str(ask.evaluation_id) if ask.evaluation_id else None):
        raise _conflict()
    if row["status"] == "unscored":
        raise_stored_absence(row)
    stored = {"sections": row["sections"], "overallComments": row["overall_comments"] or ""}
    try:
        scored = from_dict(stored, rubric)
    except (KeyError, TypeError, ValueError) as error:
        raise _conflict() from error
    if scored.as_dict()["sections"] != row["sections"]:
        raise _conflict()
    head = {name: row[name] for name in ("status", "model_used", "prompt_version", "attempts")}
    return _answer({"score_id": row["id"], **head}, row["adapter_digest"], scored, rubric)


def raise_stored_absence(row: Mapping[str, Any]) -> Never:
    cause = SpeechgradeError("The attempt under this key ended without one.", code=str(row["reason"]))
    absence = Unscored(cause, UUID(str(row["id"])))
    absence.status = Unscored.status
    raise absence


def _answer(head: Mapping[str, Any], digest: str | None, scored: ScoredSpeech, rubric: Rubric) -> ScoreAnswer:
    adapter = AdapterName(name=adapter_name(digest), digest=digest) if digest else None
    return ScoreAnswer.model_validate({**head, "adapter": adapter, **to_app_shape(scored, rubric)})


def _conflict() -> RequestInvalid:
    return RequestInvalid("This Idempotency-Key was used for another request.", code="idempotency_conflict")
