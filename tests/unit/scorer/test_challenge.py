"""An operator says how much of a scope its challenger is asked."""

from typing import Any

import pytest
from speechgrade_scorer.adapters.challenge import Challenge, parse_scope, set_challenge
from speechgrade_scorer.errors import ChallengeRefused
from typer.testing import CliRunner

COURSE = "6f1c0000-0000-4000-8000-00000000abcd"


class Registry:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def rpc(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        assert name == "set_challenge"
        self.asked = params
        return self.answer

    def close(self) -> None:
        """Nothing to give back."""


def test_scopes_are_read_as_the_trainer_writes_them() -> None:
    assert parse_scope("default") == ("default", "")
    assert parse_scope(f"course:{COURSE.upper()}") == ("course", COURSE)
    for text in ("", "course", "course:x", f"planet:{COURSE}", COURSE, "default:"):
        with pytest.raises(ChallengeRefused) as caught:
            parse_scope(text)
        assert caught.value.code == "scope_invalid"


def test_a_challenge_is_asked_of_the_registry() -> None:
    registry = Registry({"set": True, "name": "sg-1", "percent": 10, "is_shadow": True})
    wish = Challenge(10, is_shadow=True, scope=("course", COURSE), adapter="sg-1")
    found = set_challenge(registry, wish, actor="ada", reason="compare")  # type: ignore[arg-type]
    assert found == {"name": "sg-1", "percent": 10, "is_shadow": True}
    assert registry.asked == {
        "p_actor": "ada",
        "p_reason": "compare",
        "p_percent": 10,
        "p_is_shadow": True,
        "p_scope_kind": "course",
        "p_scope_id": COURSE,
        "p_adapter": "sg-1",
    }


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"reason": "challenger_unknown"}, "no challenger of default"),
        ({"reason": "challenger_changed", "name": "sg-2"}, "default is sg-2 now"),
        ({"reason": "adapter_tainted", "name": "sg-2"}, "sg-2 may not answer"),
    ],
)
def test_a_refusal_keeps_the_code_of_the_registry_and_says_why(answer: dict[str, Any], words: str) -> None:
    registry = Registry({"set": False, **answer})
    with pytest.raises(ChallengeRefused, match=words) as caught:
        set_challenge(registry, Challenge(10, is_shadow=False), actor="ada", reason="try")  # type: ignore[arg-type]
    assert caught.value.code == answer["reason"]


def test_the_command_asks_for_a_shadow_unless_it_is_told_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from speechgrade_scorer import commands

    registry = Registry({"set": True, "name": "sg-1", "percent": 10, "is_shadow": True})
    monkeypatch.setattr(commands, "_settings", lambda: None)
    monkeypatch.setattr(commands.SupabaseProject, "from_settings", lambda _settings: registry)
    run = CliRunner().invoke
    done = run(commands.app, ["challenge", "--percent", "10", "--reason", "compare"])
    assert (done.exit_code, registry.asked["p_is_shadow"]) == (0, True), done.output
    assert "unseen" in done.output
    done = run(commands.app, ["challenge", "--percent", "10", "--reason", "try", "--live", "--json"])
    assert (done.exit_code, registry.asked["p_is_shadow"]) == (0, False)
    assert run(commands.app, ["challenge", "--percent", "101", "--reason", "try"]).exit_code == 2
