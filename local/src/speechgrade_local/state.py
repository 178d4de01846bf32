"""The state directory of one stack: data, logs, keys, and who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import IO, Any

from speechgrade_local.errors import StackBusy

_PRIVATE = 0o600


class StateDirectory:
    """`.local/` or a sibling of it. One stack at a time; the lock ends with the process."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.data = self.root / "data"
        self.logs = self.root / "logs"
        self.stack_json = self.root / "stack.json"
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Take the directory for this process or raise `StackBusy`."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        handle = (self.root / "stack.lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            raise StackBusy(f"Another stack is using {self.root}.") from error
        self._lock = handle
        self.data.mkdir(exist_ok=True)
        self.data.chmod(0o711)

    def release(self) -> None:
        """Forget the addresses and let the next stack in."""
        self.stack_json.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def forget_data(self) -> None:
        """Remove database, objects and keys, so that the next start is a first start."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        self.data.chmod(0o711)

    def publish(self, addresses: dict[str, Any]) -> None:
        """Write stack.json, readable by its owner alone."""
        write_private(self.stack_json, json.dumps(addresses, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file with one that only its owner can read."""
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    draft.replace(path)
