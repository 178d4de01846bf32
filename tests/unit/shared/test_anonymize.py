"""Names of the roster and the usual patterns leave a text; words that only look like names stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.roster import Person, Roster, evaluation_roster, parse_roster, split_full_name

ROSTER = Roster(
    people=(
        Person("speaker", "José", "García-López", "jgarcia@uni.example", "u123456"),
        Person("peer", "Will", "Okafor", "will@uni.example"),
        Person("instructor", "Ann", "Baker", "abaker@uni.example"),
    ),
    courses=("SPCH-101",),
    institutions=("Northfield College",),
)
REDACT = Anonymizer(ROSTER)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my name is jose garcia lopez", "my name is [STUDENT_FIRST_NAME] [STUDENT_LAST_NAME]"),
        ("JOSÉ'S plan", "[STUDENT_FIRST_NAME]'S plan"),
        ("write to jgarcia@uni.example", "write to [EMAIL]"),
        ("write to jgarcia at uni dot edu", "write to [EMAIL]"),
        ("call (555) 123-4567 today", "call [PHONE] today"),
        ("I am student u123456", "I am student [ID]"),
        ("Professor Baker of Northfield College", "Professor [INSTRUCTOR_NAME] of [INSTITUTION]"),
        ("here in spch 101", "here in [COURSE]"),
        ("follow @joseg or www.me.example/x", "follow [HANDLE] or [URL]"),
        ("thanks, Will", "thanks, [PEER_NAME]"),
        ("as Will Okafor said", "as [PEER_NAME] said"),
        ("I will do it if they will", "I will do it if they will"),
        ("an annual bakery", "an annual bakery"),
    ],
)
def test_what_is_taken_out_and_what_stays(said: str, kept: str) -> None:
    assert REDACT.redact(said).text == kept
    assert leaks(REDACT.redact(said).text, ROSTER) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ask josé", "name"),
        ("me@x", "email"),
        ("jgarcia", "email"),
        ("dial 555 123 4567", "number"),
        ("www.x.y", "web"),
    ],
)
def test_the_second_look_finds_what_is_left(text: str, kind: str) -> None:
    assert kind in leaks(text, ROSTER)


@given(st.text(), st.sampled_from(["José", "garcía-lópez", "OKAFOR", "Baker", "jgarcia@uni.example"]), st.text())
def test_a_name_between_any_words_is_gone(before: str, name: str, after: str) -> None:
    text = REDACT.redact(f"{before} {name} {after}").text
    assert "name" not in leaks(text, ROSTER)


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold_text(text)) == len(text)


@given(st.text())
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = REDACT.redact(text).text
    assert REDACT.redact(once).text == once


def test_a_roster_is_read_with_whatever_is_missing() -> None:
    roster = parse_roster({"people": [{"role": "speaker", "first_name": None, "sis_id": 7}], "courses": [None, "A B"]})
    assert roster == Roster((Person("speaker", sis_id="7"),), ("A B",), ())


def test_titles_are_no_names() -> None:
    assert split_full_name("Dr. Ann M. Baker") == ("Ann M.", "Baker")
    assert split_full_name("") == ("", "")


def test_a_peer_has_one_placeholder_in_all_texts_of_an_evaluation() -> None:
    roster = Roster((Person("peer", "Maya", "Okafor"), Person("peer", "Liam", "Berg")))
    anonymizer = Anonymizer(roster)
    assert anonymizer.redact("Maya asked Liam.").text == "[PEER_NAME] asked [PEER_NAME_2]."
    assert anonymizer.redact("Liam Berg answered.").text == "[PEER_NAME_2] answered."


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("thank you will for that", "thank you will for that"),
        ("i agree with will on this", "i agree with [PEER_NAME] on this"),
        ("will okafor and i", "[PEER_NAME] and i"),
        ("my friend will help", "my friend will help"),
        ("Yesterday Will sent it", "Yesterday [PEER_NAME] sent it"),
        ("the will of the people", "the will of the people"),
    ],
)
def test_a_name_that_is_a_word_is_decided_by_its_context(said: str, kept: str) -> None:
    assert REDACT.redact(said).text == kept


def test_the_name_in_the_evaluation_is_the_speaker_of_the_roster() -> None:
    people = [{"role": "speaker", "first_name": "Xiaoming (Ming)", "last_name": "Li"}]
    roster = evaluation_roster({"people": people}, {"studentName": "Li, Ming"})
    text = Anonymizer(roster).redact("I am Ming Li, xiao ming to my aunt.").text
    assert text == "I am [STUDENT_FIRST_NAME] [STUDENT_LAST_NAME], [STUDENT_FIRST_NAME] to my aunt."
