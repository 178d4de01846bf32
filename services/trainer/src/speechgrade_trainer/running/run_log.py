"""The row and the events of a run in ``llm``: what the app and the operator see of it.

The beginning and the end of a run must be recorded or the command fails. Everything between is told as well as the
network allows: a project that does not answer for a while never stops a training.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from speechgrade_shared.command_line import console
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import DatasetUnfit
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.settings import TrainerSettings

_EVENT_TIMEOUT_S = 5.0
_SECONDS_BETWEEN_STEPS = 2.0


@dataclass
class RunLog:
    """One run, as its trainer tells it."""

    run_id: str
    dataset_digest: str
    _project: SupabaseProject
    _telling: SupabaseProject
    _last_said: dict[str, float] = field(default_factory=dict)
    _is_heard: bool = True

    def say(self, kind: str, payload: Mapping[str, Any], progress: float | None = None) -> None:
        """Append an event; one that does not arrive is lost, and the first loss is said in the terminal."""
        params = {"p_run": self.run_id, "p_kind": kind, "p_payload": dict(payload), "p_progress": progress}
        try:
            self._telling.rpc("append_event", params)
        except SpeechgradeError as error:
            if self._is_heard:
                console.print(f"[yellow]The project does not take events at the moment ({error.code}); going on.[/]")
            self._is_heard = False
        else:
            self._is_heard = True

    def say_step(self, payload: Mapping[str, Any], progress: float | None = None, kind: str = "step") -> None:
        """Like ``say``, but each kind at most every other second; the first of a kind is always said."""
        now = time.monotonic()
        if now - self._last_said.get(kind, -_SECONDS_BETWEEN_STEPS) >= _SECONDS_BETWEEN_STEPS:
            self._last_said[kind] = now
            self.say(kind, payload, progress)

    def end(self, status: str, error_code: str) -> None:
        """Record that the run did not succeed; success is recorded by registering its adapter."""
        params = {"p_run": self.run_id, "p_status": status, "p_error_code": error_code}
        try:
            self._project.rpc("fail_run", params)
        except SpeechgradeError as error:
            structlog.get_logger().error("run_end_not_recorded", run_id=self.run_id, status=status, code=error.code)

    def close(self) -> None:
        """Give the connection back."""
        self._telling.close()

    @contextmanager
    def until_it_ends(self) -> Iterator[None]:
        """Whatever ends the block early ends the run, with the reason."""
        try:
            yield
        except SpeechgradeError as error:
            self.end("failed", error.code)
            raise
        except KeyboardInterrupt:
            self.end("cancelled", "cancelled")
            raise
        except BaseException:
            self.end("failed", "internal_error")
            raise


def published_dataset(project: SupabaseProject, digest: str | None) -> str:
    """The digest of the dataset that is current now, or the given one if it is still published.

    Raises:
        DatasetUnfit: ``dataset_missing``.
    """
    where = {"status": "current"} if digest is None else {"digest": digest}
    row = next(project.rows("datasets", "digest,status", key="digest", where=where), None)
    if row is None or row["status"] == "erased":
        raise DatasetUnfit("There is no such dataset. Run the exporter first.", code="dataset_missing")
    return str(row["digest"])


def begin_run(settings: TrainerSettings, project: SupabaseProject, named: NamedRecipe, digest: str) -> RunLog:
    """Record that a run on a published dataset begins."""
    key = settings.supabase_secret_key.get_secret_value()
    telling = SupabaseProject(settings.supabase_url, key, timeout_s=_EVENT_TIMEOUT_S, attempts=1)
    run = {
        "id": str(uuid.uuid4()),
        "dataset_digest": digest,
        "recipe": named.name,
        "recipe_sha256": named.recipe.sha256(),
        "recipe_body": named.recipe.body(),
        "worker": settings.worker,
    }
    return RunLog(str(project.rpc("start_run", {"p_run": run})), digest, project, telling)
