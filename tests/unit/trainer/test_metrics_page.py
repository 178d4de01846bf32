"""The page that describes metrics.json names every field that there is."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from speechgrade_trainer.evaluation import figures
from speechgrade_trainer.registry import facts

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "metrics.md").read_text("utf-8")
DESCRIBED = {name for code in re.findall(r"`([^`]+)`", PAGE) for name in re.split(r"[^a-z0-9_]+", code)}
MODELS = [
    model
    for module in (figures, facts)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_every_field_is_described(model: type[BaseModel]) -> None:
    written = {field.alias or name for name, field in model.model_fields.items()}
    assert written <= DESCRIBED, written - DESCRIBED
