"""What in a text could act as markup of the prompt, or be taken for it, and how it is made harmless.

A transcript stands between ``<transcript>`` and ``</transcript>`` inside a chat template. Tokens of chat templates,
tags and look-alikes of the fence are looked for in the text as it is read (``lookalikes``), and in the text itself only
their brackets become parentheses and their rulers spaces. No word goes, and what stood around a token cannot close up
to form another one, since nothing that is put in is markup.
"""

import re
from collections.abc import Iterator

from speechgrade_shared.lookalikes import Reading, read

FENCE = "transcript"
_LEET = {"a": "a4@", "e": "e3", "i": "i1l!", "l": "l1i", "o": "o0", "s": "s5$", "t": "t7"}
_ROLES = "system|user|assistant|human|tool|instruction|instructions|response"
_NAMES = "inst|sys|system|user|assistant|think|transcript"
_SQUARE_NAMES = f"{_NAMES}|systemprompt|availabletools|toolcall|toolcalls|toolresults|toolcontent"
_ANGLE_NAMES = f"{_NAMES}|bos|eos|pad|unk|toolcall|startofturn|endofturn"
_TRANSLATED = {"<": "(", "[": "(", "{": "(", "\x01": "(", ">": ")", "]": ")", "}": ")", "\x02": ")", "|": " "}


def _spelled(names: str) -> str:
    """A pattern of names whose letters may stand apart and be drawn with digits."""
    spelled = ((f"[{re.escape(_LEET.get(letter, letter))}]" for letter in name) for name in names.split("|"))
    return "|".join(r"[\s_.\-*]{0,2}".join(letters) for letters in spelled)


_RULER = re.compile(
    rf"(?<!\#)\#{{2,}}+[^\S\n]{{0,8}}+(?=(?:{_ROLES})\b)"
    rf"|(?<![-=_*~#+])[-=_*~#+]{{3,}}+(?=[^\S\n]{{0,8}}/?[^\S\n]{{0,8}}(?:begin|start|end)\b[^\n]{{0,20}}\b{FENCE})"
)
_RULER_SIGNS = ("##", FENCE)
_TAG_SIGNS = "<[{>\x01"
_AFTER_ANGLE, _AFTER_SQUARE = r"(?<=[<\x01])[<\x01\s/\\]{0,12}+", r"(?<=[\[{])[\[{\s/\\]{0,12}+"
_ANGLE_END, _SQUARE_END = r"[\s/\\]{0,12}+[>\x02]{1,12}+", r"[\s/\\]{0,12}+[\]}]{1,12}+"
_TAG = re.compile(
    # One class in front of all alternatives, which is looked for at the speed of a search for one character.
    r"[<\x01\[{|](?:"
    r"(?<=<)<{0,12}+[/\\]{0,2}+[^\W\d_][\w:.\-]{0,40}+(?:\s[^<>()\n]{0,80}?=[^<>()\n]{0,80})?\s{0,4}+[/\\]?>{1,12}+"
    # A fence that opens or closes is one even without its end.
    rf"|{_AFTER_ANGLE}(?:{_spelled(FENCE)})(?:{_ANGLE_END})?"
    rf"|{_AFTER_ANGLE}(?:s|{_spelled(_ANGLE_NAMES)}){_ANGLE_END}"
    rf"|{_AFTER_SQUARE}(?:{_spelled(_SQUARE_NAMES)}|control_\d{{1,4}}){_SQUARE_END}"
    r"|(?<=<)\s{0,4}[|!?]"
    r"|(?<=\|)\s{0,4}>)"
)


def markup_spans(text: str) -> list[tuple[int, int]]:
    """Where a text holds markup; each span is a start and an end in ``text``."""
    reading = read(text)
    return [_place(reading, match) for pattern in (_RULER, _TAG) for match in _found(reading, pattern)]


def disarmed(text: str) -> str:
    """The text with every piece of markup made harmless. Disarming twice is disarming once."""
    reading = read(text)
    without_rulers = _rewritten(text, reading, _RULER)
    return _rewritten(without_rulers, reading if without_rulers == text else read(without_rulers), _TAG)


def _rewritten(text: str, reading: Reading, pattern: re.Pattern[str]) -> str:
    parts: list[str] = []
    position = 0
    for match in _found(reading, pattern):
        start, end = _place(reading, match)
        parts += [text[position:start], *_harmless(text, reading, match, is_ruler=pattern is _RULER)]
        position = end
    return "".join([*parts, text[position:]]) if parts else text


def _found(reading: Reading, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    # Most speeches hold nothing that markup begins with, and that is known much sooner than where it is.
    begins = _RULER_SIGNS if pattern is _RULER else _TAG_SIGNS
    return pattern.finditer(reading.text) if any(sign in reading.text for sign in begins) else iter(())


def _place(reading: Reading, match: re.Match[str]) -> tuple[int, int]:
    return reading.starts[match.start()], reading.ends[match.end() - 1]


def _harmless(text: str, reading: Reading, match: re.Match[str], *, is_ruler: bool) -> Iterator[str]:
    written = reading.starts[match.start()]
    for place in range(match.start(), match.end()):
        if reading.ends[place] <= written:
            # One character that reads as several.
            continue
        char, kept = reading.text[place], text[written : reading.ends[place]]
        yield " " if is_ruler else _TRANSLATED.get(char, kept)
        written = reading.ends[place]
