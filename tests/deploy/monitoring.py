"""What is watched: the metrics that the services really expose, and the expressions that name them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from prometheus_client import REGISTRY
from speechgrade_exporter import metrics as exporter_metrics
from speechgrade_scorer.metrics import Metrics

from .tools import REPO

FOLDER = REPO / "deploy" / "monitoring"
DOCS = REPO / "docs" / "observability.md"
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
_NAME = re.compile(r"\bspeechgrade_[a-z_]+")
_MATCHERS = re.compile(r"\b(speechgrade_[a-z_]+)\{([^}]*)\}")
_OF_PROMETHEUS = {"le", "instance", "job", "namespace", "alertname", "alertstate", "severity"}
assert exporter_metrics.READY


def families() -> dict[str, tuple[str, frozenset[str]]]:
    """Type and labels of every metric of both services, by the name that its samples have without a suffix."""
    found = {}
    for registry in (REGISTRY, Metrics().registry):
        for collector in registry._collector_to_names:
            labels = frozenset(getattr(collector, "_labelnames", ()))
            found |= {
                one.name: (one.type, labels) for one in collector.collect() if one.name.startswith("speechgrade_")
            }
    return found


def exposed() -> dict[str, frozenset[str]]:
    """The names that a Prometheus knows after a scrape, with the labels that their series may have."""
    return {f"{name}{suffix}": labels for name, (kind, labels) in families().items() for suffix in _SUFFIXES[kind]}


def breaches(expression: str) -> Iterator[str]:
    """What an expression asks for that nobody exposes."""
    known = exposed()
    yield from (f"no metric {name}" for name in _NAME.findall(expression) if name not in known)
    for name, matchers in _MATCHERS.findall(expression):
        asked = set(re.findall(r"(\w+)\s*[=!]", matchers)) - _OF_PROMETHEUS
        yield from (f"{name} has no label {label}" for label in sorted(asked - known.get(name, frozenset())))
    together = frozenset[str]().union(*(known.get(name, frozenset()) for name in _NAME.findall(expression)))
    for labels in re.findall(r"\bby\s*\(([^)]*)\)", expression):
        asked = {label.strip() for label in labels.split(",")} - _OF_PROMETHEUS
        yield from (f"nothing here has a label {label}" for label in sorted(asked - together))


def alerts() -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    return loaded


def panels() -> list[dict[str, Any]]:
    """Whatever of the dashboard shows numbers."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]
