"""Looks at the database, the bucket and the engine independently of who wrote them: did it really happen?"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from speechgrade_local.errors import StepFailed

_LIMIT_S = 30.0


class Witness:
    """Reads everything again with its own eyes."""

    def __init__(self, database_url: str, supabase_url: str, secret_key: str) -> None:
        self._database_url = database_url
        self._http = httpx.Client(base_url=supabase_url, headers={"apikey": secret_key}, timeout=_LIMIT_S)

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self._database_url, row_factory=dict_row) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    def value(self, sql: str, *values: object) -> Any:
        (row,) = self.rows(sql, *values)
        return next(iter(row.values()))

    def download(self, bucket: str, path: str) -> bytes:
        response = self._http.get(f"/storage/v1/object/{bucket}/{path}")
        if response.status_code != 200:
            raise StepFailed(f"The object {bucket}/{path} is not in the bucket.")
        return response.content

    def exists(self, bucket: str, path: str) -> bool:
        return self._http.get(f"/storage/v1/object/{bucket}/{path}").status_code == 200

    def counts(self) -> dict[str, Any]:
        """Evaluations, those that may teach, and the outcome of each."""
        outcome = self.rows(
            "select coalesce(exclusion_reason, 'exported') as reason, count(*) from llm.training_data group by 1"
        )
        excluded = {row["reason"]: row["count"] for row in sorted(outcome, key=lambda row: -row["count"])}
        return {
            "evaluations": self.value("select count(*) from public.evaluations"),
            "consented": self.value("select count(*) from public.evaluations where llm_private.may_teach(id)"),
            "exported": excluded.pop("exported", 0),
            "excluded": excluded,
        }

    def check_dataset(self) -> dict[str, Any]:
        """The current snapshot: live consent for every member, bucket equal to manifest equal to database.

        Raises:
            StepFailed: names the first thing that is not so.
        """
        current = self.rows("select * from llm.datasets where status = 'current'")
        _insist(len(current) == 1, "There is no current dataset.")
        dataset = current[0]
        manifest = self.download("llm-datasets", dataset["manifest_path"])
        _insist(
            hashlib.sha256(manifest).hexdigest() == dataset["digest"], "The manifest is not the one of the database."
        )
        unconsented = self.value(
            "select count(*) from llm.dataset_members"
            " where dataset_id = %s and not llm_private.may_teach(evaluation_id)",
            dataset["id"],
        )
        _insist(unconsented == 0, "An example is in the dataset without consent.")
        splits = json.loads(manifest)["splits"]
        lines = {name: self._lines(split) for name, split in splits.items()}
        examples = {name: len(found) for name, found in lines.items()}
        _insist(sum(examples.values()) == dataset["examples"], "Bucket and database count differently.")
        hashes = {hashlib.sha256(line).hexdigest() for found in lines.values() for line in found}
        members = self.rows("select content_sha256 from llm.dataset_members where dataset_id = %s", dataset["id"])
        _insist(hashes == {row["content_sha256"] for row in members}, "Bucket and database hold different examples.")
        return {
            "digest": dataset["digest"],
            "examples": dataset["examples"],
            "subjects": dataset["subjects"],
            **examples,
        }

    def check_adapter(self, digest: str) -> dict[str, Any]:
        """A registered adapter: every file in the bucket has the digest that its row says.

        Raises:
            StepFailed: an object is missing or is not what the row says.
        """
        (adapter,) = self.rows("select * from llm.adapters where digest = %s", digest)
        for path, sha256 in adapter["files"].items():
            data = self.download("llm-adapters", f"{adapter['object_prefix']}/{path}")
            _insist(
                hashlib.sha256(data).hexdigest() == sha256, f"The adapter's file {path} is not what was registered."
            )
        return adapter

    def _lines(self, split: dict[str, Any]) -> list[bytes]:
        lines: list[bytes] = []
        for shard in split["shards"]:
            data = self.download("llm-datasets", shard["path"])
            _insist(hashlib.sha256(data).hexdigest() == shard["sha256"], "A shard is not what the manifest says.")
            lines += data.splitlines()
        return lines


def engine_models(engine_url: str) -> list[str]:
    """What vLLM itself says that it serves."""
    listed = httpx.get(f"{engine_url}/v1/models", timeout=_LIMIT_S).raise_for_status().json()
    return [str(model["id"]) for model in listed["data"]]


def _insist(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StepFailed(otherwise)


def until(what: str, holds: Callable[[], bool], pause: Callable[[], None], *, tries: int) -> None:
    """Wait for something that another process does.

    Raises:
        StepFailed: it did not happen.
    """
    for _ in range(tries):
        if holds():
            return
        pause()
    raise StepFailed(f"{what} did not happen.")
