"""A real project, datasets published into it, and a trainer on the micro base."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from speechgrade_local.stack import Stack
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import DatasetManifest, Shard, SplitManifest
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.subject import Split
from speechgrade_trainer.settings import TrainerSettings

from tests.unit.trainer.material import RECIPE, lines, micro_base

REPO = Path(__file__).resolve().parents[3]
_STARTS = {Split.TRAIN: 0, Split.VALIDATION: 1000, Split.TEST: 2000}


@dataclass
class School:
    """The project as its operator sees it, and the folder of a trainer."""

    stack: Stack
    folder: Path
    project: SupabaseProject

    @property
    def environment(self) -> dict[str, str]:
        return self.stack.service_environment | {
            "SPEECHGRADE_WORK_DIR": str(self.folder / "work"),
            "SPEECHGRADE_MODEL_DIR": str(self.folder / "models"),
            "SPEECHGRADE_WORKER": "tester",
        }

    @property
    def recipe(self) -> Path:
        return self.folder / "micro.yaml"

    def settings(self, **changes: Any) -> TrainerSettings:
        return TrainerSettings(
            supabase_url=self.stack.supabase_url,
            supabase_secret_key=self.stack.secret_key,
            work_dir=self.folder / "work",
            model_dir=self.folder / "models",
            worker="tester",
            **changes,
        )

    def sql(self, text: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.stack.superuser_url, row_factory=dict_row) as db:
            found = db.execute(text, values)
            return found.fetchall() if found.description else []

    def publish(self, offset: int = 0, **counts: int) -> str:
        """Publish speeches as the exporter would, and return the dataset's digest."""
        splits = {split: self._shard(offset + _STARTS[split], counts.get(split.value, 4)) for split in Split}
        manifest = DatasetManifest(
            renderer_version=RENDERER_VERSION,
            anonymizer_version="a",
            consent_types=("llm_training",),
            splits=splits,
            excluded={},
        )
        digest, path = manifest.digest(), f"manifests/{manifest.digest()}.json"
        self.project.upload("llm-datasets", path, manifest.to_bytes(), "application/json")
        self.sql("update llm.datasets set status = 'superseded' where status = 'current'")
        self.sql(
            "insert into llm.datasets (digest, manifest_path, examples, subjects, splits, excluded, renderer_version,"
            " anonymizer_version, consent_read_at) values (%s, %s, 1, 1, '{}', '{}', %s, 'a', now())",
            digest,
            path,
            RENDERER_VERSION,
        )
        return digest

    def withdraw(self, digest: str) -> None:
        """A member of the dataset that may not teach: no such evaluation has consent."""
        path = f"shards/train/{uuid.uuid4().hex}.jsonl"
        self.sql(
            "insert into llm.shards (path, split, sha256, bytes, examples, subjects) values (%s, 'train', %s, 1, 1, 1)",
            path,
            "0" * 64,
        )
        self.sql(
            "insert into llm.shard_members (shard_path, evaluation_id, example_id, subject_hash, content_sha256)"
            " values (%s, %s, 'e', 's', 'c')",
            path,
            uuid.uuid4(),
        )
        self.sql(
            "insert into llm.dataset_shards (dataset_id, shard_path) select id, %s from llm.datasets where digest = %s",
            path,
            digest,
        )

    def forget_runs(self) -> None:
        """As if nobody had trained: other modules look at the same registry."""
        self.sql(
            "truncate llm.training_runs, llm.training_events, llm.adapters, llm.aliases, llm.alias_history cascade"
        )

    def last_run(self) -> dict[str, Any]:
        return self.sql("select * from llm.training_runs order by created_at desc limit 1")[0]

    def command(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """The real command line in a process of its own."""
        environment = {"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            [sys.executable, "-m", "speechgrade_trainer", *words],
            env=environment | self.environment | settings,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def result(self, *words: str, **settings: str) -> dict[str, Any]:
        done = self.command(*words, "--json", **settings)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def _shard(self, first: int, count: int) -> SplitManifest:
        content = lines(first, count)
        shard = Shard(
            path=f"shards/{sha256_hex(content)}.jsonl", sha256=sha256_hex(content), bytes=len(content), examples=count
        )
        self.project.upload("llm-datasets", shard.path, content, "application/x-ndjson")
        return SplitManifest(examples=count, subjects=count, shards=(shard,))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("trainer")
    micro_base(folder / "models")
    (folder / "micro.yaml").write_text(RECIPE)
    with Stack(REPO, tmp_path_factory.mktemp("stack"), fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        stack.start_supabase()
        with closing(SupabaseProject(stack.supabase_url, stack.secret_key)) as project:
            yield School(stack, folder, project)
