"""The engine as a child: started with what it needs, asked as the scorer asks, and gone whatever happens."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from speechgrade_scorer.engines.provider import Question as ScorersQuestion
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.prompt import Message
from speechgrade_trainer.errors import EngineFailed
from speechgrade_trainer.evaluation.asking import Question
from speechgrade_trainer.evaluation.vllm_answers import VllmAnswerer
from speechgrade_trainer.evaluation.vllm_server import Served, Server, arguments, serving
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base

from .material import example, recipe

BASE = Base("speechgrade/micro-mistral", "1", Path("/nowhere"))
FAKE = Path(__file__).with_name("fake_vllm.py")


@pytest.fixture
def served(tmp_path: Path) -> Served:
    for name, rank in (("mine", 4), ("theirs", 24)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text(json.dumps({"r": rank}))
    return Served(BASE, recipe(), {"adapter": tmp_path / "mine", "champion": tmp_path / "theirs"}, 640)


def fake(folder: Path, fault: str = "") -> Path:
    path = folder / f"vllm{fault}"
    path.write_text(f"#!{sys.executable}\n{FAKE.read_text()}")
    path.chmod(0o755)
    return path


def seen(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "seen.json").read_text()))


def is_running(folder: Path) -> bool:
    try:
        os.kill(seen(folder)["pid"], 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def engine(folder: Path, served: Served, fault: str = "") -> Iterator[tuple[Server, VllmAnswerer]]:
    with serving(fake(folder, fault), served, folder / "logs", lambda: None) as server:
        yield server, VllmAnswerer(server, BASE.model, 96)


def test_the_engine_serves_both_adapters_and_knows_no_secret_of_ours(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_value")
    with engine(tmp_path, served) as (server, answerer):
        assert answerer.engine == "vllm 9.9"
        started = seen(tmp_path)
    assert started["argv"][1:3] == ["serve", "/nowhere"]
    assert started["env"]["HF_HUB_OFFLINE"] == "1"
    assert not [name for name in started["env"] if name.startswith(("SUPABASE_", "SPEECHGRADE_", "PYTHONPATH"))]
    assert server.api_key not in " ".join(started["argv"])
    assert not is_running(tmp_path)
    assert (tmp_path / "logs" / "engine.log").is_file()


def test_its_flags_have_room_for_the_largest_rank_and_one_empty_slot(served: Served) -> None:
    flags = arguments(served, 1, Path("t"))
    value = dict(pairwise(flags))
    assert (value["--max-lora-rank"], value["--max-loras"], value["--max-model-len"]) == ("32", "3", "640")
    assert (value["--host"], value["--dtype"]) == ("127.0.0.1", "float32")
    assert json.loads(value["--structured-outputs-config"])["backend"] == "guidance"


def test_it_is_asked_exactly_as_the_scorer_asks(tmp_path: Path, served: Served) -> None:
    speech = example(1)
    heard: list[int] = []
    questions = [Question(speech), Question(speech, 0.3, 2), Question(speech, 0.3, 3)]
    with engine(tmp_path, served) as (_, answerer):
        replies = answerer.replies("adapter", questions, heard.append)
        to_base = answerer.replies("base", questions[:1], heard.append)
    messages = [Message(turn["role"], turn["content"]) for turn in speech.prompt]
    schema = answer_schema(speech.rubric)
    for question, reply in zip(questions, replies, strict=True):
        # Log-probabilities are told along with an answer and change none, so an evaluation does without them.
        same = ScorersQuestion(
            "adapter", messages, schema, 96, question.temperature, question.seed, with_certainty=False
        )
        assert json.loads(reply.text) == same.as_body()
    assert [reply.is_complete for reply in replies] == [True, False, True]
    assert json.loads(to_base[0].text)["model"] == BASE.model
    assert heard == [1, 2, 3, 1]


@pytest.mark.parametrize("seed", [500, 404])
def test_an_engine_that_fails_is_told_and_stopped(seed: int, tmp_path: Path, served: Served) -> None:
    with pytest.raises(EngineFailed) as failed, engine(tmp_path, served) as (_, answerer):
        answerer.replies("adapter", [Question(example(1), seed=seed)], lambda _: None)
    assert failed.value.code == "engine_failed"
    assert "bridges" not in failed.value.public
    assert not is_running(tmp_path)


def test_an_interruption_stops_it_as_well(tmp_path: Path, served: Served) -> None:
    with pytest.raises(KeyboardInterrupt), engine(tmp_path, served):
        assert is_running(tmp_path)
        raise KeyboardInterrupt
    assert not is_running(tmp_path)


@pytest.mark.parametrize("fault", [".dies", ".forgets"])
def test_an_engine_that_does_not_serve_everything_is_told(fault: str, tmp_path: Path, served: Served) -> None:
    with pytest.raises(EngineFailed, match=r"engine\.log"), engine(tmp_path, served, fault):
        pytest.fail("it serves")
    assert not is_running(tmp_path)


def test_a_setting_that_names_no_executable_is_refused_before_anything_begins(tmp_path: Path) -> None:
    known: dict[str, Any] = {"supabase_url": "http://127.0.0.1", "supabase_secret_key": "sb_secret_0123456789"}
    assert TrainerSettings(**known, vllm="").vllm is None
    assert TrainerSettings(**known, vllm=fake(tmp_path)).vllm == tmp_path / "vllm"
    with pytest.raises(ValidationError, match="not an executable file"):
        TrainerSettings(**known, vllm=tmp_path / "missing")
