"""``train --if-changed``: for a timer. It trains when there is something new to learn, and else says why not.

Only what has just been trained is ever promoted, and only where the gate lets it: an adapter that somebody has rolled
back does not come back by itself.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from speechgrade_shared.command_line import console
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import PromotionRefused
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry import aliases
from speechgrade_trainer.running.due import Due, due
from speechgrade_trainer.running.forgetting import forget_withdrawn
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import locate_base

if TYPE_CHECKING:
    # It imports torch, which a day without news need not.
    from speechgrade_trainer.running.pipeline import Registered

_TOO_FEW = frozenset({"split_empty", "too_few_examples"})


@dataclass(frozen=True, slots=True)
class Promotion:
    """Whether the new adapter answers now; if not, the registry's reason."""

    is_promoted: bool
    code: str
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        return {"promoted": self.is_promoted, "code": self.code, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What became of a training on a schedule; ``registered`` is missing where nothing was trained."""

    due: Due
    registered: "Registered | None" = None

    def as_dict(self) -> dict[str, Any]:
        """What ``train --if-changed --json`` prints, beside what ``train --json`` does."""
        trained = {} if self.registered is None else self.registered.as_dict()
        return trained | {"trained": bool(trained), "why": self.due.code, "sentence": self.due.sentence}


def train_if_due(settings: TrainerSettings, named: NamedRecipe, digest: str | None, *, fresh: bool) -> Scheduled | None:
    """Train if there is something new to learn. None: this process only trained along with the main one.

    Raises:
        SpeechgradeError: it is due and failed.
    """
    if settings.rank:
        from speechgrade_trainer.running.pipeline import train

        train(settings, named, digest)
        return None
    decided = _decide(settings, named, digest)
    if not decided.is_due:
        _let_others_go(settings)
        return Scheduled(decided)
    console.print(decided.sentence)
    from speechgrade_trainer.running.pipeline import train

    registered = train(settings, named, digest, fresh=fresh)
    return None if registered is None else Scheduled(decided, registered)


def promote_passed(settings: TrainerSettings, registered: "Registered") -> Promotion:
    """Let a new adapter answer by default, if the gate does. A refusal is an answer, not an error."""
    name = registered.package.name
    dataset = registered.package.manifest.dataset_digest[:12]
    reason = f"train --promote: passed the gate after run {registered.run_id} on dataset {dataset}"
    with closing(SupabaseProject.from_settings(settings)) as project:
        try:
            aliases.promote(project, registered.package.digest, settings.worker, reason)
        except PromotionRefused as error:
            return Promotion(False, error.code, error.public)
    return Promotion(True, "promoted", f"{name} is the champion of default.")


def _decide(settings: TrainerSettings, named: NamedRecipe, digest: str | None) -> Due:
    base = locate_base(named.recipe, settings.model_dir)
    with closing(SupabaseProject.from_settings(settings)) as project:
        forget_withdrawn(settings, project).refuse_rest()
        decided = due(project, named, base, digest)
    return _enough(settings, named, digest) or decided if decided.is_due else decided


def _enough(settings: TrainerSettings, named: NamedRecipe, digest: str | None) -> Due | None:
    """No training where there are too few speeches; any other problem is the training's own to refuse."""
    from speechgrade_trainer.data.findings import codes
    from speechgrade_trainer.running.pipeline import check_only

    problems = check_only(settings, named, digest).problems
    few = [problem for problem in problems if problem.code in _TOO_FEW]
    if not few or set(codes(problems)) - _TOO_FEW:
        return None
    return Due(False, few[0].code, " ".join(problem.text for problem in few))


def _let_others_go(settings: TrainerSettings) -> None:
    if settings.world_size > 1:
        from speechgrade_trainer.training.ranks import Ranks

        Ranks.join().tell(None)
