"""A speech that nobody gave, scored as any other and kept nowhere."""

from speechgrade_shared.findings import Finding, Level, fine
from speechgrade_shared.roster import Roster
from speechgrade_shared.rubric import parse_rubric

from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.scoring.outcomes import Absent, Outcome
from speechgrade_scorer.scoring.speech import Speech

NAME = "rehearsal"
_TRANSCRIPT = (
    "Good morning. I want to talk about why our campus should keep bees. First, bees make the gardens grow. Second, "
    "everybody who looks after them learns patience. Thank you for listening."
)
_RUBRIC = {
    "name": "Rehearsal",
    "categories": [
        {
            "name": "Content",
            "points": 5,
            "subcategories": [{"name": "Main point", "points": 3}, {"name": "Support", "points": 2}],
        }
    ],
}
_FIXES = {
    "no_champion": 'speechgrade-trainer promote latest --reason "…"',
    "champion_not_loaded": "It is on its way to the engine; wait a minute, then: speechgrade-scorer sync",
    "deadline_exceeded": "The engine is too slow for SPEECHGRADE_SCORE_DEADLINE_S: look at its load, or allow more.",
}
_OTHERWISE = "speechgrade-scorer sync says which adapter cannot be loaded; the engine's log says why."


def made_up_speech() -> Speech:
    """A speech about bees and a small rubric; of no evaluation, and with nobody's name in it."""
    return Speech(None, _TRANSCRIPT, parse_rubric(_RUBRIC), Roster())


async def rehearse(service: ScoringService) -> Finding:
    """Score it through the engine, by the same way as a student's."""
    return judge_outcome(await service.rehearse(made_up_speech()))


def judge_outcome(outcome: Outcome) -> Finding:
    if isinstance(outcome, Absent):
        code = outcome.cause.code
        return Finding(Level.WRONG, NAME, code, outcome.cause.public, _FIXES.get(code, _OTHERWISE))
    if outcome.is_fallback:
        detail = f"a made-up speech was scored by a fallback, {outcome.model_used}"
        return Finding(Level.WARN, NAME, "fallback_answered", detail, _OTHERWISE)
    return fine(NAME, f"a made-up speech was scored by {outcome.model_used}, and not kept")
