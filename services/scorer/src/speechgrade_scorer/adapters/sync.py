"""Keeps the engine's adapters equal to what the database says may be served.

The alias lives in our tables, never in the engine: an adapter is loaded under its immutable digest name, and what may
not be served any more is stopped, unloaded and deleted at the next look. A look never waits for a download.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import structlog
from anyio import to_thread
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_scorer.adapters.arrivals import Arrivals
from speechgrade_scorer.adapters.registry import CHAMPION, Adapter, Alias, Fit, parse_serving_state
from speechgrade_scorer.adapters.residence import AdapterHost, NoHost, Residence
from speechgrade_scorer.adapters.routing import Route, Scopes, chosen_route, previous_champion
from speechgrade_scorer.adapters.serving import Gap, Serving, succession
from speechgrade_scorer.adapters.staging import AdapterCache
from speechgrade_scorer.errors import ModelUnknown, NoChampion
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.settings import ScorerSettings

_log = structlog.get_logger()
_CHAMPIONS_RANK, _OTHERS_RANK = 2, 1
_LOOKS_UNNAMED = 4
_LONGEST_LOOK_S = 60.0
_WIDEST_FIRST = ("default", "institution", "course", "rubric")


class AdapterSync:
    """The one writer of ``serving``; readers take the last moment of it.

    A host of None is an engine without adapters: there is nothing to look at, and nobody to route to.
    """

    def __init__(
        self,
        settings: ScorerSettings,
        project: SupabaseProject,
        host: AdapterHost | None,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._project = project
        self._metrics = metrics
        self._clock = clock
        self.serves_adapters = host is not None
        self._fit = Fit(settings.base_model, settings.base_revision, settings.max_lora_rank)
        self._cache = AdapterCache(settings.adapter_cache, project, settings.adapter_bucket)
        self._residence = Residence(host or NoHost(settings.base_model), settings.max_loaded_adapters, clock=self._now)
        self._arrivals = Arrivals(
            self._cache,
            self._residence,
            settings.engine_folder,
            first_wait_s=settings.sync_interval_s,
            clock=self._now,
        )
        self._looking, self._bringing = anyio.Lock(), anyio.Lock()
        self._approved: frozenset[str] = frozenset()
        self._judged: frozenset[str] = frozenset()
        self._misfits: Mapping[str, str] = {}
        self._unnamed_at: dict[str, float] = {}
        self._unnamed_s = _LOOKS_UNNAMED * settings.sync_interval_s
        self.serving = Serving()
        self.engine_answers = False
        """Whether the engine answered when it was last looked at."""

    async def run(self) -> None:
        """Look again and again until cancelled. What must be downloaded comes meanwhile."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._confirm()
                if not self._bringing.locked():
                    tasks.start_soon(self._bring_all)
                await anyio.sleep(self._settings.sync_interval_s)

    async def look(self, *, unless_younger_than_s: float = 0.0, waits: bool = True) -> Serving:
        """Look once; a failure is kept in ``serving.problem`` and leaves what is served as it was.

        With ``waits``, return when every adapter that is wanted has come or has failed; a speech that is being scored
        does not wait for others' adapters.
        """
        if await self._confirm(unless_younger_than_s) and waits:
            await self._bring_all()
        return self.serving

    def route(self, scopes: Scopes, *, draw: str = "") -> Route:
        """The adapters that answer for a speech now. The same ``draw`` falls on the same adapter; none on the champion.

        Raises:
            NoChampion: there is none, it may not be served, or it has been unconfirmed for too long.
            AdapterRefused: it does not fit this engine; the code says how.
        """
        self._refuse_stale()
        return chosen_route(self.serving, scopes, draw, allows_previous=self._allows_previous)

    def previous(self, scopes: Scopes) -> Adapter | None:
        """Who stands in where there is no route, if policy allows it and there is one."""
        is_stale = self._age() > self._settings.serve_unconfirmed_s
        return None if is_stale or not self._allows_previous else previous_champion(self.serving, scopes)

    @asynccontextmanager
    async def using(self, adapter: Adapter) -> AsyncIterator[None]:
        """Ask the engine for an adapter inside the block: it is loaded first if need be, and stays until the end.

        An adapter that is withdrawn meanwhile is stopped at once, and an answer that it gave does not count.

        Raises:
            ModelUnknown: it may not answer (any more), or the engine has lost it: route again.
            NoChampion: it does not lie on the disk yet, or has been unconfirmed for too long.
            AdapterRefused, ProjectError, EngineError: it could not be loaded.
        """
        with self._residence.use(adapter.name) as answering:
            await self._have(adapter)
            try:
                yield
            except ModelUnknown:
                # The engine has restarted, or another scorer has unloaded it: the next use loads it again.
                self._residence.forget(adapter.name)
                self._note()
                raise
        if answering.cancelled_caught or not self._may_answer(adapter.name):
            raise ModelUnknown("The adapter was withdrawn while it answered.")

    def obstacles(self) -> list[str]:
        """Why no score can be given right now, as codes; empty when ready. ``gaps`` says what only some scopes lack."""
        found = [self.serving.problem] if self.serving.problem else []
        if self.serving.confirmed_at is None or not self.serves_adapters:
            return found
        if not self.serving.base_is_served:
            found.append("engine_base_mismatch")
        if "base" not in self._settings.score_fallback and (code := self._route_obstacle()):
            found.append(code)
        return found

    def gaps(self) -> list[Gap]:
        """Every alias that should answer and cannot as it is, and what is missing."""
        return self.serving.gaps() if self.serves_adapters else []

    def tainted_served(self) -> frozenset[str]:
        """What may not answer any more, as far as is known, and is in the engine or answers all the same."""
        return ((self._residence.present & self._judged) | self._residence.answering) - self._approved

    def _route_obstacle(self) -> str | None:
        codes = []
        named = [alias.scope for alias in self.serving.aliases if alias.alias == CHAMPION]
        for scopes in (Scopes(), *(Scopes(**{kind: scope}) for kind, scope in named if scope)):
            if self.previous(scopes) is not None:
                return None
            try:
                self.route(scopes)
            except SpeechgradeError as error:
                codes.append(error.code)
            else:
                return None
        return codes[0]

    async def _confirm(self, unless_younger_than_s: float = 0.0) -> bool:
        """Whether a look succeeded."""
        async with self._looking:
            if self._age() < unless_younger_than_s:
                return True
            try:
                # A line that trickles must not keep a withdrawal from being seen at the next look.
                with anyio.fail_after(_LONGEST_LOOK_S):
                    await self._looked()
            except TimeoutError:
                return self._keep_problem("sync_timeout")
            except SpeechgradeError as error:
                return self._keep_problem(error.code)
            except Exception as error:
                # A bug here must not end the looking, or a withdrawal would go unseen.
                _log.error("internal_error", kind=type(error).__name__)
                return self._keep_problem("internal_error")
            self._metrics.syncs.labels("ok").inc()
            self._metrics.last_sync.set_to_current_time()
            return True

    async def _looked(self) -> None:
        # What was read is as old as the question.
        asked_at = self._clock()
        aliases = parse_serving_state(await self._state())
        await self._judge(aliases)
        # First stop what may not answer: that must not wait for the engine, nor for a download.
        self._residence.stop(self._approved)
        self._residence.loaded &= self._approved
        self._note(aliases=aliases, **({"confirmed_at": asked_at} if self.serving.confirmed_at is not None else {}))
        self._rank()
        self.engine_answers = False
        known = await self._residence.inspect(self._approved, self._judged)
        engine = await self._residence.host.version()
        self.engine_answers = True
        await self._discard(aliases)
        self._note(
            engine=engine,
            base_is_served=self._settings.base_model in known,
            confirmed_at=asked_at,
            problem="starting" if self.serving.problem == "starting" and self._missing() else None,
        )
        self._rank()
        await self._residence.shrink(self._settings.sync_interval_s)
        self._note()

    async def _state(self) -> list[dict[str, Any]]:
        if not self.serves_adapters:
            return []
        return await to_thread.run_sync(self._project.rpc, "serving_state", abandon_on_cancel=True) or []

    async def _judge(self, aliases: tuple[Alias, ...]) -> None:
        """Who may answer here: the approved that fit this engine, also those that no alias names since a moment ago.

        Another scorer may know a newer state than this one, so what no alias names is asked for by name.
        """
        named = _named(aliases)
        self._misfits = {name: code for name, adapter in named.items() if (code := adapter.misfit(self._fit))}
        in_force = {adapter.name for adapter in self.serving.champions.values()}
        staged = await to_thread.run_sync(self._cache.names, abandon_on_cancel=True)
        unnamed = (self._residence.loaded | self._residence.present | staged | in_force) - named.keys()
        servable = {name for name, adapter in named.items() if adapter.servable and name not in self._misfits}
        self._approved = await self._still_approved(unnamed) | servable
        self._judged = unnamed | named.keys()

    async def _discard(self, aliases: tuple[Alias, ...]) -> None:
        """Delete from the disk what may not answer at once, and what nobody has named for a while."""
        # One that goes on until its successor has come is named by no alias, and needed.
        now, kept = self._clock(), _named(aliases).keys() | self._residence.present | self._residence.ranks.keys()
        self._unnamed_at = {name: self._unnamed_at.get(name, now) for name in self._judged - kept}
        expired = {name for name, since in self._unnamed_at.items() if now - since >= self._unnamed_s}
        gone = (self._judged - self._approved) | expired
        self._arrivals.keep_only(self._approved - expired)
        await to_thread.run_sync(self._cache.discard, gone, abandon_on_cancel=True)

    async def _still_approved(self, names: frozenset[str]) -> frozenset[str]:
        if not names:
            return names
        request = {"p_names": sorted(names)}
        found = await to_thread.run_sync(self._project.rpc, "still_approved", request, abandon_on_cancel=True)
        return names & frozenset(found or [])

    def _missing(self, tried: frozenset[str] = frozenset()) -> tuple[Adapter, bool] | None:
        """The next adapter to bring ahead of need, and whether it must be loaded: one that takes over must."""
        for alias, adapter in self._wanted():
            name = adapter.name
            # What another scorer has loaded must lie on this disk too, should the engine restart.
            is_here = name in self._residence.loaded & self._arrivals.staged
            if name in tried or is_here or not self._may_answer(name):
                continue
            in_force = self.serving.champions.get(alias.scope)
            takes_over = adapter is alias.adapter and in_force is not None and in_force.name != name
            takes_over = takes_over and alias.alias == CHAMPION
            is_needed = takes_over or name not in self._arrivals.staged or self._residence.has_room_for(adapter)
            if is_needed and self._arrivals.is_due(adapter):
                return adapter, takes_over
        return None

    def _wanted(self) -> list[tuple[Alias, Adapter]]:
        """Every adapter that may be asked, with its alias: champions first, those of wide scopes before narrow ones."""
        asked = sorted((alias for alias in self.serving.aliases if alias.is_asked), key=_importance)
        stand_ins = [(alias, alias.previous) for alias in asked if alias.previous and self._allows_previous]
        return [(alias, alias.adapter) for alias in asked] + stand_ins

    def _rank(self) -> None:
        champions = {adapter.name for adapter in self.serving.champions.values()}
        champions |= {alias.adapter.name for alias in self.serving.aliases if alias.alias == CHAMPION}
        wanted = {adapter.name for _, adapter in self._wanted()} | champions
        self._residence.ranks = {name: _CHAMPIONS_RANK if name in champions else _OTHERS_RANK for name in wanted}

    async def _bring_all(self) -> None:
        async with self._bringing:
            tried: frozenset[str] = frozenset()
            while missing := self._missing(tried):
                adapter, takes_over = missing
                tried |= {adapter.name}
                try:
                    await self._arrivals.bring(adapter, self._may_answer, must_load=takes_over)
                except SpeechgradeError:
                    # One bad adapter must not keep the others from answering; its code is kept as its failure.
                    pass
                except Exception as error:
                    _log.error("internal_error", kind=type(error).__name__)
                self._arrived()
            self._arrived()

    async def _have(self, adapter: Adapter) -> None:
        self._refuse_stale()
        if not self._may_answer(adapter.name):
            raise ModelUnknown("The adapter may not answer.")
        if not self.serving.is_at_hand(adapter):
            # A speech does not wait for a download: it would keep others from their turn.
            raise NoChampion("The adapter is not loaded yet.", code="champion_not_loaded")
        if adapter.name not in self._residence.loaded:
            try:
                await self._arrivals.bring(adapter, self._may_answer)
            finally:
                self._arrived()

    def _arrived(self) -> None:
        self._note(problem=None if self.serving.problem == "starting" else self.serving.problem)
        self._rank()

    def _note(self, **changes: Any) -> None:
        """The one place where ``serving`` changes."""
        failures = self._arrivals.failures.items()
        now = replace(
            self.serving,
            loaded=self._residence.loaded,
            staged=self._arrivals.staged,
            refused={**{name: found.code for name, found in failures if not found.is_passing}, **self._misfits},
            delayed={name: found.code for name, found in failures if found.is_passing},
            **changes,
        )
        self.serving = replace(now, champions=succession(now, self._approved))
        self._metrics.adapters_served.set(len(now.loaded))

    @property
    def _allows_previous(self) -> bool:
        return "previous" in self._settings.score_fallback

    def _may_answer(self, name: str) -> bool:
        return name in self._approved

    def _refuse_stale(self) -> None:
        if self._age() > self._settings.serve_unconfirmed_s:
            raise NoChampion("Whether a model may answer could not be confirmed.", code="adapters_stale")

    def _keep_problem(self, code: str) -> bool:
        self._note(problem=code)
        self._metrics.syncs.labels("failed").inc()
        _log.warning("sync_failed", code=code)
        return False

    def _now(self) -> float:
        return self._clock()

    def _age(self) -> float:
        confirmed = self.serving.confirmed_at
        return float("inf") if confirmed is None else self._clock() - confirmed


def _named(aliases: tuple[Alias, ...]) -> dict[str, Adapter]:
    return {adapter.name: adapter for alias in aliases for adapter in (alias.adapter, alias.previous) if adapter}


def _importance(alias: Alias) -> tuple[bool, int]:
    return alias.alias != CHAMPION, _WIDEST_FIRST.index(alias.scope[0])
