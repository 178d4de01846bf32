"""What there is to train on: read once, and handed to everything that chooses by it."""

import os
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import torch
from accelerate import PartialState

_LOOKED_FOR = {"flash-attn": "flash_attn", "flash-attn-3": "flash_attn_interface", "liger-kernel": "liger_kernel"}
_FIRST_WITH_BF16 = (8, 0)


@dataclass(frozen=True, slots=True)
class Device:
    """A card as one process of a training sees it, or the CPU.

    ``capability`` is CUDA's, e.g. (7, 5) for a T4; ``None`` on a CPU, whose memory is the machine's. ``has_triton``:
    Triton, and the C compiler and Python headers that it builds its launchers with. ``packages``: which of the kernels'
    distributions are installed.
    """

    name: str
    capability: tuple[int, int] | None = None
    memory_bytes: int = 0
    has_triton: bool = False
    packages: frozenset[str] = frozenset()
    index: int = 0
    processes: int = 1
    threads: int = 1

    @property
    def is_gpu(self) -> bool:
        return self.capability is not None

    @property
    def has_bf16(self) -> bool:
        """Whether bf16 is computed by the card; PyTorch also says yes to older ones, which imitate it slowly."""
        return self.capability is None or self.capability >= _FIRST_WITH_BF16


def read_device() -> Device:
    """The device of this process: the card of its rank where ``accelerate launch`` started several."""
    # On a CPU it has to be told: it would join the other processes only later, when the trainer is built.
    state = PartialState(cpu=not torch.cuda.is_available())
    return device_at(int(state.local_process_index), int(state.num_processes))


def device_at(index: int, processes: int) -> Device:
    """A card of this machine as one of so many processes would have it, or the CPU; joins nobody."""
    if not torch.cuda.is_available():
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return Device("CPU", memory_bytes=memory, threads=torch.get_num_threads(), processes=processes)
    facts = torch.cuda.get_device_properties(index)
    return Device(
        name=facts.name,
        capability=(facts.major, facts.minor),
        memory_bytes=facts.total_memory,
        has_triton=find_spec("triton") is not None and _has_compiler(),
        packages=frozenset(name for name, module in _LOOKED_FOR.items() if _is_installed(name, module)),
        index=index,
        processes=processes,
    )


def _has_compiler() -> bool:
    has_headers = (Path(sysconfig.get_paths()["include"]) / "Python.h").is_file()
    return has_headers and any(which(name) for name in ("gcc", "clang"))


def _is_installed(distribution: str, module: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return find_spec(module) is not None
