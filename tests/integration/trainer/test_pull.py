"""A pull goes on where it stopped, and keeps nothing of a dataset that may not be read any more."""

import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.errors import DatasetUnavailable, ManifestInvalid, ProjectUnreachable
from speechgrade_shared.failpoints import FailpointHit, PullFailpoint, armed
from speechgrade_shared.project import SupabaseProject

from .conftest import School

pytestmark = pytest.mark.stack
_KILLED = """
import os, pathlib, signal, sys
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.failpoints import PullFailpoint, armed
from speechgrade_shared.project import SupabaseProject
url, key, place, at, folder = sys.argv[1:]
with armed(PullFailpoint(place), lambda: os.kill(os.getpid(), signal.SIGKILL), at=int(at)):
    pull_dataset(SupabaseProject(url, key), None, pathlib.Path(folder))
"""


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each object is downloaded."""
    seen: Counter[str] = Counter()
    download = SupabaseProject.download

    def counting(project: SupabaseProject, bucket: str, path: str) -> bytes:
        seen[path] += path.startswith("shards/")
        return download(project, bucket, path)

    monkeypatch.setattr(SupabaseProject, "download", counting)
    return seen


def die(school: School, folder: Path, place: PullFailpoint, at: int = 1) -> None:
    """Pull in a process of its own, which is killed at a place."""
    words = [sys.executable, "-c", _KILLED, school.stack.supabase_url, school.stack.secret_key, place, str(at), folder]
    done = subprocess.run(words, env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def datasets(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("offset", "place", "left"),
    [
        (300, (PullFailpoint.AFTER_SHARD, 1), 2),
        (301, (PullFailpoint.AFTER_SHARD, 2), 1),
        (302, (PullFailpoint.BEFORE_PLACE, 1), 0),
    ],
)
def test_a_killed_pull_fetches_only_what_it_lacks(  # noqa: PLR0917
    school: School, tmp_path: Path, fetched: Counter[str], offset: int, place: tuple[PullFailpoint, int], left: int
) -> None:
    digest = school.publish(offset=offset)
    die(school, tmp_path, *place)
    assert datasets(tmp_path) == [f".pull-{digest}"]
    pulled = pull_dataset(school.project, None, tmp_path)
    assert fetched.total() == left
    assert datasets(tmp_path) == [digest]
    assert {split: path.read_bytes().count(b"\n") for split, path in pulled.paths.items()} == dict.fromkeys(
        ("train", "validation", "test"), 4
    )


def test_a_kept_shard_that_was_damaged_is_fetched_again(school: School, tmp_path: Path, fetched: Counter[str]) -> None:
    digest = school.publish(offset=305)
    die(school, tmp_path, PullFailpoint.AFTER_SHARD, 2)
    for path in (tmp_path / f".pull-{digest}").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    pull_dataset(school.project, None, tmp_path)
    assert fetched.total() == 3


def test_a_storage_that_goes_down_costs_nothing_that_was_fetched(
    school: School, tmp_path: Path, fetched: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    school.publish(offset=310)
    with monkeypatch.context() as patched:
        download = SupabaseProject.download

        def down_after_one(project: SupabaseProject, bucket: str, path: str) -> bytes:
            if fetched.total() == 1:
                raise ProjectUnreachable("The Supabase project did not answer.")
            return download(project, bucket, path)

        patched.setattr(SupabaseProject, "download", down_after_one)
        with pytest.raises(ProjectUnreachable):
            pull_dataset(school.project, None, tmp_path)
    pull_dataset(school.project, None, tmp_path)
    assert set(fetched.values()) <= {0, 1}


def test_what_was_kept_of_a_dataset_that_is_replaced_serves_the_next(
    school: School, tmp_path: Path, fetched: Counter[str]
) -> None:
    school.publish(offset=320, test=4)
    die(school, tmp_path, PullFailpoint.AFTER_SHARD, 3)
    digest = school.publish(offset=320, test=3)
    pull_dataset(school.project, None, tmp_path)
    assert fetched.total() == 1
    kept = [name for name in datasets(tmp_path) if name != digest]
    school.sql("update llm.datasets set status = 'erased' where status = 'superseded'")
    pull_dataset(school.project, None, tmp_path)
    assert kept
    assert datasets(tmp_path) == [digest]


def test_nothing_stays_of_a_dataset_that_was_erased_or_has_lost_consent(school: School, tmp_path: Path) -> None:
    erased, outdated = school.publish(offset=330), school.publish(offset=340)
    for digest in (erased, outdated):
        with pytest.raises(FailpointHit), armed(PullFailpoint.AFTER_SHARD, at=2):
            pull_dataset(school.project, digest, tmp_path)
    school.sql("update llm.datasets set status = 'erased' where digest = %s", erased)
    school.withdraw(outdated)
    with pytest.raises(DatasetUnavailable) as refused:
        pull_dataset(school.project, outdated, tmp_path)
    assert refused.value.code == "dataset_outdated"
    assert datasets(tmp_path) == []


def test_consent_that_goes_while_shards_are_fetched_is_seen(school: School, tmp_path: Path) -> None:
    digest = school.publish(offset=350)
    with (
        pytest.raises(DatasetUnavailable) as refused,
        armed(PullFailpoint.BEFORE_PLACE, lambda: school.withdraw(digest)),
    ):
        pull_dataset(school.project, None, tmp_path)
    assert refused.value.code == "dataset_outdated"
    assert datasets(tmp_path) == []


def test_pulls_side_by_side_all_end_with_the_dataset(school: School, tmp_path: Path) -> None:
    digest = school.publish(offset=360)
    with ThreadPoolExecutor(4) as pool:
        pulls = [pool.submit(pull_dataset, school.project, None, tmp_path) for _ in range(4)]
        assert {pull.result().digest for pull in pulls} == {digest}
    assert datasets(tmp_path) == [digest]


def test_the_slower_of_two_takes_what_the_faster_has_finished(school: School, tmp_path: Path) -> None:
    digest = school.publish(offset=370)
    for place in PullFailpoint:
        folder = tmp_path / place
        with armed(place, lambda into=folder: pull_dataset(school.project, None, into)):
            assert pull_dataset(school.project, None, folder).digest == digest
        assert datasets(folder) == [digest]


def test_a_bucket_with_another_shard_leaves_nothing_here(school: School, tmp_path: Path) -> None:
    digest = school.publish(offset=380)
    manifest = school.project.download("llm-datasets", f"manifests/{digest}.json").decode()
    path = "shards/" + manifest.split('"path":"shards/')[-1].split('"')[0]
    school.project.upload("llm-datasets", path, b"{}\n", "application/x-ndjson")
    with pytest.raises(ManifestInvalid):
        pull_dataset(school.project, None, tmp_path)
    assert datasets(tmp_path) == []
