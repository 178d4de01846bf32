"""A tokenizer that gives other ids than the model has learned is never trained or served with."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import mistral_common
import pytest
from mistral_common.protocol.instruct.messages import AssistantMessage, SystemMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from speechgrade_trainer.data.tokenizer_pin import golden, refuse_other_tokenizer, tokenizer_digest
from speechgrade_trainer.errors import TokenizerMismatch
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.model import load_tokenizer

from .material import tokenizer


def copied(base: Base, folder: Path) -> Base:
    shutil.copytree(base.folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return replace(base, folder=folder)


def edit(base: Base, change: Any) -> None:
    path = base.folder / "tokenizer.json"
    body = json.loads(path.read_text("utf-8"))
    change(body)
    path.write_text(json.dumps(body), "utf-8")


def test_the_stored_ids_are_those_of_mistral_itself() -> None:
    known = golden()
    system, user = (turn["content"] for turn in known.prompt)
    turns = [SystemMessage(content=system), UserMessage(content=user), AssistantMessage(content=known.answer)]
    ids = MistralTokenizer.v1().encode_chat_completion(ChatCompletionRequest(messages=turns[:2])).tokens
    assert tuple(ids) == known.prompt_ids
    request: Any = ChatCompletionRequest(messages=[*turns, UserMessage(content="Thanks.")])
    whole = MistralTokenizer.v1().encode_chat_completion(request).tokens
    answer = whole[len(ids) : len(ids) + len(known.answer_ids)]
    # Mistral glues a space to the answer's first token; a grammar has no place for it.
    assert tokenizer().convert_ids_to_tokens([answer[0], known.answer_ids[0]]) == ['▁{"', '{"']
    assert tuple(answer[1:]) == known.answer_ids[1:]


def test_the_right_tokenizer_is_taken(base: Base) -> None:
    assert len(load_tokenizer(base)) == 32_000


def reverse_merges(body: dict[str, Any]) -> None:
    body["model"]["merges"].sort(key=lambda pair: body["model"]["vocab"]["".join(pair)])


def forget_words(body: dict[str, Any]) -> None:
    body["model"]["vocab"] = {"<unk>": 0, "<s>": 1, "</s>": 2}
    body["model"]["merges"] = []


def glue_spaces(body: dict[str, Any]) -> None:
    """What conversions before 2024 did: a space more in front of a text that begins with one."""
    spaces = [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]
    body["normalizer"] = {"type": "Sequence", "normalizers": spaces}
    body["pre_tokenizer"] = None


@pytest.mark.parametrize("change", [reverse_merges, forget_words, glue_spaces])
def test_a_tokenizer_that_loads_and_is_wrong_is_refused(base: Base, tmp_path: Path, change: Any) -> None:
    other = copied(base, tmp_path / "base")
    edit(other, change)
    with pytest.raises(TokenizerMismatch) as refused:
        load_tokenizer(other)
    assert refused.value.code == "tokenizer_mismatch"


def test_a_sentencepiece_model_alone_is_refused(base: Base, tmp_path: Path) -> None:
    other = copied(base, tmp_path / "base")
    (other.folder / "tokenizer.json").unlink()
    source = Path(mistral_common.__file__).parent / "data" / "tokenizer.model.v1"
    shutil.copy(source, other.folder / "tokenizer.model")
    with pytest.raises(TokenizerMismatch, match=r"no tokenizer\.json"):
        load_tokenizer(other)


def test_a_file_that_is_no_tokenizer_is_refused(base: Base, tmp_path: Path) -> None:
    other = copied(base, tmp_path / "base")
    (other.folder / "tokenizer.json").write_text("{}")
    with pytest.raises(TokenizerMismatch):
        load_tokenizer(other)


def test_the_tokenizer_saved_with_an_adapter_has_the_digest_of_its_base(base: Base, tmp_path: Path) -> None:
    used = load_tokenizer(base)
    used(["a", "a longer text"], padding=True, truncation=True, max_length=3)
    used.save_pretrained(tmp_path)
    assert tokenizer_digest(tmp_path) == tokenizer_digest(base.folder)
    refuse_other_tokenizer(base.folder, tmp_path)


def test_an_adapter_with_another_tokenizer_or_template_is_refused(base: Base, tmp_path: Path) -> None:
    load_tokenizer(base).save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    with pytest.raises(TokenizerMismatch, match="template"):
        refuse_other_tokenizer(base.folder, tmp_path)
    edit(replace(base, folder=tmp_path), glue_spaces)
    with pytest.raises(TokenizerMismatch, match="another tokenizer"):
        refuse_other_tokenizer(base.folder, tmp_path)
