"""The trainer's own road on real texts: preflight, training, answers under the grammar, figures; and its cost."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from peft import PeftModel
from rich.console import Console
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.data.preflight import Preflight, check
from speechgrade_trainer.evaluation.asking import predictions
from speechgrade_trainer.evaluation.bootstrap import draws, paired
from speechgrade_trainer.evaluation.decode import TransformersAnswerer
from speechgrade_trainer.evaluation.evaluation import Evaluation, Prediction, measured
from speechgrade_trainer.evaluation.figures import ADAPTER, BASE, RIDGE, Paired, Scorer
from speechgrade_trainer.evaluation.ground import Points, ground_of
from speechgrade_trainer.evaluation.metrics import scorer
from speechgrade_trainer.evaluation.tfidf_ridge import fit_tfidf_ridge
from speechgrade_trainer.recipe import Recipe, parse_recipe
from speechgrade_trainer.running.progress import watching
from speechgrade_trainer.running.run_folder import RunFolder, RunState
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.model import load_adapters, load_tokenizer
from speechgrade_trainer.training.train import Trained, Training, train_adapter
from transformers import PreTrainedTokenizerFast

from speechgrade_local.bench_trainer_quality.expected import Expectation
from speechgrade_local.bench_trainer_quality.reader import READER, Reading, ensure_reader
from speechgrade_local.bench_trainer_quality.split import first_of_each, split_by_person
from speechgrade_local.bench_trainer_quality.texts import Corpus, as_example
from speechgrade_local.tiny_base import BASE_MODEL, ensure_tiny_base

RECIPE_NAME = "bench-trainer-quality"
_QUICK_SHARE = 0.1
_QUICK_EPOCHS = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured. ``reads``: on the base that has read the training texts, else on the demo's base."""

    state: Path
    demo_bases: Path
    reads: bool = True
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything measured. ``expected``: the points that the adapter expects, beside the ones that it writes."""

    corpus: Corpus
    recipe: Recipe
    base: Base
    data: TrainingData
    preflight: Preflight
    trained: Trained
    evaluation: Evaluation
    expected: Scorer
    expected_against_ridge: Paired
    seconds: dict[str, float] = field(default_factory=dict)
    train_tokens: int = 0


class _Clock:
    def __init__(self, progress: Console) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._progress.print(f"{name} …")
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began


def bench_recipe() -> Recipe:
    """The recipe of this bench."""
    return parse_recipe((files(__package__) / "recipe.yaml").read_text("utf-8"))


def training_data(corpus: Corpus, share: float = 1.0) -> TrainingData:
    """The corpus as the trainer's dataset, split by person."""
    splits = first_of_each(split_by_person(corpus.texts), share)
    return TrainingData(
        corpus.digest, {split: tuple(as_example(text, corpus.rubric) for text in splits[split]) for split in Split}
    )


def measure(corpus: Corpus, plan: Plan, progress: Console) -> Quality:
    """Train, answer, compare."""
    clock = _Clock(progress)
    data = training_data(corpus, _QUICK_SHARE if plan.quick else 1.0)
    with clock.stage("making the base"):
        recipe, base, made_in = _base(corpus, data, plan, progress)
    # A base that was there already has its cost all the same.
    clock.seconds["making the base"] = max(made_in, clock.seconds["making the base"])
    tokenizer = load_tokenizer(base)
    with clock.stage("preflight"):
        preflight = check(data, tokenizer, recipe)
    folder = RunFolder(plan.state / "run")
    shutil.rmtree(folder.path, ignore_errors=True)
    folder.begin(RunState(run_id=RECIPE_NAME, dataset=data.digest))
    used = preflight.data
    test = used.splits[Split.TEST]
    with watching(None) as watch:
        with clock.stage("training"):
            trained = train_adapter(
                Training(base, tokenizer, preflight.encoded, recipe, folder, watch, watch.interruption)
            )
        model = load_adapters(base, recipe, {ADAPTER: folder.adapter})
        answerer = TransformersAnswerer(model, tokenizer, recipe.evaluation)
        with clock.stage("answering with the adapter"):
            adapter = predictions(answerer, ADAPTER, test, lambda *_: None)
        with clock.stage("reading off expected points"):
            expected = _expected(model, tokenizer, test, adapter)
        with clock.stage("answering without it"):
            alone = predictions(answerer, BASE, test, lambda *_: None)
    with clock.stage("comparing"):
        evaluation = measured(
            used.splits[Split.TRAIN], test, adapter, alone, engine="transformers", known_groups=_groups(corpus)
        )
        expected_figures, against = _expected_figures(used.splits[Split.TRAIN], test, expected)
    tokens = sum(len(one.input_ids) for one in preflight.encoded[Split.TRAIN])
    return Quality(
        corpus, recipe, base, used, preflight, trained, evaluation, expected_figures, against, clock.seconds, tokens
    )


def _base(corpus: Corpus, data: TrainingData, plan: Plan, progress: Console) -> tuple[Recipe, Base, float]:
    recipe = bench_recipe()
    if plan.quick:
        recipe = recipe.model_copy(update={"epochs": _QUICK_EPOCHS})
    if not plan.reads:
        recipe = recipe.model_copy(update={"base_model": BASE_MODEL})
        return recipe, locate_base(recipe, ensure_tiny_base(plan.demo_bases)), 0.0
    learners = {example.subject for example in data.splits[Split.TRAIN]}
    texts = [text.transcript for text in corpus.texts if text.subject in learners]
    reading = Reading(noting=1) if plan.quick else Reading()
    reader = ensure_reader(plan.state / "bases", corpus.rubric, texts, reading, progress.print)
    recipe = recipe.model_copy(update={"base_model": READER})
    return recipe, locate_base(recipe, reader.home), reader.seconds


def _expected(
    model: PeftModel, tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example], written: Sequence[Prediction]
) -> list[Points | None]:
    expectation = Expectation(model, tokenizer)
    return [
        None if prediction.scored is None else expectation.points(example, prediction.scored)
        for example, prediction in zip(examples, written, strict=True)
    ]


def _expected_figures(
    train: Sequence[Example], test: Sequence[Example], expected: Sequence[Points | None]
) -> tuple[Scorer, Paired]:
    ground = ground_of(test)
    drawn = draws(ground.people)
    figures = scorer(ground, expected, drawn, [points is not None for points in expected])
    losses = [
        ground.per_person(ground.loss(ground.given(given))) for given in (expected, fit_tfidf_ridge(train).points(test))
    ]
    return figures, paired(losses[0], losses[1], ground.per_person(ground.human * 0 + 1), drawn)


def _groups(corpus: Corpus) -> dict[str, dict[str, str]]:
    return {text.subject: dict(text.groups) for text in corpus.texts}


def named_document(quality: Quality) -> dict[str, Any]:
    """Every figure as JSON has it; no text of anybody."""
    evaluation, test = quality.evaluation, quality.evaluation.test
    return {
        "data_digest": quality.corpus.digest,
        "texts": quality.data.examples(),
        "base": {"model": quality.base.model, "revision": quality.base.revision},
        "recipe": quality.recipe.body(),
        "seed": quality.recipe.seed,
        "preflight": quality.preflight.as_dict(),
        "loss": quality.trained.losses(),
        "test": test.model_dump(mode="json"),
        "expected": quality.expected.model_dump(mode="json"),
        "expected_against_ridge": quality.expected_against_ridge.model_dump(mode="json"),
        "ridge": RIDGE in test.who,
        "answers": len(evaluation.adapter),
        "seconds": {name: round(seconds, 1) for name, seconds in quality.seconds.items()},
        "train_tokens_per_epoch": quality.train_tokens,
    }
