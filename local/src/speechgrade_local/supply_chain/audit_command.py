"""``speechgrade-local audit``: known weaknesses of everything that is pinned, each with its fix."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from speechgrade_local.errors import AuditFailed, AuditImpossible
from speechgrade_local.supply_chain import advisories, exceptions
from speechgrade_local.supply_chain.advisories import Weakness
from speechgrade_local.supply_chain.exceptions import Accepted

Question = Callable[[], Iterable[Weakness]]


def audit(repo: Path, npm: Sequence[str], today: date, console: Console, *, options: Sequence[str] = ()) -> None:
    """Print every weakness that nobody accepted.

    Raises `AuditMisconfigured` for an exception that lacks something; `AuditImpossible` if any file could not be asked
    about in full, whatever else was found; else `AuditFailed` for a weakness, or an exception that has expired.
    """
    accepted = exceptions.read(repo / "deploy" / "audit.toml")
    with tempfile.TemporaryDirectory() as folder:
        found, unanswered = _answers(_questions(repo, npm, Path(folder), options))
    open_ones = sorted({each for each in found if not any(entry.covers(each) for entry in accepted)})
    if open_ones:
        console.print(_table(open_ones))
    if unanswered:
        raise AuditImpossible("\n".join(unanswered))
    _judge(open_ones, exceptions.expired(accepted, today))
    console.print(f"No known weakness in what is pinned; {len(accepted)} accepted in deploy/audit.toml.")


def _questions(repo: Path, npm: Sequence[str], folder: Path, options: Sequence[str]) -> list[Question]:
    return [
        lambda: advisories.of_pins(repo / "constraints.txt", options),
        lambda: advisories.of_pins(repo / "local" / "engine-constraints.txt", options),
        lambda: advisories.of_npm_lock(repo / "local" / "package-lock.json", npm, "local/package-lock.json"),
        lambda: _of_function(repo / "supabase/functions/score/deno.lock", npm, folder),
    ]


def _of_function(lock: Path, npm: Sequence[str], folder: Path) -> Iterator[Weakness]:
    for part in advisories.npm_locks_of_deno(lock, folder):
        yield from advisories.of_npm_lock(part, npm, "functions/score/deno.lock")


def _answers(questions: Iterable[Question]) -> tuple[list[Weakness], list[str]]:
    found: list[Weakness] = []
    unanswered = []
    for ask in questions:
        try:
            found += ask()
        except AuditImpossible as error:
            unanswered.append(str(error))
    return found, unanswered


def _judge(found: Sequence[Weakness], expired: Sequence[Accepted]) -> None:
    problems = [f"{each.package}: the exception for {each.weakness} ended on {each.until}" for each in expired]
    if found:
        problems.append(f"{len(found)} known weaknesses: raise the pins (make constraints), or accept them")
    if problems:
        raise AuditFailed(". ".join(problems) + ".")


def _table(found: Iterable[Weakness]) -> Table:
    table = Table("package", "version", "weakness", "fix", "pinned in", box=None, pad_edge=False)
    for each in found:
        table.add_row(each.package, each.version, " ".join(each.names), each.fix, each.where)
    return table
