"""The embedded stack says what died, and leaves nothing running, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from speechgrade_local.errors import ProcessDied, StackBusy
from speechgrade_local.stack import Stack

REPO = Path(__file__).resolve().parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from speechgrade_local.cli import console
from speechgrade_local.errors import StackError
from speechgrade_local.stack import Stack
try:
    with Stack(Path(sys.argv[1]), Path(sys.argv[2]), fresh=True) as stack:
        stack.start_postgres()
        stack.start_supabase()
        print("up", flush=True)
        time.sleep(120)
except StackError as error:
    print(error, flush=True)
    sys.exit(1)
"""


def descendants(parent: int) -> list[int]:
    """Every process below this one, from the kernel's own table."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The command's name may hold spaces and brackets; what follows its last bracket does not.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found, open_ends = [], [parent]
    while open_ends:
        above = open_ends.pop()
        below = [pid for pid, its_parent in parents.items() if its_parent == above]
        found += below
        open_ends += below
    return found


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}/cmdline").exists() and _runs(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _runs(pid: int) -> bool:
    # A zombie has ended; it only waits for somebody to ask how.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", HOLDER, str(REPO), str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "up"
        yield process
        process.kill()


def child(parent: int, needle: str) -> int:
    for pid in descendants(parent):
        if needle in _command_line(pid):
            return pid
    raise AssertionError(f"no process of the stack runs {needle}")


@pytest.mark.parametrize(("needle", "name"), [("gateway.mjs", "supabase"), ("wal_level", "postgres")])
def test_a_killed_process_is_named_in_a_sentence_and_all_goes_down(
    holder: "subprocess.Popen[str]", needle: str, name: str
) -> None:
    running = descendants(holder.pid)
    os.kill(child(holder.pid, needle), signal.SIGKILL)
    said, _ = holder.communicate(timeout=20)
    assert holder.returncode == 1
    assert f"{name} was killed by SIGKILL" in said
    assert f"{name}.log" in said
    assert gone(running)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_when_the_stack_itself_is_ended(
    holder: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    running = descendants(holder.pid)
    assert len(running) > 2
    holder.send_signal(number)
    holder.wait(timeout=20)
    assert holder.returncode != 0
    assert gone(running)


def test_two_stacks_do_not_share_a_state_directory(tmp_path: Path) -> None:
    with Stack(REPO, tmp_path, fresh=True), pytest.raises(StackBusy), Stack(REPO, tmp_path, fresh=True):
        pass


def test_a_death_interrupts_whatever_is_being_done(tmp_path: Path) -> None:
    others = set(descendants(os.getpid()))
    with pytest.raises(ProcessDied, match="postgres was killed"), Stack(REPO, tmp_path, fresh=True) as stack:
        stack.start_postgres()
        (own,) = [pid for pid in descendants(os.getpid()) if pid not in others and _is_server(pid)]
        os.kill(own, signal.SIGKILL)
        time.sleep(30)


def test_a_fresh_stack_leaves_no_data_unless_somebody_wants_it(tmp_path: Path) -> None:
    for keep_data in (True, False):
        with Stack(REPO, tmp_path, fresh=True, keep_data=keep_data) as stack:
            stack.start_postgres()
            with psycopg.connect(stack.superuser_url) as db:
                found = db.execute("show data_directory").fetchone()
            assert found is not None
        assert Path(found[0]).exists() is keep_data


def _is_server(pid: int) -> bool:
    return "wal_level" in _command_line(pid)


def _command_line(pid: int) -> str:
    """Empty for a process that has ended since it was listed."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_rest_keeps_the_databases_own_grants_and_row_level_security(tmp_path: Path) -> None:
    with Stack(REPO, tmp_path, fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        stack.apply_seed()
        stack.start_supabase()
        with psycopg.connect(stack.database_url) as db:
            rows = db.execute("select id::text, email from public.user_profiles order by email limit 1").fetchall()
        user, email = rows[0]
        signed_in = {"apikey": stack.publishable_key, "authorization": f"Bearer {stack.sign_user_token(user, email)}"}
        rest = f"{stack.supabase_url}/rest/v1"
        own = httpx.get(f"{rest}/user_profiles?select=id", headers=signed_in).json()
        assert own == [{"id": user}]
        forbidden = httpx.get(f"{rest}/scores", headers={**signed_in, "accept-profile": "llm"})
        assert forbidden.status_code in (401, 403)
        anonymous = httpx.get(f"{rest}/evaluations", headers={"apikey": stack.publishable_key})
        assert anonymous.status_code in (401, 403) or anonymous.json() == []
        service = httpx.get(f"{rest}/scores", headers={"apikey": stack.secret_key, "accept-profile": "llm"})
        assert service.json() == []
        for token in ("x.y.z", "not-a-token", signed_in["authorization"][7:-8] + "AAAAAAAA"):
            refused = httpx.get(f"{rest}/user_profiles", headers={**signed_in, "authorization": f"Bearer {token}"})
            assert (refused.status_code, refused.json()["code"]) == (401, "PGRST301")
