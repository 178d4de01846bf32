"""The bench measures what it says, says what it lacks, and names its targets beside what came out."""

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from speechgrade_trainer.bench.__main__ import results
from speechgrade_trainer.bench.cases import Job, chosen_cases, recipe_of
from speechgrade_trainer.bench.measure import Measurement, measure
from speechgrade_trainer.bench.random_base import config_of
from speechgrade_trainer.bench.results import summary, targets
from speechgrade_trainer.bench.rounds import failed, in_a_fresh_process, measured_at_last, planned_jobs
from speechgrade_trainer.bench.speeches import draw_speeches
from speechgrade_trainer.bench.table import NOT_A_GPU, print_results
from speechgrade_trainer.data.architecture import MISTRAL_7B
from speechgrade_trainer.data.tokens import IGNORED
from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.orders import padding_share

H100 = Device("NVIDIA H100 80GB HBM3", (9, 0), memory_bytes=85_000_000_000)
A10 = Device("NVIDIA A10", (8, 6), memory_bytes=24_000_000_000)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two measurements on the tiny base, one of them in a process as the bench makes it."""
    folder = tmp_path_factory.mktemp("bench")
    jobs = [Job("qlora", 128, variant, speeches=16, is_tiny=True) for variant in ("ours", "plain")]
    return [measure(jobs[0], folder).as_dict(), in_a_fresh_process(jobs[1], folder)]


def test_the_bench_runs_on_a_cpu_and_says_that_this_is_no_gpu(tiny: list[dict[str, Any]]) -> None:
    result = json.loads(json.dumps(results(tiny, device="CPU", is_tiny=True)))
    assert result.keys() == {
        "says_nothing_about_a_gpu",
        "device",
        "versions",
        "weights",
        "speeches",
        "summary",
        "targets",
        "remarks",
        "measurements",
    }
    for one in result["measurements"]:
        assert one.keys() == Measurement.__dataclass_fields__.keys()
        assert one["error"] is None
        assert one["tokens_per_s"] > 0
        assert one["tokens"] > one["supervised_tokens"] > 0
        assert one["mfu"] is None
    assert result["measurements"][0]["padding_share"] == 0
    assert result["measurements"][1]["padding_share"] > 0.1
    assert all(target["met"] is None for target in result["targets"])
    console = Console(record=True, width=160)
    print_results(result, console)
    assert NOT_A_GPU.split(":")[0] in console.export_text()


def measured(kind: Any, length: int, variant: Any, speed: float | None, **found: Any) -> dict[str, Any]:
    job = Job(kind, length, variant, speeches=96, is_tiny=False)
    return Measurement(job.as_dict(), tokens_per_s=speed, **found).as_dict()


def test_targets_are_judged_by_medians_beside_what_was_measured() -> None:
    rows = summary(
        [
            measured("lora", 2048, "ours", 900.0, mfu=0.41),
            measured("lora", 2048, "ours", 1100.0, mfu=0.30),
            measured("lora", 2048, "plain", 500.0),
            measured("qlora", 2048, "ours", 600.0, peak_memory_bytes=9_000_000_000),
            measured("qlora", 2048, "plain", 500.0),
            measured("qlora", 4096, "ours", 600.0),
            measured("qlora", 4096, "plain", None, error="out_of_memory"),
        ]
    )
    judged = {row["target"]: (row["measured"], row["met"]) for row in targets(rows, is_tiny=False)}
    assert judged["lora-2048: times a plain script's tokens/s"] == (2.0, True)
    assert judged["qlora-2048: times a plain script's tokens/s"] == (1.2, False)
    assert judged["qlora-4096: times a plain script's tokens/s"] == (None, None)
    assert judged["lora-2048: MFU (4N) in bf16"] == (pytest.approx(0.355), True)
    assert judged["qlora-2048: peak memory in GB below"] == (9.0, True)


def test_who_goes_first_alternates() -> None:
    jobs = list(planned_jobs(chosen_cases("", is_tiny=False), rounds=2, is_tiny=False))
    by_turn = [jobs[at : at + 3] for at in range(0, len(jobs), 3)]
    assert len(jobs) == 4 * 3 * 2
    assert all(len({job.case for job in turn}) == 1 for turn in by_turn)
    assert all(one[0].variant != other[0].variant for one, other in pairwise(by_turn[:4]))
    firsts = [turn[0].variant for turn in by_turn if turn[0].case == "lora-2048"]
    assert sorted(firsts) == ["ours", "plain-bf16"] or len(set(firsts)) == 1


def test_a_plain_script_that_does_not_fit_is_tried_with_smaller_batches() -> None:
    tried: list[int] = []

    def small_card(job: Job) -> dict[str, Any]:
        tried.append(job.plain_batch)
        return failed(job, "out_of_memory") if job.plain_batch > 2 else measured(job.kind, 2048, job.variant, 1.0)

    job = Job("lora", 2048, "plain", speeches=96, is_tiny=False)
    assert measured_at_last(job, small_card)["error"] is None
    assert tried == [8, 4, 2]
    assert measured_at_last(Job("lora", 2048, "ours", 96, is_tiny=False), lambda j: failed(j, "out_of_memory"))["error"]


def test_a_process_that_dies_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert in_a_fresh_process(Job("qlora", 128, "ours", speeches=1, is_tiny=True), tmp_path)["error"] == "exit 1"


def test_a_case_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert chosen_cases("lora-2048, qlora-4096", is_tiny=False) == [("lora", 2048), ("qlora", 4096)]
    with pytest.raises(RecipeInvalid, match=r"lora-99.*lora-2048"):
        chosen_cases("lora-99", is_tiny=False)


@pytest.mark.parametrize(
    ("device", "kind", "length", "batching", "batch"),
    [
        (H100, "lora", 2048, "packed", 4),
        (H100, "lora", 4096, "packed", 2),
        (A10, "lora", 4096, "plain", 1),
        (A10, "qlora", 2048, "padding_free", 2),
    ],
)
def test_the_recipe_that_is_measured_fits_the_card(
    device: Device, kind: Any, length: int, batching: str, batch: int
) -> None:
    recipe = recipe_of(Job(kind, length, "ours", speeches=96, is_tiny=False), device)
    assert (recipe.batching, recipe.batch_size, recipe.max_length) == (batching, batch, length)
    assert recipe.lora.target_modules


def test_the_base_is_a_mistral_7b() -> None:
    config = config_of(MISTRAL_7B)
    assert (config.hidden_size, config.num_hidden_layers, config.intermediate_size) == (4096, 32, 14336)
    assert (config.num_attention_heads, config.num_key_value_heads, config.head_dim) == (32, 8, 128)
    assert config.sliding_window is None


def lengths() -> Iterator[int]:
    for speech in draw_speeches(400, 2048, 32_000):
        assert 0 < sum(label != IGNORED for label in speech.labels) < len(speech.input_ids)
        yield len(speech.input_ids)


def test_speeches_are_drawn_alike_and_as_unlike_in_length_as_real_ones() -> None:
    drawn = list(lengths())
    assert draw_speeches(3, 2048, 32_000) == draw_speeches(3, 2048, 32_000)
    assert max(drawn) <= 2048
    assert 1000 < sorted(drawn)[200] < 1500
    assert 0.2 < padding_share(drawn, range(400), 8) < 0.4
