"""The adapters inside the engine: brought in, counted while they answer, and let go when nobody needs them.

Several scorers may share one engine, so what is loaded is what the engine says, and an adapter that vanished is loaded
again when it is next asked for.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio
import structlog

from speechgrade_scorer.adapters.registry import ADAPTER_PREFIX, Adapter
from speechgrade_scorer.errors import EngineError, EngineRefused

_log = structlog.get_logger()


class AdapterHost(Protocol):
    """The part of an engine that takes adapters. Every call raises ``EngineError`` when it fails."""

    async def model_names(self) -> frozenset[str]: ...

    async def load_adapter(self, name: str, folder: Path) -> None: ...

    async def unload_adapter(self, name: str) -> None: ...

    async def version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NoHost:
    """An engine that takes no adapters and serves one model alone."""

    model: str

    async def model_names(self) -> frozenset[str]:
        return frozenset({self.model})

    async def load_adapter(self, name: str, folder: Path) -> None:  # noqa: ARG002
        raise EngineRefused("This engine takes no adapters.")

    async def unload_adapter(self, name: str) -> None:  # noqa: ARG002
        raise EngineRefused("This engine takes no adapters.")

    async def version(self) -> str:
        return "openai"


class Residence:
    """At most so many adapters at once, the least recently used and idle one making room.

    ``ranks`` says who is worth more: an adapter makes room only for one of its own rank or a higher one, and one
    without a rank goes first. All changes happen on the event loop; the lock keeps calls of the engine in order.
    """

    def __init__(self, host: AdapterHost, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host
        self.loaded: frozenset[str] = frozenset()
        self.present: frozenset[str] = frozenset()
        self.ranks: Mapping[str, int] = {}
        self._most = most
        self._clock = clock
        self._lock = anyio.Lock()
        self._uses: Counter[str] = Counter()
        self._used_at: dict[str, float] = {}
        self._left_at: dict[str, float] = {}
        self._answering: defaultdict[str, set[anyio.CancelScope]] = defaultdict(set)

    @contextmanager
    def use(self, name: str) -> Iterator[anyio.CancelScope]:
        """While the block runs, the adapter makes room for nobody. ``stop`` ends the block early."""
        self._uses[name] += 1
        with anyio.CancelScope() as scope:
            self._answering[name].add(scope)
            try:
                yield scope
            finally:
                self._answering[name].discard(scope)
                self._uses[name] -= 1
                self._used_at[name] = self._clock()

    def stop(self, may_answer: frozenset[str]) -> None:
        """End every answer of an adapter that may not answer any more."""
        for name in self._answering.keys() - may_answer:
            for scope in self._answering.pop(name):
                scope.cancel()

    @property
    def answering(self) -> frozenset[str]:
        """The adapters that are being asked right now."""
        return frozenset(name for name, uses in self._uses.items() if uses)

    def forget(self, name: str) -> None:
        """The engine does not know it (any more)."""
        self.loaded -= {name}

    async def inspect(self, may_answer: frozenset[str], judged: frozenset[str]) -> frozenset[str]:
        """Ask the engine what it serves, and unload what was judged and may not answer; returns every name it knows.

        What was not judged, another scorer may have loaded a moment ago: it is in ``present``, and is judged next time.
        """
        async with self._lock:
            known = await self.host.model_names()
            self.present = frozenset(name for name in known if name.startswith(ADAPTER_PREFIX))
            self.loaded = self.present & may_answer
            for name in self.loaded - self._used_at.keys():
                self._used_at[name] = self._clock()
            await self._unload((self.present & judged) - may_answer)
            return known

    async def load(self, adapter: Adapter, folder: Path) -> None:
        """Bring an adapter in; where all others answer right now, there is one too many for a while.

        Raises:
            EngineError: the engine does not take it.
        """
        async with self._lock:
            if adapter.name in self.loaded:
                return
            while len(self.loaded) >= self._most and (victim := self._first_to_go(self.ranks.get(adapter.name, 0))):
                await self._unload([victim])
            await self._load(adapter.name, folder)
            self._used_at[adapter.name] = self._clock()
            self.loaded |= {adapter.name}
            _log.info("adapter_loaded", adapter=adapter.name)

    def has_room_for(self, adapter: Adapter) -> bool:
        """Whether it can be brought in ahead of need: a place is free, or taken by one of lower rank."""
        rank = self.ranks.get(adapter.name, 0)
        return len(self.loaded) < self._most or self._first_to_go(rank - 1) is not None

    async def shrink(self, lingering_s: float) -> None:
        """Unload what has had no rank and nothing to do for so long, and what is one too many."""
        now = self._clock()
        self._left_at = {name: self._left_at.get(name, now) for name in self.loaded - self.ranks.keys()}
        gone = [name for name, left_at in self._left_at.items() if self._is_idle(name, now, lingering_s, left_at)]
        async with self._lock:
            await self._unload(gone)
            while len(self.loaded) > self._most and (victim := self._first_to_go()):
                await self._unload([victim])

    def _is_idle(self, name: str, now: float, lingering_s: float, left_at: float) -> bool:
        return not self._uses[name] and now - max(left_at, self._used_at.get(name, left_at)) >= lingering_s

    def _first_to_go(self, highest_rank: int | None = None) -> str | None:
        idle = (name for name in self.loaded if not self._uses[name])
        ordered = ((self.ranks.get(name, -1), self._used_at.get(name, 0.0), name) for name in idle)
        found = min(ordered, default=None)
        return None if found is None or (highest_rank is not None and found[0] > highest_rank) else found[2]

    async def _load(self, name: str, folder: Path) -> None:
        try:
            await self.host.load_adapter(name, folder)
        except EngineError:
            # Another scorer at the same engine may have loaded it a moment ago; the name says it is the same one.
            if name not in await self.host.model_names():
                raise

    async def _unload(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            self.forget(name)
            await self.host.unload_adapter(name)
            self.present -= {name}
            self._used_at.pop(name, None)
            _log.info("adapter_unloaded", adapter=name)
