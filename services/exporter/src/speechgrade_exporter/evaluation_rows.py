"""Rows of ``llm.read_evaluations``, for whoever looks at evaluations without working on them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.people import identify, people_of

_AT_ONCE = 200


def read_rows(project: SupabaseProject, ids: Sequence[str], key: bytes) -> Iterator[Mapping[str, Any]]:
    """One row for each id, in their order, read in parts; an id that is no evaluation's gives a row without one.

    ``person`` beside it is whose speech it is, as a worker would find; nothing is remembered of the look.

    Raises:
        ProjectError: the project did not answer, or refused.
    """
    for start in range(0, len(ids), _AT_ONCE):
        rows = project.rpc("read_evaluations", {"p_ids": list(ids[start : start + _AT_ONCE])})
        people = people_of({str(row["evaluation_id"]): row for row in rows}, partial(identify, key=key))
        known = project.rpc("known_people", {"p_people": people})
        yield from ({**row, "person": known.get(str(row["evaluation_id"]))} for row in rows)
