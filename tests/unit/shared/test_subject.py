"""Pseudonyms and splits: the same person is the same everywhere, and nobody else moves them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.subject import PersonKey, Split, SplitShares, assign_split, example_id, person_keys

KEY = b"k" * 32


def keys(**given: str | None) -> tuple[PersonKey, ...]:
    names = {"email": None, "sis_id": None, "institution": None, "enrolment_id": "e1"} | given
    return person_keys(KEY, **names)  # type: ignore[arg-type]


def test_a_person_is_known_by_mail_then_student_id_then_enrolment() -> None:
    assert [key.strength for key in keys(email="a@x.example", sis_id="n1")] == [1, 3]
    assert [key.strength for key in keys(email="a@x.example", sis_id="n10")] == [1, 2, 3]
    assert keys(email=" A@x.example")[0] == keys(email="a@X.example ", enrolment_id="e2")[0]
    assert keys(sis_id="N10")[0] == keys(sis_id="n10 ", enrolment_id="e2")[0]
    assert keys()[0] != keys(enrolment_id="e2")[0]


def test_a_student_id_means_something_within_its_institution_only() -> None:
    assert keys(sis_id="1234", institution="a")[0] != keys(sis_id="1234", institution="b")[0]


@pytest.mark.parametrize("nobody", ["N/A", "0000", "-", "none", "12", " ", "unknown"])
def test_what_cannot_tell_people_apart_is_no_identifier(nobody: str) -> None:
    assert keys(email=nobody, sis_id=nobody) == keys()


def test_without_the_key_nothing_can_be_recomputed() -> None:
    assert example_id(KEY, "e") != example_id(b"x" * 32, "e")


@given(st.text(min_size=1))
def test_a_split_depends_on_the_person_alone(subject: str) -> None:
    assert assign_split(KEY, subject, SplitShares()) is assign_split(KEY, subject, SplitShares())


def test_the_shares_are_about_what_was_asked_for() -> None:
    splits = [assign_split(KEY, str(number), SplitShares(validation=0.1, test=0.2)) for number in range(5000)]
    assert abs(splits.count(Split.TEST) / 5000 - 0.2) < 0.03
    assert abs(splits.count(Split.VALIDATION) / 5000 - 0.1) < 0.03


def test_a_larger_test_share_never_lets_a_test_person_go() -> None:
    small, large = SplitShares(test=0.1), SplitShares(test=0.2)
    for number in range(500):
        if assign_split(KEY, str(number), small) is Split.TEST:
            assert assign_split(KEY, str(number), large) is Split.TEST
