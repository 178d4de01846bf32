"""The trainer's settings: the project's, and where things lie on this machine."""

import os
import socket
from pathlib import Path

from pydantic import Field, field_validator
from speechgrade_shared.settings import ProjectSettings

from speechgrade_trainer.offline import says_offline
from speechgrade_trainer.registry.gate import Thresholds


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

    gate_min_persons: int = Field(default=5, ge=1)
    """People that the test split must have."""
    gate_min_valid: float = Field(default=1.0, ge=0, le=1)
    """Share of usable answers after retries."""
    gate_mean_difference: float = 0.0
    """The upper end of the 95 % interval of the error less that of predict-the-mean must be below this, in points."""
    gate_champion_better: float = Field(default=0.95, ge=0, le=1)
    """Share of bootstrap draws in which the error must be smaller than the champion's."""
    gate_max_gap: float = Field(default=0.15, gt=0)
    """The widest gap of a group of speakers, in standard deviations."""
    gate_min_group_persons: int = Field(default=10, ge=1)
    """Groups with fewer people are not judged."""

    allow_hub_push: bool = False
    """Whether ``export --push`` may reach the hub."""
    hf_hub_offline: str = Field(default="", validation_alias="HF_HUB_OFFLINE")
    """The hub's own switch, as the operator has set it."""

    world_size: int = Field(default=1, ge=1, validation_alias="WORLD_SIZE")
    """Processes of this training, as ``accelerate launch`` and ``torchrun`` tell each of them."""
    rank: int = Field(default=0, ge=0, validation_alias="RANK")
    """Which of them this is; 0 is the main one."""
    local_rank: int = Field(default=0, ge=0, validation_alias="LOCAL_RANK")
    """Which card of this machine is its own."""

    @field_validator("vllm", mode="before")
    @classmethod
    def _executable(cls, value: object) -> object:
        if value in (None, ""):
            return None
        if not os.access(str(value), os.X_OK) or not Path(str(value)).is_file():
            raise ValueError("is not an executable file")
        return value

    @property
    def is_hub_offline(self) -> bool:
        return says_offline(self.hf_hub_offline)

    @property
    def gate(self) -> Thresholds:
        """What the gate asks."""
        return Thresholds(
            min_persons=self.gate_min_persons,
            min_valid=self.gate_min_valid,
            mean_difference=self.gate_mean_difference,
            champion_better=self.gate_champion_better,
            max_gap=self.gate_max_gap,
            min_group_persons=self.gate_min_group_persons,
        )

    @property
    def datasets_dir(self) -> Path:
        return self.work_dir / "datasets"

    @property
    def runs_dir(self) -> Path:
        return self.work_dir / "runs"

    @property
    def adapters_dir(self) -> Path:
        return self.work_dir / "adapters"
