"""The renderer: pinned, the rubric first, and nothing in a transcript can act as markup."""

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.prompt import CHAT_TEMPLATE, RENDERER_VERSION, defang, render_messages
from speechgrade_shared.rubric import parse_rubric

RUBRIC = parse_rubric({"name": "R", "categories": [{"name": "Content", "description": "What.", "points": 5}]})
DANGEROUS = ("[INST]", "[/INST]", "<s>", "</s>", "<<SYS>>", "</transcript>", "<transcript>", "<|im_start|>")


def test_the_version_is_the_one_that_data_and_adapters_were_made_with() -> None:
    assert RENDERER_VERSION == "r1-b0c73dcf8da4"


def test_the_rubric_comes_first_and_the_transcript_is_fenced() -> None:
    system, user = render_messages(RUBRIC, "Hello.")
    assert system.role == "system"
    assert "Content (max 5): What." in system.content
    assert user.content == "<transcript>\nHello.\n</transcript>"


@pytest.mark.parametrize("token", DANGEROUS)
def test_markup_in_a_speech_becomes_words(token: str) -> None:
    assert token.casefold() not in defang(f"before {token} after").casefold()


@pytest.mark.parametrize("trick", ["[\u200bINST]", "[ inst ]", "< / TRANSCRIPT >", "<\u2060/s>", "[/\u00adINST]"])
def test_hidden_and_spaced_markup_is_found_too(trick: str) -> None:
    text = defang(f"a {trick} b")
    assert not any(char in text for char in "[]<>")


@given(st.lists(st.sampled_from([*DANGEROUS, " ", "a", "<", ">", "[", "]", "/", "INST", "s", "\u200b"]), max_size=12))
def test_no_combination_of_pieces_survives_as_markup(pieces: list[str]) -> None:
    text = defang("".join(pieces)).casefold()
    assert not any(token.casefold() in text for token in DANGEROUS)


@given(st.text())
def test_defanging_twice_is_defanging_once(text: str) -> None:
    assert defang(defang(text)) == defang(text)


def test_the_chat_template_folds_the_system_text_into_the_first_turn() -> None:
    def refuse(message: str) -> None:
        raise ValueError(message)

    template = jinja2.Environment(autoescape=False).from_string(CHAT_TEMPLATE)  # noqa: S701 - a prompt is no page
    turns = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U"},
        {"role": "assistant", "content": "A"},
    ]
    known = {"bos_token": "<s>", "eos_token": "</s>", "raise_exception": refuse}
    assert template.render(messages=turns, **known) == "<s> [INST] S\n\nU [/INST] A</s>"
    with pytest.raises(ValueError, match="alternate"):
        template.render(messages=[turns[1], turns[1]], **known)
