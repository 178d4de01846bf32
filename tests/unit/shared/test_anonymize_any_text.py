"""Whatever the text: no error, no roster name left, nothing changed by a second look, and no network."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechgrade_shared.anonymize import Anonymizer
from speechgrade_shared.identifiers.folding import fold_text, visible_text
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.roster import Person, Roster

ROSTER = Roster(
    people=(
        Person("speaker", "José", "García-López", "jgarcia@uni.example", "u123456"),
        Person("peer", "Will", "Okafor", "will@uni.example", "4711023"),
        Person("peer", "Maya", "van der Berg", "maya.vdb@uni.example"),
        Person("peer", "Xiaoming (Ming)", "O'Brien"),
        Person("peer", "小明", "王"),
        Person("peer", "Grace", "May"),
        Person("instructor", "Ann", "Baker", "abaker@uni.example"),
        Person("instructor", "Đorđe", "Groß"),
    ),
    courses=("SPCH-101", "Public Speaking"),
    institutions=("Northfield College",),
)
PIECES = st.sampled_from(
    [
        *[
            "will",
            "may",
            "grace",
            "maya",
            "okafor",
            "jose",
            "garcia",
            "lopez",
            "van",
            "der",
            "berg",
            "xiaoming",
            "ming",
            "o'brien",
            "baker",
            "gross",
            "dorde",
            "will's",
        ],
        *[
            "and",
            "or",
            "said",
            "is",
            "was",
            "at",
            "dot",
            "com",
            "gmail",
            "five",
            "oh",
            "one",
            "born",
            "on",
            "street",
            "12",
            "@",
            ".",
            ",",
            "'s",
            "the",
            "my",
            "name",
            "thanks",
            "555",
            "i'm",
            "j",
        ],
        "J.",
        "José",
        "GARCÍA",
        "小明",
        "王小明说",
        "https://",
        "www.",
        "a@b.co",
        "[PEER_NAME]",
        "[EMAIL]",
        "\n",
        " ",
        "\u200b",
        "e\u0301",
    ]
)
SPOKEN = st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=12).map("".join)
CERTAIN = (
    "José",
    "garcía",
    "LOPEZ",
    "Okafor",
    "Maya",
    "Berg",
    "Xiaoming",
    "Ming",
    "O'Brien",
    "Đorđe",
    "王小明",
    "Will Okafor",
    "grace may",
    "jgarcia@uni.example",
)


@given(st.text() | SPOKEN, st.sampled_from(CERTAIN), st.text() | SPOKEN)
@settings(max_examples=300)
def test_no_roster_name_survives_between_any_words(before: str, name: str, after: str) -> None:
    text = Anonymizer(ROSTER).redact(f"{before} {name} {after}").text
    assert "name" not in leaks(text, ROSTER)


@given(st.text() | SPOKEN)
@settings(max_examples=500)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = Anonymizer(ROSTER).redact(text).text
    assert Anonymizer(ROSTER).redact(once).text == once


@given(st.text() | SPOKEN)
def test_the_scan_reads_any_text(text: str) -> None:
    assert set(leaks(text, ROSTER)) <= {"name", "email", "number", "web"}


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold_text(text)) == len(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_visible_stays_so(text: str) -> None:
    assert visible_text(visible_text(text)) == visible_text(text)


@given(
    st.lists(
        st.builds(
            Person,
            st.sampled_from(["speaker", "peer", "instructor", "other"]),
            st.text(),
            st.text(),
            st.text(),
            st.text(),
        ),
        max_size=4,
    ),
    st.text() | SPOKEN,
)
def test_any_roster_can_be_used(people: list[Person], text: str) -> None:
    roster = Roster(tuple(people), ("", "-", "A 1"), ("", "The", "University"))
    leaks(Anonymizer(roster).redact(text).text, roster)


@pytest.mark.parametrize(
    "unit",
    [
        "a.",
        "a@",
        "1 ",
        "1-",
        "five ",
        "Will ",
        "jose ",
        "garcia-",
        "12 x street ",
        "dot com ",
        "at ",
        "x at y dot com ",
        "a.b/",
        "[",
        "é\u0301",
        "王小明",
        "www.",
        "::",
        "born on may 1 ",
    ],
)
def test_a_quarter_of_a_megabyte_of_anything_comes_to_an_end(unit: str) -> None:
    text = unit * (250_000 // len(unit))
    assert len(Anonymizer(ROSTER).redact(text).text) > 0
    leaks(text, ROSTER)


@pytest.mark.usefixtures("no_network")
def test_no_socket_is_opened() -> None:
    said = "a@new.example, b@gmail.com, https://new.example/x, new.org, +1 212 555 0199, 10.0.0.12, 4111 1111 1111 1111"
    assert Anonymizer(ROSTER).redact(said).text == "[EMAIL], [EMAIL], [URL], [URL], [PHONE], [ID], [ID]"
