"""What an answer of the project means: worth another try, or a no that stays a no."""

import json

import httpx
import pytest
from postgrest.exceptions import APIError
from speechgrade_shared.errors import ProjectRefused, ProjectUnreachable
from speechgrade_shared.findings import Finding
from speechgrade_shared.project import _translated
from speechgrade_shared.project_findings import asked


def test_a_page_of_a_gateway_is_tried_again() -> None:
    with pytest.raises(ProjectUnreachable):
        _translated(lambda: json.loads("<html>busy</html>"))


def test_a_number_that_nobody_can_read_is_refused_so_that_its_row_fails_alone() -> None:
    with pytest.raises(ProjectRefused):
        _translated(lambda: json.loads("1" + "0" * 5000))


def found(status: int) -> Finding:
    """What a doctor says of an answer with this status and no word of PostgREST."""

    def answer() -> None:
        raise APIError({"message": "JSON could not be generated", "code": status, "hint": "", "details": ""})

    return asked("project", lambda: _translated(answer))


@pytest.mark.parametrize("status", [429, 500, 503, 520, 522, 525, 544])
def test_what_passes_by_itself_is_tried_again(status: int) -> None:
    with pytest.raises(ProjectUnreachable):
        _translated(lambda: httpx.Response(status, request=httpx.Request("GET", "http://x")).raise_for_status())


def test_a_status_that_says_never_is_not() -> None:
    for status in (400, 501):
        with pytest.raises(ProjectRefused):
            _translated(lambda s=status: httpx.Response(s, request=httpx.Request("GET", "http://x")).raise_for_status())


@pytest.mark.parametrize(
    ("status", "code", "fix"),
    [
        (540, "project_unreachable", "paused"),
        (402, "project_refused", "bills"),
        (301, "project_refused", "SUPABASE_URL"),
        (404, "object_missing", "SUPABASE_URL"),
        (401, "project_refused", "SUPABASE_SECRET_KEY"),
    ],
)
def test_an_operator_is_told_what_the_answer_of_a_wrong_place_means(status: int, code: str, fix: str) -> None:
    finding = found(status)
    assert finding.code == code
    assert fix in finding.fix
