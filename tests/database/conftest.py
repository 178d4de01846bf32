"""A real PostgreSQL with our migrations; each test works in a transaction of its own that is rolled back."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from speechgrade_local.stack import Stack

REPO = Path(__file__).resolve().parents[2]
Connection = psycopg.Connection[dict[str, Any]]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(REPO, tmp_path_factory.mktemp("database"), fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        yield stack


@pytest.fixture
def db(database: Stack) -> Iterator[Connection]:
    """A connection as role ``postgres``, in a transaction that is rolled back after the test."""
    with psycopg.connect(database.database_url, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


@dataclass
class School:
    """One course with one instructor and one consenting student, and the means to vary it."""

    db: Connection
    instructor: uuid.UUID = field(default_factory=uuid.uuid4)
    course: uuid.UUID = field(default_factory=uuid.uuid4)
    student: uuid.UUID = field(default_factory=uuid.uuid4)
    rubric: uuid.UUID = field(default_factory=uuid.uuid4)
    evaluation: uuid.UUID = field(default_factory=uuid.uuid4)

    def build(self) -> None:
        run = self.db.execute
        run("insert into auth.users (id, email) values (%s, %s)", (self.instructor, f"{self.instructor}@example.org"))
        run(
            "insert into public.user_profiles (id, full_name, llm_training_consent_given) values (%s, 'Ada Moss', true)",
            (self.instructor,),
        )
        run(
            "insert into public.courses (id, instructor_id, name) values (%s, %s, 'Speech')",
            (self.course, self.instructor),
        )
        run(
            "insert into public.course_students (id, course_id, first_name, email) values (%s, %s, 'Noor', 'noor@example.org')",
            (self.student, self.course),
        )
        run("insert into public.rubrics (id, name, categories) values (%s, 'R', '[]')", (self.rubric,))
        run(
            "insert into public.evaluations (id, instructor_id, student_id, course_id, rubric_id, transcript, evaluation_data)"
            " values (%s, %s, %s, %s, %s, 'hello', '{}')",
            (self.evaluation, self.instructor, self.student, self.course, self.rubric),
        )
        self.decide(given=True)

    def decide(self, *, given: bool | None, kind: str = "llm_training", at: str = "2026-01-01") -> None:
        self.db.execute(
            "insert into public.consent_forms (course_id, student_id, consent_type, consent_given, created_at)"
            " values (%s, %s, %s, %s, %s)",
            (self.course, self.student, kind, given, at),
        )

    def may_teach(self) -> bool:
        return bool(self.one("select llm_private.may_teach(%s) as value", self.evaluation))

    def one(self, sql: str, *values: object) -> Any:
        row = self.db.execute(sql, values).fetchone()
        return None if row is None else next(iter(row.values()))

    def queue(self) -> dict[str, Any] | None:
        return self.db.execute("select * from llm.change_queue where evaluation_id = %s", (self.evaluation,)).fetchone()

    def clear_queue(self) -> None:
        self.db.execute("delete from llm.change_queue")

    def claim(self, worker: str = "w1", lease_seconds: int = 60) -> list[dict[str, Any]]:
        return self.db.execute("select * from llm.claim_changes(%s, 10, %s)", (worker, lease_seconds)).fetchall()

    def included(self, generation: int, **changes: object) -> dict[str, Any]:
        example = {
            "evaluation_id": str(self.evaluation),
            "generation": generation,
            "status": "included",
            "subject_hash": "a" * 32,
            "example_id": "b" * 32,
            "split": "train",
            "anonymized_transcript": "hello",
            "rubric": {},
            "sections": {},
            "provenance": "human_authored",
            "content_sha256": "c" * 64,
            "anonymizer_version": "a",
            "renderer_version": "r",
        }
        return example | changes

    def settle(self, item: dict[str, Any], worker: str = "w1") -> dict[str, int]:
        return dict(self.one("select llm.settle_changes(%s, %s)", worker, Jsonb([item])))

    def settle_included(self) -> None:
        self.claim()
        queued = self.queue()
        assert queued is not None
        assert self.settle(self.included(queued["generation"])) == {"included": 1}

    def plan(self, most: int = 64) -> dict[str, Any]:
        assert self.one("select llm.acquire_lease('publisher', 'w1', 60)")
        return dict(self.one("select llm.plan_dataset('w1', %s)", most))

    def record(self, part: dict[str, Any], **changes: object) -> dict[str, Any]:
        """Record the shard of a range as its rows are, or as ``changes`` say."""
        rows = self.db.execute(
            "select r ->> 'evaluation_id' as evaluation_id, r ->> 'example_id' as example_id,"
            " r ->> 'subject_hash' as subject_hash, r ->> 'content_sha256' as content_sha256"
            " from llm.read_range(%s, %s, %s) as r",
            (part["split"], part["from"], part["below"]),
        ).fetchall()
        sha = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
        shard = {
            "split": part["split"],
            "depth": part["depth"],
            "prefix": part["prefix"],
            "path": f"shards/{part['split']}/{sha}.jsonl",
            "sha256": sha,
            "bytes": 1,
            "examples": len(rows),
            "subjects": len({row["subject_hash"] for row in rows}),
            "statistics": {},
            "members": rows,
        }
        return dict(self.one("select llm.record_shards('w1', %s)", Jsonb([shard | changes])))

    def publish(self, digest: str = "d" * 64) -> dict[str, Any]:
        for part in self.plan()["unmade"]:
            self.record(part)
        shards = [shard["path"] for shard in self.plan()["shards"]]
        body = {
            "digest": digest,
            "manifest_path": "m",
            "documents": [],
            "shards": shards,
            "examples": 1,
            "subjects": 1,
            "splits": {},
            "excluded": {},
            "renderer_version": "r",
            "anonymizer_version": "a",
        }
        return dict(self.one("select llm.publish_dataset('w1', %s)", Jsonb(body)))

    def gate(self, champion: str | None = None, dataset: str = "d" * 64, **outcomes: bool) -> dict[str, Any]:
        """What an evaluation found: everything passed, but for ``outcomes``."""
        passed = {"valid_answers": True, "better_than_mean": True, "better_than_champion": True} | outcomes
        checks = [{"name": name, "passed": outcome} for name, outcome in passed.items()]
        return {"passed": all(passed.values()), "checks": checks, "champion": champion, "dataset": dataset}

    def register(self, digest: str = "e" * 64, dataset: str = "d" * 64, **changes: object) -> str:
        """Register an adapter; unless ``changes`` say otherwise, it passed the gate when nobody was champion."""
        run = {
            "id": str(uuid.uuid4()),
            "dataset_digest": dataset,
            "recipe": "t",
            "recipe_sha256": "f",
            "recipe_body": {},
        }
        run_id = self.one("select llm.start_run(%s)", Jsonb(run | {"worker": "t"}))
        adapter = {
            "digest": digest,
            "name": f"sg-{digest[:20]}",
            "run_id": str(run_id),
            "base_model": "b",
            "base_revision": "1",
            "renderer_version": "r",
            "lora_rank": 8,
            "object_prefix": digest,
            "files": {},
            "metrics": {},
            "gate": self.gate(dataset=dataset),
        }
        return str(self.one("select llm.register_adapter(%s)", Jsonb(adapter | changes))["status"])

    def promote(self, digest: str = "e" * 64, **options: object) -> dict[str, Any]:
        named = "".join(f", p_{name} => %s" for name in options)
        sql = f"select llm.promote_adapter(%s, 'operator', 'test'{named})"
        return dict(self.one(sql, digest, *options.values()))

    def rollback(self, **options: object) -> dict[str, Any]:
        named = "".join(f", p_{name} => %s" for name in options)
        return dict(self.one(f"select llm.rollback_alias('operator', 'worse'{named})", *options.values()))

    def adapter_status(self, digest: str = "e" * 64) -> str:
        return str(self.one("select status from llm.adapters where digest = %s", digest))


@pytest.fixture
def school(db: Connection) -> School:
    school = School(db)
    school.build()
    return school


def as_role(db: Connection, role: str, user: uuid.UUID | None = None) -> None:
    """Become an API role inside the transaction, with the claims that PostgREST would set."""
    claims = json.dumps({"role": role, "sub": str(user)} if user else {"role": role})
    db.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    db.execute(f"set local role {role}")
