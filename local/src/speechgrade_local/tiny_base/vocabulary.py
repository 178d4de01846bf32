"""The few hundred tokens that occur in the lessons, and the one that stands for all others.

Training on them equals training with a full softmax in which the unseen tokens share a row, at a hundredth of the cost.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from transformers import MistralForCausalLM

from speechgrade_local.tiny_base.architecture import VOCABULARY, tiny_config

_UNSEEN_SPREAD = 0.01


class SeenTokens:
    """A numbering of the tokens that occur; the last number is every other token."""

    def __init__(self, token_ids: Iterable[int]) -> None:
        self._ids = torch.tensor(sorted(set(token_ids)))
        self._number = torch.full((VOCABULARY,), len(self._ids))
        self._number[self._ids] = torch.arange(len(self._ids))

    @property
    def size(self) -> int:
        """How many numbers there are, the one for all others included."""
        return len(self._ids) + 1

    def numbers(self, token_ids: Sequence[int]) -> Tensor:
        """The numbers of tokens."""
        return self._number[torch.tensor(token_ids)]

    def weigh_others(self, logits: Tensor) -> Tensor:
        """Logits in which the last column counts for as many tokens as it stands for."""
        others = logits[:, -1:] + math.log(VOCABULARY - len(self._ids))
        return torch.cat([logits[:, :-1], others], dim=1)

    @torch.no_grad()
    def spread(self, small: MistralForCausalLM) -> MistralForCausalLM:
        """The model over the whole vocabulary: a seen token keeps its rows, every other gets those of the others."""
        full = MistralForCausalLM(tiny_config())
        full.model.layers.load_state_dict(small.model.layers.state_dict())
        full.model.norm.load_state_dict(small.model.norm.state_dict())
        for wide, narrow in (
            (full.model.embed_tokens.weight, small.model.embed_tokens.weight),
            (full.lm_head.weight, small.lm_head.weight),
        ):
            wide.copy_(narrow[-1] + _UNSEEN_SPREAD * torch.randn(wide.shape))
            wide[self._ids] = narrow[:-1]
        return full
