"""A challenger of a scope: how many of its speeches it is asked, and whether anybody sees what it says."""

import re
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.project import SupabaseProject

from speechgrade_scorer.adapters.registry import DEFAULT_SCOPE, Scope
from speechgrade_scorer.errors import ChallengeRefused

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS = ("institution", "course", "rubric")
_WHY = {
    "challenger_unknown": "There is no challenger of {scope}: promote one with speechgrade-trainer promote first.",
    "challenger_changed": "The challenger of {scope} is {name} now.",
    "challenge_invalid": "A challenger is asked between 0 and 100 percent of the speeches.",
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """``percent`` of a scope's speeches go to its challenger: in its champion's place, or beside it as a shadow.

    ``adapter`` names the challenger that is meant; empty takes whichever it is.
    """

    percent: int
    is_shadow: bool
    scope: Scope = DEFAULT_SCOPE
    adapter: str = ""


def parse_scope(text: str) -> Scope:
    """Read ``default``, or e.g. ``course:6f1c…``.

    Raises:
        ChallengeRefused: ``scope_invalid``.
    """
    if text == "default":
        return DEFAULT_SCOPE
    kind, _, row = text.lower().partition(":")
    if kind not in _KINDS or not _UUID.fullmatch(row):
        known = ", ".join(_KINDS)
        raise ChallengeRefused(
            f"A scope is default, or one of {known} with an id: course:<uuid>.", code="scope_invalid"
        )
    return kind, row


def set_challenge(project: SupabaseProject, challenge: Challenge, *, actor: str, reason: str) -> dict[str, Any]:
    """Set it, audited; every scorer follows at its next look. Returns ``name``, ``percent`` and ``is_shadow``.

    Raises:
        ChallengeRefused: the registry's reason is its code, e.g. ``challenger_unknown`` or ``adapter_tainted``.
    """
    kind, scope = challenge.scope
    request = {
        "p_actor": actor,
        "p_reason": reason,
        "p_percent": challenge.percent,
        "p_is_shadow": challenge.is_shadow,
        "p_scope_kind": kind,
        "p_scope_id": scope,
        "p_adapter": challenge.adapter or None,
    }
    outcome = project.rpc("set_challenge", request)
    if not outcome["set"]:
        why = _WHY.get(outcome["reason"], "{name} may not answer.")
        named = f"{kind}:{scope}" if scope else kind
        raise ChallengeRefused(why.format(scope=named, name=outcome.get("name", "")), code=outcome["reason"])
    return {name: outcome[name] for name in ("name", "percent", "is_shadow")}
