"""Asking the adapter, its base and the champion about the frozen test split, by vLLM where the settings name one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speechgrade_shared.subject import Split
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.data.tokens import encode_prompt
from speechgrade_trainer.errors import DatasetUnfit
from speechgrade_trainer.evaluation.asking import Answerer, predictions
from speechgrade_trainer.evaluation.decode import TransformersAnswerer
from speechgrade_trainer.evaluation.evaluation import Champion, Evaluation, Prediction, measured
from speechgrade_trainer.evaluation.figures import ADAPTER, BASE, CHAMPION
from speechgrade_trainer.evaluation.groups import Known
from speechgrade_trainer.evaluation.vllm_answers import VllmAnswerer
from speechgrade_trainer.evaluation.vllm_server import Served, serving
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.running.progress import Watch
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.model import free_memory, load_adapters, load_tokenizer


@dataclass(frozen=True, slots=True)
class Standing:
    """The champion's digest and folder; or no folder, and why it is not compared."""

    digest: str | None = None
    folder: Path | None = None
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """With what the models are asked: the base, how it is loaded and decoded, and the engine if there is one."""

    base: Base
    recipe: Recipe
    vllm: Path | None
    log_folder: Path


def evaluate(
    asking: Asking,
    data: TrainingData,
    adapter: Path,
    watch: Watch,
    *,
    champion: Standing | None = None,
    asks_base: bool = True,
    known_groups: Known | None = None,
) -> Evaluation:
    """Ask everyone with the serving prompt, grammar and retries, and measure them with the same code.

    Raises:
        DatasetUnfit: the test split is empty.
        EngineFailed: the engine of the settings does not do it.
    """
    champion = champion or Standing()
    examples = data.splits[Split.TEST]
    if not examples:
        raise DatasetUnfit("The dataset has no speeches to test with.", code="split_empty")
    folders = {ADAPTER: adapter} | ({CHAMPION: champion.folder} if champion.folder else {})
    asked: dict[str, tuple[Prediction, ...]] = {}
    with answering(asking, folders, examples, watch) as answerer:
        for who in (*folders, *((BASE,) if asks_base else ())):
            asked[who] = ask(answerer, who, examples, watch)
        engine = answerer.engine
    watch.stage("measuring")
    return measured(
        data.splits[Split.TRAIN],
        examples,
        asked[ADAPTER],
        asked.get(BASE, ()),
        champion=Champion(champion.digest, asked.get(CHAMPION, ()), champion.absent),
        engine=engine,
        known_groups=known_groups,
    )


def ask(answerer: Answerer, who: str, examples: Sequence[Example], watch: Watch) -> tuple[Prediction, ...]:
    """Every example's prediction by one of those who can be asked."""
    watch.stage(f"asking the {who}", len(examples))
    return tuple(predictions(answerer, who, examples, lambda done, total: watch.answered(who, done, total)))


@contextmanager
def answering(
    asking: Asking, adapters: Mapping[str, Path], examples: Sequence[Example], watch: Watch
) -> Iterator[Answerer]:
    """Load the base with its adapters, here or in the engine, for as long as the block runs."""
    tokenizer = load_tokenizer(asking.base)
    limits = asking.recipe.evaluation
    if asking.vllm is None:
        watch.stage("loading the model")
        yield TransformersAnswerer(load_adapters(asking.base, asking.recipe, adapters), tokenizer, limits)
        return
    free_memory()
    room = _longest_prompt(tokenizer, examples) + limits.max_new_tokens
    watch.stage("starting the engine")
    served = Served(asking.base, asking.recipe, adapters, room)
    with serving(asking.vllm, served, asking.log_folder, lambda: watch.alive("starting_engine")) as server:
        yield VllmAnswerer(server, asking.base.model, limits.max_new_tokens)


def _longest_prompt(tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example]) -> int:
    return max(len(encode_prompt(tokenizer, example.prompt)) for example in examples)
