"""The gate: what an adapter must have shown on the test split before it may answer. Pure.

Errors are compared on the same speeches by paired bootstrap over persons (Efron & Tibshirani 1993). The bound on the
gap of a group is of the kind that ETS reports with RSMTool (Madnani et al. 2017): standardized, and judged only where
a group is large enough to say anything.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from speechgrade_trainer.evaluation.figures import ADAPTER, CHAMPION, MEAN, TestFigures


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is asked of an adapter.

    ``mean_difference``: the upper end of the 95 % interval of its MAE less that of predict-the-mean must be below this,
    in points. ``champion_better``: in at least this share of the draws its error must be smaller than the champion's.
    ``max_gap``: no group's standardized mean difference may be further than this from that of all speeches.
    """

    min_persons: int = 5
    min_valid: float = 1.0
    mean_difference: float = 0.0
    champion_better: float = 0.95
    max_gap: float = 0.15
    min_group_persons: int = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was asked; ``value`` and ``bound`` are None where nothing could be measured."""

    name: str
    passed: bool
    text: str
    value: float | None = None
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What the gate said of an evaluation, and what it was an evaluation of."""

    checks: tuple[Check, ...]
    thresholds: Thresholds
    dataset: str | None
    champion: str | None

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)

    def as_dict(self) -> dict[str, Any]:
        """As ``metrics["gate"]`` and ``llm.adapters.gate`` keep it."""
        return {
            "passed": self.passed,
            "checks": [asdict(check) for check in self.checks],
            "thresholds": asdict(self.thresholds),
            "dataset": self.dataset,
            "champion": self.champion,
        }


def judge(
    figures: TestFigures,
    thresholds: Thresholds,
    *,
    dataset: str | None = None,
    adapter: str | None = None,
    is_tainted: bool = False,
) -> GateOutcome:
    """Judge the figures of an adapter.

    ``dataset``: the digest of the dataset whose test split it was. ``adapter``: its own digest where it has one
    already, so that the champion is not asked to beat itself.
    """
    checks = (
        _enough_persons(figures, thresholds),
        _always_valid(figures, thresholds),
        _better_than_mean(figures, thresholds),
        _better_than_champion(figures, thresholds, adapter),
        _fair_to_groups(figures, thresholds),
        Check("not_tainted", not is_tainted, "Everybody it learned from consents." if not is_tainted else _TAINTED),
    )
    return GateOutcome(checks, thresholds, dataset, figures.champion)


_TAINTED = "Somebody it learned from has withdrawn consent."


def _enough_persons(figures: TestFigures, asked: Thresholds) -> Check:
    text = f"{figures.persons} people in the test split; at least {asked.min_persons} are asked for."
    return Check("enough_persons", figures.persons >= asked.min_persons, text, figures.persons, asked.min_persons)


def _always_valid(figures: TestFigures, asked: Thresholds) -> Check:
    mine = figures.who.get(ADAPTER)
    if mine is None or mine.speeches == 0:
        return Check("valid_answers", passed=False, text="No answer was measured.", bound=asked.min_valid)
    text = f"{mine.valid:.1%} of its answers are usable after retries; {asked.min_valid:.1%} are asked for."
    return Check("valid_answers", mine.valid >= asked.min_valid, text, mine.valid, asked.min_valid)


def _better_than_mean(figures: TestFigures, asked: Thresholds) -> Check:
    paired = figures.paired.get(MEAN)
    if paired is None or paired.interval is None:
        text = "Not compared: that takes answers about two people at least."
        return Check("better_than_mean", passed=False, text=text, bound=asked.mean_difference)
    highest = paired.interval[1]
    text = (
        f"Its error less that of predict-the-mean is {paired.difference:+.3f} points, at most {highest:+.3f} with 95 % "
        f"confidence; it must be below {asked.mean_difference:+.3f}."
    )
    return Check("better_than_mean", highest < asked.mean_difference, text, highest, asked.mean_difference)


def _better_than_champion(figures: TestFigures, asked: Thresholds, adapter: str | None) -> Check:
    name, bound = "better_than_champion", asked.champion_better
    if figures.champion is None:
        return Check(name, passed=True, text="There was no champion.", bound=bound)
    if figures.champion == adapter:
        return Check(name, passed=True, text="It is the champion.", bound=bound)
    paired = figures.paired.get(CHAMPION)
    if paired is None or paired.better is None:
        why = figures.champion_absent or "There is a champion, and it was not compared."
        return Check(name, passed=False, text=why, bound=bound)
    text = (
        f"Its error is smaller than the champion's in {paired.better:.1%} of the draws "
        f"({paired.difference:+.3f} points); {bound:.1%} are asked for."
    )
    return Check(name, paired.better >= bound, text, paired.better, bound)


def _fair_to_groups(figures: TestFigures, asked: Thresholds) -> Check:
    gaps = {name: abs(gap) for name, gap in _judged_gaps(figures, asked.min_group_persons)}
    if not gaps:
        text = f"No group has {asked.min_group_persons} people, so no gap was judged."
        return Check("fair_to_groups", passed=True, text=text, bound=asked.max_gap)
    widest = max(gaps, key=lambda name: gaps[name])
    text = f"The widest gap of {len(gaps)} groups is {gaps[widest]:.3f} ({widest}); {asked.max_gap:.3f} is allowed."
    return Check("fair_to_groups", gaps[widest] <= asked.max_gap, text, gaps[widest], asked.max_gap)


def _judged_gaps(figures: TestFigures, least: int) -> Iterator[tuple[str, float]]:
    for axis, named in figures.groups.items():
        for name, group in named.items():
            if group.persons >= least and group.gap is not None:
                yield f"{axis} {name}", group.gap
