"""The manifests that make a dataset and an adapter verifiable: every file with its digest, and what made them."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from speechgrade_shared.digest import canonical_json, sha256_hex
from speechgrade_shared.errors import ManifestInvalid
from speechgrade_shared.subject import Split

ADAPTER_NAME_DIGITS = 20
_FILE_NAME = r"^[A-Za-z0-9-]+\.[a-z]+$"
_SHA256 = r"^[0-9a-f]{64}$"


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_bytes(self) -> bytes:
        """The canonical bytes; their SHA-256 is the digest."""
        return canonical_json(self.model_dump(mode="json"))

    def digest(self) -> str:
        return sha256_hex(self.to_bytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a manifest.

        Raises:
            ManifestInvalid: it is not one, or of another format version.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise ManifestInvalid("The manifest cannot be read.") from error


class Shard(BaseModel):
    """One content-addressed JSONL object: its path in the bucket ends in its own digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str = Field(pattern=_SHA256)
    bytes: int = Field(ge=0)
    examples: int = Field(ge=1)


class SplitManifest(BaseModel):
    """The shards of one split in order, and how many examples and people they hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    examples: int = Field(ge=0)
    subjects: int = Field(ge=0)
    shards: tuple[Shard, ...]


class Document(BaseModel):
    """A content-addressed object that describes a dataset: its path in the bucket and its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str = Field(pattern=_SHA256)


class DatasetManifest(_Manifest):
    """A published snapshot. The same rows give the same bytes: there is no clock in it but the rows' own.

    ``consent_as_of`` is the newest student decision that any example rests on. ``documents`` maps file names
    (README.md, scores.svg, sample.jsonl) to their objects.
    """

    format: Literal["speechgrade-dataset/1"] = "speechgrade-dataset/1"
    renderer_version: str
    anonymizer_version: str
    consent_types: tuple[str, ...]
    consent_as_of: str | None = None
    splits: dict[Split, SplitManifest]
    excluded: dict[str, int]
    documents: dict[Annotated[str, Field(pattern=_FILE_NAME)], Document] = {}

    def shards(self) -> tuple[Shard, ...]:
        return tuple(shard for split in Split for shard in self.splits[split].shards)


class AdapterManifest(_Manifest):
    """An adapter's files and its lineage. ``files`` maps each path in the folder to its SHA-256."""

    format: Literal["speechgrade-adapter/1"] = "speechgrade-adapter/1"
    base_model: str
    base_revision: str
    renderer_version: str
    dataset_digest: str = Field(pattern=_SHA256)
    recipe: str
    recipe_sha256: str = Field(pattern=_SHA256)
    lora_rank: int = Field(ge=1)
    files: dict[str, str]
    metrics: dict[str, Any]


def adapter_name(digest: str) -> str:
    """The name under which an engine serves an adapter: immutable, and safe as a path part (``^[a-z0-9-]+$``)."""
    return f"sg-{digest[:ADAPTER_NAME_DIGITS]}"


def model_used(base_model: str, base_revision: str, adapter: str | None, prompt_version: str) -> str:
    """What goes on a student's record: base@revision + adapter + prompt version."""
    return "+".join(filter(None, (f"{base_model}@{base_revision}", adapter, prompt_version)))


def external_model_used(model: str, prompt_version: str) -> str:
    """The same for a model that is not ours, by the name under which it answered."""
    return f"openai:{model}+{prompt_version}"
