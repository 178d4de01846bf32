"""The evaluation report: one HTML file that needs nothing else, verdict first.

The full report quotes speeches and stays on the machine that made it. The one that travels with the adapter holds
numbers only, so that a withdrawal has no text to chase through the bucket.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from speechgrade_shared.sections import whole

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.evaluation import Evaluation, Prediction
from speechgrade_trainer.evaluation.ground import points_of
from speechgrade_trainer.evaluation.metrics import total_error
from speechgrade_trainer.registry.lineage import Lineage

_TEMPLATE = files("speechgrade_trainer.reporting") / "templates" / "report.html.jinja"
_OPPONENTS = {
    "adapter": "This adapter",
    "champion": "The adapter in use",
    "base": "Base model without it",
    "tfidf_ridge": "The words alone (TF-IDF and ridge)",
    "predict_mean": "Mean of the training scores",
    "best_constant": "Median of the training scores",
}


def render_report(lineage: Lineage, evaluation: Evaluation, *, quotes_speeches: bool) -> str:
    """The report as HTML; with ``quotes_speeches`` it shows the worst disagreements in full."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["points"] = lambda value: "–" if value is None else f"{value:.2f}"
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.0%}"
    shown = lineage.named.recipe.evaluation.compared_speeches if quotes_speeches else 0
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    return template.render(
        lineage=lineage,
        metrics=lineage.metrics,
        opponents=_OPPONENTS,
        curve=_polyline(lineage.metrics["loss"]["curve"]),
        comparisons=[_comparison(*pair) for pair in worst_first(evaluation)[:shown]],
        quotes_speeches=quotes_speeches,
    )


def worst_first(evaluation: Evaluation) -> list[tuple[Example, Prediction]]:
    """The test split by disagreement: no answer first, then the largest error."""

    def disagreement(pair: tuple[Example, Prediction]) -> tuple[float, str]:
        example, prediction = pair
        if prediction.points is None:
            return float("-inf"), example.example
        return -total_error(points_of(example.human), prediction.points), example.example

    return sorted(zip(evaluation.examples, evaluation.adapter, strict=True), key=disagreement)


def _comparison(example: Example, prediction: Prediction) -> dict[str, Any]:
    machine = {section.name: section for section in prediction.scored.sections} if prediction.scored else {}
    rows = []
    for section in example.human.sections:
        given = dict(machine[section.name].points) if machine else {}
        rows.append(
            {
                "name": section.name,
                "human_feedback": section.feedback,
                "model_feedback": machine[section.name].feedback if machine else "",
                "criteria": [
                    (name, whole(value), whole(given[name]) if given else "–") for name, value in section.points
                ],
            }
        )
    return {
        "speech": example.messages[1]["content"],
        "rubric": example.rubric.name,
        "error": total_error(points_of(example.human), prediction.points) if prediction.points else None,
        "error_code": prediction.error_code,
        "sections": rows,
        "human_comment": example.human.overall_comments,
        "model_comment": prediction.scored.overall_comments if prediction.scored else "",
    }


def _polyline(curve: Sequence[dict[str, float]], width: int = 560, height: int = 140) -> list[dict[str, Any]]:
    last = max(point["epoch"] for point in curve) or 1.0
    top = max(point["validation"] for point in curve) or 1.0
    return [
        {
            "x": round(20 + (width - 40) * point["epoch"] / last, 1),
            "y": round(20 + (height - 40) * (1 - point["validation"] / top), 1),
            "epoch": round(point["epoch"], 2),
            "loss": point["validation"],
        }
        for point in curve
    ]
