"""Weaknesses that somebody looked at and accepted for a while (``deploy/audit.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from speechgrade_local.errors import AuditMisconfigured
from speechgrade_local.supply_chain.advisories import Weakness


@dataclass(frozen=True, slots=True)
class Accepted:
    """One weakness of one package, why it does no harm here, and the last day on which that holds."""

    package: str
    weakness: str
    reason: str
    until: date

    def covers(self, found: Weakness) -> bool:
        """Whether this is about the weakness, by any of its names."""
        return self.package == found.package and self.weakness in found.names


def read(path: Path) -> list[Accepted]:
    """The exceptions; `AuditMisconfigured` names the entry that lacks something."""
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("accepted", [])
    except tomllib.TOMLDecodeError as error:
        raise AuditMisconfigured(f"{path.name} is no TOML: {error}") from error
    return [_accepted(path.name, number, entry) for number, entry in enumerate(entries, 1)]


def expired(accepted: Sequence[Accepted], today: date) -> list[Accepted]:
    """Those whose last day is over."""
    return [each for each in accepted if each.until < today]


def _accepted(file: str, number: int, entry: dict[str, object]) -> Accepted:
    package, weakness, reason, until = (entry.get(key) for key in ("package", "weakness", "reason", "until"))
    if not (package and weakness and reason and isinstance(until, date)):
        raise AuditMisconfigured(f"{file}, entry {number}: it needs package, weakness, reason and until (a date).")
    return Accepted(str(package), str(weakness), str(reason), until)
