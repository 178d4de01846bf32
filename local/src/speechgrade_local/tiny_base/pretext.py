"""The two tasks that the tiny base is pre-trained on: noting what is heard, and filling in a form.

Neither goes from a speech to points. Notes are made of speeches that are drawn like the department's but are no one's
and get no points. Forms have no speech behind them: their notes are random, and the number beside each is its last
count, copied. What a count is worth to an instructor is in neither; an adapter learns it from gradings alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from speechgrade_shared.prompt import FENCE, Message, render_answer, render_rubric
from speechgrade_shared.rubric import Category, Criterion, Rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore

from speechgrade_local.department import ANONYMOUS, CRITERIA, TOPICS, Speech, compose_excerpt, notes
from speechgrade_local.department.grading import VERDICTS
from speechgrade_local.department.wording import CHECKLIST

_NOTING = "You are a listener. Note for each criterion what you hear in the speech. Answer with JSON only."
_FORM = "You are a clerk. Fill in the form with any notes and their last counts. Answer with JSON only."
_KINDS = ("Informative", "Persuasive", "Impromptu")
_POINTS = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """One conversation: system, user, assistant. ``invented`` says that no text stands behind the answer."""

    turns: tuple[Message, Message, Message]
    invented: bool = False


def lessons(rng: Random, noting: float, shortest: int, longest: int) -> Iterator[Lesson]:
    """An endless run of lessons: ``noting`` is the share of notes, on texts of so many sentences; the rest is forms."""
    while True:
        yield noting_lesson(rng, rng.randint(shortest, longest)) if rng.random() < noting else form_lesson(rng)


def noting_lesson(rng: Random, sentences: int) -> Lesson:
    """A speech of some sentences, and the notes on it in the shape of a grading without points."""
    rubric = _rubric(rng)
    speech = compose_excerpt(rng, rng.choice(TOPICS), ANONYMOUS, sentences)
    noted = {category.name: {"feedback": notes(speech, category)} for category in rubric.categories}
    answer = json.dumps({"sections": noted}, separators=(",", ":"))
    return Lesson(_turns(_NOTING, rubric, speech.transcript, answer))


def form_lesson(rng: Random) -> Lesson:
    """No speech: the form of a grading with random notes, their last counts, and a random comment."""
    rubric = _rubric(rng)
    noted = _random_notes(rng)
    sections = tuple(
        SectionScore(c.name, notes(noted, c), tuple((x.name, float(noted.count(x.name))) for x in c.criteria))
        for c in rubric.categories
    )
    comment = rng.choice(VERDICTS) + (f", {ANONYMOUS.first_name}." if rng.random() < 0.3 else ".")
    return Lesson(_turns(_FORM, rubric, "", render_answer(ScoredSpeech(sections, comment))), invented=True)


def _rubric(rng: Random) -> Rubric:
    described = rng.random() < 0.5
    categories = []
    for name in rng.sample(tuple(CRITERIA), rng.randint(3, 4)):
        category, description = CRITERIA[name]
        criterion = Criterion(name, description if described else "", float(_POINTS), "rubric")
        categories.append(Category(category, "", (criterion,)))
    return Rubric(f"{rng.choice(_KINDS)} Speech", "", tuple(categories), ())


def _random_notes(rng: Random) -> Speech:
    evidence = {}
    for name, words in CHECKLIST.items():
        heard = rng.sample(words, rng.randint(0, len(words)))
        evidence[name] = tuple(word for word in words if word in heard)
    return Speech("", "", evidence)


def _turns(instructions: str, rubric: Rubric, text: str, answer: str) -> tuple[Message, Message, Message]:
    return (
        Message("system", f"{instructions}\n\n{render_rubric(rubric)}"),
        Message("user", f"<{FENCE}>\n{text}\n</{FENCE}>"),
        Message("assistant", answer),
    )
