"""A real PostgreSQL with our migrations; for the workers that are processes, the Supabase API too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from speechgrade_local.stack import Stack

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(REPO, tmp_path_factory.mktemp("model"), fresh=True) as running:
        running.start_postgres()
        running.apply_migrations()
        running.start_supabase()
        yield running
