"""What several tests of the trainer need, made once."""

from pathlib import Path

import pytest
from speechgrade_trainer.training.base import Base, locate_base

from .material import micro_base, recipe


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The micro base, located as any base is."""
    models: Path = tmp_path_factory.mktemp("models")
    micro_base(models)
    return locate_base(recipe(), models)
