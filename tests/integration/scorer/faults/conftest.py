"""What every fault meets: an approved champion in the bucket, and an engine that remembers what it said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.scorer.conftest import BASE, Campus
from tests.integration.scorer.tiny_models import write_adapter

from .processes import ScriptedEngineProcess, running


@pytest.fixture(scope="module")
def champion(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("trained") / "adapter"
    write_adapter(folder, BASE, seed=3)
    digest = campus.upload_adapter(folder)
    campus.promote(digest)
    return digest


@pytest.fixture(scope="module")
def engine(champion: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedEngineProcess]:
    assert champion
    engine = ScriptedEngineProcess(Path(tmp_path_factory.mktemp("engine")), says_after_s=0.2)
    with running(engine):
        yield engine
