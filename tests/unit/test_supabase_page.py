"""The operator's page names every code that a doctor can find, and no step or version that is not there."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from speechgrade_local.deploy_supabase.function_secrets import MARK, OPTIONAL, REQUIRED

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs/supabase.md").read_text("utf-8")
FUNCTION = REPO / "supabase/functions/score"
MODULES = [
    *sorted((REPO / "services/scorer/src/speechgrade_scorer/doctor").glob("*.py")),
    *(REPO / "services/exporter/src/speechgrade_exporter" / name for name in ("doctor.py", "examination.py")),
    *(REPO / "shared/src/speechgrade_shared" / name for name in ("function_check.py", "project_findings.py")),
]
CODE = re.compile(r"[a-z]+(_[a-z]+)+")
# Where a call says the code: of a finding, and of the function's own shorter way to make one.
PLACES = {"Finding": 2, "_wrong": 0}


def codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLACES:
            place = PLACES[node.func.id]
            said = [node.args[place]] if len(node.args) > place else []
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("FIXES"):
            said = node.value.keys if isinstance(node.value, ast.Dict) else []
        else:
            continue
        yield from (one.value for one in said if isinstance(one, ast.Constant) and CODE.fullmatch(str(one.value)))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_code_of_a_doctor_is_explained(path: Path) -> None:
    assert {code for code in codes(path) if f"`{code}`" not in PAGE} == set()


def test_the_codes_are_found_at_all() -> None:
    assert len({code for path in MODULES for code in codes(path)}) > 40


def test_what_the_function_finds_is_explained() -> None:
    said = set(re.findall(r'"((?:scorer|settings)_[a-z_]+)"', (FUNCTION / "check.ts").read_text("utf-8")))
    assert len(said) > 4
    assert {code for code in said if f"`{code}`" not in PAGE} == set()


def test_the_functions_settings_are_all_deployed_and_named() -> None:
    read = set(re.findall(r"\bSPEECHGRADE_[A-Z_]+[A-Z]", (FUNCTION / "settings.ts").read_text("utf-8")))
    assert read <= {*REQUIRED, *OPTIONAL, MARK}
    assert {name for name in (*REQUIRED, *OPTIONAL, MARK) if name not in PAGE} == set()


def test_the_function_says_the_version_of_the_release() -> None:
    (version,) = re.findall(r'FUNCTION_VERSION = "([^"]+)"', (FUNCTION / "check.ts").read_text("utf-8"))
    project = tomllib.loads((REPO / "services/scorer/pyproject.toml").read_text("utf-8"))["project"]
    assert version == project["version"]
