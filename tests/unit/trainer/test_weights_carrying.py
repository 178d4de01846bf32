"""Weights brought from a medium: compared on both sides, and found by loaders under id and revision."""

import io
import json
import tarfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from speechgrade_trainer import commands
from speechgrade_trainer.errors import BaseUnavailable, SpeechgradeError, WeightsBusy, WeightsInvalid, WeightsMissing
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training import base as bases
from speechgrade_trainer.training.base import content_revision, locate_base
from speechgrade_trainer.weights.carrying import export_weights, import_weights
from speechgrade_trainer.weights.placing import only_writer
from speechgrade_trainer.weights.record import RECORD_FILE, Record
from speechgrade_trainer.weights.settings import WeightsSettings
from speechgrade_trainer.weights.verifying import Weights, verify
from typer.testing import CliRunner

from .fake_hub import COMMIT, MODEL, NEEDED, base_files
from .material import recipe

pytestmark = pytest.mark.usefixtures("no_network")
SHARD = "model-00002-of-00002.safetensors"
Settings = Callable[..., WeightsSettings]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a machine without the base; another folder is another machine."""
    for name in ("HF_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def of(home: str = "here", *, model: str = MODEL, revision: str = COMMIT) -> WeightsSettings:
        return WeightsSettings(base_model=model, base_revision=revision, hf_home=tmp_path / home)

    return of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's own folder, with more in it than a base needs."""
    path = tmp_path / "model"
    (path / "original").mkdir(parents=True)
    for name, content in base_files().items():
        (path / name).write_bytes(content)
    return path


@pytest.fixture
def brought(settings: Settings, folder: Path) -> Weights:
    return import_weights(settings(), folder)


def refused(call: Callable[[], object]) -> SpeechgradeError:
    with pytest.raises(SpeechgradeError) as error:
        call()
    return error.value


def files_of(weights: Weights) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in weights.folder.iterdir() if path.name != RECORD_FILE}


def test_a_plain_folder_becomes_a_base_of_the_cache(brought: Weights, settings: Settings) -> None:
    assert files_of(brought) == {name: base_files()[name] for name in NEEDED}
    assert (brought.folder.name, brought.record.revision) == (COMMIT, COMMIT)
    assert verify(settings().place(), brought.record.digest) == brought
    assert oct((brought.folder / SHARD).stat().st_mode & 0o777) == "0o644"


@pytest.mark.parametrize("medium", ["medium", "medium.tar"])
def test_a_medium_brings_the_same_base(brought: Weights, settings: Settings, tmp_path: Path, medium: str) -> None:
    export_weights(settings(), tmp_path / medium)
    there = import_weights(settings("there", model="", revision=""), tmp_path / medium, digest=brought.record.digest)
    assert (files_of(there), there.record) == (files_of(brought), brought.record)
    assert refused(lambda: export_weights(settings(), tmp_path / medium)).code == "destination_exists"


@pytest.mark.usefixtures("brought")
def test_another_base_than_was_asked_for_is_not_imported(settings: Settings, tmp_path: Path) -> None:
    export_weights(settings(), tmp_path / "medium")
    for other in (settings("there", model="school/other"), settings("there", revision="f" * 40)):
        assert refused(lambda other=other: import_weights(other, tmp_path / "medium")).code == "weights_differ"  # type: ignore[misc]
        assert other.place().snapshot is None


def test_the_command_takes_no_name_from_the_environment(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEECHGRADE_BASE_MODEL", "school/served")
    monkeypatch.setenv("SPEECHGRADE_BASE_REVISION", COMMIT)
    monkeypatch.setenv("HF_HOME", str(settings().hf_home))
    monkeypatch.setattr(
        import_module("speechgrade_trainer.commands.weights"), "configure_logging", lambda *_, **__: None
    )
    unnamed = CliRunner().invoke(commands.app, ["weights", "import", str(folder)])
    assert isinstance(unnamed.exception, WeightsMissing)
    named = CliRunner().invoke(
        commands.app, ["weights", "import", str(folder), "--model", MODEL, "--revision", "content", "--json"]
    )
    assert json.loads(named.stdout)["revision"] == content_revision(folder)


def test_a_base_of_ones_own_is_named_by_its_content(settings: Settings, folder: Path) -> None:
    brought = import_weights(settings(revision="content"), folder)
    assert brought.record.revision == content_revision(folder)
    for revision in ("content", brought.record.revision):
        assert verify(settings(revision=revision).place()) == brought


@pytest.mark.parametrize("damage", ["altered", "cut", "gone", "extra"])
def test_verify_names_each_file_and_the_fix(brought: Weights, settings: Settings, damage: str) -> None:
    path = brought.folder / SHARD
    if damage == "altered":
        path.resolve().write_bytes(b"!" + path.read_bytes()[1:])
    elif damage == "cut":
        path.resolve().write_bytes(path.read_bytes()[:-1])
    elif damage == "gone":
        path.resolve().unlink()
    else:
        (brought.folder / "model-00003-of-00002.safetensors").write_bytes(b"!")
    error = refused(lambda: verify(settings().place()))
    assert error.code == "weights_invalid"
    assert ("model-00003" if damage == "extra" else SHARD) in error.public
    assert ("delete it" if damage == "extra" else "weights fetch") in error.public


def test_a_file_that_is_swapped_together_with_its_record_does_not_fit_its_blob(
    brought: Weights, settings: Settings
) -> None:
    path = brought.folder / SHARD
    path.resolve().write_bytes(b"!" * brought.record.files[SHARD].bytes)
    files = dict(brought.record.files)
    files[SHARD] = files[SHARD].model_copy(
        update={"sha256": "0dc3c4d1f1f8e8a1de1f4d0ac54cd0b1d7a0d8c9d1a1a9e8e7b1c1d1e1f1a1b1"}
    )
    Record.of(MODEL, COMMIT, COMMIT, files).write(brought.folder)
    assert SHARD in refused(lambda: verify(settings().place())).public
    # And whoever wrote the digest down sees it in any case.
    assert refused(lambda: verify(settings().place(), brought.record.digest)).code.startswith("weights_")


def test_another_digest_than_was_written_down_is_refused(brought: Weights, settings: Settings) -> None:
    assert refused(lambda: verify(settings().place(), f"sha256:{'0' * 64}")).code == "weights_differ"
    verify(settings().place(), brought.record.sha256.upper())


def test_a_record_that_was_edited_is_none(brought: Weights, settings: Settings) -> None:
    record = json.loads((brought.folder / RECORD_FILE).read_text())
    record["files"].pop("config.json")
    (brought.folder / RECORD_FILE).write_text(json.dumps(record))
    assert refused(lambda: verify(settings().place())).code == "record_invalid"
    (brought.folder / RECORD_FILE).unlink()
    assert refused(lambda: verify(settings().place())).code == "record_missing"


def test_a_damaged_medium_leaves_nothing_that_a_loader_would_find(
    brought: Weights, settings: Settings, tmp_path: Path
) -> None:
    export_weights(settings(), tmp_path / "medium")
    (tmp_path / "medium" / SHARD).write_bytes(b"!" * brought.record.files[SHARD].bytes)
    there = settings("there")
    error = refused(lambda: import_weights(there, tmp_path / "medium"))
    assert (error.code, SHARD in error.public) == ("weights_differ", True)
    assert there.place().snapshot is None
    assert isinstance(refused(lambda: verify(there.place())), WeightsMissing)
    assert list(there.place().blobs.glob("*.part")) == []


@pytest.mark.parametrize("gone", ["config.json", "tokenizer.json", SHARD])
def test_half_a_base_is_refused_before_it_is_copied(settings: Settings, folder: Path, gone: str) -> None:
    (folder / gone).unlink()
    error = refused(lambda: import_weights(settings(), folder))
    assert (error.code, gone in error.public) == ("weights_incomplete", True)
    assert not settings().cache.exists()


def test_a_folder_without_a_record_must_be_named(settings: Settings, folder: Path) -> None:
    for model, revision in (("", COMMIT), (MODEL, ""), ("../evil", COMMIT), (MODEL, "../../evil")):
        error = refused(
            lambda model=model, revision=revision: import_weights(  # type: ignore[misc]
                settings(model=model, revision=revision), folder
            )
        )
        assert error.code == "base_not_named"


@pytest.mark.parametrize("name", ["../../evil.safetensors", "/evil.safetensors", "sub/evil.safetensors"])
def test_an_archive_does_not_choose_where_it_is_written(
    settings: Settings, folder: Path, tmp_path: Path, name: str
) -> None:
    archive_path = tmp_path / "medium.tar"
    with tarfile.open(archive_path, "w") as archive:
        for path in folder.glob("*.*"):
            archive.add(path, path.name)
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"!"))
    brought = import_weights(settings(), archive_path)
    assert set(files_of(brought)) <= set(NEEDED)
    assert not list(tmp_path.parent.rglob("evil.safetensors"))


@pytest.mark.usefixtures("brought")
def test_a_cut_archive_and_what_is_none_are_refused(settings: Settings, tmp_path: Path) -> None:
    export_weights(settings(), tmp_path / "medium.tar")
    whole = (tmp_path / "medium.tar").read_bytes()
    for content in (whole[: len(whole) // 2], b"no archive" * 100, b""):
        (tmp_path / "medium.tar").write_bytes(content)
        error = refused(lambda: import_weights(settings("there"), tmp_path / "medium.tar"))
        assert isinstance(error, WeightsInvalid | WeightsMissing)
        assert settings("there").place().snapshot is None


def test_one_process_writes_a_base(settings: Settings, folder: Path) -> None:
    with only_writer(settings().place()):
        assert isinstance(refused(lambda: import_weights(settings(), folder)), WeightsBusy)


@pytest.mark.parametrize("damage", ["none", "cut", "no weights", "absent"])
def test_a_training_finds_the_base_there_or_says_how_to_bring_it(
    brought: Weights, settings: Settings, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    real = bases.snapshot_download
    monkeypatch.setattr(
        bases, "snapshot_download", lambda *given, **named: real(*given, **named, cache_dir=settings().cache)
    )
    wanted: Recipe = recipe(base_model=MODEL, base_revision="f" * 40 if damage == "absent" else COMMIT)
    if damage == "none":
        assert locate_base(wanted, None).folder == brought.folder
        return
    if damage == "cut":
        (brought.folder / SHARD).resolve().write_bytes(b"!")
    elif damage == "no weights":
        for path in brought.folder.glob("*.safetensors"):
            path.unlink()
    with pytest.raises(BaseUnavailable, match="weights fetch"):
        locate_base(wanted, None)
