"""Stats: counts with their plain sentences, at home in 80 columns, on an empty project as on a full one."""

import io
from typing import Any

import pytest
from rich.console import Console
from speechgrade_exporter.stats import show_state

SENTENCES = {
    "student_consent_refused": "The student's latest decision is no.",
    "leak_name": "A name was still there after anonymization, so the speech waits in quarantine until somebody looked.",
}


def full() -> dict[str, Any]:
    return {
        "queue": {"open": 12, "leased": 3, "dead": 1},
        "dataset": {
            "digest": "ab" * 32,
            "examples": 1234,
            "subjects": 321,
            "published_at": "2026-11-23T06:19:09.123456+00:00",
        },
        "included": {"train": {"examples": 1034, "persons": 281}, "test": {"examples": 200, "persons": 40}},
        "excluded": {"leak_name": 2, "student_consent_refused": 41},
        "tainted": ["sg-aaaaaaaaaaaaaaaaaaaa", "sg-bbbbbbbbbbbbbbbbbbbb", "sg-cccccccccccccccccccc"],
        "erasures": {"pending": 2, "oldest_seconds": 90},
    }


def empty() -> dict[str, Any]:
    nothing: dict[str, Any] = {"dataset": None, "included": {}, "excluded": {}, "tainted": []}
    return nothing | {"queue": {"open": 0, "leased": 0, "dead": 0}, "erasures": {"pending": 0, "oldest_seconds": 0}}


def shown(state: dict[str, Any]) -> str:
    to = Console(file=io.StringIO(), width=80)
    show_state(state, lambda code: SENTENCES.get(code, ""), to)
    return str(to.file.getvalue())  # type: ignore[attr-defined]


def test_every_count_and_sentence_is_there() -> None:
    text = " ".join(shown(full()).split())
    for said in (
        "12 open, 3 leased, 1 dead",
        "1234 examples of 321 people",
        "2026-11-23 06:19:09 UTC",
        "1,034",
        "1,234",
    ):
        assert said in text
    assert "sg-cccccccccccccccccccc" in text
    assert SENTENCES["student_consent_refused"] in text
    assert text.index("student_consent_refused") < text.index("leak_name")


@pytest.mark.parametrize("state", [full(), empty()])
def test_it_is_at_home_in_80_columns(state: dict[str, Any]) -> None:
    assert max(len(line) for line in shown(state).splitlines()) <= 80


def test_an_empty_project_is_said_to_be_empty() -> None:
    text = shown(empty())
    assert "none is published" in text
    assert "split" not in text
    assert "left out" not in text


def test_a_split_without_anybody_is_shown_as_zero() -> None:
    (line,) = [line for line in shown(full()).splitlines() if "validation" in line]
    assert [part for part in line.split() if part.isdigit()] == ["0", "0"]
