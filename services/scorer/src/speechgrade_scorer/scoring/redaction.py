"""A transcript without the people in it, or none at all."""

from speechgrade_shared.anonymize import Anonymizer, NameFinder
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.roster import Roster

from speechgrade_scorer.errors import LeakFound


def redacted(transcript: str, roster: Roster, finder: NameFinder | None) -> str:
    """The transcript with placeholders instead of names and numbers.

    Raises:
        LeakFound: the independent scan still sees something; the code says which kind.
    """
    text = Anonymizer(roster, finder).redact(transcript).text
    found = leaks(text, roster)
    if found:
        raise LeakFound("The transcript could not be anonymized with certainty.", code=f"leak_{found[0]}")
    return text
