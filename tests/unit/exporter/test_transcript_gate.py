"""What stands in the transcript column, and whether it is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.transcript_gate import TranscriptLimits, transcript_reason

LIMITS = TranscriptLimits()
SUMMARY = (
    "In this video, the student delivers an informative speech about bees and their part in farming. She names three"
    " sources and speaks clearly, although the ending is short. Her eye contact improves towards the end."
)


def reason(transcript: object, provider: str = "", speech_time: object = None) -> str | None:
    return transcript_reason(transcript, provider=provider, speech_time=speech_time, limits=LIMITS)


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        (None, "transcript_missing"),
        ("  \n", "transcript_missing"),
        (["a"], "transcript_missing"),
        ("[Demo Mode - no video was analyzed]\nwith more lines", "transcript_demo"),
        ("[demo mode] " + "word " * 400, "transcript_demo"),
        ("[BLANK_AUDIO]", "transcript_placeholder"),
        ("Transcript not available for this video.", "transcript_placeholder"),
        (" N/A ", "transcript_placeholder"),
        ("(none)", "transcript_placeholder"),
        ("No transcript available.", "transcript_placeholder"),
        ("The student spoke about bees and did well.", "transcript_summary"),
        (SUMMARY, "transcript_summary"),
        ("Note: only one frame of the video was seen, so no speech could be judged. " * 2, "transcript_note"),
        ("I am unable to transcribe the audio of this recording. " * 4, "transcript_note"),
        (SUMMARY + " word" * 200, None),
        ("Today I say a few words.", "transcript_too_short"),
        ("word " * 7000, "transcript_too_long"),
        ("x" * 200_000, "transcript_too_long"),
        ("word " * 200, None),
    ],
)
def test_each_kind_of_text_has_its_reason(transcript: object, expected: str | None) -> None:
    assert reason(transcript) == expected


@pytest.mark.parametrize(
    ("provider", "expected"),
    [("gemini", "transcript_summary"), ("gpt4o", "transcript_note"), ("claude", "transcript_unverified")],
)
def test_providers_that_did_not_hear_the_speech_never_give_a_transcript(provider: str, expected: str) -> None:
    assert reason("word " * 200, provider) == expected


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
