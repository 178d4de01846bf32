"""Files, tables, settings, commands and codes that the documents for operators name are there."""

import pytest

from . import named_in_documents
from .named_in_documents import DOCUMENTS, RULES, Rule, read

pytestmark = pytest.mark.deploy

NOTHING: list[tuple[Rule, str]] = [
    (named_in_documents.files, "`shared/…/no_such_module.py`"),
    (named_in_documents.targets, "make everything-good"),
    (named_in_documents.tables, "`llm.no_such_table`"),
    (named_in_documents.settings, "`SPEECHGRADE_NO_SUCH_SETTING`"),
    (named_in_documents.codes, "`no_such_reason_anywhere`"),
    (named_in_documents.commands, "`speechgrade-exporter forget-everything`"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_what_is_named_exists(rule: Rule, document: str) -> None:
    assert list(rule(read(document))) == []


@pytest.mark.parametrize(("rule", "text"), NOTHING)
def test_a_name_of_nothing_is_noticed(rule: Rule, text: str) -> None:
    assert len(list(rule(text))) == 1
