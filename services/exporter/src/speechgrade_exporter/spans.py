"""Every span of the exporter, and what it may say: names, outcomes and counts."""

from enum import StrEnum


class Spans(StrEnum):
    """The steps of an export. A look that finds nothing is none."""

    BATCH = "exporter.batch"
    SETTLE = "exporter.settle"
    PUBLISH = "exporter.publish"
    ERASE = "exporter.erase"
    SWEEP = "exporter.sweep"


class Facts(StrEnum):
    """What is said of a step."""

    CLAIMED = "speechgrade.claimed"
    FAILED = "speechgrade.failed"
    OUTCOME = "speechgrade.outcome"
    EXAMPLES = "speechgrade.examples"
    OBJECTS = "speechgrade.objects"
    CERTIFICATES = "speechgrade.certificates"
    REPAIRS = "speechgrade.repairs"
