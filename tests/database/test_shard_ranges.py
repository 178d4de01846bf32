"""The ranges of the dataset: halved where they grow, joined where they shrink, and the same rows give the same cut."""

import hashlib
import random

import pytest

from .conftest import School

MOST = 4
Cut = set[tuple[str, int, int, int]]


def put(school: School, number: int, split: str = "train") -> None:
    """An included example, without everything that leads to it."""
    name = hashlib.sha256(f"{split}{number}".encode()).hexdigest()[:32]
    school.db.execute(
        "insert into llm.training_data (evaluation_id, status, subject_hash, example_id, split, anonymized_transcript, rubric,"
        " sections, provenance, content_sha256, anonymizer_version, renderer_version) values (md5(%s)::uuid, 'included', %s, %s,"
        " %s, 't', '{}', '{}', 'human_authored', %s, 'a', 'r')",
        (name, name, name, split, name * 2),
    )


def take(school: School, number: int, split: str = "train") -> None:
    name = hashlib.sha256(f"{split}{number}".encode()).hexdigest()[:32]
    school.db.execute("delete from llm.training_data where evaluation_id = md5(%s)::uuid", (name,))


def cut(school: School) -> Cut:
    school.plan(MOST)
    rows = school.db.execute("select split, depth, prefix, examples from llm.shard_slots where examples > 0").fetchall()
    return {(row["split"], row["depth"], row["prefix"], row["examples"]) for row in rows}


def forget(school: School) -> None:
    """Only the rows remain: the next plan starts from nothing."""
    school.db.execute("delete from llm.shard_slots")
    school.db.execute(
        "insert into llm.shard_notes (split, bucket) select split, llm_private.bucket(subject_hash) from llm.training_data"
    )


def test_a_range_is_halved_when_it_grows_too_large(school: School) -> None:
    for number in range(MOST):
        put(school, number)
    assert cut(school) == {("train", 0, 0, MOST)}
    put(school, MOST)
    found = cut(school)
    assert sum(part[3] for part in found) == MOST + 1
    assert all(part[3] <= MOST for part in found)


@pytest.mark.parametrize("seed", range(6))
def test_the_cut_follows_from_the_rows_alone_whatever_has_happened(school: School, seed: int) -> None:
    rng = random.Random(seed)
    held: set[tuple[int, str]] = set()
    for _ in range(12):
        for _ in range(rng.randrange(1, 30)):
            who = (rng.randrange(80), rng.choice(["train", "train", "test"]))
            if who in held:
                take(school, *who)
                held.remove(who)
            else:
                put(school, *who)
                held.add(who)
        found = cut(school)
        assert sum(part[3] for part in found) == len(held)
        assert all(part[3] <= MOST or part[1] == 16 for part in found)
    forget(school)
    assert cut(school) == found


def test_only_the_range_of_a_change_is_made_again(school: School) -> None:
    for number in range(90):
        put(school, number)
    make(school)
    before = shards(school)
    school.db.execute(
        "update llm.training_data set content_sha256 = repeat('0', 64) where evaluation_id ="
        " (select evaluation_id from llm.training_data order by 1 limit 1)"
    )
    assert len(school.plan(MOST)["unmade"]) == 1
    assert len(before) > 1
    assert len(before - shards(school)) == 1


def test_what_does_not_change_an_example_leaves_no_note(school: School) -> None:
    put(school, 1)
    cut(school)
    school.db.execute("update llm.training_data set settled_at = now()")
    assert school.one("select count(*) from llm.shard_notes") == 0


def make(school: School) -> None:
    """Give every range an object, as if its examples were real."""
    for part in school.plan(MOST)["unmade"]:
        path = f"shards/{part['depth']}-{part['prefix']}.jsonl"
        school.db.execute(
            "insert into llm.shards (path, split, sha256, bytes, examples, subjects) values (%s, %s, repeat('a', 64), 1, 1, 1)",
            (path, part["split"]),
        )
        place = (path, part["depth"], part["prefix"])
        school.db.execute("update llm.shard_slots set path = %s where depth = %s and prefix = %s", place)


def shards(school: School) -> set[str]:
    return {
        row["path"] for row in school.db.execute("select path from llm.shard_slots where path is not null").fetchall()
    }
