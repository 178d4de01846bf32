"""What must hold whatever happened: nothing accepted is lost, and nothing was said that the engine did not say."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.integration.scorer.conftest import TOKEN, Campus

from .processes import until

ANNOUNCED = {200, 202, 409, 429, 502, 503}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what its caller saw; no status where the connection broke."""

    evaluation: str
    key: str
    status: int | None
    body: Mapping[str, Any]
    took_s: float


def ask(url: str, evaluation: str, key: str, *, prefer: str = "", timeout_s: float = 60.0) -> Asked:
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": key, "Prefer": prefer}
    begun = time.monotonic()
    try:
        response = httpx.post(
            f"{url}/v1/score",
            json={"evaluation_id": evaluation},
            headers=headers,
            timeout=timeout_s,
            trust_env=False,
        )
    except httpx.HTTPError:
        return Asked(evaluation, key, None, {}, time.monotonic() - begun)
    return Asked(evaluation, key, response.status_code, response.json(), time.monotonic() - begun)


def ask_all(
    url: str, evaluations: Sequence[str], *, prefer: str = "", meanwhile: Callable[[], None] | None = None
) -> list[Asked]:
    """All at once, each under a key of its own; ``meanwhile`` happens while they are under way."""
    with ThreadPoolExecutor(len(evaluations)) as callers:
        asked = [callers.submit(ask, url, evaluation, str(uuid4()), prefer=prefer) for evaluation in evaluations]
        if meanwhile is not None:
            meanwhile()
        return [one.result() for one in asked]


def ask_until_answered(url: str, asked: Asked, limit_s: float = 60.0) -> Asked:
    """Ask again under the same key, as callers do, until there is an answer that is final."""
    deadline = time.monotonic() + limit_s
    while asked.status in (None, 202, 409, 429, 503):
        assert time.monotonic() < deadline, asked
        time.sleep(0.2)
        asked = ask(url, asked.evaluation, asked.key)
    return asked


def rows_of(campus: Campus, evaluations: Sequence[str]) -> list[dict[str, Any]]:
    return campus.run(
        "select * from llm.scores where evaluation_id = any(%s::uuid[]) order by created_at", list(evaluations)
    )


def assert_kept(campus: Campus, said: Callable[[], Mapping[str, Any]], asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Wait until every row has ended, and compare what callers were told with what is kept and what was said."""
    evaluations = [one.evaluation for one in asked]
    until(lambda: all(row["status"] not in ("queued", "running") for row in rows_of(campus, evaluations)))
    rows = {str(row["id"]): row for row in rows_of(campus, evaluations)}
    spoken = said()
    for row in rows.values():
        if row["status"] in ("ok", "fallback"):
            assert row["sections"] == spoken[row["overall_comments"]]["sections"]
        else:
            assert (row["status"], row["sections"], row["total_points"]) == ("unscored", None, None)
            assert row["reason"]
    for one in asked:
        assert one.status is None or one.status in ANNOUNCED, one
        if one.status in (200, 202):
            assert one.body["score_id"] in rows, one
        if one.status == 200:
            kept = rows[one.body["score_id"]]
            assert points_shown(one.body) == points_kept(kept), one
            assert one.body["overallComments"] == kept["overall_comments"]
    return list(rows.values())


def points_shown(body: Mapping[str, Any]) -> dict[str, tuple[float, list[float]]]:
    return {
        name: (section["score"], [criterion["points"] for criterion in section["subcategories"]])
        for name, section in body["sections"].items()
    }


def points_kept(row: Mapping[str, Any]) -> dict[str, tuple[float, list[float]]]:
    """A category that has no criteria of its own is shown as its sum alone."""
    kept = {name: section["points"] for name, section in row["sections"].items()}
    return {
        name: (sum(points.values()), [] if list(points) == [name] else list(points.values()))
        for name, points in kept.items()
    }
