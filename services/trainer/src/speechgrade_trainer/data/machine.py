"""What a training will run on, as far as time and memory depend on it."""

import os
from dataclasses import dataclass

import torch

from speechgrade_trainer.recipe import Recipe

_PEAK_TFLOPS = {
    "H200": 989.0,
    "H100 PCIe": 756.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "A10": 125.0,
    "RTX 4090": 165.0,
    "RTX 3090": 71.0,
    "T4": 65.0,
}
"""Dense bf16 (T4: fp16) matrix throughput by a part of the card's name, from NVIDIA's data sheets; first match."""
_CPU_TFLOPS_PER_THREAD = 0.05
_UNKNOWN_TFLOPS = 100.0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it will be trained: a card's name as its driver gives it, or ``cpu``, and its memory in bytes."""

    name: str
    memory: int
    threads: int = 1

    @property
    def is_gpu(self) -> bool:
        return self.name != "cpu"

    def peak_tflops(self) -> float:
        """Peak matrix throughput in 10^12 operations per second; a guess where the card is not in the table."""
        if not self.is_gpu:
            return _CPU_TFLOPS_PER_THREAD * self.threads
        return next((peak for part, peak in _PEAK_TFLOPS.items() if part in self.name), _UNKNOWN_TFLOPS)


def present_machine(recipe: Recipe) -> Machine:
    """The first GPU of this machine, else its processor and memory."""
    if torch.cuda.is_available():
        facts = torch.cuda.get_device_properties(0)
        return Machine(facts.name, facts.total_memory)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine("cpu", memory, recipe.cpu_threads or torch.get_num_threads())
