"""An institution's decision is written down with its reason, or refused with a sentence."""

from typing import Any
from uuid import UUID

import pytest
from speechgrade_scorer import commands
from speechgrade_scorer.errors import RequestInvalid
from speechgrade_scorer.institution_rules import set_rule
from typer.testing import CliRunner

INSTITUTION = UUID("00000000-0000-4000-8000-000000000001")


class Project:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def rpc(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((name, params))
        return self.answer

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize("reason", ["institution_unknown", "reason_missing", "something_new"])
def test_a_refusal_of_the_database_is_an_error_with_its_code(reason: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        set_rule(Project({"set": False, "reason": reason}), INSTITUTION, allows_external=True, reason="x")  # type: ignore[arg-type]
    assert refused.value.code == reason


@pytest.mark.parametrize(("flag", "allows"), [("--allow-external", True), ("--refuse-external", False)])
def test_the_command_says_what_was_decided(monkeypatch: pytest.MonkeyPatch, flag: str, allows: bool) -> None:
    project = Project({"set": True, "allows_external": allows})
    monkeypatch.setattr(commands, "_settings", lambda: None)
    monkeypatch.setattr(commands.SupabaseProject, "from_settings", lambda _settings: project)
    done = CliRunner().invoke(commands.app, ["institution", str(INSTITUTION), flag, "--reason", "board", "--json"])
    assert done.exit_code == 0, done.output
    ((name, params),) = project.asked
    assert name == "set_institution_rule"
    assert params == {
        "p_institution": str(INSTITUTION),
        "p_allows_external": allows,
        "p_actor": "operator",
        "p_reason": "board",
    }


def test_a_decision_has_to_be_one_or_the_other() -> None:
    done = CliRunner().invoke(commands.app, ["institution", str(INSTITUTION), "--reason", "board"])
    assert done.exit_code == 2
