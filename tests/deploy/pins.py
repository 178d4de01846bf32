"""constraints.txt against what the members ask for, as far as installed metadata tells. A rule yields a sentence a breach."""

import functools
import itertools
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPO = Path(__file__).resolve().parents[2]
FILE = REPO / "constraints.txt"
MEMBERS = ("shared", "services/exporter", "services/trainer", "services/scorer", "local")
# An environment of its own: it pins another torch, and local/engine-constraints.txt has its pins.
ELSEWHERE = {"vllm"}
# What torch asks for in its build for CUDA alone, which a machine without a GPU need not have installed.
_OF_CUDA = re.compile(r"^(nvidia|cuda)-|^triton$")
_PIN = re.compile(r"^(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)==(?P<version>[^\s;]+)$")

Lines = list[str]
Rule = Callable[[Lines], Iterator[str]]


def read() -> Lines:
    return FILE.read_text("utf-8").splitlines()


def pins(lines: Lines) -> dict[str, Version]:
    """Name and version of each line that is a pin."""
    return {found["name"]: Version(found["version"]) for line in lines if (found := _PIN.match(line))}


def asked_for() -> Iterator[tuple[str, Requirement]]:
    """Who asks for what: the members with their extras, and the development group."""
    root = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))
    yield from (("the group dev", Requirement(line)) for line in root["dependency-groups"]["dev"])
    for member in MEMBERS:
        project = tomllib.loads((REPO / member / "pyproject.toml").read_text("utf-8"))["project"]
        for lines in (project["dependencies"], *project.get("optional-dependencies", {}).values()):
            yield from ((member, Requirement(line)) for line in lines)


@functools.cache
def needed() -> dict[str, list[tuple[str, Requirement]]]:
    """Every package in reach, with everyone who asks for it."""
    found: dict[str, list[tuple[str, Requirement]]] = {}
    waiting = list(asked_for())
    seen = set()
    while waiting:
        who, requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name.startswith("speechgrade-") or name in ELSEWHERE:
            continue
        found.setdefault(name, []).append((who, requirement))
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(name, each) for each in _requirements_of(name, extra)]
    return found


def _requirements_of(name: str, extra: str) -> Iterator[Requirement]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # for a GPU, so not on every machine
        return
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def well_formed(lines: Lines) -> Iterator[str]:
    yield from (f"no pin of a canonical name: {line!r}" for line in lines if not _PIN.match(line))
    names = [line.partition("==")[0] for line in lines]
    yield from (f"{after} comes after {name}" for name, after in itertools.pairwise(names) if after <= name)


def complete(lines: Lines) -> Iterator[str]:
    pinned = pins(lines)
    for name, askers in needed().items():
        if name not in pinned:
            yield f"{name} has no pin, and is needed by {', '.join(sorted({who for who, _ in askers}))}"
        for who, requirement in askers:
            if name in pinned and not requirement.specifier.contains(pinned[name], prereleases=True):
                yield f"{name}=={pinned[name]} is not what {who} asks for: {requirement}"


def without_surplus(lines: Lines) -> Iterator[str]:
    reached = needed()
    yield from (
        f"{name} is pinned, and nothing needs it"
        for name in pins(lines)
        if name not in reached and not _OF_CUDA.match(name)
    )


RULES: tuple[Rule, ...] = (well_formed, complete, without_surplus)
