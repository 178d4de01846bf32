"""The tokens of an OpenAI-compatible answer with the likeliest tokens in their place."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from speechgrade_scorer.engines.provider import Token

# vLLM gives -9999 to what the grammar forbids, and fills the list up with it.
_FORBIDDEN = -1000.0
_DIGITS = frozenset("0123456789.")


def tokens_of(choice: Mapping[str, Any]) -> tuple[Token, ...]:
    """The tokens in order; empty where the engine does not tell them, or not in a form that can be read.

    Certainty is worth less than the score, so nothing is raised. Tokens that print the same are one alternative: to a
    reader, the piece "5" and the byte token <0x35> are the same five.
    """
    try:
        content = (choice.get("logprobs") or {}).get("content") or ()
        return tuple(_tokens(content))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return ()


def _tokens(content: Iterable[Mapping[str, Any]]) -> Iterator[Token]:
    """Alternatives are read at numbers and right behind them, where they say something about points: most of an answer
    is prose, and its alternatives are most of what an engine sends."""
    after_number = False
    for entry in content:
        is_number = not _DIGITS.isdisjoint(entry["token"])
        yield _token(entry) if is_number or after_number else _alone(entry)
        after_number = is_number


def _alone(entry: Mapping[str, Any]) -> Token:
    own = _text_and_logprob(entry)
    return Token(*own, (own,))


def _token(entry: Mapping[str, Any]) -> Token:
    own = _text_and_logprob(entry)
    listed = [_text_and_logprob(other) for other in entry.get("top_logprobs") or ()]
    # An engine may leave the token itself out where it is not among the likeliest.
    if own not in listed:
        listed.append(own)
    together: dict[str, float] = {}
    for text, logprob in listed:
        if logprob > _FORBIDDEN:
            together[text] = _either(together[text], logprob) if text in together else logprob
    return Token(*own, tuple(together.items()))


def _text_and_logprob(entry: Mapping[str, Any]) -> tuple[str, float]:
    text, logprob = entry["token"], float(entry["logprob"])
    if not isinstance(text, str) or math.isnan(logprob):
        raise ValueError("not a token")
    return text, min(logprob, 0.0)


def _either(one: float, other: float) -> float:
    """The log-probability of either of two that exclude each other."""
    larger = max(one, other)
    return larger + math.log1p(math.exp(min(one, other) - larger))
