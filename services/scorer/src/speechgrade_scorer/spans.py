"""Every span of the scorer, and what it may say: names, codes and counts from closed sets, and the id of a score."""

from enum import StrEnum


class Spans(StrEnum):
    """The steps of a score. ``SCORE`` is the work of whoever holds its lease, in the trace of whoever asked for it."""

    REQUEST = "scorer.request"
    ACCEPT = "scorer.accept"
    SCORE = "scorer.score"
    ANONYMIZE = "scorer.anonymize"
    ATTEMPT = "scorer.attempt"
    KEEP = "scorer.keep"


class Facts(StrEnum):
    """What is said of a step."""

    METHOD = "http.request.method"
    ROUTE = "http.route"
    STATUS = "http.response.status_code"
    SCORE_ID = "speechgrade.score_id"
    CLAIMED = "speechgrade.claimed"
    """Whether the score waited in the database, or its scorer had fallen silent, before this one took it up."""
    SHADOW = "speechgrade.shadow"
    ENDING = "speechgrade.ending"
    REASON = "speechgrade.reason"
    TURN = "speechgrade.turn"
    ATTEMPT = "speechgrade.attempt"
    PROVIDER = "speechgrade.provider"
    PROMPT_TOKENS = "gen_ai.usage.input_tokens"
    COMPLETION_TOKENS = "gen_ai.usage.output_tokens"
