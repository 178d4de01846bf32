"""`make bench`: what the exporter takes on this machine, measured in one run on the embedded stack."""

from __future__ import annotations

import hashlib
import statistics
import time
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table
from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.roster import Person, Roster

from speechgrade_local.demo.seeding import read_enrolments, write_gradebook
from speechgrade_local.demo.services import run_service_command
from speechgrade_local.stack import Stack

_SEED = 7
_CHANGES = 5
_ROUNDS = 200


def measure(repo: Path, state: Path, console: Console) -> None:
    """Print a table of what was measured; nothing in it is compared with a clock's idea of good."""
    with Stack(repo, state, fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        stack.apply_seed()
        stack.start_supabase()
        enrolments = read_enrolments(stack.database_url)
        written = write_gradebook(stack.database_url, enrolments, _SEED)
        key = hashlib.sha256(b"bench").hexdigest()
        environment = {**stack.service_environment, "SPEECHGRADE_SUBJECT_KEY": key, "SPEECHGRADE_LOG_LEVEL": "warning"}
        everything = _timed_export(environment)
        changes = [_one_change(stack.database_url, environment) for _ in range(_CHANGES)]
        words = _words_per_second(stack.database_url)
    table = Table(title="Exporter on this machine", title_justify="left")
    for column in ("measured", "value"):
        table.add_column(column)
    table.add_row(f"export of {written} evaluations, process start included", f"{everything:.2f} s")
    table.add_row(
        f"one changed speech to a published dataset, process start included, median of {_CHANGES}",
        f"{statistics.median(changes):.2f} s",
    )
    table.add_row("anonymizer, roster of 30", f"{words:,.0f} words/s")
    console.print(table)


def _timed_export(environment: dict[str, str]) -> float:
    began = time.perf_counter()
    run_service_command("speechgrade-exporter", ["once"], environment)
    return time.perf_counter() - began


def _one_change(database_url: str, environment: dict[str, str]) -> float:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update public.evaluations set transcript = transcript || ' Thank you.' where id ="
            " (select evaluation_id from llm.training_data where status = 'included' order by random() limit 1)"
        )
    return _timed_export(environment)


def _words_per_second(database_url: str) -> float:
    with psycopg.connect(database_url) as connection:
        people = connection.execute(
            "select first_name, last_name, email, student_id from public.course_students order by id limit 30"
        ).fetchall()
        texts = [
            row[0] for row in connection.execute("select transcript from public.evaluations where transcript <> ''")
        ]
    anonymizer = Anonymizer(
        Roster(tuple(Person("peer", *person) for person in people), ("SPCH-110-A",), ("Northfield",))
    )
    chosen = texts[:_ROUNDS]
    began = time.perf_counter()
    for text in chosen:
        anonymizer.redact(text)
    return sum(len(text.split()) for text in chosen) / (time.perf_counter() - began)
