"""A course of events: changes drawn from a seed, each of them something that the app does."""

from collections.abc import Callable
from random import Random
from typing import Any

from .app import App

PEOPLE = 40


class Term:
    """What happens in a school, one committed change after another."""

    def __init__(self, app: App, rng: Random) -> None:
        self.app = app
        self._rng = rng
        self._clock = 0
        self.made = 0

    def begin(self) -> None:
        self.app.build()
        for person in range(PEOPLE):
            self._enrol(person)

    def change(self) -> None:
        """One committed change."""
        actions: tuple[tuple[int, Callable[[], object]], ...] = (
            (8, self._speak),
            (8, self._decide),
            (3, self._edit),
            (2, self._delete_or_restore),
            (1, self._enrol),
            (1, lambda: self.app.delete(self._pick(self.app.oracle.evaluations))),
            (1, lambda: self.app.identify(self._pick(self.app.oracle.enrolments), sis_id=False)),
            (1, lambda: self.app.move_student(self._pick(self.app.oracle.enrolments), self._rng.randrange(3))),
        )
        weights, made = zip(*actions, strict=True)
        self._rng.choices(made, weights)[0]()
        self.made += 1

    def _enrol(self, person: int | None = None) -> None:
        one = self._rng.randrange(PEOPLE) if person is None else person
        enrolment = self.app.enrol(one, self._rng.randrange(3), email=self._rng.random() < 0.7, sis_id=False)
        self._decide(enrolment, given=True)
        self.app.speak(enrolment, one)

    def _speak(self) -> None:
        self.app.speak(self._pick(self.app.oracle.enrolments), self._rng.randrange(20))

    def _decide(self, enrolment: Any = None, *, given: bool | None = None) -> None:
        self._clock += 1
        says = self._rng.random() < 0.7 if given is None else given
        who = enrolment or self._pick(self.app.oracle.enrolments)
        self.app.decide(who, given=says, kind="llm_training", at=self._clock)

    def _edit(self) -> None:
        evaluation = self._pick(self.app.oracle.evaluations)
        if self._rng.random() < 0.5:
            self.app.edit_transcript(evaluation)
        else:
            self.app.edit_scores(evaluation, self._rng.randrange(11))

    def _delete_or_restore(self) -> None:
        evaluation = self._pick(self.app.oracle.evaluations)
        self.app.delete_softly(evaluation, deleted=not self.app.oracle.evaluations[evaluation].deleted)

    def _pick(self, known: dict[Any, Any]) -> Any:
        return self._rng.choice(list(known))
