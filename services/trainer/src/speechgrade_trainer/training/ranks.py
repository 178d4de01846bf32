"""The processes of one training: alone, or several that ``accelerate launch`` has started.

The main one talks to the project, measures and registers; the others only train along. They share the work folder, so
on several machines it must be a shared one.
"""

from datetime import timedelta
from typing import Any, Self

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list

_PATIENCE = timedelta(hours=2)
"""How long the others wait while the main one pulls and checks the data."""


class Ranks:
    """This process among them."""

    def __init__(self, state: PartialState) -> None:
        self._state = state

    @classmethod
    def join(cls) -> Self:
        """Find the others, if the launcher has started any."""
        # Without being told so, a process on a CPU does not see the others.
        return cls(PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE))

    @property
    def is_main(self) -> bool:
        return bool(self._state.is_main_process)

    @property
    def count(self) -> int:
        return int(self._state.num_processes)

    def tell(self, plan: Any) -> None:
        """What the main one has prepared, to the others."""
        if self.count > 1:
            broadcast_object_list([plan])

    def hear(self) -> Any:
        """What the main one has prepared; waits for it."""
        box = [None]
        broadcast_object_list(box)
        return box[0]

    def part(self) -> None:
        """The training is over: the others may end while the main one measures."""
        if self.count > 1:
            self._state.destroy_process_group()
