from __future__ import annotations

import datetime
import uuid
from typing import (
    Annotated,
    Any,
    List,
    Literal,
    Optional,
    TypedDict,
)
from typing_extensions import NotRequired, TypeAlias

from pydantic import BaseModel, Field, JsonValue



class LlmAdapters(BaseModel):
    base_model: str = Field(alias="base_model")
    base_revision: str = Field(alias="base_revision")
    created_at: datetime.datetime = Field(alias="created_at")
    dataset_id: uuid.UUID = Field(alias="dataset_id")
    digest: str = Field(alias="digest")
    files: JsonValue = Field(alias="files")
    gate: Optional[JsonValue] = Field(alias="gate")
    lora_rank: int = Field(alias="lora_rank")
    metrics: JsonValue = Field(alias="metrics")
    name: str = Field(alias="name")
    object_prefix: str = Field(alias="object_prefix")
    purged_at: Optional[datetime.datetime] = Field(alias="purged_at")
    renderer_version: str = Field(alias="renderer_version")
    run_id: uuid.UUID = Field(alias="run_id")
    status: str = Field(alias="status")
    taint_reason: Optional[str] = Field(alias="taint_reason")
    tainted_at: Optional[datetime.datetime] = Field(alias="tainted_at")

class LlmAdaptersInsert(TypedDict):
    base_model: Annotated[str, Field(alias="base_model")]
    base_revision: Annotated[str, Field(alias="base_revision")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    dataset_id: Annotated[uuid.UUID, Field(alias="dataset_id")]
    digest: Annotated[str, Field(alias="digest")]
    files: Annotated[JsonValue, Field(alias="files")]
    gate: NotRequired[Annotated[Optional[JsonValue], Field(alias="gate")]]
    lora_rank: Annotated[int, Field(alias="lora_rank")]
    metrics: Annotated[JsonValue, Field(alias="metrics")]
    name: Annotated[str, Field(alias="name")]
    object_prefix: Annotated[str, Field(alias="object_prefix")]
    purged_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="purged_at")]]
    renderer_version: Annotated[str, Field(alias="renderer_version")]
    run_id: Annotated[uuid.UUID, Field(alias="run_id")]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    taint_reason: NotRequired[Annotated[Optional[str], Field(alias="taint_reason")]]
    tainted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="tainted_at")]]

class LlmAdaptersUpdate(TypedDict):
    base_model: NotRequired[Annotated[str, Field(alias="base_model")]]
    base_revision: NotRequired[Annotated[str, Field(alias="base_revision")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    dataset_id: NotRequired[Annotated[uuid.UUID, Field(alias="dataset_id")]]
    digest: NotRequired[Annotated[str, Field(alias="digest")]]
    files: NotRequired[Annotated[JsonValue, Field(alias="files")]]
    gate: NotRequired[Annotated[Optional[JsonValue], Field(alias="gate")]]
    lora_rank: NotRequired[Annotated[int, Field(alias="lora_rank")]]
    metrics: NotRequired[Annotated[JsonValue, Field(alias="metrics")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    object_prefix: NotRequired[Annotated[str, Field(alias="object_prefix")]]
    purged_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="purged_at")]]
    renderer_version: NotRequired[Annotated[str, Field(alias="renderer_version")]]
    run_id: NotRequired[Annotated[uuid.UUID, Field(alias="run_id")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    taint_reason: NotRequired[Annotated[Optional[str], Field(alias="taint_reason")]]
    tainted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="tainted_at")]]

class LlmAliasHistory(BaseModel):
    actor: str = Field(alias="actor")
    adapter_digest: Optional[str] = Field(alias="adapter_digest")
    alias: str = Field(alias="alias")
    at: datetime.datetime = Field(alias="at")
    follows: Optional[int] = Field(alias="follows")
    id: int = Field(alias="id")
    is_forced: bool = Field(alias="is_forced")
    move: str = Field(alias="move")
    reason: str = Field(alias="reason")
    request: uuid.UUID = Field(alias="request")
    scope_id: str = Field(alias="scope_id")
    scope_kind: str = Field(alias="scope_kind")

class LlmAliasHistoryInsert(TypedDict):
    actor: Annotated[str, Field(alias="actor")]
    adapter_digest: NotRequired[Annotated[Optional[str], Field(alias="adapter_digest")]]
    alias: Annotated[str, Field(alias="alias")]
    at: NotRequired[Annotated[datetime.datetime, Field(alias="at")]]
    follows: NotRequired[Annotated[Optional[int], Field(alias="follows")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    is_forced: NotRequired[Annotated[bool, Field(alias="is_forced")]]
    move: Annotated[str, Field(alias="move")]
    reason: Annotated[str, Field(alias="reason")]
    request: Annotated[uuid.UUID, Field(alias="request")]
    scope_id: Annotated[str, Field(alias="scope_id")]
    scope_kind: Annotated[str, Field(alias="scope_kind")]

class LlmAliasHistoryUpdate(TypedDict):
    actor: NotRequired[Annotated[str, Field(alias="actor")]]
    adapter_digest: NotRequired[Annotated[Optional[str], Field(alias="adapter_digest")]]
    alias: NotRequired[Annotated[str, Field(alias="alias")]]
    at: NotRequired[Annotated[datetime.datetime, Field(alias="at")]]
    follows: NotRequired[Annotated[Optional[int], Field(alias="follows")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    is_forced: NotRequired[Annotated[bool, Field(alias="is_forced")]]
    move: NotRequired[Annotated[str, Field(alias="move")]]
    reason: NotRequired[Annotated[str, Field(alias="reason")]]
    request: NotRequired[Annotated[uuid.UUID, Field(alias="request")]]
    scope_id: NotRequired[Annotated[str, Field(alias="scope_id")]]
    scope_kind: NotRequired[Annotated[str, Field(alias="scope_kind")]]

class LlmAliases(BaseModel):
    adapter_digest: str = Field(alias="adapter_digest")
    alias: str = Field(alias="alias")
    is_shadow: bool = Field(alias="is_shadow")
    percent: int = Field(alias="percent")
    scope_id: str = Field(alias="scope_id")
    scope_kind: str = Field(alias="scope_kind")
    updated_at: datetime.datetime = Field(alias="updated_at")
    updated_by: str = Field(alias="updated_by")

class LlmAliasesInsert(TypedDict):
    adapter_digest: Annotated[str, Field(alias="adapter_digest")]
    alias: Annotated[str, Field(alias="alias")]
    is_shadow: NotRequired[Annotated[bool, Field(alias="is_shadow")]]
    percent: NotRequired[Annotated[int, Field(alias="percent")]]
    scope_id: NotRequired[Annotated[str, Field(alias="scope_id")]]
    scope_kind: Annotated[str, Field(alias="scope_kind")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: Annotated[str, Field(alias="updated_by")]

class LlmAliasesUpdate(TypedDict):
    adapter_digest: NotRequired[Annotated[str, Field(alias="adapter_digest")]]
    alias: NotRequired[Annotated[str, Field(alias="alias")]]
    is_shadow: NotRequired[Annotated[bool, Field(alias="is_shadow")]]
    percent: NotRequired[Annotated[int, Field(alias="percent")]]
    scope_id: NotRequired[Annotated[str, Field(alias="scope_id")]]
    scope_kind: NotRequired[Annotated[str, Field(alias="scope_kind")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[str, Field(alias="updated_by")]]

class LlmAuditLog(BaseModel):
    action: str = Field(alias="action")
    actor: str = Field(alias="actor")
    at: datetime.datetime = Field(alias="at")
    details: JsonValue = Field(alias="details")
    id: int = Field(alias="id")
    subject: str = Field(alias="subject")

class LlmAuditLogInsert(TypedDict):
    action: Annotated[str, Field(alias="action")]
    actor: Annotated[str, Field(alias="actor")]
    at: NotRequired[Annotated[datetime.datetime, Field(alias="at")]]
    details: NotRequired[Annotated[JsonValue, Field(alias="details")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    subject: NotRequired[Annotated[str, Field(alias="subject")]]

class LlmAuditLogUpdate(TypedDict):
    action: NotRequired[Annotated[str, Field(alias="action")]]
    actor: NotRequired[Annotated[str, Field(alias="actor")]]
    at: NotRequired[Annotated[datetime.datetime, Field(alias="at")]]
    details: NotRequired[Annotated[JsonValue, Field(alias="details")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    subject: NotRequired[Annotated[str, Field(alias="subject")]]

class LlmChangeQueue(BaseModel):
    attempts: int = Field(alias="attempts")
    dead_at: Optional[datetime.datetime] = Field(alias="dead_at")
    enqueued_at: datetime.datetime = Field(alias="enqueued_at")
    evaluation_id: uuid.UUID = Field(alias="evaluation_id")
    generation: int = Field(alias="generation")
    last_error: Optional[str] = Field(alias="last_error")
    lease_owner: Optional[str] = Field(alias="lease_owner")
    lease_until: Optional[datetime.datetime] = Field(alias="lease_until")
    reason: str = Field(alias="reason")

class LlmChangeQueueInsert(TypedDict):
    attempts: NotRequired[Annotated[int, Field(alias="attempts")]]
    dead_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="dead_at")]]
    enqueued_at: NotRequired[Annotated[datetime.datetime, Field(alias="enqueued_at")]]
    evaluation_id: Annotated[uuid.UUID, Field(alias="evaluation_id")]
    generation: NotRequired[Annotated[int, Field(alias="generation")]]
    last_error: NotRequired[Annotated[Optional[str], Field(alias="last_error")]]
    lease_owner: NotRequired[Annotated[Optional[str], Field(alias="lease_owner")]]
    lease_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="lease_until")]]
    reason: Annotated[str, Field(alias="reason")]

class LlmChangeQueueUpdate(TypedDict):
    attempts: NotRequired[Annotated[int, Field(alias="attempts")]]
    dead_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="dead_at")]]
    enqueued_at: NotRequired[Annotated[datetime.datetime, Field(alias="enqueued_at")]]
    evaluation_id: NotRequired[Annotated[uuid.UUID, Field(alias="evaluation_id")]]
    generation: NotRequired[Annotated[int, Field(alias="generation")]]
    last_error: NotRequired[Annotated[Optional[str], Field(alias="last_error")]]
    lease_owner: NotRequired[Annotated[Optional[str], Field(alias="lease_owner")]]
    lease_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="lease_until")]]
    reason: NotRequired[Annotated[str, Field(alias="reason")]]

class LlmDatasetShards(BaseModel):
    dataset_id: uuid.UUID = Field(alias="dataset_id")
    shard_path: str = Field(alias="shard_path")

class LlmDatasetShardsInsert(TypedDict):
    dataset_id: Annotated[uuid.UUID, Field(alias="dataset_id")]
    shard_path: Annotated[str, Field(alias="shard_path")]

class LlmDatasetShardsUpdate(TypedDict):
    dataset_id: NotRequired[Annotated[uuid.UUID, Field(alias="dataset_id")]]
    shard_path: NotRequired[Annotated[str, Field(alias="shard_path")]]

class LlmDatasets(BaseModel):
    anonymizer_version: str = Field(alias="anonymizer_version")
    consent_read_at: datetime.datetime = Field(alias="consent_read_at")
    digest: str = Field(alias="digest")
    documents: List[str] = Field(alias="documents")
    examples: int = Field(alias="examples")
    excluded: JsonValue = Field(alias="excluded")
    id: uuid.UUID = Field(alias="id")
    manifest_path: str = Field(alias="manifest_path")
    published_at: datetime.datetime = Field(alias="published_at")
    renderer_version: str = Field(alias="renderer_version")
    splits: JsonValue = Field(alias="splits")
    status: str = Field(alias="status")
    subjects: int = Field(alias="subjects")

class LlmDatasetsInsert(TypedDict):
    anonymizer_version: Annotated[str, Field(alias="anonymizer_version")]
    consent_read_at: Annotated[datetime.datetime, Field(alias="consent_read_at")]
    digest: Annotated[str, Field(alias="digest")]
    documents: NotRequired[Annotated[List[str], Field(alias="documents")]]
    examples: Annotated[int, Field(alias="examples")]
    excluded: Annotated[JsonValue, Field(alias="excluded")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    manifest_path: Annotated[str, Field(alias="manifest_path")]
    published_at: NotRequired[Annotated[datetime.datetime, Field(alias="published_at")]]
    renderer_version: Annotated[str, Field(alias="renderer_version")]
    splits: Annotated[JsonValue, Field(alias="splits")]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    subjects: Annotated[int, Field(alias="subjects")]

class LlmDatasetsUpdate(TypedDict):
    anonymizer_version: NotRequired[Annotated[str, Field(alias="anonymizer_version")]]
    consent_read_at: NotRequired[Annotated[datetime.datetime, Field(alias="consent_read_at")]]
    digest: NotRequired[Annotated[str, Field(alias="digest")]]
    documents: NotRequired[Annotated[List[str], Field(alias="documents")]]
    examples: NotRequired[Annotated[int, Field(alias="examples")]]
    excluded: NotRequired[Annotated[JsonValue, Field(alias="excluded")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    manifest_path: NotRequired[Annotated[str, Field(alias="manifest_path")]]
    published_at: NotRequired[Annotated[datetime.datetime, Field(alias="published_at")]]
    renderer_version: NotRequired[Annotated[str, Field(alias="renderer_version")]]
    splits: NotRequired[Annotated[JsonValue, Field(alias="splits")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    subjects: NotRequired[Annotated[int, Field(alias="subjects")]]

class LlmErasures(BaseModel):
    certificate: Optional[JsonValue] = Field(alias="certificate")
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    evaluation_id: Optional[uuid.UUID] = Field(alias="evaluation_id")
    example_id: Optional[str] = Field(alias="example_id")
    id: uuid.UUID = Field(alias="id")
    reason: str = Field(alias="reason")
    requested_at: datetime.datetime = Field(alias="requested_at")
    subject_hash: str = Field(alias="subject_hash")

class LlmErasuresInsert(TypedDict):
    certificate: NotRequired[Annotated[Optional[JsonValue], Field(alias="certificate")]]
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    evaluation_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="evaluation_id")]]
    example_id: NotRequired[Annotated[Optional[str], Field(alias="example_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    reason: Annotated[str, Field(alias="reason")]
    requested_at: NotRequired[Annotated[datetime.datetime, Field(alias="requested_at")]]
    subject_hash: Annotated[str, Field(alias="subject_hash")]

class LlmErasuresUpdate(TypedDict):
    certificate: NotRequired[Annotated[Optional[JsonValue], Field(alias="certificate")]]
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    evaluation_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="evaluation_id")]]
    example_id: NotRequired[Annotated[Optional[str], Field(alias="example_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    reason: NotRequired[Annotated[str, Field(alias="reason")]]
    requested_at: NotRequired[Annotated[datetime.datetime, Field(alias="requested_at")]]
    subject_hash: NotRequired[Annotated[str, Field(alias="subject_hash")]]

class LlmHeartbeats(BaseModel):
    beat_at: datetime.datetime = Field(alias="beat_at")
    facts: JsonValue = Field(alias="facts")
    service: str = Field(alias="service")
    started_at: datetime.datetime = Field(alias="started_at")
    worker: str = Field(alias="worker")

class LlmHeartbeatsInsert(TypedDict):
    beat_at: NotRequired[Annotated[datetime.datetime, Field(alias="beat_at")]]
    facts: NotRequired[Annotated[JsonValue, Field(alias="facts")]]
    service: Annotated[str, Field(alias="service")]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    worker: Annotated[str, Field(alias="worker")]

class LlmHeartbeatsUpdate(TypedDict):
    beat_at: NotRequired[Annotated[datetime.datetime, Field(alias="beat_at")]]
    facts: NotRequired[Annotated[JsonValue, Field(alias="facts")]]
    service: NotRequired[Annotated[str, Field(alias="service")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    worker: NotRequired[Annotated[str, Field(alias="worker")]]

class LlmInstitutionRules(BaseModel):
    allows_external: bool = Field(alias="allows_external")
    institution_id: uuid.UUID = Field(alias="institution_id")
    updated_at: datetime.datetime = Field(alias="updated_at")
    updated_by: str = Field(alias="updated_by")

class LlmInstitutionRulesInsert(TypedDict):
    allows_external: NotRequired[Annotated[bool, Field(alias="allows_external")]]
    institution_id: Annotated[uuid.UUID, Field(alias="institution_id")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: Annotated[str, Field(alias="updated_by")]

class LlmInstitutionRulesUpdate(TypedDict):
    allows_external: NotRequired[Annotated[bool, Field(alias="allows_external")]]
    institution_id: NotRequired[Annotated[uuid.UUID, Field(alias="institution_id")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[str, Field(alias="updated_by")]]

class LlmKeyChecks(BaseModel):
    name: str = Field(alias="name")
    recorded_at: datetime.datetime = Field(alias="recorded_at")
    value: str = Field(alias="value")

class LlmKeyChecksInsert(TypedDict):
    name: Annotated[str, Field(alias="name")]
    recorded_at: NotRequired[Annotated[datetime.datetime, Field(alias="recorded_at")]]
    value: Annotated[str, Field(alias="value")]

class LlmKeyChecksUpdate(TypedDict):
    name: NotRequired[Annotated[str, Field(alias="name")]]
    recorded_at: NotRequired[Annotated[datetime.datetime, Field(alias="recorded_at")]]
    value: NotRequired[Annotated[str, Field(alias="value")]]

class LlmLeases(BaseModel):
    held_until: datetime.datetime = Field(alias="held_until")
    name: str = Field(alias="name")
    owner: str = Field(alias="owner")

class LlmLeasesInsert(TypedDict):
    held_until: Annotated[datetime.datetime, Field(alias="held_until")]
    name: Annotated[str, Field(alias="name")]
    owner: Annotated[str, Field(alias="owner")]

class LlmLeasesUpdate(TypedDict):
    held_until: NotRequired[Annotated[datetime.datetime, Field(alias="held_until")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    owner: NotRequired[Annotated[str, Field(alias="owner")]]

class LlmPolicy(BaseModel):
    consent_types: List[str] = Field(alias="consent_types")
    only_row: bool = Field(alias="only_row")
    taint_reasons: List[str] = Field(alias="taint_reasons")
    updated_at: datetime.datetime = Field(alias="updated_at")

class LlmPolicyInsert(TypedDict):
    consent_types: NotRequired[Annotated[List[str], Field(alias="consent_types")]]
    only_row: NotRequired[Annotated[bool, Field(alias="only_row")]]
    taint_reasons: NotRequired[Annotated[List[str], Field(alias="taint_reasons")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class LlmPolicyUpdate(TypedDict):
    consent_types: NotRequired[Annotated[List[str], Field(alias="consent_types")]]
    only_row: NotRequired[Annotated[bool, Field(alias="only_row")]]
    taint_reasons: NotRequired[Annotated[List[str], Field(alias="taint_reasons")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class LlmScoreBatches(BaseModel):
    cancelled_at: Optional[datetime.datetime] = Field(alias="cancelled_at")
    cancelled_by: Optional[str] = Field(alias="cancelled_by")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    idempotency_key: Optional[str] = Field(alias="idempotency_key")
    request_sha256: str = Field(alias="request_sha256")
    requested_by: str = Field(alias="requested_by")
    total: int = Field(alias="total")

class LlmScoreBatchesInsert(TypedDict):
    cancelled_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="cancelled_at")]]
    cancelled_by: NotRequired[Annotated[Optional[str], Field(alias="cancelled_by")]]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    idempotency_key: NotRequired[Annotated[Optional[str], Field(alias="idempotency_key")]]
    request_sha256: Annotated[str, Field(alias="request_sha256")]
    requested_by: Annotated[str, Field(alias="requested_by")]
    total: Annotated[int, Field(alias="total")]

class LlmScoreBatchesUpdate(TypedDict):
    cancelled_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="cancelled_at")]]
    cancelled_by: NotRequired[Annotated[Optional[str], Field(alias="cancelled_by")]]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    idempotency_key: NotRequired[Annotated[Optional[str], Field(alias="idempotency_key")]]
    request_sha256: NotRequired[Annotated[str, Field(alias="request_sha256")]]
    requested_by: NotRequired[Annotated[str, Field(alias="requested_by")]]
    total: NotRequired[Annotated[int, Field(alias="total")]]

class LlmScores(BaseModel):
    adapter_digest: Optional[str] = Field(alias="adapter_digest")
    attempts: int = Field(alias="attempts")
    batch_id: Optional[uuid.UUID] = Field(alias="batch_id")
    claims: int = Field(alias="claims")
    completion_tokens: Optional[int] = Field(alias="completion_tokens")
    created_at: datetime.datetime = Field(alias="created_at")
    ended_at: Optional[datetime.datetime] = Field(alias="ended_at")
    engine: str = Field(alias="engine")
    evaluation_id: Optional[uuid.UUID] = Field(alias="evaluation_id")
    give_up_at: datetime.datetime = Field(alias="give_up_at")
    id: uuid.UUID = Field(alias="id")
    idempotency_key: Optional[str] = Field(alias="idempotency_key")
    is_challenger: bool = Field(alias="is_challenger")
    is_shadow: bool = Field(alias="is_shadow")
    latency_ms: Optional[int] = Field(alias="latency_ms")
    lease_until: Optional[datetime.datetime] = Field(alias="lease_until")
    leased_by: Optional[str] = Field(alias="leased_by")
    max_points: Optional[float] = Field(alias="max_points")
    model_used: Optional[str] = Field(alias="model_used")
    not_before: datetime.datetime = Field(alias="not_before")
    overall_comments: Optional[str] = Field(alias="overall_comments")
    problem: Optional[JsonValue] = Field(alias="problem")
    prompt_tokens: Optional[int] = Field(alias="prompt_tokens")
    prompt_version: Optional[str] = Field(alias="prompt_version")
    rank: int = Field(alias="rank")
    reason: Optional[str] = Field(alias="reason")
    request: Optional[JsonValue] = Field(alias="request")
    request_sha256: str = Field(alias="request_sha256")
    requested_by: str = Field(alias="requested_by")
    review: JsonValue = Field(alias="review")
    rubric: Optional[JsonValue] = Field(alias="rubric")
    sections: Optional[JsonValue] = Field(alias="sections")
    status: str = Field(alias="status")
    total_points: Optional[float] = Field(alias="total_points")
    traceparent: Optional[str] = Field(alias="traceparent")
    uncertainty: Optional[JsonValue] = Field(alias="uncertainty")
    wanted_adapter: Optional[str] = Field(alias="wanted_adapter")

class LlmScoresInsert(TypedDict):
    adapter_digest: NotRequired[Annotated[Optional[str], Field(alias="adapter_digest")]]
    attempts: NotRequired[Annotated[int, Field(alias="attempts")]]
    batch_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="batch_id")]]
    claims: NotRequired[Annotated[int, Field(alias="claims")]]
    completion_tokens: NotRequired[Annotated[Optional[int], Field(alias="completion_tokens")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    ended_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="ended_at")]]
    engine: NotRequired[Annotated[str, Field(alias="engine")]]
    evaluation_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="evaluation_id")]]
    give_up_at: NotRequired[Annotated[datetime.datetime, Field(alias="give_up_at")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    idempotency_key: NotRequired[Annotated[Optional[str], Field(alias="idempotency_key")]]
    is_challenger: NotRequired[Annotated[bool, Field(alias="is_challenger")]]
    is_shadow: NotRequired[Annotated[bool, Field(alias="is_shadow")]]
    latency_ms: NotRequired[Annotated[Optional[int], Field(alias="latency_ms")]]
    lease_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="lease_until")]]
    leased_by: NotRequired[Annotated[Optional[str], Field(alias="leased_by")]]
    max_points: NotRequired[Annotated[Optional[float], Field(alias="max_points")]]
    model_used: NotRequired[Annotated[Optional[str], Field(alias="model_used")]]
    not_before: NotRequired[Annotated[datetime.datetime, Field(alias="not_before")]]
    overall_comments: NotRequired[Annotated[Optional[str], Field(alias="overall_comments")]]
    problem: NotRequired[Annotated[Optional[JsonValue], Field(alias="problem")]]
    prompt_tokens: NotRequired[Annotated[Optional[int], Field(alias="prompt_tokens")]]
    prompt_version: NotRequired[Annotated[Optional[str], Field(alias="prompt_version")]]
    rank: NotRequired[Annotated[int, Field(alias="rank")]]
    reason: NotRequired[Annotated[Optional[str], Field(alias="reason")]]
    request: NotRequired[Annotated[Optional[JsonValue], Field(alias="request")]]
    request_sha256: NotRequired[Annotated[str, Field(alias="request_sha256")]]
    requested_by: Annotated[str, Field(alias="requested_by")]
    review: NotRequired[Annotated[JsonValue, Field(alias="review")]]
    rubric: NotRequired[Annotated[Optional[JsonValue], Field(alias="rubric")]]
    sections: NotRequired[Annotated[Optional[JsonValue], Field(alias="sections")]]
    status: Annotated[str, Field(alias="status")]
    total_points: NotRequired[Annotated[Optional[float], Field(alias="total_points")]]
    traceparent: NotRequired[Annotated[Optional[str], Field(alias="traceparent")]]
    uncertainty: NotRequired[Annotated[Optional[JsonValue], Field(alias="uncertainty")]]
    wanted_adapter: NotRequired[Annotated[Optional[str], Field(alias="wanted_adapter")]]

class LlmScoresUpdate(TypedDict):
    adapter_digest: NotRequired[Annotated[Optional[str], Field(alias="adapter_digest")]]
    attempts: NotRequired[Annotated[int, Field(alias="attempts")]]
    batch_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="batch_id")]]
    claims: NotRequired[Annotated[int, Field(alias="claims")]]
    completion_tokens: NotRequired[Annotated[Optional[int], Field(alias="completion_tokens")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    ended_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="ended_at")]]
    engine: NotRequired[Annotated[str, Field(alias="engine")]]
    evaluation_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="evaluation_id")]]
    give_up_at: NotRequired[Annotated[datetime.datetime, Field(alias="give_up_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    idempotency_key: NotRequired[Annotated[Optional[str], Field(alias="idempotency_key")]]
    is_challenger: NotRequired[Annotated[bool, Field(alias="is_challenger")]]
    is_shadow: NotRequired[Annotated[bool, Field(alias="is_shadow")]]
    latency_ms: NotRequired[Annotated[Optional[int], Field(alias="latency_ms")]]
    lease_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="lease_until")]]
    leased_by: NotRequired[Annotated[Optional[str], Field(alias="leased_by")]]
    max_points: NotRequired[Annotated[Optional[float], Field(alias="max_points")]]
    model_used: NotRequired[Annotated[Optional[str], Field(alias="model_used")]]
    not_before: NotRequired[Annotated[datetime.datetime, Field(alias="not_before")]]
    overall_comments: NotRequired[Annotated[Optional[str], Field(alias="overall_comments")]]
    problem: NotRequired[Annotated[Optional[JsonValue], Field(alias="problem")]]
    prompt_tokens: NotRequired[Annotated[Optional[int], Field(alias="prompt_tokens")]]
    prompt_version: NotRequired[Annotated[Optional[str], Field(alias="prompt_version")]]
    rank: NotRequired[Annotated[int, Field(alias="rank")]]
    reason: NotRequired[Annotated[Optional[str], Field(alias="reason")]]
    request: NotRequired[Annotated[Optional[JsonValue], Field(alias="request")]]
    request_sha256: NotRequired[Annotated[str, Field(alias="request_sha256")]]
    requested_by: NotRequired[Annotated[str, Field(alias="requested_by")]]
    review: NotRequired[Annotated[JsonValue, Field(alias="review")]]
    rubric: NotRequired[Annotated[Optional[JsonValue], Field(alias="rubric")]]
    sections: NotRequired[Annotated[Optional[JsonValue], Field(alias="sections")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    total_points: NotRequired[Annotated[Optional[float], Field(alias="total_points")]]
    traceparent: NotRequired[Annotated[Optional[str], Field(alias="traceparent")]]
    uncertainty: NotRequired[Annotated[Optional[JsonValue], Field(alias="uncertainty")]]
    wanted_adapter: NotRequired[Annotated[Optional[str], Field(alias="wanted_adapter")]]

class LlmShardMembers(BaseModel):
    content_sha256: str = Field(alias="content_sha256")
    evaluation_id: uuid.UUID = Field(alias="evaluation_id")
    example_id: str = Field(alias="example_id")
    shard_path: str = Field(alias="shard_path")
    subject_hash: str = Field(alias="subject_hash")

class LlmShardMembersInsert(TypedDict):
    content_sha256: Annotated[str, Field(alias="content_sha256")]
    evaluation_id: Annotated[uuid.UUID, Field(alias="evaluation_id")]
    example_id: Annotated[str, Field(alias="example_id")]
    shard_path: Annotated[str, Field(alias="shard_path")]
    subject_hash: Annotated[str, Field(alias="subject_hash")]

class LlmShardMembersUpdate(TypedDict):
    content_sha256: NotRequired[Annotated[str, Field(alias="content_sha256")]]
    evaluation_id: NotRequired[Annotated[uuid.UUID, Field(alias="evaluation_id")]]
    example_id: NotRequired[Annotated[str, Field(alias="example_id")]]
    shard_path: NotRequired[Annotated[str, Field(alias="shard_path")]]
    subject_hash: NotRequired[Annotated[str, Field(alias="subject_hash")]]

class LlmShardNotes(BaseModel):
    bucket: int = Field(alias="bucket")
    id: int = Field(alias="id")
    split: str = Field(alias="split")

class LlmShardNotesInsert(TypedDict):
    bucket: Annotated[int, Field(alias="bucket")]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    split: Annotated[str, Field(alias="split")]

class LlmShardNotesUpdate(TypedDict):
    bucket: NotRequired[Annotated[int, Field(alias="bucket")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    split: NotRequired[Annotated[str, Field(alias="split")]]

class LlmShardSlots(BaseModel):
    depth: int = Field(alias="depth")
    examples: int = Field(alias="examples")
    path: Optional[str] = Field(alias="path")
    prefix: int = Field(alias="prefix")
    split: str = Field(alias="split")

class LlmShardSlotsInsert(TypedDict):
    depth: Annotated[int, Field(alias="depth")]
    examples: Annotated[int, Field(alias="examples")]
    path: NotRequired[Annotated[Optional[str], Field(alias="path")]]
    prefix: Annotated[int, Field(alias="prefix")]
    split: Annotated[str, Field(alias="split")]

class LlmShardSlotsUpdate(TypedDict):
    depth: NotRequired[Annotated[int, Field(alias="depth")]]
    examples: NotRequired[Annotated[int, Field(alias="examples")]]
    path: NotRequired[Annotated[Optional[str], Field(alias="path")]]
    prefix: NotRequired[Annotated[int, Field(alias="prefix")]]
    split: NotRequired[Annotated[str, Field(alias="split")]]

class LlmShards(BaseModel):
    bytes: int = Field(alias="bytes")
    consent_as_of: Optional[datetime.datetime] = Field(alias="consent_as_of")
    erased_at: Optional[datetime.datetime] = Field(alias="erased_at")
    examples: int = Field(alias="examples")
    path: str = Field(alias="path")
    recorded_at: datetime.datetime = Field(alias="recorded_at")
    sha256: str = Field(alias="sha256")
    split: str = Field(alias="split")
    statistics: JsonValue = Field(alias="statistics")
    subjects: int = Field(alias="subjects")

class LlmShardsInsert(TypedDict):
    bytes: Annotated[int, Field(alias="bytes")]
    consent_as_of: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="consent_as_of")]]
    erased_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="erased_at")]]
    examples: Annotated[int, Field(alias="examples")]
    path: Annotated[str, Field(alias="path")]
    recorded_at: NotRequired[Annotated[datetime.datetime, Field(alias="recorded_at")]]
    sha256: Annotated[str, Field(alias="sha256")]
    split: Annotated[str, Field(alias="split")]
    statistics: NotRequired[Annotated[JsonValue, Field(alias="statistics")]]
    subjects: Annotated[int, Field(alias="subjects")]

class LlmShardsUpdate(TypedDict):
    bytes: NotRequired[Annotated[int, Field(alias="bytes")]]
    consent_as_of: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="consent_as_of")]]
    erased_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="erased_at")]]
    examples: NotRequired[Annotated[int, Field(alias="examples")]]
    path: NotRequired[Annotated[str, Field(alias="path")]]
    recorded_at: NotRequired[Annotated[datetime.datetime, Field(alias="recorded_at")]]
    sha256: NotRequired[Annotated[str, Field(alias="sha256")]]
    split: NotRequired[Annotated[str, Field(alias="split")]]
    statistics: NotRequired[Annotated[JsonValue, Field(alias="statistics")]]
    subjects: NotRequired[Annotated[int, Field(alias="subjects")]]

class LlmSplitAssignments(BaseModel):
    assigned_at: datetime.datetime = Field(alias="assigned_at")
    split: str = Field(alias="split")
    subject_hash: str = Field(alias="subject_hash")

class LlmSplitAssignmentsInsert(TypedDict):
    assigned_at: NotRequired[Annotated[datetime.datetime, Field(alias="assigned_at")]]
    split: Annotated[str, Field(alias="split")]
    subject_hash: Annotated[str, Field(alias="subject_hash")]

class LlmSplitAssignmentsUpdate(TypedDict):
    assigned_at: NotRequired[Annotated[datetime.datetime, Field(alias="assigned_at")]]
    split: NotRequired[Annotated[str, Field(alias="split")]]
    subject_hash: NotRequired[Annotated[str, Field(alias="subject_hash")]]

class LlmSubjectKeys(BaseModel):
    key_hash: str = Field(alias="key_hash")
    strength: int = Field(alias="strength")
    subject_hash: str = Field(alias="subject_hash")

class LlmSubjectKeysInsert(TypedDict):
    key_hash: Annotated[str, Field(alias="key_hash")]
    strength: Annotated[int, Field(alias="strength")]
    subject_hash: Annotated[str, Field(alias="subject_hash")]

class LlmSubjectKeysUpdate(TypedDict):
    key_hash: NotRequired[Annotated[str, Field(alias="key_hash")]]
    strength: NotRequired[Annotated[int, Field(alias="strength")]]
    subject_hash: NotRequired[Annotated[str, Field(alias="subject_hash")]]

class LlmTombstones(BaseModel):
    example_id: Optional[str] = Field(alias="example_id")
    id: uuid.UUID = Field(alias="id")
    lifted_at: Optional[datetime.datetime] = Field(alias="lifted_at")
    lifted_by: Optional[str] = Field(alias="lifted_by")
    reason: str = Field(alias="reason")
    since: datetime.datetime = Field(alias="since")
    subject_hash: Optional[str] = Field(alias="subject_hash")

class LlmTombstonesInsert(TypedDict):
    example_id: NotRequired[Annotated[Optional[str], Field(alias="example_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    lifted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="lifted_at")]]
    lifted_by: NotRequired[Annotated[Optional[str], Field(alias="lifted_by")]]
    reason: Annotated[str, Field(alias="reason")]
    since: Annotated[datetime.datetime, Field(alias="since")]
    subject_hash: NotRequired[Annotated[Optional[str], Field(alias="subject_hash")]]

class LlmTombstonesUpdate(TypedDict):
    example_id: NotRequired[Annotated[Optional[str], Field(alias="example_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    lifted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="lifted_at")]]
    lifted_by: NotRequired[Annotated[Optional[str], Field(alias="lifted_by")]]
    reason: NotRequired[Annotated[str, Field(alias="reason")]]
    since: NotRequired[Annotated[datetime.datetime, Field(alias="since")]]
    subject_hash: NotRequired[Annotated[Optional[str], Field(alias="subject_hash")]]

class LlmTrainingData(BaseModel):
    anonymized_transcript: Optional[str] = Field(alias="anonymized_transcript")
    anonymizer_version: Optional[str] = Field(alias="anonymizer_version")
    content_sha256: Optional[str] = Field(alias="content_sha256")
    evaluation_id: uuid.UUID = Field(alias="evaluation_id")
    example_id: Optional[str] = Field(alias="example_id")
    exclusion_reason: Optional[str] = Field(alias="exclusion_reason")
    provenance: Optional[str] = Field(alias="provenance")
    renderer_version: Optional[str] = Field(alias="renderer_version")
    rubric: Optional[JsonValue] = Field(alias="rubric")
    sections: Optional[JsonValue] = Field(alias="sections")
    settled_at: datetime.datetime = Field(alias="settled_at")
    split: Optional[str] = Field(alias="split")
    status: str = Field(alias="status")
    subject_hash: Optional[str] = Field(alias="subject_hash")
    timeline_markers: Optional[JsonValue] = Field(alias="timeline_markers")

class LlmTrainingDataInsert(TypedDict):
    anonymized_transcript: NotRequired[Annotated[Optional[str], Field(alias="anonymized_transcript")]]
    anonymizer_version: NotRequired[Annotated[Optional[str], Field(alias="anonymizer_version")]]
    content_sha256: NotRequired[Annotated[Optional[str], Field(alias="content_sha256")]]
    evaluation_id: Annotated[uuid.UUID, Field(alias="evaluation_id")]
    example_id: NotRequired[Annotated[Optional[str], Field(alias="example_id")]]
    exclusion_reason: NotRequired[Annotated[Optional[str], Field(alias="exclusion_reason")]]
    provenance: NotRequired[Annotated[Optional[str], Field(alias="provenance")]]
    renderer_version: NotRequired[Annotated[Optional[str], Field(alias="renderer_version")]]
    rubric: NotRequired[Annotated[Optional[JsonValue], Field(alias="rubric")]]
    sections: NotRequired[Annotated[Optional[JsonValue], Field(alias="sections")]]
    settled_at: NotRequired[Annotated[datetime.datetime, Field(alias="settled_at")]]
    split: NotRequired[Annotated[Optional[str], Field(alias="split")]]
    status: Annotated[str, Field(alias="status")]
    subject_hash: NotRequired[Annotated[Optional[str], Field(alias="subject_hash")]]
    timeline_markers: NotRequired[Annotated[Optional[JsonValue], Field(alias="timeline_markers")]]

class LlmTrainingDataUpdate(TypedDict):
    anonymized_transcript: NotRequired[Annotated[Optional[str], Field(alias="anonymized_transcript")]]
    anonymizer_version: NotRequired[Annotated[Optional[str], Field(alias="anonymizer_version")]]
    content_sha256: NotRequired[Annotated[Optional[str], Field(alias="content_sha256")]]
    evaluation_id: NotRequired[Annotated[uuid.UUID, Field(alias="evaluation_id")]]
    example_id: NotRequired[Annotated[Optional[str], Field(alias="example_id")]]
    exclusion_reason: NotRequired[Annotated[Optional[str], Field(alias="exclusion_reason")]]
    provenance: NotRequired[Annotated[Optional[str], Field(alias="provenance")]]
    renderer_version: NotRequired[Annotated[Optional[str], Field(alias="renderer_version")]]
    rubric: NotRequired[Annotated[Optional[JsonValue], Field(alias="rubric")]]
    sections: NotRequired[Annotated[Optional[JsonValue], Field(alias="sections")]]
    settled_at: NotRequired[Annotated[datetime.datetime, Field(alias="settled_at")]]
    split: NotRequired[Annotated[Optional[str], Field(alias="split")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    subject_hash: NotRequired[Annotated[Optional[str], Field(alias="subject_hash")]]
    timeline_markers: NotRequired[Annotated[Optional[JsonValue], Field(alias="timeline_markers")]]

class LlmTrainingEvents(BaseModel):
    at: datetime.datetime = Field(alias="at")
    id: int = Field(alias="id")
    kind: str = Field(alias="kind")
    payload: JsonValue = Field(alias="payload")
    run_id: uuid.UUID = Field(alias="run_id")

class LlmTrainingEventsInsert(TypedDict):
    at: NotRequired[Annotated[datetime.datetime, Field(alias="at")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    kind: Annotated[str, Field(alias="kind")]
    payload: NotRequired[Annotated[JsonValue, Field(alias="payload")]]
    run_id: Annotated[uuid.UUID, Field(alias="run_id")]

class LlmTrainingEventsUpdate(TypedDict):
    at: NotRequired[Annotated[datetime.datetime, Field(alias="at")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    payload: NotRequired[Annotated[JsonValue, Field(alias="payload")]]
    run_id: NotRequired[Annotated[uuid.UUID, Field(alias="run_id")]]

class LlmTrainingRuns(BaseModel):
    attempt: int = Field(alias="attempt")
    checkpoints_stored: bool = Field(alias="checkpoints_stored")
    created_at: datetime.datetime = Field(alias="created_at")
    dataset_id: uuid.UUID = Field(alias="dataset_id")
    error_code: Optional[str] = Field(alias="error_code")
    fingerprint: str = Field(alias="fingerprint")
    finished_at: Optional[datetime.datetime] = Field(alias="finished_at")
    heartbeat_at: datetime.datetime = Field(alias="heartbeat_at")
    id: uuid.UUID = Field(alias="id")
    metrics: JsonValue = Field(alias="metrics")
    progress: float = Field(alias="progress")
    recipe: str = Field(alias="recipe")
    recipe_body: JsonValue = Field(alias="recipe_body")
    recipe_sha256: str = Field(alias="recipe_sha256")
    resumable: bool = Field(alias="resumable")
    status: str = Field(alias="status")
    worker: str = Field(alias="worker")

class LlmTrainingRunsInsert(TypedDict):
    attempt: NotRequired[Annotated[int, Field(alias="attempt")]]
    checkpoints_stored: NotRequired[Annotated[bool, Field(alias="checkpoints_stored")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    dataset_id: Annotated[uuid.UUID, Field(alias="dataset_id")]
    error_code: NotRequired[Annotated[Optional[str], Field(alias="error_code")]]
    fingerprint: NotRequired[Annotated[str, Field(alias="fingerprint")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    heartbeat_at: NotRequired[Annotated[datetime.datetime, Field(alias="heartbeat_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metrics: NotRequired[Annotated[JsonValue, Field(alias="metrics")]]
    progress: NotRequired[Annotated[float, Field(alias="progress")]]
    recipe: Annotated[str, Field(alias="recipe")]
    recipe_body: Annotated[JsonValue, Field(alias="recipe_body")]
    recipe_sha256: Annotated[str, Field(alias="recipe_sha256")]
    resumable: NotRequired[Annotated[bool, Field(alias="resumable")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    worker: Annotated[str, Field(alias="worker")]

class LlmTrainingRunsUpdate(TypedDict):
    attempt: NotRequired[Annotated[int, Field(alias="attempt")]]
    checkpoints_stored: NotRequired[Annotated[bool, Field(alias="checkpoints_stored")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    dataset_id: NotRequired[Annotated[uuid.UUID, Field(alias="dataset_id")]]
    error_code: NotRequired[Annotated[Optional[str], Field(alias="error_code")]]
    fingerprint: NotRequired[Annotated[str, Field(alias="fingerprint")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    heartbeat_at: NotRequired[Annotated[datetime.datetime, Field(alias="heartbeat_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metrics: NotRequired[Annotated[JsonValue, Field(alias="metrics")]]
    progress: NotRequired[Annotated[float, Field(alias="progress")]]
    recipe: NotRequired[Annotated[str, Field(alias="recipe")]]
    recipe_body: NotRequired[Annotated[JsonValue, Field(alias="recipe_body")]]
    recipe_sha256: NotRequired[Annotated[str, Field(alias="recipe_sha256")]]
    resumable: NotRequired[Annotated[bool, Field(alias="resumable")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    worker: NotRequired[Annotated[str, Field(alias="worker")]]

class PublicConsentForms(BaseModel):
    consent_given: Optional[bool] = Field(alias="consent_given")
    consent_text: Optional[str] = Field(alias="consent_text")
    consent_type: str = Field(alias="consent_type")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    student_id: Optional[uuid.UUID] = Field(alias="student_id")

class PublicConsentFormsInsert(TypedDict):
    consent_given: NotRequired[Annotated[Optional[bool], Field(alias="consent_given")]]
    consent_text: NotRequired[Annotated[Optional[str], Field(alias="consent_text")]]
    consent_type: Annotated[str, Field(alias="consent_type")]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    student_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="student_id")]]

class PublicConsentFormsUpdate(TypedDict):
    consent_given: NotRequired[Annotated[Optional[bool], Field(alias="consent_given")]]
    consent_text: NotRequired[Annotated[Optional[str], Field(alias="consent_text")]]
    consent_type: NotRequired[Annotated[str, Field(alias="consent_type")]]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    student_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="student_id")]]

class PublicCourseStudents(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    deleted_locally_at: Optional[datetime.datetime] = Field(alias="deleted_locally_at")
    deleted_locally_by: Optional[uuid.UUID] = Field(alias="deleted_locally_by")
    email: Optional[str] = Field(alias="email")
    first_name: Optional[str] = Field(alias="first_name")
    id: uuid.UUID = Field(alias="id")
    last_name: Optional[str] = Field(alias="last_name")
    student_id: Optional[str] = Field(alias="student_id")
    student_user_id: Optional[uuid.UUID] = Field(alias="student_user_id")

class PublicCourseStudentsInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    email: NotRequired[Annotated[Optional[str], Field(alias="email")]]
    first_name: NotRequired[Annotated[Optional[str], Field(alias="first_name")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    last_name: NotRequired[Annotated[Optional[str], Field(alias="last_name")]]
    student_id: NotRequired[Annotated[Optional[str], Field(alias="student_id")]]
    student_user_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="student_user_id")]]

class PublicCourseStudentsUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    email: NotRequired[Annotated[Optional[str], Field(alias="email")]]
    first_name: NotRequired[Annotated[Optional[str], Field(alias="first_name")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    last_name: NotRequired[Annotated[Optional[str], Field(alias="last_name")]]
    student_id: NotRequired[Annotated[Optional[str], Field(alias="student_id")]]
    student_user_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="student_user_id")]]

class PublicCourses(BaseModel):
    code: Optional[str] = Field(alias="code")
    created_at: datetime.datetime = Field(alias="created_at")
    deleted_locally_at: Optional[datetime.datetime] = Field(alias="deleted_locally_at")
    deleted_locally_by: Optional[uuid.UUID] = Field(alias="deleted_locally_by")
    id: uuid.UUID = Field(alias="id")
    instructor_id: uuid.UUID = Field(alias="instructor_id")
    name: str = Field(alias="name")
    semester: Optional[str] = Field(alias="semester")
    year: Optional[int] = Field(alias="year")

class PublicCoursesInsert(TypedDict):
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructor_id: Annotated[uuid.UUID, Field(alias="instructor_id")]
    name: Annotated[str, Field(alias="name")]
    semester: NotRequired[Annotated[Optional[str], Field(alias="semester")]]
    year: NotRequired[Annotated[Optional[int], Field(alias="year")]]

class PublicCoursesUpdate(TypedDict):
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructor_id: NotRequired[Annotated[uuid.UUID, Field(alias="instructor_id")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    semester: NotRequired[Annotated[Optional[str], Field(alias="semester")]]
    year: NotRequired[Annotated[Optional[int], Field(alias="year")]]

class PublicEvaluations(BaseModel):
    ai_provider: Optional[str] = Field(alias="ai_provider")
    audio_url: Optional[str] = Field(alias="audio_url")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    deleted_locally_at: Optional[datetime.datetime] = Field(alias="deleted_locally_at")
    deleted_locally_by: Optional[uuid.UUID] = Field(alias="deleted_locally_by")
    evaluation_data: Optional[JsonValue] = Field(alias="evaluation_data")
    id: uuid.UUID = Field(alias="id")
    instructor_id: uuid.UUID = Field(alias="instructor_id")
    letter_grade: Optional[str] = Field(alias="letter_grade")
    model_used: Optional[str] = Field(alias="model_used")
    rubric_id: Optional[uuid.UUID] = Field(alias="rubric_id")
    status: str = Field(alias="status")
    student_id: Optional[uuid.UUID] = Field(alias="student_id")
    total_score: Optional[float] = Field(alias="total_score")
    transcript: Optional[str] = Field(alias="transcript")
    updated_at: datetime.datetime = Field(alias="updated_at")
    video_url: Optional[str] = Field(alias="video_url")

class PublicEvaluationsInsert(TypedDict):
    ai_provider: NotRequired[Annotated[Optional[str], Field(alias="ai_provider")]]
    audio_url: NotRequired[Annotated[Optional[str], Field(alias="audio_url")]]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    evaluation_data: NotRequired[Annotated[Optional[JsonValue], Field(alias="evaluation_data")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructor_id: Annotated[uuid.UUID, Field(alias="instructor_id")]
    letter_grade: NotRequired[Annotated[Optional[str], Field(alias="letter_grade")]]
    model_used: NotRequired[Annotated[Optional[str], Field(alias="model_used")]]
    rubric_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="rubric_id")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    student_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="student_id")]]
    total_score: NotRequired[Annotated[Optional[float], Field(alias="total_score")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicEvaluationsUpdate(TypedDict):
    ai_provider: NotRequired[Annotated[Optional[str], Field(alias="ai_provider")]]
    audio_url: NotRequired[Annotated[Optional[str], Field(alias="audio_url")]]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    evaluation_data: NotRequired[Annotated[Optional[JsonValue], Field(alias="evaluation_data")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructor_id: NotRequired[Annotated[uuid.UUID, Field(alias="instructor_id")]]
    letter_grade: NotRequired[Annotated[Optional[str], Field(alias="letter_grade")]]
    model_used: NotRequired[Annotated[Optional[str], Field(alias="model_used")]]
    rubric_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="rubric_id")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    student_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="student_id")]]
    total_score: NotRequired[Annotated[Optional[float], Field(alias="total_score")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicInstitutions(BaseModel):
    domain: Optional[str] = Field(alias="domain")
    id: uuid.UUID = Field(alias="id")
    name: str = Field(alias="name")

class PublicInstitutionsInsert(TypedDict):
    domain: NotRequired[Annotated[Optional[str], Field(alias="domain")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    name: Annotated[str, Field(alias="name")]

class PublicInstitutionsUpdate(TypedDict):
    domain: NotRequired[Annotated[Optional[str], Field(alias="domain")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]

class PublicRubrics(BaseModel):
    categories: Optional[JsonValue] = Field(alias="categories")
    created_at: datetime.datetime = Field(alias="created_at")
    creator_id: Optional[uuid.UUID] = Field(alias="creator_id")
    deleted_locally_at: Optional[datetime.datetime] = Field(alias="deleted_locally_at")
    deleted_locally_by: Optional[uuid.UUID] = Field(alias="deleted_locally_by")
    description: Optional[str] = Field(alias="description")
    grade_scale: Optional[JsonValue] = Field(alias="grade_scale")
    id: uuid.UUID = Field(alias="id")
    institution_id: Optional[uuid.UUID] = Field(alias="institution_id")
    is_template: bool = Field(alias="is_template")
    name: str = Field(alias="name")
    speech_type: Optional[str] = Field(alias="speech_type")
    total_points: Optional[float] = Field(alias="total_points")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicRubricsInsert(TypedDict):
    categories: NotRequired[Annotated[Optional[JsonValue], Field(alias="categories")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    creator_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="creator_id")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    grade_scale: NotRequired[Annotated[Optional[JsonValue], Field(alias="grade_scale")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    institution_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="institution_id")]]
    is_template: NotRequired[Annotated[bool, Field(alias="is_template")]]
    name: Annotated[str, Field(alias="name")]
    speech_type: NotRequired[Annotated[Optional[str], Field(alias="speech_type")]]
    total_points: NotRequired[Annotated[Optional[float], Field(alias="total_points")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicRubricsUpdate(TypedDict):
    categories: NotRequired[Annotated[Optional[JsonValue], Field(alias="categories")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    creator_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="creator_id")]]
    deleted_locally_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_locally_at")]]
    deleted_locally_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="deleted_locally_by")]]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    grade_scale: NotRequired[Annotated[Optional[JsonValue], Field(alias="grade_scale")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    institution_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="institution_id")]]
    is_template: NotRequired[Annotated[bool, Field(alias="is_template")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    speech_type: NotRequired[Annotated[Optional[str], Field(alias="speech_type")]]
    total_points: NotRequired[Annotated[Optional[float], Field(alias="total_points")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicUserProfiles(BaseModel):
    account_tier: str = Field(alias="account_tier")
    created_at: datetime.datetime = Field(alias="created_at")
    email: Optional[str] = Field(alias="email")
    full_name: Optional[str] = Field(alias="full_name")
    id: uuid.UUID = Field(alias="id")
    institution_id: Optional[uuid.UUID] = Field(alias="institution_id")
    llm_training_consent_given: bool = Field(alias="llm_training_consent_given")
    llm_training_consent_given_at: Optional[datetime.datetime] = Field(alias="llm_training_consent_given_at")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicUserProfilesInsert(TypedDict):
    account_tier: NotRequired[Annotated[str, Field(alias="account_tier")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    email: NotRequired[Annotated[Optional[str], Field(alias="email")]]
    full_name: NotRequired[Annotated[Optional[str], Field(alias="full_name")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    institution_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="institution_id")]]
    llm_training_consent_given: NotRequired[Annotated[bool, Field(alias="llm_training_consent_given")]]
    llm_training_consent_given_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="llm_training_consent_given_at")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicUserProfilesUpdate(TypedDict):
    account_tier: NotRequired[Annotated[str, Field(alias="account_tier")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    email: NotRequired[Annotated[Optional[str], Field(alias="email")]]
    full_name: NotRequired[Annotated[Optional[str], Field(alias="full_name")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    institution_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="institution_id")]]
    llm_training_consent_given: NotRequired[Annotated[bool, Field(alias="llm_training_consent_given")]]
    llm_training_consent_given_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="llm_training_consent_given_at")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class LlmDatasetMembers(BaseModel):
    content_sha256: str = Field(alias="content_sha256")
    dataset_id: uuid.UUID = Field(alias="dataset_id")
    evaluation_id: uuid.UUID = Field(alias="evaluation_id")
    shard_path: str = Field(alias="shard_path")
    split: str = Field(alias="split")
    subject_hash: str = Field(alias="subject_hash")
