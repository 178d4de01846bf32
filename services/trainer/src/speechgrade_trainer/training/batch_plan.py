"""How many speeches make a step, and how they are divided among processes and micro-batches.

One recipe means the same training on one card and on eight: the speeches of an optimizer step stay as many, and the
accumulation is divided by the number of processes.
"""

from dataclasses import dataclass
from math import ceil

from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.recipe import Recipe


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Rows per device and forward pass, forward passes per step, and devices."""

    batch_size: int
    accumulation: int
    processes: int = 1

    @property
    def effective(self) -> int:
        """Rows per optimizer step."""
        return self.batch_size * self.accumulation * self.processes

    def steps_per_epoch(self, rows: int) -> int:
        """Optimizer steps for so many rows, the last one perhaps smaller; as transformers' trainer counts them."""
        return ceil(ceil(rows / (self.batch_size * self.processes)) / self.accumulation)

    def halved(self) -> "BatchPlan | None":
        """Half the batch and twice the accumulation, for a card that was too small; ``None`` if there is no half."""
        if self.batch_size % 2:
            return BatchPlan(1, self.accumulation * self.batch_size, self.processes) if self.batch_size > 1 else None
        return BatchPlan(self.batch_size // 2, self.accumulation * 2, self.processes)


def batch_plan(recipe: Recipe, processes: int = 1) -> BatchPlan:
    """Divide the recipe's step among processes.

    Raises:
        RecipeInvalid: its accumulation cannot be divided so; names the numbers of processes that it can be.
    """
    if recipe.gradient_accumulation % processes == 0:
        return BatchPlan(recipe.batch_size, recipe.gradient_accumulation // processes, processes)
    possible = [n for n in range(1, recipe.gradient_accumulation + 1) if recipe.gradient_accumulation % n == 0]
    raise RecipeInvalid(
        f"gradient_accumulation: {recipe.gradient_accumulation} cannot be divided by {processes} processes, and a step "
        f"is to stay {recipe.batch_size * recipe.gradient_accumulation} rows. "
        f"Possible: {', '.join(map(str, possible))} processes, or another gradient_accumulation."
    )


def launch_command(processes: int, *words: str) -> list[str]:
    """How several cards of one machine train the same recipe; ``words`` go to ``speechgrade-trainer``.

    Precision and device are not chosen here: the trainer's own arguments choose them in every process.
    """
    options = ["--multi_gpu", "--num_machines", "1", "--num_processes", str(processes), "--mixed_precision", "no"]
    launcher = ["accelerate", "launch", *options, "--dynamo_backend", "no"]
    return [*launcher, "--module", "speechgrade_trainer", *words]
