"""Runs over several attempts: one process at a time has a run, the dead are marked, what is cancelled stays so."""

import uuid
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from .conftest import School


def asked(print_: str = "f1", worker: str = "a") -> dict[str, Any]:
    run = {"id": str(uuid.uuid4()), "dataset_digest": "d" * 64, "recipe": "t", "recipe_sha256": "r", "recipe_body": {}}
    return run | {"fingerprint": print_, "worker": worker}


class Runs:
    """The calls that a trainer makes."""

    def __init__(self, school: School) -> None:
        self.school = school

    def take(self, print_: str = "f1", *, dead: tuple[str, ...] = (), fresh: bool = False) -> dict[str, Any]:
        taken = self.school.one("select llm.take_run(%s, %s::uuid[], %s)", Jsonb(asked(print_)), list(dead), fresh)
        return dict(taken)

    def beat(self, run: str, attempt: int) -> str:
        return str(self.school.one("select llm.beat_run(%s, %s)", run, attempt))

    def end(self, run: str, attempt: int, status: str = "interrupted", code: str = "interrupted") -> bool:
        return bool(self.school.one("select llm.end_run(%s, %s, %s, %s, true)", run, attempt, status, code))

    def silent(self, run: str, minutes: int) -> None:
        self.school.db.execute(
            "update llm.training_runs set heartbeat_at = now() - make_interval(mins => %s) where id = %s",
            (minutes, run),
        )

    def status(self, run: str) -> str:
        return str(self.school.one("select status from llm.training_runs where id = %s", run))


@pytest.fixture
def runs(school: School) -> Runs:
    school.settle_included()
    school.publish()
    return Runs(school)


def test_an_interrupted_run_is_gone_on_with_by_whoever_asks_for_the_same_training(runs: Runs) -> None:
    first = runs.take()
    assert (first["busy"], first["attempt"]) == (False, 1)
    assert runs.end(first["run_id"], 1)
    assert runs.take() == {"run_id": first["run_id"], "busy": False, "attempt": 2}


@pytest.mark.parametrize("wanted", [{"print_": "f2"}, {"fresh": True}])
def test_another_training_or_a_fresh_one_begins_anew(runs: Runs, wanted: dict[str, Any]) -> None:
    first = runs.take()
    runs.end(first["run_id"], 1)
    assert runs.take(**wanted)["run_id"] != first["run_id"]


def test_a_run_with_a_live_process_is_left_to_it(runs: Runs) -> None:
    first = runs.take()
    second = runs.take()
    assert (second["busy"], second["run_id"], second["worker"]) == (True, first["run_id"], "a")
    assert runs.beat(first["run_id"], 1) == "running"


def test_one_that_is_known_to_be_dead_is_taken_over_at_once_and_the_old_process_is_told(runs: Runs) -> None:
    first = runs.take()
    assert runs.take(dead=(first["run_id"],))["attempt"] == 2
    assert runs.beat(first["run_id"], 1) == "taken_over"
    assert not runs.end(first["run_id"], 1)
    assert runs.status(first["run_id"]) == "running"


def test_a_silent_run_is_marked_dead_by_the_next_who_looks(runs: Runs) -> None:
    run = runs.take()["run_id"]
    runs.silent(run, 1)
    assert [row["status"] for row in runs.school.db.execute("select status from llm.list_runs(5)")] == ["running"]
    runs.silent(run, 3)
    listed = runs.school.db.execute("select status, error_code, resumable from llm.list_runs(5)").fetchall()
    assert listed == [{"status": "failed", "error_code": "heartbeat_lost", "resumable": True}]
    assert runs.take() == {"run_id": run, "busy": False, "attempt": 2}


def test_one_that_was_taken_for_dead_lives_on_if_nobody_took_it(runs: Runs) -> None:
    run = runs.take()["run_id"]
    runs.silent(run, 3)
    runs.school.db.execute("select * from llm.list_runs(5)")
    assert runs.beat(run, 1) == "running"
    assert runs.status(run) == "running"


def test_a_cancelled_run_stops_its_process_and_is_not_gone_on_with(runs: Runs) -> None:
    run = runs.take()["run_id"]
    assert runs.school.one("select llm.cancel_run(%s, 'op', 'wrong recipe')", run) == "cancelled"
    assert runs.beat(run, 1) == "cancelled"
    assert not runs.end(run, 1, "failed", "x")
    assert runs.take()["run_id"] != run
    assert runs.school.one("select llm.cancel_run(%s, 'op', 'again')", run) == "ended"


def test_a_run_that_nobody_began_is_not_said_to_have_ended(runs: Runs) -> None:
    assert runs.school.one("select llm.cancel_run(gen_random_uuid(), 'op', 'which?')") == "unknown"
    assert not runs.school.one("select count(*) from llm.audit_log where action = 'cancel'")


def test_what_a_machine_has_deleted_is_audited(runs: Runs) -> None:
    runs.school.db.execute("select llm.note_machine_swept('trainer@gpu-1', '{\"runs\": 2}')")
    kept = runs.school.db.execute("select actor, details from llm.audit_log where action = 'forget_here'").fetchall()
    assert kept == [{"actor": "trainer@gpu-1", "details": {"runs": 2}}]


def test_a_failure_that_would_come_again_is_not_gone_on_with(runs: Runs) -> None:
    run = runs.take()["run_id"]
    runs.school.db.execute("select llm.end_run(%s, 1, 'failed', 'loss_not_finite', false)", (run,))
    assert runs.take()["run_id"] != run


def test_checkpoints_are_forgotten_once_a_run_is_over_or_a_teacher_has_withdrawn(runs: Runs) -> None:
    def forgotten() -> list[str]:
        return [str(row["run"]) for row in runs.school.db.execute("select r as run from llm.runs_to_forget() r")]

    run = runs.take()["run_id"]
    runs.school.db.execute("select llm.note_checkpoints(%s::uuid[], true)", ([run],))
    assert forgotten() == []
    runs.end(run, 1)
    assert forgotten() == []
    runs.school.decide(given=False, at="2026-02-01")
    assert forgotten() == [run]
    assert str(runs.school.one("select llm.runs_of_withdrawn(%s::uuid[])", [run])) == run
    runs.school.db.execute("select llm.note_checkpoints(%s::uuid[], false)", ([run],))
    assert forgotten() == []


def test_a_run_stops_at_its_next_sign_of_life_when_somebody_it_learns_from_withdraws(runs: Runs) -> None:
    run = runs.take()["run_id"]
    assert runs.beat(run, 1) == "running"
    runs.school.decide(given=False, at="2026-02-01")
    assert runs.beat(run, 1) == "withdrawn"
    ended = runs.school.db.execute("select status, error_code, resumable from llm.training_runs").fetchall()
    assert ended == [{"status": "failed", "error_code": "consent_withdrawn", "resumable": False}]
    assert runs.beat(run, 1) == "failed"


def test_how_long_a_tainted_adapter_is_kept_is_told(runs: Runs) -> None:
    def kept_s() -> float:
        return float(runs.school.one("select llm.vital_signs()")["oldest_tainted_seconds"])

    runs.school.register()
    assert kept_s() == 0
    runs.school.db.execute("update llm.adapters set status = 'tainted', tainted_at = now() - interval '20 days'")
    assert kept_s() == 20 * 86_400
    runs.school.db.execute("update llm.adapters set status = 'purged'")
    assert kept_s() == 0


def failed_trainings(runs: Runs) -> int:
    return int(runs.school.one("select llm.vital_signs()")["failed_trainings"])


@pytest.mark.parametrize(
    ("status", "silent_minutes", "counts"),
    [
        (None, 0, 0),
        (None, 15, 1),
        ("failed", 0, 1),
        ("interrupted", 30, 0),
        ("interrupted", 90, 1),
        ("cancelled", 90, 0),
    ],
)
def test_a_training_that_nobody_will_end_well_is_told(
    runs: Runs, status: str | None, silent_minutes: int, counts: int
) -> None:
    run = runs.take()["run_id"]
    if status:
        runs.end(run, 1, status, "out_of_memory")
    runs.silent(run, silent_minutes)
    assert failed_trainings(runs) == counts


@pytest.mark.parametrize("past", ["a newer one of its recipe runs", "a week"])
def test_a_failed_training_is_not_told_for_ever(runs: Runs, past: str) -> None:
    run = runs.take()["run_id"]
    runs.end(run, 1, "failed", "out_of_memory")
    days = 8 if past == "a week" else 1
    runs.school.db.execute("update llm.training_runs set created_at = now() - make_interval(days => %s)", (days,))
    if past != "a week":
        assert failed_trainings(runs) == 1
        runs.take(fresh=True)
    assert failed_trainings(runs) == 0
