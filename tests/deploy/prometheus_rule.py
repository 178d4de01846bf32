"""The alerts as the Prometheus Operator takes them: deploy/monitoring/alerts.yaml with a head of its own.

``python -m tests.deploy.prometheus_rule`` writes the manifest anew after a change of the alerts.
"""

from pathlib import Path

from .manifests import K8S, REPO

ALERTS = REPO / "deploy/monitoring/alerts.yaml"
MANIFEST = K8S / "components/monitoring/prometheus-rule.yaml"
_HEAD = """\
# A copy of deploy/monitoring/alerts.yaml: python -m tests.deploy.prometheus_rule writes it anew, and a test compares.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: speechgrade
  labels: {app.kubernetes.io/name: speechgrade}
spec:
"""


def manifest_of(alerts: Path) -> str:
    """The manifest that holds the rules of a file."""
    lines = alerts.read_text("utf-8").splitlines()
    return _HEAD + "".join(f"  {line}\n" if line else "\n" for line in lines)


if __name__ == "__main__":
    MANIFEST.write_text(manifest_of(ALERTS), "utf-8")
