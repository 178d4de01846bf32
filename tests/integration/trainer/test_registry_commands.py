"""The registry's commands as an operator types them, and a merged model that answers as base and adapter do."""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from speechgrade_trainer import commands
from speechgrade_trainer.errors import AdapterInvalid, ExportRefused, PromotionRefused, ScopeInvalid
from speechgrade_trainer.registry import adapters
from speechgrade_trainer.registry.gate import Check, GateOutcome, Thresholds
from speechgrade_trainer.registry.merging import export_merged
from speechgrade_trainer.running.progress import watching
from speechgrade_trainer.training.base import locate_base
from speechgrade_trainer.training.model import load_adapted
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner, Result

from tests.unit.trainer.material import recipe

from .adapter_folders import passed_gate, peft_folder, run_folder
from .conftest import School

pytestmark = pytest.mark.stack
BUCKET = "llm-adapters"
Run = Callable[..., Result]


@pytest.fixture
def run(school: School, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, as the trainer of the school."""
    for name, value in school.environment.items():
        monkeypatch.setenv(name, value)
    # The runner's standard error is closed after a command, and other tests log too.
    module = import_module("speechgrade_trainer.commands.app")
    monkeypatch.setattr(module, "configure_logging", lambda *_, **__: None)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(commands.app, list(words))

    return invoke


@pytest.fixture(scope="module")
def dataset(school: School) -> Iterator[str]:
    school.forget_runs()
    yield school.publish(offset=700, train=1, validation=1, test=1)
    school.forget_runs()


def register(school: School, folder: Path) -> str:
    with watching(None) as watch:
        return str(adapters.publish_again(school.project, BUCKET, folder, watch)["name"])


def refused(result: Result) -> str:
    assert isinstance(result.exception, PromotionRefused), result.output
    return result.exception.code


def test_an_operator_promotes_looks_and_goes_back(school: School, dataset: str, run: Run) -> None:
    first = register(school, run_folder(school, dataset, 31, gate=passed_gate(dataset))[0])
    first_digest = adapters.find(school.project, first)["digest"]
    second = register(school, run_folder(school, dataset, 32, gate=passed_gate(dataset, first_digest))[0])
    third = register(school, run_folder(school, dataset, 33)[0])
    assert "the champion of default" in run("promote", first, "--reason", "first").output
    assert run("promote", second, "--reason", "better").exit_code == 0
    assert refused(run("promote", third, "--reason", "hope")) == "gate_missing"
    assert run("promote", third, "--reason", "tried", "--alias", "challenger", "--force").exit_code == 0
    listed = {row["alias"]: row for row in json.loads(run("aliases", "--json").stdout)}
    assert (listed["champion"]["adapter"], listed["champion"]["previous"]) == (second, first)
    assert (listed["champion"]["by"], listed["challenger"]["adapter"]) == ("tester", third)
    assert run("rollback", "--reason", "worse").exit_code == 0
    assert refused(run("rollback", "--reason", "worse")) == "no_previous_adapter"
    moves = json.loads(run("aliases", "--history", "--json").stdout)
    assert [(row["move"], row["adapter"], row["is_forced"]) for row in moves] == [
        ("rollback", first, False),
        ("promote", third, True),
        ("promote", second, False),
        ("promote", first, False),
    ]
    for words in (["aliases"], ["aliases", "--history"], ["adapters"]):
        assert run(*words).exit_code == 0


def test_a_course_gets_an_adapter_of_its_own_and_loses_it(school: School, dataset: str, run: Run) -> None:
    user = school.sql("insert into auth.users (id, email) values (gen_random_uuid(), 'a@x.example') returning id")[0]
    course = school.sql("insert into public.courses (instructor_id, name) values (%s, 'C') returning id", user["id"])[0]
    name = register(school, run_folder(school, dataset, 34)[0])
    scope = f"course:{course['id']}"
    assert run("promote", name, "--reason", "pilot", "--scope", scope, "--force").exit_code == 0
    assert refused(run("retire", name, "--reason", "old")) == "alias_points_to_it"
    assert run("demote", "--scope", scope, "--reason", "over").exit_code == 0
    assert refused(run("demote", "--scope", scope, "--reason", "over")) == "alias_unknown"
    assert run("retire", name, "--reason", "old").exit_code == 0
    elsewhere = f"course:{user['id']}"
    other = register(school, run_folder(school, dataset, 35)[0])
    assert refused(run("promote", other, "--reason", "x", "--scope", elsewhere, "--force")) == "scope_unknown"
    assert isinstance(run("promote", other, "--reason", "x", "--scope", "planet:1").exception, ScopeInvalid)


def test_the_gate_is_shown_and_renewed(school: School, dataset: str, run: Run) -> None:
    name = register(school, run_folder(school, dataset, 36)[0])
    assert run("gate", name).exit_code == 1
    check = Check("valid_answers", passed=True, text="All of its answers are usable.", value=1.0, bound=1.0)
    outcome = GateOutcome((check,), Thresholds(), dataset, None)
    adapters.record_gate(school.project, name, outcome, "tester")
    shown = run("gate", name)
    assert (shown.exit_code, "valid answers" in shown.output) == (0, True)
    assert json.loads(run("gate", name, "--json").stdout)["gate"] == outcome.as_dict()
    unknown = GateOutcome((check,), Thresholds(), "9" * 64, None)
    with pytest.raises(AdapterInvalid) as refusal:
        adapters.record_gate(school.project, name, unknown, "tester")
    assert refusal.value.code == "dataset_unknown"


def test_a_tainted_adapter_is_purged_by_command(school: School, dataset: str, run: Run) -> None:
    name = register(school, run_folder(school, dataset, 37)[0])
    school.sql("update llm.adapters set status = 'tainted' where name = %s", name)
    (row,) = json.loads(run("purge", name, "--reason", "withdrawn", "--json").stdout)
    assert (row["name"], row["objects"]) == (name, 5)
    assert run("purge", "--reason", "withdrawn").exit_code in {0, 3}


@pytest.fixture(scope="module")
def lora(school: School, dataset: str) -> str:
    return register(school, peft_folder(school, dataset, 41)[0])


def test_a_merged_model_answers_as_base_and_adapter_do(school: School, lora: str, run: Run, tmp_path: Path) -> None:
    into = tmp_path / "merged"
    done = run("export", lora, "--merged", str(into), "--json")
    assert done.exit_code == 0, done.output
    assert {"config.json", "tokenizer.json", "README.md", "adapter-manifest.json"} <= {p.name for p in into.iterdir()}
    assert list(into.glob("*.safetensors"))
    merged: Any = AutoModelForCausalLM.from_pretrained(into)
    assert merged.dtype == torch.bfloat16
    assert "[INST]" in AutoTokenizer.from_pretrained(into).chat_template
    base = locate_base(recipe(), school.folder / "models")
    package = adapters.fetch(school.project, BUCKET, lora, school.settings().adapters_dir)
    asked = torch.tensor([[1, 733, 16289, 28793, 22557]])
    with torch.inference_mode():
        adapted = load_adapted(base, recipe(), package.folder)(asked).logits
        plain: Any = AutoModelForCausalLM.from_pretrained(base.folder)(asked).logits
        apart = (merged(asked).logits.float() - adapted).abs().max()
        assert apart < 0.1 * (plain - adapted).abs().max()
    card = (into / "README.md").read_text()
    assert "merged into" in card
    assert "library_name: transformers" in card
    assert [path.name for path in tmp_path.iterdir()] == ["merged"]


def test_a_folder_with_something_in_it_is_left_alone(school: School, lora: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(ExportRefused) as refusal:
        export_merged(school.settings(), lora, tmp_path)
    assert refusal.value.code == "folder_not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_fails_leaves_nothing(
    school: School, lora: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("speechgrade_trainer.registry.merging.load_tokenizer", full)
    with pytest.raises(ExportRefused) as refusal:
        export_merged(school.settings(), lora, tmp_path / "merged")
    assert refusal.value.code == "disk_error"
    assert list(tmp_path.iterdir()) == []


def test_a_tainted_adapter_is_exported_nowhere(school: School, dataset: str, tmp_path: Path) -> None:
    name = register(school, run_folder(school, dataset, 42)[0])
    school.sql("update llm.adapters set status = 'tainted' where name = %s", name)
    with pytest.raises(AdapterInvalid) as refusal:
        export_merged(school.settings(), name, tmp_path / "merged")
    assert refusal.value.code == "adapter_tainted"
