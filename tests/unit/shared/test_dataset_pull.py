"""Many processes may pull the same dataset into the same folder, and all of them get it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import DatasetUnavailable, Retry
from speechgrade_shared.kept_shards import KeptShards, forget_abandoned
from speechgrade_shared.manifests import DatasetManifest, Document, Shard, SplitManifest
from speechgrade_shared.subject import Split


class Project:
    """A published dataset whose objects arrive after a while."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)
        self.objects = {sha256_hex(data): data for data in (b"%d\n" % number for number in range(9))}
        names = list(self.objects)
        readme = Document(path=names[8], sha256=names[8])
        self.manifest = DatasetManifest(
            renderer_version="r",
            anonymizer_version="a",
            consent_types=("c",),
            splits={split: self._split(names[index * 2 : index * 2 + 2]) for index, split in enumerate(Split)},
            excluded={},
            documents={"README.md": readme},
        )
        self.digest = self.manifest.digest()

    def _split(self, names: list[str]) -> SplitManifest:
        shards = [Shard(path=name, sha256=name, bytes=len(self.objects[name]), examples=1) for name in names]
        return SplitManifest(examples=2, subjects=2, shards=tuple(shards))

    def rows(self, _table: str, _columns: str, *, key: str, where: dict[str, Any]) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        if where.get("status", "current") == "current":
            yield {"digest": self.digest, "status": "current", "manifest_path": "manifest"}

    def rpc(self, _name: str, _params: dict[str, Any]) -> int:
        return 0

    def download(self, _bucket: str, path: str) -> bytes:
        time.sleep(self._rng.random() / 500)
        return self.manifest.to_bytes() if path == "manifest" else self.objects[path]


@pytest.mark.parametrize("seed", range(8))
def test_pulls_side_by_side(tmp_path: Path, seed: int) -> None:
    project: Any = Project(seed)
    with ThreadPoolExecutor(6) as pool:
        pulls = [pool.submit(pull_dataset, project, None, tmp_path) for _ in range(6)]
        assert {pull.result().digest for pull in pulls} == {project.digest}
    assert [path.name for path in tmp_path.iterdir()] == [project.digest]


def test_a_folder_that_takes_nothing_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    project: Any = Project(0)
    with pytest.raises(DatasetUnavailable) as refused:
        pull_dataset(project, None, tmp_path / "cache")
    assert (refused.value.code, refused.value.retry) == ("cache_unwritable", Retry.OPERATOR)


def test_only_what_is_still_published_is_kept(tmp_path: Path) -> None:
    current, superseded, erased = ("a" * 64, "b" * 64, "c" * 64)
    for digest in (current, superseded, erased):
        KeptShards(tmp_path, digest).keep(sha256_hex(b"x"), b"x")
    (tmp_path / ".pull-of-an-older-version").mkdir()
    forget_abandoned(tmp_path, current={current}, superseded={superseded})
    assert sorted(path.name[6] for path in tmp_path.iterdir()) == ["a", "b"]
    assert KeptShards(tmp_path, erased).find(sha256_hex(b"x")) == b"x"
    assert KeptShards(tmp_path, erased).find(sha256_hex(b"y")) is None
