"""Large files travel in parts to a real TUS server, and whole to a Storage that knows no parts."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import ObjectExists, ObjectMissing
from speechgrade_shared.failpoints import FailpointHit, TrainFailpoint, armed
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.resumable_upload import PART_BYTES, UploadJournal

from .conftest import School
from .storage_with_parts import PartsStorage, storage_with_parts

pytestmark = pytest.mark.stack
BUCKET, KIND = "llm-adapters", "application/octet-stream"
SIZE = 2 * PART_BYTES + 12_345


@pytest.fixture(scope="module")
def storage(school: School, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartsStorage]:
    with storage_with_parts(school.stack, tmp_path_factory.mktemp("parts")) as storage:
        yield storage


@pytest.fixture
def project(storage: PartsStorage) -> Iterator[SupabaseProject]:
    with closing(storage.project()) as project:
        yield project


@pytest.fixture
def weights(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(Random(request.node.name).randbytes(SIZE))
    return file


def path_of(request: pytest.FixtureRequest) -> str:
    return f"parts/{request.node.name}"


def test_parts_are_of_six_mebibytes_but_for_the_last(
    storage: PartsStorage, project: SupabaseProject, weights: Path, request: pytest.FixtureRequest
) -> None:
    before, told = len(storage.log("PATCH")), list[int]()
    project.upload_file(BUCKET, path_of(request), weights, KIND, progress=told.append)
    parts = storage.log("PATCH")[before:]
    assert [part["bytes"] for part in parts] == [PART_BYTES, PART_BYTES, 12_345]
    assert told == [0, PART_BYTES, 2 * PART_BYTES, SIZE]
    assert all(entry["is_keyed"] for entry in [*parts, *storage.log("POST")])
    assert project.object_sha256(BUCKET, path_of(request)) == sha256_hex(weights.read_bytes())


def test_another_process_goes_on_where_the_upload_stopped(
    storage: PartsStorage, project: SupabaseProject, weights: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    journal, before = tmp_path / "uploads.json", len(storage.log("PATCH"))
    with armed(TrainFailpoint.UPLOAD_AFTER_PART), pytest.raises(FailpointHit):
        project.upload_file(BUCKET, path_of(request), weights, KIND, journal=UploadJournal(journal))
    assert project.object_sha256(BUCKET, path_of(request)) is None
    with closing(storage.project()) as another:
        another.upload_file(BUCKET, path_of(request), weights, KIND, journal=UploadJournal(journal))
    assert [part["offset"] for part in storage.log("PATCH")[before:]] == [0, PART_BYTES, 2 * PART_BYTES]
    assert project.object_sha256(BUCKET, path_of(request)) == sha256_hex(weights.read_bytes())
    assert journal.read_text() == "{}"


def test_a_lost_answer_sends_no_part_twice(
    storage: PartsStorage, project: SupabaseProject, weights: Path, request: pytest.FixtureRequest
) -> None:
    before = len(storage.log("PATCH"))
    storage.lose_the_next_answer()
    project.upload_file(BUCKET, path_of(request), weights, KIND)
    assert [part["offset"] for part in storage.log("PATCH")[before:]] == [0, PART_BYTES, 2 * PART_BYTES]
    assert project.object_sha256(BUCKET, path_of(request)) == sha256_hex(weights.read_bytes())


def test_an_upload_that_storage_has_forgotten_begins_again(
    project: SupabaseProject, weights: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    journal = UploadJournal(tmp_path / "uploads.json")
    journal.keep(f"{BUCKET}/{path_of(request)}", SIZE, "f" * 32)
    project.upload_file(BUCKET, path_of(request), weights, KIND, journal=journal)
    assert project.object_sha256(BUCKET, path_of(request)) == sha256_hex(weights.read_bytes())


def test_an_upload_of_another_size_is_not_gone_on_with(tmp_path: Path) -> None:
    journal = UploadJournal(tmp_path / "uploads.json")
    journal.keep("a/b", 5, "u")
    assert (journal.begun("a/b", 5), journal.begun("a/b", 6)) == ("u", None)
    (tmp_path / "uploads.json").write_text("half a file")
    assert journal.begun("a/b", 5) is None


@pytest.mark.parametrize("size", [10, SIZE], ids=["whole", "parts"])
def test_what_exists_is_not_replaced(
    project: SupabaseProject, request: pytest.FixtureRequest, tmp_path: Path, size: int
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"1" * size)
    second.write_bytes(b"2" * size)
    project.upload_file(BUCKET, path_of(request), first, KIND)
    with pytest.raises(ObjectExists):
        project.upload_file(BUCKET, path_of(request), second, KIND)
    assert project.object_sha256(BUCKET, path_of(request)) == sha256_hex(first.read_bytes())


def test_a_storage_without_parts_is_asked_once_and_gets_files_whole(
    school: School, weights: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with closing(SupabaseProject(school.stack.supabase_url, school.stack.secret_key)) as project:
        for number in range(2):
            told = list[int]()
            project.upload_file(BUCKET, f"{path_of(request)}{number}", weights, KIND, progress=told.append)
            assert told[-1] == SIZE
            assert not project._takes_parts
        target = tmp_path / "back"
        sha256 = project.download_to(BUCKET, f"{path_of(request)}0", target)
        assert sha256 == sha256_hex(target.read_bytes()) == sha256_hex(weights.read_bytes())
        with pytest.raises(ObjectMissing):
            project.download_to(BUCKET, "parts/nothing", target)
