"""What the bench of the scorer makes of its measurements; that it measures a real stack is seen by running it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from speechgrade_local.bench_scorer.calls import Call, Line, closed_loop
from speechgrade_local.bench_scorer.figures import Figure, added, quantile, ratio
from speechgrade_local.bench_scorer.lengths import lengths
from speechgrade_local.bench_scorer.measure import QUICK, Plan
from speechgrade_local.bench_scorer.processors import between
from speechgrade_local.bench_scorer.report import Target
from speechgrade_local.bench_scorer.scripted_engine import PACE, ScriptedEngine
from speechgrade_local.bench_scorer.ways import Load, Way, latency, throughput
from speechgrade_local.department import RUBRICS
from speechgrade_local.environment import free_port
from speechgrade_local.errors import StepFailed
from speechgrade_local.readiness import http_ready
from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer
from speechgrade_shared.rubric import parse_rubric

QUESTION = Call("/v1/chat/completions", json.dumps({"model": "a"}).encode())


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([4, 1, 3, 2], 0.5) == 2.5
    assert quantile([7], 0.95) == 7
    assert quantile(list(range(101)), 0.95) == 95


def test_an_addition_is_found_under_noise_that_both_ways_share() -> None:
    pairs = [(noise, noise + 5 + number % 3) for number, noise in enumerate([100, 900, 300, 1500, 200, 800, 400] * 4)]
    found = added(pairs, 0.5)
    assert 5 <= found.low <= found.value <= found.high <= 7
    assert found.samples == len(pairs)


def test_a_ratio_is_that_of_the_rounds_and_not_of_their_sums() -> None:
    assert ratio([(10, 9), (1000, 900), (20, 18)]).value == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("figure", "is_floor", "verdict"),
    [
        (Figure(7, 6, 7.9, 9), False, "met"),
        (Figure(9, 8.1, 10, 9), False, "missed"),
        (Figure(7, 6, 9, 9), False, "unclear"),
        (Figure(9, 8.5, 10, 9), True, "met"),
        (Figure(7, 6, 7.5, 9), True, "missed"),
        (Figure(9, 7, 10, 9), True, "unclear"),
    ],
)
def test_a_target_inside_the_interval_is_neither_met_nor_missed(figure: Figure, is_floor: bool, verdict: str) -> None:
    assert Target("", figure, 8.0, is_floor=is_floor).verdict == verdict


def test_what_processes_use_is_counted_per_call() -> None:
    assert between({"a": 10.0, "gone": 1.0}, {"a": 30.0}, 10) == {"a": 2.0}


def test_both_ways_are_walked_as_often_and_answers_that_are_none_are_no_figures() -> None:
    with scripted_engine() as url:
        way = Way(url, [QUESTION] * 3)
        steps: list[int] = []
        found = latency(way, way, 5, lambda: steps.append(1))
        assert (len(steps), found.added_p50.samples) == (5, 5)
        loaded = throughput(way, way, Load(callers=2, rounds=2, turns=3), lambda: None)
        assert (loaded.calls_per_round, loaded.ratio.samples) == (9, 2)
        with Line(url) as line, pytest.raises(StepFailed, match="/nothing answered 404"):
            line.ask(Call("/nothing"))


def test_an_engine_that_takes_its_time_does_so_for_everybody_at_once() -> None:
    with scripted_engine() as url:
        with Line(url) as line:
            line.ask(Call(PACE, json.dumps({"seconds": 0.1}).encode()))
        loop = closed_loop(url, [QUESTION] * 8, callers=8)
        assert all(reply.seconds >= 0.1 for reply in loop.replies)
        assert loop.seconds < 0.8


def test_an_answer_is_shorter_than_the_sections_that_are_made_of_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tokenizer")
    mistral_tokenizer().save_pretrained(folder)
    rubric = parse_rubric(RUBRICS[0])
    sections = {
        category.name: {"feedback": "Clear.", "points": {criterion.name: 1 for criterion in category.criteria}}
        for category in rubric.categories
    }
    text = json.dumps({"sections": sections, "overallComments": "Good."})
    small, large = lengths(folder / "tokenizer.json", [(text, rubric)])
    assert (small.criteria, large.criteria > 10) == (3, True)
    assert small.ours < small.sections
    assert large.ours < large.sections


def test_a_quick_run_has_fewer_samples_of_everything() -> None:
    quick, full = QUICK, Plan()
    assert all(getattr(quick, name) < getattr(full, name) for name in ("speeches", "pairs", "rounds", "part_times"))


@contextmanager
def scripted_engine() -> Iterator[str]:
    port, engine = free_port(), ScriptedEngine({"choices": []}, ["a"])
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def serve() -> None:
        task = asyncio.create_task(engine.serve(port))
        running.append((asyncio.get_running_loop(), task))
        await asyncio.wait([task])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    url = f"http://127.0.0.1:{port}"
    try:
        while not http_ready(f"{url}/version")():
            assert thread.is_alive()
        yield url
    finally:
        loop, task = running[0]
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
