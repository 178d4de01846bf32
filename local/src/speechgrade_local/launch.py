"""Becomes the command it is given, bound to the life of the process that started it.

Run as a script: `python -I -S launch.py PARENT_PID DEATH_SIGNAL UID GID COMMAND...`.
The kernel delivers DEATH_SIGNAL when the parent dies, even by SIGKILL, so no process outlives the
stack. Root gives up its identity first when UID is not 0; PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def _become(uid: int, gid: int) -> None:
    if uid == os.geteuid():
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, death_signal: int) -> None:
    """Have the kernel send `death_signal` when `parent` ends; end at once if it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        raise SystemExit(1)


def main(arguments: list[str]) -> None:
    """Drop to the wanted user, arm the death signal, become the command."""
    parent, death_signal, uid, gid = (int(value) for value in arguments[:4])
    command = arguments[4:]
    _become(uid, gid)
    die_with(parent, death_signal)
    os.execv(command[0], command)  # noqa: S606 - becoming it is the point


if __name__ == "__main__":
    main(sys.argv[1:])
