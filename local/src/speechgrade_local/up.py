"""`make up`: the stack with the data of the last demo, and whatever of it can be served."""

from __future__ import annotations

import hashlib
import secrets
import signal
import sys
import time
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from speechgrade_local.engine import engine_installed
from speechgrade_local.environment import free_port
from speechgrade_local.stack import Stack
from speechgrade_local.state import write_private
from speechgrade_local.tiny_base import BASE_MODEL, ensure_tiny_base

_LOOK_EVERY_S = 0.5


def stay_up(repo: Path, state: Path, console: Console) -> None:
    """Start everything, print addresses and keys, wait for Ctrl-C."""
    with Stack(repo, state) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        stack.apply_seed()
        stack.start_supabase()
        instructor = _an_instructor(stack.database_url)
        serving = _serve(stack, repo, state, console)
        _print(console, stack, instructor, serving)
        _wait(stack)
    console.print("Stopped.")


def tiny_revision(models: Path) -> str:
    """The revision of the tiny base, by its content."""
    return hashlib.sha256((models / BASE_MODEL / "model.safetensors").read_bytes()).hexdigest()[:12]


def scorer_environment(stack: Stack, models: Path, kept: Path, token: str, port: int) -> dict[str, str]:
    """The scorer's settings for this stack's engine."""
    return {
        "SPEECHGRADE_SCORER_PORT": str(port),
        "SPEECHGRADE_ENGINE_URL": stack.engine_url,
        "SPEECHGRADE_BASE_MODEL": BASE_MODEL,
        "SPEECHGRADE_BASE_REVISION": tiny_revision(models),
        "SPEECHGRADE_SCORER_TOKEN": token,
        "SPEECHGRADE_ADAPTER_CACHE": str(kept / "adapters"),
        "SPEECHGRADE_SYNC_INTERVAL_S": "2",
    }


def start_serving(stack: Stack, models: Path, token: str, *, probe: str) -> None:
    """The scorer in front of the running engine, and the Edge Function in front of the scorer."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    program = str(Path(sys.executable).parent / "speechgrade-scorer")
    environment = scorer_environment(stack, models, stack.state.data, token, port)
    stack.start_service("scorer", [program, "serve"], environment, f"{address}{probe}")
    stack.start_functions({"SPEECHGRADE_SCORER_URL": address, "SPEECHGRADE_SCORER_TOKEN": token})


def _serve(stack: Stack, repo: Path, state: Path, console: Console) -> bool:
    if not engine_installed(repo):
        console.print("The engine is not installed, so nothing is served.")
        return False
    models = ensure_tiny_base(repo / ".cache" / "tiny-base")
    stack.start_engine(models / BASE_MODEL, BASE_MODEL)
    # Healthy rather than ready: without a champion the scorer runs, and says that it has none.
    start_serving(stack, models, _token(state), probe="/healthz")
    return True


def _token(state: Path) -> str:
    path = state / "data" / "scorer-token"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def _an_instructor(database_url: str) -> tuple[str, str] | None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select p.id::text, p.email from public.user_profiles p"
            " where exists (select from public.courses c where c.instructor_id = p.id) order by p.email limit 1"
        ).fetchone()
    return None if row is None else (row[0], row[1])


def _print(console: Console, stack: Stack, instructor: tuple[str, str] | None, serving: bool) -> None:
    table = Table(title="The stack is up", show_header=False, title_justify="left", pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in stack.addresses.items():
        table.add_row(name, value)
    if instructor is not None:
        table.add_row(f"token of {instructor[1]}", stack.sign_user_token(*instructor))
    table.add_row("logs", str(stack.state.logs))
    console.print(table)
    console.print("Ctrl-C stops it." if serving else "Ctrl-C stops it. Scores are not served.")


def _wait(stack: Stack) -> None:
    # Ctrl-C is how it is meant to end, so it is no error.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while True:
            stack.check_alive()
            time.sleep(_LOOK_EVERY_S)
    except KeyboardInterrupt:
        return
