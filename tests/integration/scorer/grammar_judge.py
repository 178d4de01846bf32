"""Rubrics of every kind, and whether what a real engine writes for them is inside their bounds and on their grids."""

import json
import random
from typing import Any

import anyio
from speechgrade_scorer.engines.provider import Question
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_shared.answer import MAX_COMMENTS, MAX_FEEDBACK, answer_schema, parse_answer
from speechgrade_shared.prompt import render_messages
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech

_NAMES = (
    *("Hook", "Proof", "Opening & close", "Quellen", "構成", "emoji 😀", "𓂀 hieroglyph", "العربية", "\u202eturned"),
    *('Say "hi"', "back\\slash", "C:\\new\\table", "{brace}", "a,b:c", "<b>", "[x]", "null", "7.5", "'", "/"),
    *("$ref", "$defs", "enum", "properties", "required", "patternProperties", "additionalProperties", "points"),
    *("x" * 200, "ä" * 200, "word " * 39 + "end"),
)
_MAXIMA = (0.25, 1, 2.5, 3, 5, 7, 7.5, 10, 12, 20, 33.33, 50, 99.9999, 100, 250, 1000)
_STEPS = (0.25, 0.5, 1.0)
_AT_ONCE = 16


def rubric_of(number: int) -> Rubric:
    """The rubric with this number: one to three categories of up to four criteria."""
    chance = random.Random(number)
    categories: list[dict[str, Any]] = []
    for name in chance.sample(_NAMES, chance.randint(1, 3)):
        criteria = [
            {"name": one, "points": chance.choice(_MAXIMA), "step": chance.choice(_STEPS)}
            for one in chance.sample(_NAMES, chance.randrange(5))
        ]
        categories.append({"name": name, "points": chance.choice(_MAXIMA), "subcategories": criteria})
    return parse_rubric({"name": "Any", "pointStep": chance.choice(_STEPS), "categories": categories})


async def judged(engine: Engine, model: str, rubrics: int, samples: int) -> list[ScoredSpeech]:
    """Draw ``samples`` answers for each of ``rubrics`` rubrics, each by chance alone, and take every one.

    Raises:
        AssertionError, AnswerInvalid: one is not complete, out of bounds or off its grid.
    """
    taken: list[ScoredSpeech] = []
    limit = anyio.CapacityLimiter(_AT_ONCE)

    async def draw(number: int, sample: int) -> None:
        rubric = rubric_of(number)
        messages = render_messages(rubric, "I speak about bees.")
        # Chance hot enough to leave the likeliest tokens, and the grammar at its bounds.
        question = Question(model, messages, answer_schema(rubric), 2600, 1.5 + sample / 2, number + sample, False)
        async with limit:
            completion = await engine.complete(question)
        assert completion.finish_reason == "stop", (number, sample, completion.finish_reason)
        taken.append(parse_answer(completion.text, rubric))
        written = json.loads(completion.text)
        assert len(written["overallComments"]) <= MAX_COMMENTS
        assert all(len(section["feedback"]) <= MAX_FEEDBACK for section in written["sections"].values())

    async with anyio.create_task_group() as tasks:
        for number in range(rubrics):
            for sample in range(samples):
                tasks.start_soon(draw, number, sample)
    return taken
