"""Publishing an adapter: wherever it is cut off, nothing is half-registered, and once more completes it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from speechgrade_shared.failpoints import FailpointHit, TrainFailpoint, armed
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.resumable_upload import PART_BYTES, UploadJournal
from speechgrade_trainer.errors import AdapterInvalid, PromotionRefused, UploadFailed
from speechgrade_trainer.registry import adapters, aliases
from speechgrade_trainer.registry.package import Package
from speechgrade_trainer.registry.purging import purge
from speechgrade_trainer.running.progress import Watch, watching

from .adapter_folders import passed_gate, run_folder
from .conftest import School
from .storage_with_parts import storage_with_parts

pytestmark = pytest.mark.stack
BUCKET = "llm-adapters"
FILES = 5


@pytest.fixture(scope="module")
def dataset(school: School) -> Iterator[str]:
    school.forget_runs()
    yield school.publish(offset=500, train=1, validation=1, test=1)
    school.forget_runs()


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching(None) as watch:
        yield watch


def registered(school: School, package: Package) -> list[str]:
    return [row["status"] for row in school.sql("select status from llm.adapters where digest = %s", package.digest)]


def taint(school: School, package: Package) -> None:
    school.sql(
        "update llm.adapters set status = 'tainted', taint_reason = 'student_consent_refused' where digest = %s",
        package.digest,
    )


@pytest.mark.parametrize(
    ("point", "at"),
    [(TrainFailpoint.ADAPTER_AFTER_FILE, number) for number in range(1, FILES + 1)]
    + [(TrainFailpoint.ADAPTER_BEFORE_ROW, 1), (TrainFailpoint.ADAPTER_AFTER_ROW, 1)],
)
def test_wherever_it_dies_once_more_completes_it(
    school: School, dataset: str, watch: Watch, point: TrainFailpoint, at: int
) -> None:
    folder, package = run_folder(school, dataset, seed=100 * at + list(TrainFailpoint).index(point))
    with armed(point, at=at), pytest.raises(FailpointHit):
        adapters.publish_again(school.project, BUCKET, folder, watch)
    assert registered(school, package) == (["candidate"] if point is TrainFailpoint.ADAPTER_AFTER_ROW else [])
    for _ in range(2):
        assert adapters.publish_again(school.project, BUCKET, folder, watch)["status"] == "candidate"
    assert registered(school, package) == ["candidate"]
    stored = school.project.object_names(BUCKET, package.digest)
    assert set(stored) == {*package.manifest.files, "manifest.json"}
    assert len(stored) == FILES
    for name, sha256 in package.manifest.files.items():
        assert school.project.object_sha256(BUCKET, f"{package.digest}/{name}") == sha256


def test_a_large_adapter_goes_on_at_the_part_where_it_was_cut_off(
    school: School, dataset: str, watch: Watch, tmp_path: Path
) -> None:
    folder, package = run_folder(school, dataset, seed=7, size=3 * PART_BYTES)
    with storage_with_parts(school.stack, tmp_path / "tus") as storage:
        with closing(storage.project()) as project:
            with armed(TrainFailpoint.UPLOAD_AFTER_PART, at=2), pytest.raises(FailpointHit):
                adapters.publish_again(project, BUCKET, folder, watch)
            assert registered(school, package) == []
        with closing(storage.project()) as another:
            assert adapters.publish_again(another, BUCKET, folder, watch)["status"] == "candidate"
        assert [part["offset"] for part in storage.log("PATCH")] == [0, PART_BYTES, 2 * PART_BYTES]
    assert school.project.object_sha256(BUCKET, f"{package.digest}/adapter_model.safetensors") is not None


def test_progress_is_told_in_bytes(school: School, dataset: str) -> None:
    class Told(Watch):
        said: list[int]

        def stage(self, name: str, total: int | None = None) -> None:
            assert name == "uploading"
            self.said = [total or 0]

        def advance(self, done: int, said: str = "") -> None:
            assert said
            self.said.append(done)

    folder, package = run_folder(school, dataset, seed=70)
    with watching(None) as inner:
        told = Told(inner.bar, inner.task, None)
        adapters.publish_again(school.project, BUCKET, folder, told)
    total = sum(path.stat().st_size for path in package.folder.iterdir())
    assert (told.said[0], told.said[-1]) == (total, total)
    assert told.said[1:] == sorted(told.said[1:])


def test_something_else_at_the_path_of_a_file_is_an_error_and_stays(school: School, dataset: str, watch: Watch) -> None:
    folder, package = run_folder(school, dataset, seed=8)
    path = f"{package.digest}/recipe.json"
    school.project.upload(BUCKET, path, b"{}", "application/json")
    with pytest.raises(AdapterInvalid) as refused:
        adapters.publish_again(school.project, BUCKET, folder, watch)
    assert refused.value.code == "object_altered"
    assert registered(school, package) == []
    assert school.project.download(BUCKET, path) == b"{}"


def test_what_storage_gives_back_differently_is_taken_away_so_that_once_more_completes(
    school: School, dataset: str, watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, package = run_folder(school, dataset, seed=9)
    (tmp_path / "noise").write_bytes(b"noise")
    honest = SupabaseProject.upload_file

    def noisy(self: SupabaseProject, bucket: str, path: str, file: Path, *rest: Any, **options: Any) -> None:
        honest(self, bucket, path, tmp_path / "noise" if file.suffix == ".safetensors" else file, *rest, **options)

    monkeypatch.setattr(SupabaseProject, "upload_file", noisy)
    with pytest.raises(UploadFailed, match=f"speechgrade-trainer upload {folder}"):
        adapters.publish_again(school.project, BUCKET, folder, watch)
    monkeypatch.undo()
    assert registered(school, package) == []
    assert adapters.publish_again(school.project, BUCKET, folder, watch)["status"] == "candidate"


def test_a_project_that_does_not_answer_leaves_a_command_to_repeat(school: School, dataset: str, watch: Watch) -> None:
    folder, _ = run_folder(school, dataset, seed=10)
    said = f"project_unreachable.*speechgrade-trainer upload {folder}"
    nowhere = SupabaseProject("http://127.0.0.1:9", "k" * 20, attempts=1)
    with closing(nowhere), pytest.raises(UploadFailed, match=said):
        adapters.publish_again(nowhere, BUCKET, folder, watch)


def test_a_full_disk_leaves_a_command_to_repeat(
    school: School, dataset: str, watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    folder, package = run_folder(school, dataset, seed=11, size=PART_BYTES + 1)
    monkeypatch.setattr(UploadJournal, "keep", full)
    with storage_with_parts(school.stack, tmp_path / "tus") as storage, closing(storage.project()) as project:
        with pytest.raises(UploadFailed, match="disk_error"):
            adapters.publish_again(project, BUCKET, folder, watch)
        assert registered(school, package) == []


def test_the_gate_of_the_metrics_comes_with_the_row_and_decides(school: School, dataset: str, watch: Watch) -> None:
    poor, _ = run_folder(school, dataset, seed=12, gate=passed_gate(dataset, better_than_mean=False))
    good, package = run_folder(school, dataset, seed=13, gate=passed_gate(dataset))
    name = adapters.publish_again(school.project, BUCKET, poor, watch)["name"]
    with pytest.raises(PromotionRefused, match=r"better_than_mean.*speechgrade-trainer gate") as refused:
        aliases.promote(school.project, name, "tester", "now")
    assert refused.value.code == "gate_failed"
    adapters.publish_again(school.project, BUCKET, good, watch)
    assert aliases.promote(school.project, package.name, "tester", "now")["is_forced"] is False


def test_a_withdrawn_adapter_is_purged_everywhere_and_does_not_come_back(
    school: School, dataset: str, watch: Watch
) -> None:
    folder, package = run_folder(school, dataset, seed=14)
    adapters.publish_again(school.project, BUCKET, folder, watch)
    copy = adapters.fetch(school.project, BUCKET, package.name, school.settings().adapters_dir).folder
    assert adapters.fetch(school.project, BUCKET, package.name, school.settings().adapters_dir).folder == copy
    with pytest.raises(PromotionRefused) as refused:
        purge(school.project, school.settings(), package.name, "why", empties_aliases=False)
    assert refused.value.code == "adapter_not_tainted"
    taint(school, package)
    with pytest.raises(AdapterInvalid) as unused:
        adapters.fetch(school.project, BUCKET, package.name, school.settings().adapters_dir)
    assert unused.value.code == "adapter_tainted"
    with armed(TrainFailpoint.PURGE_AFTER_OBJECTS), pytest.raises(FailpointHit):
        purge(school.project, school.settings(), package.name, "withdrawn", empties_aliases=False)
    assert registered(school, package) == ["tainted"]
    (row,) = purge(school.project, school.settings(), package.name, "withdrawn", empties_aliases=False)
    assert set(row["folders"]) == {str(folder), str(copy)}
    assert not folder.exists()
    assert not copy.exists()
    assert registered(school, package) == ["purged"]
    assert school.project.object_names(BUCKET, package.digest) == []


def test_what_is_tainted_is_not_uploaded_again(school: School, dataset: str, watch: Watch) -> None:
    folder, package = run_folder(school, dataset, seed=15)
    adapters.publish_again(school.project, BUCKET, folder, watch)
    taint(school, package)
    school.project.remove(BUCKET, [f"{package.digest}/recipe.json"])
    with pytest.raises(AdapterInvalid) as refused:
        adapters.publish_again(school.project, BUCKET, folder, watch)
    assert refused.value.code == "adapter_tainted"
    assert school.project.object_sha256(BUCKET, f"{package.digest}/recipe.json") is None


def test_every_tainted_adapter_is_purged_when_none_is_named(school: School, dataset: str, watch: Watch) -> None:
    folder, package = run_folder(school, dataset, seed=16)
    adapters.publish_again(school.project, BUCKET, folder, watch)
    aliases.promote(school.project, package.name, "tester", "try", force=True)
    taint(school, package)
    with pytest.raises(PromotionRefused) as refused:
        purge(school.project, school.settings(), package.name, "withdrawn", empties_aliases=False)
    assert refused.value.code == "alias_points_to_it"
    assert school.project.object_sha256(BUCKET, f"{package.digest}/README.md") is not None
    purged = purge(school.project, school.settings(), None, "withdrawn", empties_aliases=True)
    assert package.name in {row["name"] for row in purged}
    assert "tainted" not in {row["status"] for row in adapters.overview(school.project)}
    assert package.digest not in {row["digest"] for row in aliases.overview(school.project)}


def test_a_folder_that_is_no_run_is_refused(school: School, watch: Watch, tmp_path: Path) -> None:
    with pytest.raises(AdapterInvalid, match="not the folder of a run"):
        adapters.publish_again(school.project, BUCKET, tmp_path, watch)
