"""The arguments of a training: one recipe means the same on every device, or is refused with a reason."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.recipe import load_recipe, shipped_recipes
from speechgrade_trainer.training.arguments import lora_config, precision, sft_arguments
from speechgrade_trainer.training.batch_plan import BatchPlan, batch_plan, launch_command
from speechgrade_trainer.training.device import Device, read_device
from speechgrade_trainer.training.model import loading_options

from .material import recipe

CPU = Device("CPU")
T4 = Device("Tesla T4", (7, 5), 16 * 2**30)
A10 = Device("NVIDIA A10", (8, 6), 24 * 2**30, index=1, processes=2)


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_recipe_becomes_arguments_on_a_cpu(name: str, tmp_path: Path) -> None:
    wanted = load_recipe(name).recipe
    made = sft_arguments(wanted, CPU, batch_plan(wanted), output_dir=tmp_path, rows=100)
    assert (made.num_train_epochs, made.seed, made.data_seed) == (wanted.epochs, wanted.seed, wanted.seed)
    assert made.max_length is None
    assert not made.packing
    assert made.load_best_model_at_end
    assert made.metric_for_best_model == "eval_loss"
    assert not made.greater_is_better
    assert made.restore_callback_states_from_checkpoint
    assert not made.ignore_data_skip
    assert not made.ddp_find_unused_parameters
    assert not str(made.optim).startswith("paged")
    assert lora_config(wanted).r == wanted.lora.r


def test_layers_that_compute_anew_do_not_reenter(tmp_path: Path) -> None:
    wanted = recipe(activation_checkpointing=True, checkpoint_every=2)
    made = sft_arguments(wanted, CPU, batch_plan(wanted), output_dir=tmp_path, rows=8)
    assert made.activation_checkpointing_kwargs == {"use_reentrant": False, "every_n_layers": 2}


@pytest.mark.parametrize(("per_epoch", "strategy", "every"), [(1, "epoch", None), (2, "steps", 13), (4, "steps", 7)])
def test_evaluations_are_spread_over_the_epoch(
    per_epoch: int, strategy: str, every: int | None, tmp_path: Path
) -> None:
    wanted = recipe(evaluations_per_epoch=per_epoch)
    made = sft_arguments(wanted, CPU, batch_plan(wanted), output_dir=tmp_path, rows=101)
    assert (made.eval_strategy, made.save_strategy) == (strategy, strategy)
    if every is not None:
        assert (made.eval_steps, made.save_steps) == (every, every)


def test_a_halved_batch_is_the_same_step_and_the_same_validation(tmp_path: Path) -> None:
    wanted = recipe(batch_size=4, gradient_accumulation=2)
    halved = batch_plan(wanted).halved()
    assert halved == BatchPlan(2, 4)
    made = sft_arguments(wanted, CPU, halved, output_dir=tmp_path, rows=64)
    assert (made.per_device_train_batch_size, made.gradient_accumulation_steps) == (2, 4)
    assert made.per_device_eval_batch_size == 4


@given(st.integers(1, 16), st.integers(1, 64), st.integers(1, 8))
def test_halving_never_changes_the_step(batch: int, accumulation: int, processes: int) -> None:
    plan: BatchPlan | None = BatchPlan(batch, accumulation, processes)
    while plan is not None:
        assert plan.effective == batch * accumulation * processes
        assert plan.batch_size >= 1
        plan = plan.halved()


@given(st.integers(1, 64), st.integers(1, 16))
def test_several_cards_take_the_same_steps_or_none(accumulation: int, processes: int) -> None:
    wanted = recipe(gradient_accumulation=accumulation)
    if accumulation % processes:
        with pytest.raises(RecipeInvalid, match="gradient_accumulation"):
            batch_plan(wanted, processes)
    else:
        plan = batch_plan(wanted, processes)
        assert plan.effective == batch_plan(wanted).effective
        assert plan.steps_per_epoch(640 * processes) == math.ceil(640 * processes / plan.effective)


def test_precision_follows_the_card() -> None:
    auto = recipe(dtype="auto")
    assert [precision(auto, device) for device in (CPU, T4, A10)] == ["float32", "float16", "bfloat16"]
    with pytest.raises(RecipeInvalid, match="Tesla T4 has no bf16"):
        precision(recipe(dtype="bfloat16"), T4)


def test_every_process_loads_the_base_onto_its_own_card() -> None:
    options = loading_options(recipe(dtype="auto", quantization="nf4"), A10)
    assert options["device_map"] == {"": 1}
    quantized = options["quantization_config"]
    assert quantized.load_in_4bit
    assert quantized.bnb_4bit_use_double_quant
    assert quantized.bnb_4bit_quant_type == "nf4"
    assert quantized.bnb_4bit_compute_dtype is options["dtype"]
    assert "device_map" not in loading_options(recipe(), CPU)


def test_the_launcher_leaves_every_choice_to_the_recipe() -> None:
    command = launch_command(2, "train", "--recipe", "mistral-7b-lora")
    assert command[:2] == ["accelerate", "launch"]
    assert command[command.index("--num_processes") + 1] == "2"
    assert command[-5:] == ["--module", "speechgrade_trainer", "train", "--recipe", "mistral-7b-lora"]


def test_validation_weighs_speeches_alike_where_a_batch_is_one_row(tmp_path: Path) -> None:
    wanted = recipe(batching="padding_free")
    made = sft_arguments(wanted, CPU, batch_plan(wanted), output_dir=tmp_path, rows=8)
    assert made.padding_free
    assert (made.per_device_train_batch_size, made.per_device_eval_batch_size) == (4, 1)


def test_this_machine_is_a_device() -> None:
    device = read_device()
    assert device.processes == 1
    assert device.name
    assert device.memory_bytes > 10**8
    assert device.threads >= 1
