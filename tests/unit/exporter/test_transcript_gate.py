"""What stands in the transcript column, and whether it is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.transcript_gate import TranscriptLimits, transcript_reason

LIMITS = TranscriptLimits()


def reason(transcript: object, provider: str = "", speech_time: object = None) -> str | None:
    return transcript_reason(transcript, provider=provider, speech_time=speech_time, limits=LIMITS)


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        (None, "transcript_missing"),
        ("  \n", "transcript_missing"),
        (["a"], "transcript_missing"),
        ("[Demo Mode - no video was analyzed]\nwith more lines", "transcript_placeholder"),
        (" N/A ", "transcript_placeholder"),
        ("(none)", "transcript_placeholder"),
        ("No transcript available.", "transcript_placeholder"),
        ("The student spoke about bees and did well.", "transcript_summary"),
        ("word " * 7000, "transcript_too_long"),
        ("x" * 200_000, "transcript_too_long"),
        ("word " * 200, None),
    ],
)
def test_each_kind_of_text_has_its_reason(transcript: object, expected: str | None) -> None:
    assert reason(transcript) == expected


@pytest.mark.parametrize("provider", ["gemini", "gpt4o", "claude"])
def test_providers_that_summarize_never_give_a_transcript(provider: str) -> None:
    assert reason("word " * 200, provider) == "transcript_summary"


@pytest.mark.parametrize(
    ("speech_time", "expected"),
    [
        ("2:00", None),
        ("1:02:00", "transcript_implausible"),
        ("0:10", "transcript_implausible"),
        ("30:00", "transcript_implausible"),
        ("about two minutes", None),
        ("0:00", None),
        (120, None),
    ],
)
def test_words_are_held_against_the_length_of_the_speech(speech_time: object, expected: str | None) -> None:
    assert reason("word " * 240, speech_time=speech_time) == expected


@given(st.text(), st.text())
def test_any_text_is_judged(transcript: str, speech_time: str) -> None:
    assert reason(transcript, speech_time=speech_time) is None or transcript is not None
