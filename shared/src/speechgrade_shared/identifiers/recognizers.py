"""Presidio's pattern recognizers, and ours in their form: no language model, no network.

Presidio is imported when the first text needs it.
"""

from functools import cache
from typing import Any

from speechgrade_shared.identifiers.light_imports import imports_without_language

_LEAST_SCORE = 0.3
_REGIONS = ("US",)
_OURS = {
    "HANDLE": r"(?<![\w@.\0])@\w(?:[\w.]*\w)",
    "WEB_ADDRESS": r"(?i)(?:https?://|www\d?\.)[^\s<>\"\0]{1,300}[^\s<>\"'.,;:!?)\]\0]",
    "BARE_WEB_ADDRESS": r"(?<![\w@.\0-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[a-zA-Z]{2,24}"
    r"/[^\s<>\"\0]{0,300}[^\s<>\"'.,;:!?)\]\0]"
    r"|(?<![\w@.\0-])(?:[\w-]{1,63}\.){1,6}(?:biz|info)\b",
    "LONG_NUMBER": r"(?<![\w.,\0])\+?\(?\d(?:[\s().+/\-]{0,3}\d){6,60}"
    r"(?:\s{0,2}(?:x|ext\.?|extension)\s{0,2}\d{1,6})?(?![\w\0])",
    "MARKED_NUMBER": r"(?<![\w\0])[a-zA-Z]{1,3}-?\d{6,12}(?![\w\0])",
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
    with imports_without_language():
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
