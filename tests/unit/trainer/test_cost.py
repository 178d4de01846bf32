"""Estimates: the published numbers of Mistral-7B come out, and what should cost less costs less."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.data.architecture import Architecture
from speechgrade_trainer.data.cost import Sizes, estimate, peak_memory, training_operations
from speechgrade_trainer.data.lengths import Lengths, padding_share
from speechgrade_trainer.data.machine import Machine, present_machine
from speechgrade_trainer.recipe import Recipe

from .material import recipe

MISTRAL_7B = Architecture(4096, 32, 32, 8, 128, 14336, 32000)
ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
SIZES = Sizes([2048] * 100, [2048] * 10, 300)


def rules(**changes: object) -> Recipe:
    return recipe(dtype="bfloat16", max_length=4096, **changes)


def test_the_weights_of_mistral_7b_are_counted() -> None:
    assert MISTRAL_7B.linear + MISTRAL_7B.embeddings == pytest.approx(7.2415e9, rel=1e-4)
    assert MISTRAL_7B.lora(16, ALL) == 41_943_040


def test_memory_is_what_the_literature_says() -> None:
    memory = peak_memory(
        MISTRAL_7B, rules(quantization="nf4", activation_checkpointing=True, batch_size=1), SIZES, on_gpu=True
    )
    assert memory["weights"] == pytest.approx(4.13e9, rel=0.01)
    assert memory["activations"] == pytest.approx(2048 * 0.262e6, rel=1.5)
    assert sum(memory.values()) < 12e9
    assert peak_memory(MISTRAL_7B, rules(), SIZES, on_gpu=True)["weights"] == pytest.approx(14.5e9, rel=0.01)


def test_a_frozen_base_costs_two_thirds_of_a_full_training() -> None:
    operations = training_operations(MISTRAL_7B, rules(epochs=1), Sizes([128] * 100, [], 0), 0)
    full = 6 * (MISTRAL_7B.linear) * 128 * 100
    assert operations / full == pytest.approx(2 / 3, rel=0.02)


def test_what_saves_memory_or_time_is_seen_to_do_so() -> None:
    plain, checkpointed = (rules(activation_checkpointing=on) for on in (False, True))
    card, slow = Machine("NVIDIA H100 80GB HBM3", 80 * 10**9), Machine("Tesla T4", 16 * 10**9)
    first, second, third = (
        estimate(MISTRAL_7B, plain, SIZES, card, 0.0),
        estimate(MISTRAL_7B, checkpointed, SIZES, card, 0.0),
        estimate(MISTRAL_7B, plain, SIZES, slow, 0.2),
    )
    assert second.peak_memory < first.peak_memory
    assert first.hours < second.hours < third.hours
    assert "35% of 989" in first.assumption


def test_a_config_that_says_little_gives_no_estimate(tmp_path: Path) -> None:
    assert Architecture.of(tmp_path) is None
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 64}))
    assert Architecture.of(tmp_path) is None


def test_the_present_machine_has_memory() -> None:
    machine = present_machine(recipe())
    assert machine.memory > 10**8
    assert machine.peak_tflops() > 0


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
    shares = [padding_share(sizes, batch, seed=seed, grouped=grouped) for grouped in (False, True)]
    assert all(0 <= share < 1 for share in shares)
    assert padding_share(sizes, 1, seed=seed, grouped=False) == pytest.approx(0)
    if len(sizes) % batch == 0:
        assert shares[1] <= shares[0] + 1e-9
