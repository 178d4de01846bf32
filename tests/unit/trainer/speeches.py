"""Speeches with known scores for the tests of the metrics: one criterion, or several rubrics."""

from collections.abc import Sequence

from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore
from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.ground import Ground, Points, ground_of


def rubric_of(maximum: float = 4, step: float = 1.0, name: str = "One") -> Rubric:
    """A rubric with the single criterion Content / Hook."""
    criterion = {"name": "Hook", "points": maximum, "step": step}
    return parse_rubric({"name": name, "categories": [{"name": "Content", "subcategories": [criterion]}]})


ONE = rubric_of()
HOOK = ("Content", "Hook")


def speech(
    number: int, hook: float, person: int | None = None, rubric: Rubric = ONE, text: str | None = None
) -> Example:
    scored = ScoredSpeech((SectionScore("Content", "", (("Hook", hook),)),), "")
    turns = [turn.as_dict() for turn in render_messages(rubric, text or f"Speech {number}.")]
    messages = (*turns, {"role": "assistant", "content": render_answer(scored)})
    return Example(f"{number:032x}", f"{number if person is None else person:032x}", rubric, messages, scored)


def speeches(hooks: Sequence[float]) -> list[Example]:
    """One speech each of different people."""
    return [speech(number, hook) for number, hook in enumerate(hooks)]


def ground(hooks: Sequence[float]) -> Ground:
    return ground_of(speeches(hooks))


def answers(hooks: Sequence[float | None]) -> list[Points | None]:
    return [None if hook is None else {HOOK: hook} for hook in hooks]
