"""How fast the anonymizer reads, in this process, on the speeches of the bench."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.roster import Person, Roster

from speechgrade_local.bench_exporter.school import PER_COURSE, Gradebook, enrolments
from speechgrade_local.demo.gradebook import Enrolment

_ROSTER = 30
_WORDS = 120_000


@dataclass(frozen=True, slots=True)
class AnonymizerSpeed:
    """``words_per_second`` is redaction and leak scan; ``prepare_seconds`` is once per roster."""

    words_per_second: float
    redacting_share: float
    prepare_seconds: float
    leaking_share: float


def anonymizer_speed(gradebook: Gradebook) -> AnonymizerSpeed:
    """Redact and scan speeches until there were enough words."""
    roster = _roster(enrolments(2 * PER_COURSE))
    began = time.perf_counter()
    anonymizer = Anonymizer(roster)
    prepared = time.perf_counter() - began
    texts = _transcripts(gradebook)
    anonymizer.redact(texts[0])
    began = time.perf_counter()
    redacted = [anonymizer.redact(text).text for text in texts]
    between = time.perf_counter()
    leaking = sum(bool(leaks(text, roster)) for text in redacted)
    seconds = time.perf_counter() - began
    words = sum(len(text.split()) for text in texts)
    return AnonymizerSpeed(words / seconds, (between - began) / seconds, prepared, leaking / len(texts))


def _transcripts(gradebook: Gradebook) -> list[str]:
    texts: list[str] = []
    words = number = 0
    while words < _WORDS:
        text = gradebook.evaluation(number).row.transcript or ""
        texts += [text] if text else []
        words += len(text.split())
        number += 1
    return texts


def _roster(enrolled: Sequence[Enrolment]) -> Roster:
    people = [Person("peer", e.first_name, e.last_name, e.email) for e in enrolled[: _ROSTER - 1]]
    first, _, last = enrolled[0].instructor_name.removeprefix("Dr. ").partition(" ")
    people.append(Person("instructor", first, last))
    return Roster(tuple(people), (enrolled[0].course_code, enrolled[0].course_name), ("Northfield College",))
