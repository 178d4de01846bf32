"""The model card, as the hub and PEFT expect it: YAML front matter, then what one must know before using it."""

from typing import Any

import yaml

from speechgrade_trainer.evaluation.figures import ADAPTER, WHO, Agreement, Scorer, TestFigures
from speechgrade_trainer.registry.facts import Facts
from speechgrade_trainer.registry.lineage import Lineage
from speechgrade_trainer.registry.verdict import NAMES, counted, share

_ABSENT = "–"
_RESULTS = {
    "mae": "Mean absolute error per criterion, in points",
    "rmse": "Root mean squared error per criterion, in points",
    "qwk": "Quadratic weighted kappa, mean over criteria",
}
_BODY = """\
# A SpeechGradebook grading adapter

{verdict}

{meaning}

A LoRA adapter for `{base}` that scores a transcribed speech by a rubric and comments on each section, as JSON.

## Use

It suggests scores to an instructor, who decides. It is not for grading without one, for other tasks, or for judging
people. Ask it with the prompt and the JSON schema of renderer `{renderer}`; sums and letter grades are computed outside
the model.

## Training data and consent

{splits}

Every speech is here because the student and the instructor consented to its use for training; the consent of every
member is checked again before a run begins. Names, places, addresses and numbers of people were replaced before the
texts left the app. No person is in two splits. No file of the adapter quotes a speech or names a person.

If a person whose speech it learned from withdraws consent, the adapter is tainted: it stops answering and is trained
again without that speech.

## Evaluation

On {test}, in no other split, in points per criterion, with 95 % intervals resampled by person:

{table}

{human}

Validation loss {before:.4f} before training and {after:.4f} after. `report.html` has sections, criteria, calibration
and groups; `metrics.json` has every number.

## Limits

It knows the rubrics and the kind of speeches that it was trained on. It reads a transcript: it hears no voice and sees
no slides, and what the transcript lost, it cannot score. {groups} The numbers above hold for speeches like those of the
test, and for nothing else.

## Lineage

- base `{base}`
- dataset `{dataset}`
- recipe `{recipe}` (`{recipe_sha256}`), seed {seed}
- renderer `{renderer}`
"""


def render_card(lineage: Lineage) -> str:
    """``README.md`` of the adapter's folder.

    Raises:
        AdapterInvalid: ``metrics_unreadable``.
    """
    test, facts, recipe = lineage.test, lineage.facts, lineage.named.recipe
    speeches = counted(test.speeches, "speech", "speeches")
    body = _BODY.format(
        verdict=lineage.verdict,
        meaning=lineage.meaning,
        base=f"{lineage.base_model}@{lineage.base_revision}",
        renderer=lineage.renderer_version,
        splits=_splits(facts),
        test=f"{speeches} of {counted(test.persons, 'person', 'people')}",
        table=_table(test),
        human=_human(test),
        before=facts.loss.before,
        after=facts.loss.after,
        groups=_groups(test),
        dataset=lineage.dataset_digest,
        recipe=lineage.named.name,
        recipe_sha256=recipe.sha256(),
        seed=recipe.seed,
    )
    return f"---\n{yaml.safe_dump(_front_matter(lineage), sort_keys=False)}---\n\n{body}"


def _front_matter(lineage: Lineage) -> dict[str, Any]:
    return {
        "base_model": lineage.base_model,
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "language": "en",
        "license": "other",
        "license_name": "not-for-redistribution",
        "tags": [f"base_model:adapter:{lineage.base_model}", "lora", "transformers", "speechgradebook", "grading"],
        "metrics": list(_RESULTS),
        "model-index": _model_index(lineage),
    }


def _model_index(lineage: Lineage) -> list[dict[str, Any]]:
    mine, digest = lineage.test.who[ADAPTER], lineage.tested_on or lineage.dataset_digest
    metrics = [
        {"type": name, "value": round(value, 4), "name": title}
        for name, title in _RESULTS.items()
        if (value := getattr(mine, name)) is not None
    ]
    # The share of usable answers is always known, so there is never a result without a metric.
    metrics.append({"type": "valid_json", "value": round(mine.valid, 4), "name": "Usable answers after retries"})
    result = {
        "task": {"type": "text-generation", "name": "Scoring speeches by a rubric"},
        "dataset": {
            "type": "speechgradebook",
            "name": f"Consented speeches {digest[:12]}",
            "split": "test",
            "revision": digest,
        },
        "metrics": metrics,
    }
    return [{"name": f"SpeechGradebook {lineage.named.name}", "results": [result]}]


def _splits(facts: Facts) -> str:
    rows = [f"| {split} | {count} | {facts.subjects.get(split, _ABSENT)} |" for split, count in facts.examples.items()]
    return "\n".join(["| split | speeches | people |", "| --- | ---: | ---: |", *rows])


def _table(test: TestFigures) -> str:
    head = "| who scores | mean absolute error | RMSE | exact | QWK | usable answers |"
    rows = [_row(NAMES[who], test.who[who]) for who in WHO if who in test.who]
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: | ---: |", *rows])


def _row(name: str, scorer: Scorer) -> str:
    exact = _ABSENT if scorer.exact is None else share(scorer.exact)
    cells = [_number(scorer, "mae"), _number(scorer, "rmse"), exact, _number(scorer, "qwk"), share(scorer.valid)]
    return f"| {' | '.join([name, *cells])} |"


def _number(agreement: Agreement, name: str) -> str:
    value, ends = getattr(agreement, name), agreement.intervals.get(name)
    if value is None:
        return _ABSENT
    # Adding zero takes the sign from what rounds to nothing.
    value, *both = (round(one, 2) + 0.0 for one in (value, *(ends or ())))
    return f"{value:.2f} ({both[0]:.2f} to {both[1]:.2f})" if both else f"{value:.2f}"


def _human(test: TestFigures) -> str:
    if test.human is None or test.human.agreement.mae is None:
        return "No speech of the test was graded by two instructors, so the best that anyone could reach is not known."
    apart = f"{test.human.agreement.mae:.2f}"
    return f"Two instructors on the same speech ({test.human.speeches} of them) are {apart} points apart per criterion."


def _groups(test: TestFigures) -> str:
    if not test.groups:
        return "Whether it treats groups of speakers alike was not measured, for none are known."
    return f"Gaps between groups ({', '.join(sorted(test.groups))}) are in the report."
