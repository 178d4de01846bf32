"""How long a caller waits is the caller's choice, and nonsense is no choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.api.preferences import preferred_wait_s


@pytest.mark.parametrize(
    ("prefer", "wait_s"),
    [
        ("", None),
        ("wait=10", 10.0),
        ('Wait = "7"', 7.0),
        ("respond-async", 0.0),
        ("respond-async, wait=5", 5.0),
        ("handling=lenient; wait=3", 3.0),
        ("await=3", None),
        ("wait=-1", None),
        ("wait=soon", None),
        ("respond-asynchronously", None),
    ],
)
def test_preferences(prefer: str, wait_s: float | None) -> None:
    assert preferred_wait_s(prefer) == wait_s


@given(st.text())
def test_any_header_is_read(prefer: str) -> None:
    wait_s = preferred_wait_s(prefer)
    assert wait_s is None or wait_s >= 0
