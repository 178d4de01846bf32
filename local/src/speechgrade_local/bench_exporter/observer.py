"""What can be seen of an export from outside: in the tables of schema llm, in the bucket, in the exporter's metrics."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg

from speechgrade_local.errors import StepFailed

_LOOK_EVERY_S = 0.01
_LIMIT_S = 300.0
_UPLOADED = "speechgrade_exporter_uploaded_bytes_total"


class Observer:
    """Looks, and waits for what it wants to see; every look is a transaction of its own."""

    def __init__(self, database_url: str, bucket: Path) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._bucket = bucket

    def close(self) -> None:
        self._connection.close()

    def value(self, sql: str, *values: object) -> Any:
        """The one value of the one row that a query returns, None without a row."""
        row = self._connection.execute(sql.encode(), values).fetchone()
        return None if row is None else row[0]

    def values(self, sql: str, *values: object) -> list[Any]:
        """The first column of a query."""
        return [row[0] for row in self._connection.execute(sql.encode(), values).fetchall()]

    def commit(self, sql: str, *values: object) -> float:
        """Run a statement as the app would; how many seconds it took until it was committed."""
        began = time.perf_counter()
        self._connection.execute(sql.encode(), values)
        return time.perf_counter() - began

    def digest(self) -> str | None:
        """The dataset that is current."""
        digest = self.value("select digest from llm.datasets where status = 'current'")
        return None if digest is None else str(digest)

    def has_object(self, path: str) -> bool:
        """Whether the bucket holds an object."""
        return (self._bucket / path).exists()

    def await_that(self, holds: Callable[[], bool], what: str) -> float:
        """Look until it holds; how many seconds that took.

        Raises:
            StepFailed: it did not hold for five minutes.
        """
        began = time.perf_counter()
        while not holds():
            if time.perf_counter() - began > _LIMIT_S:
                raise StepFailed(f"{what} did not happen within {_LIMIT_S:.0f} seconds.")
            time.sleep(_LOOK_EVERY_S)
        return time.perf_counter() - began


def uploaded_bytes(metrics_url: str) -> int:
    """What a running exporter has written to the bucket since its start."""
    lines = httpx.get(metrics_url, timeout=10, trust_env=False).text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith(f"{_UPLOADED} "))))
