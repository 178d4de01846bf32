"""The evaluation report: one HTML file that needs nothing else, verdict first.

The full report quotes speeches and stays on the machine that made it. The one that travels with the adapter holds
numbers only, so that a withdrawal has no text to chase through the bucket.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from speechgrade_trainer.evaluation.evaluation import Evaluation
from speechgrade_trainer.evaluation.figures import ADAPTER, TestFigures
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.registry.lineage import Lineage
from speechgrade_trainer.registry.verdict import share, standing
from speechgrade_trainer.reporting import pictures, tables
from speechgrade_trainer.reporting.comparisons import Comparison, comparisons
from speechgrade_trainer.reporting.costs import run_facts, thousands

_OPEN_CRITERIA = 4
"""So many criteria are shown at once; more of them are opened section by section."""


def render_report(lineage: Lineage, evaluation: Evaluation, *, quotes_speeches: bool) -> str:
    """The report as HTML; with ``quotes_speeches`` it shows the recipe's number of speeches in full.

    Raises:
        AdapterInvalid: ``metrics_unreadable``: the numbers of the lineage are not those of this version.
    """
    shown = lineage.named.recipe.evaluation.compared_speeches if quotes_speeches else 0
    compared = comparisons(evaluation, shown)
    return _template().render(
        _numbers(lineage), comparisons=_by_kind(compared), shown=len(compared), quotes_speeches=quotes_speeches
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("speechgrade_trainer.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = tables.number
    environment.filters["share"] = share
    environment.filters["thousands"] = thousands
    return environment.get_template("report.html.jinja")


def _numbers(lineage: Lineage) -> dict[str, Any]:
    test, facts = lineage.test, lineage.facts
    parts, drawn = tables.part_rows(test), pictures.criterion_pictures(test)
    return {
        "lineage": lineage,
        "recipe": lineage.named.recipe,
        "test": test,
        "facts": facts,
        "mine": test.who[ADAPTER],
        "standing": _standing(lineage),
        "tiles": _tiles(test),
        "who_columns": tables.WHO_COLUMNS,
        "who_rows": tables.who_rows(test),
        "part_columns": tables.PART_COLUMNS,
        "part_rows": parts,
        "flags": tables.flagged(parts),
        "thresholds": tables,
        "ceiling_rows": tables.ceiling_rows(test),
        "paired_picture": pictures.paired_picture(test),
        "calibration_picture": pictures.calibration_picture(test),
        "criterion_pictures": drawn,
        "opens_criteria": sum(map(len, drawn.values())) <= _OPEN_CRITERIA,
        "axes": pictures.group_axes(test),
        "few_people": pictures.FEW_PEOPLE,
        "loss_picture": pictures.loss_picture(facts.loss),
        "length_pictures": pictures.length_pictures(facts, lineage.named.recipe),
        "length_policy": _length_policy(lineage.named.recipe),
        "run_facts": run_facts(facts.run),
    }


def _length_policy(recipe: Recipe) -> str:
    limit = f"An example longer than {thousands(recipe.max_length)} tokens"
    return {
        "shorten": f"{limit} is shortened in the middle of its speech, with a marker in the gap.",
        "exclude": f"{limit} is left out.",
        "refuse": f"With an example longer than {thousands(recipe.max_length)} tokens there is no training.",
    }[recipe.long_examples]


def _standing(lineage: Lineage) -> tuple[str, str]:
    """The verdict in a word, and how it looks."""
    found, gate = standing(lineage.test), lineage.facts.gate
    if lineage.test.who[ADAPTER].mae is None:
        return "No usable answer", "bad"
    if found.worse or (gate is not None and not gate.passed):
        return ("Worse than an opponent" if found.worse else "Refused by the gate"), "bad"
    if lineage.is_better:
        return "Better than all it was compared with", "good"
    return ("Not always usable" if found.beats_all else "Not shown to be better"), "open"


def _tiles(test: TestFigures) -> list[tuple[str, tables.Cell]]:
    mine = tables.who_rows(test)[0]
    cells = dict(zip(tables.WHO_COLUMNS, mine.cells, strict=True))
    wanted = {
        "points off per criterion": "Mean absolute error per criterion",
        "of sums within 5 % of the maximum": "Sum within 5\u00a0%",
        "exactly the instructor's": "Exact",
        "of answers are usable": "Usable after retry",
    }
    return [(label, cells[column]) for label, column in wanted.items() if cells[column].text != tables.ABSENT]


def _by_kind(compared: list[Comparison]) -> dict[str, list[Comparison]]:
    kinds: dict[str, list[Comparison]] = {}
    for one in compared:
        kinds.setdefault(one.kind, []).append(one)
    return kinds
