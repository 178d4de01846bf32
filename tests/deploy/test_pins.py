"""constraints.txt has what every member, extra and group needs, and nothing else; `make constraints` renews it."""

import pytest

from . import pins
from .pins import RULES, Lines, Rule

# Each breaks one thing of the good file, and only its own rule may notice.
BROKEN: list[tuple[Rule, str, str]] = [
    (pins.well_formed, "typer==", "typer>=0.1"),
    (pins.well_formed, "jinja2==3", "Jinja2==3"),
    (pins.complete, "fastapi==", ""),
    (pins.complete, "hpack==", ""),
    (pins.complete, "liger-kernel==", ""),
    (pins.complete, "yamllint==", ""),
    (pins.complete, "torch==", "torch==2.12.0"),
    (pins.without_surplus, "flask", "flask==3.1.2"),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_pins_keep_every_rule(rule: Rule) -> None:
    assert list(rule(pins.read())) == []


def test_an_order_that_is_wrong_is_noticed() -> None:
    lines = pins.read()
    assert list(pins.well_formed([lines[1], lines[0], *lines[2:]]))


@pytest.mark.parametrize(("rule", "begins", "becomes"), BROKEN)
def test_a_wrong_pin_is_noticed(rule: Rule, begins: str, becomes: str) -> None:
    kept: Lines = [line for line in pins.read() if not line.startswith(begins)]
    broken = sorted([*kept, becomes] if becomes else kept, key=lambda line: line.partition("==")[0])
    noticed = {other.__name__ for other in RULES if list(other(broken))}
    assert rule.__name__ in noticed
    assert noticed - {rule.__name__} <= {pins.complete.__name__}  # what is no pin is a missing one as well
