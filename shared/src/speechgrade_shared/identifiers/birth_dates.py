"""The full dates on which people here were born. A famous person's birthday, and a year alone, stay."""

import re

from speechgrade_shared.identifiers.cue_words import listed_cues
from speechgrade_shared.identifiers.passage import HIDDEN, Passage, Span
from speechgrade_shared.identifiers.placeholders import DATE_OF_BIRTH

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_UNIT = "|".join((*listed_cues("digits"), *listed_cues("teens"), "oh"))
_TENS = "|".join(listed_cues("tens"))
_ORDINAL = rf"(?:(?:twenty|thirty)[ -])?(?:{'|'.join(listed_cues('ordinals'))})"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})"
_IN_WORDS = rf"(?:nineteen|twenty|two thousand(?: and)?)(?:[ -](?:{_TENS}|{_UNIT})){{0,2}}"
_YEAR = rf"(?:,? (?:of )?(?:\d{{4}}|{_IN_WORDS}))?"
_DATE = (
    rf"(?:(?:the )?{_MONTH} (?:the )?{_DAY}{_YEAR}|(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2})"
)
_BIRTH = re.compile(
    r"\b(?:(?:i was|i'm|i am|was) born|birthday|birth ?date|date of birth|d\.?o\.?b\.?)"
    r"(?: in(?: [^\W\d_]+){1,3},?)?"
    rf"[\s:,]{{1,3}}(?:(?:is|was|on|in|falls on|it's) ){{0,2}}(?P<date>{_DATE})(?!\w)"
)
_MENTIONS = ("born", "birth", "dob", "d.o.b")


def birth_date_spans(passage: Passage) -> list[Span]:
    """The dates after "I was born", "my birthday is" and the like, in figures or in words."""
    if not any(mention in passage.folded for mention in _MENTIONS):
        return []
    found = _BIRTH.finditer(passage.folded)
    return [(*match.span("date"), DATE_OF_BIRTH) for match in found if _of_someone_here(match, passage)]


def _of_someone_here(match: re.Match[str], passage: Passage) -> bool:
    # "X was born" tells of somebody here only where X was taken out as a name.
    return not match.group().startswith("was born") or passage.folded[: match.start()].endswith(f"{HIDDEN} ")
