"""Rows of ``llm.read_evaluations``, for whoever looks at evaluations without working on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from speechgrade_shared.project import SupabaseProject

_AT_ONCE = 200


def read_rows(project: SupabaseProject, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """One row for each id, in their order, read in parts; an id that is no evaluation's gives a row without one.

    Raises:
        ProjectError: the project did not answer, or refused.
    """
    for start in range(0, len(ids), _AT_ONCE):
        yield from project.rpc("read_evaluations", {"p_ids": list(ids[start : start + _AT_ONCE])})
