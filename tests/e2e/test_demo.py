"""The whole loop as `make demo` runs it: real PostgreSQL, REST, Storage, Deno, training and vLLM, checked from outside.

The demo runs once; its summary is then compared with what is on disk, by means that it does not use itself.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from speechgrade_local.stack import Stack

REPO = Path(__file__).resolve().parents[2]
LIMIT_S = 900
PROGRAM = Path(sys.executable).with_name("speechgrade-local")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [PROGRAM, "demo", "--state", folder], capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    assert "model_used" in done.stdout
    return folder


@pytest.fixture(scope="module")
def summary(state: Path) -> dict[str, Any]:
    return dict(json.loads((state / "summary.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def left_behind(state: Path) -> Iterator[Stack]:
    """The database and the buckets as the demo left them, started anew."""
    with Stack(REPO, state) as stack:
        stack.start_postgres()
        stack.start_supabase()
        yield stack


def rows(stack: Stack, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(stack.database_url) as connection:
        return connection.execute(sql.encode(), values).fetchall()


def test_the_adapter_beats_its_base_and_every_constant(summary: dict[str, Any]) -> None:
    training = summary["training"]
    assert training["loss_after"] < training["loss_before"]
    for rival in ("base", "predict_mean", "best_constant"):
        assert training["mae"][rival] is None or training["mae"]["adapter"] < training["mae"][rival]


def test_every_exported_example_has_live_consent(left_behind: Stack) -> None:
    sql = (
        "select e.course_id, e.student_id, p.llm_training_consent_given, e.deleted_locally_at from llm.dataset_members m"
        " join llm.datasets d on d.id = m.dataset_id and d.status = 'current'"
        " join public.evaluations e on e.id = m.evaluation_id join public.user_profiles p on p.id = e.instructor_id"
    )
    members = rows(left_behind, sql)
    assert members
    for course, student, instructor_agrees, deleted in members:
        decided = rows(
            left_behind,
            "select consent_type, consent_given from public.consent_forms where course_id = %s and student_id = %s"
            " order by created_at",
            course,
            student,
        )
        latest = dict(decided)
        assert instructor_agrees
        assert deleted is None
        assert latest
        assert all(latest.values())


def test_model_used_names_the_adapter_of_the_bucket_and_of_the_engine(
    summary: dict[str, Any], left_behind: Stack
) -> None:
    digest = summary["training"]["digest"]
    name = f"sg-{digest[:20]}"
    assert name in summary["engine_models"]
    used = rows(
        left_behind,
        "select distinct model_used from public.evaluations where id = any (%s::uuid[])",
        summary["scored"]["evaluations"],
    )
    assert used == [(summary["model_used"],)]
    assert name in summary["model_used"]
    response = httpx.get(
        f"{left_behind.supabase_url}/storage/v1/object/llm-adapters/{digest}/adapter_config.json",
        headers={"apikey": left_behind.secret_key},
    )
    assert response.json()["base_model_name_or_path"] == "speechgrade/tiny-mistral"


def test_the_withdrawn_student_is_in_no_object_of_the_bucket(summary: dict[str, Any], left_behind: Stack) -> None:
    withdrawn = rows(left_behind, "select distinct subject_hash from llm.erasures where completed_at is not null")
    assert withdrawn
    assert summary["withdrawal"]["examples_after"] < summary["withdrawal"]["examples_before"]
    objects = [path for path in (left_behind.state.data / "storage").rglob("*") if path.is_file()]
    assert objects
    held = [path for path in objects if any(subject.encode() in path.read_bytes() for (subject,) in withdrawn)]
    # Only the certificates of the withdrawal know the pseudonym, and nothing else of the student.
    assert {path.parent.name for path in held} == {"erasures"}
    known = {"format", "id", "example_id", "subject_hash", "reason", "requested_at"}
    assert all(json.loads(path.read_text("utf-8")).keys() == known for path in held)


def test_no_name_of_a_student_is_in_any_object_of_the_bucket(left_behind: Stack) -> None:
    people = rows(left_behind, "select email, last_name from public.course_students")
    texts = [
        path.read_bytes()
        for path in (left_behind.state.data / "storage").rglob("*")
        if path.is_file() and b'"messages"' in path.read_bytes()
    ]
    assert texts
    for email, last_name in people:
        unusual = last_name not in {"Long", "Price", "Park", "Young", "Will"}
        for text in texts:
            assert email.encode() not in text
            assert not (unusual and f" {last_name}".encode() in text)


def test_what_a_fresh_start_forgets_holds_every_copy_of_the_training_data(state: Path) -> None:
    copies = [path.relative_to(state) for path in state.rglob("*.jsonl")]
    assert copies
    assert {path.parts[0] for path in copies} == {"data"}


def test_the_report_stands_on_its_own(summary: dict[str, Any]) -> None:
    page = Path(summary["report"]).read_text("utf-8")
    assert "<html" in page
    assert "http://" not in page
    assert "https://" not in page


def test_killing_a_process_of_the_demo_is_said_in_a_sentence(tmp_path: Path) -> None:
    with subprocess.Popen(
        [PROGRAM, "demo", "--state", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        os.kill(_gateway_of(process), signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "supabase was killed by SIGKILL" in said


def _gateway_of(demo: subprocess.Popen[str]) -> int:
    """The process that runs the gateway, once it does: a log, or a fork, is there before it."""
    deadline = time.monotonic() + 120
    while demo.poll() is None and time.monotonic() < deadline:
        for pid in _children(demo.pid):
            # A short-lived child may be gone by the time it is looked at.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
                if b"gateway.mjs" in arguments and b"launch.py" not in arguments:
                    return pid
        time.sleep(0.05)
    demo.kill()
    raise AssertionError("the demo never had a gateway")


def _children(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found
