"""What the documents for operators name, and whether it is there. A rule yields a sentence for each name of nothing."""

import functools
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DOCUMENTS = ("SECURITY.md", "docs/privacy.md", "docs/subject-key.md", "docs/supply-chain.md", "k8s/README.md")
_SOURCES = ("*.py", "*.sql", "*.ts", "*.yaml", "*.toml", "Makefile", ".env.example")
# Parts of a path may be left out: `shared/…/prompt.py`, `…001100_lock_down.sql`. Routes and NAME.txt are no files.
_FILE = re.compile(r"`([\w./…-]+\.(?:py|sql|ts|toml|sh|yaml|md|json|txt|lock))`")
_TARGET = re.compile(r"\bmake ([a-z][a-z-]+)")
_TABLE = re.compile(r"`(llm\.[a-z_]+)`?")
_SETTING = re.compile(r"`((?:SPEECHGRADE|SUPABASE)_[A-Z_]+)`")
_CODE = re.compile(r"`([a-z]+_[a-z_]+)`")
_COMMAND = re.compile(r"`speechgrade-(exporter|trainer|scorer) ([a-z][a-z-]+)")

Rule = Callable[[str], Iterator[str]]


def read(document: str) -> str:
    return (REPO / document).read_text("utf-8")


def files(text: str) -> Iterator[str]:
    for name in (found for found in _FILE.findall(text) if not re.match(r"/|(?:\w+/)?(?:NAME|ID)\.", found)):
        ending = re.compile(".*".join(re.escape(part) for part in name.removeprefix("../").split("…")) + "$")
        if not any(ending.search(path) for path in _paths()):
            yield f"no file {name}"


def targets(text: str) -> Iterator[str]:
    known = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text("utf-8"), re.MULTILINE))
    yield from (f"no target {name}" for name in _TARGET.findall(text) if name not in known)


def tables(text: str) -> Iterator[str]:
    yield from (f"no table or function {name}" for name in _TABLE.findall(text) if name not in _source())


def settings(text: str) -> Iterator[str]:
    """A setting is an attribute in Python, without its prefix and in small letters."""
    for name in _SETTING.findall(text):
        if name.rstrip("_") not in _source() and name.removeprefix("SPEECHGRADE_").lower() not in _source():
            yield f"no setting {name}"


def codes(text: str) -> Iterator[str]:
    """Codes of errors, columns and values."""
    yield from (f"nothing is called {name}" for name in _CODE.findall(text) if name.rstrip("_") not in _source())


def commands(text: str) -> Iterator[str]:
    for service, name in _COMMAND.findall(text):
        source = "".join(path.read_text("utf-8") for path in (REPO / "services" / service / "src").rglob("*.py"))
        if not re.search(rf"def (?:\w+_)?{name.replace('-', '_')}\(|\"{name}\"", source):
            yield f"no command {service} {name}"


@functools.cache
def _paths() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=False)
    found = listed.stdout.split("\n") if listed.returncode == 0 else map(str, REPO.rglob("*.*"))
    return tuple(found)


@functools.cache
def _source() -> str:
    ours = [
        path
        for kind in _SOURCES
        for folder in ("shared", "services", "supabase")
        for path in (REPO / folder).rglob(kind)
    ]
    beside = [REPO / "Makefile", REPO / ".env.example", REPO / "compose.yaml"]
    return "\n".join(path.read_text("utf-8") for path in [*ours, *beside] if "node_modules" not in path.parts)


RULES: tuple[Rule, ...] = (files, targets, tables, settings, codes, commands)
