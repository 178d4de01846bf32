"""From words that name somebody to the spans of whole names: initials, particles and hyphens with them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from speechgrade_shared.identifiers.cast import Cast
from speechgrade_shared.identifiers.course_names import NameWord, NameWords
from speechgrade_shared.identifiers.cue_words import cue_words
from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.identifiers.name_context import MODALS, meant_places
from speechgrade_shared.identifiers.passage import HIDDEN, Passage, Span
from speechgrade_shared.identifiers.unlisted_names import goes_by, heard_apart

_DOTTED = re.compile(r"(?<![\w.])([A-Z])\. ?([A-Z])\.(?![\w])")
_NO_INITIALS = frozenset(["a", "i", "o"])
_ABBREVIATIONS = cue_words("abbreviations")


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    member: int
    part: str


def name_spans(passage: Passage, cast: Cast) -> list[Span]:
    """Where people of the cast are named."""
    hits = _hits(passage, cast)
    hits |= _initials(passage, hits, cast)
    meant = meant_places(passage, hits, cast.names.letters)
    chosen = _chosen(passage, hits, sorted(meant), cast)
    mentions = [*_mentions(passage, cast, chosen), *_dotted_initials(passage, cast)]
    return _spans(passage, cast, sorted(mentions, key=lambda mention: (mention.start, -mention.end)))


def unspaced_spans(passage: Passage, cast: Cast) -> list[Span]:
    """Names in scripts without spaces, wherever they stand."""
    spans: list[Span] = []
    names = cast.names.unspaced if not passage.text.isascii() else {}
    for name in sorted(names, key=len, reverse=True):
        word = names[name][0]
        start = passage.folded.find(name)
        while start >= 0:
            end = start + len(name)
            if passage.free(start, end):
                spans.append((start, end, cast.placeholder(word.member, word.part)))
            start = passage.folded.find(name, end)
        passage = passage.without(spans)
    return spans


def _hits(passage: Passage, cast: Cast) -> dict[int, NameWords]:
    words = passage.words
    found = cast.names.among(passage.distinct)
    hits = {place: found[words[place]] for place in passage.places_of(found)}
    for place in [place for place in hits if words[place][-1] == "n"]:
        if passage.folded.startswith("'t", passage.end(place)):
            del hits[place]
    apart = cast.names.apart
    for place in passage.places_of(apart):
        whole = apart[words[place]].get(passage.following(place) or HIDDEN)
        if whole:
            hits[place] = hits[place + 1] = whole
    return hits | heard_apart(passage, hits, cast) | goes_by(passage, hits, cast)


def _chosen(passage: Passage, hits: Mapping[int, NameWords], meant: list[int], cast: Cast) -> dict[int, NameWord]:
    """Whom each word names, where it could be several: the one whose other name is beside it, the one last meant so."""
    chosen: dict[int, NameWord] = {}
    last: dict[str, NameWord] = {}
    for place in meant:
        found, said = hits[place], passage.words[place]
        if len(found) > 1:
            beside = [word for step in (-1, 1) for word in hits.get(place + step, ())]
            found = tuple(sorted(found, key=lambda word: _unlikely(word, beside, last.get(said), cast)))
        chosen[place] = last[said] = found[0]
    return chosen


def _unlikely(
    word: NameWord, beside: list[NameWord], last: NameWord | None, cast: Cast
) -> tuple[bool, bool, bool, NameWord]:
    with_other_name = any(other.member == word.member and other.part != word.part for other in beside)
    return not with_other_name, word != last, word.member not in cast.speakers, word


def _mentions(passage: Passage, cast: Cast, chosen: Mapping[int, NameWord]) -> Iterator[_Mention]:
    for place, word in chosen.items():
        forms = cast.names.forms[word.member]
        first = _with_particles(passage, place, forms[word.part].particles)
        yield _Mention(passage.start(first), passage.end(place), word.member, word.part)


def _with_particles(passage: Passage, place: int, particles: frozenset[str]) -> int:
    """The first of the small words of a name that stand before a word of it."""
    while place > 0 and passage.words[place - 1] in particles and _closed_up(passage.gaps[place]):
        place -= 1
    return place


def _initials(passage: Passage, hits: Mapping[int, NameWords], cast: Cast) -> dict[int, NameWords]:
    """Single letters that stand for a name beside the other name of the same person."""
    found: dict[int, NameWords] = {}
    for place, words in hits.items():
        for word in words:
            forms = cast.names.forms[word.member]
            start = _with_particles(passage, place, forms[word.part].particles)
            if word.part == "last" and _letter(passage, start - 1, word) in forms["first"].initials:
                found[start - 1] = (NameWord(word.member, "first", common=False),)
            elif word.part == "first" and place + 1 not in hits:
                followed = _last_follows(hits.get(place + 2, ()), word.member)
                letter = _letter(passage, place + 1, None)
                if word.common and not (letter in forms["last"].initials and _no_auxiliary(passage, place)):
                    continue
                part = "first" if followed or letter in forms["first"].initials else "last"
                if letter and (followed or letter in forms[part].initials):
                    found[place + 1] = (NameWord(word.member, part, common=False),)
    return found


def _no_auxiliary(passage: Passage, place: int) -> bool:
    """Whether "Will B." can be no "will b", as some write for "will be"."""
    return passage.words[place] not in MODALS or passage.gaps[place + 2].startswith(".")


def _last_follows(words: NameWords, member: int) -> bool:
    return any(word.member == member and word.part == "last" for word in words)


def _letter(passage: Passage, place: int, surname: NameWord | None) -> str:
    """The letter that stands alone at a place; an article only before what can be nothing but a surname."""
    if not 0 <= place < len(passage.words) or len(passage.words[place]) != 1:
        return ""
    letter, after = passage.words[place], passage.gaps[place + 1]
    if place > 0 and not (passage.gaps[place][-1:].isspace() or passage.gaps[place] == "-"):
        return ""
    if letter in _NO_INITIALS and after != ". " and (surname is None or surname.common):
        return ""
    return (
        letter if after[:1] in ("", ".", " ", ",", "?", "!") and (surname is None or after in (" ", ". ", ".")) else ""
    )


def _dotted_initials(passage: Passage, cast: Cast) -> Iterator[_Mention]:
    """J.G. for José García."""
    for match in _DOTTED.finditer(passage.text):
        first, last = fold_text(match[1]), fold_text(match[2])
        if first + last in _ABBREVIATIONS or not passage.free(*match.span()):
            continue
        for member, forms in enumerate(cast.names.forms):
            if first in forms["first"].initials and last in forms["last"].initials:
                yield _Mention(*match.span(), member, "first")
                break


def _spans(passage: Passage, cast: Cast, mentions: list[_Mention]) -> list[Span]:
    """One span for each run of words with one placeholder."""
    spans: list[Span] = []
    for mention in mentions:
        placeholder = cast.placeholder(mention.member, mention.part)
        if spans and mention.start < spans[-1][1]:
            continue
        if spans and spans[-1][2] == placeholder and _one_name(passage.folded, spans[-1], mention.start):
            spans[-1] = (spans[-1][0], mention.end, placeholder)
        else:
            spans.append((mention.start, mention.end, placeholder))
    return spans


def _one_name(folded: str, span: Span, start: int) -> bool:
    gap = folded[span[1] : start]
    # The full stop after an initial ends no sentence.
    return _closed_up(gap) or (gap == ". " and (span[1] - span[0] == 1 or folded[span[1] - 2] == " "))


def _closed_up(gap: str) -> bool:
    return 0 < len(gap) <= 3 and gap.strip() in ("", "-", "'")
