"""Training on a base of random weights: the loss is right, the best weights are kept, and 4-bit runs."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.preflight import check
from speechgrade_trainer.errors import BaseUnavailable, LossNotFinite
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.running.progress import Watch, watching
from speechgrade_trainer.running.run_folder import RunFolder, RunState
from speechgrade_trainer.training.base import Base, content_revision, locate_base
from speechgrade_trainer.training.device import read_device
from speechgrade_trainer.training.fused_head import labelled_positions_only
from speechgrade_trainer.training.gpu_meter import Meter
from speechgrade_trainer.training.model import load_adapted, load_tokenizer
from speechgrade_trainer.training.train import Trained, Training, build_trainer, train_adapter

from .material import BASE_MODEL, micro_base, recipe, training_data


def training(base: Base, wanted: Recipe, folder: Path, watch: Watch, **changes: Any) -> Training:
    tokenizer = load_tokenizer(base)
    encoded = check(training_data(), tokenizer, wanted).encoded
    run = RunFolder(folder)
    run.begin(RunState(run_id="r", dataset="d" * 64))
    return Training(base, tokenizer, encoded, wanted, run, watch, watch.interruption, **changes)


def train(base: Base, wanted: Recipe, folder: Path, **changes: Any) -> Trained:
    with watching(None) as watch:
        return train_adapter(training(base, wanted, folder, watch, **changes))


def gradients(base: Base, folder: Path, *, fast: bool) -> tuple[float, list[torch.Tensor]]:
    with watching(None) as watch:
        job = training(base, recipe(), folder, watch)
        trainer = build_trainer(job, job.plan(), Meter.of(read_device(), job.prices))
    model: Any = trainer.model
    batch = next(iter(trainer.get_train_dataloader()))
    with labelled_positions_only(on_cpu=fast):
        loss = trainer.compute_loss(model, batch)  # type: ignore[no-untyped-call]
    loss.backward()
    return float(loss.detach()), [p.grad.clone() for p in model.parameters() if p.grad is not None]


def test_the_fast_path_on_a_cpu_is_the_same_loss(base: Base, tmp_path: Path) -> None:
    slow_loss, slow = gradients(base, tmp_path / "slow", fast=False)
    fast_loss, fast = gradients(base, tmp_path / "fast", fast=True)
    assert fast_loss == pytest.approx(slow_loss, abs=1e-5)
    assert len(fast) == len(slow) > 0
    for one, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


def test_the_loss_is_that_of_the_answers_tokens(base: Base, tmp_path: Path) -> None:
    tokenizer, wanted = load_tokenizer(base), recipe()
    encoded = check(training_data(), tokenizer, wanted).encoded[Split.VALIDATION]
    adapted = train(base, wanted, tmp_path)
    model = load_adapted(base, wanted, tmp_path / "adapter")
    sums, count = 0.0, 0
    for one in encoded:
        logits = model(input_ids=torch.tensor([one.input_ids])).logits[0, :-1].float()
        labels = torch.tensor(one.labels)[1:]
        sums += float(torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum"))
        count += len(one.supervised)
    assert sums / count == pytest.approx(adapted.loss_after, abs=1e-3)


def test_training_lowers_the_validation_loss_and_is_reproducible(base: Base, tmp_path: Path) -> None:
    first, second = (train(base, recipe(), tmp_path / name) for name in ("one", "two"))
    assert first.loss_after < first.loss_before
    assert first.curve == second.curve
    weights = "adapter/adapter_model.safetensors"
    assert (tmp_path / "one" / weights).read_bytes() == (tmp_path / "two" / weights).read_bytes()


def test_qlora_trains_in_nf4_on_a_cpu(base: Base, tmp_path: Path) -> None:
    wanted = recipe(
        quantization="nf4", dtype="bfloat16", optimizer="paged_adamw_8bit", activation_checkpointing=True, epochs=1
    )
    trained = train(base, wanted, tmp_path)
    assert trained.loss_after < trained.loss_before
    saved = load_adapted(base, wanted, tmp_path / "adapter")
    kinds = {type(module).__name__ for module in saved.modules()}
    assert "Linear4bit" in kinds
    assert all(p.dtype is torch.float32 for name, p in saved.named_parameters() if "lora_" in name)


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    weights = micro_base(tmp_path) / "model.safetensors"
    poisoned = load_file(weights)
    poisoned["model.norm.weight"][0] = float("nan")
    save_file(poisoned, weights, metadata={"format": "pt"})
    with pytest.raises(LossNotFinite):
        train(locate_base(recipe(), tmp_path), recipe(), tmp_path)


def test_a_base_is_named_by_its_weights(base: Base, tmp_path: Path) -> None:
    assert base.revision == content_revision(micro_base(tmp_path))
    assert len(base.revision) == 12
    assert locate_base(recipe(base_revision="abc"), tmp_path).revision == "abc"
    with pytest.raises(BaseUnavailable, match=BASE_MODEL):
        locate_base(recipe(), tmp_path / "elsewhere")
    with pytest.raises(BaseUnavailable):
        locate_base(recipe(base_revision="abc"), None)
