"""How an adapter comes: from the bucket to the disk, and from the disk into the engine."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
import structlog
from anyio import to_thread
from speechgrade_shared.errors import ObjectMissing, Retry, SpeechgradeError

from speechgrade_scorer.adapters.registry import Adapter
from speechgrade_scorer.adapters.residence import Residence
from speechgrade_scorer.adapters.staging import AdapterCache
from speechgrade_scorer.errors import ModelUnknown

_log = structlog.get_logger()
_LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an adapter did not come, how often in a row, and when it is tried again ahead of need."""

    code: str
    is_passing: bool
    times: int
    try_at: float


class Arrivals:
    """Each adapter comes alone, and once at a time however many wait for it."""

    def __init__(
        self,
        cache: AdapterCache,
        residence: Residence,
        engine_folder: Path,
        *,
        first_wait_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.staged: frozenset[str] = frozenset()
        self.failures: dict[str, Failure] = {}
        self._cache = cache
        self._residence = residence
        self._engine_folder = engine_folder
        self._first_wait_s = first_wait_s
        self._clock = clock
        self._locks: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    async def bring(self, adapter: Adapter, may_answer: Callable[[str], bool], *, must_load: bool = True) -> None:
        """Have an adapter on the disk and in the engine; where it comes ahead of need and finds no room, on the disk.

        Raises:
            AdapterRefused, ProjectError, EngineError: it did not come; ``failures`` keeps the code.
            ModelUnknown: it was withdrawn meanwhile.
        """
        async with self._locks[adapter.name]:
            if adapter.name in self._residence.loaded & self.staged:
                return
            try:
                await self._bring(adapter, may_answer, must_load=must_load)
            except ModelUnknown:
                raise
            except SpeechgradeError as error:
                self._keep_failure(adapter, error)
                raise
            self.failures.pop(adapter.name, None)

    def is_due(self, adapter: Adapter) -> bool:
        """Whether it may be tried ahead of need: what failed waits, longer each time."""
        failure = self.failures.get(adapter.name)
        return failure is None or self._clock() >= failure.try_at

    def keep_only(self, names: frozenset[str]) -> None:
        """Know nothing of any other adapter."""
        self.staged &= names
        self.failures = {name: failure for name, failure in self.failures.items() if name in names}

    async def _bring(self, adapter: Adapter, may_answer: Callable[[str], bool], *, must_load: bool) -> None:
        # Closing the project ends a download whose waiter has gone.
        await to_thread.run_sync(self._cache.stage, adapter, abandon_on_cancel=True)
        self.staged |= {adapter.name}
        if not may_answer(adapter.name):
            raise ModelUnknown("The adapter was withdrawn while it came.")
        if must_load or self._residence.has_room_for(adapter):
            await self._residence.load(adapter, self._engine_folder / adapter.name)

    def _keep_failure(self, adapter: Adapter, error: SpeechgradeError) -> None:
        before = self.failures.get(adapter.name)
        times = before.times + 1 if before else 1
        wait_s = min(self._first_wait_s * 2 ** (times - 1), _LONGEST_WAIT_S)
        # An object that its row names does not come back by itself.
        is_passing = error.retry is Retry.LATER and not isinstance(error, ObjectMissing)
        self.failures[adapter.name] = Failure(error.code, is_passing, times, self._clock() + wait_s)
        _log.error("adapter_refused", adapter=adapter.name, code=error.code, times=times)
