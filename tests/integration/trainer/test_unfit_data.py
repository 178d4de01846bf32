"""Data that cannot be trained on fail the run with their reason before the base's weights are read."""

from dataclasses import replace
from pathlib import Path

import pytest
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.manifests import DatasetManifest
from speechgrade_trainer.recipe import load_recipe
from speechgrade_trainer.running import pipeline
from speechgrade_trainer.training import train as training

from .conftest import School

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise AssertionError("weights were loaded")

    monkeypatch.setattr(training, "load_base", load)


def reason(school: School, digest: str, **changes: object) -> str:
    """The code in the row of a run that fails."""
    named = load_recipe(str(school.recipe))
    recipe = named.model_copy(update={"recipe": named.recipe.model_copy(update=changes)})
    with pytest.raises(SpeechgradeError) as caught:
        pipeline.train(school.settings(), recipe, digest)
    run = school.last_run()
    assert (run["status"], run["error_code"]) == ("failed", caught.value.code)
    return caught.value.code


def test_one_example(school: School) -> None:
    assert reason(school, school.publish(offset=400, train=1)) == "too_few_examples"


@pytest.mark.parametrize(("offset", "policy"), [(410, "shorten"), (420, "exclude"), (430, "refuse")])
def test_all_examples_too_long(school: School, offset: int, policy: str) -> None:
    digest = school.publish(offset=offset)
    assert reason(school, digest, max_length=128, long_examples=policy) == "examples_too_long"


def test_another_renderer(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    to_bytes = DatasetManifest.to_bytes
    old = {"renderer_version": "r0-000000000000"}
    monkeypatch.setattr(DatasetManifest, "to_bytes", lambda manifest: to_bytes(manifest.model_copy(update=old)))
    digest = school.publish(offset=440)
    assert reason(school, digest) == "renderer_mismatch"


def test_a_tokenizer_that_is_not_the_bases(school: School, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    located = pipeline.locate_base
    monkeypatch.setattr(pipeline, "locate_base", lambda *found: replace(located(*found), folder=tmp_path))
    assert reason(school, school.publish(offset=450)) == "tokenizer_mismatch"
