"""Every code that keeps an evaluation out can be explained to a person."""

import re
from pathlib import Path

import pytest
import speechgrade_exporter
import speechgrade_shared
from speechgrade_exporter.provenance import Provenance
from speechgrade_exporter.reasons import Reason, sentence

RAISED = re.compile(
    r'(?:code=|unreadable\(|^    code = )"((?:evaluation_data|sections|points|rubric)_\w+)"', re.MULTILINE
)


def test_every_reason_is_one_plain_sentence() -> None:
    for reason in Reason:
        assert sentence(reason) == sentence(str(reason)) == reason.sentence
        assert re.fullmatch(r"[A-Z][^.!?]+\.", reason.sentence), reason


def test_every_code_that_is_raised_has_one() -> None:
    folders = [Path(next(iter(package.__path__))) for package in (speechgrade_shared, speechgrade_exporter)]
    names = ("canonicalize.py", "rubric.py", "errors.py", "examples.py", "rubric_source.py", "graded_structure.py")
    sources = [path.read_text("utf-8") for folder in folders for path in folder.glob("*.py") if path.name in names]
    raised = {code for source in sources for code in RAISED.findall(source)}
    assert len(raised) > 10
    assert raised <= set(Reason)
    assert {f"provenance_{provenance}" for provenance in Provenance} <= set(Reason)


def test_every_code_that_the_database_gives_has_one() -> None:
    migrations = sorted((Path(__file__).parents[3] / "supabase" / "migrations").glob("*.sql"))
    sql = "\n".join(path.read_text("utf-8") for path in migrations)
    obstacles = re.search(r"function llm_private\.teach_obstacle.+?end\n", sql, re.DOTALL)
    tainting = re.search(r"taint_reasons text\[\] not null default\s.+?;", sql, re.DOTALL)
    assert obstacles
    assert tainting
    codes = set(re.findall(r"then '(\w+)'", obstacles.group()))
    codes |= set(re.findall(r"'([a-z]+_[a-z_]+)'", tainting.group()))
    codes |= set(re.findall(r"(?:exclusion_reason = |'exclusion_reason', |reason := )'(\w+)'", sql))
    assert len(codes) > 12
    assert codes <= set(Reason)


@pytest.mark.parametrize("code", ["leak_passport", "something_new"])
def test_a_code_that_nobody_described_is_still_shown(code: str) -> None:
    assert code.removeprefix("leak_") in sentence(code)
