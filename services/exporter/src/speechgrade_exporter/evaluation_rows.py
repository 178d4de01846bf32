"""Rows of ``llm.read_evaluations``, for whoever looks at evaluations without working on them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import PersonKey

from speechgrade_exporter.people import identify

_AT_ONCE = 200
Row = dict[str, Any]


def read_rows(project: SupabaseProject, ids: Sequence[str]) -> Iterator[Row]:
    """One row for each id, in their order, read in parts; an id that is no evaluation's gives a row without one.

    Raises:
        ProjectError: the project did not answer, or refused.
    """
    for start in range(0, len(ids), _AT_ONCE):
        yield from project.rpc("read_evaluations", {"p_ids": list(ids[start : start + _AT_ONCE])})


def with_people(project: SupabaseProject, rows: Iterable[Row], key: bytes) -> list[Row]:
    """The rows with whose speech each is, as a worker names them; people who are new get their pseudonym."""
    named = {str(row["evaluation_id"]): row for row in rows}
    people = []
    for evaluation, row in named.items():
        if keys := identify(row, key):
            hashes, strengths = [one.hash for one in keys], [one.strength for one in keys]
            people.append({"evaluation_id": evaluation, "keys": hashes, "strengths": strengths})
    found = project.rpc("resolve_subjects", {"p_people": people}) if people else {}
    return [row | {"person": found.get(evaluation)} for evaluation, row in named.items()]


def with_known_person(project: SupabaseProject, row: Row, key: bytes) -> Row:
    """The row with whose speech it is, as far as the database knows already; nothing is written."""
    keys = identify(row, key)
    if not keys:
        return row | {"person": None}
    subject = _subject(project, keys)
    split = _first(project, "split_assignments", "subject_hash,split", "subject_hash", subject)
    stones = project.rows("tombstones", "id,lifted_at", key="id", where={"subject_hash": subject})
    erased = any(stone["lifted_at"] is None for stone in stones)
    return row | {"person": {"subject": subject, "split": split and split["split"], "erased": erased}}


def _subject(project: SupabaseProject, keys: Sequence[PersonKey]) -> str:
    for one in keys:
        known = _first(project, "subject_keys", "key_hash,subject_hash", "key_hash", one.hash)
        if known is not None:
            return str(known["subject_hash"])
    return keys[0].hash


def _first(project: SupabaseProject, table: str, columns: str, key: str, value: str) -> Row | None:
    return next(project.rows(table, columns, key=key, where={key: value}), None)
