"""The words that stand in for what was taken out: readable, and the same for the same person all through a speech."""

import re

EMAIL, PHONE, ID, URL, HANDLE = "[EMAIL]", "[PHONE]", "[ID]", "[URL]", "[HANDLE]"
ADDRESS, DATE_OF_BIRTH = "[ADDRESS]", "[DATE_OF_BIRTH]"
COURSE, INSTITUTION = "[COURSE]", "[INSTITUTION]"
STUDENT_FIRST_NAME, STUDENT_LAST_NAME = "[STUDENT_FIRST_NAME]", "[STUDENT_LAST_NAME]"
INSTRUCTOR_NAME, PEER_NAME, PERSON_NAME = "[INSTRUCTOR_NAME]", "[PEER_NAME]", "[PERSON_NAME]"
PLACEHOLDER = re.compile(
    r"\[(?:EMAIL|PHONE|ID|URL|HANDLE|ADDRESS|DATE_OF_BIRTH|COURSE|INSTITUTION|STUDENT_FIRST_NAME|STUDENT_LAST_NAME"
    r"|(?:INSTRUCTOR|PEER|PERSON)_NAME(?:_[1-9]\d{0,3})?)\]"
)


class Numbering:
    """Tells people of one kind apart: the first is ``[PEER_NAME]``, the second ``[PEER_NAME_2]``, and so on."""

    def __init__(self) -> None:
        self._given: dict[str, dict[object, str]] = {}

    def of(self, placeholder: str, who: object) -> str:
        """The placeholder of ``who``, given when they are first spoken of."""
        given = self._given.setdefault(placeholder, {})
        number = len(given) + 1
        return given.setdefault(who, placeholder if number == 1 else f"{placeholder[:-1]}_{number}]")
