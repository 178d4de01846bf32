"""Which adapter answers for a speech: the narrowest scope's champion, or its challenger where the draw falls on it."""

import hashlib
from dataclasses import dataclass

from speechgrade_scorer.adapters.registry import CHALLENGER, CHAMPION, DEFAULT_SCOPE, Adapter, Alias, Scope
from speechgrade_scorer.adapters.serving import Serving
from speechgrade_scorer.errors import AdapterRefused, NoChampion


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a speech belongs to, as ids; empty where it belongs to none."""

    rubric: str = ""
    course: str = ""
    institution: str = ""

    def narrowest_first(self) -> tuple[Scope, ...]:
        """The scopes that may name an adapter for it: rubric, course, institution, and the default."""
        named = (("rubric", self.rubric), ("course", self.course), ("institution", self.institution))
        return (*((kind, scope) for kind, scope in named if scope), DEFAULT_SCOPE)


@dataclass(frozen=True, slots=True)
class Route:
    """The adapters for one speech.

    ``answering`` gives the score; it is the champion, or the challenger where the draw fell on it. ``previous`` stands
    in should it fail: for a challenger that is the champion, for a champion the one that a rollback would bring back,
    where policy allows it. ``shadow`` is a challenger that scores the same speech for comparison alone.
    """

    answering: Adapter
    is_challenger: bool = False
    previous: Adapter | None = None
    shadow: Adapter | None = None


def chosen_route(serving: Serving, scopes: Scopes, draw: str, *, allows_previous: bool) -> Route:
    """The route of a speech. A scope whose champion was withdrawn is answered by the next wider one.

    Raises:
        NoChampion: no scope has a champion that may answer, or it is ``champion_not_loaded`` yet.
        AdapterRefused: the champion cannot be served here. No other takes its place: that would hide it.
    """
    scope, champion = _champion(serving, scopes)
    if champion.name in serving.refused and champion.name not in serving.loaded:
        raise AdapterRefused("The champion cannot be served here.", code=serving.refused[champion.name])
    if not serving.is_at_hand(champion):
        raise NoChampion("The champion is not loaded yet.", code="champion_not_loaded")
    challenge = _challenge(serving, scopes, scope, draw)
    challenger = challenge.adapter if challenge and challenge.adapter.name != champion.name else None
    if challenge and challenger and not challenge.is_shadow:
        return Route(challenger, is_challenger=True, previous=champion)
    previous = _previous(serving, scope, champion) if allows_previous else None
    return Route(champion, previous=previous, shadow=challenger)


def previous_champion(serving: Serving, scopes: Scopes) -> Adapter | None:
    """Who stands in for a speech that has no route: the narrowest scope's earlier champion, if it may still answer."""
    found = (_previous(serving, scope, None) for scope in scopes.narrowest_first())
    return next((adapter for adapter in found if adapter), None)


def share_of(draw: str, key: str) -> float:
    """Where a draw falls, in percent: always the same under one key, and unrelated under another (keyed BLAKE2b)."""
    drawn = hashlib.blake2b(draw.encode(), key=key.encode()[:64], digest_size=8).digest()
    return 100 * int.from_bytes(drawn, "big") / 2**64


def _champion(serving: Serving, scopes: Scopes) -> tuple[Scope, Adapter]:
    for scope in scopes.narrowest_first():
        champion = serving.champions.get(scope)
        if champion is not None and champion.servable:
            return scope, champion
    named = (serving.alias(scope, CHAMPION) for scope in scopes.narrowest_first())
    if any(alias and alias.adapter.servable for alias in named):
        raise NoChampion("The champion is not loaded yet.", code="champion_not_loaded")
    raise NoChampion("No approved model may answer for this speech.")


def _challenge(serving: Serving, scopes: Scopes, answered_by: Scope, draw: str) -> Alias | None:
    # A challenge of a wider scope than the one that answers is not about this speech.
    own = scopes.narrowest_first()
    own = own[: own.index(answered_by) + 1]
    asked = (alias for scope in own if (alias := serving.alias(scope, CHALLENGER)) and alias.is_asked)
    alias = next(asked, None)
    if alias is None or not draw or not alias.adapter.servable or not serving.is_at_hand(alias.adapter):
        return None
    # Each challenger draws anew, so that not the same speeches are always tried on.
    return alias if share_of(draw, alias.adapter.digest) < alias.percent else None


def _previous(serving: Serving, scope: Scope, champion: Adapter | None) -> Adapter | None:
    alias = serving.alias(scope, CHAMPION)
    previous = alias.previous if alias else None
    if previous is None or not previous.servable or not serving.is_at_hand(previous):
        return None
    return None if champion is not None and champion.name == previous.name else previous
