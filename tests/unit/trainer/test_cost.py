"""Estimates: the published numbers of Mistral-7B come out, and what should cost less costs less."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.data.architecture import MISTRAL_7B, Architecture
from speechgrade_trainer.data.cost import Cost, Sizes, estimate, training_operations
from speechgrade_trainer.data.lengths import Lengths
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.orders import epoch_random, length_grouped, padding_share, shuffled

from .material import recipe

H100 = Device("NVIDIA H100 80GB HBM3", (9, 0), 80 * 10**9)
ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
SIZES = Sizes([2048] * 100, [2048] * 10, 300)


def rules(**changes: object) -> Recipe:
    return recipe(dtype="bfloat16", max_length=4096, **changes)


def test_the_weights_of_mistral_7b_are_counted() -> None:
    assert MISTRAL_7B.linear + 2 * MISTRAL_7B.output == pytest.approx(7.2415e9, rel=1e-4)
    assert MISTRAL_7B.lora(16, ALL) == 41_943_040


def cost(device: Device = H100, sizes: Sizes = SIZES, padding: float = 0.0, **changes: object) -> Cost:
    return estimate(MISTRAL_7B, rules(**changes), sizes, device, padding)


def test_memory_is_what_the_literature_says() -> None:
    memory = cost(quantization="nf4", activation_checkpointing=True, batch_size=1).memory
    assert memory["weights"] == pytest.approx(4.13e9, rel=0.01)
    assert memory["activations"] == pytest.approx(2048 * 0.262e6, rel=2)
    assert sum(memory.values()) < 12e9
    assert cost().memory["weights"] == pytest.approx(14.5e9, rel=0.01)


def test_a_frozen_base_costs_two_thirds_of_a_full_training() -> None:
    operations = training_operations(MISTRAL_7B, rules(epochs=1), Sizes([128] * 100, [], 0), 0)
    full = 6 * (MISTRAL_7B.linear) * 128 * 100
    assert operations / full == pytest.approx(2 / 3, rel=0.02)


def test_what_saves_memory_or_time_is_seen_to_do_so() -> None:
    first, second = cost(), cost(activation_checkpointing=True)
    third = cost(Device("Tesla T4", (7, 5), 16 * 10**9), padding=0.2)
    assert second.peak_memory < first.peak_memory
    assert first.hours < second.hours < third.hours
    assert "35% of 989" in first.assumption
    assert cost(sizes=Sizes([1024] * 100, [1024], 300)).peak_memory < first.peak_memory


def test_several_cards_share_the_time_and_each_needs_the_memory() -> None:
    one, four = cost(), cost(replace(H100, processes=4))
    assert four.hours == pytest.approx(one.hours / 4)
    assert (four.memory, four.available, four.petaflop) == (one.memory, one.available, one.petaflop)
    assert "4 x 989" in four.assumption
    cpu = Device("CPU", memory_bytes=64 * 10**9, threads=2)
    assert cost(replace(cpu, processes=4)).available == cost(cpu).available / 4


def test_a_config_that_says_little_gives_no_estimate(tmp_path: Path) -> None:
    assert Architecture.of(tmp_path) is None
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 64}))
    assert Architecture.of(tmp_path) is None


@given(sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=200))
def test_every_example_is_in_one_bucket(sizes: list[int]) -> None:
    lengths = Lengths.of(sizes)
    assert sum(lengths.buckets.values()) == len(sizes)
    edges = list(lengths.buckets)
    assert edges == sorted(edges)
    assert edges[-1] >= max(sizes)
    assert lengths.shortest <= lengths.percentiles[50] <= lengths.percentiles[99] <= lengths.longest
    for edge in edges:
        assert sum(count for upto, count in lengths.buckets.items() if upto <= edge) == sum(
            size <= edge for size in sizes
        )


@given(sizes=st.lists(st.integers(1, 5000), max_size=100), batch=st.integers(1, 8), seed=st.integers(0, 9))
def test_grouping_by_length_pads_no_more_than_chance(sizes: list[int], batch: int, seed: int) -> None:
    chance = padding_share(sizes, shuffled(len(sizes), epoch_random(seed, 0)), batch)
    grouped = padding_share(sizes, length_grouped(sizes, batch, epoch_random(seed, 0)), batch)
    assert 0 <= grouped < 1
    assert 0 <= chance < 1
    assert padding_share(sizes, range(len(sizes)), 1) == pytest.approx(0)
    if len(sizes) % batch == 0 and len(sizes) <= 50 * batch:
        assert grouped <= chance + 1e-9
