"""``speechgrade-weights.json``: what a base consists of, to the byte; written once, and compared with ever after."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from speechgrade_shared.digest import tree_digest

from speechgrade_trainer.errors import WeightsInvalid
from speechgrade_trainer.weights.layout import MODEL, REVISION, write_whole

RECORD_FILE = "speechgrade-weights.json"
_REVISION_DIGITS = 12
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.+-]*$", max_length=200)]


class RecordedFile(BaseModel):
    """A file's size in bytes and its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0)
    sha256: Sha256


class Record(BaseModel):
    """A base: its id, the commit, every file, and one digest over all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = Field(default=1, ge=1, le=1)
    model: str = Field(pattern=MODEL)
    revision: str = Field(pattern=REVISION)
    """What engine, scorer and recipe call it: a commit of the hub, or the first digits of the weights' digest."""
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    """The name of its folder among the snapshots."""
    bytes: int = Field(ge=0)
    sha256: Sha256
    files: dict[FileName, RecordedFile] = Field(min_length=1)

    @classmethod
    def of(cls, model: str, revision: str, commit: str, files: Mapping[str, RecordedFile]) -> Self:
        """Describe what was fetched or brought."""
        return cls(
            model=model,
            revision=revision,
            commit=commit,
            bytes=sum(file.bytes for file in files.values()),
            sha256=digest_of(files),
            files=dict(sorted(files.items())),
        )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.sha256 != digest_of(self.files) or self.bytes != sum(file.bytes for file in self.files.values()):
            raise ValueError("its digest is not that of the files that it names")
        return self

    @property
    def digest(self) -> str:
        """What an operator writes down, and ``verify --digest`` compares with."""
        return f"sha256:{self.sha256}"

    def write(self, folder: Path) -> None:
        """Put it beside the files, whole or not at all."""
        write_whole(folder / RECORD_FILE, self.model_dump_json(indent=2) + "\n")


def digest_of(files: Mapping[str, RecordedFile]) -> str:
    """One digest for all files, by name and content."""
    return tree_digest({name: file.sha256 for name, file in files.items()})


def content_revision_of(digests: Mapping[str, str]) -> str:
    """The revision of a base without a commit: the first digits of its weights' SHA-256, or of all of theirs.

    Args:
        digests: SHA-256 by name; files that are no safetensors do not count.
    """
    weights = {name: sha256 for name, sha256 in digests.items() if name.endswith(".safetensors")}
    whole = next(iter(weights.values())) if len(weights) == 1 else tree_digest(weights)
    return whole[:_REVISION_DIGITS]


def read_record(data: bytes) -> Record:
    """Read a record.

    Raises:
        WeightsInvalid: ``record_invalid``: it is not one, or was edited.
    """
    try:
        return Record.model_validate_json(data)
    except ValidationError as error:
        raise WeightsInvalid(
            f"{RECORD_FILE} cannot be read, or its digest is not that of the files that it names. "
            "Fetch or import the weights again.",
            code="record_invalid",
        ) from error
