"""What the quality bench promises before any weight is loaded: nobody is in two splits, and no score is changed."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from speechgrade_local.bench_trainer_quality.expected import differing, with_points
from speechgrade_local.bench_trainer_quality.facts import Counted
from speechgrade_local.bench_trainer_quality.split import first_of_each, split_by_person
from speechgrade_local.bench_trainer_quality.table import criteria_table, groups_table, scorers_table
from speechgrade_local.bench_trainer_quality.texts import ScoredText, as_example, read_corpus, scored_text
from speechgrade_local.cli import bench_trainer_quality
from speechgrade_local.errors import DataMissing
from speechgrade_shared.answer import parse_answer
from speechgrade_shared.prompt import render_answer
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import parse_example
from speechgrade_trainer.evaluation.evaluation import accepted, measured

RAW_RUBRIC: dict[str, Any] = {
    "name": "Invented essay",
    "categories": [
        {"name": "Form", "subcategories": [{"name": "Order", "points": 5}, {"name": "Words", "points": 5}]},
        {"name": "Signs", "subcategories": [{"name": "Commas", "points": 5}]},
    ],
}
RUBRIC = parse_rubric(RAW_RUBRIC)
HALF_POINTS = st.integers(2, 10).map(lambda half: half / 2)


def raw(person: str, order: float = 3.5, words: float = 2.0, commas: float = 5.0) -> dict[str, Any]:
    """A line of the file."""
    form = [{"name": "Order", "points": order, "maxPoints": 5}, {"name": "Words", "points": words, "maxPoints": 5}]
    return {
        "text_id": person,
        "transcript": f"I am {person} and this is my text.",
        "sections": {
            "Form": {"subcategories": form},
            "Signs": {"subcategories": [{"name": "Commas", "points": commas, "maxPoints": 5}]},
        },
        "groups": {"grade": "9" if len(person) % 2 else "10", "unknown": ""},
    }


def texts(count: int) -> tuple[ScoredText, ...]:
    rng = Random(4)
    drawn = [[rng.randint(2, 10) / 2 for _ in range(3)] for _ in range(count)]
    return tuple(scored_text(raw(f"{index:x}" * 3, *points), RUBRIC) for index, points in enumerate(drawn))


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=40))
def test_nobody_is_in_two_splits(people: list[str]) -> None:
    written = [scored_text(raw(person), RUBRIC) for person in [*people, people[0]]]
    splits = split_by_person(written)
    assert sum(len(found) for found in splits.values()) == len(written)
    for split in Split:
        others = {text.person for other in Split if other is not split for text in splits[other]}
        assert not {text.person for text in splits[split]} & others


def test_the_split_is_frozen() -> None:
    # Other places for these would be another test split: nothing measured before could be compared any more.
    splits = split_by_person(texts(40))
    assert {split.value: len(found) for split, found in splits.items()} == {"train": 24, "validation": 8, "test": 8}
    assert [text.person for text in splits[Split.TEST]][:3] == ["777", "eee", "fff"]


def test_a_share_of_the_texts_keeps_every_split() -> None:
    few = first_of_each(split_by_person(texts(40)), 0.1)
    assert all(few[split] for split in Split)
    assert sum(map(len, few.values())) < 10


@given(HALF_POINTS, HALF_POINTS, HALF_POINTS)
def test_every_score_reaches_the_answer_that_is_taught(order: float, words: float, commas: float) -> None:
    example = as_example(scored_text(raw("p", order, words, commas), RUBRIC), RUBRIC)
    taught = parse_answer(example.target, RUBRIC)
    given = {(section.name, name): points for section in taught.sections for name, points in section.points}
    assert given == {("Form", "Order"): order, ("Form", "Words"): words, ("Signs", "Commas"): commas}
    line = {"messages": example.messages, "example": example.example, "subject": example.subject}
    assert parse_example(json.dumps({**line, "rubric": RUBRIC.as_dict()})) == example


def test_a_score_off_the_grid_is_no_score() -> None:
    with pytest.raises(ValueError, match="grid"):
        scored_text(raw("p", order=3.25), RUBRIC)


def test_an_unknown_group_is_none() -> None:
    assert scored_text(raw("p"), RUBRIC).groups == {"grade": "9"}


def test_without_the_texts_there_is_nothing_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataMissing) as missing:
        bench_trainer_quality(data=tmp_path, state=tmp_path / "state")
    assert missing.value.exit_code == 3
    assert not (tmp_path / "state").exists()


def test_texts_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "rubric.json").write_text(json.dumps(RAW_RUBRIC))
    (tmp_path / "texts.jsonl").write_text(json.dumps(raw("p")) + "\n{}\n")
    with pytest.raises(DataMissing, match="cannot be read"):
        read_corpus(tmp_path)


def test_a_corpus_is_known_by_both_its_files(tmp_path: Path) -> None:
    (tmp_path / "rubric.json").write_text(json.dumps(RAW_RUBRIC))
    (tmp_path / "texts.jsonl").write_text(json.dumps(raw("p")) + "\n")
    first = read_corpus(tmp_path)
    (tmp_path / "texts.jsonl").write_text(json.dumps(raw("q")) + "\n")
    assert read_corpus(tmp_path).digest != first.digest
    assert [text.person for text in first.texts] == ["p"]


@given(st.lists(st.text(alphabet="ab ,.A'", max_size=40), min_size=1, max_size=12), st.text(max_size=60))
def test_what_the_base_learns_to_note_is_a_valid_answer_about_the_text_alone(read: list[str], text: str) -> None:
    counted = Counted(read)
    noted = counted.note(text, RUBRIC)
    assert parse_answer(render_answer(noted), RUBRIC) == noted
    assert noted == Counted(read).note(text, RUBRIC)
    assert all(1 <= points <= 5 for section in noted.sections for _, points in section.points)


def test_a_longer_text_is_noted_as_longer() -> None:
    counted = Counted([f"{'word ' * count}." for count in range(1, 20)])
    short, long = (dict(counted.note("word " * count, RUBRIC).sections[0].points) for count in (2, 18))
    assert short["Order"] < long["Order"]


def test_variants_are_compared_from_where_they_differ_to_where_they_meet() -> None:
    variants = [(7, 8, 3, 9, 1, 2), (7, 8, 3, 5, 6, 9, 1, 2), (7, 8, 4, 9, 1, 2)]
    assert differing(variants) == (2, [(3, 9), (3, 5, 6, 9), (4, 9)])


def test_points_are_changed_for_one_criterion_alone() -> None:
    scored = scored_text(raw("p"), RUBRIC).human
    changed = with_points(scored, ("Form", "Words"), 4.5)
    assert changed.as_dict()["sections"]["Form"]["points"] == {"Order": 3.5, "Words": 4.5}
    assert changed.sections[1] == scored.sections[1]


def test_the_tables_have_everyone_every_criterion_and_every_group() -> None:
    examples = [as_example(text, RUBRIC) for text in texts(24)]
    answers = [accepted(example.target, example) for example in examples]
    known = {text.subject: dict(text.groups) for text in texts(24)}
    test = measured(examples[:12], examples[12:], answers[12:], answers[12:], known_groups=known).test
    shown = Console(record=True, width=200, file=None, quiet=False)
    with shown.capture() as capture:
        shown.print(scorers_table(test, test.who["adapter"]))
        shown.print(criteria_table(test))
        shown.print(groups_table(test))
    text = capture.get()
    for part in ("TF-IDF ridge", "best constant", "the points that it expects", "Form / Words", "grade: 10"):
        assert part in text
