"""How the department's instructors grade: they note what they heard, and give points for how much of it there was."""

from itertools import accumulate
from random import Random

from speechgrade_shared.rubric import Category, Criterion, Rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore

from speechgrade_local.department.speaker import Speaker
from speechgrade_local.department.speech import Speech
from speechgrade_local.department.wording import CHECKLIST

SLIP = 0.08
"""How often an instructor is a point off what the evidence earns."""
VERDICTS = ("Strong work", "Good start", "Keep practicing")
_LOWEST = 1.0


def grade(speech: Speech, rubric: Rubric, speaker: Speaker, rng: Random) -> ScoredSpeech:
    """Grade a speech as an instructor would: evidence first, then points, now and then a point off."""
    sections = tuple(
        SectionScore(
            category.name,
            notes(speech, category),
            tuple((c.name, _with_slip(rng, c, earned_points(speech, c))) for c in category.criteria),
        )
        for category in rubric.categories
    )
    total = sum(section.total for section in sections)
    return ScoredSpeech(sections, _comment(rng, total / rubric.max_points, speaker))


def notes(speech: Speech, category: Category) -> str:
    """What an instructor writes down for a category: the checklist of each criterion with a running count."""
    return " ".join(f"{criterion.name}: {_tallied(speech, criterion.name)}." for criterion in category.criteria)


def earned_points(speech: Speech, criterion: Criterion) -> float:
    """The points that the evidence earns: one to begin with, and one more for each thing heard."""
    return min(_LOWEST + float(speech.count(criterion.name)), criterion.max_points)


def _tallied(speech: Speech, behaviour: str) -> str:
    heard = speech.evidence[behaviour]
    tally = accumulate(int(word in heard) for word in CHECKLIST[behaviour])
    ticked = zip(CHECKLIST[behaviour], tally, strict=True)
    return ", ".join(f"{word} {'yes' if word in heard else 'no'} {count}" for word, count in ticked)


def _with_slip(rng: Random, criterion: Criterion, points: float) -> float:
    if rng.random() >= SLIP:
        return points
    return min(max(points + rng.choice((-1, 1)), _LOWEST), criterion.max_points)


def _comment(rng: Random, share: float, speaker: Speaker) -> str:
    verdict = VERDICTS[0] if share >= 0.75 else VERDICTS[1] if share >= 0.5 else VERDICTS[2]
    return f"{verdict}, {speaker.first_name}." if rng.random() < 0.3 else f"{verdict}."
