"""The model card, as the hub and PEFT expect it: YAML front matter, then what one must know before using it."""

from typing import Any

import yaml

from speechgrade_trainer.evaluation.figures import WHO
from speechgrade_trainer.registry.lineage import Lineage

_BODY = """\
# A SpeechGradebook grading adapter

{verdict}

A LoRA adapter for `{base}` that scores a transcribed speech by a rubric and comments on each section, as JSON. It was
trained on {train} speeches that students and instructors consented to share, anonymized before they left the app.

## Use

It suggests scores to an instructor, who decides. It is not for grading without one, for other tasks, or for people. Ask
it with the prompt and the JSON schema of renderer `{renderer}`; sums and letter grades are computed outside the model.

## Evaluation

On {test} speeches of {persons} people who are in no other split, in points per criterion:

| who scores | mean absolute error | exact | usable answers |
| --- | --- | --- | --- |
{rows}

Validation loss {before:.4f} before training and {after:.4f} after. `report.html` has the sections and the criteria.

## Limits

It knows the rubrics and the kind of speeches that it was trained on. It hears no voice and sees no slides. If a person
whose speech it learned from withdraws consent, it is retired and trained again without that speech.

## Lineage

- dataset `{dataset}`
- recipe `{recipe}` (`{recipe_sha256}`)
"""


def render_card(lineage: Lineage) -> str:
    """``README.md`` of the adapter's folder."""
    metrics, test = lineage.metrics, lineage.metrics["test"]
    body = _BODY.format(
        verdict=lineage.verdict,
        base=f"{lineage.base_model}@{lineage.base_revision}",
        renderer=lineage.renderer_version,
        rows="\n".join(_row(name, test["who"][name]) for name in WHO if name in test["who"]),
        train=metrics["examples"]["train"],
        test=metrics["examples"]["test"],
        persons=test["persons"],
        before=metrics["loss"]["before"],
        after=metrics["loss"]["after"],
        dataset=lineage.dataset_digest,
        recipe=lineage.named.name,
        recipe_sha256=lineage.named.recipe.sha256(),
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
        "tags": [f"base_model:adapter:{lineage.base_model}", "lora", "transformers", "speechgradebook"],
        "metrics": ["mae"],
    }


def _row(name: str, row: dict[str, Any]) -> str:
    mae = "–" if row["mae"] is None else f"{row['mae']:.3f}"
    exact = "–" if row["exact"] is None else f"{row['exact']:.0%}"
    return f"| {name.replace('_', ' ')} | {mae} | {exact} | {row['valid']:.0%} |"
