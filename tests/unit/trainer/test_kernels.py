"""What a card computes with: chosen from facts, never fetched, and a sentence for whatever is lacking."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.training.arguments import lora_config
from speechgrade_trainer.training.attention import EACH_SPEECH
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.kernels import kernels_for, leave_inputs_as_they_are
from speechgrade_trainer.training.model import load_base

from .material import recipe

EVERYTHING = frozenset({"flash-attn", "flash-attn-3", "liger-kernel"})
CPU = Device("CPU", packages=EVERYTHING)
T4 = Device("Tesla T4", (7, 5), has_triton=True, packages=EVERYTHING)
A100 = Device("NVIDIA A100", (8, 0), has_triton=True, packages=EVERYTHING)
H100 = Device("NVIDIA H100", (9, 0), has_triton=True, packages=EVERYTHING)
BARE = Device("NVIDIA H100", (9, 0))

DEVICES = st.builds(
    Device,
    name=st.just("a card"),
    capability=st.none() | st.tuples(st.integers(7, 12), st.integers(0, 9)),
    has_triton=st.booleans(),
    packages=st.frozensets(st.sampled_from(sorted(EVERYTHING))),
)


@pytest.mark.parametrize(
    ("device", "batching", "attention", "fused"),
    [
        (CPU, "plain", "sdpa", False),
        (CPU, "packed", EACH_SPEECH, False),
        (T4, "padding_free", EACH_SPEECH, True),
        (A100, "padding_free", "flash_attention_2", True),
        (H100, "length_grouped", "flash_attention_3", True),
        (BARE, "padding_free", EACH_SPEECH, False),
        (BARE, "length_grouped", "sdpa", False),
    ],
)
def test_the_best_that_a_device_has_is_taken(device: Device, batching: str, attention: str, fused: bool) -> None:
    chosen = kernels_for(recipe(batching=batching), device)
    assert (chosen.attention, chosen.fused) == (attention, fused)


@pytest.mark.parametrize(
    ("device", "changes", "said"),
    [
        (BARE, {}, ["flash-attn is not installed", "Triton cannot compile", "Install gcc"]),
        (T4, {}, ["older than any flash attention"]),
        (A100, {"fused": "off"}, ["off in the recipe"]),
        (A100, {"attention": "eager"}, ["eager"]),
        (H100, {}, []),
        (CPU, {}, []),
    ],
)
def test_what_is_lacking_is_said_with_its_cost(device: Device, changes: dict[str, Any], said: list[str]) -> None:
    remarks = kernels_for(recipe(**changes), device).remarks
    assert len(remarks) == len(said)
    for remark, part in zip(remarks, said, strict=True):
        assert part in remark
        assert remark.endswith(".")


@pytest.mark.parametrize(
    ("attention", "device", "lacking"),
    [
        ("flash_attention_2", T4, "compute capability 8.0"),
        ("flash_attention_2", CPU, "compute capability 8.0"),
        ("flash_attention_2", BARE, "package flash-attn"),
        ("flash_attention_3", A100, "compute capability 9.0"),
        ("flash_attention_3", Device("B200", (10, 0), packages=EVERYTHING), "Hopper"),
    ],
)
def test_an_attention_that_is_not_there_is_refused(attention: str, device: Device, lacking: str) -> None:
    with pytest.raises(RecipeInvalid, match=lacking):
        kernels_for(recipe(attention=attention), device)


@given(DEVICES, st.sampled_from(["plain", "length_grouped", "padding_free", "packed"]))
def test_nothing_is_asked_for_that_would_have_to_be_fetched(device: Device, batching: str) -> None:
    chosen = kernels_for(recipe(batching=batching), device)
    needed = {"flash_attention_2": "flash-attn", "flash_attention_3": "flash-attn-3"}.get(chosen.attention)
    assert needed is None or needed in device.packages
    assert not chosen.fused or ("liger-kernel" in device.packages and device.has_triton)
    assert not chosen.compiles or device.has_triton


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("batching", ["plain", "padding_free"])
def test_a_base_is_loaded_with_what_was_chosen_and_nobody_is_called(base: Base, batching: str) -> None:
    chosen = kernels_for(recipe(batching=batching), Device("CPU"))
    assert load_base(base, recipe(), kernels=chosen).config._attn_implementation == chosen.attention


def test_under_autocast_an_adapter_gives_the_same_without_widening_its_input(base: Base) -> None:
    from peft import get_peft_model

    torch.manual_seed(1)
    adapted: Any = get_peft_model(load_base(base, recipe(dtype="bfloat16")), lora_config(recipe()))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    ids = torch.arange(3, 40)[None]
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        widened = adapted(input_ids=ids).logits
        leave_inputs_as_they_are(adapted)
        assert torch.equal(adapted(input_ids=ids).logits, widened)
