"""Whether rows, manifest, objects and adapters say what the oracle says. Every check is a sentence of the design."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg.types.json import Jsonb
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import DatasetManifest
from speechgrade_shared.subject import example_id

from .app import Connection
from .oracle import Adapter, Oracle

BUCKET = "llm-datasets"
Row = dict[str, Any]
_LIVE = "('current', 'superseded')"


class Objects(Protocol):
    """The bucket of datasets, as whoever looks into it sees it."""

    def paths(self) -> set[str]: ...

    def read(self, path: str) -> bytes: ...


@dataclass
class Checks:
    """An independent look at what the exporter left behind."""

    db: Connection
    objects: Objects
    oracle: Oracle
    key: bytes
    publications: dict[tuple[UUID, datetime], dict[UUID, set[str]]] = field(default_factory=dict)
    """Every publication that was seen, and the splits that each enrolment's speeches were in."""

    def after_commit(self) -> None:
        """What holds at every moment, before any exporter has run."""
        included = {row["evaluation_id"] for row in self._included()}
        assert included <= self.oracle.teachable(), "an example is included without consent"
        states = self.db.execute("select digest, status from llm.adapters").fetchall()
        tainted = {row["digest"] for row in states if row["status"] == "tainted"}
        erased = self.oracle.of_the_erased()
        least = {one.digest for one in self.oracle.adapters if one.tainted}
        most = least | {one.digest for one in self.oracle.adapters if one.learned_from & erased}
        assert least <= tainted, "an adapter that has learned from somebody who withdrew is not tainted"
        assert tainted <= most, "an adapter is tainted without a reason"

    def remember(self) -> None:
        """Take note of what was published since the last time."""
        for dataset in self.db.execute("select id, published_at from llm.datasets").fetchall():
            publication = (dataset["id"], dataset["published_at"])
            if publication not in self.publications:
                members = self._members(dataset["id"])
                splits: defaultdict[UUID, set[str]] = defaultdict(set)
                self.publications[publication] = splits
                for member in members:
                    splits[self.oracle.student_of(member["evaluation_id"])].add(member["split"])
        live = self.db.execute(
            "select distinct m.evaluation_id from llm.dataset_members m join llm.datasets d on d.id = m.dataset_id"
            f" and d.status in {_LIVE}"
        ).fetchall()
        self.oracle.published = {row["evaluation_id"] for row in live}
        self.oracle.changed()

    def train(self) -> Adapter | None:
        """Register an adapter that has learned from the current dataset, as the trainer does."""
        dataset = self.db.execute("select id, digest from llm.datasets where status = 'current'").fetchone()
        if dataset is None:
            return None
        number = len(self.oracle.adapters)
        run = {"id": str(UUID(int=number)), "worker": "t", "recipe": "t", "recipe_sha256": "f", "recipe_body": {}}
        self.db.execute("select llm.start_run(%s)", [Jsonb(run | {"dataset_digest": dataset["digest"]})])
        digest = f"{number:064x}"
        adapter = {
            "digest": digest,
            "name": f"sg-{number}",
            "run_id": run["id"],
            "base_model": "b",
            "base_revision": "1",
        }
        rest = {"renderer_version": "r", "lora_rank": 8, "object_prefix": digest, "files": {}, "metrics": {}}
        self.db.execute("select llm.register_adapter(%s)", [Jsonb(adapter | rest)])
        learned = frozenset(member["evaluation_id"] for member in self._members(dataset["id"]))
        self.oracle.adapters.append(Adapter(digest, learned))
        self.oracle.changed()
        return self.oracle.adapters[-1]

    def after_export(self) -> None:
        """What holds when an exporter has come to its end and nobody has written since."""
        self.remember()
        self.after_commit()
        self._rows_are_what_the_app_says()
        self._the_dataset_is_what_the_rows_say()
        self._no_person_is_in_two_splits()
        self._no_live_dataset_holds_who_has_withdrawn()
        self._every_withdrawal_has_its_certificate()

    def after_sweep(self) -> None:
        """What holds when a sweep has come to its end, too: there is nothing else in the bucket."""
        self.after_export()
        held = self.objects.paths()
        assert held == self._live_objects() | self._certificates(), (
            "the bucket holds what it should not, or lacks something"
        )

    def _rows_are_what_the_app_says(self) -> None:
        teachable = self.oracle.teachable() - self.oracle.of_the_erased()
        assert self._one("select count(*) from llm.change_queue") == 0, "changes are left in the queue"
        rows = self.db.execute("select evaluation_id, status, exclusion_reason from llm.training_data").fetchall()
        known = [row["evaluation_id"] for row in rows]
        assert len(known) == len(set(known))
        assert set(self.oracle.evaluations) <= set(known) <= self.oracle.evaluations.keys() | self.oracle.gone.keys()
        wrong = [
            (row["status"], row["exclusion_reason"], row["evaluation_id"])
            for row in rows
            if (row["status"] == "included") != (row["evaluation_id"] in teachable)
        ]
        assert wrong == [], f"included is not who may teach: {wrong}"

    def _the_dataset_is_what_the_rows_say(self) -> None:
        dataset = self.db.execute("select * from llm.datasets where status = 'current'").fetchone()
        assert dataset is not None, "nothing is published"
        manifest = self._manifest(dataset)
        rows = {row["example_id"]: row for row in self._included()}
        members = self._members(dataset["id"])
        lines = {path: self._lines(path) for path in (shard.path for shard in manifest.shards())}
        written = [line for found in lines.values() for line, _ in found]
        assert sorted(line["example"] for line in written) == sorted(rows), "lines are not the included rows"
        assert dataset["examples"] == len(written) == sum(part.examples for part in manifest.splits.values())
        assert dataset["subjects"] == len({line["subject"] for line in written})
        assert {
            (member["evaluation_id"], member["content_sha256"], member["split"], member["subject_hash"])
            for member in members
        } == {(r["evaluation_id"], r["content_sha256"], r["split"], r["subject_hash"]) for r in rows.values()}
        where = {member["evaluation_id"]: member["shard_path"] for member in members}
        assert len(where) == len(members)
        for split, part in manifest.splits.items():
            for shard in part.shards:
                for line, content in lines[shard.path]:
                    row = rows[line["example"]]
                    assert (row["split"], where[row["evaluation_id"]]) == (split, shard.path)
                    self._the_line_is_what_the_row_says(line, content, row)

    def _manifest(self, dataset: Row) -> DatasetManifest:
        content = self.objects.read(dataset["manifest_path"])
        assert sha256_hex(content) == dataset["digest"], "the manifest is not the one that was published"
        manifest = DatasetManifest.from_bytes(content)
        for shard in manifest.shards():
            held = self.objects.read(shard.path)
            assert (sha256_hex(held), len(held), held.count(b"\n")) == (shard.sha256, shard.bytes, shard.examples)
        for document in manifest.documents.values():
            assert sha256_hex(self.objects.read(document.path)) == document.sha256
        return manifest

    def _the_line_is_what_the_row_says(self, line: Row, content: bytes, row: Row) -> None:
        evaluation = self.oracle.evaluations[row["evaluation_id"]]
        assert sha256_hex(content) == row["content_sha256"], "a line is not what its row says"
        assert line["example"] == example_id(self.key, str(evaluation.id))
        assert line["subject"] == row["subject_hash"]
        _, user, assistant = (message["content"] for message in line["messages"])
        assert row["anonymized_transcript"] in user
        assert f"My last words are {evaluation.mark}." in user, "an edit of the transcript was lost"
        section = next(iter(row["rubric"]["categories"]))
        points = row["sections"]["sections"][section["name"]]["points"]
        assert evaluation.points == next(iter(points.values())), "an edit of the scores was lost"
        assert json.loads(assistant) == row["sections"]

    def _no_person_is_in_two_splits(self) -> None:
        person, ever = self.oracle.people(), self.oracle.people(ever=True)
        current = self.db.execute("select id, published_at from llm.datasets where status = 'current'").fetchone()
        assert current is not None
        now: defaultdict[int, set[str]] = defaultdict(set)
        before: defaultdict[int, set[str]] = defaultdict(set)
        for publication, splits in self.publications.items():
            is_current = publication == (current["id"], current["published_at"])
            for student, found in splits.items():
                if is_current:
                    now[person[student]] |= found
                else:
                    before[ever[student]] |= found
        assert all(len(splits) == 1 for splits in now.values()), "a person is in two splits"
        splits = self.publications[current["id"], current["published_at"]]
        left = [one for one, found in splits.items() if before[ever[one]] and not found <= before[ever[one]]]
        assert left == [], "somebody has left the split they were published in"

    def _no_live_dataset_holds_who_has_withdrawn(self) -> None:
        kept = self.oracle.evaluations.keys() - self.oracle.of_the_erased()
        allowed = {example_id(self.key, str(one)) for one in kept if self.oracle.has_consent(one)}
        for path in self._live_objects():
            assert path in self.objects.paths(), "a live dataset names an object that is not there"
            if path.startswith("shards/"):
                held = {line["example"] for line, _ in self._lines(path)}
                assert held <= allowed, "an object holds somebody who has withdrawn"

    def _every_withdrawal_has_its_certificate(self) -> None:
        assert self._one("select count(*) from llm.erasures where completed_at is null") == 0, "an erasure is open"
        rows = self.db.execute("select evaluation_id from llm.erasures where certificate is not null").fetchall()
        missing = self.oracle.withdrawn.keys() - {row["evaluation_id"] for row in rows}
        # A running exporter may have given up the last snapshot that held a speech before its student withdrew.
        held = self.db.execute(
            "select m.evaluation_id, s.erased_at from llm.shard_members m join llm.shards s on s.path = m.shard_path"
            " where m.evaluation_id = any (%s)",
            (list(missing),),
        ).fetchall()
        late = [
            row
            for row in held
            if row["erased_at"] is None or row["erased_at"] > self.oracle.withdrawn[row["evaluation_id"]]
        ]
        assert late == [], "a certificate is missing"

    def _live_objects(self) -> set[str]:
        rows = self.db.execute(
            f"select d.manifest_path as path from llm.datasets d where d.status in {_LIVE}"
            f" union select unnest(d.documents) from llm.datasets d where d.status in {_LIVE}"
            f" union select m.shard_path from llm.dataset_members m join llm.datasets d on d.id = m.dataset_id and d.status in {_LIVE}"
        ).fetchall()
        return {row["path"] for row in rows}

    def _certificates(self) -> set[str]:
        rows = self.db.execute("select id from llm.erasures where completed_at is not null").fetchall()
        return {f"erasures/{row['id']}.json" for row in rows}

    def _lines(self, path: str) -> list[tuple[Row, bytes]]:
        return [(json.loads(line), line) for line in self.objects.read(path).splitlines()]

    def _included(self) -> list[Row]:
        return self.db.execute("select * from llm.training_data where status = 'included'").fetchall()

    def _members(self, dataset: UUID) -> list[Row]:
        return self.db.execute("select * from llm.dataset_members where dataset_id = %s", [dataset]).fetchall()

    def _one(self, statement: str) -> Any:
        row = self.db.execute(statement).fetchone()
        return None if row is None else next(iter(row.values()))
