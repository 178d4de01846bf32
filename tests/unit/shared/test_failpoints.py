"""Failpoints: nothing happens where nothing is armed, and each place in the code is one that has a name."""

import ast
from pathlib import Path

import pytest
from speechgrade_shared.failpoints import Failpoint, FailpointHit, PullFailpoint, TrainFailpoint, armed, reach

REPO = Path(__file__).resolve().parents[3]
ENUMS = {"Failpoint": Failpoint, "PullFailpoint": PullFailpoint, "TrainFailpoint": TrainFailpoint}
NAMES = {str(name) for places in ENUMS.values() for name in places}


def reached(path: Path) -> list[str]:
    """The names that a module passes to ``reach``."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "reach"]
    return [
        str(argument.value) if isinstance(argument, ast.Constant) else _named(argument)
        for argument in named
        if isinstance(argument, ast.Constant | ast.Attribute)
    ]


def _named(place: ast.Attribute) -> str:
    assert isinstance(place.value, ast.Name)
    return str(ENUMS[place.value.id][place.attr])


def test_nothing_happens_where_nothing_is_armed() -> None:
    for name in Failpoint:
        reach(name)


def test_an_armed_place_is_where_the_process_dies_and_no_handler_of_errors_holds_it_up() -> None:
    def careful() -> None:
        try:
            reach("settle.before")
        except Exception:
            pytest.fail("a killed process handles nothing")

    with armed(Failpoint.SETTLE_BEFORE), pytest.raises(FailpointHit) as hit:
        careful()
    assert hit.value.name == "settle.before"
    careful()


def test_it_dies_the_given_time_only() -> None:
    with armed(Failpoint.CLAIM_AFTER, at=3):
        reach("claim.after")
        reach("claim.after")
        with pytest.raises(FailpointHit):
            reach("claim.after")
        reach("claim.after")


def test_somebody_else_can_come_in_between() -> None:
    seen: list[str] = []
    with armed(Failpoint.READ_AFTER, lambda: seen.append("outer")):
        with armed(Failpoint.READ_AFTER, lambda: seen.append("inner")):
            reach("read.after")
        reach("read.after")
    reach("read.after")
    assert seen == ["inner", "outer"]


def test_every_place_in_the_code_has_a_name_here() -> None:
    sources = [path for part in ("shared/src", "services") for path in (REPO / part).rglob("*.py")]
    assert {name for path in sources for name in reached(path)} <= NAMES
