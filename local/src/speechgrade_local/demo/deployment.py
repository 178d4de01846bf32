"""Where the services of the loop run: as processes of this machine, or in containers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from speechgrade_local.stack import Stack


class Deployment(Protocol):
    """Exporter, trainer, engine and scorer around the Supabase of a stack."""

    def export(self) -> None:
        """Everything that is open is exported and published when it returns."""

    def train(self, recipe: str) -> dict[str, Any]:
        """One training run, to its end; what the trainer said about the adapter."""

    def promote(self, digest: str, reason: str) -> None:
        """The adapter becomes the champion."""

    def keep_report(self, path: str, target: Path) -> None:
        """Copy the report that the trainer named."""

    def start_engine(self) -> None:
        """vLLM on the tiny base; returns when it answers."""

    def start_serving(self) -> None:
        """The scorer in front of the engine, and the Edge Function in front of the scorer."""

    def engine_models(self) -> list[str]:
        """What vLLM itself says that it serves."""

    def stop(self) -> None:
        """End what the stack does not end by itself."""


Deploy = Callable[[Stack, Path, Mapping[str, str]], Deployment]
"""Makes the deployment for a stack, a folder of base models, and the services' settings beyond the project's."""
