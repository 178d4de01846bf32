"""Shards and manifests: the same rows give the same bytes, a change touches one shard, a person is in one split."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.shards import Line, cut_into_shards
from speechgrade_exporter.snapshots import Snapshot, make_snapshot
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import DatasetManifest
from speechgrade_shared.subject import Split, SplitShares, assign_split, subject_hash

KEY = b"k" * 32


def line(number: int, person: int) -> Line:
    subject = subject_hash(KEY, email=f"p{person}@example.org", sis_id=None, enrolment_id="")
    split = assign_split(KEY, subject, SplitShares())
    return Line(f"e{number}", sha256_hex(str(number).encode())[:32], subject, split, b'{"n":%d}' % number)


def snapshot(lines: list[Line]) -> Snapshot:
    return make_snapshot(lines, excluded={"b": 2, "a": 1}, consent_types=["llm_training"])


people = st.lists(st.integers(0, 40), max_size=60)


@given(people, st.randoms())
def test_the_same_rows_give_the_same_bytes_in_any_order(persons: list[int], random: Any) -> None:
    lines = [line(number, person) for number, person in enumerate(persons)]
    shuffled = random.sample(lines, len(lines))
    one, other = snapshot(lines), snapshot(shuffled)
    assert one.manifest.to_bytes() == other.manifest.to_bytes()
    assert [shard.content for shard in one.shards] == [shard.content for shard in other.shards]
    assert one.members() == other.members()


@given(people)
def test_every_line_is_in_one_shard_that_is_named_by_its_content(persons: list[int]) -> None:
    lines = [line(number, person) for number, person in enumerate(persons)]
    made = snapshot(lines)
    assert sorted(member["evaluation_id"] for member in made.members()) == sorted(one.evaluation_id for one in lines)
    for shard in made.shards:
        assert sha256_hex(shard.content) == shard.shard.sha256
        assert shard.shard.path == f"shards/{shard.split}/{shard.shard.sha256}.jsonl"
        assert shard.content.count(b"\n") == shard.shard.examples
    assert {shard.shard for shard in made.shards} == set(made.manifest.shards())


@given(people)
def test_a_person_is_in_one_split_whoever_else_is_there(persons: list[int]) -> None:
    alone = {line(0, person).subject_hash: line(0, person).split for person in persons}
    for shard in snapshot([line(number, person) for number, person in enumerate(persons)]).shards:
        assert all(alone[one.subject_hash] == shard.split for one in shard.lines)


def test_a_change_touches_only_the_shard_of_its_person() -> None:
    lines = [line(number, number % 40) for number in range(200)]
    before = {shard.shard.path for shard in cut_into_shards(lines)}
    after = {shard.shard.path for shard in cut_into_shards(lines[1:])}
    assert len(before - after) == 1
    assert len(after - before) == 1


def test_no_examples_make_an_empty_dataset() -> None:
    empty = snapshot([])
    assert (empty.examples, empty.subjects, empty.shards) == (0, 0, ())
    assert DatasetManifest.from_bytes(empty.manifest.to_bytes()).splits.keys() == set(Split)
