"""Scopes as they are written on the command line."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.errors import ScopeInvalid
from speechgrade_trainer.registry.scope import KINDS, Scope


@given(st.sampled_from(KINDS), st.uuids())
def test_a_scope_reads_back_as_it_is_written(kind: str, row: uuid.UUID) -> None:
    scope = Scope.parse(f"{kind}:{str(row).upper()}")
    assert scope == Scope(kind, str(row)) == Scope.parse(str(scope))
    assert scope.as_params() == {"p_scope_kind": kind, "p_scope_id": str(row)}


def test_the_default_has_no_id() -> None:
    assert Scope.parse("default") == Scope()
    assert str(Scope()) == "default"


@given(st.text() | st.sampled_from(["", "course", "course:", "default:x", "planet:" + str(uuid.UUID(int=1))]))
def test_anything_else_is_refused(text: str) -> None:
    if text != "default":
        with pytest.raises(ScopeInvalid):
            Scope.parse(text)
