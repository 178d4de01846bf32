"""`make types`: writes the Python types of a freshly migrated database into the shared package."""

from __future__ import annotations

import tempfile
from pathlib import Path

from speechgrade_local.migrations import generate_types
from speechgrade_local.node import locate_node
from speechgrade_local.stack import Stack

TYPES = Path("shared/src/speechgrade_shared/db_types.py")


def write_types(repo_root: Path) -> Path:
    """Migrate a throwaway database, generate, write; returns the file."""
    with tempfile.TemporaryDirectory() as folder, Stack(repo_root, Path(folder), fresh=True) as stack:
        stack.start_postgres()
        stack.apply_migrations()
        types = generate_types(locate_node(repo_root), stack.database_url, Path(folder) / "cli-home")
    target = repo_root / TYPES
    target.write_text(types, "utf-8")
    return target
