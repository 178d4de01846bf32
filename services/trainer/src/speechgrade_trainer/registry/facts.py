"""What ``metrics.json`` says of a run besides its test: strict where every run has it, lenient where few do. Pure.

What cannot be read of an optional part is taken as absent: a report without a cost is better than none.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Validated(_Facts):
    """A point of the validation's curve."""

    epoch: float
    validation: float


class Step(_Facts):
    """A logged step of the training."""

    step: int
    loss: float


class Loss(_Facts):
    """Losses on the assistant's answer, in nats per token."""

    before: float
    after: float
    best_step: int
    steps: int
    curve: tuple[Validated, ...]
    train: tuple[Step, ...] = ()


class Bucket(_Facts):
    """So many examples have from ``start`` to ``end`` tokens."""

    start: float = Field(alias="from")
    end: float = Field(alias="to")
    count: int


class Tokens(_Facts):
    """How long the examples of a split are; ``buckets`` count those of at most so many tokens, by edge as text."""

    shortest: int | None = None
    median: int | None = None
    p95: int | None = None
    longest: int | None = None
    buckets: dict[int, int] = {}

    def histogram(self) -> tuple[Bucket, ...]:
        """The buckets from edge to edge; the first begins at zero."""
        edges = sorted(self.buckets)
        return tuple(
            Bucket(**{"from": low, "to": high}, count=self.buckets[high])
            for low, high in zip([0, *edges], edges, strict=False)
        )


class Preflight(_Facts):
    """What was counted before the training; counts only, by split."""

    histogram: dict[str, tuple[Bucket, ...]] = {}
    shortened: dict[str, int] = {}
    excluded: dict[str, int] = {}
    warnings: tuple[str, ...] = ()


class Run(_Facts):
    """What the training took; every number may be unknown."""

    device: str | None = None
    seconds: float | None = None
    tokens_per_s: float | None = None
    padding_share: float | None = None
    peak_memory_bytes: float | None = None
    energy_kwh: float | None = None
    cost: float | None = None
    currency: str | None = None
    batch_size: int | None = None
    gradient_accumulation: int | None = None
    attempts: int | None = None


class Check(_Facts):
    """One condition of the gate."""

    name: str
    passed: bool
    text: str = ""


class Gate(_Facts):
    """Whether the adapter may be promoted without force, and why not."""

    passed: bool
    checks: tuple[Check, ...] = ()


def _run(value: object) -> Run:
    read: dict[str, Any] = {}
    for name, given in value.items() if isinstance(value, Mapping) else ():
        if name in Run.model_fields:
            with suppress(ValidationError):
                read[name] = getattr(Run.model_validate({name: given}), name)
    return Run(**read)


def _preflight(value: object) -> Preflight:
    """Part by part, so that one that is odd does not hide the others."""
    read: dict[str, Any] = {}
    for name, given in value.items() if isinstance(value, Mapping) else ():
        if name in Preflight.model_fields:
            with suppress(ValidationError):
                read[name] = getattr(Preflight.model_validate({name: given}), name)
    return Preflight(**read)


def _gate(value: object) -> Gate | None:
    try:
        return Gate.model_validate(value)
    except ValidationError:
        return None


def _tokens(value: object) -> dict[str, Tokens]:
    found = {}
    for split, given in value.items() if isinstance(value, Mapping) else ():
        with suppress(ValidationError):
            found[str(split)] = Tokens.model_validate(given)
    return found


def _versions(value: object) -> dict[str, str]:
    return {str(name): str(version) for name, version in value.items()} if isinstance(value, Mapping) else {}


class Facts(_Facts):
    """All of it."""

    examples: dict[str, int]
    subjects: dict[str, int]
    loss: Loss
    tokens: Annotated[dict[str, Tokens], BeforeValidator(_tokens)] = {}
    preflight: Annotated[Preflight, BeforeValidator(_preflight)] = Preflight()
    run: Annotated[Run, BeforeValidator(_run)] = Run()
    gate: Annotated[Gate | None, BeforeValidator(_gate)] = None
    tokenizer_sha256: str | None = None
    template_sha256: str | None = None
    versions: Annotated[dict[str, str], BeforeValidator(_versions)] = {}
