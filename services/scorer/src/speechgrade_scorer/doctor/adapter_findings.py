"""What the registry's rows mean for this scorer: who may answer for whom, and why others may not."""

from collections.abc import Iterator, Sequence

from speechgrade_shared.findings import Finding, Level, fine

from speechgrade_scorer.adapters.registry import CHAMPION, DEFAULT_SCOPE, Alias, Fit

_PROMOTE = 'speechgrade-trainer promote latest --reason "…"'
_BACK = 'speechgrade-trainer rollback --reason "…"'
_CHANGED = f"Its row was changed by hand. Go back: {_BACK}, or train anew and {_PROMOTE}"
_FIXES = {
    "adapter_tainted": (
        "It learned from somebody who has withdrawn. Train without them, and promote what comes of it:\n"
        f"speechgrade-trainer train --recipe …\n{_PROMOTE}"
    ),
    "adapter_candidate": _PROMOTE,
    "adapter_retired": _PROMOTE,
    "adapter_purged": _PROMOTE,
    "adapter_name_invalid": _CHANGED,
    "adapter_digest_mismatch": _CHANGED,
    "adapter_files_invalid": _CHANGED,
    "adapter_renderer_mismatch": (
        "It was trained with another release's prompt. Train with this release, or run the release that trained it."
    ),
    "adapter_base_mismatch": (
        "Set SPEECHGRADE_BASE_MODEL={base_model} and SPEECHGRADE_BASE_REVISION={base_revision} for scorer and engine,\n"
        "and start both again; or promote an adapter of the base that is served."
    ),
    "adapter_rank_too_large": (
        "Start the engine with --max-lora-rank {lora_rank} and the scorer with SPEECHGRADE_MAX_LORA_RANK={lora_rank}."
    ),
}

TOLD = frozenset(_FIXES)
"""What is told of an adapter here, and not again where it is not loaded for it."""


def judge_aliases(aliases: Sequence[Alias], fit: Fit, *, base_may_answer: bool) -> Iterator[Finding]:
    """One finding for the default's champion where it is missing, and one for each alias that should answer."""
    if not any((alias.scope, alias.alias) == (DEFAULT_SCOPE, CHAMPION) for alias in aliases):
        yield _without_champion(base_may_answer=base_may_answer)
    for alias in aliases:
        if alias.is_asked:
            yield _judged(alias, fit, base_may_answer=base_may_answer)


def _without_champion(*, base_may_answer: bool) -> Finding:
    level = Level.WARN if base_may_answer else Level.WRONG
    return Finding(level, CHAMPION, "no_champion", "no adapter answers by default", _PROMOTE)


def _judged(alias: Alias, fit: Fit, *, base_may_answer: bool) -> Finding:
    adapter, name = alias.adapter, _spoken(alias)
    code = f"adapter_{adapter.status}" if not adapter.servable else adapter.misfit(fit)
    if code is None:
        return fine(name, f"{adapter.name} may answer")
    fix = _FIXES.get(code, _PROMOTE).format(
        base_model=adapter.base_model, base_revision=adapter.base_revision, lora_rank=adapter.lora_rank
    )
    is_bearable = base_may_answer or alias.alias != CHAMPION or alias.scope != DEFAULT_SCOPE
    return Finding(Level.WARN if is_bearable else Level.WRONG, name, code, f"{adapter.name} may not answer", fix)


def _spoken(alias: Alias) -> str:
    kind, scope = alias.scope
    return f"{alias.alias} of {kind} {scope}" if scope else alias.alias
