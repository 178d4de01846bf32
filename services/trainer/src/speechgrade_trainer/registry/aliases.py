"""Which adapter answers for whom: an alias of a scope is moved, moved back, or taken away, and every move is kept."""

from typing import Any
from uuid import uuid4

from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import PromotionRefused
from speechgrade_trainer.registry.adapters import find
from speechgrade_trainer.registry.scope import Scope

CHAMPION = "champion"
DEFAULT = Scope()
_WHY = {
    "gate_missing": "it was never judged by the gate: speechgrade-trainer evaluate --adapter {name} --record",
    "gate_failed": "it did not pass the gate ({failed}): speechgrade-trainer gate {name}",
    "gate_outdated": "another champion answers now than the one it was compared with: "
    "speechgrade-trainer evaluate --adapter {name} --record",
    "scope_unknown": "the app has no {scope}",
}


def promote(
    project: SupabaseProject,
    wanted: str,
    actor: str,
    reason: str,
    *,
    scope: Scope = DEFAULT,
    alias: str = CHAMPION,
    force: bool = False,
) -> dict[str, Any]:
    """Let an adapter answer for a scope. ``force`` overrules the gate, which is audited; a taint cannot be overruled.

    Raises:
        PromotionRefused: the registry's reason is its code, e.g. ``gate_failed`` or ``adapter_tainted``.
    """
    row = find(project, wanted)
    params = {"p_digest": row["digest"], "p_force": force, **_move(scope, alias, actor, reason)}
    outcome = project.rpc("promote_adapter", params)
    if not outcome["promoted"]:
        code = outcome["reason"]
        failed = ", ".join(outcome.get("failed", []))
        why = _WHY.get(code, f"it is {row['status']}").format(name=row["name"], failed=failed, scope=scope)
        raise PromotionRefused(f"{row['name']} is not promoted: {why}.", code=code)
    return _moved(row, scope, alias) | {"is_forced": outcome["is_forced"]}


def rollback(
    project: SupabaseProject, actor: str, reason: str, *, scope: Scope = DEFAULT, alias: str = CHAMPION
) -> dict[str, Any]:
    """Let the adapter answer that answered before; once more goes back one more.

    Raises:
        PromotionRefused: ``no_previous_adapter``.
    """
    outcome = project.rpc("rollback_alias", _move(scope, alias, actor, reason))
    if not outcome["rolled_back"]:
        raise PromotionRefused("No adapter that may still answer came before.", code=outcome["reason"])
    return _moved(find(project, outcome["digest"]), scope, alias)


def demote(project: SupabaseProject, actor: str, reason: str, *, scope: Scope, alias: str) -> dict[str, Any]:
    """Take an alias away, so that the default answers for the scope again.

    Raises:
        PromotionRefused: ``alias_unknown``, or ``default_champion_kept``.
    """
    outcome = project.rpc("demote_alias", _move(scope, alias, actor, reason))
    if not outcome["demoted"]:
        raise PromotionRefused(f"The {alias} of {scope} is not taken away.", code=outcome["reason"])
    return {"scope": str(scope), "alias": alias}


def overview(project: SupabaseProject) -> list[dict[str, Any]]:
    """Every alias: its adapter, since when and by whom, and what a rollback would bring back."""
    return list(project.rpc("alias_overview"))


def history(project: SupabaseProject) -> list[dict[str, Any]]:
    """Every move of every alias, newest first."""
    return list(project.rpc("alias_moves"))


def _move(scope: Scope, alias: str, actor: str, reason: str) -> dict[str, Any]:
    # The number of the request makes a repeated call move nothing twice.
    return {
        "p_actor": actor,
        "p_reason": reason,
        "p_alias": alias,
        "p_request": str(uuid4()),
        **scope.as_params(),
    }


def _moved(row: dict[str, Any], scope: Scope, alias: str) -> dict[str, Any]:
    return {"digest": row["digest"], "name": row["name"], "scope": str(scope), "alias": alias}
