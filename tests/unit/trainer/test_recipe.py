"""Recipes: every shipped one is valid, and a bad one names all of its problems at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.recipe import Recipe, load_recipe, parse_recipe, shipped_recipes
from speechgrade_trainer.recipe_list import describe_recipes
from speechgrade_trainer.training.memory import estimated_memory

from .material import RECIPE

CARDS = {
    "mistral-7b-lora": 80,
    "mistral-7b-lora-24gb": 24,
    "mistral-7b-lora-all-linear": 80,
    "mistral-7b-qlora": 16,
    "mistral-7b-qlora-24gb": 24,
    "mistral-7b-qlora-80gb": 80,
    "mistral-7b-qlora-t4": 16,
}


def test_the_promised_recipes_are_shipped() -> None:
    assert shipped_recipes() == [*sorted(CARDS), "tiny-cpu"]


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_shipped_recipe_is_valid(name: str) -> None:
    named = load_recipe(name)
    assert named.name == name
    assert {"q_proj", "k_proj", "v_proj", "o_proj"} <= set(named.recipe.lora.target_modules)


@pytest.mark.parametrize("name", CARDS)
def test_the_recipes_of_the_plan_keep_to_the_plan(name: str) -> None:
    recipe = load_recipe(name).recipe
    assert recipe.base_model == "mistralai/Mistral-7B-Instruct-v0.2"
    assert 2 <= recipe.epochs <= 5
    assert 1 <= recipe.batch_size <= 4
    assert recipe.quantization == ("nf4" if "qlora" in name else "none")
    assert 20 <= recipe.evaluation.compared_speeches <= 50
    assert recipe.gradient_accumulation * recipe.batch_size < 32, "LoRA dislikes large batches"


@pytest.mark.parametrize(("name", "card_gb"), CARDS.items())
def test_a_recipe_fits_the_card_that_it_says_it_is_for(name: str, card_gb: int) -> None:
    described = {recipe["name"]: recipe for recipe in describe_recipes()}[name]
    estimate = estimated_memory(load_recipe(name).recipe).total / 1e9
    assert f"card of {card_gb} GB" in described["about"]
    assert f"{estimate:.1f} GB" in described["about"], "the comment says what the formula gives"
    assert estimate < card_gb * 0.95


def test_both_kinds_of_targets_and_a_card_without_bf16_are_shipped() -> None:
    recipes = [load_recipe(name).recipe for name in CARDS]
    assert {len(recipe.lora.target_modules) for recipe in recipes} == {4, 7}
    assert {(recipe.dtype, recipe.quantization) for recipe in recipes} >= {("float16", "nf4"), ("bfloat16", "none")}


def test_the_estimate_agrees_with_what_is_known_of_a_7b() -> None:
    lora, qlora = (load_recipe(name).recipe for name in ("mistral-7b-lora", "mistral-7b-qlora"))
    assert estimated_memory(lora).weights == pytest.approx(14.48e9, rel=0.01)
    assert estimated_memory(qlora).weights == pytest.approx(4.13e9, rel=0.01)
    assert estimated_memory(load_recipe("mistral-7b-lora-all-linear").recipe).adapter == 16 * 41_943_040
    assert estimated_memory(qlora).total < 12e9


def test_every_problem_is_named_at_once() -> None:
    bad = "base_model: ../evil\nlora: {r: 0, target_modules: [lm_head]}\nepochs: many\nlearning_rate: -1\nspice: salt\n"
    with pytest.raises(RecipeInvalid) as refused:
        parse_recipe(bad)
    for place in ("base_model", "base_revision", "lora.r", "lora.target_modules.0", "epochs", "learning_rate", "spice"):
        assert f"\n{place}: " in refused.value.public


def test_a_recipe_that_leaves_no_room_for_answers_is_refused() -> None:
    with pytest.raises(RecipeInvalid, match="max_new_tokens"):
        parse_recipe(RECIPE.replace("max_length: 512", "max_length: 64"))


def test_equal_choices_have_equal_digests_and_others_do_not() -> None:
    recipe = parse_recipe(RECIPE)
    assert recipe.sha256() == parse_recipe(RECIPE + "warmup: 0.05\n").sha256()
    assert recipe.sha256() != parse_recipe(RECIPE.replace("seed: 3", "seed: 4")).sha256()
    assert Recipe.model_validate(recipe.body()) == recipe


def test_a_recipe_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(RECIPE)
    assert load_recipe(str(tmp_path / "mine.yaml")).name == "mine"
    with pytest.raises(RecipeInvalid, match="tiny-cpu"):
        load_recipe(str(tmp_path / "none.yaml"))


@given(st.one_of(st.text(), st.dictionaries(st.text(), st.integers()).map(str)))
def test_whatever_is_not_a_recipe_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(RecipeInvalid) as refused:
        parse_recipe(text)
    assert refused.value.code == "recipe_invalid"
