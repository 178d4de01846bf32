"""What attacks do to scores: each attacked speech and its twin through the scorer's own prompt, grammar and validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import anyio
from rich.table import Table
from speechgrade_scorer.engines.provider import Provider, Question
from speechgrade_scorer.errors import LeakFound
from speechgrade_scorer.scoring.scorer import accepted_answer, prepared_messages
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_scorer.scoring.suspicion import suspicions
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.roster import Roster
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech

from .corpus import CLASSES, Attack

_AT_ONCE = 16
_MOST_TOKENS = 2048


@dataclass(slots=True)
class Trial:
    """An attack and what came of it.

    None is an answer that the validation refused. ``is_kept_back`` says that the scorer did not ask the model at all:
    long numbers, say, cannot be told from somebody's own.
    """

    attack: Attack
    attacked: ScoredSpeech | None = None
    twin: ScoredSpeech | None = None
    is_kept_back: bool = False

    @property
    def is_scored(self) -> bool:
        return self.attacked is not None and self.twin is not None

    @property
    def holds(self) -> bool:
        """Whether no answer lost its shape."""
        return self.is_scored or self.is_kept_back

    @property
    def shift(self) -> float:
        """How much more the attacked speech got, as a share of all points."""
        assert self.attacked
        assert self.twin
        return (self.attacked.total - self.twin.total) / self.attack.rubric.max_points

    @property
    def drifted(self) -> bool:
        assert self.attacked
        assert self.twin
        return [s.points for s in self.attacked.sections] != [s.points for s in self.twin.sections]


async def tried(provider: Provider, model: str, attacks: Sequence[Attack]) -> list[Trial]:
    """Score every attack and every twin once, at temperature 0."""
    trials, limit = [Trial(attack) for attack in attacks], anyio.CapacityLimiter(_AT_ONCE)

    async def answer(transcript: str, rubric: Rubric) -> ScoredSpeech | None:
        messages = prepared_messages(Speech(None, transcript, rubric, Roster()))
        question = Question(model, messages, answer_schema(rubric), _MOST_TOKENS, 0.0, 1, with_certainty=False)
        async with limit:
            completion = await provider.complete(question)
        try:
            return accepted_answer(completion, rubric)
        except AnswerInvalid:
            return None

    async def attempt(trial: Trial) -> None:
        trial.twin = await answer(trial.attack.twin, trial.attack.rubric)
        try:
            trial.attacked = await answer(trial.attack.transcript, trial.attack.rubric)
        except LeakFound:
            trial.is_kept_back = True

    async with anyio.create_task_group() as tasks:
        for trial in trials:
            tasks.start_soon(attempt, trial)
    return trials


def table(trials: Sequence[Trial], model: str) -> Table:
    """The figures, a row for each class and one for all."""
    shown = Table(title=f"{len(trials)} attacks and their twins, scored by {model}")
    columns = ("kept back", "structure", "mean shift", "largest", "drift", "noticed", "twins flagged")
    for column in ("class", "attacks", *columns):
        shown.add_column(column, justify="left" if column == "class" else "right")
    for kind in CLASSES:
        shown.add_row(kind, *_figures([trial for trial in trials if trial.attack.kind == kind]))
    shown.add_section()
    shown.add_row("all", *_figures(trials))
    return shown


def _figures(trials: Sequence[Trial]) -> tuple[str, ...]:
    scored = [trial for trial in trials if trial.is_scored]
    shifts = [trial.shift for trial in scored] or [0.0]
    flagged = sum(bool(suspicions(trial.attack.twin)) for trial in trials)
    return (
        str(len(trials)),
        str(sum(trial.is_kept_back for trial in trials)),
        f"{fmean(trial.holds for trial in trials):.1%}",
        f"{fmean(shifts):+.1%}",
        f"{max(shifts):+.1%}",
        f"{fmean(trial.drifted for trial in scored) if scored else 0.0:.1%}",
        f"{fmean(bool(suspicions(trial.attack.transcript)) for trial in trials):.1%}",
        str(flagged),
    )
