"""A hosted project, as far as it can be had here: the official CLI and our own calls against a stand-in that looks."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from speechgrade_local.deploy_supabase.database import ProjectDatabase
from speechgrade_local.deploy_supabase.function_secrets import MARK
from speechgrade_local.deploy_supabase.supabase_cli import SupabaseCli
from speechgrade_local.deploy_supabase.target import DeploySettings, database_of
from speechgrade_local.node import locate_node
from speechgrade_local.stack import Stack

from .conftest import REPO, SCORER_TOKEN, Command
from .platform import REF, TOKEN, Platform

pytestmark = pytest.mark.stack


def test_a_project_is_brought_up_and_what_is_the_apps_stays(
    hosted: dict[str, str], platform: Platform, deploy: Command
) -> None:
    plan = deploy("--dry-run", **hosted)
    assert plan.returncode == 0, plan.stdout
    assert platform.written() == []
    assert "expose schema llm beside public, graphql_public" in plan.stdout
    assert "--raise-upload-limit" in plan.stdout
    done = deploy("--yes", **hosted)
    assert done.returncode == 0, done.stdout
    assert platform.schemas == "public,graphql_public,llm"
    assert platform.upload_limit == 50 * 1024**2
    assert set(platform.secrets) == {"OF_THE_APP", "SPEECHGRADE_SCORER_URL", "SPEECHGRADE_SCORER_TOKEN", MARK}
    assert platform.secrets["OF_THE_APP"] == "kept"
    assert platform.secrets["SPEECHGRADE_SCORER_TOKEN"] == SCORER_TOKEN
    assert "t" * 40 not in done.stdout + done.stderr
    _is_the_function(platform.uploaded)
    _is_in_order(platform)
    before = len(platform.written())
    again = deploy("--yes", **hosted)
    assert again.returncode == 3, again.stdout
    assert len(platform.written()) == before


def test_it_goes_on_after_a_failure_with_the_step_that_failed(
    hosted: dict[str, str], platform: Platform, deploy: Command
) -> None:
    platform.failing["/functions/deploy"] = 500
    stopped = deploy("--yes", **hosted)
    assert stopped.returncode == 1
    assert "Step function" in stopped.stdout
    assert "The former version still answers" in stopped.stdout
    assert platform.schemas == "public,graphql_public,llm"
    platform.failing.clear()
    before = len(platform.written())
    gone_on = deploy("--yes", **hosted)
    assert gone_on.returncode == 0, gone_on.stdout
    assert [path.partition("?")[0].rpartition("/")[2] for _, path in platform.written()[before:]] == [
        "deploy",
        "secrets",
    ]


def test_what_is_wrong_with_the_function_afterwards_is_said_with_its_fix(
    hosted: dict[str, str], platform: Platform, deploy: Command
) -> None:
    platform.check["findings"] = [{"name": "scorer", "code": "scorer_unreachable", "detail": "no answer"}]
    done = deploy("--yes", "--raise-upload-limit", **hosted)
    assert done.returncode == 1
    assert platform.upload_limit == 1024**3
    assert "scorer_unreachable" in done.stdout
    assert "SPEECHGRADE_SCORER_URL" in done.stdout


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"SUPABASE_ACCESS_TOKEN": "sbp_" + "f" * 40}, (1, "The access token is refused")),
        ({"SUPABASE_ACCESS_TOKEN": ""}, (2, "SUPABASE_ACCESS_TOKEN: make one")),
        ({"SUPABASE_PROJECT_REF": "z" * 20}, (1, "has no such project")),
        ({"SUPABASE_PROJECT_REF": "Not A Ref"}, (2, "the 20 letters")),
    ],
)
def test_who_may_not_or_does_not_say_where_changes_nothing(
    hosted: dict[str, str], platform: Platform, deploy: Command, change: dict[str, str], answer: tuple[int, str]
) -> None:
    refused = deploy("--yes", **{**hosted, **change})
    code, said = answer
    assert refused.returncode == code, refused.stdout
    assert said in refused.stdout
    assert platform.written() == []


def test_a_project_that_sleeps_is_not_touched(hosted: dict[str, str], platform: Platform, deploy: Command) -> None:
    platform.status = "INACTIVE"
    refused = deploy("--yes", **hosted)
    assert refused.returncode == 1
    assert "Restore it in the dashboard" in refused.stdout
    assert platform.written() == []


def test_a_database_is_asked_through_the_platform_where_no_address_is_given(
    app_database: Stack, platform: Platform, tmp_path: Path
) -> None:
    platform.database_url = app_database.database_url
    settings = DeploySettings(access_token=SecretStr(TOKEN), project_ref=REF, platform=platform.url)
    database = database_of(settings, "")
    cli = SupabaseCli.on_copy(locate_node(REPO), REPO, tmp_path / "copy", settings, database)
    project = ProjectDatabase(cli, database)
    standing = project.standing()
    assert standing.app_tables == {"rubrics"}
    assert project.history(exists=standing.has_history).strangers == ("20990101000000",)
    assert {call.json()["read_only"] for call in platform.calls if call.path.endswith("/query")} == {True}


def _is_the_function(upload: bytes) -> None:
    assert b'filename="supabase/functions/score/index.ts"' in upload
    assert b'"verify_jwt":false' in upload.replace(b" ", b"")
    assert b"_test.ts" not in upload


def _is_in_order(platform: Platform) -> None:
    prefix = f"/v1/projects/{REF}"
    written = [(method, path.partition("?")[0].removeprefix(prefix)) for method, path in platform.written()]
    assert written == [
        ("PATCH", "/postgrest"),
        ("POST", "/secrets"),
        ("POST", "/functions/deploy"),
        ("POST", "/secrets"),
    ]
