"""Thousands of changes while exporters are killed again and again: nothing is lost, and nothing is done twice."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from speechgrade_local.stack import Stack
from speechgrade_shared.failpoints import Failpoint
from speechgrade_shared.project import SupabaseProject

from .app import App, Connection
from .checks import BUCKET, Checks
from .oracle import Oracle
from .term import Term
from .workers import Workers
from .world import clear

pytestmark = pytest.mark.stack
CHANGES = int(os.environ.get("SPEECHGRADE_CHAOS_CHANGES", "150"))
KILLS = int(os.environ.get("SPEECHGRADE_CHAOS_KILLS", "6"))
BURST = 15
KEY = "a key of the tests with more than 32 bytes"
LIMIT_S = 120
ENVIRONMENT = {
    "SPEECHGRADE_SUBJECT_KEY": KEY,
    "SPEECHGRADE_HEALTH_PORT": "0",
    "SPEECHGRADE_LEASE_SECONDS": "5",
    "SPEECHGRADE_BATCH_SIZE": "20",
    "SPEECHGRADE_POLL_SECONDS": "0.05",
    "SPEECHGRADE_DEBOUNCE_SECONDS": "0.05",
    "SPEECHGRADE_SWEEP_SECONDS": "2",
    "SPEECHGRADE_ORPHAN_GRACE_SECONDS": "0",
}


class StoredObjects:
    """The bucket as Storage gives it out."""

    def __init__(self, project: SupabaseProject, db: Connection) -> None:
        self._project = project
        self._db = db

    def paths(self) -> set[str]:
        rows = self._db.execute("select name from storage.objects where bucket_id = %s", [BUCKET]).fetchall()
        return {row["name"] for row in rows}

    def read(self, path: str) -> bytes:
        return self._project.download(BUCKET, path)


@dataclass
class Chaos:
    """Changes and kills until there are enough of both, and somebody has died at every place."""

    db: Connection
    term: Term
    workers: Workers
    checks: Checks
    rng: Random

    def run(self, changes: int, kills: int) -> None:
        self.term.begin()
        # Whoever is armed to the end may die while it is told to stop.
        while self.term.made < changes or self.workers.killed.total() < kills or self.workers.places_left:
            for _ in range(BURST if self.term.made < changes else 1):
                self.term.change()
            self._wait(self.rng.randrange(3 * BURST))
            self.checks.remember()
            self.checks.after_commit()
            if self.workers.killed.total() < kills * min(1, self.term.made / changes):
                self.workers.kill(self.rng.randrange(2))
        self._wait(1)
        self.workers.stop()

    def _wait(self, fewer_than: int) -> None:
        """Wait until the exporters have caught up; whoever dies meanwhile is replaced."""
        deadline = time.monotonic() + LIMIT_S
        while self.workers.replace_the_dead() or work_left(self.db) >= max(1, fewer_than):
            assert time.monotonic() < deadline, "the exporters do not come to an end"
            time.sleep(0.02)


def work_left(db: Connection) -> int:
    """How many changes are in the queue, and how many settled ones the dataset does not have."""
    row = db.execute(
        "with rows as (select evaluation_id, content_sha256 from llm.training_data where status = 'included'),"
        " members as (select m.evaluation_id, m.content_sha256 from llm.dataset_members m"
        " join llm.datasets d on d.id = m.dataset_id where d.status = 'current')"
        " select (select count(*) from llm.change_queue where dead_at is null)"
        " + (select count(*) from (table rows except table members) as missing)"
        " + (select count(*) from (table members except table rows) as superfluous) as n"
    ).fetchone()
    assert row is not None
    return int(row["n"])


def command(environment: dict[str, str], name: str) -> None:
    """Run a command of the exporter to its end; it may have nothing to do."""
    done = subprocess.run(
        [sys.executable, "-m", "speechgrade_exporter", name, "--json"],
        env=dict(os.environ) | environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr


def test_killed_exporters_lose_nothing_and_do_nothing_twice(stack: Stack, tmp_path: Path, record_property: Any) -> None:
    environment, rng = stack.service_environment | ENVIRONMENT, Random(11)
    project = SupabaseProject(stack.supabase_url, stack.secret_key)
    with psycopg.connect(stack.superuser_url, autocommit=True, row_factory=dict_row) as db:
        clear(db)
        objects = StoredObjects(project, db)
        project.remove(BUCKET, sorted(objects.paths()))
        oracle = Oracle()
        checks = Checks(db, objects, oracle, KEY.encode())
        term = Term(App(db, oracle), rng)
        with (tmp_path / "workers.log").open("w") as log, Workers(environment, log, Failpoint) as workers:
            Chaos(db, term, workers, checks, rng).run(CHANGES, KILLS)
        command(environment, "once")
        checks.after_export()
        for _ in range(2):
            command(environment, "sweep")
        checks.after_sweep()
        published = db.execute("select subject from llm.audit_log where action = 'publish' order by id").fetchall()
    project.close()
    assert all(one != next_ for one, next_ in pairwise(published)), "a dataset was published twice in succession"
    made = {"changes": term.made, "published": len(published), "kills": workers.killed.total(), **workers.killed}
    record_property("made", made)
    print(f"\n{json.dumps(made)}")  # noqa: T201
