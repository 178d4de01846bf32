"""A real vLLM on CPU and transformers answer the same questions, and the engine is gone after either outcome."""

import os
from pathlib import Path

import httpx
import pytest
import torch
from peft import LoraConfig, get_peft_model
from speechgrade_local.engine import engine_installed
from speechgrade_trainer.errors import EngineFailed
from speechgrade_trainer.evaluation import vllm_server
from speechgrade_trainer.evaluation.asking import Question, Reply
from speechgrade_trainer.evaluation.decode import TransformersAnswerer
from speechgrade_trainer.evaluation.vllm_answers import VllmAnswerer
from speechgrade_trainer.evaluation.vllm_server import Served, serving
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.model import load_adapters, load_base, load_tokenizer

from tests.unit.trainer.material import examples, micro_base, recipe

REPO = Path(__file__).resolve().parents[3]
VLLM = REPO / ".venv-engine" / "bin" / "vllm"
RECIPE = recipe(evaluation={"batch_size": 8, "max_new_tokens": 420})
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_installed(REPO), reason="the engine's environment is not installed"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    models = tmp_path_factory.mktemp("models")
    micro_base(models)
    return locate_base(RECIPE, models)


@pytest.fixture(scope="module")
def adapters(base: Base, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two adapters that change every answer, each with another rank."""
    folders = {}
    for number, who in enumerate(("adapter", "champion"), 1):
        torch.manual_seed(number)
        lora = LoraConfig(
            r=8 * number, lora_alpha=32, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"], task_type="CAUSAL_LM"
        )
        model = get_peft_model(load_base(base, RECIPE), lora)
        for name, weight in model.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weight, std=0.2)
        folders[who] = tmp_path_factory.mktemp(who)
        model.save_pretrained(str(folders[who]))
    return folders


def group_members(group: int) -> list[int]:
    """The processes of a group, from the system's own table."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def test_both_give_the_same_answers_and_a_failure_leaves_no_process_behind(
    base: Base, adapters: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    spawn = vllm_server.subprocess.Popen

    def noted(*args: object, **options: object) -> object:
        process = spawn(*args, **options)  # type: ignore[call-overload]
        started.append(process.pid)
        return process

    monkeypatch.setattr(vllm_server.subprocess, "Popen", noted)
    alive: list[str] = []
    served = Served(base, RECIPE, adapters, max_model_len=900)
    with (
        pytest.raises(EngineFailed, match=r"status 404.*engine\.log"),
        serving(VLLM, served, tmp_path, lambda: alive.append("alive")) as server,
    ):
        assert alive
        assert group_members(started[0])
        engine = VllmAnswerer(server, base.model, RECIPE.evaluation.max_new_tokens)
        agree(
            engine, TransformersAnswerer(load_adapters(base, RECIPE, adapters), load_tokenizer(base), RECIPE.evaluation)
        )
        engine.replies("nobody", [Question(one) for one in examples(0, 3)], lambda _: None)
    assert group_members(started[0]) == []
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/health", trust_env=False, timeout=2)


def agree(engine: VllmAnswerer, here: TransformersAnswerer) -> None:
    assert engine.engine.startswith("vllm ")
    questions = [Question(one) for one in examples(0, 8)]
    said: dict[str, list[Reply]] = {}
    for who in ("adapter", "champion", "base"):
        said[who] = here.replies(who, questions, lambda _: None)
        # Sums in another order may tip an even choice; the model behind the answers has random weights.
        pairs = zip(engine.replies(who, questions, lambda _: None), said[who], strict=True)
        assert sum(one == other for one, other in pairs) >= 6, who
    assert all(reply.is_complete for reply in said["base"])
    texts = {who: {reply.text for reply in replies} for who, replies in said.items()}
    assert not texts["adapter"] & (texts["base"] | texts["champion"])
