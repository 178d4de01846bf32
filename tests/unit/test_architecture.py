"""Rules of the design that can be read off the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SOURCES = [REPO / "shared/src", *sorted(REPO.glob("services/*/src")), REPO / "local/src"]
MODULES = [path for root in SOURCES for path in sorted(root.rglob("*.py"))]
IO_LIBRARIES = {"httpx", "supabase", "fastapi", "uvicorn", "os", "subprocess", "socket", "requests", "time", "tenacity"}
PURE = {
    "shared": "answer anonymize canonicalize digest errors evidence leak_scan lookalikes manifests markup prompt roster rubric"
    " sections subject",
    "exporter": "card eligibility examples lines people provenance ranges reasons remarks rubric_source sample score_picture shards"
    " snapshots transcript_gate",
    "trainer": "recipe recipe_list training/memory training/packing training/orders training/arithmetic"
    " training/batch_plan data/cost evaluation/metrics"
    " evaluation/figures registry/gate registry/scope",
    "scorer": "adapters/registry adapters/routing adapters/serving engines/breaker engines/deadline engines/dialect"
    " engines/log_probabilities engines/provider scoring/certainty scoring/outcomes scoring/points_in_tokens scoring/review"
    " scoring/suspicion",
}
# It loads a model, where one is wished for.
IMPURE = {"spacy_names"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def pure_modules() -> list[Path]:
    found = []
    for package, names in PURE.items():
        root = REPO / ("shared/src" if package == "shared" else f"services/{package}/src") / f"speechgrade_{package}"
        found += [root / f"{name}.py" for name in names.split()]
    identifiers = (REPO / "shared/src/speechgrade_shared/identifiers").glob("*.py")
    return found + sorted(path for path in identifiers if path.stem not in IMPURE)


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_the_core_does_no_input_or_output(path: Path) -> None:
    assert not IO_LIBRARIES & set(imports(path))


def test_supabase_is_imported_in_one_module() -> None:
    assert [path.stem for path in MODULES if "supabase" in imports(path)] == ["project"]


def test_the_environment_is_read_by_settings_alone() -> None:
    # The embedded stack hands an environment on to the processes that it starts; the services read settings.
    # Telling libraries to stay offline is writing, not reading.
    reads = ("getenv", "environ.get", "environ[")
    services = [path for path in MODULES if "speechgrade_local" not in path.parts]
    assert [path for path in services if any(read in path.read_text("utf-8") for read in reads)] == []


def test_files_of_tests_are_as_short_as_modules() -> None:
    written = {path: len(path.read_text("utf-8").splitlines()) for path in Path(__file__).parents[1].rglob("*.py")}
    assert {path.name: lines for path, lines in written.items() if lines > 500} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_modules_are_short_and_named_by_the_domain(path: Path) -> None:
    if path.stem != "db_types":
        assert len(path.read_text("utf-8").splitlines()) <= 500
    assert path.stem not in {"utils", "util", "common", "helpers", "helper", "manager", "misc", "types"}


@pytest.mark.parametrize(
    "package", ["speechgrade_exporter.commands", "speechgrade_scorer.api.app", "speechgrade_scorer.commands"]
)
def test_services_without_a_gpu_never_import_torch(package: str) -> None:
    code = f"import sys, {package}; print(sorted({{'torch', 'transformers', 'vllm'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_no_python_lives_in_the_supabase_folder() -> None:
    assert list((REPO / "supabase").rglob("*.py")) == []
