"""What lies in the cache was verified; whatever ends a download leaves nothing that counts."""

import errno
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from speechgrade_scorer.adapters import staging
from speechgrade_scorer.adapters.registry import Adapter, parse_serving_state
from speechgrade_scorer.adapters.staging import AdapterCache
from speechgrade_scorer.errors import AdapterRefused
from speechgrade_shared.errors import ProjectUnreachable

from .conftest import FakeProject


class Killed(BaseException):
    """The process dies here."""


class Project(FakeProject):
    """Counts downloads; ``end`` comes in the middle of the one of the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.downloads: list[str] = []
        self.end: BaseException | None = None

    def download_to(self, bucket: str, path: str, target: Path) -> str:
        self.downloads.append(path.rpartition("/")[2])
        if self.end and path.endswith(".safetensors"):
            target.write_bytes(b"wei")
            raise self.end
        return super().download_to(bucket, path, target)


@pytest.fixture
def project() -> Project:
    project = Project()
    project.add_adapter()
    return project


@pytest.fixture
def adapter(project: Project) -> Adapter:
    return parse_serving_state(project.state)[0].adapter


@pytest.fixture
def cache(project: Project, tmp_path: Path) -> AdapterCache:
    return cache_of(project, tmp_path)


def cache_of(project: Any, folder: Path) -> AdapterCache:
    return AdapterCache(folder / "cache", project, "llm-adapters")


def test_an_adapter_is_downloaded_once_and_read_once(
    cache: AdapterCache, project: Project, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    digests = staging._digests
    monkeypatch.setattr(staging, "_digests", lambda folder: (read.append(folder), digests(folder))[1])
    folders = {cache.stage(adapter) for _ in range(5)}
    assert len(folders) == 1
    assert project.downloads == ["adapter_config.json", "adapter_model.safetensors"]
    assert read == []


def test_another_process_reads_what_it_finds_before_it_trusts_it(
    cache: AdapterCache, project: Project, adapter: Adapter, tmp_path: Path
) -> None:
    folder = cache.stage(adapter)
    other = cache_of(project, tmp_path)
    assert other.stage(adapter) == folder
    assert len(project.downloads) == 2
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(b"weights two")
    cache_of(project, tmp_path).stage(adapter)
    assert (weights.read_bytes(), len(project.downloads)) == (b"weights one", 4)


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"weights two"),
        lambda folder: (folder / "adapter_model.safetensors").unlink(),
        lambda folder: (folder / "more.py").write_bytes(b""),
        shutil.rmtree,
    ],
    ids=["other bytes of the same length", "a file is missing", "a file too many", "all gone"],
)
def test_a_folder_that_was_touched_is_staged_anew(
    cache: AdapterCache, project: Project, adapter: Adapter, harm: Any
) -> None:
    folder = cache.stage(adapter)
    harm(folder)
    cache.stage(adapter)
    assert {path.name for path in folder.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    assert (folder / "adapter_model.safetensors").read_bytes() == b"weights one"
    assert len(project.downloads) == 4


@pytest.mark.parametrize("end", [Killed(), ProjectUnreachable("no"), OSError(errno.ENOSPC, "full")])
def test_a_download_that_ends_early_leaves_nothing_that_counts(
    cache: AdapterCache, project: Project, adapter: Adapter, tmp_path: Path, end: BaseException
) -> None:
    project.end = end
    with pytest.raises((type(end), AdapterRefused)) as caught:
        cache.stage(adapter)
    if isinstance(end, OSError):
        assert isinstance(caught.value, AdapterRefused)
        assert caught.value.code == "adapter_cache_failed"
    assert list((tmp_path / "cache").iterdir()) == []
    project.end = None
    assert (cache.stage(adapter) / "adapter_model.safetensors").read_bytes() == b"weights one"


def test_a_draft_of_the_dead_goes_and_one_of_the_living_stays(
    cache: AdapterCache, adapter: Adapter, tmp_path: Path
) -> None:
    cache.stage(adapter)
    long_ago = time.time() - 3600
    for name in ("dead", "living"):
        draft = tmp_path / "cache" / f".draft-{name}"
        draft.mkdir()
        (draft / "weights").write_bytes(b"x")
        for path in (draft / "weights", draft):
            # A download of an hour has made its folder an hour ago, and writes still.
            if path == draft or name == "dead":
                os.utime(path, (long_ago, long_ago))
    assert cache.names() == {adapter.name}
    cache.discard(frozenset({"sg-other"}))
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {adapter.name, ".draft-living"}
    cache.discard(frozenset({adapter.name}))
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {".draft-living"}


def test_of_two_scorers_with_one_cache_the_second_takes_what_the_first_staged(
    project: Project, adapter: Adapter, tmp_path: Path
) -> None:
    first, second = cache_of(project, tmp_path), cache_of(project, tmp_path)
    download = project.download_to

    def overtaken(bucket: str, path: str, target: Path) -> str:
        project.download_to = download  # type: ignore[method-assign]
        first.stage(adapter)
        return download(bucket, path, target)

    project.download_to = overtaken  # type: ignore[method-assign]
    assert first.stage(adapter) == second.stage(adapter)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [adapter.name]


def test_a_configuration_beyond_measure_is_not_read(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_LARGEST_CONFIG", 10)
    with pytest.raises(AdapterRefused) as caught:
        cache_of(project, tmp_path).stage(parse_serving_state(project.state)[0].adapter)
    assert caught.value.code == "adapter_config_mismatch"
