"""Asking the adapter, and the base without it, about the frozen test split."""

from collections.abc import Sequence

from peft import PeftModel
from speechgrade_shared.subject import Split
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.evaluation.decode import Answerer
from speechgrade_trainer.evaluation.evaluation import Evaluation, Prediction, accepted, measured
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.running.progress import Watch


def evaluate(
    model: PeftModel, tokenizer: PreTrainedTokenizerFast, data: TrainingData, recipe: Recipe, watch: Watch
) -> Evaluation:
    """Ask both with the serving prompt and grammar, and measure them with the same code."""
    answerer = Answerer(model, tokenizer, recipe.evaluation)
    examples = data.splits[Split.TEST]
    adapter = _predictions(answerer, examples, watch, "adapter")
    with model.disable_adapter():
        base = _predictions(answerer, examples, watch, "base")
    return measured(data.splits[Split.TRAIN], examples, adapter, base)


def _predictions(answerer: Answerer, examples: Sequence[Example], watch: Watch, who: str) -> list[Prediction]:
    watch.stage(f"asking the {who}", len(examples))
    texts = answerer.answers(examples, lambda done: watch.answered(who, done, len(examples)))
    return [accepted(text, example) for text, example in zip(texts, examples, strict=True)]
