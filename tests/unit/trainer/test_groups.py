"""Gaps between groups of speakers: bias is seen, ability is not taken for it, and a handful of people is not judged."""

from pathlib import Path

import pytest
from speechgrade_trainer.errors import GroupsInvalid
from speechgrade_trainer.evaluation.bootstrap import draws
from speechgrade_trainer.evaluation.ground import Points, ground_of
from speechgrade_trainer.evaluation.groups import axes, gaps, read_groups

from .speeches import answers, rubric_of, speech, speeches

HUMAN = [float(number % 5) for number in range(40)]
HALVES = {"home": ["a"] * 20 + ["b"] * 20}


def test_a_group_that_is_scored_higher_than_its_instructors_did_has_a_gap() -> None:
    ground = ground_of(speeches(HUMAN))
    given: list[Points | None] = answers([min(4.0, h + (number < 20)) for number, h in enumerate(HUMAN)])
    found = gaps(ground, given, HALVES, draws(ground.people))["home"]
    assert found["a"].gap == pytest.approx(-(found["b"].gap or 0))
    assert found["a"].interval is not None
    assert found["a"].interval[0] > 0
    assert found["b"].smd == 0.0
    assert (found["a"].persons, found["a"].speeches) == (20, 20)


def test_a_group_that_everyone_grades_lower_has_none() -> None:
    lower = [max(0.0, h - 2 * (number < 20)) for number, h in enumerate(HUMAN)]
    ground = ground_of(speeches(lower))
    found = gaps(ground, answers([*lower]), HALVES, draws(ground.people))["home"]
    assert found["a"].gap == found["b"].gap == 0.0


def test_few_persons_are_shown_but_not_judged() -> None:
    ground = ground_of(speeches(HUMAN))
    few = gaps(ground, answers([2.0] * 40), {"home": ["a"] * 4 + [None] * 36}, draws(40))["home"]["a"]
    assert (few.persons, few.speeches, few.mae is not None) == (4, 4, True)
    assert (few.gap, few.interval) == (None, None)


def test_without_answers_or_variance_there_is_no_gap() -> None:
    ground = ground_of(speeches([2.0] * 10))
    for given in ([2.0] * 10, [None] * 10):
        found = gaps(ground, answers(given), {"home": ["a"] * 10}, draws(10))["home"]["a"]
        assert (found.smd, found.gap) == (None, None)


def test_rubric_and_length_are_known_from_the_speeches() -> None:
    texts = ["one " * count for count in (3, 3, 9, 9, 30, 30)]
    split = [speech(n, 1, rubric=rubric_of(4, name="AB"[n % 2]), text=text) for n, text in enumerate(texts)]
    found = axes(split)
    assert found["rubric"] == ("A", "B") * 3
    assert [name.split()[1] for name in found["length"] if name] == [
        "short",
        "short",
        "middle",
        "middle",
        "long",
        "long",
    ]
    assert axes([split[0]]) == {}


def test_rubrics_of_one_name_are_told_apart() -> None:
    found = axes([speech(1, 1), speech(2, 1, rubric=rubric_of(8))])["rubric"]
    assert len(set(found)) == 2
    assert all(name and name.startswith("One ") for name in found)


def test_a_file_says_who_belongs_where(tmp_path: Path) -> None:
    split = [speech(1, 1, person=7), speech(2, 1, person=8), speech(3, 1, person=9)]
    (tmp_path / "groups.csv").write_text(f"id,home,sex\n{split[0].subject},north,\n{split[1].example},south,f\n")
    found = axes(split, read_groups(tmp_path / "groups.csv"))
    assert found["home"] == ("north", "south", None)
    assert found["sex"] == (None, "f", None)


@pytest.mark.parametrize("text", ["", "id\n1\n", "id,a,a\n", "id,\n", "id,length\n1,x\n", "id,a\n1\n", "id,a\n1,x,y\n"])
def test_a_file_that_does_not_say_it_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(GroupsInvalid):
        read_groups(tmp_path / "groups.csv")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GroupsInvalid):
        read_groups(tmp_path / "groups.csv")
    (tmp_path / "groups.csv").write_bytes(b"id,a\n\xff,x\n")
    with pytest.raises(GroupsInvalid):
        read_groups(tmp_path / "groups.csv")
