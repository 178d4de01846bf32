"""The exporter against an oracle: whatever the app does, in whatever order, and wherever a process dies."""

import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar, cast
from uuid import UUID

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import dict_row
from speechgrade_exporter.exporter import Exporter
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_local.stack import Stack
from speechgrade_shared.errors import Retry, SpeechgradeError
from speechgrade_shared.failpoints import Failpoint, FailpointHit, armed
from speechgrade_shared.project import SupabaseProject

from .app import App, Connection
from .checks import BUCKET, Checks
from .direct_project import DirectProject, MemoryBucket, connect
from .oracle import Oracle
from .world import clear

pytestmark = pytest.mark.stack
RUNS = int(os.environ.get("SPEECHGRADE_MODEL_RUNS", "40"))
STEPS = 50
QUIET = 3
KEY = "a key of the tests with more than 32 bytes"
SETTINGS = ExporterSettings(
    supabase_url="http://localhost",
    supabase_secret_key="a-key-that-is-not-used",
    subject_key=KEY,
    batch_size=4,
    orphan_grace_seconds=0,
    keep_datasets=3,
)
PICK = st.integers(0, 2**16)
AT = st.sampled_from((1, 1, 1, 2, 3))
FIRST = st.sampled_from(("speak", "speak", "withdraw", "edit", "nothing"))
PLACES = st.sampled_from(Failpoint)


@dataclass
class World:
    """What outlives a run: the database, and what has been counted."""

    db: Connection
    processes: tuple[Connection, Connection]
    made: Counter[str] = field(default_factory=Counter)


@dataclass
class BucketOfDatasets:
    bucket: MemoryBucket

    def paths(self) -> set[str]:
        return set(self.bucket.paths(BUCKET))

    def read(self, path: str) -> bytes:
        return self.bucket.objects[BUCKET, path]


class Process:
    """An exporter that can be killed."""

    def __init__(self, db: Connection, bucket: MemoryBucket) -> None:
        self._project = DirectProject(db, bucket)
        self.exporter = Exporter(cast(SupabaseProject, self._project), SETTINGS, patience_s=0)

    def work_for(self, place: Failpoint) -> Callable[[], object]:
        """What comes to a place."""
        return self.exporter.sweep if place.startswith("sweep") else self.exporter.run_once

    def die(self) -> None:
        self._project.is_dead = True
        raise FailpointHit("killed")


class School(RuleBasedStateMachine):
    """Every rule is something that happens in a school, or to an exporter."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        clear(self.world.db)
        self.world.made["runs"] += 1
        self.bucket = MemoryBucket()
        self.oracle = Oracle()
        self.app = App(self.world.db, self.oracle)
        self.checks = Checks(self.world.db, BucketOfDatasets(self.bucket), self.oracle, KEY.encode())
        self.clock = 0
        self.backup: dict[tuple[str, str], bytes] = {}

    @initialize(people=st.integers(1, 3))
    def term_begins(self, people: int) -> None:
        self.app.build()
        for person in range(people):
            enrolment = self.app.enrol(person, person % 2, email=person % 2 == 0, sis_id=False)
            self.decide(
                self.oracle.enrolments[enrolment].person, given=True, kind="llm_training", late=1, elsewhere=None
            )
            self.app.speak(enrolment, person)

    @invariant()
    def it_holds_at_every_moment(self) -> None:
        self.world.made["steps"] += 1
        if self.oracle.courses:
            self.checks.after_commit()

    # What students decide.

    @precondition(lambda self: self.oracle.enrolments)
    @rule(
        who=PICK,
        given=st.booleans(),
        kind=st.sampled_from(("llm_training", "llm_training", "data_collection", "photographs")),
        late=st.sampled_from((1, 1, 1, 0, -4)),
        elsewhere=st.sampled_from((None, None, None, 0, 1, 2)),
    )
    def decide(self, who: int, given: bool, kind: str, late: int, elsewhere: int | None) -> None:
        self.clock += max(late, 0)
        self.app.decide(
            _one(self.oracle.enrolments, who), given=given, kind=kind, at=self.clock + min(late, 0), course=elsewhere
        )

    @precondition(lambda self: self.oracle.decisions)
    @rule(which=PICK)
    def turn_a_decision(self, which: int) -> None:
        self.app.turn(_one(self.oracle.decisions, which))

    @precondition(lambda self: self.oracle.decisions)
    @rule(which=PICK)
    def forget_a_decision(self, which: int) -> None:
        self.app.forget_decision(_one(self.oracle.decisions, which))

    @rule(instructor=st.integers(0, 1), given=st.booleans())
    def instructor_decides(self, instructor: int, given: bool) -> None:
        self.app.consent_of_instructor(instructor, given=given)

    # What instructors do.

    @rule(
        person=st.integers(0, 3),
        course=st.integers(0, 2),
        email=st.booleans(),
        sis_id=st.booleans(),
        agrees=st.booleans(),
    )
    def enrol(self, person: int, course: int, email: bool, sis_id: bool, agrees: bool) -> None:
        enrolment = self.app.enrol(person, course, email=email, sis_id=sis_id)
        if agrees:
            self.clock += 1
            self.app.decide(enrolment, given=True, kind="llm_training", at=self.clock)
            self.app.speak(enrolment, person)

    @precondition(lambda self: self.oracle.enrolments)
    @rule(who=PICK, sis_id=st.booleans())
    def identify(self, who: int, sis_id: bool) -> None:
        self.app.identify(_one(self.oracle.enrolments, who), sis_id=sis_id)

    @precondition(lambda self: self.oracle.enrolments)
    @rule(who=PICK, number=st.integers(0, 20))
    def speak(self, who: int, number: int) -> None:
        self.app.speak(_one(self.oracle.enrolments, who), number)

    @precondition(lambda self: self.oracle.evaluations)
    @rule(which=PICK, half_points=st.integers(0, 10))
    def edit_scores(self, which: int, half_points: int) -> None:
        self.app.edit_scores(_one(self.oracle.evaluations, which), half_points)

    @precondition(lambda self: self.oracle.evaluations)
    @rule(which=PICK)
    def edit_transcript(self, which: int) -> None:
        self.app.edit_transcript(_one(self.oracle.evaluations, which))

    @rule(rubric=st.integers(0, 2))
    def edit_rubric(self, rubric: int) -> None:
        self.app.edit_rubric(rubric)

    @precondition(lambda self: self.oracle.evaluations)
    @rule(which=PICK)
    def delete_softly_or_restore(self, which: int) -> None:
        evaluation = _one(self.oracle.evaluations, which)
        self.app.delete_softly(evaluation, deleted=not self.oracle.evaluations[evaluation].deleted)

    @precondition(lambda self: self.oracle.enrolments)
    @rule(who=PICK)
    def drop_or_readmit(self, who: int) -> None:
        enrolment = _one(self.oracle.enrolments, who)
        self.app.delete_enrolment_softly(enrolment, deleted=not self.oracle.enrolments[enrolment].deleted)

    @rule(course=st.integers(0, 2))
    def close_or_open_a_course(self, course: int) -> None:
        self.app.delete_course_softly(course, deleted=not self.oracle.courses[self.app.courses[course]])

    @precondition(lambda self: self.oracle.evaluations)
    @rule(which=PICK)
    def delete_a_speech(self, which: int) -> None:
        self.app.delete(_one(self.oracle.evaluations, which))

    @precondition(lambda self: self.oracle.enrolments)
    @rule(who=PICK)
    def delete_a_student(self, who: int) -> None:
        self.app.delete_student(_one(self.oracle.enrolments, who))

    @precondition(lambda self: self.oracle.enrolments)
    @rule(who=PICK, course=st.integers(0, 2), with_speeches=st.booleans())
    def move(self, who: int, course: int, with_speeches: bool) -> None:
        enrolment = _one(self.oracle.enrolments, who)
        self.app.move_student(enrolment, course)
        for evaluation in [
            one.id for one in self.oracle.evaluations.values() if with_speeches and one.student == enrolment
        ]:
            self.app.move_speech(evaluation, course)

    # What happens to exporters.

    @rule()
    def export(self) -> None:
        self.world.made["exports"] += 1
        self.time_passes()
        self.process().exporter.run_once()
        self.checks.after_export()

    @rule()
    def sweep(self) -> None:
        self.world.made["sweeps"] += 1
        self.time_passes()
        exporter = self.process().exporter
        exporter.run_once()
        for _ in range(QUIET):
            found = exporter.sweep().sweep
        assert found.found_nothing, "the sweep does not come to rest"
        self.checks.after_sweep()

    @precondition(lambda self: self.oracle.enrolments)
    @rule(who=PICK, by=st.integers(0, 2))
    def erase_a_person(self, who: int, by: int) -> None:
        one = self.oracle.enrolments[_one(self.oracle.enrolments, who)]
        identifier = (one.email, one.sis_id, str(one.id))[by] or str(one.id)
        self.world.made["erased people"] += 1
        self.time_passes()
        self.oracle.erased.add(identifier)
        self.oracle.changed()
        self.process().exporter.erase_subject(identifier, "asked for")
        self.checks.after_export()

    @precondition(lambda self: self.bucket.objects)
    @rule()
    def bucket_is_backed_up(self) -> None:
        self.backup = dict(self.bucket.objects)

    @precondition(lambda self: self.backup)
    @rule()
    def bucket_is_restored(self) -> None:
        self.bucket.objects = dict(self.backup)
        self.sweep()

    @rule()
    def work_a_batch(self) -> None:
        self.run(self.process().exporter.worker.work_batch)

    @rule(place=PLACES, at=AT, first=FIRST, who=PICK)
    def die_at(self, place: Failpoint, at: int, first: str, who: int) -> None:
        self.act(first, who)
        process = self.process()
        with armed(place, process.die, at=at):
            self.run(process.work_for(place))

    @rule(
        place=PLACES,
        at=AT,
        first=FIRST,
        action=st.sampled_from(("export", "sweep", "take over", "come back", "withdraw", "edit", "delete")),
        who=PICK,
    )
    def come_in_between(self, place: Failpoint, at: int, first: str, action: str, who: int) -> None:
        self.act(first, who)

        def act() -> None:
            self.world.made["interleavings"] += 1
            self.act(action, who)

        with armed(place, act, at=at):
            self.run(self.process().work_for(place))

    def act(self, action: str, who: int) -> None:
        other = self.process(1).exporter
        if action == "come back" and self.oracle.enrolments:
            self.decide(who, given=True, kind="llm_training", late=1, elsewhere=None)
        if action in ("take over", "come back"):
            self.time_passes()
        if action in ("export", "sweep", "take over", "come back"):
            self.run(other.run_once if action in ("export", "come back") else other.sweep)
        elif action == "withdraw" and self.oracle.enrolments:
            self.decide(who, given=False, kind="llm_training", late=1, elsewhere=None)
        elif action == "speak" and self.oracle.enrolments:
            self.speak(who, number=who)
        elif action == "edit" and self.oracle.evaluations:
            self.edit_transcript(who)
        elif action == "delete" and self.oracle.evaluations:
            self.delete_a_speech(who)

    @rule()
    def time_passes(self) -> None:
        """Whoever is dead has held its leases for long enough."""
        self.world.db.execute("update llm.leases set held_until = now() - interval '1 second'")
        self.world.db.execute(
            "update llm.change_queue set lease_until = now() - interval '1 second' where lease_until > now()"
        )

    @rule()
    def train(self) -> None:
        learned = self.checks.train()
        if learned is not None:
            self.world.made["adapters"] += 1

    def process(self, number: int = 0) -> Process:
        return Process(self.world.processes[number], self.bucket)

    def run(self, work: Callable[[], object]) -> None:
        """Let an exporter work; it may die, and it may say that somebody was in its way."""
        try:
            work()
        except FailpointHit:
            self.world.made["crashes"] += 1
        except SpeechgradeError as error:
            assert error.retry is Retry.LATER
            self.world.made[error.code] += 1
        self.checks.remember()

    def teardown(self) -> None:
        if self.oracle.courses and sys.exc_info()[0] is None:
            self.sweep()


def _one(known: dict[UUID, Any], number: int) -> UUID:
    return list(known)[number % len(known)]


class AtOnce(Executor):
    """Threads would make a run depend on chance: here everything is done when it is asked for."""

    def __init__(self, *_: object, **__: object) -> None:
        return None

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*given, **named))
        except BaseException as error:
            future.set_exception(error)
        return future


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with (
        psycopg.connect(stack.superuser_url, autocommit=True, row_factory=dict_row) as db,
        connect(stack.database_url) as one,
        connect(stack.database_url) as other,
    ):
        monkeypatch.setattr("speechgrade_exporter.worker.ThreadPoolExecutor", AtOnce)
        monkeypatch.setattr("speechgrade_exporter.bucket.ThreadPoolExecutor", AtOnce)
        monkeypatch.setattr("speechgrade_exporter.exporter.time", SimpleNamespace(sleep=lambda _seconds: None))
        monkeypatch.setattr("speechgrade_exporter.publisher.MOST_EXAMPLES", 3)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        yield World(db, (one, other))
        structlog.reset_defaults()


def test_whatever_happens_no_speech_is_taught_without_consent_and_none_is_lost(
    world: World, record_property: Any
) -> None:
    class InThisWorld(School):
        pass

    InThisWorld.world = world
    run_state_machine_as_test(
        InThisWorld,
        settings=settings(
            max_examples=RUNS + RUNS // 2,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
    # A run may end early, so there are more of them.
    assert world.made["steps"] >= RUNS * STEPS
    record_property("made", dict(world.made))
    print(f"\n{dict(world.made)}")  # noqa: T201
