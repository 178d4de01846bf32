"""compose.yaml, with what it includes, as Compose reads it."""

import copy
import functools
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from . import tools

REPO = Path(__file__).resolve().parents[2]
FILE = REPO / "compose.yaml"
OVERRIDES = (REPO / "deploy/secrets-as-files.compose.yaml",)
NEEDED = ("SUPABASE_URL", "SUPABASE_SECRET_KEY", "SPEECHGRADE_SUBJECT_KEY", "SPEECHGRADE_SCORER_TOKEN")
SECRET = re.compile(r"(?<!PUBLISHABLE_)(KEYS?|TOKEN|SECRET|PASSWORD)$")
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")

Document = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Knows the tag by which an override takes a value away."""


_Loader.add_constructor("!reset", lambda *_: None)


def files() -> list[Path]:
    """compose.yaml and every file that it includes."""
    included = _document(FILE).get("include") or ()
    return [FILE, *(REPO / (entry if isinstance(entry, str) else entry["path"]) for entry in included)]


def read() -> Document:
    """All files as one, as they are written: anchors resolved, variables not, paths as seen from the repository's root."""
    merged: Document = {"services": {}, "networks": {}, "volumes": {}}
    for path in files():
        document = _document(path)
        for service in document["services"].values():
            _seen_from_the_root(service, path.parent)
        for kind, found in merged.items():
            found.update(document.get(kind) or {})
    return merged


def profiles() -> list[str]:
    """Every profile that a service names."""
    return sorted({profile for service in read()["services"].values() for profile in service.get("profiles", ())})


def of_profile(document: Document, profile: str) -> dict[str, Document]:
    """The services of one profile."""
    return {name: service for name, service in document["services"].items() if profile in service.get("profiles", ())}


@functools.cache
def variables() -> frozenset[str]:
    """Every variable that an operator can set."""
    passed = {
        name for service in read()["services"].values() for name, value in environment(service).items() if value is None
    }
    named = {match["name"] for path in files() for match in _VARIABLE.finditer(path.read_text("utf-8"))}
    return frozenset(passed | named)


def defaults(value: object) -> Iterator[tuple[str, str]]:
    """Every variable that is used anywhere in a value, with its default."""
    if isinstance(value, str):
        yield from (
            (match["name"], match["rest"] if match["kind"] == "-" else "") for match in _VARIABLE.finditer(value)
        )
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from defaults(part)


def filled(value: str, given: Mapping[str, str] | None = None) -> str:
    """A value with its variables replaced by what is given, else by their defaults."""
    return _VARIABLE.sub(
        lambda match: (given or {}).get(match["name"], match["rest"] if match["kind"] == "-" else ""), value
    )


def environment(service: Document) -> dict[str, str | None]:
    return dict(service.get("environment") or {})


def docker_compose(
    *arguments: str, given: Mapping[str, str], overrides: tuple[Path, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run Compose on the file with exactly these variables, whatever this machine's own environment has."""
    theirs = {name: value for name, value in os.environ.items() if name not in variables()}
    named = [part for path in (FILE, *overrides) for part in ("--file", str(path))]
    return tools.compose(*named, "--env-file", os.devnull, *arguments, env=theirs | dict(given))


@functools.cache
def has_docker_compose() -> bool:
    """Is there a Compose that knows includes and what takes a value away (2.24 or newer)?"""
    if not tools.has_compose():
        return False
    version = re.match(r"v?(\d+)\.(\d+)", tools.compose("version", "--short").stdout)
    return version is not None and (int(version[1]), int(version[2])) >= (2, 24)


def is_pinned(image: str) -> bool:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@sha256:" in image or tag not in {"", "latest"}


def volume_source(volume: str | Document) -> str:
    return volume.partition(":")[0] if isinstance(volume, str) else str(volume["source"])


def mounts(service: Document) -> dict[str, tuple[str, bool]]:
    """Where each volume is mounted, and whether read-only."""
    found = {}
    for volume in service.get("volumes", ()):
        if isinstance(volume, str):
            source, target, *options = volume.split(":")
            found[source] = (target, "ro" in options)
        else:
            found[volume["source"]] = (volume["target"], bool(volume.get("read_only")))
    return found


def seconds(duration: str) -> float:
    """A duration as Compose writes it."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)([smh])", filled(duration)))


def _document(path: Path) -> Document:
    """A copy of its own for each caller."""
    return copy.deepcopy(_parsed(path))


@functools.cache
def _parsed(path: Path) -> Document:
    document: Document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506
    return document


def _seen_from_the_root(service: Document, folder: Path) -> None:
    volumes = service.get("volumes", [])
    for place, volume in enumerate(volumes):
        if isinstance(volume, str) and volume.startswith("."):
            source, _, rest = volume.partition(":")
            volumes[place] = f"./{(folder / source).resolve().relative_to(REPO)}:{rest}"
