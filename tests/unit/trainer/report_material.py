"""A run worth reporting: a rubric of three sections with long names, thirty speeches, groups, gate and costs."""

from collections import Counter
from functools import cache
from math import sqrt
from random import Random
from statistics import fmean, pstdev
from typing import Any

from speechgrade_shared.digest import canonical_json
from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore
from speechgrade_trainer.data.dataset import Example, parse_example
from speechgrade_trainer.evaluation.evaluation import Evaluation, Prediction, accepted
from speechgrade_trainer.evaluation.figures import TestFigures
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry.lineage import Lineage

from .material import recipe

SPEECHES = 34
RUBRIC = parse_rubric(
    {
        "name": "Persuasive Speech",
        "categories": [
            {
                "name": "Content and organization",
                "subcategories": [
                    {"name": "Introduction gains attention and states a clear thesis", "points": 5, "step": 0.5},
                    {"name": "Evidence is credible, cited aloud and sufficient", "points": 5, "step": 1},
                    {"name": "Organization", "points": 5, "step": 1},
                ],
            },
            {
                "name": "Delivery",
                "evidence": "transcript",
                "subcategories": [
                    {"name": "Vocal variety, rate & fluency", "points": 4, "step": 1},
                    {"name": "Language", "points": 4, "step": 1},
                ],
            },
            {"name": "Time limit", "points": 20, "step": 0.5},
        ],
    }
)
_SENTENCES = (
    "Good morning everyone, my name is [STUDENT_FIRST_NAME] and today I want to talk about the bridges of our town.",
    "Did you know that one in nine bridges in this county is rated structurally deficient?",
    "According to the state's department of transportation, repairs wait for eleven years on average.",
    "First I'll show you what that means for a bus driver, then what it costs, and finally what you can do tonight.",
    "Um, so, my uncle drives the number four bus and he crosses the mill bridge, you know, forty times a day.",
    "Some people say that taxes are high enough, and I hear them, but waiting makes the same repair twice as expensive.",
    "In conclusion, write to the council, come to the hearing on Tuesday, and look down when you cross.",
    "Thank you.",
)


def scored(points: list[float], comment: str) -> ScoredSpeech:
    given = iter(points)
    sections = tuple(
        SectionScore(c.name, f"{comment} ({c.name.lower()})", tuple((one.name, next(given)) for one in c.criteria))
        for c in RUBRIC.categories
    )
    return ScoredSpeech(sections, f"{comment} Keep practising.")


def speech(number: int, points: list[float]) -> Example:
    rng = Random(number)
    text = " ".join(one for one in _SENTENCES * rng.randint(1, 4) if rng.random() < 0.8)
    human = scored(points, "You open with a strong question and your evidence is cited.")
    turns = [turn.as_dict() for turn in render_messages(RUBRIC, text)]
    line = {
        "messages": [*turns, {"role": "assistant", "content": render_answer(human)}],
        "example": f"{number:032x}",
        "subject": f"{number // 2 + 7_000_000:032x}",
        "rubric": RUBRIC.as_dict(),
    }
    return parse_example(canonical_json(line).decode())


Points = list[tuple[str, float, float]]
"""Place, the human's and the model's points."""


def agreement(pairs: Points, **more: Any) -> dict[str, Any]:
    errors = [given - human for _, human, given in pairs]
    if not errors:
        return {"instances": 0, **more}
    human, model = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
    mae, spread = fmean(map(abs, errors)), pstdev(human) or 1.0
    covariance = fmean(a * b for a, b in zip(human, model, strict=True)) - fmean(human) * fmean(model)
    kappa = 2 * covariance / (pstdev(human) ** 2 + pstdev(model) ** 2 + fmean(errors) ** 2 or 1.0)
    return {
        "instances": len(errors),
        "mae": mae,
        "rmse": sqrt(fmean(error**2 for error in errors)),
        "exact": fmean(error == 0 for error in errors),
        "adjacent": fmean(abs(error) <= 1 for error in errors),
        "qwk": kappa,
        "pearson": covariance / (spread * (pstdev(model) or 1.0)),
        "smd": fmean(errors) / spread,
        "intervals": {"mae": (mae * 0.82, mae * 1.19), "qwk": (kappa - 0.09, kappa + 0.06)},
    } | more


def scorer(pairs: Points, speeches: int, **more: Any) -> dict[str, Any]:
    return agreement(pairs) | {"speeches": speeches, "valid_first": 1.0, "valid": 1.0} | more


def distribution(pairs: Points, maximum: float) -> dict[str, Any]:
    confusion: dict[str, Counter[str]] = {}
    for _, human, given in pairs:
        confusion.setdefault(f"{human:g}", Counter())[f"{given:g}"] += 1
    human, model = Counter(f"{pair[1]:g}" for pair in pairs), Counter(f"{pair[2]:g}" for pair in pairs)
    return {"maximum": maximum, "human": human, "adapter": model, "confusion": confusion}


def figures_of(examples: list[Example], predictions: list[Prediction]) -> TestFigures:
    """Real numbers where they are cheap, plausible ones where they are not."""
    met = [(e.human, p.scored) for e, p in zip(examples, predictions, strict=True) if p.scored]
    pairs: Points = []
    sums: dict[str, Points] = {}
    for human, model in met:
        for one, other in zip(human.sections, model.sections, strict=True):
            sums.setdefault(one.name, []).append((one.name, one.total, other.total))
            pairs += [(f"{one.name} / {n}", h, g) for (n, h), (_, g) in zip(one.points, other.points, strict=True)]
    maxima = {f"{c.name} / {one.name}": one.max_points for c in RUBRIC.categories for one in c.criteria}
    by_place = {place: [pair for pair in pairs if pair[0] == place] for place in maxima}
    means = {place: fmean([pair[1] for pair in found] or [0]) for place, found in by_place.items()}
    valid = len(met) / len(examples)
    rough = [(place, human, means[place]) for place, human, _ in pairs]
    return TestFigures.model_validate(
        {
            "speeches": len(examples),
            "persons": len({example.subject for example in examples}),
            "engine": "transformers 5.23.0",
            "who": {
                "adapter": scorer(
                    pairs,
                    len(examples),
                    valid_first=max(valid - 0.06, 0),
                    valid=valid,
                    total_mae=2.61,
                    within_five=0.53,
                    mcrmse=0.7,
                )
                if met
                else scorer([], len(examples), valid_first=0.0, valid=0.0),
                "champion": scorer(
                    [(p, h, g + 0.2) for p, h, g in pairs], len(examples), total_mae=3.1, within_five=0.49
                ),
                "base": scorer(
                    rough[::2], len(examples), valid_first=0.62, valid=0.71, total_mae=6.02, within_five=0.2
                ),
                "tfidf_ridge": scorer(
                    [(p, h, g * 0.98) for p, h, g in rough], len(examples), total_mae=5.2, within_five=0.24
                ),
                "predict_mean": scorer(rough, len(examples), total_mae=5.4, within_five=0.21),
                "best_constant": scorer(rough, len(examples), total_mae=5.5, within_five=0.22),
            },
            "paired": {
                "champion": {"difference": -0.04, "interval": (-0.11, 0.03), "better": 0.86},
                "base": {"difference": -0.92, "interval": (-1.21, -0.66), "better": 1.0},
                "tfidf_ridge": {"difference": -0.31, "interval": (-0.45, -0.16), "better": 1.0},
                "predict_mean": {"difference": -0.38, "interval": (-0.52, -0.23), "better": 1.0},
                "best_constant": {"difference": -0.36, "interval": (-0.5, -0.2), "better": 1.0},
            },
            "sections": {name: agreement(found) for name, found in sums.items()},
            "criteria": {place: agreement(found) for place, found in by_place.items() if found},
            "distributions": {place: distribution(by_place[place], top) for place, top in maxima.items()},
            "groups": {
                "rubric": {"Persuasive Speech": group(34, 17, 0.0), "Informative Speech": group(3, 2, 0.4)},
                "length": {"short": group(11, 9, -0.14), "medium": group(12, 10, 0.03), "long": group(11, 8, 0.06)},
                "first language": {"English": group(20, 10, 0.02), "another, or not known": group(14, 7, -0.05)},
            },
            "human": {"speeches": 9, "agreement": agreement(pairs[:54])},
            "champion": "c" * 64,
        }
    )


def group(speeches: int, persons: int, gap: float) -> dict[str, Any]:
    interval = (gap - 0.13, gap + 0.12)
    return {"speeches": speeches, "persons": persons, "mae": 0.5 + gap, "smd": gap, "gap": gap, "interval": interval}


@cache
def evaluation(count: int = SPEECHES, answered: bool = True) -> Evaluation:
    rng = Random(4)
    criteria = [criterion for category in RUBRIC.categories for criterion in category.criteria]
    examples, predictions = [], []
    for number in range(count):
        skill = rng.betavariate(5, 2)
        human = [c.nearest(c.max_points * min(max(rng.gauss(skill, 0.1), 0), 1)) for c in criteria]
        model = [c.nearest(h + c.max_points * rng.gauss(0.02, 0.11)) for c, h in zip(criteria, human, strict=True)]
        examples.append(speech(number, human))
        text = render_answer(scored(model, "The opening is clear; sources are named only once."))
        usable = answered and number != 5
        predictions.append(
            accepted(text if usable else '{"sections":{"Content and organization":{"feedback":"The', examples[-1])
        )
    figures = figures_of(examples, predictions)
    return Evaluation(tuple(examples), tuple(predictions), tuple(predictions), figures)


def metrics(test: dict[str, Any]) -> dict[str, Any]:
    rng = Random(8)
    train = [
        {"step": step, "loss": 0.35 + 1.6 * 0.985**step + rng.gauss(0, 0.08), "lr": 1e-4} for step in range(1, 241)
    ]
    heights = {
        "train": (2, 9, 31, 64, 58, 30, 14, 5, 2),
        "validation": (0, 2, 6, 9, 8, 4, 1, 0, 0),
        "test": (0, 3, 7, 10, 9, 3, 2, 0, 0),
    }
    return {
        "examples": {"train": 215, "validation": 30, "test": 34},
        "subjects": {"train": 108, "validation": 15, "test": 17},
        "tokens": {
            split: {
                "shortest": 420,
                "median": 1240,
                "p95": 2610,
                "longest": 3890,
                "buckets": {"512": 4, "768": 12, "1024": 60, "1536": 80, "2048": 41, "3072": 12, "4096": 6},
            }
            for split in heights
        },
        "loss": {
            "before": 1.9312,
            "after": 0.4127,
            "best_step": 180,
            "steps": 240,
            "curve": [
                {"epoch": epoch, "validation": loss}
                for epoch, loss in ((0.0, 1.9312), (1.0, 0.6204), (2.0, 0.4502), (3.0, 0.4127), (4.0, 0.4291))
            ],
            "train": train,
        },
        "preflight": {
            "histogram": {
                split: [
                    {"from": 450 * place, "to": 450 * (place + 1), "count": count} for place, count in enumerate(counts)
                ]
                for split, counts in heights.items()
                if split == "train"
            },
            "shortened": {"train": 3, "validation": 0, "test": 1},
            "excluded": {"train": 0, "validation": 0, "test": 0},
        },
        "run": {
            "device": "NVIDIA L4",
            "seconds": 5230.0,
            "tokens_per_s": 1840.0,
            "peak_memory_bytes": 11_400_000_000,
            "energy_kwh": 0.1093,
            "cost": 1.16,
            "currency": "USD",
            "batch_size": 2,
            "gradient_accumulation": 8,
            "attempts": 2,
        },
        "gate": {
            "passed": False,
            "checks": [
                {"name": "not tainted", "passed": True, "text": "Nobody whose speech it learned from has withdrawn."},
                {
                    "name": "better than the mean",
                    "passed": True,
                    "text": "The interval of the difference is below zero.",
                },
                {
                    "name": "better than the champion",
                    "passed": False,
                    "text": "The interval reaches from -0.11 to 0.03.",
                },
            ],
        },
        "tokenizer_sha256": "e" * 64,
        "template_sha256": "f" * 64,
        "versions": {"torch": "2.13.0", "transformers": "5.23.0", "trl": "1.16.0", "peft": "0.21.2"},
        "test": test,
    }


def lineage(changes: dict[str, Any] | None = None, shown: int = 30, count: int = SPEECHES) -> Lineage:
    """The whole run; ``changes`` replace parts of its metrics, and ``None`` takes a part away."""
    merged = metrics(evaluation(count).test.model_dump(mode="json")) | (changes or {})
    chosen = recipe(max_length=4096, evaluation={"compared_speeches": shown, "max_new_tokens": 96})
    return Lineage(
        base_model="mistralai/Mistral-7B-Instruct-v0.2",
        base_revision="3ad372fc79158a2148299e3318516c786aeded6c",
        dataset_digest="d" * 64,
        named=NamedRecipe(name="mistral-7b-qlora", recipe=chosen),
        metrics={name: part for name, part in merged.items() if part is not None},
    )
