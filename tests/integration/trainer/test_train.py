"""The trainer on a real project: what succeeds is in the registry and the bucket, what fails is told in the run's row."""

import json
from pathlib import Path
from typing import Any

import pytest
from peft import PeftModel
from speechgrade_shared.digest import sha256_hex, tree_digest
from speechgrade_shared.errors import ManifestInvalid, SpeechgradeError
from speechgrade_shared.manifests import AdapterManifest
from speechgrade_trainer.errors import AdapterInvalid, DatasetUnfit, PreflightFailed, PromotionRefused, UploadFailed
from speechgrade_trainer.recipe import load_recipe
from speechgrade_trainer.registry import adapters, aliases
from speechgrade_trainer.running import measuring, pipeline
from transformers import AutoModelForCausalLM

from .conftest import School

pytestmark = pytest.mark.stack
BUCKET = "llm-adapters"


@pytest.fixture(scope="module")
def trained(school: School) -> dict[str, Any]:
    """One run of the real command."""
    school.publish(train=8, validation=2, test=3)
    return school.result("train", "--recipe", str(school.recipe))


def test_a_run_ends_as_a_candidate_with_its_numbers(school: School, trained: dict[str, Any]) -> None:
    adapter = school.sql("select * from llm.adapters where digest = %s", trained["adapter_digest"])[0]
    assert (adapter["name"], adapter["status"], adapter["lora_rank"]) == (trained["name"], "candidate", 4)
    run = school.sql("select * from llm.training_runs where id = %s", trained["run_id"])[0]
    assert (run["status"], run["progress"], run["error_code"], run["worker"]) == ("succeeded", 1.0, None, "tester")
    assert run["metrics"] == adapter["metrics"] == trained["metrics"]
    assert trained["loss_after"] < trained["loss_before"]
    test = trained["metrics"]["test"]["who"]
    assert trained["metrics"]["examples"] == {"train": 8, "validation": 2, "test": 3}
    assert test["predict_mean"]["speeches"] == test["best_constant"]["speeches"] == 3
    assert {"mae", "exact", "valid"} <= set(test["adapter"]) & set(test["base"])


def test_progress_is_in_the_events(school: School, trained: dict[str, Any]) -> None:
    events = school.sql("select kind from llm.training_events where run_id = %s order by id", trained["run_id"])
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "finished"
    assert {"step", "evaluated", "saved"} <= set(kinds)
    assert kinds.count("evaluated") == 3


def test_the_bucket_holds_exactly_what_the_manifest_names(school: School, trained: dict[str, Any]) -> None:
    digest = trained["adapter_digest"]
    names = school.project.object_names(BUCKET, digest)
    manifest = AdapterManifest.from_bytes(school.project.download(BUCKET, f"{digest}/manifest.json"))
    assert set(names) == {*manifest.files, "manifest.json"}
    for name, sha256 in manifest.files.items():
        assert sha256_hex(school.project.download(BUCKET, f"{digest}/{name}")) == sha256
    assert tree_digest(manifest.files) == digest
    assert manifest.dataset_digest == trained["dataset"]


def test_speeches_stay_on_the_machine(school: School, trained: dict[str, Any]) -> None:
    folder, digest = Path(trained["folder"]), trained["adapter_digest"]
    assert len((folder / "predictions.jsonl").read_text().splitlines()) == 3
    assert "bridges" in Path(trained["report"]).read_text()
    for name in school.project.object_names(BUCKET, digest):
        assert b"bridges" not in school.project.download(BUCKET, f"{digest}/{name}") or name == "tokenizer.json"


def test_the_adapter_loads_back_and_is_evaluated_by_name(
    school: School, trained: dict[str, Any], tmp_path: Path
) -> None:
    package = adapters.fetch(school.project, BUCKET, trained["name"], tmp_path)
    base = AutoModelForCausalLM.from_pretrained(school.folder / "models" / package.manifest.base_model)
    loaded: Any = PeftModel.from_pretrained(base, str(package.folder))
    assert loaded.peft_config["default"].r == 4
    again = measuring.evaluate_adapter(school.settings(), trained["name"], trained["dataset"])
    assert again["test"] == trained["metrics"]["test"]


def test_promotion_moves_the_alias_and_rollback_needs_a_predecessor(school: School, trained: dict[str, Any]) -> None:
    with pytest.raises(PromotionRefused) as refused_by_gate:
        aliases.promote(school.project, "latest", "tester", "first")
    assert refused_by_gate.value.code in {"gate_failed", "gate_missing"}
    assert aliases.promote(school.project, "latest", "tester", "first", force=True)["name"] == trained["name"]
    alias = school.sql("select adapter_digest, updated_by from llm.aliases")
    assert alias == [{"adapter_digest": trained["adapter_digest"], "updated_by": "tester"}]
    refused = school.command("rollback", "--reason", "oops")
    assert refused.returncode == 1
    assert "no_previous_adapter" in refused.stderr
    with pytest.raises(AdapterInvalid):
        aliases.promote(school.project, "sg-nothing", "tester", "why")
    listed = json.loads(school.command("runs", "--json").stdout)
    assert trained["run_id"] in [row["id"] for row in listed]


def test_a_tainted_adapter_is_refused(school: School, trained: dict[str, Any]) -> None:
    school.sql("update llm.adapters set status = 'tainted' where digest = %s", trained["adapter_digest"])
    with pytest.raises(PromotionRefused) as refused:
        aliases.promote(school.project, trained["name"], "tester", "please", force=True)
    assert refused.value.code == "adapter_tainted"


def failed(school: School, error: type[SpeechgradeError], digest: str | None = None, **changes: Any) -> str:
    """Train until it fails as expected; the code in the run's row."""
    with pytest.raises(error) as caught:
        pipeline.train(school.settings(**changes), load_recipe(str(school.recipe)), digest)
    run = school.last_run()
    assert (run["status"], run["error_code"]) == ("failed", caught.value.code)
    assert run["finished_at"] is not None
    return caught.value.code


def test_a_corrupted_shard_fails_the_run(school: School) -> None:
    digest = school.publish(offset=10)
    manifest = json.loads(school.project.download("llm-datasets", f"manifests/{digest}.json"))
    shard = manifest["splits"]["train"]["shards"][0]["path"]
    content = school.project.download("llm-datasets", shard)
    school.project.upload("llm-datasets", shard, content.replace(b"bridges", b"badgers", 1), "application/x-ndjson")
    assert failed(school, ManifestInvalid) == "object_altered"


def test_a_withdrawal_before_the_training_fails_the_run(school: School) -> None:
    digest = school.publish(offset=20)
    school.withdraw(digest)
    assert failed(school, SpeechgradeError, digest) == "dataset_outdated"


def test_a_split_without_speeches_fails_the_run_before_the_base_is_loaded(school: School) -> None:
    digest = school.publish(offset=30)
    (school.folder / "short.yaml").write_text(school.recipe.read_text().replace("max_length: 512", "max_length: 128"))
    with pytest.raises(PreflightFailed, match="4 of 4 examples of train"):
        pipeline.train(school.settings(), load_recipe(str(school.folder / "short.yaml")), digest)
    assert school.last_run()["error_code"] == "examples_too_long"


def test_an_upload_that_fails_keeps_the_adapter_and_can_be_repeated(school: School) -> None:
    school.publish(offset=40)
    assert failed(school, UploadFailed, adapter_bucket="no-such-bucket") == "upload_failed"
    run_id = str(school.last_run()["id"])
    again = school.result("upload", str(school.folder / "work" / "runs" / run_id))
    assert (again["run_id"], again["status"]) == (run_id, "candidate")
    run = school.last_run()
    assert (run["status"], run["error_code"]) == ("succeeded", None)


def test_an_unknown_dataset_begins_no_run(school: School) -> None:
    before = len(school.sql("select 1 from llm.training_runs"))
    with pytest.raises(DatasetUnfit) as refused:
        pipeline.train(school.settings(), load_recipe(str(school.recipe)), "0" * 64)
    assert refused.value.code == "dataset_missing"
    assert len(school.sql("select 1 from llm.training_runs")) == before


def test_an_altered_object_is_not_taken_for_the_adapter(school: School, tmp_path: Path) -> None:
    row = school.sql("select digest, name from llm.adapters order by created_at desc limit 1")[0]
    path = f"{row['digest']}/adapter_config.json"
    original = school.project.download(BUCKET, path)
    school.project.upload(BUCKET, path, original + b" ", "application/json")
    with pytest.raises(AdapterInvalid, match="adapter_config"):
        adapters.fetch(school.project, BUCKET, row["name"], tmp_path)
    school.project.upload(BUCKET, path, original, "application/json")


def test_a_bad_recipe_says_everything_and_exits_with_usage(school: School) -> None:
    (school.folder / "bad.yaml").write_text("epochs: 0\nspice: salt\n")
    done = school.command("train", "--recipe", str(school.folder / "bad.yaml"))
    assert done.returncode == 2
    for place in ("base_model", "base_revision", "epochs", "spice"):
        assert place in done.stderr
    assert "Traceback" not in done.stderr
