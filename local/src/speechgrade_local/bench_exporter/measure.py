"""The whole bench: a fresh stack for each size of school, the same steps on each, one table of what they took."""

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import Progress

from speechgrade_local.bench_exporter.anonymizing import AnonymizerSpeed, anonymizer_speed
from speechgrade_local.bench_exporter.changes import ServedChange, changed_while_serving, changed_with_once
from speechgrade_local.bench_exporter.exporter_run import EXPORTER, Run, run_exporter, start_seconds
from speechgrade_local.bench_exporter.observer import Observer
from speechgrade_local.bench_exporter.school import Gradebook
from speechgrade_local.bench_exporter.seeding import Seeding, seed_school
from speechgrade_local.bench_exporter.withdrawal import Withdrawal, withdraw
from speechgrade_local.environment import free_port
from speechgrade_local.stack import Stack

_SEED = 7
_BUCKET = "llm-datasets"


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes in evaluations, ascending; changes per size and way; settings of the exporter other than its defaults."""

    sizes: tuple[int, ...]
    changes: int = 7
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backfill:
    """A filled queue to a published dataset. ``start_seconds`` of ``seconds`` are the start of the process."""

    evaluations: int
    examples: int
    seconds: float
    start_seconds: float
    settle_seconds: float
    publish_seconds: float
    peak_bytes: int

    @property
    def rows_per_second(self) -> float:
        """Evaluations per second of work."""
        return self.evaluations / (self.seconds - self.start_seconds)


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """What was measured with so many evaluations present."""

    seeding: Seeding
    backfill: Backfill
    once_seconds: tuple[float, ...]
    served: tuple[ServedChange, ...]
    withdrawal: Withdrawal


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything, by ascending size."""

    schools: tuple[SchoolFigures, ...]
    anonymizer: AnonymizerSpeed


def measure(repo: Path, state: Path, plan: Plan, console: Console) -> Figures:
    """Measure each size on a stack of its own; progress goes to the console.

    Raises:
        StackError: a part of the stack failed, or the exporter did.
    """
    schools = tuple(_measured_school(repo, state, rows, plan, console) for rows in plan.sizes)
    console.print("Anonymizer …")
    return Figures(schools, anonymizer_speed(Gradebook(plan.sizes[-1], _SEED)))


def _measured_school(repo: Path, state: Path, rows: int, plan: Plan, console: Console) -> SchoolFigures:
    console.print(f"{rows:,} evaluations: a fresh stack …")
    with Stack(repo, state, fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        stack.start_supabase()
        env = {**stack.service_environment, "SPEECHGRADE_LOG_LEVEL": "warning", **plan.settings}
        env["SPEECHGRADE_SUBJECT_KEY"] = hashlib.sha256(b"bench").hexdigest()
        seeding = _seeded(stack.database_url, rows, console)
        with closing(Observer(stack.database_url, stack.state.data / "storage" / _BUCKET)) as observer:
            return _Trial(stack, observer, env, console).run(seeding, plan.changes)


def _seeded(database_url: str, rows: int, console: Console) -> Seeding:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Seeding", total=rows)
        return seed_school(database_url, Gradebook(rows, _SEED), rows, lambda count: progress.advance(task, count))


@dataclass(frozen=True, slots=True)
class _Trial:
    """A school that is seeded, and an exporter that has seen nothing of it yet."""

    stack: Stack
    observer: Observer
    env: Mapping[str, str]
    console: Console

    def run(self, seeding: Seeding, changes: int) -> SchoolFigures:
        rng, observer = Random(_SEED), self.observer
        start_s = start_seconds(self.env)
        self._say(f"seeded in {seeding.write_seconds:.1f} s; backfill …")
        backfill = _backfill(observer, run_exporter(("once", "--json"), self.env), seeding.evaluations, start_s)
        self._say(f"{backfill.rows_per_second:,.0f} evaluations/s; {changes} changes, each with a run of once …")
        once = tuple(changed_with_once(observer, self.env, rng) for _ in range(changes))
        self._say(f"{changes} changes under a running exporter …")
        metrics_url = self._serve()
        served = tuple(changed_while_serving(observer, metrics_url, rng) for _ in range(changes))
        self._say("a withdrawal …")
        return SchoolFigures(seeding, backfill, once, served, withdraw(observer, rng))

    def _serve(self) -> str:
        """Start a running exporter; where its metrics are, once it has looked around."""
        port = free_port()
        address = f"http://localhost:{port}"
        env = {**self.env, "SPEECHGRADE_HEALTH_PORT": str(port)}
        self.stack.start_service("exporter", (EXPORTER, "serve"), env, f"{address}/readyz")
        return f"{address}/metrics"

    def _say(self, what: str) -> None:
        self.console.print(f"  {what}")


def _backfill(observer: Observer, run: Run, evaluations: int, start_s: float) -> Backfill:
    settled = float(observer.value("select extract(epoch from max(settled_at)) from llm.training_data"))
    published = float(
        observer.value("select extract(epoch from published_at) from llm.datasets where status = 'current'")
    )
    return Backfill(
        evaluations=evaluations,
        examples=int(run.answer["publication"]["examples"]),
        seconds=run.seconds,
        start_seconds=start_s,
        settle_seconds=settled - run.began - start_s,
        publish_seconds=published - settled,
        peak_bytes=run.peak_bytes,
    )
