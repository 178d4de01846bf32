"""A language model may look for names beside the roster: chosen by configuration, installed by the operator."""

import pytest
import spacy
from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.errors import NameModelMissing, Retry
from speechgrade_shared.identifiers.spacy_names import SpacyNames, load_name_finder
from speechgrade_shared.roster import Person, Roster

ROSTER = Roster((Person("peer", "Maya", "Okafor"),))
PATTERNS = [
    {"label": "PERSON", "pattern": "Zoltan Petrov"},
    {"label": "PERSON", "pattern": "Maya"},
    {"label": "PERSON", "pattern": "Imre"},
    {"label": "GPE", "pattern": "Ohio"},
]


def tiny_finder() -> SpacyNames:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns(PATTERNS)  # type: ignore[attr-defined]
    return SpacyNames(pipeline)


def test_people_outside_the_roster_are_taken_out_and_told_apart() -> None:
    said = "Maya met Zoltan Petrov and Imre in Ohio, and Zoltan Petrov laughed."
    kept = "[PEER_NAME] met [PERSON_NAME] and [PERSON_NAME_2] in Ohio, and [PERSON_NAME] laughed."
    assert Anonymizer(ROSTER, tiny_finder()).redact(said).text == kept


def test_without_a_model_they_stay() -> None:
    assert Anonymizer(ROSTER).redact("I met Zoltan Petrov.").text == "I met Zoltan Petrov."


def test_a_long_text_is_read_in_parts() -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns(PATTERNS)  # type: ignore[attr-defined]
    pipeline.max_length = 10
    assert list(SpacyNames(pipeline).find("0123456789Imre said")) == [(10, 14)]


def test_a_model_from_a_folder_is_loaded_once(tmp_path) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns(PATTERNS)  # type: ignore[attr-defined]
    pipeline.to_disk(tmp_path)
    finder = load_name_finder(str(tmp_path))
    assert list(finder.find("I met Imre.")) == [(6, 10)]
    assert load_name_finder(str(tmp_path)) is finder


def test_a_model_that_is_not_installed_is_named_and_nothing_is_downloaded() -> None:
    with pytest.raises(NameModelMissing, match="xx_no_such_model") as raised:
        load_name_finder("xx_no_such_model")
    assert (raised.value.code, raised.value.retry) == ("name_model_missing", Retry.OPERATOR)
