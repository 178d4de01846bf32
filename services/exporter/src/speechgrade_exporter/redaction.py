"""Takes out of the texts of one evaluation what names anybody, and says what is still there afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from speechgrade_shared.anonymize import Anonymizer, NameFinder
from speechgrade_shared.answer import MAX_COMMENTS, MAX_FEEDBACK
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.prompt import defang, render_rubric
from speechgrade_shared.roster import Roster
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech

from speechgrade_exporter.lines import Example
from speechgrade_exporter.stored_data import storable


class Redactor:
    """Redacts the texts of one evaluation, and takes out what could act as markup."""

    def __init__(self, roster: Roster, finder: NameFinder | None = None) -> None:
        self._anonymizer = Anonymizer(roster, finder)

    def text(self, raw: str) -> str:
        # Most comments are empty, and nothing is in them.
        if not raw:
            return raw
        # Invisible characters go first: they could hide a name from the anonymizer and be gone when it is read.
        return self._anonymizer.redact(defang(storable(raw))).text

    def scores(self, scored: ScoredSpeech) -> ScoredSpeech:
        sections = tuple(
            replace(section, feedback=shortened(self.text(section.feedback), MAX_FEEDBACK))
            for section in scored.sections
        )
        return ScoredSpeech(sections, shortened(self.text(scored.overall_comments), MAX_COMMENTS))


def shortened(text: str, longest: int) -> str:
    """A comment cut after a whole sentence, or else a whole word: no answer may be longer, so no target may."""
    if len(text) <= longest:
        return text
    head = text[: longest + 1]
    end = max(head.rfind(mark) + 1 for mark in (". ", "! ", "? ", ".\n")) or head.rfind(" ")
    return head[: end if end > 0 else longest].strip()


def leak_code(example: Example, markers: Iterable[Mapping[str, Any]], roster: Roster) -> str | None:
    """The code of what still identifies somebody in an anonymized example, or None if nothing does."""
    texts = [example.transcript, example.scored.overall_comments]
    texts += [section.feedback for section in example.scored.sections]
    texts += [str(value) for marker in markers for value in marker.values()]
    found = leaks("\n".join(texts), roster) or _rubric_leak(example.rubric, roster)
    return f"leak_{found[0]}" if found else None


def _rubric_leak(rubric: Rubric, roster: Roster) -> tuple[str, ...]:
    # Students are not looked for: one called Field or Hook would take the whole course's rubric out.
    staff = Roster(tuple(person for person in roster.people if person.role == "instructor"))
    return tuple(kind for kind in leaks(render_rubric(rubric), staff) if kind != "number")
