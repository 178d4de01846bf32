"""A Supabase project without HTTP: the same PostgreSQL, the same role, a bucket in memory; a call takes a millisecond.

Arguments and answers go through JSON as PostgREST sends them, each call is a transaction of its own, and the role is
``service_role``, so a grant that is missing in a migration is missing here.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from postgrest.exceptions import APIError
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from speechgrade_shared.errors import ObjectMissing, ProjectRefused
from speechgrade_shared.failpoints import FailpointHit
from speechgrade_shared.project import StoredObject, _from_api_error

PAGE = 100
_ARGUMENTS = """
    select p.proretset as gives_rows, coalesce(array_agg(a.name order by a.place) filter (where a.name is not null), '{}') as names,
           coalesce(array_agg(format_type(a.type, null) order by a.place) filter (where a.name is not null), '{}') as types
      from pg_catalog.pg_proc p
      left join lateral unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) with ordinality as a (type, name, place) on true
     where p.pronamespace = 'llm'::regnamespace and p.proname = %s
     group by p.oid
"""


def connect(database_url: str) -> psycopg.Connection[dict[str, Any]]:
    """A connection of the role that PostgREST takes for the secret key."""
    db: psycopg.Connection[dict[str, Any]] = psycopg.connect(database_url, autocommit=True, row_factory=dict_row)
    db.execute("set role service_role")
    return db


class MemoryBucket:
    """Objects of all buckets, by bucket and path; shared by every process that a test plays."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def paths(self, bucket: str) -> list[str]:
        return sorted(path for name, path in self.objects if name == bucket)


class DirectProject:
    """What ``SupabaseProject`` offers, for one process that a test plays. A dead one does nothing any more."""

    def __init__(self, db: psycopg.Connection[dict[str, Any]], bucket: MemoryBucket) -> None:
        self._db = db
        self._bucket = bucket
        self._call = cache(self._statement)
        self.is_dead = False

    def rpc(self, name: str, params: Mapping[str, Any] | None = None) -> Any:
        given = dict(params or {})
        statement, gives_rows = self._call(name, tuple(sorted(given)))
        rows = [row["answer"] for row in self._execute(statement, [Jsonb(given)])]
        return rows if gives_rows else rows[0]

    def rows(
        self, table: str, columns: str, *, key: str, where: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        names = sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(column)) for column in columns.split(","))
        asked = [sql.SQL("r.{} = %s").format(sql.Identifier(column)) for column in where or ()]
        last: Any = None
        while True:
            after = [] if last is None else [sql.SQL("r.{} > %s").format(sql.Identifier(key))]
            statement = sql.SQL(
                "select to_jsonb(found) as answer from (select {} from llm.{} r where {} order by r.{} limit {}) found"
            ).format(
                names,
                sql.Identifier(table),
                sql.SQL(" and ").join([sql.SQL("true"), *asked, *after]),
                sql.Identifier(key),
                sql.Literal(PAGE),
            )
            page = [
                row["answer"] for row in self._execute(statement, [*(where or {}).values(), *([last] if after else [])])
            ]
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1][key]

    def upload(self, bucket: str, path: str, data: bytes, content_type: str) -> None:  # noqa: ARG002
        self._live()
        self._bucket.objects[bucket, path] = bytes(data)

    def download(self, bucket: str, path: str) -> bytes:
        self._live()
        if (bucket, path) not in self._bucket.objects:
            raise ObjectMissing("An object is not in its bucket.")
        return self._bucket.objects[bucket, path]

    def remove(self, bucket: str, paths: Sequence[str]) -> None:
        self._live()
        for path in paths:
            self._bucket.objects.pop((bucket, path), None)

    def objects(self, bucket: str, folder: str) -> list[StoredObject]:
        self._live()
        paths = [path for path in self._bucket.paths(bucket) if path.rpartition("/")[0] == folder]
        sizes = {path: len(self._bucket.objects[bucket, path]) for path in paths}
        return [StoredObject(path.rpartition("/")[2], sizes[path], written_at=None) for path in paths]

    def _statement(self, name: str, given: tuple[str, ...]) -> tuple[sql.Composed, bool]:
        function = self._db.execute(_ARGUMENTS, [name]).fetchone()
        if function is None or not set(given) <= set(function["names"]):
            raise ProjectRefused("The database refused the request (PGRST202).", database_code="PGRST202")
        types = dict(zip(function["names"], function["types"], strict=True))
        columns = [sql.SQL("{} {}").format(sql.Identifier(one), sql.SQL(types[one])) for one in given]
        passed = [sql.SQL("{0} => a.{0}").format(sql.Identifier(one)) for one in given]
        call = sql.SQL("llm.{}({}) as r").format(sql.Identifier(name), sql.SQL(", ").join(passed))
        record = sql.SQL("jsonb_to_record(%s) as a ({}), ").format(
            sql.SQL(", ").join(columns) if columns else sql.SQL("none int")
        )
        return sql.SQL("select to_jsonb(r) as answer from ") + record + call, bool(function["gives_rows"])

    def _execute(self, statement: sql.Composed, values: list[Any]) -> list[dict[str, Any]]:
        self._live()
        try:
            return self._db.execute(statement, values).fetchall()
        except psycopg.Error as error:
            raise _from_api_error(APIError({"code": error.sqlstate or ""})) from error

    def _live(self) -> None:
        if self.is_dead:
            raise FailpointHit("after death")
