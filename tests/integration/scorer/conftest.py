"""The real project (PostgreSQL, REST, Storage), one course in it, and adapters that really lie in the bucket."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import SecretStr
from speechgrade_local.stack import Stack
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.digest import sha256_hex, tree_digest
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

REPO = Path(__file__).resolve().parents[3]
BASE = "tiny-base"
TOKEN = "t" * 40
CATEGORIES = [
    {"name": "Content", "subcategories": [{"name": "Hook", "points": 4}, {"name": "Proof", "points": 2.5}]},
    {"name": "Time", "points": 2, "subcategories": []},
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Campus:
    """One instructor with one course on the stack, and what an operator does."""

    stack: Stack
    project: SupabaseProject
    instructor: uuid.UUID
    course: uuid.UUID
    student: uuid.UUID
    rubric: uuid.UUID

    def run(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.stack.database_url, row_factory=dict_row) as connection:
            cursor = connection.execute(sql, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def add_evaluation(self, transcript: str | None = "I am Noor Quill and I speak about bees.", **columns: Any) -> str:
        values = {"rubric_id": self.rubric, "evaluation_data": "{}"} | columns
        evaluation = uuid.uuid4()
        self.run(
            "insert into public.evaluations"
            " (id, instructor_id, student_id, course_id, transcript, rubric_id, evaluation_data)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            evaluation,
            self.instructor,
            self.student,
            self.course,
            transcript,
            values["rubric_id"],
            values["evaluation_data"],
        )
        return str(evaluation)

    def upload_adapter(self, folder: Path, **changes: Any) -> str:
        """Store a folder as an adapter and register it; returns its digest."""
        contents = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        files = {path: sha256_hex(data) for path, data in contents.items()}
        digest = tree_digest(files)
        for path, data in contents.items():
            self.project.upload("llm-adapters", f"adapters/{digest}/{path}", data, "application/octet-stream")
        adapter = {
            "digest": digest,
            "name": adapter_name(digest),
            "run_id": self._run_on_new_dataset(),
            "base_model": BASE,
            "base_revision": "1",
            "renderer_version": RENDERER_VERSION,
            "lora_rank": 8,
            "object_prefix": f"adapters/{digest}",
            "files": files,
            "metrics": {},
        }
        self.project.rpc("register_adapter", {"p_adapter": adapter | changes})
        return digest

    def add_course(self) -> str:
        row = "insert into public.courses (instructor_id, name) values (%s, 'Another') returning id::text"
        return str(self.run(row, self.instructor)[0]["id"])

    def add_institution(self) -> str:
        return str(self.run("insert into public.institutions (name) values ('U') returning id::text")[0]["id"])

    def promote(self, digest: str, **scope: str) -> None:
        request = {"p_digest": digest, "p_actor": "test", "p_reason": "test", "p_force": True}
        request |= {f"p_{name}": value for name, value in scope.items()}
        answer = self.project.rpc("promote_adapter", request)
        assert answer["promoted"], answer

    def taint(self, digest: str) -> None:
        self.run(
            "update llm.adapters set status = 'tainted', taint_reason = 'student_consent_refused' where digest = %s",
            digest,
        )

    def score(self, score_id: str) -> dict[str, Any]:
        return self.run("select * from llm.scores where id = %s", score_id)[0]

    def model_used(self, evaluation: str) -> str | None:
        row = self.run("select model_used from public.evaluations where id = %s", evaluation)[0]
        return row["model_used"]  # type: ignore[no-any-return]

    def _run_on_new_dataset(self) -> str:
        dataset, run = sha256_hex(uuid.uuid4().bytes), str(uuid.uuid4())
        self.run(
            "insert into llm.datasets (digest, manifest_path, examples, subjects, splits, excluded, renderer_version,"
            " anonymizer_version, consent_read_at, status)"
            " values (%s, 'm', 1, 1, '{}', '{}', 'r', 'a', now(), 'superseded')",
            dataset,
        )
        request = {
            "id": run,
            "dataset_digest": dataset,
            "recipe": "r",
            "recipe_sha256": "0",
            "recipe_body": {},
            "worker": "w",
        }
        self.project.rpc("start_run", {"p_run": request})
        return run


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(REPO, tmp_path_factory.mktemp("scorer-stack"), fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        stack.start_supabase()
        yield stack


@pytest.fixture(scope="session")
def campus(stack: Stack) -> Iterator[Campus]:
    ids = [uuid.uuid4() for _ in range(4)]
    campus = Campus(stack, SupabaseProject(stack.supabase_url, stack.secret_key), *ids)
    campus.run("insert into auth.users (id, email) values (%s, 'ada@example.org')", campus.instructor)
    campus.run("insert into public.user_profiles (id, full_name) values (%s, 'Ada Moss')", campus.instructor)
    campus.run(
        "insert into public.courses (id, instructor_id, name) values (%s, %s, 'Rhetoric Studio')",
        campus.course,
        campus.instructor,
    )
    campus.run(
        "insert into public.course_students (id, course_id, first_name, last_name) values (%s, %s, 'Noor', 'Quill')",
        campus.student,
        campus.course,
    )
    campus.run(
        "insert into public.rubrics (id, name, total_points, categories) values (%s, 'Short', 8.5, %s)",
        campus.rubric,
        json.dumps(CATEGORIES),
    )
    yield campus
    campus.project.close()


@pytest.fixture
def settings(campus: Campus, tmp_path: Path) -> ScorerSettings:
    return settings_for(campus, tmp_path / "adapters", "http://127.0.0.1:9")


def settings_for(campus: Campus, cache: Path, engine_url: str) -> ScorerSettings:
    return ScorerSettings(
        supabase_url=campus.stack.supabase_url,
        supabase_secret_key=SecretStr(campus.stack.secret_key),
        engine_url=engine_url,
        base_model=BASE,
        base_revision="1",
        scorer_token=SecretStr(TOKEN),
        adapter_cache=cache,
        sync_interval_s=1,
    )
