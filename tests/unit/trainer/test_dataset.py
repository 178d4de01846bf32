"""What is read from a split, and what is refused."""

import json
from pathlib import Path

import pytest
from speechgrade_shared.dataset_pull import PulledDataset
from speechgrade_shared.manifests import DatasetManifest, SplitManifest
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import read_dataset
from speechgrade_trainer.errors import DatasetUnfit

from .material import line, lines, scored


def pulled(folder: Path, renderer: str = RENDERER_VERSION, **contents: bytes) -> PulledDataset:
    none = SplitManifest(examples=0, subjects=0, shards=())
    manifest = DatasetManifest(
        renderer_version=renderer,
        anonymizer_version="a",
        consent_types=("llm_training",),
        splits=dict.fromkeys(Split, none),
        excluded={},
    )
    for split in Split:
        (folder / f"{split}.jsonl").write_bytes(contents.get(split.value, b""))
    return PulledDataset("d" * 64, manifest, folder, {split: folder / f"{split}.jsonl" for split in Split})


def test_examples_are_read_with_their_human_scores(tmp_path: Path) -> None:
    data = read_dataset(pulled(tmp_path, train=line(1, scored(3, 2, 1)) + line(2, scored(0, 0, 0)), test=lines(5, 3)))
    assert data.examples() == {"train": 2, "validation": 0, "test": 3}
    assert data.splits[Split.TRAIN][0].human == scored(3, 2, 1)


def test_another_renderer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetUnfit) as refused:
        read_dataset(pulled(tmp_path, renderer="r0-old", train=line(1, scored(3, 2, 1))))
    assert refused.value.code == "renderer_mismatch"


@pytest.mark.parametrize("break_it", ["not json", "points", "prompt", "fence"])
def test_lines_that_teach_nothing_are_counted(tmp_path: Path, break_it: str) -> None:
    bad = json.loads(line(1, scored(3, 2, 1)))
    if break_it == "points":
        bad["messages"][2]["content"] = bad["messages"][2]["content"].replace('"Hook":3', '"Hook":99')
    if break_it == "prompt":
        bad["messages"][0]["content"] = "Be kind."
    if break_it == "fence":
        bad["messages"][1]["content"] = "A speech without its fence."
    text = b"{" if break_it == "not json" else json.dumps(bad).encode()
    with pytest.raises(DatasetUnfit, match="1 lines of train cannot be learned from; the first is 2"):
        read_dataset(pulled(tmp_path, train=line(2, scored(1, 1, 1)) + text + b"\n"))
