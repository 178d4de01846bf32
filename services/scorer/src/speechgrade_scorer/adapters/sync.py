"""Keeps the engine's adapters equal to what the database says may be served.

The alias lives in our tables, never in the engine: an adapter is loaded under its immutable digest name, and what may
not be served any more is unloaded and deleted at the next look.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import structlog
from anyio import to_thread
from speechgrade_shared.errors import ProjectError, SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_scorer.adapters.registry import ADAPTER_PREFIX, Adapter, Alias, Fit, parse_serving_state
from speechgrade_scorer.adapters.routing import Route, Scopes
from speechgrade_scorer.adapters.staging import AdapterCache
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.errors import AdapterRefused, EngineError, NoChampion
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.settings import ScorerSettings

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Serving:
    """What one look found: the aliases, which adapters are loaded, and why others are not."""

    aliases: tuple[Alias, ...] = ()
    loaded: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    engine: str = ""
    base_is_served: bool = False
    confirmed_at: float | None = None
    problem: str | None = "starting"


class AdapterSync:
    """The one writer of ``serving``. Looks are never concurrent; readers take the last one."""

    def __init__(
        self,
        settings: ScorerSettings,
        project: SupabaseProject,
        engine: Engine,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._project = project
        self._engine = engine
        self._metrics = metrics
        self._clock = clock
        self._cache = AdapterCache(settings.adapter_cache, project, settings.adapter_bucket)
        self._fit = Fit(settings.base_model, settings.base_revision, settings.max_lora_rank)
        self._lock = anyio.Lock()
        self.serving = Serving()

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await anyio.sleep(self._settings.sync_interval_s)

    async def look(self, *, unless_younger_than_s: float = 0.0) -> Serving:
        """Look once; a failure is kept in ``serving.problem`` and leaves what is served as it was."""
        async with self._lock:
            if self._age() < unless_younger_than_s:
                return self.serving
            try:
                self.serving = await self._looked()
            except SpeechgradeError as error:
                self._keep_problem(error.code)
            except Exception as error:
                # A bug here must not end the looking, or a withdrawal would go unseen.
                _log.error("internal_error", kind=type(error).__name__)
                self._keep_problem("internal_error")
            else:
                self._metrics.syncs.labels("ok").inc()
                self._metrics.last_sync.set_to_current_time()
            self._metrics.adapters_served.set(len(self.serving.loaded))
            return self.serving

    def route(self, scopes: Scopes, *, draw: str = "") -> Route:  # noqa: ARG002
        """The adapters that answer for a speech now. The same ``draw`` falls on the same adapter.

        Raises:
            NoChampion: there is none, it may not be served, or it has been unconfirmed for too long.
            AdapterRefused: it does not fit this engine; the code says how.
        """
        serving = self.serving
        if self._age() > self._settings.serve_unconfirmed_s:
            raise NoChampion("Whether a model may answer could not be confirmed.", code="adapters_stale")
        champions = {alias.scope: alias.adapter for alias in serving.aliases if alias.alias == "champion"}
        adapter = next((champions[scope] for scope in scopes.narrowest_first() if scope in champions), None)
        if adapter is None or not adapter.servable:
            raise NoChampion("No approved model may answer for this speech.")
        if adapter.name in serving.refused:
            raise AdapterRefused("The champion cannot be served here.", code=serving.refused[adapter.name])
        if adapter.name not in serving.loaded:
            raise NoChampion("The champion is not loaded yet.", code="champion_not_loaded")
        return Route(adapter)

    def obstacles(self) -> list[str]:
        """Why no score can be given right now, as codes; empty when ready."""
        found = [self.serving.problem] if self.serving.problem else []
        if self.serving.confirmed_at is not None and not self.serving.base_is_served:
            found.append("engine_base_mismatch")
        if not self._settings.score_fallback and self.serving.confirmed_at is not None:
            try:
                self.route(Scopes())
            except SpeechgradeError as error:
                found.append(error.code)
        return found

    async def _looked(self) -> Serving:
        aliases = parse_serving_state(await self._state())
        adapters = {alias.adapter.name: alias.adapter for alias in aliases}
        wanted = {name: adapter for name, adapter in adapters.items() if adapter.servable}
        # First stop what may not answer: that must not wait for a download.
        self._stop_serving(aliases, wanted)
        present = await self._engine.model_names()
        await self._unload(frozenset(n for n in present - wanted.keys() if n.startswith(ADAPTER_PREFIX)))
        await to_thread.run_sync(self._cache.keep_only, frozenset(wanted))
        loaded, refused = await self._load_all(wanted, present)
        return Serving(
            aliases=aliases,
            loaded=loaded,
            refused=refused,
            engine=await self._engine.version(),
            base_is_served=self._settings.base_model in present,
            confirmed_at=self._clock(),
            problem=None,
        )

    async def _state(self) -> list[dict[str, Any]]:
        return await to_thread.run_sync(self._project.rpc, "serving_state", abandon_on_cancel=True) or []

    def _stop_serving(self, aliases: tuple[Alias, ...], wanted: Mapping[str, Adapter]) -> None:
        before = self.serving
        confirmed = self._clock() if before.confirmed_at is not None else None
        self.serving = replace(before, aliases=aliases, loaded=before.loaded & wanted.keys(), confirmed_at=confirmed)

    async def _unload(self, names: frozenset[str]) -> None:
        for name in sorted(names):
            await self._engine.unload_adapter(name)
            _log.info("adapter_unloaded", adapter=name)

    async def _load_all(
        self, wanted: Mapping[str, Adapter], present: frozenset[str]
    ) -> tuple[frozenset[str], dict[str, str]]:
        loaded, refused = set(), {}
        for name, adapter in wanted.items():
            try:
                if name not in present:
                    await self._load(adapter)
                else:
                    adapter.refuse_misfit(self._fit)
            except (AdapterRefused, EngineError, ProjectError) as error:
                # One bad adapter must not keep the others from answering.
                refused[name] = error.code
                _log.error("adapter_refused", adapter=name, code=error.code)
            else:
                loaded.add(name)
        return frozenset(loaded), refused

    async def _load(self, adapter: Adapter) -> None:
        adapter.refuse_misfit(self._fit)
        try:
            await to_thread.run_sync(self._cache.stage, adapter)
        except OSError as error:
            raise AdapterRefused("The adapter cache cannot be written.", code="adapter_cache_failed") from error
        try:
            await self._engine.load_adapter(adapter.name, self._settings.engine_folder / adapter.name)
        except EngineError:
            # Another scorer at the same engine may have loaded it a moment ago; the name says it is the same one.
            if adapter.name not in await self._engine.model_names():
                raise
        _log.info("adapter_loaded", adapter=adapter.name)

    def _keep_problem(self, code: str) -> None:
        self.serving = replace(self.serving, problem=code)
        self._metrics.syncs.labels("failed").inc()
        _log.warning("sync_failed", code=code)

    def _age(self) -> float:
        confirmed = self.serving.confirmed_at
        return float("inf") if confirmed is None else self._clock() - confirmed
