"""Goes the way of a score: project, adapters, engine, a made-up speech, the running scorer, the function."""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anyio import to_thread
from speechgrade_shared.findings import Finding, Level, fine, worst
from speechgrade_shared.function_check import examine_function, function_address
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.project_findings import asked, judge_clock, judge_grants, judge_key

from speechgrade_scorer.adapters.registry import CHAMPION, Alias, Fit, parse_serving_state
from speechgrade_scorer.doctor.adapter_findings import TOLD, judge_aliases
from speechgrade_scorer.doctor.engine_findings import examine_engine
from speechgrade_scorer.doctor.rehearsal import rehearse
from speechgrade_scorer.doctor.running_findings import examine_running
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings

Clock = Callable[[], datetime]
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - it is where a scorer listens, and not where it is asked
_CACHE_FIX = (
    "The folder SPEECHGRADE_ADAPTER_CACHE must be writable for user 65532, and its disk must have room.\n"
    "A folder of the host: chown 65532 FOLDER. Kubernetes: fsGroup 65532 in the pod's securityContext."
)
_UNSEEN = (
    "The engine must see the adapter cache: the same volume, under SPEECHGRADE_ENGINE_ADAPTER_CACHE where it has\n"
    "another path there. Then: speechgrade-scorer sync"
)
_SPOILT = 'Its objects were changed. speechgrade-trainer rollback --reason "…", or train anew and promote.'
_RESIDENCE_FIXES = {
    "adapter_cache_failed": _CACHE_FIX,
    "adapter_tampered": _SPOILT,
    "adapter_config_mismatch": _SPOILT,
    "object_missing": _SPOILT,
}
_OBJECTS_FIX = 'It was deleted in Storage. speechgrade-trainer rollback --reason "…", or train anew and promote.'


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked beside the project and the engine."""

    scorer_url: str
    asks_function: bool = True


def own_address(settings: ScorerSettings) -> str:
    """Where a scorer with these settings answers on this machine."""
    host = "127.0.0.1" if settings.scorer_host in _EVERYWHERE else settings.scorer_host
    return f"http://{host}:{settings.scorer_port}"


async def examine(settings: ScorerSettings, wishes: Wishes, clock: Clock = lambda: datetime.now(UTC)) -> list[Finding]:
    """Every finding, in the order of the way. Nothing is kept, and no student's speech is read."""
    found = [fine("settings", "complete"), judge_key(settings.supabase_secret_key.get_secret_value())]
    project = SupabaseProject.from_settings(settings)
    engine = Engine.from_settings(settings)
    service = ScoringService(settings, project, engine)
    try:
        found += [finding async for finding in _way(settings, service, project, engine, clock)]
    finally:
        await service.close()
    found += await to_thread.run_sync(lambda: list(examine_running(wishes.scorer_url)))
    if wishes.asks_function:
        key = settings.supabase_secret_key.get_secret_value()
        found += await to_thread.run_sync(lambda: list(examine_function(function_address(settings.supabase_url), key)))
    return found


async def _way(
    settings: ScorerSettings, service: ScoringService, project: SupabaseProject, engine: Engine, clock: Clock
) -> AsyncIterator[Finding]:
    before = await to_thread.run_sync(lambda: list(_project(settings, project, clock)))
    for finding in before:
        yield finding
    ours = settings.engine_kind == "vllm"
    met = [finding async for finding in examine_engine(engine, settings)] if ours else []
    for finding in met:
        yield finding
    # What is known to be wrong would only be said once more, after a long wait.
    if worst([*before, *met]) is not Level.WRONG and ours:
        await service.adapters.look()
        yield _judge_residence(service)
        yield await rehearse(service)


def _project(settings: ScorerSettings, project: SupabaseProject, clock: Clock) -> Iterator[Finding]:
    before = clock()
    state = asked("project", lambda: project.rpc("exporter_state"))
    after = clock()
    rows = state if isinstance(state, Finding) else asked("project", lambda: project.rpc("serving_state"))
    if isinstance(rows, Finding):
        yield rows
        return
    yield fine("project", "answers, and schema llm is exposed")
    yield judge_clock(datetime.fromisoformat(state["now"]), before, after)
    missing = asked("grants", lambda: project.rpc("missing_grants"))
    yield missing if isinstance(missing, Finding) else judge_grants(missing)
    yield _judge_cache(settings.adapter_cache)
    aliases = parse_serving_state(rows)
    fit = Fit(settings.base_model, settings.base_revision, settings.max_lora_rank)
    base_may_answer = "base" in settings.score_fallback or settings.engine_kind != "vllm"
    yield from judge_aliases(aliases, fit, base_may_answer=base_may_answer)
    yield from _objects(project, settings.adapter_bucket, aliases)


def _judge_cache(folder: Path) -> Finding:
    name = "adapter cache"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"speechgrade-scorer doctor")
    except OSError:
        return Finding(Level.WRONG, name, "adapter_cache_failed", f"{folder} cannot be written", _CACHE_FIX)
    return fine(name, f"{folder} can be written")


def _objects(project: SupabaseProject, bucket: str, aliases: tuple[Alias, ...]) -> Iterator[Finding]:
    for alias in aliases:
        if alias.alias != CHAMPION or not alias.adapter.servable:
            continue
        adapter, name = alias.adapter, f"objects of {alias.adapter.name}"
        listed = asked(name, partial(project.object_names, bucket, adapter.object_prefix))
        if isinstance(listed, Finding):
            yield listed
            continue
        gone = [path for path, _ in adapter.files if "/" not in path and path not in listed]
        detail = f"{', '.join(gone)} not in bucket {bucket}"
        yield (
            Finding(Level.WRONG, name, "object_missing", detail, _OBJECTS_FIX)
            if gone
            else fine(name, f"lie in bucket {bucket}")
        )


def _judge_residence(service: ScoringService) -> Finding:
    name, serving = "adapters in the engine", service.adapters.serving
    failed = {**serving.delayed, **serving.refused}
    troubles = {adapter: code for adapter, code in failed.items() if code not in TOLD}
    if len(serving.loaded) < service.settings.max_loaded_adapters:
        # An engine that does not find the folder says that it knows no such model, which other failures say too.
        servable = {
            alias.adapter.name for alias in serving.aliases if alias.alias == CHAMPION and alias.adapter.servable
        }
        troubles |= dict.fromkeys(servable - serving.loaded - failed.keys(), "champion_not_loaded")
    if not troubles:
        return fine(name, f"{len(serving.loaded)} loaded")
    adapter, code = sorted(troubles.items())[0]
    fix = _RESIDENCE_FIXES.get(code, _UNSEEN)
    return Finding(Level.WRONG, name, code, f"{adapter} could not be brought into the engine", fix)
