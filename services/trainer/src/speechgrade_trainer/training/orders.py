"""In which order speeches are taught, and how much of an epoch that makes padding. Pure."""

from collections.abc import Sequence
from random import Random

_BATCHES_SORTED_TOGETHER = 50
"""As many as transformers takes: enough for like lengths, few enough for steps that differ from epoch to epoch."""


def epoch_random(seed: int, epoch: int) -> Random:
    """The random numbers of an epoch's order."""
    return Random(f"{seed}/{epoch}")


def shuffled(count: int, rng: Random) -> list[int]:
    """A random permutation."""
    order = list(range(count))
    rng.shuffle(order)
    return order


def length_grouped(lengths: Sequence[int], batch_size: int, rng: Random) -> list[int]:
    """A permutation whose slices of ``batch_size`` have like lengths, the longest first, the other slices shuffled.

    The longest batch comes first so that memory that does not suffice is found out at the first step.
    """
    order = shuffled(len(lengths), rng)
    stride = batch_size * _BATCHES_SORTED_TOGETHER
    batches: list[list[int]] = []
    for start in range(0, len(order), stride):
        together = sorted(order[start : start + stride], key=lambda index: -lengths[index])
        batches += [together[at : at + batch_size] for at in range(0, len(together), batch_size)]
    # Only the last batch of all may be smaller than the others: a short one between would shift all that follow.
    full = [batch for batch in batches if len(batch) == batch_size]
    rest = [batch for batch in batches if len(batch) < batch_size]
    rng.shuffle(full)
    if full:
        longest = max(range(len(full)), key=lambda at: lengths[full[at][0]])
        full[0], full[longest] = full[longest], full[0]
    return [index for batch in [*full, *rest] for index in batch]


def padding_share(lengths: Sequence[int], order: Sequence[int], batch_size: int) -> float:
    """The share of a padded epoch's tokens that are padding, between 0 and 1."""
    batches = [[lengths[index] for index in order[at : at + batch_size]] for at in range(0, len(order), batch_size)]
    padded = sum(max(batch) * len(batch) for batch in batches)
    return 1 - sum(lengths) / padded if padded else 0.0
