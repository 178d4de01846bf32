"""Named places where a process may die or another may come in between; inert unless a test arms them.

Code that changes something in more than one step says where it stands: ``reach(Failpoint.SHARD_AFTER_UPLOAD)``. While
nothing is armed that is one look into an empty dictionary. Only code can arm a place, so no setting of a running
service does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Failpoint(StrEnum):
    """A place worth dying at, by its name."""

    CLAIM_AFTER = "claim.after"
    """Changes are leased to this worker and it has done nothing with them."""
    READ_AFTER = "read.after"
    """The evaluations are read; whatever changes from here on, the worker does not see."""
    SETTLE_BEFORE = "settle.before"
    """The worker has decided, and the database knows nothing of it."""
    SETTLE_AFTER = "settle.after"
    """The decisions are settled, and the worker has not heard so."""
    SHARD_BEFORE_UPLOAD = "shard.before_upload"
    """A shard is made and not in the bucket."""
    SHARD_AFTER_UPLOAD = "shard.after_upload"
    """A shard is in the bucket, and no row names it."""
    SHARD_AFTER_RECORD = "shard.after_record"
    """A shard and its members are recorded, and no dataset holds it."""
    PUBLISH_BEFORE_ROW = "publish.before_row"
    """Every object of a dataset is in the bucket, and the row that makes it visible is not written."""
    PUBLISH_AFTER_ROW = "publish.after_row"
    """A dataset is published, and the publisher has not heard so."""
    ERASE_BEFORE_OBJECTS = "erase.before_objects"
    """It is known which objects must go, and all are there."""
    ERASE_AFTER_OBJECTS = "erase.after_objects"
    """The objects are gone, and no certificate says so."""
    ERASE_AFTER_CERTIFICATE = "erase.after_certificate"
    """The certificate is written, and the eraser has not heard so."""
    SWEEP_BEFORE_DELETE = "sweep.before_delete"
    """The sweep knows what nobody names, and all of it is there."""
    SWEEP_AFTER_DELETE = "sweep.after_delete"
    """The sweep has deleted what nobody named."""
    SWEEP_AFTER_SCORES = "sweep.after_scores"
    """The sweep has removed some scores whose time is over, and may have others to remove."""


class PullFailpoint(StrEnum):
    """The same for whoever reads datasets."""

    AFTER_SHARD = "pull.after_shard"
    """A shard is fetched and kept, and the dataset is not whole."""
    BEFORE_PLACE = "pull.before_place"
    """The dataset is whole, and it does not have its name."""


class TrainFailpoint(StrEnum):
    """The same for whoever trains adapters and registers them."""

    TRAIN_BEFORE_STEPS = "train.before_steps"
    """The base is loaded and measured, and no step is taken."""
    MEASURE_BEFORE = "measure.before"
    """The adapter is trained and saved, and has answered nothing."""
    UPLOAD_BEFORE = "upload.before"
    """The adapter is measured and packaged, and nothing of it is in the bucket."""
    UPLOAD_AFTER_PART = "upload.after_part"
    """A part of a large object is in Storage, and others are not."""
    ADAPTER_AFTER_FILE = "adapter.after_file"
    """A file of an adapter is in the bucket and verified, and others are not."""
    ADAPTER_BEFORE_ROW = "adapter.before_row"
    """Every file of an adapter is in the bucket, and no row names it."""
    ADAPTER_AFTER_ROW = "adapter.after_row"
    """An adapter is registered, and the trainer has not heard so."""
    PURGE_AFTER_OBJECTS = "purge.after_objects"
    """The objects of a tainted adapter are gone, and its row does not say so."""


class FailpointHit(BaseException):
    """The process dies here. No ``except Exception`` holds it up, as none holds up a kill."""

    def __init__(self, name: str) -> None:
        super().__init__(f"died at {name}")
        self.name = name


_armed: dict[str, Callable[[], None]] = {}


def reach(name: str) -> None:
    """Pass a named place; does nothing unless a test has armed it."""
    action = _armed.get(name)
    if action is not None:
        action()


@contextmanager
def armed(name: StrEnum, action: Callable[[], None] | None = None, *, at: int = 1) -> Iterator[None]:
    """Do something when a place is reached for the ``at``-th time: by default, raise ``FailpointHit``."""
    reached = 0

    def count() -> None:
        nonlocal reached
        reached += 1
        if reached == at:
            (action or _die)()

    def _die() -> None:
        raise FailpointHit(name)

    before = _armed.get(name)
    _armed[name] = count
    try:
        yield
    finally:
        if before is None:
            del _armed[name]
        else:
            _armed[name] = before
