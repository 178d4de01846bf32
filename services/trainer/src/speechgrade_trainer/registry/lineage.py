"""What an adapter was made of and how it did: the facts that its manifest, its card and its report all state."""

from dataclasses import dataclass
from typing import Any

from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_trainer.evaluation.evaluation import beaten
from speechgrade_trainer.evaluation.figures import ADAPTER, TestFigures
from speechgrade_trainer.recipe import NamedRecipe


@dataclass(frozen=True, slots=True)
class Lineage:
    """An adapter's base, data, recipe and numbers."""

    base_model: str
    base_revision: str
    dataset_digest: str
    named: NamedRecipe
    metrics: dict[str, Any]
    renderer_version: str = RENDERER_VERSION

    @property
    def is_better(self) -> bool:
        """Whether the adapter answers always, and beats its base and both constants."""
        test = TestFigures.model_validate(self.metrics["test"])
        return test.who[ADAPTER].valid == 1.0 and all(beaten(test).values())

    @property
    def verdict(self) -> str:
        """One sentence that claims no more than the numbers do."""
        test = TestFigures.model_validate(self.metrics["test"])
        mine, count, persons = test.who[ADAPTER], test.speeches, test.persons
        if mine.mae is None:
            return f"The adapter gave no usable answer on {count} speeches of {persons} people."
        lost = [name.replace("_", " ") for name, won in beaten(test).items() if not won]
        measured = (
            f"On {count} unseen speeches of {persons} people it is {mine.mae:.2f} points off per criterion on "
            f"average, and {mine.valid:.0%} of its answers are usable"
        )
        if lost:
            return f"Not better than {' and '.join(lost)}. {measured}."
        if not self.is_better:
            return f"Better than its base and than any constant, but not always usable. {measured}."
        return f"Better than its base and than any constant. {measured}."
