"""TRL's fused output layer on a CPU.

Off-GPU TRL 1.16 scores every position of a batch over the whole vocabulary, also those without a label. Its Triton path
scores labelled positions only, and the code that does so is plain PyTorch: the choice is the only thing that is Triton.
A test asserts that the loss is the same either way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trl.trainer import utils

_TRL: Any = utils


@contextmanager
def labelled_positions_only(*, on_cpu: bool) -> Iterator[None]:
    """While it is open and ``on_cpu``, TRL computes logits only where there is a label."""
    if not on_cpu:
        yield
        return
    chosen = _TRL._use_triton
    _TRL._use_triton = lambda _device: True
    try:
        yield
    finally:
        _TRL._use_triton = chosen
