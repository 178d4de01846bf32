"""Pseudonyms and splits: the same person is the same everywhere, and nobody else moves them."""

from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.subject import Split, SplitShares, assign_split, example_id, subject_hash

KEY = b"k" * 32


def test_a_person_is_known_by_mail_then_student_id_then_enrolment() -> None:
    by_mail = subject_hash(KEY, email=" A@x.example", sis_id="1", enrolment_id="e1")
    assert by_mail == subject_hash(KEY, email="a@X.example ", sis_id="2", enrolment_id="e2")
    assert subject_hash(KEY, email="", sis_id="n1", enrolment_id="e1") == subject_hash(
        KEY, email=None, sis_id="N1", enrolment_id="e2"
    )
    assert subject_hash(KEY, email=None, sis_id=None, enrolment_id="e1") != subject_hash(
        KEY, email=None, sis_id=None, enrolment_id="e2"
    )


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
