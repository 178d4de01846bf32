"""Who gives a speech, and the personal facts that may be heard in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speaker:
    """A student in a course. A speech may name any of this, as real speeches do; the anonymizer has to find it."""

    first_name: str
    last_name: str
    email: str
    phone: str
    classmate: str
    instructor: str
    course: str
    institution: str


ANONYMOUS = Speaker(
    first_name="[STUDENT_FIRST_NAME]",
    last_name="[STUDENT_LAST_NAME]",
    email="[EMAIL]",
    phone="[PHONE]",
    classmate="[STUDENT_FIRST_NAME]",
    instructor="[INSTRUCTOR_NAME]",
    course="[COURSE]",
    institution="[INSTITUTION]",
)
"""A speaker of whom only placeholders are left: speeches as they are after export."""
