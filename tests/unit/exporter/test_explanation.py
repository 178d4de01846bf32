"""What a privacy officer is told about one evaluation, and what stays hidden until somebody asks for it."""

import io
import json
from typing import Any

import pytest
from rich.console import Console
from speechgrade_exporter import explain as command
from speechgrade_exporter.examples import decide
from speechgrade_exporter.explanation import PROVENANCES, TRACES, Explanation, explain_row
from speechgrade_exporter.provenance import Provenance, Trace

STORED = {"status": "included", "exclusion_reason": None, "split": "test", "settled_at": "2026-03-01T10:00:00+00:00"}
NAMES = ("noor", "haddad", "mateo")


@pytest.fixture
def explained(rules: Any) -> Any:
    def explain(row: dict[str, Any], stored: Any = None, queue: Any = None) -> Explanation:
        return explain_row(row, decide(row, rules), queue, stored)

    return explain


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Any:
    def text(found: Explanation, *, with_original: bool = False) -> str:
        screen = io.StringIO()
        monkeypatch.setattr(command, "console", Console(file=screen, width=160))
        command.show(found, with_original=with_original)
        return screen.getvalue()

    return text


def test_every_provenance_and_trace_has_words() -> None:
    assert PROVENANCES.keys() == set(Provenance)
    assert TRACES.keys() == set(Trace)


def test_a_row_that_is_in_says_so_with_its_text_before_and_after(make_row: Any, explained: Any, printed: Any) -> None:
    found = explained(make_row(), STORED)
    assert found.is_up_to_date
    said = printed(found, with_original=True)
    assert "my name is Noor Haddad" in " ".join(said.split())
    assert "[STUDENT_FIRST_NAME]" in said
    for part in ("included", "yes to llm_training", "5 from rubric", "test", "holds the same", "nothing waits"):
        assert part in said


def test_nothing_names_anybody_until_it_is_asked_for(make_row: Any, explained: Any, printed: Any) -> None:
    found = explained(make_row())
    hidden = printed(found) + json.dumps(found.as_dict(with_original=False))
    assert not [name for name in NAMES if name in hidden.casefold()]
    assert found.as_dict(with_original=True)["original"].startswith("Hello, my name is Noor")


def test_what_the_leak_scan_refused_is_hidden_too(make_row: Any, explained: Any, printed: Any) -> None:
    found = explained(make_row(rubric={"name": "Okonkwo's rubric"}))
    assert found.decision.settlement.status == "quarantined"
    assert found.as_dict(with_original=False)["anonymized"] is None
    assert "may still name somebody" in printed(found)
    assert found.as_dict(with_original=True)["anonymized"]


def test_the_text_of_a_speech_without_consent_is_never_shown(make_row: Any, explained: Any, printed: Any) -> None:
    refused = {"type": "llm_training", "given": False, "at": "2026-02-01T00:00:00+00:00"}
    row = make_row(consent=[refused, *make_row()["consent"]], course={"deleted_locally_at": "2026-03-01"})
    found = explained(row, STORED)
    said = printed(found, with_original=True)
    assert "The student's latest decision is no. (student_consent_refused)" in said
    assert "The course was deleted in the app. (course_deleted)" in said
    assert said.index("yes to llm_training") < said.index("no to llm_training")
    assert "holds another decision (included)" in said
    assert "bees" not in said + json.dumps(found.as_dict(with_original=True))


def test_each_criterion_says_how_it_differs_from_the_models_score(graded: Any, explained: Any, printed: Any) -> None:
    data = graded()["evaluation"]["evaluation_data"]
    now = json.loads(json.dumps(data["sections"]))
    now["Content"]["subcategories"][0]["points"] = 4.25
    row = graded(provider="qwen", edited=True, sections=now, model_output_original={"sections": data["sections"]})
    found = explained(row)
    assert "provenance_artefact" in printed(found)
    assert "content / sources: snapped from 4 to 4.25" in printed(found)
    assert found.as_dict(with_original=False)["provenance"]["differences"] == {"confirmed": 2, "snapped": 1}


def test_a_speech_cannot_steer_the_terminal(make_row: Any, explained: Any, printed: Any) -> None:
    row = make_row()
    row["evaluation"]["transcript"] += "\x1b]0;title\x07 \x9b31m [bold]loud[/bold] [/nothing]"
    said = printed(explained(row), with_original=True)
    assert not {"\x1b", "\x07", "\x9b"} & set(said)
    assert "[bold]loud[/bold]" in " ".join(said.split())


def test_a_change_that_waits_or_was_given_up_is_mentioned(make_row: Any, explained: Any, printed: Any) -> None:
    waiting = {
        "reason": "consent",
        "enqueued_at": "now",
        "attempts": 1,
        "last_error": "read_incomplete",
        "dead_at": None,
    }
    assert "waits since now because of consent, 1 tries, failed with read_incomplete" in printed(
        explained(make_row(), queue=waiting)
    )
    assert "given up since now" in printed(explained(make_row(), queue=waiting | {"dead_at": "now"}))


def test_an_evaluation_that_does_not_exist_is_explained(make_row: Any, explained: Any, printed: Any) -> None:
    empty = dict.fromkeys(make_row()) | {"evaluation_id": "6", "consent": [], "may_teach": False}
    said = printed(explained(empty))
    assert "evaluation_gone" in said
    assert "never looked at" in said
