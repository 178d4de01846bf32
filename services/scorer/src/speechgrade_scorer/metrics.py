"""Every metric of the scorer, its name and its labels, in one place. Labels are closed sets, never ids."""

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
WAITING = "speechgrade_scorer_waiting"
PUT_BACK = "speechgrade_scorer_put_back"

_LATENCY = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 90.0)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.scores = Counter(SCORES, "Scores that ended", ["status", "kind"], registry=self.registry)
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
        self.fallbacks = Counter(
            FALLBACKS, "Times that another model was asked, by which", ["to"], registry=self.registry
        )
        self.in_flight = Gauge(IN_FLIGHT, "Scores being worked on", registry=self.registry)
        self.tokens = Counter(TOKENS, "Tokens of accepted answers", ["kind"], registry=self.registry)
        self.syncs = Counter(SYNCS, "Looks at the adapters, by result", ["result"], registry=self.registry)
        self.adapters_served = Gauge(ADAPTERS_SERVED, "Adapters that may answer now", registry=self.registry)
        self.last_sync = Gauge(LAST_SYNC, "When the adapters were last confirmed", registry=self.registry)
        self.waiting = Gauge(WAITING, "Scores in the database that wait for a scorer", registry=self.registry)
        self.put_back = Counter(PUT_BACK, "Scores put back for later, by reason", ["reason"], registry=self.registry)
        self.requests = Counter(
            REQUESTS, "HTTP requests, by route and status", ["route", "status"], registry=self.registry
        )

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
