"""Proof that a tokenizer gives the ids that the base model was made with, and digests that name it.

A folder can hold a tokenizer that loads and is wrong: one converted from ``tokenizer.model`` with its merges in another
order gives other ids for most prompts, and one whose vocabulary could not be read has three tokens. So one conversation
is kept with its ids (``golden.json``, equal to those of mistral-common's ``MistralTokenizer.v1``) and encoded at start.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from speechgrade_shared.digest import canonical_json, sha256_hex
from speechgrade_shared.prompt import CHAT_TEMPLATE
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data.tokens import encode_answers, encode_prompt
from speechgrade_trainer.errors import TokenizerMismatch

TOKENIZER_FILE = "tokenizer.json"
_GOLDEN = files("speechgrade_trainer") / "data" / "golden.json"
_OF_A_BATCH = {"padding", "truncation"}
_REMEDY = "Use the tokenizer files of the pinned revision"
_UNUSED_AT_MOST = 1024
"""A model's vocabulary may be larger than its tokenizer's, rounded up for the hardware."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A conversation and its ids under the tokenizer of some models."""

    models: tuple[str, ...]
    vocabulary_sha256: str
    prompt: tuple[Mapping[str, str], ...]
    answer: str
    prompt_ids: tuple[int, ...]
    answer_ids: tuple[int, ...]


@cache
def golden() -> Golden:
    """The stored conversation."""
    raw: dict[str, Any] = json.loads(_GOLDEN.read_text("utf-8"))
    parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in raw.items()}
    return Golden(**parts)


def prove_tokenizer(tokenizer: PreTrainedTokenizerFast, folder: Path, model: str) -> None:
    """Compare a base's tokenizer with the size of its model, and with the stored ids if they are for this model.

    Raises:
        TokenizerMismatch: it would give the model other ids than it has learned.
    """
    tokens = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id)
    if None in tokens or len(set(tokens)) != len(tokens):
        raise TokenizerMismatch(f"The tokenizer of {model} lacks one of its control tokens. {_REMEDY}.")
    size, expected = len(tokenizer), _model_vocabulary(folder)
    if expected is not None and not expected - _UNUSED_AT_MOST <= size <= expected:
        raise TokenizerMismatch(f"The tokenizer of {model} has {size} tokens, the model {expected}. {_REMEDY}.")
    known = golden()
    if model not in known.models and vocabulary_digest(tokenizer) != known.vocabulary_sha256:
        return
    ids = (tuple(encode_prompt(tokenizer, known.prompt)), tuple(encode_answers(tokenizer, [known.answer])[0]))
    if ids != (known.prompt_ids, known.answer_ids):
        raise TokenizerMismatch(
            f"The tokenizer of {model} gives other ids than Mistral's own, as some conversions of tokenizer.model do. "
            f"{_REMEDY}, for training and serving alike."
        )


def vocabulary_digest(tokenizer: PreTrainedTokenizerFast) -> str:
    """Names a vocabulary: every token with its id."""
    return sha256_hex(canonical_json(tokenizer.get_vocab()))


def tokenizer_digest(folder: Path) -> str:
    """Names what a folder's tokenizer does, whichever library wrote the file.

    Raises:
        TokenizerMismatch: the folder has no readable ``tokenizer.json``.
    """
    try:
        body: dict[str, Any] = json.loads(Tokenizer.from_file(str(folder / TOKENIZER_FILE)).to_str())
    except Exception as error:  # The library raises bare exceptions.
        raise TokenizerMismatch(f"There is no readable {TOKENIZER_FILE} in {folder.name}.") from error
    # How a batch was padded last says nothing about the ids of a text.
    return sha256_hex(canonical_json({name: part for name, part in body.items() if name not in _OF_A_BATCH}))


def template_digest() -> str:
    """Names the chat template that prompts are made with."""
    return sha256_hex(CHAT_TEMPLATE.encode())


def refuse_other_tokenizer(base: Path, adapter: Path) -> None:
    """An adapter answers only to the ids that it was trained on.

    Raises:
        TokenizerMismatch: the tokenizer or the template in the adapter's folder is not the base's and ours.
    """
    template = adapter / "chat_template.jinja"
    if tokenizer_digest(base) != tokenizer_digest(adapter):
        raise TokenizerMismatch("The adapter was trained with another tokenizer than this base has.")
    if template.is_file() and template.read_text("utf-8").rstrip("\n") != CHAT_TEMPLATE:
        raise TokenizerMismatch("The adapter was trained with another chat template.")


def _model_vocabulary(folder: Path) -> int | None:
    try:
        return int(json.loads((folder / "config.json").read_bytes())["vocab_size"])
    except (OSError, ValueError, KeyError):
        return None
