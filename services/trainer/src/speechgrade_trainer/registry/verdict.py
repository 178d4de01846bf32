"""What may be said of an adapter after its numbers, and no more. Pure.

One is called better or worse than another only if the 95 % interval of their paired difference leaves out zero; what
lies in between is neither, however the means stand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speechgrade_trainer.evaluation.figures import (
    ADAPTER,
    BASE,
    CHAMPION,
    CONSTANT,
    MEAN,
    RIDGE,
    WHO,
    Distribution,
    TestFigures,
)
from speechgrade_trainer.registry.facts import Gate

NAMES = {
    ADAPTER: "this adapter",
    CHAMPION: "the champion",
    BASE: "the base model",
    RIDGE: "word-count regression",
    MEAN: "the mean score",
    CONSTANT: "the median score",
}
FEW_PEOPLE = 30
"""With fewer people in the test, a percentile bootstrap over persons is itself rough."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The opponents by the outcome of the paired bootstrap, in the order of every table."""

    better: tuple[str, ...]
    unclear: tuple[str, ...]
    worse: tuple[str, ...]

    @property
    def beats_all(self) -> bool:
        return bool(self.better) and not self.unclear and not self.worse


def standing(test: TestFigures) -> Standing:
    """Who the adapter is better than, who it is worse than, and for whom neither is shown."""
    met = [(who, test.paired[who].interval) for who in WHO if who in test.paired]
    better = tuple(who for who, interval in met if interval is not None and interval[1] < 0)
    worse = tuple(who for who, interval in met if interval is not None and interval[0] > 0)
    return Standing(better, tuple(who for who, _ in met if who not in (*better, *worse)), worse)


def verdict(test: TestFigures, gate: Gate | None = None) -> str:
    """One sentence, or two when a gate was asked."""
    mine = test.who[ADAPTER]
    heard = (
        f"{counted(test.speeches, 'unseen speech', 'unseen speeches')} of {counted(test.persons, 'person', 'people')}"
    )
    if mine.mae is None:
        return f"The adapter gave no usable answer on {heard}." + _gated(gate)
    interval = mine.intervals.get("mae")
    known = f" (95 % interval {interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
    measured = f"on {heard} it is {mine.mae:.2f} points off per criterion on average{known}"
    return f"{_compared(standing(test))}: {measured}, and {share(mine.valid)} of its answers are usable.{_gated(gate)}"


def meaning(test: TestFigures) -> str:
    """What the verdict means to an instructor, in plain sentences."""
    mine = test.who[ADAPTER]
    if mine.mae is None:
        return "There is nothing to use: every speech would have to be graded as before."
    said = [_closeness(test.distributions.values())]
    if mine.within_five is not None:
        said.append(
            f"For {share(mine.within_five)} of the speeches the sum is within five per cent of the rubric's maximum."
        )
    said.append(_advice(standing(test), mine.valid))
    if test.persons < FEW_PEOPLE:
        said.append(f"All this rests on {counted(test.persons, 'person', 'people')}, too few to be sure of.")
    return " ".join(filter(None, said))


def share(value: float) -> str:
    """Per cent that are 0 or 100 only if nothing or everything is meant."""
    if 0 < value < 0.005:
        return "under 1 %"
    if 0.995 <= value < 1:
        return "over 99 %"
    return f"{100 * value:.0f} %"


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}".replace(",", "\u202f")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def within(distributions: Iterable[Distribution], part: float) -> float | None:
    """The distance within which that part of the adapter's points lie from the instructors', in points."""
    sizes: dict[float, int] = {}
    for one in distributions:
        for human, row in one.confusion.items():
            for given, count in row.items():
                size = round(abs(float(human) - float(given)), 6)
                sizes[size] = sizes.get(size, 0) + count
    needed, found = part * sum(sizes.values()), 0
    for size in sorted(sizes):
        found += sizes[size]
        if found >= needed and found:
            return size
    return None


def _compared(found: Standing) -> str:
    parts = []
    for phrase, opponents in (
        ("better than", found.better),
        ("not shown to be better than", found.unclear),
        ("worse than", found.worse),
    ):
        if opponents:
            parts.append(f"{phrase} {listed([NAMES[who] for who in opponents])}")
    # What speaks against the adapter comes first.
    text = "; ".join(reversed(parts)) or "compared with nobody"
    return text[0].upper() + text[1:]


def _closeness(distributions: Iterable[Distribution]) -> str:
    known = list(distributions)
    half, most = within(known, 0.5), within(known, 0.9)
    if half is None or most is None:
        return ""
    first = (
        "At least half of its scores are exactly the instructor's"
        if half == 0
        else f"Half of its scores are within {points(half)} of the instructor's"
    )
    return (
        f"{first}, and nine in ten are within {points(most)}." if most > half else f"{first}, and so are nine in ten."
    )


def points(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text} point" if text == "1" else f"{text} points"


def _advice(found: Standing, valid: float) -> str:
    if not found.beats_all:
        simple = [who for who in (MEAN, CONSTANT, RIDGE) if who in (*found.unclear, *found.worse)]
        if simple:
            needs = "needs" if len(simple) == 1 else "need"
            names = listed([NAMES[who] for who in simple])
            return f"Do not rely on its points: {names}, which {needs} no model, may do as well."
        if CHAMPION in (*found.unclear, *found.worse):
            return "There is no proof yet that it should replace the one that answers now."
        return "Training has not been shown to have helped: the base model may do as well."
    if valid < 1:
        return "Its points are a first suggestion to check; a speech without an answer must be graded without it."
    return "Its points are a first suggestion to check, never a grade by themselves."


def _gated(gate: Gate | None) -> str:
    if gate is None:
        return ""
    failed = [check.name.replace("_", " ") for check in gate.checks if not check.passed]
    if gate.passed:
        return " It passes the gate for promotion."
    return f" The gate refuses its promotion{'; failed: ' + ', '.join(failed) if failed else ''}."
