"""Speeches that share a row do not see each other, and a step's loss is the same however they are put together."""

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import skip_first_batches
from hypothesis import given, settings
from hypothesis import strategies as st
from speechgrade_trainer.data.tokens import IGNORED, Encoded
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.arguments import lora_config, sft_arguments
from speechgrade_trainer.training.attention import EACH_SPEECH, each_speech_attention
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.batch_plan import batch_plan
from speechgrade_trainer.training.batches import LengthGrouped, SpeechTrainer, rows
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.fused_head import labelled_positions_only
from speechgrade_trainer.training.gpu_meter import Meter
from speechgrade_trainer.training.kernels import kernels_for
from speechgrade_trainer.training.model import load_base, load_tokenizer
from speechgrade_trainer.training.orders import length_grouped, padding_share
from speechgrade_trainer.training.packing import best_fit_decreasing
from transformers import MistralConfig, MistralForCausalLM
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from .material import recipe

CPU = Device("CPU")
LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=80)
WAYS = ["plain", "length_grouped", "padding_free", "packed"]


def speeches(*lengths: int) -> list[Encoded]:
    rng = random.Random(len(lengths))
    made = []
    for length in lengths:
        ids = tuple(rng.randrange(3, 500) for _ in range(length))
        prompt = length // 2
        made.append(Encoded(ids, (IGNORED,) * prompt + ids[prompt:]))
    return made


def model(attention: str) -> Any:
    torch.manual_seed(4)
    config = MistralConfig(
        vocab_size=500,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=None,
        attn_implementation=attention,
    )
    return MistralForCausalLM(config).train(mode=False)


def flat(examples: list[Encoded], batching: str = "padding_free") -> dict[str, Any]:
    made = rows(examples, recipe(batching=batching, max_length=96, evaluation={"max_new_tokens": 16}))
    collate = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)
    batch: dict[str, Any] = collate.torch_call(list(made))
    # As TRL asks; with a cache transformers would not look for the bounds, and its masks would let speeches mix.
    return batch | {"use_cache": False}


@pytest.mark.parametrize("attention", [EACH_SPEECH, "sdpa", "eager"])
def test_each_speech_of_a_row_is_computed_as_if_it_were_alone(attention: str) -> None:
    examples = speeches(17, 5, 40, 23)
    asked, alone = model(attention), model("eager")
    batch = flat(examples)
    with torch.no_grad():
        together = asked(**{name: value for name, value in batch.items() if name != "labels"}).logits[0]
        for example, (start, end) in zip(examples, pairwise(batch["cu_seq_lens_q"].tolist()), strict=True):
            expected = alone(input_ids=torch.tensor([example.input_ids])).logits[0]
            torch.testing.assert_close(together[start:end], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("attention", [EACH_SPEECH, "sdpa", "eager"])
def test_changing_one_speech_leaves_the_others_untouched(attention: str) -> None:
    asked = model(attention)
    first, changed = flat(speeches(12, 30, 9)), flat(speeches(12, 30, 9))
    changed["input_ids"][0, :12] = 7
    with torch.no_grad():
        one, other = (
            asked(**{name: value for name, value in batch.items() if name != "labels"}).logits[0]
            for batch in (first, changed)
        )
    assert not torch.equal(one[:12], other[:12])
    assert torch.equal(one[12:], other[12:])


def test_nothing_is_predicted_across_a_bound() -> None:
    batch = flat([Encoded((5, 6, 7), (5, 6, 7)), Encoded((8, 9), (8, 9))])
    assert batch["labels"].tolist() == [[IGNORED, 6, 7, IGNORED, 9]]


def test_a_packed_row_is_its_speeches_whole() -> None:
    examples = speeches(50, 60, 40, 30, 20)
    made = rows(examples, recipe(batching="packed", max_length=100, evaluation={"max_new_tokens": 16}))
    assert sorted(sum(row["seq_lengths"]) for row in made) == [100, 100]
    assert sorted(token for row in made for token in row["input_ids"]) == sorted(
        t for e in examples for t in e.input_ids
    )
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True).torch_call(list(made))
    assert batch["cu_seq_lens_q"].diff().tolist() == [length for row in made for length in row["seq_lengths"]]


def test_a_padded_batch_is_computed_as_ever() -> None:
    ids = torch.tensor([[5, 6, 7, 8], [0, 0, 9, 10]])
    mask = torch.tensor([[1, 1, 1, 1], [0, 0, 1, 1]])
    with torch.no_grad():
        ours, theirs = (model(name)(input_ids=ids, attention_mask=mask).logits for name in (EACH_SPEECH, "sdpa"))
    torch.testing.assert_close(ours, theirs)


def test_a_model_that_looks_back_less_far_than_a_speech_is_long_is_refused() -> None:
    parts = [torch.zeros(1, 2, 9, 4)] * 3
    with pytest.raises(ValueError, match="sliding window"):
        each_speech_attention(torch.nn.Module(), *parts, None, cu_seq_lens_q=torch.tensor([0, 2, 9]), sliding_window=6)


def trainer_of(base: Base, wanted: Recipe, examples: list[Encoded], folder: Path) -> SpeechTrainer:
    plan, made = batch_plan(wanted), rows(examples, wanted)
    trainer = SpeechTrainer(
        model=load_base(base, wanted, kernels=kernels_for(wanted, CPU)),
        args=sft_arguments(wanted, CPU, plan, output_dir=folder, rows=len(made)),
        train_dataset=made,
        eval_dataset=made,
        processing_class=load_tokenizer(base),
        peft_config=lora_config(wanted),
    )
    trainer.make_ready(wanted)
    return trainer


def gradients(base: Base, wanted: Recipe, examples: list[Encoded], folder: Path) -> tuple[float, torch.Tensor]:
    """Loss and gradient of one step over all examples, its batches accumulated."""
    trainer = trainer_of(base, wanted, examples, folder)
    adapted: Any = trainer.model
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.constant_(parameter, 0.01)
    loader = iter(trainer.get_train_dataloader())
    batches, items = trainer.get_batch_samples(loader, len(trainer.get_train_dataloader()), trainer.args.device)
    total = 0.0
    for batch in batches:
        with labelled_positions_only(on_cpu=True):
            loss = trainer.compute_loss(adapted, batch, num_items_in_batch=items)
        loss.backward()
        total += float(loss.detach())
    found = [p.grad.flatten() for _, p in sorted(adapted.named_parameters()) if p.grad is not None]
    return total, torch.cat(found)


def test_the_loss_of_a_step_is_the_mean_over_its_answers_tokens_in_every_way(base: Base, tmp_path: Path) -> None:
    examples = speeches(17, 5, 40, 23)
    found = {
        way: gradients(base, recipe(batching=way, batch_size=2, max_length=128), examples, tmp_path / way)
        for way in WAYS
    }
    alone = [gradients(base, recipe(batching="plain", batch_size=1), [one], tmp_path / "one")[0] for one in examples]
    answered = [sum(label != IGNORED for label in one.labels[1:]) for one in examples]
    mean = sum(loss * tokens for loss, tokens in zip(alone, answered, strict=True)) / sum(answered)
    assert found["plain"][0] == pytest.approx(mean, abs=1e-5)
    for loss, gradient in found.values():
        assert loss == pytest.approx(found["plain"][0], abs=1e-5)
        torch.testing.assert_close(gradient, found["plain"][1], atol=1e-5, rtol=1e-3)


def test_an_epoch_that_is_resumed_goes_on_in_the_same_order(base: Base, tmp_path: Path) -> None:
    trainer = trainer_of(base, recipe(batch_size=2), speeches(*range(8, 30)), tmp_path)
    orders = []
    for skipped in (0, 3):
        loader = skip_first_batches(trainer.get_train_dataloader(), skipped)
        loader.set_epoch(1)
        torch.rand(1)
        orders.append([batch["input_ids"].tolist() for batch in loader])
    assert orders[0][3:] == orders[1]


def test_a_training_counts_its_real_tokens_in_every_way(base: Base, tmp_path: Path) -> None:
    examples = speeches(17, 5, 40, 23)
    for way in ("plain", "packed"):
        trainer = trainer_of(base, recipe(batching=way, batch_size=2, max_length=128, epochs=1), examples, tmp_path)
        trainer.meter = Meter(CPU)
        trainer.meter.start()
        with labelled_positions_only(on_cpu=True):
            trainer.train()
        reading = trainer.meter.reading()
        assert reading.tokens == 85
        assert reading.supervised_tokens == sum(len(one.supervised) for one in examples)
        assert (reading.padding_share > 0) == (way == "plain")


@given(LENGTHS, st.integers(1, 8), st.integers())
def test_grouping_keeps_every_speech_once_and_the_longest_first(lengths: list[int], batch: int, seed: int) -> None:
    order = length_grouped(lengths, batch, random.Random(seed))
    assert sorted(order) == list(range(len(lengths)))
    if len(lengths) % batch == 0:
        assert lengths[order[0]] == max(lengths)


@given(LENGTHS, st.integers(1, 8))
def test_the_order_is_a_function_of_seed_and_epoch(lengths: list[int], batch: int) -> None:
    one, other = (LengthGrouped(lengths, batch, seed=3) for _ in range(2))
    first = list(one)
    one.set_epoch(1)
    second = list(one)
    other.set_epoch(1)
    assert list(other) == second
    other.set_epoch(0)
    assert list(other) == first


@settings(max_examples=50)
@given(LENGTHS, st.integers(60, 200))
def test_packing_puts_every_speech_into_one_row_that_has_room(lengths: list[int], room: int) -> None:
    packs = best_fit_decreasing(lengths, room)
    assert sorted(index for pack in packs for index in pack) == list(range(len(lengths)))
    assert all(sum(lengths[index] for index in pack) <= room for pack in packs)


def test_grouping_saves_most_of_the_padding() -> None:
    rng = random.Random(1)
    lengths = [min(4096, round(rng.lognormvariate(7.5, 0.4))) for _ in range(2000)]
    shuffled = list(range(len(lengths)))
    rng.shuffle(shuffled)
    grouped = length_grouped(lengths, 4, rng)
    assert padding_share(lengths, shuffled, 4) > 0.25
    assert padding_share(lengths, grouped, 4) < 0.03
