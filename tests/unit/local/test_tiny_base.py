"""The tiny base has the real tokenizer, is made whole or not at all, and never sees what a speech is worth."""

from itertools import islice
from pathlib import Path
from random import Random

import pytest
from mistral_common.protocol.instruct.messages import SystemMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from speechgrade_local.tiny_base import BASE_MODEL, ensure_tiny_base
from speechgrade_local.tiny_base.pretext import lessons
from speechgrade_local.tiny_base.pretrain import Schedule
from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer

QUICK = Schedule.quick(2)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    ensure_tiny_base(folder, QUICK)
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("system", "user"),
    [
        ("You score.", "<transcript>\nHello there, it's José.\n</transcript>"),
        ("R\n- a (max 5): ünï", "日本語 and 12.5 % of\n\n two  spaces"),
        ('{"sections":{"A":{"points":{"x":4.5}}}}', "\ttab, 🙂 and [EMAIL]"),
    ],
)
def test_the_tokens_are_those_of_mistrals_own_library(system: str, user: str) -> None:
    ours = mistral_tokenizer().apply_chat_template(
        [{"role": "system", "content": system}, {"role": "user", "content": user}], tokenize=True, return_dict=False
    )
    request = ChatCompletionRequest(messages=[SystemMessage(content=system), UserMessage(content=user)])
    assert list(ours) == list(MistralTokenizer.v1().encode_chat_completion(request).tokens)


def test_it_is_made_once(cache: Path) -> None:
    weights = next(cache.rglob("model.safetensors"))
    before = weights.stat().st_mtime_ns
    home = ensure_tiny_base(cache, QUICK)
    assert (home / BASE_MODEL / "model.safetensors").stat().st_mtime_ns == before
    assert [path.name for path in cache.iterdir()] == [home.name]


def test_no_lesson_goes_from_a_speech_to_points() -> None:
    for lesson in islice(lessons(Random(1), 0.5, 3, 20), 200):
        speech, answer = lesson.turns[1].content, lesson.turns[2].content
        has_speech = speech.strip() not in ("<transcript>\n\n</transcript>", "<transcript>\n</transcript>")
        assert has_speech != ('"points"' in answer)
