"""The numbers of an evaluation, as ``metrics.json``, the registry, the gate and the report all read them. Pure.

Points are the rubric's own; a number that cannot be had (no accepted answer, no variance) is ``None``, never zero.
Intervals are 95 % percentile bootstrap over persons (Efron & Tibshirani 1993): a person's speeches are drawn together.
"""

from pydantic import BaseModel, ConfigDict

Interval = tuple[float, float]
ADAPTER, BASE, CHAMPION = "adapter", "base", "champion"
RIDGE, MEAN, CONSTANT = "tfidf_ridge", "predict_mean", "best_constant"
WHO = (ADAPTER, CHAMPION, BASE, RIDGE, MEAN, CONSTANT)
"""Everyone who may be compared, in the order of every table; a run without a champion has none."""


class Figures(BaseModel):
    """Frozen numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(Figures):
    """Agreement with the instructors over ``instances`` pairs of points.

    ``adjacent``: at most one point of the rubric's grid apart, or one whole point where the grid is finer. ``qwk``:
    quadratic weighted kappa on the grid (Cohen 1968). ``smd``: (mean of given - mean of human) / standard deviation
    of human (sample). ``exact``, ``adjacent`` and ``qwk`` see given points rounded to the grid, the others as they
    are. ``intervals`` has any of these names.
    """

    instances: int
    mae: float | None = None
    rmse: float | None = None
    exact: float | None = None
    adjacent: float | None = None
    qwk: float | None = None
    pearson: float | None = None
    smd: float | None = None
    intervals: dict[str, Interval] = {}


class Scorer(Agreement):
    """One of those who are compared, over all criteria of the speeches that they answered.

    ``qwk``, ``pearson`` and ``smd`` are means over the criteria, weighted by instances: pooled, they would reward
    whoever knows that one criterion is worth more points than another. ``valid_first`` and ``valid``: share of speeches
    with an accepted answer at the first try, and after retries. ``total_mae``: of the sum, in points. ``within_five``:
    share of speeches whose sum is at most five hundredths of the rubric's maximum off. ``mcrmse``: mean over criteria
    of their RMSE.
    """

    speeches: int
    valid_first: float
    valid: float
    total_mae: float | None = None
    within_five: float | None = None
    mcrmse: float | None = None


class Paired(Figures):
    """The adapter's error less an opponent's on the same speeches, in points of MAE; negative is better.

    Resampled over persons, both on the same draw. ``better``: share of draws in which the adapter's error is smaller,
    an equal one counted as half. Speeches that one of the two did not answer count as the largest possible error of
    that one. With fewer than two persons there is nothing to draw from, so ``interval`` and ``better`` are ``None``.
    """

    difference: float
    interval: Interval | None = None
    better: float | None = None


class Group(Figures):
    """The adapter on one group of speakers; ``gap`` is its smd less that of all speeches (bias, not ability).

    Both are in standard deviations of all instructors' points of the criterion, as in RSMTool's DSM. A group of too
    few persons is shown but not judged: it has no gap.
    """

    speeches: int
    persons: int
    mae: float | None
    smd: float | None
    gap: float | None
    interval: Interval | None = None
    """Of the gap."""


class HumanAgreement(Figures):
    """Two instructors on the same speech: the ceiling of what a model can be asked for."""

    speeches: int
    agreement: Agreement


class Distribution(Figures):
    """How often each number of points of the grid was given for a criterion; keys are points as text, e.g. ``3.5``.

    ``human`` counts every speech; ``adapter`` and ``confusion`` those that it answered.
    """

    maximum: float
    human: dict[str, int]
    adapter: dict[str, int]
    confusion: dict[str, dict[str, int]]
    """Human points, then the adapter's points, then how often."""


class TestFigures(Figures):
    """Everything measured on the frozen test split."""

    __test__ = False

    speeches: int
    persons: int
    engine: str
    """What decoded the answers, e.g. ``vllm 0.25.1`` or ``transformers 5.23.0``."""
    who: dict[str, Scorer]
    paired: dict[str, Paired]
    """By opponent."""
    sections: dict[str, Agreement]
    """The adapter on each section's sum."""
    criteria: dict[str, Agreement]
    """The adapter on each ``section / criterion``; where rubrics disagree on its maximum, ``… (max 4)``."""
    distributions: dict[str, Distribution]
    groups: dict[str, dict[str, Group]] = {}
    """By axis (e.g. ``rubric``, ``length``), then by group."""
    human: HumanAgreement | None = None
    champion: str | None = None
    """The digest of the champion that was compared, if there was one."""
    champion_absent: str | None = None
    """Why no champion was compared, as a sentence."""
