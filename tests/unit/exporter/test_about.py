"""What is held of a person, as an officer reads it."""

import io
from typing import Any

import pytest
from rich.console import Console
from speechgrade_exporter import about as about_module
from speechgrade_exporter.commands import app
from typer.testing import CliRunner

KINDS = ("pseudonyms", "splits", "evaluations", "datasets", "adapters", "kept_out", "withdrawals")
NOTHING: dict[str, list[Any]] = {kind: [] for kind in KINDS}
MOMENT = "2026-11-30T12:00:00+00:00"
HELD = {
    "pseudonyms": ["a" * 32],
    "splits": ["train"],
    "evaluations": [
        {"evaluation_id": "e1", "status": "excluded", "reason": "taken_out", "settled_at": MOMENT, "scores": 2}
    ],
    "datasets": [{"digest": "d" * 64, "status": "erased", "published_at": MOMENT, "examples": 1}],
    "adapters": [{"name": "sg-1", "status": "tainted", "created_at": MOMENT}],
    "kept_out": [{"reason": "subject_erased", "since": MOMENT}],
    "withdrawals": [{"certificate": "c1", "reason": "taken_out", "requested_at": MOMENT, "completed_at": None}],
}


def shown(held: dict[str, Any]) -> str:
    printed = io.StringIO()
    about_module.show(held, Console(file=printed, width=120))
    return printed.getvalue()


def test_every_kind_is_told_and_nothing_is_said_to_be_nothing() -> None:
    said = ["a" * 32, "train", "taken_out, 2 scores", "erased, 1 examples", "sg-1", "subject_erased", "being deleted"]
    assert [words for words in said if words not in shown(HELD)] == []
    assert shown(NOTHING) == "Nothing is held of this person.\n"


@pytest.mark.parametrize(("held", "exit_code"), [(HELD, 0), (NOTHING, 3)])
def test_who_asks_is_named_and_nothing_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, held: dict[str, Any], exit_code: int
) -> None:
    asked: list[tuple[str, str]] = []

    class Answering:
        def about(self, identifier: str, actor: str) -> dict[str, Any]:
            asked.append((identifier, actor))
            return held

    monkeypatch.setattr(about_module, "start", lambda: (None, None))
    monkeypatch.setattr(about_module, "Exporter", lambda *_: Answering())
    assert CliRunner().invoke(app, ["about", "--subject", "noor@example.org", "--json"]).exit_code == exit_code
    ((identifier, actor),) = asked
    assert (identifier, actor[:9]) == ("noor@example.org", "about by ")
