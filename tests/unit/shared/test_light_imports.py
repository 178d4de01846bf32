"""Patterns are recognized without spaCy, numpy or torch, which the images of exporter and scorer leave out."""

import subprocess
import sys

import pytest

LANGUAGE = ("spacy", "thinc", "blis", "numpy", "preshed", "torch", "transformers")
TEXT = "Write to kim@example.org or call 212-555-0199."
ENTITIES = "EMAIL_ADDRESS", "PHONE_NUMBER"
FOUND = [("EMAIL_ADDRESS", 9, 24), ("PHONE_NUMBER", 33, 45)]


def run(*lines: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


RECOGNIZE = (
    "from speechgrade_shared.identifiers.recognizers import recognize",
    f"found = recognize({TEXT!r}, {ENTITIES!r})",
)


def test_they_are_found_where_none_of_it_is_installed() -> None:
    without = (
        "import sys",
        "class Without:",
        "    def find_spec(self, name, path=None, target=None):",
        f"        if name.partition('.')[0] in {LANGUAGE!r}: raise ModuleNotFoundError(name)",
        "sys.meta_path.insert(0, Without())",
    )
    assert run(*without, *RECOGNIZE, "print(found)") == str(FOUND)


def test_none_of_it_is_loaded_where_it_is_installed() -> None:
    assert run(*RECOGNIZE, f"import sys; print([n for n in {LANGUAGE!r} if n in sys.modules])") == "[]"


def test_a_language_model_can_be_loaded_afterwards() -> None:
    assert run(*RECOGNIZE, "import spacy; print(len(spacy.blank('en')('two words')))") == "2"


@pytest.mark.parametrize("missing", ["spacy", "thinc"])
def test_a_name_model_without_spacy_is_a_missing_model(missing: str) -> None:
    assert "NameModelMissing" in run(
        f"import sys; sys.modules[{missing!r}] = None",
        "from speechgrade_shared.identifiers.spacy_names import load_name_finder",
        "try: load_name_finder('en_core_web_sm')",
        "except Exception as error: print(type(error).__name__)",
    )
