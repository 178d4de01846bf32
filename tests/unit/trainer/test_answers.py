"""Constrained decoding in batches, and what becomes of the answers: report, card and package."""

import json
from pathlib import Path

import pytest
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer
from peft import LoraConfig, get_peft_model
from speechgrade_shared.manifests import AdapterManifest
from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.evaluation.decode import Answerer, grammar
from speechgrade_trainer.evaluation.evaluation import Evaluation, accepted, measured
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry.lineage import Lineage
from speechgrade_trainer.registry.package import complete_package, read_package
from speechgrade_trainer.reporting.report import render_report, worst_first
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.model import load_base, load_tokenizer

from .material import RUBRIC, examples, recipe, tokenizer


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    test = examples(50, 4)
    right, wrong = [accepted(e.target, e) for e in test], [accepted('{"sections"', e) for e in test]
    return measured(examples(0, 8), test, [wrong[0], *right[1:]], wrong)


@pytest.fixture
def lineage(base: Base, evaluation: Evaluation) -> Lineage:
    curve = [{"epoch": 0.0, "validation": 2.0}, {"epoch": 1.0, "validation": 1.0}]
    metrics = {
        "examples": {"train": 8, "validation": 2, "test": 4},
        "subjects": {"train": 8, "validation": 2, "test": 4},
        "loss": {"before": 2.0, "after": 1.0, "best_step": 2, "steps": 2, "curve": curve},
        "test": evaluation.test.model_dump(mode="json"),
    }
    return Lineage(base.model, base.revision, "d" * 64, NamedRecipe(name="micro", recipe=recipe()), metrics)


def test_the_grammar_accepts_exactly_what_is_taught() -> None:
    guide = from_tokenizer(tokenizer(), n_vocab=32_000)
    for example in examples(0, 5):
        matcher = LLMatcher(guide, grammar(RUBRIC))
        assert matcher.consume_tokens(guide.tokenize_str(example.target)), matcher.get_error()
        assert matcher.is_accepting()
        wrong = LLMatcher(guide, grammar(RUBRIC))
        assert not wrong.consume_tokens(guide.tokenize_str(example.target.replace(":", ": ", 1)))


def test_a_batch_answers_as_each_alone_and_inside_the_grammar(base: Base) -> None:
    model = get_peft_model(load_base(base, recipe()), LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    model.train(mode=False)
    asked = examples(0, 4)
    answerer = Answerer(
        model, load_tokenizer(base), recipe(evaluation={"batch_size": 3, "max_new_tokens": 24}).evaluation
    )
    heard: list[int] = []
    together = answerer.answers(asked, heard.append)
    assert heard == [3, 4]
    assert together == [answerer.answers([one], lambda _: None)[0] for one in asked]
    assert all(text.startswith('{"sections":{"Content":{"feedback":"') for text in together)


def test_the_report_leads_with_the_verdict_and_the_worst_disagreement(lineage: Lineage, evaluation: Evaluation) -> None:
    report = render_report(lineage, evaluation, quotes_speeches=True)
    assert not lineage.is_better
    assert report.index("but not always usable") < report.index("Against what it must beat")
    assert worst_first(evaluation)[0][1].scored is None
    assert "no usable answer (answer_unreadable)" in report
    assert report.count("<details") == 3
    assert "src=" not in report
    assert "http" not in report


def test_the_report_that_travels_quotes_no_speech(lineage: Lineage, evaluation: Evaluation) -> None:
    report = render_report(lineage, evaluation, quotes_speeches=False)
    for example in evaluation.examples:
        assert "bridges" not in report
        assert example.example not in report
        assert example.human.overall_comments not in report


def test_hostile_text_stays_text(lineage: Lineage, evaluation: Evaluation) -> None:
    prediction = accepted(
        evaluation.examples[1].target.replace("Heard.", "<script>alert(1)</script>"), evaluation.examples[1]
    )
    told = Evaluation(evaluation.examples[1:2], (prediction,), (prediction,), evaluation.test)
    assert "<script" not in render_report(lineage, told, quotes_speeches=True)


def saved_adapter(folder: Path, base: Base) -> Path:
    lora = LoraConfig(r=4, target_modules=["v_proj", "q_proj"], task_type="CAUSAL_LM")
    get_peft_model(load_base(base, recipe()), lora).save_pretrained(str(folder))
    return folder


def test_a_package_names_its_base_and_its_files(
    base: Base, lineage: Lineage, evaluation: Evaluation, tmp_path: Path
) -> None:
    package = complete_package(saved_adapter(tmp_path, base), load_tokenizer(base), lineage, evaluation)
    manifest = AdapterManifest.from_bytes((tmp_path / "manifest.json").read_bytes())
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base.model == manifest.base_model
    assert {"adapter_model.safetensors", "tokenizer.json", "chat_template.jinja", "README.md", "metrics.json"} <= set(
        manifest.files
    )
    assert "manifest.json" not in manifest.files
    assert package.name == f"sg-{package.digest[:20]}"
    assert package.lineage() == lineage
    card = (tmp_path / "README.md").read_text()
    assert card.startswith(f"---\nbase_model: {base.model}\nlibrary_name: peft\n")
    assert lineage.verdict in card


@pytest.mark.parametrize("harm", ["change", "remove", "add"])
def test_a_package_that_was_touched_is_refused(
    harm: str, base: Base, lineage: Lineage, evaluation: Evaluation, tmp_path: Path
) -> None:
    complete_package(saved_adapter(tmp_path, base), load_tokenizer(base), lineage, evaluation)
    if harm == "change":
        (tmp_path / "metrics.json").write_text("{}")
    elif harm == "remove":
        (tmp_path / "metrics.json").unlink()
    else:
        (tmp_path / "extra.bin").write_bytes(b"x")
    with pytest.raises(AdapterInvalid, match=r"extra\.bin" if harm == "add" else "metrics.json"):
        read_package(tmp_path)
