"""``weights fetch`` against a hub on loopback, as its own process: what arrives, what goes on, and what is refused."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from speechgrade_trainer.errors import DiskFull
from speechgrade_trainer.weights import fetching, placing
from speechgrade_trainer.weights.layout import Place

from .fake_hub import COMMIT, MODEL, NEEDED, FakeHub, fake_hub

SHARD = "model-00002-of-00002.safetensors"


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with fake_hub() as running:
        yield running


class Machine:
    """A machine whose hub is the fake one."""

    def __init__(self, home: Path, hub: FakeHub) -> None:
        self.home, self._hub = home, hub
        self.repository = home / "hub/models--school--base"
        self.snapshot = self.repository / "snapshots" / COMMIT

    def begin(self, *words: str, **more: str) -> subprocess.Popen[str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        base = {"SPEECHGRADE_BASE_MODEL": MODEL, "SPEECHGRADE_BASE_REVISION": COMMIT, "HF_HOME": str(self.home)}
        # The library writes what it has by ten megabytes, and waits a second before it tries again.
        quick = "import huggingface_hub.file_download as f; f.time.sleep = lambda _: None; "
        quick += "f.constants.DOWNLOAD_CHUNK_SIZE = 1000; "
        run = f"{quick}from speechgrade_trainer.commands import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", run, "weights", *words],
            env=kept | base | {"HF_ENDPOINT": self._hub.address, "COLUMNS": "1000", "HOME": str(self.home)} | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        with self.begin(*words, **more) as process:
            said, told = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, said, told)

    def fetched(self, **more: str) -> dict[str, Any]:
        done = self.run("fetch", "--json", **more)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture
def machine(tmp_path: Path, hub: FakeHub) -> Machine:
    return Machine(tmp_path, hub)


def test_what_a_base_needs_arrives_with_its_record_and_nothing_else(machine: Machine, hub: FakeHub) -> None:
    said = machine.fetched()
    assert sorted(path.name for path in machine.snapshot.iterdir()) == sorted([*NEEDED, "speechgrade-weights.json"])
    assert {name: (machine.snapshot / name).read_bytes() for name in NEEDED} == {n: hub.files[n] for n in NEEDED}
    record = json.loads((machine.snapshot / "speechgrade-weights.json").read_text())
    assert (record["model"], record["revision"], f"sha256:{record['sha256']}") == (MODEL, COMMIT, said["digest"])
    assert record["bytes"] == sum(len(hub.files[name]) for name in NEEDED)
    # The hub's own library, offline, takes it for its own.
    find = f"import huggingface_hub as h; print(h.snapshot_download('{MODEL}', revision='{COMMIT}'))"
    env = {"HF_HOME": str(machine.home), "HF_HUB_OFFLINE": "1", "PATH": os.environ["PATH"]}
    found = subprocess.run(
        [sys.executable, "-c", find], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == str(machine.snapshot)
    assert machine.run("verify", "--digest", said["digest"], HF_HUB_OFFLINE="1").returncode == 0


def test_an_interrupted_file_is_gone_on_with(machine: Machine, hub: FakeHub) -> None:
    hub.breaks_off = {SHARD: 60_000}
    broken = machine.run("fetch")
    assert (broken.returncode, "hub_unreachable" in broken.stderr) == (1, True), broken.stderr
    assert not machine.snapshot.exists()
    hub.breaks_off, hub.refuses, hub.asked = {}, 0, []
    machine.fetched()
    assert hub.ranges(SHARD) == ["bytes=60000-"]
    assert hub.ranges("model-00001-of-00002.safetensors") == []
    assert (machine.snapshot / SHARD).read_bytes() == hub.files[SHARD]
    assert list((machine.repository / "blobs").glob("*.part")) == []


@pytest.mark.parametrize(
    ("name", "how"), [(SHARD, "altered"), (SHARD, "longer"), (SHARD, "shorter"), ("LICENSE", "altered")]
)
def test_what_arrives_other_than_announced_gets_no_name(machine: Machine, hub: FakeHub, name: str, how: str) -> None:
    content = hub.files[name]
    hub.sent_instead[name] = {"altered": content[:-1] + b"!", "longer": content + b"!", "shorter": content[:-1]}[how]
    done = machine.run("fetch")
    assert (done.returncode, f"{name} arrived other than" in done.stderr) == (1, True), done.stderr
    assert "weights_corrupt" in done.stderr
    assert not machine.snapshot.exists()
    hub.sent_instead.clear()
    machine.fetched()


def test_a_machine_that_is_taken_away_leaves_what_has_arrived(machine: Machine, hub: FakeHub) -> None:
    hub.stalls_at = SHARD
    with machine.begin("fetch") as process:
        assert hub.stalled.wait(60)
        while not any(path.stat().st_size for path in (machine.repository / "blobs").glob("*.part")):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, "interrupted" in told) == (4, True), told
    hub.stalls_at, hub.asked = "", []
    machine.fetched()
    assert hub.ranges(SHARD) != [None]


def test_a_blob_that_has_rotted_is_fetched_again_and_the_others_are_not(machine: Machine, hub: FakeHub) -> None:
    machine.fetched()
    blob = (machine.snapshot / SHARD).resolve()
    blob.write_bytes(b"!" + blob.read_bytes()[1:])
    damaged = machine.run("verify")
    assert (damaged.returncode, SHARD in damaged.stderr, "weights fetch" in damaged.stderr) == (1, True, True)
    hub.asked = []
    machine.fetched()
    assert [path.rpartition("/")[2] for _, path, _ in hub.asked if "/resolve/" in path] == [SHARD]
    assert machine.run("verify").returncode == 0


def test_a_branch_is_recorded_as_the_commit_that_it_stands_for(machine: Machine) -> None:
    assert machine.fetched(SPEECHGRADE_BASE_REVISION="main")["revision"] == COMMIT
    assert (machine.repository / "refs/main").read_text() == COMMIT


def test_nothing_is_asked_when_the_operator_says_offline(machine: Machine, hub: FakeHub) -> None:
    done = machine.run("fetch", HF_HUB_OFFLINE="1")
    assert (done.returncode, "hub_offline" in done.stderr, hub.asked) == (2, True, [])


def test_a_token_goes_to_the_hub_and_not_to_where_it_redirects(machine: Machine, hub: FakeHub) -> None:
    with fake_hub() as store:
        # Another host by name: that is what keeps a credential where it belongs.
        hub.elsewhere = store.address.replace("127.0.0.1", "localhost")
        machine.fetched(HF_TOKEN="hf_of_a_school")
        asked = zip(hub.asked, hub.tokens, strict=True)
        assert {token for (_, path, _), token in asked if MODEL in path} == {"Bearer hf_of_a_school"}
        assert set(store.tokens) == {None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SPEECHGRADE_BASE_MODEL": "school/other"}, "shows no school/other"),
        ({"SPEECHGRADE_BASE_REVISION": "f" * 40}, "no revision"),
        ({"SPEECHGRADE_BASE_REVISION": "content"}, "weights import"),
        ({"SPEECHGRADE_BASE_MODEL": ""}, "base_not_named"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_a_refusal_is_a_sentence(machine: Machine, changes: dict[str, str], said: str) -> None:
    done = machine.run("fetch", **changes)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repository_without_safetensors_is_no_base(machine: Machine, hub: FakeHub) -> None:
    hub.files = {name: content for name, content in hub.files.items() if not name.startswith("model-")}
    done = machine.run("fetch")
    assert (done.returncode, "weights_incomplete" in done.stderr) == (1, True)
    assert not [path for _, path, _ in hub.asked if "/resolve/" in path]


def test_a_cache_that_is_mounted_read_only_is_named(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = machine.run("fetch", HF_HOME=str(tmp_path / "file"))
    assert (done.returncode, "cache_unwritable" in done.stderr) == (2, True)


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, MODEL, COMMIT)
    files = {name: fetching._Announced(1000, f"{number:064x}") for number, name in enumerate(sorted(NEEDED))}
    place.blobs.mkdir(parents=True)
    (place.blobs / f"{0:064x}").write_bytes(b"x" * 1000)
    (place.blobs / f"{1:064x}.part").write_bytes(b"x" * 400)
    lacking = 1000 * len(files) - 1400
    hub: Any = SimpleNamespace(files=lambda *_: files, bring=lambda *_: pytest.fail("a file was asked for"))
    monkeypatch.setattr(placing.shutil, "disk_usage", lambda _: SimpleNamespace(free=lacking - 1))
    with pytest.raises(DiskFull, match="GB left"):
        fetching._fetched(hub, place)


def test_a_hub_does_not_choose_where_a_file_is_written(machine: Machine, hub: FakeHub, tmp_path: Path) -> None:
    hub.announced["config.json"] = {"oid": "../../../evil"}
    done = machine.run("fetch")
    assert (done.returncode, "by no digest" in done.stderr) == (1, True), done.stderr
    assert not list(tmp_path.rglob("evil*"))
