"""Two adapters on one test split, compared by a paired bootstrap over persons."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import Split

from speechgrade_trainer.data.dataset import TrainingData
from speechgrade_trainer.errors import DatasetUnfit
from speechgrade_trainer.evaluation.comparison import Comparison, compared, verdict
from speechgrade_trainer.evaluation.evaluate import answering, ask
from speechgrade_trainer.evaluation.evaluation import Prediction
from speechgrade_trainer.evaluation.figures import ADAPTER
from speechgrade_trainer.registry.package import Package
from speechgrade_trainer.running.measuring import as_trained, asking_with, find_package, pull, refuse_mismatch
from speechgrade_trainer.running.predictions import Sought, stored
from speechgrade_trainer.running.progress import Watch, watching
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import locate_base


@dataclass(frozen=True, slots=True)
class Compared:
    """Who was compared on what, and how it came out."""

    names: tuple[str, str]
    digests: tuple[str, str]
    dataset: str
    figures: Comparison
    reused: tuple[bool, bool]

    @property
    def verdict(self) -> str:
        return verdict(*self.names, self.figures.overall)

    def as_dict(self) -> dict[str, Any]:
        """What ``compare --json`` prints."""
        sides = zip(("one", "other"), self.names, self.digests, self.reused, strict=True)
        return {
            **{side: {"name": name, "digest": digest, "reused": reused} for side, name, digest, reused in sides},
            "dataset": self.dataset,
            "figures": self.figures.model_dump(mode="json"),
            "verdict": self.verdict,
        }


def compare(settings: TrainerSettings, one: str, other: str, digest: str | None) -> Compared:
    """Compare two adapters, each a folder, a name, a digest or ``champion``, on the test split of a dataset.

    What was predicted before is used again if adapter, dataset and engine are the same. Adapters of different bases
    may be compared: each is asked with its own.

    Raises:
        SpeechgradeError: something that is needed is missing or does not belong together.
    """
    with closing(SupabaseProject.from_settings(settings)) as project:
        packages = [find_package(settings, project, wanted) for wanted in (one, other)]
        data = pull(settings, project, digest)
    # Both are asked with the same prompts: those of the first one's recipe.
    named = packages[0].recipe()
    data = as_trained(locate_base(named.recipe, settings.model_dir), named, data)
    if not data.splits[Split.TEST]:
        raise DatasetUnfit("The dataset has no speeches to test with.", code="split_empty")
    with watching(None) as watch:
        answered = [_predictions(settings, package, data, watch) for package in packages]
    (mine, is_old), (theirs, is_old_too) = answered
    return Compared(
        names=(packages[0].name, packages[1].name),
        digests=(packages[0].digest, packages[1].digest),
        dataset=data.digest,
        figures=compared(data.splits[Split.TEST], mine, theirs),
        reused=(is_old, is_old_too),
    )


def _predictions(
    settings: TrainerSettings, package: Package, data: TrainingData, watch: Watch
) -> tuple[tuple[Prediction, ...], bool]:
    examples = data.splits[Split.TEST]
    sought = Sought(package, data.digest, "transformers" if settings.vllm is None else "vllm")
    found = stored(settings, sought, examples)
    if found is not None:
        return found, True
    named = package.recipe()
    base = locate_base(named.recipe, settings.model_dir)
    refuse_mismatch(package, base)
    with answering(asking_with(settings, base, named), {ADAPTER: package.folder}, examples, watch) as answerer:
        return ask(answerer, ADAPTER, examples, watch), False
