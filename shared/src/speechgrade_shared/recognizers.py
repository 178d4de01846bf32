"""Presidio's pattern recognizers, and ours in their form: no language model, no network.

Presidio is imported when the first text needs it. Its package would also load torch and transformers wherever these
happen to be installed, only to ask for language models that nobody uses here, so it is told that they are not there.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_HEAVY = ("torch", "transformers", "tensorflow", "stanza", "gliner", "cupy", "mxnet")
_LEAST_SCORE = 0.3
_REGIONS = ("US",)
_OURS = {
    "HANDLE": r"(?<![\w@.])@\w(?:[\w.]*\w)",
    "WEB_ADDRESS": r"(?i)(?:https?://|www\d?\.)[^\s<>\"]{1,300}[^\s<>\"'.,;:!?)\]]",
    "LONG_NUMBER": r"(?<![\w.,])\+?\(?\d(?:[\s().+/\-]{0,3}\d){6,60}"
    r"(?:\s{0,2}(?:x|ext\.?|extension)\s{0,2}\d{1,6})?(?!\w)",
    "MARKED_NUMBER": r"(?<!\w)[a-zA-Z]{1,3}-?\d{6,12}(?!\w)",
}


def recognize(text: str, entities: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """What Presidio finds: entity, start, end, in the order of the entities."""
    return [
        (entity, result.start, result.end)
        for entity in entities
        for result in _recognizer(entity).analyze(text, [entity], None)
        if result.score >= _LEAST_SCORE
    ]


@cache
def _recognizer(entity: str) -> Any:
    with _unavailable(_HEAVY):
        from presidio_analyzer import Pattern, PatternRecognizer
        from presidio_analyzer import predefined_recognizers as known

    class AnyDomainEmailRecognizer(known.EmailRecognizer):
        """Takes an address whether or not its domain exists, and so never asks for the list of domains."""

        def validate_result(self, pattern_text: str) -> bool | None:  # noqa: ARG002
            return None

    if entity in _OURS:
        return PatternRecognizer(entity, patterns=[Pattern(entity.lower(), _OURS[entity], 0.5)])
    if entity == "PHONE_NUMBER":
        return known.PhoneRecognizer(supported_regions=_REGIONS)
    kinds = {
        "EMAIL_ADDRESS": AnyDomainEmailRecognizer,
        "URL": known.UrlRecognizer,
        "US_SSN": known.UsSsnRecognizer,
        "CREDIT_CARD": known.CreditCardRecognizer,
        "IBAN_CODE": known.IbanRecognizer,
        "IP_ADDRESS": known.IpRecognizer,
    }
    return kinds[entity]()


@contextmanager
def _unavailable(names: tuple[str, ...]) -> Iterator[None]:
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
