"""The items of the files that the app's download buttons and scripts wrote, recognized by their keys.

Only what ties an item to its evaluation is taken from it: the evaluation itself is what the database has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from speechgrade_shared.canonicalize import decoded

from speechgrade_exporter.reasons import Reason

_STUDENT = "s_"


@dataclass(frozen=True, slots=True)
class AppItem:
    """What an item says about which evaluation it came from.

    ``text`` is the transcript, or a prompt that has it somewhere inside; ``sections`` are the scores as they were then.
    """

    text: str
    sections: object
    evaluation: str | None = None
    enrolment: str | None = None


def recognize(raw: object) -> AppItem | Reason:
    """Read an item of ``exported.json`` or a line of ``train.jsonl``; the reason why if it is neither."""
    if not isinstance(raw, Mapping):
        return Reason.IMPORT_UNRECOGNIZED
    refusal = _other_format(raw)
    if refusal is not None:
        return refusal
    if isinstance(raw.get("messages"), list):
        return _conversation(raw["messages"])
    if "scores" in raw and "transcript" in raw:
        return _exported(raw)
    return Reason.IMPORT_UNRECOGNIZED


def _other_format(raw: Mapping[str, Any]) -> Reason | None:
    if _is_behaviour_example(raw):
        return Reason.IMPORT_BEHAVIOUR_EXAMPLE
    if "scores_original" in raw or "scores_final" in raw:
        return Reason.IMPORT_CORRECTIONS
    if "scores_1" in raw or "video_path_1" in raw:
        return Reason.IMPORT_PAIRS
    if "transcript" not in raw and ("video_path" in raw or "image_path" in raw):
        return Reason.IMPORT_VIDEO
    return None


def _is_behaviour_example(raw: Mapping[str, Any]) -> bool:
    named = [*map(str, raw), *(raw.get(key) for key in ("rubric", "video_path", "image_path"))]
    words = " ".join(name for name in named if isinstance(name, str)).casefold()
    return "behavior" in words or "behaviour" in words


def _exported(raw: Mapping[str, Any]) -> AppItem:
    student = raw.get("student_hash")
    enrolment = student.removeprefix(_STUDENT) if isinstance(student, str) else None
    return AppItem(
        _text(raw.get("transcript")), _scores(raw.get("scores")), _id(raw.get("source_evaluation_id")), _id(enrolment)
    )


def _conversation(messages: list[Any]) -> AppItem | Reason:
    said = {str(turn.get("role")): _text(turn.get("content")) for turn in messages if isinstance(turn, Mapping)}
    if not said.get("user"):
        return Reason.IMPORT_UNRECOGNIZED
    return AppItem(said["user"], _scores(said.get("assistant")))


def _scores(raw: object) -> object:
    # The sections, also as text, also inside an object that names them.
    scores = decoded(raw)
    inner = scores.get("sections") if isinstance(scores, Mapping) else None
    return inner if isinstance(inner, Mapping) else scores


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: object) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
