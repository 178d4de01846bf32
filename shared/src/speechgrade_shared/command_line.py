"""What the command lines have in common: exit codes, one sentence for an error, JSON when asked for."""

import errno
import json
import sys
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NoReturn

import structlog
import typer
from rich.console import Console
from rich.markup import escape

from speechgrade_shared.errors import Retry, SettingsInvalid, SpeechgradeError

console = Console(stderr=True, highlight=False)
_ROOM = ("disk_full", "Make room on that disk; the same command goes on.")
_RIGHTS = ("file_refused", "It must belong to the user that this runs as (65532 in our images), and not be read-only.")
_OF_THIS_MACHINE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
}
"""What an operator mends, not we: a stable code and the mending, by the system's own number."""


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOTHING_TO_DO = 3
    INTERRUPTED = 4
    """Asked to stop; the same command goes on where it was."""


def run_app(app: typer.Typer, exits: Mapping[str, Exit] | None = None) -> NoReturn:
    """Run a command line so that an expected error is one sentence with its code, and no traceback.

    ``exits``: the exit codes of errors that have one of their own, by the error's code.
    """
    _finish(lambda: app(standalone_mode=True), exits or {})


def _finish(call: Callable[[], Any], exits: Mapping[str, Exit]) -> NoReturn:
    try:
        call()
    except SpeechgradeError as error:
        # Unconfigured, structlog would print the traceback with every local variable in it.
        if structlog.is_configured():
            structlog.get_logger().debug("command_failed", code=error.code, exc_info=True)
        _say(error.code, error.public)
        wrong_setup = isinstance(error, SettingsInvalid) or error.retry is Retry.OPERATOR
        sys.exit(exits.get(error.code, Exit.USAGE if wrong_setup else Exit.FAILED))
    except OSError as error:
        # Of anything else the log tells the trail.
        if error.errno not in _OF_THIS_MACHINE:
            raise
        code, fix = _OF_THIS_MACHINE[error.errno]
        _say(code, f"{error.filename or 'A file'}: {error.strerror}. {fix}")
        sys.exit(Exit.USAGE)
    sys.exit(Exit.OK)


def _say(code: str, sentence: str) -> None:
    console.print(f"[bold red]error[/] \\[{code}]", escape(sentence))


def print_json(value: object) -> None:
    """Print one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
