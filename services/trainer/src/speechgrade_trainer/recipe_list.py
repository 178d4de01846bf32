"""The shipped recipes as an operator chooses among them."""

from importlib.resources import files

from speechgrade_trainer.data.architecture import MISTRAL_7B, Architecture
from speechgrade_trainer.recipe import load_recipe, shipped_recipes
from speechgrade_trainer.training.memory import estimated_memory

_TINY = Architecture(hidden=128, layers=2, heads=4, kv_heads=4, head_width=32, intermediate=256, vocabulary=32_000)


def describe_recipes() -> list[dict[str, str]]:
    """Each shipped recipe: its name, what its file says about it, what it trains, and its estimated memory."""
    return [_described(name) for name in shipped_recipes()]


def _described(name: str) -> dict[str, str]:
    recipe = load_recipe(name).recipe
    model = MISTRAL_7B if "7B" in recipe.base_model else _TINY
    weights = recipe.dtype if recipe.quantization == "none" else recipe.quantization
    return {
        "name": name,
        "about": _comment(name),
        "trains": f"r {recipe.lora.r} on {len(recipe.lora.target_modules)} matrices per layer, {weights} base",
        "tokens": f"{recipe.max_length:,}",
        "memory": f"{estimated_memory(recipe, model).total / 1e9:.1f} GB",
    }


def _comment(name: str) -> str:
    """The comment at the head of a recipe's file, as one paragraph."""
    lines = (files("speechgrade_trainer") / "recipes" / f"{name}.yaml").read_text("utf-8").splitlines()
    head = lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))]
    return " ".join(line.removeprefix("#").strip() for line in head)
