"""The Edge Function: its own checks and tests in Deno, and its rules on the real project before a real scorer."""

import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from speechgrade_local.environment import free_port
from speechgrade_local.functions import deno_binary, function_spec
from speechgrade_scorer.api.payloads import ScoreAnswer

from .conftest import BASE, REPO, TOKEN, Campus, settings_for
from .served_engine import ServedEngine, serve_engine
from .served_scorer import serve
from .tiny_models import write_adapter

FUNCTION = REPO / "supabase" / "functions" / "score"
ONE_BY_ONE = {"max_concurrent_scores": 1}
ANSWER = {
    "sections": {
        "Content": {"feedback": "Clear.", "points": {"Hook": 3.5, "Proof": 2}},
        "Time": {"feedback": "", "points": {"Time": 2}},
    },
    "overallComments": "Fine.",
}
TEXT = {
    "transcript": "I speak about bees.",
    "rubric": {"name": "Short", "categories": [{"name": "Time", "points": 2, "subcategories": []}]},
}


@pytest.mark.parametrize(
    "arguments",
    [
        ("fmt", "--check"),
        ("lint",),
        ("check", "index.ts", "client.ts", "tests"),
        ("test", "--frozen", "--allow-env", "--allow-net=127.0.0.1"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_deno_is_content_with_it(arguments: tuple[str, ...]) -> None:
    done = deno(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_import_is_pinned_and_no_address_is_recorded() -> None:
    for name in ("deno.json", "deno.lock"):
        text = (FUNCTION / name).read_text("utf-8")
        assert not any(mark in text for mark in ("http://", "https://", "jsr:", "^", "~"))


def test_the_browsers_client_reads_what_the_scorer_writes() -> None:
    read = set(re.findall(r"\bbody\.(\w+)", (FUNCTION / "client.ts").read_text("utf-8")))
    written = {field.alias or name for name, field in ScoreAnswer.model_fields.items()}
    assert len(read) > 10
    assert read <= written


@dataclass
class Instructor:
    """Somebody who calls the function as the app does."""

    id: uuid.UUID
    caller: httpx.Client

    def ask(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.caller.post("", json=body, headers=headers)

    def look(self, location: str, **headers: str) -> httpx.Response:
        return self.caller.get(location, headers=headers)

    def ended(self, location: str) -> dict[str, Any]:
        """The body of a batch that has ended, or of a score."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            answer = self.look(location, Prefer="wait=5")
            if answer.status_code == 200 and answer.json().get("is_done", True):
                return answer.json()  # type: ignore[no-any-return]
            time.sleep(0.1)
        raise AssertionError("it did not end")


@dataclass
class Department:
    """Two instructors who teach the same course, the function, the scorer and the engine."""

    campus: Campus
    ada: Instructor
    ben: Instructor
    engine: ServedEngine
    scorer: httpx.Client

    def evaluation_of(self, instructor: Instructor, **columns: Any) -> str:
        return replace(self.campus, instructor=instructor.id).add_evaluation(**columns)


@pytest.fixture(scope="module")
def department(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Department]:
    folder = tmp_path_factory.mktemp("edge")
    write_adapter(folder / "adapter", BASE, seed=11)
    campus.promote(campus.upload_adapter(folder / "adapter"))
    ben = uuid.uuid4()
    campus.run("insert into auth.users (id, email) values (%s, 'ben@example.org')", ben)
    with (
        serve_engine(BASE, ANSWER) as engine,
        serve(settings_for(campus, folder / "cache", engine.url).model_copy(update=ONE_BY_ONE)) as scorer,
        serve_function(campus, scorer) as url,
        signed_in(campus, url, campus.instructor) as ada,
        signed_in(campus, url, ben) as other,
        httpx.Client(base_url=scorer, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as direct,
    ):
        yield Department(campus, ada, other, engine, direct)


@pytest.mark.stack
def test_an_instructor_gets_the_score_of_an_own_evaluation_and_of_no_other(department: Department) -> None:
    evaluation = department.evaluation_of(department.ada)
    own = department.ada.ask({"evaluation_id": evaluation})
    assert own.status_code == 200, own.text
    kept = department.campus.score(own.json()["score_id"])
    assert kept["requested_by"] == f"user:{department.ada.id}"
    assert own.json()["model_used"] == department.campus.model_used(evaluation)
    assert own.json()["totalScore"] == 7.5
    foreign = department.ben.ask({"evaluation_id": evaluation})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "evaluation_unknown")
    assert len(department.campus.run("select 1 from llm.scores where evaluation_id = %s", evaluation)) == 1
    unknown = department.ben.ask({"evaluation_id": str(uuid.uuid4())})
    assert unknown.json() == foreign.json()


@pytest.mark.stack
def test_a_score_is_shown_to_whom_its_evaluation_is_shown(department: Department) -> None:
    score = department.ada.ask({"evaluation_id": department.evaluation_of(department.ada)}).json()
    location = f"?score_id={score['score_id']}"
    assert department.ada.look(location).json() == score
    foreign, unknown = department.ben.look(location), department.ben.look(f"?score_id={uuid.uuid4()}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "score_unknown")
    assert foreign.json() == unknown.json()


@pytest.mark.stack
def test_the_score_of_a_text_is_shown_to_who_asked_for_it(department: Department) -> None:
    asked = {"X-Requested-By": f"user:{department.ada.id}"}
    score_id = department.scorer.post("/v1/score", json=TEXT, headers=asked).json()["score_id"]
    # The scripted answer does not fit this rubric: the absence is told to the one who asked, too.
    assert department.ada.look(f"?score_id={score_id}").json()["reason"] == "answer_shape"
    assert department.ben.look(f"?score_id={score_id}").status_code == 404


@pytest.mark.stack
def test_a_score_that_takes_longer_is_fetched_later(department: Department) -> None:
    evaluation, key = department.evaluation_of(department.ada), "app:1"
    with department.engine.held():
        pending = department.ada.ask({"evaluation_id": evaluation}, **{"Idempotency-Key": key, "Prefer": "wait=0"})
        assert pending.status_code == 202, pending.text
        assert int(pending.headers["retry-after"]) >= 1
        location = pending.headers["location"]
        assert department.ada.look(location).status_code == 202
        assert department.ben.look(location).status_code == 404
        twice = department.ada.ask({"evaluation_id": evaluation}, **{"Idempotency-Key": key})
        assert (twice.status_code, twice.json()["code"]) == (409, "score_in_flight")
    assert department.ada.ended(location)["evaluation_id"] == evaluation
    again = department.ada.ask({"evaluation_id": evaluation}, **{"Idempotency-Key": key})
    assert again.json()["score_id"] == pending.json()["score_id"]
    other = {"evaluation_id": department.evaluation_of(department.ada)}
    conflict = department.ada.ask(other, **{"Idempotency-Key": key})
    assert (conflict.status_code, conflict.json()["code"]) == (422, "idempotency_conflict")


@pytest.mark.stack
def test_of_a_course_what_the_instructor_sees_is_scored(department: Department) -> None:
    course = uuid.uuid4()
    department.campus.run(
        "insert into public.courses (id, instructor_id, name) values (%s, %s, 'Debate')", course, department.ada.id
    )
    shared = replace(department, campus=replace(department.campus, course=course))
    wanted = {shared.evaluation_of(department.ada) for _ in range(3)}
    shared.evaluation_of(department.ben)
    shared.evaluation_of(department.ada, transcript="")
    shared.evaluation_of(department.ada, transcript=None)
    gone = shared.evaluation_of(department.ada)
    department.campus.run("update public.evaluations set deleted_locally_at = now() where id = %s", gone)
    batch = department.ada.ask({"course_id": str(course)})
    assert batch.status_code == 202, batch.text
    location = batch.headers["location"]
    assert location == f"?batch_id={batch.json()['batch_id']}"
    assert department.ben.look(location).status_code == 404
    progress = department.ada.ended(location)
    assert (progress["total"], progress["scored"]) == (3, 3)
    assert {score["evaluation_id"] for score in progress["scores"]} == wanted
    empty = department.ben.ask({"course_id": str(uuid.uuid4())})
    assert (empty.status_code, empty.json()["code"]) == (404, "batch_empty")


@pytest.mark.stack
def test_a_batch_is_cancelled_by_who_asked_for_it(department: Department) -> None:
    course = uuid.uuid4()
    department.campus.run(
        "insert into public.courses (id, instructor_id, name) values (%s, %s, 'Debate')", course, department.ada.id
    )
    shared = replace(department, campus=replace(department.campus, course=course))
    for _ in range(3):
        shared.evaluation_of(department.ada)
    with department.engine.held():
        location = department.ada.ask({"course_id": str(course)}).headers["location"]
        assert department.ben.caller.delete(location).status_code == 404
        assert not department.ada.look(location).json()["is_cancelled"]
        cancelled = department.ada.caller.delete(location)
        assert cancelled.status_code == 200, cancelled.text
        assert (cancelled.json()["is_cancelled"], cancelled.json()["queued"]) == (True, 0)
        score = next(one for one in cancelled.json()["scores"] if one["status"] == "cancelled")
        told = department.ada.look(f"?score_id={score['score_id']}")
        assert (told.status_code, told.json()["code"]) == (410, "score_cancelled")
        assert department.ben.look(f"?score_id={score['score_id']}").status_code == 404
    assert department.ada.ended(location)["is_done"]


@pytest.mark.stack
def test_keys_of_the_project_are_no_users(department: Department) -> None:
    evaluation = department.evaluation_of(department.ada)
    for key in (department.campus.stack.secret_key, department.campus.stack.publishable_key, TOKEN):
        refusal = department.ada.ask({"evaluation_id": evaluation}, Authorization=f"Bearer {key}")
        assert (refusal.status_code, refusal.json()["code"]) == (401, "credential_wrong")
    assert department.campus.run("select 1 from llm.scores where evaluation_id = %s", evaluation) == []


@contextmanager
def serve_function(campus: Campus, scorer: str, **changes: str) -> Iterator[str]:
    """The address of a function of its own, so that other tests can have the stack's."""
    deno("cache", "index.ts")
    port = free_port()
    settings = {"SPEECHGRADE_SCORER_URL": scorer, "SPEECHGRADE_SCORER_TOKEN": TOKEN} | changes
    spec = function_spec(REPO, port, campus.stack.supabase_url, campus.stack.keys, settings)
    with subprocess.Popen(spec.argv, cwd=spec.cwd, env=spec.env, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 20
            while not _answers(f"http://127.0.0.1:{port}/score"):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/score"
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(url, trust_env=False).status_code)
    except httpx.HTTPError:
        return False


@contextmanager
def signed_in(campus: Campus, url: str, user: uuid.UUID) -> Iterator[Instructor]:
    headers = {
        "Authorization": f"Bearer {campus.stack.sign_user_token(str(user), f'{user}@example.org')}",
        "apikey": campus.stack.publishable_key,
    }
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as caller:
        yield Instructor(user, caller)


def deno(*arguments: str, folder: Path = FUNCTION) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DENO_DIR": str(REPO / ".cache" / "deno"), "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"}
    command = [str(deno_binary()), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
