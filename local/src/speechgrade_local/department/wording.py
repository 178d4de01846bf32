"""The words by which behaviours are heard. No other sentence of a speech contains one of them.

Each is one token in the transcript and in the notes, always in lower case: what so small a model can find again.
"""

from collections.abc import Mapping

from speechgrade_local.department.speaker import Speaker

SIGNPOSTS = {"begin": "to begin", "second": "as a second point", "next": "as the next point", "finally": "and finally"}
SOURCES = {
    "survey": ("campus survey", "city survey"),
    "report": ("county report", "health report"),
    "census": ("state census", "school census"),
    "journal": ("science journal", "medical journal"),
}
QUESTIONS = {
    "have": ("tell me, have you ever thought about {}", "now have you talked about {} at home"),
    "who": ("so who here cares about {}", "now who lives without {}"),
    "can": ("tell me, can you picture life without {}", "so can we do better with {}"),
    "why": ("but why do we forget {}", "so why is {} so easy to ignore"),
}
CLOSINGS = {
    "conclusion": ("in conclusion, {} matters to all of us", "my conclusion is that {} deserves our care"),
    "remember": ("so remember my words about {}", "always remember {}"),
    "please": ("so please give {} a chance", "now please tell a friend about {}"),
    "thank": ("and thank you for listening", "so thank you all"),
}
FILLERS = ("and um, ", "so like, ", "oh well, ", "now okay, ")
"""Heard, but not graded."""

UNITS = ("dollars", "minutes", "percent", "miles")
"""What the numbers in concrete examples measure."""

CHECKLIST: Mapping[str, tuple[str, ...]] = {
    "Signposts": tuple(SIGNPOSTS),
    "Sources": tuple(SOURCES),
    "Questions": tuple(QUESTIONS),
    "Examples": UNITS,
    "Closing": tuple(CLOSINGS),
}
"""Behaviour → the words that instructors listen for, in the order in which they tick them off.

The criteria of the rubrics bear these names.
"""


def greetings(speaker: Speaker) -> tuple[str, ...]:
    """Ways in which a student opens a speech with their name."""
    full = f"{speaker.first_name} {speaker.last_name}"
    return (
        f"hi, I am {speaker.first_name}",
        f"hello, my name is {full}",
        f"good morning, this is {speaker.first_name}",
    )


def courtesies(speaker: Speaker) -> tuple[str, ...]:
    """Sentences in which a student says something personal about themselves and where they are."""
    return (
        f"I study here at {speaker.institution}",
        f"this is my talk for {speaker.course}",
        f"my friend {speaker.classmate} helped me prepare",
        f"{speaker.instructor} asked us to pick a topic",
        f"write to me at {speaker.email}",
        f"my number is {speaker.phone}",
    )
