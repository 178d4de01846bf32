"""The table that a person reads: everyone who was compared, then what it cost and what was left out."""

from collections.abc import Iterator

from rich.table import Table
from speechgrade_trainer.evaluation.figures import (
    ADAPTER,
    BASE,
    CONSTANT,
    MEAN,
    RIDGE,
    Interval,
    Paired,
    Scorer,
    TestFigures,
)

from speechgrade_local.bench_trainer_quality.measure import Quality

_NAMES = {
    ADAPTER: "adapter, as it answers",
    BASE: "the base without it",
    RIDGE: "TF-IDF ridge",
    MEAN: "mean of the training scores",
    CONSTANT: "best constant",
}


def scorers_table(test: TestFigures, expected: Scorer) -> Table:
    """Everyone on all criteria; MAE of the adapter less theirs with its 95 % interval over persons."""
    table = Table(title="Real texts, human scores: the test split", title_justify="left")
    for column in ("who", "MCRMSE", "QWK", "MAE", "Pearson", "valid", "adapter's MAE less theirs", "adapter closer"):
        table.add_column(column)
    for who, name in _NAMES.items():
        if who in test.who:
            table.add_row(name, *_figures(test.who[who]), *_against(test.paired.get(who)))
        if who == ADAPTER:
            table.add_row("  the points that it expects", *_figures(expected), "", "")
    return table


def criteria_table(test: TestFigures) -> Table:
    """The adapter on each criterion."""
    table = Table(title="The adapter by criterion", title_justify="left")
    for column in ("criterion", "RMSE", "QWK", "MAE", "Pearson", "its mean less theirs, in SD"):
        table.add_column(column)
    for name, figures in test.criteria.items():
        numbers = (figures.rmse, figures.qwk, figures.mae, figures.pearson, figures.smd)
        table.add_row(name, *map(_number, numbers))
    return table


def groups_table(test: TestFigures) -> Table:
    """Whether it is kinder or harsher to some, in standard deviations; an interval without zero deserves a look."""
    table = Table(title="Kinder (+) or harsher (-) to a group than to all", title_justify="left")
    for column in ("group", "texts", "MAE", "gap in SD"):
        table.add_column(column)
    for axis, groups in test.groups.items():
        for name, group in groups.items():
            gap = "too few to judge" if group.gap is None else f"{group.gap:+.2f} {_between(group.interval)}"
            table.add_row(f"{axis}: {name}", str(group.speeches), _number(group.mae), gap)
    return table


def facts(quality: Quality) -> Iterator[str]:
    """What stands under the tables, a sentence per line."""
    examples, test = quality.data.examples(), quality.evaluation.test
    yield f"texts: {', '.join(f'{count} {split}' for split, count in examples.items())}, one per person"
    fitted = quality.preflight.fitted
    shortened, excluded = (
        sum(len(part) for part in parts)
        for parts in ([one.shortened for one in fitted.values()], [one.excluded for one in fitted.values()])
    )
    longest = max(one.longest for one in fitted.values())
    yield f"shortened: {shortened}, left out: {excluded}; the longest has {longest:,} tokens"
    loss = quality.trained
    yield f"validation loss {loss.loss_before:.4f} before, {loss.loss_after:.4f} best, {loss.steps} steps"
    speed = quality.train_tokens * quality.recipe.epochs / max(quality.seconds["training"], 1e-9)
    yield f"training: {speed:,.0f} tokens/s, validation included; base {quality.base.model}@{quality.base.revision}"
    spent = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in quality.seconds.items())
    yield f"cost: {sum(quality.seconds.values()):.0f} s ({spent})"
    human = "no text has two raters, so there is no human ceiling" if test.human is None else "see the report"
    yield f"human agreement: {human}"
    yield f"the expected points against TF-IDF ridge: MAE {_paired(quality.expected_against_ridge)}"
    recipe = quality.recipe
    yield f"data {quality.corpus.digest[:12]}, recipe {recipe.sha256()[:12]}, seed {recipe.seed}"


def _figures(scorer: Scorer) -> tuple[str, ...]:
    qwk = _number(scorer.qwk) + (f" {_between(scorer.intervals['qwk'])}" if "qwk" in scorer.intervals else "")
    mcrmse = _number(scorer.mcrmse)
    if "mcrmse" in scorer.intervals:
        mcrmse += f" {_between(scorer.intervals['mcrmse'])}"
    return mcrmse, qwk, _number(scorer.mae), _number(scorer.pearson), f"{scorer.valid:.1%}"


def _against(against: Paired | None) -> tuple[str, str]:
    if against is None:
        return "", ""
    return _paired(against), "–" if against.better is None else f"{against.better:.0%} of draws"


def _paired(against: Paired) -> str:
    return f"{against.difference:+.3f} {_between(against.interval)}"


def _between(interval: Interval | None) -> str:
    return "" if interval is None else f"({interval[0]:.2f} to {interval[1]:.2f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
