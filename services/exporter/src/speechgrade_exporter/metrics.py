"""The names and labels of every metric, in one place. Labels are closed sets, never ids."""

from prometheus_client import Counter, Gauge, Histogram

SETTLED = Counter("speechgrade_exporter_settled", "Changes settled, by what became of the evaluation", ["outcome"])
FAILED = Counter("speechgrade_exporter_failed", "Changes that could not be worked on, by code", ["code"])
PUBLISHED = Counter("speechgrade_exporter_published", "Attempts to publish, by outcome", ["outcome"])
UPLOADED = Counter("speechgrade_exporter_uploaded_bytes", "Bytes of datasets written to the bucket")
ERASED = Counter("speechgrade_exporter_erased", "Withdrawals completed with a certificate")
PUBLISH_SECONDS = Histogram(
    "speechgrade_exporter_publish_seconds",
    "Duration of an attempt to publish",
    # From a change of one speech to the first publication of everything.
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0),
)
EXAMPLES = Gauge("speechgrade_exporter_examples", "Examples in the current dataset")
OPEN_CHANGES = Gauge("speechgrade_exporter_open_changes", "Changes that wait for a worker")
DEAD_CHANGES = Gauge("speechgrade_exporter_dead_changes", "Changes that were given up and wait for a replay")
QUEUE_AGE = Gauge("speechgrade_exporter_queue_age_seconds", "Age of the oldest change that is not settled")
HINTS = Counter("speechgrade_exporter_hints", "Hints that there is work, by where they came from", ["source"])
HINTS_REFUSED = Counter("speechgrade_exporter_hints_refused", "Hints that were not believed, by code", ["code"])
REALTIME_CONNECTED = Gauge("speechgrade_exporter_realtime_connected", "Whether the Realtime subscription stands")
OPEN_ERASURES = Gauge("speechgrade_exporter_open_erasures", "Withdrawals whose objects are not all deleted yet")
ERASURE_AGE = Gauge("speechgrade_exporter_erasure_age_seconds", "Age of the oldest withdrawal that is not completed")
TAINTED = Gauge(
    "speechgrade_exporter_tainted_adapters", "Adapters that learned from a withdrawn speech, not yet purged"
)
TAINTED_SERVED = Gauge(
    "speechgrade_exporter_tainted_served", "Scores that an adapter gave more than 5 minutes after it was tainted"
)
LEDGER_FAILURES = Gauge(
    "speechgrade_exporter_ledger_failures", "Scores of the last day whose cost the app's tables did not take"
)
TAINTED_AGE = Gauge(
    "speechgrade_exporter_tainted_age_seconds",
    "For how long the oldest adapter that is not yet purged has been tainted",
)
SILENT_MACHINES = Gauge(
    "speechgrade_exporter_silent_machines", "Machines that keep speeches and were not swept for a day"
)
FAILED_TRAININGS = Gauge(
    "speechgrade_exporter_failed_trainings", "Recipes whose latest training failed, died, or was not gone on with"
)
LAST_SWEEP = Gauge(
    "speechgrade_exporter_last_sweep_timestamp_seconds", "When a sweep of any exporter last came to its end"
)
LAST_PUBLISH = Gauge(
    "speechgrade_exporter_last_publish_timestamp_seconds", "When this exporter last found all published that is settled"
)
LAST_CONTACT = Gauge(
    "speechgrade_exporter_last_contact_timestamp_seconds", "When the project last told what the gauges here say"
)
READY = Gauge("speechgrade_exporter_ready", "Whether the project answers and takes what is done")
BUILD = Gauge("speechgrade_exporter_build_info", "What runs here; always 1", ["version", "renderer", "anonymizer"])
SWEEPS = Counter("speechgrade_exporter_sweeps", "Comparisons of rows, manifest and bucket")
SWEEP_REPAIRS = Counter("speechgrade_exporter_sweep_repairs", "What sweeps found and repaired, by kind", ["kind"])
# A series that begins at 1 has not increased: what the first sweep finds would not count.
for _unheard in ("requeued", "excluded"):
    SWEEP_REPAIRS.labels(_unheard)
