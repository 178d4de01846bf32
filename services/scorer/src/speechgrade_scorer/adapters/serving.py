"""What the last look found: the aliases, who answers for each scope now, and why others do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from speechgrade_scorer.adapters.registry import CHAMPION, DEFAULT_SCOPE, Adapter, Alias, Scope


@dataclass(frozen=True, slots=True)
class Gap:
    """An alias that cannot answer as it should, and the code of what is missing."""

    scope: Scope
    alias: str
    adapter: str
    code: str

    def as_dict(self) -> dict[str, str]:
        kind, scope = self.scope
        return {
            "scope": f"{kind}:{scope}" if scope else kind,
            "alias": self.alias,
            "adapter": self.adapter,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Serving:
    """A moment of the adapters. ``champions`` are those in force: see ``succession``.

    ``loaded`` are in the engine, ``staged`` lie verified on the disk; ``refused`` will not come without an operator,
    ``delayed`` failed for now. The last two map names to codes.
    """

    aliases: tuple[Alias, ...] = ()
    champions: Mapping[Scope, Adapter] = field(default_factory=dict)
    loaded: frozenset[str] = frozenset()
    staged: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    delayed: Mapping[str, str] = field(default_factory=dict)
    engine: str = ""
    base_is_served: bool = False
    confirmed_at: float | None = None
    problem: str | None = "starting"

    def is_at_hand(self, adapter: Adapter) -> bool:
        """Whether it answers now, or after being loaded from the disk."""
        return adapter.name in self.loaded or (adapter.name in self.staged and adapter.name not in self.refused)

    def alias(self, scope: Scope, name: str) -> Alias | None:
        return next((alias for alias in self.aliases if (alias.scope, alias.alias) == (scope, name)), None)

    def gaps(self) -> list[Gap]:
        """Every alias that should answer and cannot as it is, whether or not another answers in its place.

        Speeches for which only the default could answer have nobody where it has no champion, so that is one too.
        """
        found = ((alias, self._missing(alias)) for alias in self.aliases if alias.is_asked)
        gaps = [Gap(alias.scope, alias.alias, alias.adapter.name, code) for alias, code in found if code]
        if self.alias(DEFAULT_SCOPE, CHAMPION) is None:
            gaps.insert(0, Gap(DEFAULT_SCOPE, CHAMPION, "", "no_champion"))
        return gaps

    def _missing(self, alias: Alias) -> str | None:
        adapter = alias.adapter
        if not adapter.servable:
            return f"adapter_{adapter.status}"
        if self.is_at_hand(adapter):
            return None
        return self.refused.get(adapter.name) or self.delayed.get(adapter.name) or f"{alias.alias}_not_loaded"


def succession(now: Serving, approved: frozenset[str]) -> dict[Scope, Adapter]:
    """Who answers for each scope: its champion, once it has come; until then, whoever answered before.

    That is the champion before, while it is approved, or a wider scope where there was none: such a scope is left out.
    So a promotion fails no request, and a withdrawal waits for nothing. Of what was before the first look nothing is
    known, so then every champion is in force at once.
    """
    champions = [alias for alias in now.aliases if alias.alias == CHAMPION]
    if now.confirmed_at is None:
        return {alias.scope: alias.adapter for alias in champions}
    in_force = ((alias.scope, _in_force(alias, now, approved)) for alias in champions)
    return {scope: adapter for scope, adapter in in_force if adapter}


def _in_force(alias: Alias, now: Serving, approved: frozenset[str]) -> Adapter | None:
    named, before = alias.adapter, now.champions.get(alias.scope)
    # In the engine and on the disk, so that it is there again should the engine restart.
    is_on_its_way = named.servable and named.name not in now.loaded & now.staged
    if not is_on_its_way or (before is not None and before.name == named.name):
        return named
    return before if before is not None and before.name in approved and now.is_at_hand(before) else None
