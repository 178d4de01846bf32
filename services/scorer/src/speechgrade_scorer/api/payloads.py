"""What travels over HTTP: the request for a score, the answer in the app's shape, and the states of the service."""

import json
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict, JsonValue

_NULL: JsonDict = {"type": "null"}
_ONE_OF_TWO: list[JsonValue] = [
    {
        "required": ["evaluation_id"],
        "properties": {"evaluation_id": {"type": "string"}, "transcript": _NULL, "rubric": _NULL},
    },
    {
        "required": ["transcript", "rubric"],
        "properties": {"evaluation_id": _NULL, "transcript": {"type": "string"}, "rubric": {"type": "object"}},
    },
]
_COURSE_OR_LIST: list[JsonValue] = [
    {"required": ["course_id"], "properties": {"course_id": {"type": "string"}, "evaluation_ids": _NULL}},
    {"required": ["evaluation_ids"], "properties": {"course_id": _NULL, "evaluation_ids": {"type": "array"}}},
]


class ScoreRequest(BaseModel):
    """Either an evaluation of the project, or a transcript with the rubric to judge it by."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"oneOf": _ONE_OF_TWO})

    evaluation_id: UUID | None = None
    transcript: str | None = Field(default=None, description="the speech in words; it is anonymized before use")
    rubric: dict[str, Any] | None = Field(default=None, description="a rubric in any of the app's shapes")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        by_id = self.evaluation_id is not None
        given = (self.transcript is not None, self.rubric is not None)
        if by_id == any(given) or any(given) != all(given):
            raise ValueError("give either evaluation_id, or transcript and rubric")
        return self

    @model_validator(mode="after")
    def _storable(self) -> Self:
        # Lone surrogates cannot be sent on, and a null character cannot be stored.
        try:
            text = json.dumps([self.transcript, self.rubric], ensure_ascii=False)
            text.encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise ValueError("the text is not valid Unicode") from error
        if "\\u0000" in text:
            raise ValueError("the text holds a null character")
        return self


NotScoredReason = Literal["needs_video", "needs_audio"]


class AppSubcategory(BaseModel):
    """A criterion as the app shows it. One that a transcript cannot show has no points, never zero, and a reason."""

    name: str
    points: int | float | None
    max_points: int | float = Field(alias="maxPoints")
    grade: str
    grade_label: str = Field(alias="gradeLabel")
    not_scored: NotScoredReason | None = Field(default=None, alias="notScored")


class AppSection(BaseModel):
    """A category as the app shows it; the sum and the letters are computed, never a model's.

    Sum and maximum count what was scored; a category of which nothing was is null out of 0, with the reason.
    """

    score: int | float | None
    max_score: int | float = Field(alias="maxScore")
    feedback: str
    subcategories: list[AppSubcategory]
    not_scored: NotScoredReason | None = Field(default=None, alias="notScored")


class AppNotScored(BaseModel):
    """A criterion that a transcript cannot show; in a category without criteria it has the category's name."""

    category: str
    criterion: str
    reason: NotScoredReason


class AdapterName(BaseModel):
    """Which adapter answered."""

    name: str
    digest: str


class ReviewDoubt(BaseModel):
    """Why a person should look at the score, and at which criterion; it never changes the score."""

    code: str
    category: str | None = None
    criterion: str | None = None
    detail: str | None = None


class Review(BaseModel):
    """Whether a person should look at the score before it counts."""

    needed: bool
    reasons: list[ReviewDoubt]


class ScoreAnswer(BaseModel):
    """A score as it is kept. ``sections`` and what follows it is the app's own shape."""

    model_config = ConfigDict(protected_namespaces=())

    score_id: UUID
    evaluation_id: UUID | None
    requested_by: str
    status: Literal["ok", "fallback"]
    model_used: str
    prompt_version: str
    adapter: AdapterName | None
    is_challenger: bool
    attempts: int
    uncertainty: dict[str, Any] | None = Field(description="expected points and an interval per criterion")
    review: Review
    sections: dict[str, AppSection]
    overall_comments: str = Field(alias="overallComments")
    total_score: int | float = Field(alias="totalScore")
    max_score: int | float = Field(alias="maxScore")
    percentage: str
    letter_grade: str = Field(alias="letterGrade")
    not_scored: list[AppNotScored] = Field(alias="notScored")


class ScorePending(BaseModel):
    """A score that is kept for working on and has not ended: ask for it again."""

    score_id: UUID
    evaluation_id: UUID | None
    requested_by: str
    status: Literal["queued", "running"]


class BatchRequest(BaseModel):
    """Either a course, of which everything with a transcript is scored, or the evaluations by their ids."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"oneOf": _COURSE_OR_LIST})

    course_id: UUID | None = None
    evaluation_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.course_id is None) == (self.evaluation_ids is None):
            raise ValueError("give either course_id or evaluation_ids")
        return self


class BatchScore(BaseModel):
    """One score of a batch; ``reason`` says why there is none."""

    score_id: UUID
    evaluation_id: UUID
    status: Literal["queued", "running", "ok", "fallback", "unscored", "cancelled"]
    reason: str | None


class BatchProgress(BaseModel):
    """How far a batch is; done when nothing is queued or running any more."""

    batch_id: UUID
    course_id: UUID | None
    requested_by: str
    total: int
    queued: int
    running: int
    scored: int
    unscored: int
    cancelled: int
    is_done: bool
    is_cancelled: bool
    scores: list[BatchScore]


class EvaluateRequest(BaseModel):
    """What the app's former text server was asked. ``video_notes`` is taken and not used: no model of ours saw any."""

    transcript: str
    rubric_name: str = ""
    rubric: dict[str, Any]
    video_notes: str = ""


class EvaluateAnswer(ScoreAnswer):
    """What the app's former text server answered, and what is known beyond it. ``transcript`` was always empty."""

    transcript: str = ""


class FormerHealth(BaseModel):
    """The former server's health: ``ok`` only when a score can be given."""

    model_config = ConfigDict(protected_namespaces=())

    status: Literal["ok", "model_not_loaded"]
    model_loaded: bool
    model: str


class ServedModel(BaseModel):
    """An alias, the adapter behind it, and whether it may answer."""

    scope_kind: str
    scope_id: str
    alias: str
    name: str
    digest: str
    status: str
    loaded: bool
    refused: str | None
    percent: int
    is_shadow: bool


class ServedModels(BaseModel):
    """What this scorer answers with."""

    base_model: str
    base_revision: str
    engine: str
    prompt_version: str
    models: list[ServedModel]


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class ServingGap(BaseModel):
    """An alias that cannot answer as it should, and the code of what is missing."""

    scope: str
    alias: str
    adapter: str
    code: str


class Readiness(BaseModel):
    """Whether scores can be given now; ``reasons`` are codes.

    ``gaps`` are what single scopes lack: others, or a wider scope in their place, are answered all the same.
    """

    status: Literal["ok", "not_ready"]
    reasons: list[str]
    gaps: list[ServingGap] = []


class Version(BaseModel):
    """What runs here."""

    version: str
    prompt_version: str
    anonymizer_version: str
