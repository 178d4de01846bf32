"""Measuring and comparing on a real project: the champion beside the adapter, groups of a file, what is known reused."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.recipe import NamedRecipe, load_recipe
from speechgrade_trainer.running import measuring, pipeline
from speechgrade_trainer.running.comparing import compare
from speechgrade_trainer.running.measuring import evaluate_adapter, standing_champion
from speechgrade_trainer.running.pipeline import Registered
from speechgrade_trainer.training.base import Base, locate_base

from .conftest import School

pytestmark = pytest.mark.stack


def trained(school: School, recipe: str, seed: int) -> Registered:
    named = load_recipe(recipe)
    seeded = NamedRecipe(name=f"seed-{seed}", recipe=named.recipe.model_copy(update={"seed": seed}))
    registered = pipeline.train(school.settings(), seeded, None)
    assert registered is not None
    return registered


@pytest.fixture(scope="module")
def base(school: School) -> Base:
    return locate_base(load_recipe(str(school.recipe)).recipe, school.settings().model_dir)


@pytest.fixture(scope="module")
def first(school: School) -> Registered:
    school.publish(offset=7000, train=8, validation=2, test=3)
    return trained(school, str(school.recipe), 3)


@pytest.fixture
def champion(school: School, first: Registered) -> Iterator[str]:
    """The first adapter answers, without the gate's word: the gate has tests of its own."""
    digest = first.package.digest
    school.sql("delete from llm.aliases")
    school.sql(
        "insert into llm.aliases (scope_kind, alias, adapter_digest, updated_by) values"
        " ('default', 'champion', %s, 'tester')",
        digest,
    )
    yield digest
    school.sql("delete from llm.aliases")


def test_a_run_is_compared_with_the_champion(school: School, champion: str, first: Registered) -> None:
    second = trained(school, str(school.recipe), 4)
    test = second.package.manifest.metrics["test"]
    assert (test["champion"], test["champion_absent"]) == (champion, None)
    assert test["who"]["champion"] == first.package.manifest.metrics["test"]["who"]["adapter"]
    assert test["paired"]["champion"]["interval"] is not None
    told = compare(school.settings(), second.package.name, "champion", None)
    assert told.digests == (second.package.digest, champion)
    assert told.reused == (True, True)
    assert told.figures.overall.model_dump(mode="json") == test["paired"]["champion"]


def test_what_was_measured_once_is_asked_again_only_if_something_changed(school: School, first: Registered) -> None:
    settings = school.settings().model_copy(update={"work_dir": school.folder / "elsewhere"})
    fresh = compare(settings, str(first.package.folder), str(first.package.folder), None)
    assert fresh.reused == (False, False)
    assert (fresh.figures.overall.difference, fresh.figures.overall.better) == (0.0, 0.5)
    assert "cannot be told apart" in fresh.verdict
    evaluate_adapter(settings, str(first.package.folder), None, asks_base=False)
    known = compare(settings, str(first.package.folder), first.package.digest, None)
    assert known.reused == (True, True)
    assert known.figures == fresh.figures


def test_the_champion_is_not_compared_with_itself(school: School, champion: str) -> None:
    found = evaluate_adapter(school.settings(), "champion", None, asks_base=False)
    assert found["test"]["champion_absent"] == "This adapter is the champion itself."
    assert (found["name"], found["test"]["champion"]) == (f"sg-{champion[:20]}", None)


def test_groups_of_a_file_are_in_the_figures_and_the_base_may_be_left_out(school: School, first: Registered) -> None:
    (school.folder / "groups.csv").write_text(f"id,home\n{9000:032x},north\n{9001:032x},south\n")
    found = evaluate_adapter(
        school.settings(), first.package.name, None, groups=school.folder / "groups.csv", asks_base=False
    )["test"]
    assert {name: group["persons"] for name, group in found["groups"]["home"].items()} == {"north": 1, "south": 1}
    assert "base" not in found["who"]
    assert found["engine"].startswith("transformers ")
    assert (found["champion"], found["champion_absent"]) == (None, "No adapter is the champion yet.")


def test_there_may_be_no_champion(school: School, base: Base) -> None:
    assert standing_champion(school.project, school.settings(), base).absent == "No adapter is the champion yet."
    with pytest.raises(AdapterInvalid, match="No adapter is the champion yet"):
        measuring.find_package(school.settings(), school.project, "champion")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("status", "tainted"), "The champion is tainted."),
        (("object_prefix", "nowhere"), "The champion could not be fetched (object_missing)."),
    ],
)
def test_a_champion_that_cannot_be_asked_is_absent_with_its_reason(
    change: tuple[str, str], reason: str, school: School, champion: str, base: Base
) -> None:
    settings = school.settings().model_copy(update={"work_dir": school.folder / "empty"})
    column, value = change
    before: Any = school.sql(f"select {column} from llm.adapters where digest = %s", champion)[0][column]
    school.sql(f"update llm.adapters set {column} = %s where digest = %s", value, champion)
    try:
        assert standing_champion(school.project, settings, base).absent == reason
    finally:
        school.sql(f"update llm.adapters set {column} = %s where digest = %s", before, champion)


def test_a_champion_of_another_base_is_absent(school: School, champion: str, base: Base) -> None:
    assert champion
    other = dataclasses.replace(base, revision="another")
    absent = standing_champion(school.project, school.settings(), other).absent
    assert absent == "The champion cannot be asked here (base_mismatch)."
