"""Under which licence each dependency comes, and whether the project allows it (``deploy/licences.toml``).

What the policy states for a package comes first, then the expression of its own metadata, then its classifiers, then
the first line of its licence field.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

OURS = "speechgrade-"
_CLASSIFIER = "License :: "


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed everywhere, what as a tool that no image carries, and what packages fail to say themselves."""

    allowed: frozenset[str]
    tools: frozenset[str]
    names: dict[str, str]
    stated: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Policy:
        """The policy as a person wrote it; ``KeyError`` if a part is missing."""
        raw = tomllib.loads(path.read_text("utf-8"))
        return cls(frozenset(raw["allowed"]), frozenset(raw["tools"]), raw["names"], raw["stated"])

    def allows(self, expression: str) -> bool:
        """Whether one of the choices that the expression offers is made of allowed licences alone."""
        choices = expression.split(" OR ")
        if "(" in expression:  # seldom: every part must be allowed, whatever could be chosen
            choices = [expression.replace("(", "").replace(")", "").replace(" OR ", " AND ")]
        return any(all(part.strip() in self.allowed for part in choice.split(" AND ")) for choice in choices)

    def licence(self, package: Distribution) -> str | None:
        """The SPDX expression of an installed package, or ``None`` where nobody says one."""
        metadata = package.metadata
        expression = self.stated_for(metadata["Name"]) or _field(package, "License-Expression")
        classifiers = [line.removeprefix(_CLASSIFIER) for line in metadata.get_all("Classifier") or ()]
        known = dict.fromkeys(self.names[name] for name in classifiers if name in self.names)
        first_line = _field(package, "License").partition("\n")[0]
        return expression or " AND ".join(known) or self.names.get(first_line, first_line) or None

    def stated_for(self, name: str) -> str | None:
        """What the policy itself states for a package, or for the family that it belongs to."""
        name = canonicalize_name(name)
        return next((known for pattern, known in self.stated.items() if fnmatchcase(name, pattern)), None)


def _field(package: Distribution, name: str) -> str:
    return str((package.metadata.get_all(name) or [""])[0]).strip()


def unlicensed(packages: Iterable[Distribution], policy: Policy, *, as_tools: bool = False) -> Iterator[str]:
    """A sentence for each package whose licence is unknown or not allowed, sorted by name.

    :param as_tools: the packages stay on a developer's machine, so that tools of the policy are allowed too.
    """
    for package in sorted(packages, key=lambda each: canonicalize_name(each.metadata["Name"])):
        name = canonicalize_name(package.metadata["Name"])
        if name.startswith(OURS) or (as_tools and name in policy.tools):
            continue
        licence = policy.licence(package)
        if licence is None:
            yield f"{name} {package.version} says no licence: read it, and state it in deploy/licences.toml"
        elif not policy.allows(licence):
            yield f"{name} {package.version} comes under {licence}, which deploy/licences.toml does not allow"


def unlicensed_in_lock(lock: Path, policy: Policy) -> Iterator[str]:
    """The same for the packages of an npm lock file, which records what each one declares."""
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text("utf-8"))["packages"]
    for path, package in sorted(packages.items()):
        name = path.rpartition("node_modules/")[2]
        licence = policy.stated_for(name) or package.get("license")
        if name and (licence is None or not policy.allows(licence)):
            yield f"{name} {package['version']} comes under {licence or 'no licence that it says'}"
