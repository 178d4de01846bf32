"""TRL's fused output layer where it cannot compile its kernels.

Off-GPU TRL 1.16 scores every position of a batch over the whole vocabulary, also those without a label. Its Triton path
scores labelled positions only, and the code that does so is plain PyTorch: the choice is the only thing that is Triton.
A test asserts that the loss is the same either way. On a GPU TRL compiles wherever Triton is installed, and fails where
Triton then finds no C compiler.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trl.kernels import chunked_logprob
from trl.trainer import utils

_TRL: Any = utils
_KERNELS: Any = chunked_logprob


@contextmanager
def labelled_positions_only(*, on_cpu: bool, compiles: bool = True) -> Iterator[None]:
    """While it is open, TRL computes logits only where there is a label, in plain PyTorch unless a GPU ``compiles``."""
    if compiles and not on_cpu:
        yield
        return
    chosen = _TRL._use_triton, _KERNELS._use_triton
    _TRL._use_triton, _KERNELS._use_triton = (lambda _device: True), (lambda _device: False)
    try:
        yield
    finally:
        _TRL._use_triton, _KERNELS._use_triton = chosen
