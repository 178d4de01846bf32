"""What no function answers is a finding with a fix, and never a traceback."""

import pytest
from speechgrade_shared.function_check import _refusal, examine_function, function_address


@pytest.mark.parametrize("address", ["https://project.example:port", "http://127.0.0.1:9", "https://"])
def test_an_address_where_nothing_can_answer_is_a_finding(address: str) -> None:
    [found] = examine_function(function_address(address), "sb_secret_of_the_tests")
    assert found.code == "function_unreachable"
    assert "SUPABASE_URL" in found.fix


def test_a_paused_project_is_no_broken_function() -> None:
    found = _refusal(540, {})
    assert (found.code, "Restore" in found.fix) == ("function_unreachable", True)
