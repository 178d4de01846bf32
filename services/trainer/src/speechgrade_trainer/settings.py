"""The trainer's settings: the project's, and where things lie on this machine."""

import os
import socket
from pathlib import Path

from pydantic import Field, field_validator
from speechgrade_shared.settings import ProjectSettings


class TrainerSettings(ProjectSettings):
    """Read from the environment, with the prefix ``SPEECHGRADE_``."""

    work_dir: Path = Path(".local/trainer")
    """Datasets, runs and downloaded adapters."""

    model_dir: Path | None = None
    """A folder with one sub-folder per base id, e.g. ``mistralai/Mistral-7B-Instruct-v0.2``."""

    vllm: Path | None = None
    """The executable ``vllm`` that answers the test split, as the scorer's engine would; without it transformers do."""

    worker: str = Field(default_factory=lambda: f"trainer@{socket.gethostname()}", min_length=1)
    """Who trains and promotes, in the audit log."""

    gpu_price_per_hour: float = Field(default=0.0, ge=0)
    """What an hour of the card costs; 0: unknown, and no cost is told."""

    energy_price_per_kwh: float = Field(default=0.0, ge=0)
    """What is paid for a kilowatt-hour on top of that; 0: nothing, or it is unknown."""

    currency: str = Field(default="USD", min_length=1, max_length=8)
    """Of both prices."""
    @field_validator("vllm", mode="before")
    @classmethod
    def _executable(cls, value: object) -> object:
        if value in (None, ""):
            return None
        if not os.access(str(value), os.X_OK) or not Path(str(value)).is_file():
            raise ValueError("is not an executable file")
        return value

    @property
    def datasets_dir(self) -> Path:
        return self.work_dir / "datasets"

    @property
    def runs_dir(self) -> Path:
        return self.work_dir / "runs"

    @property
    def adapters_dir(self) -> Path:
        return self.work_dir / "adapters"
