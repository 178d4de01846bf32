"""What an answer of the project means: worth another try, or a no that stays a no."""

import json

import pytest
from speechgrade_shared.errors import ProjectRefused, ProjectUnreachable
from speechgrade_shared.project import _translated


def test_a_page_of_a_gateway_is_tried_again() -> None:
    with pytest.raises(ProjectUnreachable):
        _translated(lambda: json.loads("<html>busy</html>"))


def test_a_number_that_nobody_can_read_is_refused_so_that_its_row_fails_alone() -> None:
    with pytest.raises(ProjectRefused):
        _translated(lambda: json.loads("1" + "0" * 5000))
