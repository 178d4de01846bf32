"""The last line of defence of the logs: what looks like a secret or like somebody's address never leaves.

Nothing of the kind is meant to be logged in the first place. This is for the message of a library, the address in an
error, the key that somebody adds in a hurry.
"""

import re
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, Final

REDACTED: Final = "[redacted]"
LONGEST: Final = 4000
"""Characters of one text; whatever is longer is no event."""

_SHORTEST_SECRET = 8
_DEEPEST = 6
_NEVER_LOGGED = re.compile(
    r"transcript|text|content|feedback|comment|prompt|messages|secret|passw|token|authorization|api_?key|cookie|credential"
    r"|e_?mail|(?:student|speaker|first|last|full|given|family|display|preferred|nick)_?names?|(?:student|sis)_?ids?",
    re.IGNORECASE,
)
# A count of tokens is none, and where something happened is not what it said.
_HARMLESS = re.compile(r"(prompt_|completion_)?tokens|prompt_version|event", re.IGNORECASE)
_SHAPES = re.compile(
    "|".join(
        (
            # JSON Web Tokens, and whatever begins like one.
            r"eyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_=-]*){0,4}",
            # Keys that say whose they are: Supabase, Standard Webhooks, model hubs and providers, code hosts, clouds.
            r"(?:sb_secret|sb_publishable|sbp|whsec|github_pat|glpat|xox[a-z]|gh[a-z])[_-][\w+/=-]{6,}",
            r"(?<![A-Za-z0-9])(?:sk|rk|pk|hf)[_-](?:[a-z]+[_-])*[A-Za-z0-9]{16,}",
            r"(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}",
            r"-----BEGIN [A-Z ]*KEY-----[\s\S]*",
            # Credentials in a header, in an address, or beside their name.
            r"(?i:(?<![a-z])(?:bearer|basic)\s+[\w.~+/=-]{6,})",
            r"(?<=://)[^\s/@]*:[^\s/@]*@",
            r"(?i:(?:api_?key|token|secret|password|signature)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,}]+)",
            # E-mail addresses, in any script.
            r"[\w.%+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[^\W\d_]{2,}",
        )
    )
)
# Long and of all kinds of characters, which neither a digest nor a UUID is.
_LONG = re.compile(r"[A-Za-z0-9_-]{40,}")


class LogRedaction:
    """Cleans what is logged; ``secrets`` are this process's own, which are found whatever they look like."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        # The names of what is logged are few, and the same again and again.
        self._name = lru_cache(maxsize=256)(self.text)

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The key-values of one event, clean."""
        return {self._name(name): self._named(name, value, 0) for name, value in event.items()}

    def text(self, text: str) -> str:
        """A text without what looks like a secret or an address, and cut where it is no event's any more."""
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        if len(text) > LONGEST:
            text = f"{text[:LONGEST]}…"
        return _LONG.sub(_unless_plain, _SHAPES.sub(REDACTED, text))

    def _named(self, name: object, value: object, depth: int) -> Any:
        is_named_so = isinstance(name, str) and _NEVER_LOGGED.search(name) and not _HARMLESS.fullmatch(name)
        return REDACTED if is_named_so else self._value(value, depth)

    def _value(self, value: object, depth: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if depth >= _DEEPEST:
            return REDACTED
        if isinstance(value, Mapping):
            return {self._name(str(name)): self._named(name, one, depth + 1) for name, one in value.items()}
        if isinstance(value, list | tuple | Set):
            return [self._value(one, depth + 1) for one in value]
        return self.text(str(value))


def _unless_plain(found: re.Match[str]) -> str:
    word = found[0]
    kinds = (sum(map(str.isdigit, word)), sum(map(str.isupper, word)), sum(map(str.islower, word)))
    return REDACTED if min(kinds) >= 3 else word
