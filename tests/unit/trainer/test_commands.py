"""The command line before any work: what it imports, and how it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest
from speechgrade_trainer import commands
from speechgrade_trainer.errors import RecipeInvalid
from typer.testing import CliRunner


def test_help_imports_no_model_library() -> None:
    code = (
        "import sys\nfrom speechgrade_trainer import commands\nfrom speechgrade_trainer.registry import adapters\n"
        "print([m for m in ('torch', 'transformers', 'trl', 'peft', 'datasets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    said = CliRunner().invoke(commands.app, ["--help"]).output
    known = "train evaluate upload runs promote rollback demote aliases adapters gate retire purge export"
    for name in known.split():
        assert name in said


def test_a_bad_recipe_is_refused_before_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPABASE_URL", raising=False)
    (tmp_path / "bad.yaml").write_text("epochs: none\n")
    result = CliRunner().invoke(commands.app, ["train", "--recipe", str(tmp_path / "bad.yaml")])
    assert isinstance(result.exception, RecipeInvalid)
