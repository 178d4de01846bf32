"""What an examination finds: how bad it is, a stable code, and exactly what to do about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import typer
from rich.console import Console
from rich.markup import escape

from speechgrade_shared.command_line import Exit, console, print_json


class Level(StrEnum):
    """How bad it is. ``warn`` keeps working and should be looked at; ``wrong`` does not work, or is not safe."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``fix`` is a command, SQL or a step, and empty where all is well."""

    level: Level
    name: str
    code: str
    detail: str
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        return {
            "level": self.level.value,
            "name": self.name,
            "code": self.code,
            "detail": self.detail,
            "fix": self.fix,
        }


def fine(name: str, detail: str) -> Finding:
    """A finding that all is well."""
    return Finding(Level.OK, name, "ok", detail)


_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.WRONG: "bold red"}


def show_findings(findings: Iterable[Finding], to: Console) -> None:
    """Print each finding as it comes, its fix on lines of its own that can be copied whole."""
    for finding in findings:
        style = _STYLES[finding.level]
        code = "" if finding.level is Level.OK else f" [dim]({escape(finding.code)})[/]"
        mark = f"[{style}]{finding.level.value:5}[/] [bold]{escape(finding.name):19}[/]"
        to.print(f"{mark} {escape(finding.detail)}{code}", soft_wrap=True)
        for line in finding.fix.splitlines():
            to.print(f"      {escape(line)}", soft_wrap=True, style="cyan")


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level of all."""
    return max((finding.level for finding in findings), key=list(Level).index, default=Level.OK)


def report(findings: Iterable[Finding], *, as_json: bool) -> None:
    """Print what is found, and exit with 1 if something of it is wrong."""
    found: list[Finding] = []

    def noted() -> Iterator[Finding]:
        for finding in findings:
            found.append(finding)
            yield finding

    if as_json:
        print_json([finding.as_dict() for finding in noted()])
    else:
        show_findings(noted(), console)
    if worst(found) is Level.WRONG:
        raise typer.Exit(Exit.FAILED)
