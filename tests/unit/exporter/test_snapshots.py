"""Shards and manifests: the same rows give the same bytes, and a snapshot says exactly what its shards hold."""

import xml.etree.ElementTree as ET
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.ranges import Inventory, Range, RecordedShard
from speechgrade_exporter.sample import sample_lines
from speechgrade_exporter.shards import Line, make_shard
from speechgrade_exporter.snapshots import Snapshot, make_snapshot
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import DatasetManifest
from speechgrade_shared.subject import Split

WHOLE = {split: Range(split, 0, 0, "0000", "g") for split in Split}


def line(number: int, share: float = 0.5, rubric: str = "Informative") -> Line:
    name = sha256_hex(str(number).encode())[:32]
    return Line(f"e{number}", name, name, b'{"n":%d}' % number, rubric, share)


def recorded(split: Split, lines: list[Line]) -> RecordedShard:
    """What the database would say of a shard of these lines."""
    return RecordedShard.from_row(make_shard(WHOLE[split], lines).as_record())


def snapshot(*shards: RecordedShard) -> Snapshot:
    consent = "2026-01-10T00:00:00.000000Z" if shards else None
    return make_snapshot(Inventory(shards, consent, {"b": 2, "a": 1}, ("llm_training",)))


numbers = st.sets(st.integers(0, 500), min_size=1, max_size=60)


@given(numbers, st.randoms())
def test_the_same_rows_give_the_same_bytes_in_any_order(chosen: set[int], random: Any) -> None:
    lines = [line(number) for number in chosen]
    shuffled = random.sample(lines, len(lines))
    one, other = recorded(Split.TRAIN, lines), recorded(Split.TRAIN, shuffled)
    assert one == other
    assert snapshot(one).manifest.to_bytes() == snapshot(other).manifest.to_bytes()
    assert snapshot(one).documents == snapshot(other).documents


@given(numbers)
def test_every_line_is_in_the_shard_that_is_named_by_its_content(chosen: set[int]) -> None:
    shard = make_shard(WHOLE[Split.TEST], [line(number) for number in chosen])
    record = shard.as_record()
    assert sorted(member["evaluation_id"] for member in record["members"]) == sorted(f"e{number}" for number in chosen)
    assert record["path"] == f"shards/test/{sha256_hex(shard.content)}.jsonl"
    assert shard.content.count(b"\n") == record["examples"] == len(chosen)
    assert sum(record["statistics"]["Informative"]) == len(chosen)


def test_a_manifest_names_what_is_in_it_and_when_consent_was_last_given() -> None:
    made = snapshot(recorded(Split.TRAIN, [line(1), line(2)]), recorded(Split.TEST, [line(3)]))
    manifest = DatasetManifest.from_bytes(made.manifest.to_bytes())
    assert (made.examples, made.subjects) == (3, 3)
    assert manifest.excluded == {"a": 1, "b": 2}
    assert manifest.consent_as_of == "2026-01-10T00:00:00.000000Z"
    assert {document.path: document.sha256 for document in manifest.documents.values()} == {
        stored.path: sha256_hex(stored.content) for stored in made.documents
    }


def test_a_full_score_and_a_zero_are_counted_in_the_outer_tenths() -> None:
    statistics = make_shard(WHOLE[Split.TRAIN], [line(1, 0.0), line(2, 1.0)]).as_record()["statistics"]
    assert statistics == {"Informative": [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]}


def test_the_card_is_read_by_the_hub_and_the_picture_by_a_browser() -> None:
    names = ["Informative", 'Odd | <b>"name"</b>\n# x']
    made = snapshot(recorded(Split.TRAIN, [line(n, n / 10, names[n % 2]) for n in range(10)]))
    card, picture, sample = (document.content.decode() for document in made.documents)
    front = yaml.safe_load(card.split("---\n")[1])
    assert [entry["path"] for entry in front["configs"][0]["data_files"]] == ["train.jsonl"]
    assert "<b>" not in card
    root = ET.fromstring(picture)  # noqa: S314
    assert root.attrib["role"] == "img"
    assert "1 at 0 to 10 percent" in "".join(root.itertext())
    assert sample.encode() == sample_lines()


def test_no_examples_make_an_empty_dataset() -> None:
    empty = snapshot()
    assert (empty.examples, empty.subjects, empty.manifest.shards()) == (0, 0, ())
    assert DatasetManifest.from_bytes(empty.manifest.to_bytes()).splits.keys() == set(Split)
