"""Every metric of the scorer, its name and its labels, in one place. Labels are closed sets, never ids."""

from collections import Counter as Tally
from collections.abc import Iterable
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SCORES = "speechgrade_scorer_scores"
UNSCORED = "speechgrade_scorer_unscored"
SCORE_SECONDS = "speechgrade_scorer_score_seconds"
ENGINE_SECONDS = "speechgrade_scorer_engine_seconds"
ATTEMPTS = "speechgrade_scorer_attempts"
FALLBACKS = "speechgrade_scorer_fallbacks"
IN_FLIGHT = "speechgrade_scorer_in_flight"
TOKENS = "speechgrade_scorer_tokens"
SYNCS = "speechgrade_scorer_syncs"
ADAPTERS_SERVED = "speechgrade_scorer_adapters_served"
LAST_SYNC = "speechgrade_scorer_last_sync_timestamp_seconds"
REQUESTS = "speechgrade_scorer_http_requests"
REFUSED = "speechgrade_scorer_refused"
WAITING = "speechgrade_scorer_waiting"
WAITING_AGE = "speechgrade_scorer_waiting_age_seconds"
PUT_BACK = "speechgrade_scorer_put_back"
READY = "speechgrade_scorer_ready"
OBSTACLES = "speechgrade_scorer_obstacles"
GAPS = "speechgrade_scorer_gaps"
ENGINE_UP = "speechgrade_scorer_engine_up"
BREAKER_OPEN = "speechgrade_scorer_breaker_open"
TAINTED_SERVED = "speechgrade_scorer_tainted_served"
BUILD = "speechgrade_scorer_build_info"

_LATENCY = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 90.0)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.scores = Counter(SCORES, "Scores that ended", ["status", "kind"], registry=self.registry)
        # A series that begins at 1 has not increased: the first unscored speech would not count.
        for status, kind in product(("ok", "fallback", "unscored"), ("shown", "shadow")):
            self.scores.labels(status, kind)
        self.unscored = Counter(UNSCORED, "Attempts without a score, by reason", ["reason"], registry=self.registry)
        self.score_seconds = Histogram(
            SCORE_SECONDS, "Seconds from request to kept outcome", registry=self.registry, buckets=_LATENCY
        )
        self.engine_seconds = Histogram(
            ENGINE_SECONDS, "Seconds of one call of the engine", registry=self.registry, buckets=_LATENCY
        )
        self.attempts = Counter(
            ATTEMPTS, "Calls of the engine, by what came of them", ["result"], registry=self.registry
        )
        # As above: the first refusal is news.
        self.attempts.labels("provider_credential_refused")
        self.fallbacks = Counter(
            FALLBACKS, "Times that another model was asked, by which", ["to"], registry=self.registry
        )
        self.in_flight = Gauge(IN_FLIGHT, "Scores being worked on", registry=self.registry)
        self.tokens = Counter(TOKENS, "Tokens of accepted answers", ["kind"], registry=self.registry)
        self.syncs = Counter(SYNCS, "Looks at the adapters, by result", ["result"], registry=self.registry)
        self.adapters_served = Gauge(ADAPTERS_SERVED, "Adapters that may answer now", registry=self.registry)
        self.last_sync = Gauge(LAST_SYNC, "When the adapters were last confirmed", registry=self.registry)
        self.waiting = Gauge(WAITING, "Scores in the database that wait for a scorer", registry=self.registry)
        self.waiting_age = Gauge(
            WAITING_AGE, "For how long the oldest score has waited in the database", registry=self.registry
        )
        self.put_back = Counter(PUT_BACK, "Scores put back for later, by reason", ["reason"], registry=self.registry)
        self.requests = Counter(
            REQUESTS, "HTTP requests, by route and status", ["route", "status"], registry=self.registry
        )
        self.refused = Counter(REFUSED, "Requests without our token, by code", ["code"], registry=self.registry)
        for code in ("credential_missing", "credential_wrong"):
            self.refused.labels(code)
        self.ready = Gauge(READY, "Whether scores can be given now", registry=self.registry)
        self.obstacles = Gauge(
            OBSTACLES, "Why no score can be given right now; 1 each", ["code"], registry=self.registry
        )
        self.gaps = Gauge(
            GAPS,
            "Aliases that should answer and cannot as they are, by kind of scope and what is missing",
            ["scope", "alias", "code"],
            registry=self.registry,
        )
        self.engine_up = Gauge(
            ENGINE_UP, "Whether the engine answered when it was last looked at or asked", registry=self.registry
        )
        self.breaker_open = Gauge(
            BREAKER_OPEN,
            "Whether a model has failed again and again, and has not answered since",
            ["seat"],
            registry=self.registry,
        )
        self.tainted_served = Gauge(
            TAINTED_SERVED,
            "Adapters that may not answer any more and are still in the engine or still answer",
            registry=self.registry,
        )
        self.build = Gauge(
            BUILD, "What runs here; always 1", ["version", "renderer", "anonymizer"], registry=self.registry
        )

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)


def set_counted(gauge: Gauge, found: Iterable[tuple[str, ...]]) -> None:
    """Let a gauge say how often each combination of its labels was found, and forget those that were not."""
    gauge.clear()
    for labels, count in Tally(found).items():
        gauge.labels(*labels).set(count)
