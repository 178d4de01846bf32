"""What the commands about weights need: which base, and where the hub's cache lies. No project, no key."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from speechgrade_shared.settings import SentSecret

from speechgrade_trainer.errors import WeightsMissing
from speechgrade_trainer.offline import says_offline
from speechgrade_trainer.recipe import load_recipe
from speechgrade_trainer.weights.layout import MODEL, REVISION, Place


class WeightsSettings(BaseSettings):
    """Read from the environment: ``SPEECHGRADE_…`` as every service has them, and the hub's own ``HF_…``."""

    model_config = SettingsConfigDict(
        env_prefix="SPEECHGRADE_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    base_model: str = ""
    """The base's id, as engine and scorer have it."""
    base_revision: str = ""
    """A commit of the hub, or ``content``."""
    log_level: str = "info"
    log_json: bool = True

    hf_home: Path = Field(default=Path("~/.cache/huggingface"), validation_alias="HF_HOME")
    """The hub's folder on this machine; its cache is ``hub`` in it."""
    hf_hub_cache: Path | None = Field(default=None, validation_alias="HF_HUB_CACHE")
    """The cache itself, where it is elsewhere."""
    hf_hub_offline: str = Field(default="", validation_alias="HF_HUB_OFFLINE")
    hf_token: SentSecret | None = Field(default=None, validation_alias="HF_TOKEN")
    """Only for bases that the hub gives to those alone who have agreed to their terms."""

    @property
    def is_hub_offline(self) -> bool:
        return says_offline(self.hf_hub_offline)

    @property
    def cache(self) -> Path:
        return (self.hf_hub_cache or self.hf_home / "hub").expanduser()

    def naming(self, recipe: str | None, model: str | None, revision: str | None) -> Self:
        """The same settings with the base of a recipe, or the one that is named.

        Raises:
            RecipeInvalid: there is no such recipe.
        """
        changes = {}
        if recipe is not None:
            chosen = load_recipe(recipe).recipe
            changes = {"base_model": chosen.base_model, "base_revision": chosen.base_revision}
        named = {"base_model": model, "base_revision": revision}
        return self.model_copy(update=changes | {name: value for name, value in named.items() if value})

    def place(self) -> Place:
        """Where the base's files are, or are to be.

        Raises:
            WeightsMissing: nobody has said which base.
        """
        if not self.base_model or not self.base_revision:
            raise WeightsMissing(
                "Which base? Give --recipe, or --model and --revision, or set SPEECHGRADE_BASE_MODEL and "
                "SPEECHGRADE_BASE_REVISION.",
                code="base_not_named",
            )
        if not re.match(MODEL, self.base_model) or not re.match(REVISION, self.base_revision):
            raise WeightsMissing(
                "A base is named like owner/name, and its revision by a commit, a branch or a tag without "
                "slashes, or: content.",
                code="base_not_named",
            )
        return Place(self.cache, self.base_model, self.base_revision)
