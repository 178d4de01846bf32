"""What ``metrics.json`` says of a run besides its test: strict where every run has it, lenient where few do. Pure.

What cannot be read of an optional part is taken as absent: a report without a cost is better than none.
"""

from collections.abc import Mapping
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


class Preflight(_Facts):
    """What was counted before the training."""

    histogram: dict[str, tuple[Bucket, ...]] = {}
    shortened: dict[str, int] = {}
    excluded: dict[str, int] = {}


class Run(_Facts):
    """What the training took; every number may be unknown."""

    device: str | None = None
    seconds: float | None = None
    tokens_per_s: float | None = None
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
    fields = value if isinstance(value, Mapping) else {}
    read = [_part(name, given) for name, given in fields.items() if name in Run.model_fields]
    return Run.model_validate({name: given for part in read for name, given in part.items()})


def _part(name: str, given: object) -> dict[str, Any]:
    try:
        return Run.model_validate({name: given}).model_dump(include={name})
    except ValidationError:
        return {}


def _preflight(value: object) -> Preflight:
    try:
        return Preflight.model_validate(value or {})
    except ValidationError:
        return Preflight()


def _gate(value: object) -> Gate | None:
    try:
        return Gate.model_validate(value)
    except ValidationError:
        return None


def _versions(value: object) -> dict[str, str]:
    return {str(name): str(version) for name, version in value.items()} if isinstance(value, Mapping) else {}


class Facts(_Facts):
    """All of it."""

    examples: dict[str, int]
    subjects: dict[str, int]
    loss: Loss
    tokens: dict[str, dict[str, int]] = {}
    preflight: Annotated[Preflight, BeforeValidator(_preflight)] = Preflight()
    run: Annotated[Run, BeforeValidator(_run)] = Run()
    gate: Annotated[Gate | None, BeforeValidator(_gate)] = None
    versions: Annotated[dict[str, str], BeforeValidator(_versions)] = {}
