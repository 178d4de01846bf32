"""Identifiers in writing: addresses of mail and web, handles, phone and other numbers, by Presidio's recognizers.

The recognizers cost more than everything else together, so they see only the neighbourhood of what every match must
hold: an at-sign, a dot between letters, or seven digits in a row.
"""

import re
from collections.abc import Iterable, Iterator

from speechgrade_shared.identifiers.cue_words import cue_words
from speechgrade_shared.identifiers.number_shapes import number_placeholder
from speechgrade_shared.identifiers.ordinary_words import ordinary_word
from speechgrade_shared.identifiers.passage import HIDDEN, Passage, Span
from speechgrade_shared.identifiers.placeholders import EMAIL, HANDLE, ID, PHONE, URL
from speechgrade_shared.identifiers.recognizers import recognize

_REACH = 320
"""Characters to each side of a trigger: longer than any valid address."""

_WIDEST = 2_000

_AT_SIGN = re.compile("@")
_SCHEME = re.compile("://")
_DOMAIN = re.compile(r"\.(?<=[^\W_]\.)[^\W\d_]{2}")
_NO_HOST = re.compile(r"[\w.-]{254}")
"""Longer than any host's name; Presidio's pattern for web addresses would try for minutes to find one in it."""

_NUMBER = re.compile(r"\d(?:\d{5}|(?:[\s().+/\-]{0,3}\d){6}|\.\d{1,3}\.\d{1,3}\.\d)")
_COLONS = re.compile(r":[0-9a-fA-F]{0,4}:")
_KINDS = (
    (_AT_SIGN, {"EMAIL_ADDRESS": EMAIL, "HANDLE": HANDLE}),
    (_SCHEME, {"WEB_ADDRESS": URL}),
    (_DOMAIN, {"WEB_ADDRESS": URL, "BARE_WEB_ADDRESS": URL, "URL": URL}),
    (
        _NUMBER,
        {
            "US_SSN": ID,
            "CREDIT_CARD": ID,
            "IBAN_CODE": ID,
            "IP_ADDRESS": ID,
            "MARKED_NUMBER": ID,
            "PHONE_NUMBER": PHONE,
            "LONG_NUMBER": PHONE,
        },
    ),
    (_COLONS, {"IP_ADDRESS": ID}),
)
_OF_AGENCIES = cue_words("of_agencies")
"""A government's site is a source that is cited, and never somebody's own."""

_COMMON_DOMAINS = frozenset(["com", "edu", "org", "net", "info", "io", "app", "dev", "biz"])


def written_spans(passage: Passage) -> list[Span]:
    """Where the text holds a written identifier; spans do not overlap."""
    spans: list[Span] = []
    for trigger, kinds in _KINDS:
        found = list(_not_overlapping(_candidates(passage, trigger, kinds)))
        passage = passage.without(found)
        spans += found
    return spans


def _candidates(passage: Passage, trigger: re.Pattern[str], kinds: dict[str, str]) -> Iterator[Span]:
    for start, end in _windows(trigger, passage.text):
        if trigger is _DOMAIN and _NO_HOST.search(passage.text, start, end):
            continue
        for entity, first, last in recognize(passage.text[start:end], tuple(kinds)):
            span = _placed(passage.text, start + first, start + last, entity, kinds[entity])
            if span is not None and passage.free(*span[:2]):
                yield span


def _not_overlapping(spans: Iterable[Span]) -> Iterator[Span]:
    """Of those that overlap, the one that begins first; the longer one of two that begin together."""
    end = 0
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if span[0] >= end:
            yield span
            end = span[1]


def _windows(trigger: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Neighbourhoods of the trigger's matches, merged where they meet, and cut where they grow too wide."""
    first = last = 0
    for match in trigger.finditer(text):
        start, end = max(match.start() - _REACH, 0), min(match.end() + _REACH, len(text))
        if start > last:
            yield from _narrow(first, last)
            first = start
        last = end
    yield from _narrow(first, last)


def _narrow(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The same stretch in pieces that overlap by more than an identifier is long: patterns may take its square."""
    while last - first > _WIDEST:
        yield first, first + _WIDEST
        first += _WIDEST - 2 * _REACH
    if last > first:
        yield first, last


def _placed(text: str, start: int, end: int, entity: str, placeholder: str) -> Span | None:
    found = text[start:end]
    if entity == "URL" and (_part_of_more(text, start, end) or not _web_address(found)):
        return None
    if entity in ("LONG_NUMBER", "PHONE_NUMBER"):
        placeholder = number_placeholder(found) or ""
    return (start, end, placeholder) if placeholder else None


def _part_of_more(text: str, start: int, end: int) -> bool:
    """Whether a domain is only cut out of a longer word, or hangs together with what was taken already."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    cut = before.isalnum() or after[:1].isalnum()
    return cut or HIDDEN in (before, after[:1]) or after == f".{HIDDEN}"


def _web_address(found: str) -> bool:
    """Not "the end.So": a full stop without a space after it makes many a word look like a domain."""
    host, _, path = found.partition("/")
    name, _, domain = host.rpartition(".")
    if "://" in found or path or host.lower().startswith("www."):
        return True
    if domain.lower() in _OF_AGENCIES:
        return False
    return domain in _COMMON_DOMAINS or not (
        ordinary_word(domain.lower()) or domain[:1].isupper() or ordinary_word(name)
    )
