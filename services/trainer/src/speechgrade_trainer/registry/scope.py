"""Whom an alias answers: everybody, or one institution, course or rubric. Pure."""

import re
from dataclasses import dataclass

from speechgrade_trainer.errors import ScopeInvalid

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KINDS = ("institution", "course", "rubric")


@dataclass(frozen=True, slots=True)
class Scope:
    """``default``, or one row of the app by its id."""

    kind: str = "default"
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @classmethod
    def parse(cls, text: str) -> "Scope":
        """Read ``default``, or e.g. ``course:6f1c…``.

        Raises:
            ScopeInvalid: it is neither.
        """
        if text == "default":
            return cls()
        kind, _, row = text.partition(":")
        if kind not in KINDS or not _UUID.fullmatch(row.lower()):
            raise ScopeInvalid(f"A scope is default, or one of {', '.join(KINDS)} with an id, e.g. course:<uuid>.")
        return cls(kind, row.lower())

    def as_params(self) -> dict[str, str]:
        """As the registry's functions take it."""
        return {"p_scope_kind": self.kind, "p_scope_id": self.id}
