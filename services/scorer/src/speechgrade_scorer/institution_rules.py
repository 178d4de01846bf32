"""What an institution has allowed, as an operator writes it down: whether its anonymized speeches may go elsewhere."""

from typing import Any
from uuid import UUID

from speechgrade_shared.project import SupabaseProject

from speechgrade_scorer.errors import RequestInvalid

_REFUSALS = {
    "institution_unknown": "The app has no such institution.",
    "reason_missing": "A decision is written down with its reason.",
}


def set_rule(
    project: SupabaseProject, institution: UUID, *, allows_external: bool, reason: str, actor: str = "operator"
) -> dict[str, Any]:
    """Write an institution's decision down, with who and why.

    Raises:
        RequestInvalid: ``institution_unknown`` or ``reason_missing``; nothing is changed.
        ProjectError: the project did not do it.
    """
    answer = project.rpc(
        "set_institution_rule",
        {
            "p_institution": str(institution),
            "p_allows_external": allows_external,
            "p_actor": actor,
            "p_reason": reason,
        },
    )
    if not answer["set"]:
        refusal = str(answer["reason"])
        raise RequestInvalid(_REFUSALS.get(refusal, "The decision was not taken."), code=refusal)
    return {"institution": str(institution), "allows_external": answer["allows_external"]}
