"""How much of what was planted in realistic speeches is found, and how many other words are lost with it."""

import re
import unicodedata
from collections import Counter

import pytest
from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.identifiers.placeholders import PLACEHOLDER
from speechgrade_shared.leak_scan import leaks

from .speech_corpus import Plant, PlantedSpeech, planted_speeches

SPEECHES, SEED = 120, 2026
ROSTER_NAMES = {
    "speaker",
    "full name",
    "first name",
    "possessive",
    "instructor",
    "everyday name",
    "initial and last name",
    "nickname",
    "institution",
    "course",
}
PATTERNED = {
    "written e-mail",
    "spoken e-mail",
    "written phone",
    "spoken phone",
    "written web address",
    "written handle",
    "student id",
    "address",
    "birth date",
}
Range = tuple[int, int, str]


class Tally:
    """Planted, found and wrongly taken, by kind."""

    def __init__(self) -> None:
        self.planted, self.found, self.false = Counter[str](), Counter[str](), Counter[str]()
        self.words = self.quarantined = 0
        self.missed: list[str] = []

    def add(self, speech: PlantedSpeech) -> None:
        redacted = Anonymizer(speech.roster).redact(speech.text).text
        taken = taken_ranges(speech.text, redacted)
        self.quarantined += bool(leaks(redacted, speech.roster))
        self.words += len(speech.text.split())
        for plant in speech.plants:
            self.planted[plant.kind] += 1
            if covered(speech.text, plant, taken):
                self.found[plant.kind] += 1
            else:
                self.missed.append(f"{plant.kind}: {speech.text[max(0, plant.start - 40) : plant.end + 25]!r}")
        for start, end, placeholder in taken:
            words = [
                match
                for match in re.finditer(r"\w+", speech.text[start:end])
                if not planted_at(speech.plants, start + match.start())
            ]
            if words:
                self.false[re.sub(r"_\d+", "", placeholder)] += len(words)
                self.missed.append(f"FALSE {placeholder}: {speech.text[max(0, start - 30) : end + 20]!r}")

    def recall(self, kinds: set[str]) -> float:
        return sum(self.found[kind] for kind in kinds) / sum(self.planted[kind] for kind in kinds)

    def false_per_thousand(self) -> float:
        return 1000 * sum(self.false.values()) / self.words

    def table(self) -> str:
        lines = [f"{'kind':<24}{'planted':>8}{'found':>7}{'recall':>9}"]
        lines += [
            f"{kind:<24}{count:>8}{self.found[kind]:>7}{self.found[kind] / count:>9.1%}"
            for kind, count in sorted(self.planted.items())
        ]
        lines += [f"{'taken by mistake':<24}{'words':>8}{'':>7}{'per 1,000':>9}"]
        lines += [
            f"{kind:<24}{count:>8}{'':>7}{1000 * count / self.words:>9.3f}"
            for kind, count in sorted(self.false.items())
        ]
        lines += [
            f"all: {sum(self.planted.values())} planted in {self.words} words of {SPEECHES} speeches; {self.false_per_thousand():.3f} words per 1,000 taken by mistake; {self.quarantined} quarantined"
        ]
        return "\n".join(lines)


def taken_ranges(original: str, redacted: str) -> list[Range]:
    """What each placeholder stands for in the original."""
    kept = PLACEHOLDER.split(redacted)
    match = re.fullmatch("(.+?)".join(map(re.escape, kept)), original, re.DOTALL)
    assert match is not None
    placeholders = PLACEHOLDER.findall(redacted)
    return [(*match.span(number), placeholder) for number, placeholder in enumerate(placeholders, start=1)]


def covered(text: str, plant: Plant, taken: list[Range]) -> bool:
    inside = [at for at in range(plant.start, plant.end) if text[at].isalnum()]
    return all(any(start <= at < end for start, end, _ in taken) for at in inside)


def planted_at(plants: tuple[Plant, ...], at: int) -> bool:
    return any(plant.start <= at < plant.end for plant in plants)


@pytest.fixture(scope="module")
def tally() -> Tally:
    tally = Tally()
    for speech in planted_speeches(SPEECHES, SEED):
        assert unicodedata.is_normalized("NFC", speech.text)
        tally.add(speech)
    print(f"\n{tally.table()}")  # noqa: T201 - the figures are what this test is read for
    return tally


def test_the_corpus_is_large_enough_to_mean_something(tally: Tally) -> None:
    assert sum(tally.planted.values()) >= 400
    assert all(tally.planted[kind] >= 10 for kind in ROSTER_NAMES | PATTERNED)


def test_no_roster_name_stays(tally: Tally) -> None:
    assert tally.recall(ROSTER_NAMES) == 1.0, tally.missed


def test_patterned_identifiers_go(tally: Tally) -> None:
    assert tally.recall(PATTERNED) >= 0.99, tally.missed


def test_most_misspelt_names_go(tally: Tally) -> None:
    assert tally.recall({"misspelt name"}) >= 0.9, tally.missed


def test_other_words_stay(tally: Tally) -> None:
    assert tally.false_per_thousand() < 1, tally.missed


def test_hardly_any_speech_is_quarantined(tally: Tally) -> None:
    assert tally.quarantined <= SPEECHES / 50
