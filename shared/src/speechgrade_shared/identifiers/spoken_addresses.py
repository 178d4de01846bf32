"""E-mail and web addresses as they are said, or half said: "jane dot doe at gmail dot com", "jdoe at gmail.com"."""

from speechgrade_shared.identifiers.cue_words import cue_words
from speechgrade_shared.identifiers.ordinary_words import ordinary_word
from speechgrade_shared.identifiers.passage import Passage, Span
from speechgrade_shared.identifiers.placeholders import EMAIL, URL

_ENDINGS = cue_words("domain_endings")
_OF_AGENCIES = cue_words("of_agencies")
_CONNECTORS = cue_words("connectors")
_MAILBOXES = cue_words("mailboxes")
_DIGITS = cue_words("digits") | {"oh"}
_NO_HOST = cue_words("no_host")
_NO_LOCAL_PART = cue_words("no_local_part")
_MOST_LABELS = 6


def spoken_address_spans(passage: Passage) -> list[Span]:
    """Addresses with a spoken dot or a spoken at; the written ones are not looked for."""
    if "dot" not in passage.distinct and "." not in passage.gaps:
        return []
    spans: list[Span] = []
    last = taken = -1
    for place in passage.places_of(_ENDINGS):
        if place > last and _dotted(passage, place):
            span, last = _address(passage, place)
            if span and span[0] >= taken:
                spans.append(span)
                taken = span[1]
    return spans


def _dotted(passage: Passage, place: int) -> int:
    """How many words lead from a label to the one before it: one over a full stop, two over a spoken dot, else none."""
    if place > 0 and passage.gaps[place] == ".":
        return 1
    if place > 1 and passage.previous(place) == "dot" and passage.gaps[place - 1].isspace():
        return 2
    return 0


def _address(passage: Passage, place: int) -> tuple[Span | None, int]:
    last = place
    while last + 2 < len(passage.words) and passage.words[last + 1] == "dot" and passage.words[last + 2] in _ENDINGS:
        last += 2
    host = place
    for _ in range(_MOST_LABELS):
        step = _dotted(passage, host)
        if not step:
            break
        host -= step
    if passage.words[host] in _NO_HOST:
        return None, last
    start = _mailbox(passage, host)
    if start is None and passage.words[last] in _OF_AGENCIES:
        return None, last
    first, kind = (host, URL) if start is None else (start, EMAIL)
    span = passage.start(first), passage.end(last), kind
    wholly_written = " " not in passage.folded[span[0] : span[1]]
    return (None if wholly_written else span), last


def _mailbox(passage: Passage, host: int) -> int | None:
    """The first word of what stands before "at", if there is an "at" at all, up to two words before the host."""
    words = passage.words
    for at in (host - 1, host - 2):
        said = at > 0 and words[at] == "at" and passage.gaps[at].isspace()
        if said and all(passage.gaps[place].isspace() for place in range(at + 1, host + 1)):
            return _local_part(passage, at - 1, words[host])
        if at + 1 > 0 and passage.gaps[at + 1].strip() == "@" and at >= 0:
            return _local_part(passage, at, words[host])
    return None


def _local_part(passage: Passage, place: int, host: str) -> int | None:
    words, first = passage.words, place
    while first > 0:
        before = words[first - 1]
        if before in _CONNECTORS and first > 1 and passage.gaps[first].isspace():
            first -= 2
        elif passage.gaps[first] in (".", "_", "-", "+") or (
            passage.gaps[first].isspace() and _belongs(before, words[first]) and passage.gaps[first - 1] != "'"
        ):
            first -= 1
        else:
            break
    lone = first == place and ordinary_word(words[place]) and not words[place].isdecimal()
    return None if lone and host not in _MAILBOXES else first


def _belongs(before: str, word: str) -> bool:
    """An initial before a name, a name before digits, letters and digits in a row."""
    return len(before) == 1 or (_spelled(word) and before not in _NO_LOCAL_PART)


def _spelled(word: str) -> bool:
    return len(word) == 1 or word in _DIGITS or word.isdecimal()
