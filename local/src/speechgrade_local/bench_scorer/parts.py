"""Where the added milliseconds go: each part of a request's way, done alone with the scorer's own code.

These are the parts as this process does them, one after another and on a warm path. What they do not explain of the
measured addition is shown as such: waiting for a processor, switching between threads, the web framework.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from speechgrade_scorer.engines.provider import Completion
from speechgrade_scorer.scoring.scorer import accepted_answer
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_shared.anonymize import Anonymizer, load_recognizers
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.prompt import render_messages

from speechgrade_local.bench_scorer.figures import quantile


@dataclass(frozen=True, slots=True)
class Part:
    """What is done, and its median milliseconds over so many times."""

    what: str
    ms: float
    samples: int


def timed(what: str, work: Callable[[int], object], times: int) -> Part:
    """The median of doing it again and again, after a few times for warmth; the number of the turn is handed over."""
    taken = []
    warm = max(3, times // 10)
    for number in range(warm + times):
        began = time.perf_counter()
        work(number)
        taken.append(1000 * (time.perf_counter() - began))
    return Part(what, quantile(taken[warm:], 0.5), times)


def text_parts(speech: Speech, completion: Completion, times: int) -> list[Part]:
    """What happens to the words: names taken out, looked for again, laid into the prompt, and the answer checked."""
    load_recognizers()
    redacted = Anonymizer(speech.roster).redact(speech.transcript).text
    return [
        timed("anonymize", lambda _: Anonymizer(speech.roster).redact(speech.transcript), times),
        timed("scan for leaks", lambda _: leaks(redacted, speech.roster), times),
        timed("render the prompt", lambda _: render_messages(speech.rubric, redacted), times),
        timed("check the answer", lambda _: accepted_answer(completion, speech.rubric), times),
    ]
