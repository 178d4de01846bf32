"""A real PostgreSQL and Supabase API, a school in it, and an exporter on it."""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from speechgrade_exporter.bucket import DatasetBucket
from speechgrade_exporter.exporter import Exporter, RunReport
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_local.department import RUBRICS, TOPICS, Speaker, compose_speech, grade
from speechgrade_local.stack import Stack
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import DatasetManifest
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.sections import to_app_shape
from speechgrade_shared.subject import Split

REPO = Path(__file__).resolve().parents[3]
BUCKET = "llm-datasets"
WORDS_PER_MINUTE = 130
FIRST_NAMES = ("Noor", "Mateo", "Aisha", "Liam", "Priya", "Omar", "Diego", "Amara", "Yuki", "Tariq", "Leila", "Sana")
LAST_NAMES = (
    "Haddad",
    "Alvarez",
    "Bello",
    "Novak",
    "Raman",
    "Farouk",
    "Castillo",
    "Okafor",
    "Tanaka",
    "Aziz",
    "Karimi",
)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(REPO, tmp_path_factory.mktemp("exporter"), fresh=True) as running:
        running.start_postgres()
        running.apply_migrations()
        running.start_supabase()
        yield running


@pytest.fixture(scope="session")
def environment(stack: Stack) -> dict[str, str]:
    """What the exporter's process needs."""
    return stack.service_environment | {
        "SPEECHGRADE_SUBJECT_KEY": "a key of the tests with more than 32 bytes",
        "SPEECHGRADE_HEALTH_PORT": "0",
        "SPEECHGRADE_POLL_SECONDS": "0.2",
        "SPEECHGRADE_DEBOUNCE_SECONDS": "0.2",
    }


@dataclass
class School:
    """People and gradings, and the means to change them; every write is committed at once."""

    db: psycopg.Connection[dict[str, Any]]
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    instructor: uuid.UUID = field(default_factory=uuid.uuid4)
    course: uuid.UUID = field(default_factory=uuid.uuid4)
    rubrics: list[uuid.UUID] = field(default_factory=list)

    def build(self) -> None:
        run = self.db.execute
        run("insert into auth.users (id, email) values (%s, %s)", (self.instructor, f"{self.instructor}@example.org"))
        run(
            "insert into public.user_profiles (id, email, full_name, llm_training_consent_given)"
            " values (%s, 'okonkwo@school.example', 'Dr. Miriam Okonkwo', true)",
            (self.instructor,),
        )
        run(
            "insert into public.courses (id, instructor_id, name, code) values (%s, %s, 'Rhetoric Studio', '001')",
            (self.course, self.instructor),
        )
        for rubric in RUBRICS:
            self.rubrics.append(uuid.uuid4())
            stored = {k: Jsonb(v) if isinstance(v, list | dict) else v for k, v in rubric.items()}
            run(
                "insert into public.rubrics (id, name, description, speech_type, total_points, grade_scale, categories) values"
                " (%(id)s, %(name)s, %(description)s, %(speech_type)s, %(total_points)s, %(grade_scale)s, %(categories)s)",
                stored | {"id": self.rubrics[-1]},
            )

    def enrol(self, number: int, *, consents: bool | None = True) -> uuid.UUID:
        student = uuid.uuid4()
        first, last = FIRST_NAMES[number % 12], LAST_NAMES[number % 11]
        self.db.execute(
            "insert into public.course_students (id, course_id, first_name, last_name, email) values (%s, %s, %s, %s, %s)",
            (student, self.course, first, last, f"{first}.{last}{number}@student.example".lower()),
        )
        if consents is not None:
            self.decide(student, given=consents)
        return student

    def decide(self, student: uuid.UUID, *, given: bool) -> None:
        self.db.execute(
            "insert into public.consent_forms (course_id, student_id, consent_type, consent_given, created_at)"
            " values (%s, %s, 'llm_training', %s, clock_timestamp())",
            (self.course, student, given),
        )

    def speak(self, student: uuid.UUID, number: int = 0) -> uuid.UUID:
        """A graded speech in the app's shape, as its instructor saved it."""
        person = self.db.execute("select * from public.course_students where id = %s", (student,)).fetchone()
        assert person is not None
        names = {"first_name": person["first_name"], "last_name": person["last_name"], "email": person["email"]}
        rest = {"phone": "555-010-7788", "classmate": "Mateo", "instructor": "Dr. Okonkwo"}
        speaker = Speaker(**names, **rest, course="Rhetoric Studio", institution="Northfield College")
        speech = compose_speech(self.rng, TOPICS[number % len(TOPICS)], speaker)
        rubric = parse_rubric(RUBRICS[number % len(RUBRICS)])
        scored = grade(speech, rubric, speaker, self.rng)
        seconds = round(60 * len(speech.transcript.split()) / WORDS_PER_MINUTE)
        data = to_app_shape(scored, rubric) | {
            "studentName": f"{speaker.first_name} {speaker.last_name}",
            "speechTime": f"{seconds // 60}:{seconds % 60:02d}",
            "rubricUsed": rubric.name,
            "edited": False,
            "corrections": [],
            "rubric_structure": {
                "categories": RUBRICS[number % len(RUBRICS)]["categories"],
                "totalPoints": rubric.max_points,
            },
        }
        return self.evaluate(student, speech.transcript, data, self.rubrics[number % len(RUBRICS)])

    def evaluate(self, student: uuid.UUID, transcript: str, data: object, rubric: uuid.UUID | None) -> uuid.UUID:
        evaluation = uuid.uuid4()
        self.db.execute(
            "insert into public.evaluations (id, instructor_id, student_id, course_id, rubric_id, transcript, ai_provider, evaluation_data)"
            " values (%s, %s, %s, %s, %s, %s, 'manual', %s)",
            (evaluation, self.instructor, student, self.course, rubric, transcript, Jsonb(data)),
        )
        return evaluation

    def one(self, sql: str, *values: object) -> Any:
        row = self.db.execute(sql, values).fetchone()
        return None if row is None else next(iter(row.values()))

    def settled(self, evaluation: uuid.UUID) -> tuple[str, str | None]:
        row = self.db.execute("select * from llm.training_data where evaluation_id = %s", (evaluation,)).fetchone()
        assert row is not None
        return row["status"], row["exclusion_reason"]

    def dataset(self) -> dict[str, Any]:
        row = self.db.execute("select * from llm.datasets where status = 'current'").fetchone()
        assert row is not None
        return row


@pytest.fixture
def school(stack: Stack) -> Iterator[School]:
    """A school of its own for each test; what earlier tests left is gone from tables and bucket."""
    with psycopg.connect(stack.superuser_url, autocommit=True, row_factory=dict_row) as db:
        db.execute(
            "truncate public.evaluations, public.consent_forms, public.course_students, public.courses, public.rubrics,"
            " public.user_profiles, llm.change_queue, llm.training_data, llm.split_assignments, llm.datasets,"
            " llm.shards, llm.shard_slots, llm.shard_notes, llm.subject_keys, llm.tombstones, llm.leases,"
            " llm.erasures, llm.training_runs, llm.adapters, llm.scores, llm.heartbeats cascade"
        )
        found = School(db)
        found.build()
        yield found


@dataclass
class Export:
    """An exporter, and an independent look at what it left in the bucket."""

    exporter: Exporter
    school: School

    def once(self) -> RunReport:
        return self.exporter.run_once()

    def download(self, path: str) -> bytes:
        return self.exporter.project.download(BUCKET, path)

    def objects(self) -> set[str]:
        names = self.exporter.project.object_names
        return {f"shards/{split}/{name}" for split in Split for name in names(BUCKET, f"shards/{split}")}

    def everything(self) -> set[str]:
        return set(DatasetBucket(self.exporter.project, BUCKET).listing())

    def manifest(self) -> DatasetManifest:
        row = self.school.dataset()
        data = self.download(row["manifest_path"])
        assert sha256_hex(data) == row["digest"]
        return DatasetManifest.from_bytes(data)

    def lines(self) -> list[dict[str, Any]]:
        found = []
        for shard in self.manifest().shards():
            content = self.download(shard.path)
            assert sha256_hex(content) == shard.sha256
            found += [json.loads(line) for line in content.splitlines()]
        return found

    def assert_bucket_is_manifest_is_database(self) -> None:
        db, dataset = self.school.db, self.school.dataset()
        manifest = self.manifest()
        assert {shard.path for shard in manifest.shards()} <= self.objects()
        members = db.execute(
            "select m.*, t.example_id, t.status, llm_private.may_teach(m.evaluation_id) as may_teach, t.content_sha256 as now"
            " from llm.dataset_members m left join llm.training_data t using (evaluation_id) where m.dataset_id = %s",
            (dataset["id"],),
        ).fetchall()
        assert all(m["may_teach"] and m["status"] == "included" and m["now"] == m["content_sha256"] for m in members)
        assert {m["shard_path"] for m in members} == {shard.path for shard in manifest.shards()}
        lines = self.lines()
        assert sorted(m["example_id"] for m in members) == sorted(line["example"] for line in lines)
        assert dataset["examples"] == len(lines) == sum(part.examples for part in manifest.splits.values())
        assert self.school.one("select count(*) from llm.training_data where status = 'included'") == len(lines)
        splits = {
            (line["subject"], m["split"]) for line in lines for m in members if m["example_id"] == line["example"]
        }
        assert len(splits) == len({subject for subject, _ in splits})


@pytest.fixture
def export(school: School, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Export]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = Export(Exporter.from_settings(ExporterSettings()), school)
    project = made.exporter.project
    project.remove(BUCKET, sorted(DatasetBucket(project, BUCKET).listing()))
    yield made
    project.close()
