"""compose.yaml as Compose reads it, and what must be true of it. A rule yields a sentence for each breach."""

import functools
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).resolve().parents[2]
FILE = REPO / "compose.yaml"
PROFILES = ("", "gpu", "train", "weights", "*")
NEEDED = ("SUPABASE_URL", "SUPABASE_SECRET_KEY", "SPEECHGRADE_SUBJECT_KEY", "SPEECHGRADE_SCORER_TOKEN")
# Writes once into a volume that the engine made as root.
MAY_BE_ROOT = {"weights"}
SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")

Document = dict[str, Any]
Rule = Callable[[Document], Iterator[str]]


def read() -> Document:
    """The file as it is written, with its anchors resolved and its variables not."""
    document: Document = yaml.safe_load(FILE.read_text("utf-8"))
    return document


def variables() -> set[str]:
    """Every variable that an operator can set."""
    text = FILE.read_text("utf-8")
    passed = {
        name for service in read()["services"].values() for name, value in environment(service).items() if value is None
    }
    return passed | {match["name"] for match in _VARIABLE.finditer(text)}


def filled(value: str, given: Mapping[str, str] | None = None) -> str:
    """A value with its variables replaced by what is given, else by their defaults."""
    return _VARIABLE.sub(
        lambda match: (given or {}).get(match["name"], match["rest"] if match["kind"] == "-" else ""), value
    )


def environment(service: Document) -> dict[str, str | None]:
    return dict(service.get("environment") or {})


def docker_compose(*arguments: str, given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Compose on the file with exactly these variables, whatever this machine's own environment has."""
    theirs = {name: value for name, value in os.environ.items() if name not in variables()}
    command = ["docker", "compose", "--file", str(FILE), "--env-file", os.devnull, *arguments]
    return subprocess.run(command, env=theirs | dict(given), capture_output=True, text=True, timeout=60, check=False)


@functools.cache
def has_docker_compose() -> bool:
    try:
        done = subprocess.run(
            ["docker", "compose", "version", "--short"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return (
        done.returncode == 0
        and done.stdout.lstrip("v")[:1].isdigit()
        and int(done.stdout.lstrip("v").split(".")[0]) >= 2
    )


def confined(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        if service.get("read_only") is not True:
            yield f"{name} can write to its root file system"
        if service.get("cap_drop") != ["ALL"] or service.get("cap_add") or service.get("privileged"):
            yield f"{name} keeps capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name} can gain privileges"


def unprivileged(document: Document) -> Iterator[str]:
    """The images that we build have their user in the Dockerfile."""
    for name, service in document["services"].items():
        user = str(service.get("user", "" if "build" in service else "0"))
        if user.partition(":")[0] in {"0", "root"} and name not in MAY_BE_ROOT:
            yield f"{name} runs as root"


def bounded(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        yield from (f"{name} has no limit of {kind}" for kind in ("memory", "pids") if kind not in limits)
        if not {"max-size", "max-file"} <= service.get("logging", {}).get("options", {}).keys():
            yield f"{name} never rotates its log"


def pinned(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        if not is_pinned(filled(service["image"])):
            yield f"{name} uses {filled(service['image'])}"


def engine_is_private(document: Document) -> Iterator[str]:
    engine = document["services"]["engine"]
    if engine.get("ports") or engine.get("network_mode"):
        yield "the engine listens on the host"
    for network in engine["networks"]:
        if not (document["networks"].get(network) or {}).get("internal"):
            yield f"the engine can be reached over {network}"
        others = {name for name, service in document["services"].items() if network in service.get("networks", ())}
        if others - {"engine", "scorer"}:
            yield f"{sorted(others)} share {network} with the engine"


def without_secrets(document: Document) -> Iterator[str]:
    """A secret is passed through or demanded, and has no default."""
    for name, service in document["services"].items():
        for variable, value in environment(service).items():
            if SECRET.search(variable) and value is not None and (filled(value) or not _VARIABLE.fullmatch(value)):
                yield f"{name} has a value for {variable}"


def references_exist(document: Document) -> Iterator[str]:
    """What Compose itself would refuse, for machines that have none."""
    for name, service in document["services"].items():
        yield from (f"{name}: no network {n}" for n in service.get("networks", ()) if n not in document["networks"])
        yield from (f"{name}: no service {s}" for s in service.get("depends_on", {}) if s not in document["services"])
        for source in map(volume_source, service.get("volumes", ())):
            if not (REPO / source).is_file() if source.startswith(".") else source not in document["volumes"]:
                yield f"{name}: no volume {source}"
        if "build" in service and not (REPO / service["build"]["dockerfile"]).is_file():
            yield f"{name}: no {service['build']['dockerfile']}"


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


RULES: tuple[Rule, ...] = (
    confined,
    unprivileged,
    bounded,
    pinned,
    engine_is_private,
    without_secrets,
    references_exist,
)
