"""A base small enough for tests, and speeches that it could be taught about."""

from functools import cache
from pathlib import Path
from random import Random

import torch
from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer
from speechgrade_shared.digest import canonical_json
from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import Example, TrainingData, parse_example
from speechgrade_trainer.recipe import Recipe, parse_recipe
from transformers import MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

BASE_MODEL = "speechgrade/micro-mistral"
RUBRIC = parse_rubric(
    {
        "name": "Short Talk",
        "categories": [
            {
                "name": "Content",
                "subcategories": [{"name": "Hook", "points": 4, "step": 1}, {"name": "Facts", "points": 3, "step": 1}],
            },
            {"name": "Delivery", "evidence": "transcript", "subcategories": [{"name": "Pace", "points": 2, "step": 1}]},
        ],
    }
)
RECIPE = """
base_model: speechgrade/micro-mistral
base_revision: content
dtype: float32
lora: {r: 4, alpha: 8, dropout: 0.0}
epochs: 2
batch_size: 4
gradient_accumulation: 1
learning_rate: 0.01
max_length: 512
seed: 3
cpu_threads: 1
evaluation: {batch_size: 4, max_new_tokens: 96, compared_speeches: 3}
"""


@cache
def tokenizer() -> PreTrainedTokenizerFast:
    return mistral_tokenizer()


def micro_base(model_dir: Path) -> Path:
    """Random weights of Mistral's architecture with the real tokenizer, where a base id is looked for."""
    torch.manual_seed(5)
    config = MistralConfig(
        vocab_size=32_000,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=1024,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    folder = model_dir / BASE_MODEL
    MistralForCausalLM(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def recipe(**changes: object) -> Recipe:
    return Recipe.model_validate(parse_recipe(RECIPE).body() | changes)


def scored(hook: float, facts: float, pace: float, feedback: str = "Heard.") -> ScoredSpeech:
    content = SectionScore("Content", feedback, (("Hook", hook), ("Facts", facts)))
    return ScoredSpeech((content, SectionScore("Delivery", "Fine.", (("Pace", pace),))), "Thanks.")


def line(number: int, human: ScoredSpeech, subject: int | None = None, rubric: Rubric = RUBRIC) -> bytes:
    """One line of a split."""
    asked = render_messages(rubric, f"Speech {number}. Today I talk about bridges. Thank you.")
    turns = [turn.as_dict() for turn in asked] + [{"role": "assistant", "content": render_answer(human)}]
    person = number if subject is None else subject
    example = {"messages": turns, "example": f"{number:032x}", "subject": f"{person:032x}", "rubric": rubric.as_dict()}
    return canonical_json(example) + b"\n"


def lines(first: int, count: int) -> bytes:
    """Lines of different people, whose scores depend on their numbers."""
    rng = Random(first)
    grid = [(float(rng.randint(0, 4)), float(rng.randint(0, 3)), float(rng.randint(0, 2))) for _ in range(count)]
    return b"".join(line(first + index, scored(*points)) for index, points in enumerate(grid))


def example(number: int = 1, human: ScoredSpeech | None = None, subject: int | None = None) -> Example:
    return parse_example(line(number, human or scored(3, 2, 1), subject).decode())


def examples(first: int, count: int) -> tuple[Example, ...]:
    return tuple(parse_example(text) for text in lines(first, count).decode().splitlines())


def training_data(train: int = 8, validation: int = 2, test: int = 3) -> TrainingData:
    counts = {Split.TRAIN: train, Split.VALIDATION: validation, Split.TEST: test}
    starts = {Split.TRAIN: 0, Split.VALIDATION: 100, Split.TEST: 200}
    return TrainingData("d" * 64, {split: examples(starts[split], counts[split]) for split in Split})
