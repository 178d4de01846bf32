"""What an adapter was made of and how it did: the facts that its manifest, its card and its report all state."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.evaluation.figures import ADAPTER, TestFigures
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry.facts import Facts
from speechgrade_trainer.registry.verdict import meaning, standing, verdict


@dataclass(frozen=True, slots=True)
class Lineage:
    """An adapter's base, data, recipe and numbers.

    ``metrics`` is ``metrics.json`` as stored; ``tested_on`` is the digest of the dataset whose test split was used, if
    that is another than the one it was trained on.
    """

    base_model: str
    base_revision: str
    dataset_digest: str
    named: NamedRecipe
    metrics: dict[str, Any]
    renderer_version: str = RENDERER_VERSION
    tested_on: str | None = None

    @property
    def test(self) -> TestFigures:
        """The numbers of the test split.

        Raises:
            AdapterInvalid: ``metrics_unreadable``: another version of this program wrote them, or nobody did.
        """
        try:
            return TestFigures.model_validate(self.metrics.get("test"))
        except ValidationError as error:
            raise _unreadable("test", error) from error

    @property
    def facts(self) -> Facts:
        """What is known of the run besides its test.

        Raises:
            AdapterInvalid: ``metrics_unreadable``: what every run has is missing.
        """
        try:
            return Facts.model_validate(self.metrics)
        except ValidationError as error:
            raise _unreadable("metrics", error) from error

    @property
    def is_better(self) -> bool:
        """Whether the adapter answers always, and is better than everybody it was compared with."""
        test = self.test
        return test.who[ADAPTER].valid == 1.0 and standing(test).beats_all

    @property
    def verdict(self) -> str:
        """One sentence that claims no more than the numbers do."""
        return verdict(self.test, self.facts.gate)

    @property
    def meaning(self) -> str:
        """What that means to an instructor."""
        return meaning(self.test)


def _unreadable(part: str, error: ValidationError) -> AdapterInvalid:
    places = sorted({".".join(map(str, problem["loc"])) or part for problem in error.errors(include_input=False)})
    return AdapterInvalid(f"The numbers of the run cannot be read: {', '.join(places)}.", code="metrics_unreadable")
