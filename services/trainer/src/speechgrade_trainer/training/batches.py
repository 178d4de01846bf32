"""How speeches share a batch, so that as little as possible is computed for padding.

- ``plain``: random order, padded to the longest of a batch.
- ``length_grouped``: speeches of like length together, padded.
- ``padding_free``: random order, the speeches of a batch end to end in one row.
- ``packed``: put once into rows of up to ``max_length``; the rows of a batch end to end.

Speeches in one row do not see each other: positions begin anew with each (TRL's collator), the flash attentions get
the bounds (``cu_seq_lens``), PyTorch's attention is called per speech (``attention.py``), and eager attention gets a
mask of blocks. The first token of a speech has no label, so nothing is predicted across a bound. A speech is never
split or cut to fill a row. The loss of a step is the mean over its supervised tokens in all four, over accumulated
batches and over processes (transformers' ``num_items_in_batch``). Tests compare all of that with each speech alone.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from datasets import Dataset
from torch.utils.data import Sampler, SequentialSampler
from trl.trainer.sft_trainer import SFTTrainer

from speechgrade_trainer.data.tokens import Encoded
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.gpu_meter import Meter, tokens_of
from speechgrade_trainer.training.kernels import leave_inputs_as_they_are
from speechgrade_trainer.training.model import hold_in_fp32
from speechgrade_trainer.training.orders import epoch_random, length_grouped
from speechgrade_trainer.training.packing import best_fit_decreasing


def rows(encoded: Sequence[Encoded], recipe: Recipe) -> Dataset:
    """The rows of the training split: one per speech, or several speeches per row where the recipe packs.

    Columns: ``input_ids``, ``labels``, and for packed rows ``seq_lengths``, the lengths of the speeches in them.
    """
    if recipe.batching != "packed":
        return validation_rows(encoded)
    packs = best_fit_decreasing([len(one.input_ids) for one in encoded], recipe.max_length)
    return Dataset.from_list([_pack([encoded[index] for index in pack]) for pack in packs])


def validation_rows(encoded: Sequence[Encoded]) -> Dataset:
    """One row per speech, however the training packs: its loss must not depend on what shares a row."""
    return Dataset.from_list([{"input_ids": list(one.input_ids), "labels": list(one.labels)} for one in encoded])


class LengthGrouped(Sampler[int]):
    """Speeches of like length beside each other, in an order that is a function of seed and epoch alone.

    Transformers' own draws from the global generator at the beginning of an epoch: a training that is resumed within an
    epoch would see some speeches twice and others not at all.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths, self._batch_size, self._seed, self._epoch = tuple(lengths), batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by accelerate before each epoch, and before a resumed one."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        return iter(length_grouped(self._lengths, self._batch_size, epoch_random(self._seed, self._epoch)))


class SpeechTrainer(SFTTrainer):
    """TRL's trainer with our order of speeches; validation always goes through them as they come."""

    meter: Meter | None = None
    """Counts the tokens of every training batch, where there is one."""

    _like_length: int | None = None

    def training_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """One forward and backward pass, counted."""
        if self.meter is not None:
            self.meter.add_tokens(*tokens_of(inputs))
        return super().training_step(model, inputs, *others, **named)  # type: ignore[no-untyped-call]

    def make_ready(self, recipe: Recipe) -> None:
        """What TRL has no argument for: the order of speeches, and an adapter in fp32 that takes its input as it is."""
        if recipe.batching == "length_grouped":
            # The recipe's batch, not the plan's: on more cards and after a halving, a step is of the same speeches.
            self._like_length = recipe.batch_size
        model: Any = self.model
        hold_in_fp32(model)
        if self.args.bf16 or self.args.fp16:
            leave_inputs_as_they_are(model)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        dataset: Any = self.train_dataset if train_dataset is None else train_dataset
        if self._like_length is None:
            return super()._get_train_sampler(train_dataset)
        lengths = [len(ids) for ids in dataset["input_ids"]]
        return LengthGrouped(lengths, self._like_length, int(self.args.data_seed or 0))

    def _get_eval_sampler(self, eval_dataset: Any) -> Any:
        return SequentialSampler(eval_dataset)


def _pack(speeches: Sequence[Encoded]) -> dict[str, list[int]]:
    return {
        "input_ids": [token for speech in speeches for token in speech.input_ids],
        "labels": [label for speech in speeches for label in speech.labels],
        "seq_lengths": [len(speech.input_ids) for speech in speeches],
    }
