"""Rules and dashboard ask for what is exposed, speak when they should, and tell nothing of anybody."""

import itertools
import re
from pathlib import Path

import pytest
import yaml

from . import compose_file
from .monitoring import DOCS, FOLDER, alerts, breaches, dashboard, exposed, families, panels, queries
from .tools import needs, promtool, run

pytestmark = pytest.mark.deploy
ALERTS = [alert["alert"] for alert in alerts()]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_what_is_exposed(alert: dict[str, str]) -> None:
    assert list(breaches(alert["expr"])) == []


@pytest.mark.parametrize("query", queries())
def test_a_query_of_the_dashboard_asks_for_what_is_exposed(query: str) -> None:
    assert list(breaches(query)) == []


@pytest.mark.parametrize(
    "expression",
    [
        "speechgrade_scorer_scores > 0",
        "speechgrade_scorer_unknown",
        "rate(speechgrade_exporter_publish_seconds[5m])",
        'speechgrade_scorer_scores_total{outcome="ok"}',
        "sum by (student) (speechgrade_scorer_scores_total)",
    ],
)
def test_what_nobody_exposes_is_noticed(expression: str) -> None:
    assert list(breaches(expression))


def test_no_label_is_an_id() -> None:
    labels = frozenset[str]().union(*(labels for _, labels in families().values()))
    closed = {
        "alias",
        "anonymizer",
        "code",
        "kind",
        "outcome",
        "reason",
        "renderer",
        "result",
        "route",
        "scope",
        "seat",
    }
    assert labels == closed | {"source", "status", "to", "version"}


@needs(promtool)
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "deploy/monitoring/prometheus.yaml"),
        ("check", "rules", "--lint=all", "--lint-fatal", "deploy/monitoring/alerts.yaml"),
        ("test", "rules", "deploy/monitoring/alerts_test.yaml"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_prometheus_own_judge_has_nothing_to_say(arguments: tuple[str, ...]) -> None:
    done = run(promtool(), *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@needs(promtool)
def test_the_judge_is_really_asked(tmp_path: Path) -> None:
    wrong = (FOLDER / "alerts.yaml").read_text("utf-8").replace("> 900", "> 90000")
    (tmp_path / "alerts.yaml").write_text(wrong, "utf-8")
    (tmp_path / "alerts_test.yaml").write_text((FOLDER / "alerts_test.yaml").read_text("utf-8"), "utf-8")
    done = run(promtool(), "test", "rules", tmp_path / "alerts_test.yaml")
    assert done.returncode != 0
    assert "ErasureOverdue" in done.stdout + done.stderr


@needs(promtool)
def test_every_query_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    rules = [{"record": f"query_{number}", "expr": query} for number, query in enumerate(queries())]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = run(promtool(), "check", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_tried_both_ways(name: str) -> None:
    tried = (FOLDER / "alerts_test.yaml").read_text("utf-8")
    assert re.search(rf"alertname: {name}, eval_time: \w+, exp_alerts: \[\]", tried)
    assert re.search(rf'labels: \'{{alertname="{name}"', tried)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_to_do_and_names_nobody(alert: dict[str, dict[str, str]]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook"}
    told = " ".join(alert["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", told)) <= {"code", "scope"}
    assert f"### {alert['alert']}\n" in DOCS.read_text("utf-8")


def test_every_metric_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^\| `(speechgrade_[a-z_]+)", DOCS.read_text("utf-8"), re.MULTILINE))
    names = {f"{name}_total" if kind == "counter" else name for name, (kind, _) in families().items()}
    assert explained == names


def test_the_docs_name_the_labels_of_each_metric() -> None:
    rows = re.findall(r"^\| `(speechgrade_[a-z_]+?)(?:\{([a-z, ]*)\})?` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    told = {name: frozenset(filter(None, labels.split(", "))) for name, labels in rows}
    kinds = {f"{name}_total" if kind == "counter" else name: labels for name, (kind, labels) in families().items()}
    assert told == kinds


def test_a_row_for_each_service_and_a_place_for_each_panel() -> None:
    assert [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"] == [
        "Exporter",
        "Scorer",
        "Engine, as the scorer sees it",
    ]
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))
    for one, other in itertools.combinations((panel["gridPos"] for panel in dashboard()["panels"]), 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert apart or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_explains_itself_and_asks_the_source_that_is_chosen(panel: dict[str, str]) -> None:
    assert panel["description"].endswith(".")
    sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]  # type: ignore[index]
    assert sources == [{"type": "prometheus", "uid": "${datasource}"}] * len(sources)


def test_a_panel_of_one_number_says_something_where_nothing_has_happened_yet() -> None:
    """A moment that never was is 1970, and a share of nothing is no number."""
    stats = [panel for panel in panels() if panel["type"] == "stat"]
    for panel in stats:
        for target in panel["targets"]:
            if "time()" in target["expr"] or "/" in target["expr"]:
                assert "> 0)" in target["expr"]
                assert panel["fieldConfig"]["defaults"]["noValue"]


def test_every_metric_is_shown_or_watched() -> None:
    asked = " ".join(queries() + [alert["expr"] for alert in alerts()])
    unseen = {name for name in families() if not re.search(rf"\b{name}(_total|_bucket)?\b", asked)}
    assert unseen == set()
    assert exposed().keys() >= set(re.findall(r"speechgrade_[a-z_]+", asked))


def test_the_engine_is_not_scraped() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus.yaml").read_text("utf-8"))
    targets = [
        target
        for job in configuration["scrape_configs"]
        for config in job["static_configs"]
        for target in config["targets"]
    ]
    assert targets == ["exporter:8081", "scorer:8080", "localhost:9090"]
    services = compose_file.read()["services"]
    for name in ("prometheus", "grafana"):
        assert "engine" not in services[name]["networks"]


def test_grafana_calls_nobody() -> None:
    environment = compose_file.environment(compose_file.read()["services"]["grafana"])
    off = ["ANALYTICS_REPORTING_ENABLED", "ANALYTICS_CHECK_FOR_UPDATES", "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES"]
    off += [
        "NEWS_NEWS_FEED_ENABLED",
        "PLUGINS_PLUGIN_ADMIN_ENABLED",
        "SNAPSHOTS_EXTERNAL_ENABLED",
        "AUTH_ANONYMOUS_ENABLED",
    ]
    assert {environment[f"GF_{name}"] for name in off} == {"false"}
    assert environment["GF_SECURITY_DISABLE_GRAVATAR"] == environment["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
