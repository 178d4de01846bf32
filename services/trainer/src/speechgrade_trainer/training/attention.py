"""Attention over several speeches in one row, none of which sees another.

A row without padding is several speeches end to end. Transformers can mask such a row block by block, but its mask has
as many entries as the row's length squared, and PyTorch's flash kernel takes no mask. Here every speech is given to
PyTorch's causal attention by itself: what is not in the call cannot be attended to, on any card and on a CPU.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from weakref import ref

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

EACH_SPEECH = "sdpa_each_speech"
"""The name under which a model asks for this attention."""


class _Bounds:
    """Where the speeches of the latest row begin and end, as numbers.

    All layers get the same tensor; asking the card for its content in each of them would make the card wait.
    """

    def __init__(self) -> None:
        self._tensor: ref[torch.Tensor] | None = None
        self._numbers: list[int] = []

    def of(self, tensor: torch.Tensor) -> list[int]:
        if self._tensor is None or self._tensor() is not tensor:
            self._tensor, self._numbers = ref(tensor), [int(bound) for bound in tensor.tolist()]
        return self._numbers


_bounds = _Bounds()


def each_speech_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    *,
    cu_seq_lens_q: torch.Tensor | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention within each speech of a row.

    Args:
        query: (1, heads, tokens, head size); ``key`` and ``value`` alike, perhaps with fewer heads.
        attention_mask: of a padded batch, which is then computed as ever.
        cu_seq_lens_q: where the speeches begin, and the number of tokens; (speeches + 1,).

    Returns:
        (1, tokens, heads, head size), and no weights.

    Raises:
        ValueError: the model looks back less far than the longest speech is long.
    """
    if cu_seq_lens_q is None:
        whole: tuple[torch.Tensor, None] = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
        return whole
    bounds = _bounds.of(cu_seq_lens_q)
    _refuse_sliding_window(options.get("sliding_window"), bounds)
    options = {name: options[name] for name in ("dropout", "scaling") if name in options}
    outputs = [
        sdpa_attention_forward(
            module,
            query[:, :, start:end],
            key[:, :, start:end],
            value[:, :, start:end],
            attention_mask=None,
            is_causal=True,
            **options,
        )[0]
        for start, end in pairwise(bounds)
    ]
    return torch.cat(outputs, dim=1), None


def _refuse_sliding_window(window: int | None, bounds: Sequence[int]) -> None:
    if window is not None and any(end - start > window for start, end in pairwise(bounds)):
        raise ValueError(f"a speech is longer than the model's sliding window of {window} tokens")


def _mask(**options: Any) -> torch.Tensor | None:
    return None if options.get("attention_mask") is None else sdpa_mask(**options)


AttentionInterface.register(EACH_SPEECH, each_speech_attention)
AttentionMaskInterface.register(EACH_SPEECH, _mask)
