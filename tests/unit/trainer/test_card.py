"""The model card is one that the hub accepts, with real results and without a student's word."""

import yaml
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index
from speechgrade_trainer.registry.card import render_card

from .report_material import evaluation, lineage


def test_the_hub_reads_the_results_of_the_card() -> None:
    card = ModelCard(render_card(lineage()))
    data = card.data
    assert isinstance(data, ModelCardData)
    assert (data.library_name, data.pipeline_tag) == ("peft", "text-generation")
    assert data.base_model == "mistralai/Mistral-7B-Instruct-v0.2"
    assert data.eval_results
    by_metric = {result.metric_type: result for result in data.eval_results}
    mine = evaluation().test.who["adapter"]
    assert mine.mae is not None
    assert by_metric["mae"].metric_value == round(mine.mae, 4)
    assert set(by_metric) == {"mae", "rmse", "qwk", "valid_json"}
    assert all(isinstance(result, EvalResult) for result in data.eval_results)
    assert {result.dataset_revision for result in data.eval_results} == {"d" * 64}


def test_the_front_matter_is_what_the_hubs_own_writer_makes_of_it() -> None:
    text = render_card(lineage())
    front = yaml.safe_load(text.split("---\n")[1])
    data = ModelCard(text).data
    assert data.eval_results is not None
    assert data.model_name is not None
    assert eval_results_to_model_index(data.model_name, data.eval_results) == front["model-index"]
    assert data.to_dict() == front


def test_the_card_says_what_one_must_know_before_use() -> None:
    card, run = render_card(lineage()), lineage()
    assert run.verdict in card
    assert run.meaning in card
    for said in (
        "| train | 215 | 108 |",
        "withdraws consent",
        "Limits",
        "0.48 to 0.69",
        "d" * 64,
        run.named.recipe.sha256(),
    ):
        assert said in card


def test_the_card_quotes_nobody() -> None:
    card = render_card(lineage())
    for told in (
        "bridge",
        "Good morning",
        "You open with",
        "Keep practising",
        *(e.subject for e in evaluation().examples),
    ):
        assert told not in card


def test_a_card_of_an_adapter_without_an_answer_has_no_invented_results() -> None:
    silent = evaluation(4, answered=False).test.model_dump(mode="json") | {"human": None, "groups": {}}
    card = ModelCard(render_card(lineage({"test": silent})))
    assert [result.metric_type for result in card.data.eval_results or ()] == ["valid_json"]
    assert "nan" not in card.text.lower()
