"""The report's tables: who is compared, sections with their criteria, what two instructors agree on. Pure.

The flags are those that the field uses for scoring engines (Williamson, Xi & Breyer 2012, as in RSMTool): conventions
that point to where one should look, not laws.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from speechgrade_trainer.evaluation.figures import ADAPTER, WHO, Agreement, Scorer, TestFigures
from speechgrade_trainer.registry.verdict import NAMES, share
from speechgrade_trainer.reporting.charts.canvas import short, signless_zero
from speechgrade_trainer.reporting.charts.forest import signed

LOW_QWK, LARGE_SMD, LARGE_GAP = 0.7, 0.15, 0.1
FEW_SCORES = 30
ABSENT = "–"
_BETWEEN = " / "


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as text, its interval, and a flag in words."""

    text: str
    interval: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A named line of numbers; ``level`` 1 is a criterion below its section."""

    name: str
    cells: tuple[Cell, ...]
    level: int = 0
    is_own: bool = False


WHO_COLUMNS = (
    "Mean absolute error per criterion",
    "RMSE",
    "Exact",
    "Within one step",
    "QWK",
    "Pearson",
    "SMD",
    "Error of the sum",
    "Sum within 5\u00a0%",
    "Usable at first",
    "Usable after retry",
)
PART_COLUMNS = ("Mean absolute error", "RMSE", "Exact", "Within one step", "QWK", "Pearson", "SMD", "Scores")


def who_rows(test: TestFigures) -> list[Row]:
    """Everybody who was compared, the adapter first."""
    return [_who_row(who, test.who[who]) for who in WHO if who in test.who]


def part_rows(test: TestFigures) -> list[Row]:
    """Every section, and below it its criteria; a criterion that is its section alone comes once."""
    rows, left = [], dict(test.criteria)
    for section, agreement in test.sections.items():
        rows.append(Row(section, (*_agreement(agreement, flags=True), Cell(str(agreement.instances)))))
        for key in [key for key in left if section_of(key, test) == section]:
            name, found = key.removeprefix(section + _BETWEEN), left.pop(key)
            if name != section:
                rows.append(Row(name, (*_agreement(found, flags=True), Cell(str(found.instances))), level=1))
    rows += [Row(key, (*_agreement(found, flags=True), Cell(str(found.instances)))) for key, found in left.items()]
    return rows


def ceiling_rows(test: TestFigures) -> list[Row]:
    """Two instructors, and the adapter against one; none where no speech was graded twice."""
    if test.human is None:
        return []
    return [
        Row("Two instructors on the same speech", tuple(_agreement(test.human.agreement))),
        Row("This adapter and an instructor", tuple(_agreement(test.who[ADAPTER])), is_own=True),
    ]


def section_of(criterion: str, test: TestFigures) -> str | None:
    """The section of ``section / criterion``: the longest that fits, because names may hold the separator."""
    fitting = [section for section in test.sections if criterion.startswith(section + _BETWEEN)]
    return max(fitting, key=len, default=None)


def flagged(rows: Iterable[Row]) -> int:
    """How many numbers carry a flag."""
    return sum(bool(cell.flag) for row in rows for cell in row.cells)


def number(value: float | None) -> str:
    """An absolute number with two digits."""
    if value is None:
        return ABSENT
    return signless_zero(f"{value:.2f}").replace("-", "−") if abs(value) < 1e6 else short(value)


def _who_row(who: str, scorer: Scorer) -> Row:
    name = NAMES[who]
    return Row(
        name[0].upper() + name[1:],
        (
            *_agreement(scorer),
            _cell(scorer, "total_mae"),
            _shared(scorer, "within_five"),
            _shared(scorer, "valid_first"),
            _shared(scorer, "valid"),
        ),
        is_own=who == ADAPTER,
    )


def _agreement(agreement: Agreement, *, flags: bool = False) -> Iterator[Cell]:
    qwk, smd = agreement.qwk, agreement.smd
    yield _cell(agreement, "mae")
    yield _cell(agreement, "rmse")
    yield _shared(agreement, "exact")
    yield _shared(agreement, "adjacent")
    yield _cell(agreement, "qwk", "low" if flags and qwk is not None and qwk < LOW_QWK else "")
    yield _cell(agreement, "pearson")
    leaning = "" if smd is None or not flags or abs(smd) <= LARGE_SMD else ("strict" if smd < 0 else "lenient")
    yield Cell(ABSENT if smd is None else signed(smd), _interval(agreement, "smd", signed), leaning)


def _cell(agreement: Agreement, name: str, flag: str = "") -> Cell:
    value = getattr(agreement, name)
    return Cell(number(value), _interval(agreement, name, number) if value is not None else "", flag)


def _shared(agreement: Agreement, name: str) -> Cell:
    value = getattr(agreement, name)
    ends = agreement.intervals.get(name)
    interval = f"{share(ends[0]).removesuffix(' %')}–{share(ends[1])}" if ends else ""
    return Cell(ABSENT if value is None else share(value), interval)


def _interval(agreement: Agreement, name: str, write: Callable[[float], str]) -> str:
    ends = agreement.intervals.get(name)
    return f"{write(ends[0])} to {write(ends[1])}" if ends else ""
