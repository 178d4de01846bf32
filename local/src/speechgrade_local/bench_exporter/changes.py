"""One evaluation changes: how long until a dataset with the change is published, and what was uploaded for it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from speechgrade_local.bench_exporter.exporter_run import run_exporter, start_seconds
from speechgrade_local.bench_exporter.observer import Observer, uploaded_bytes

_LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class ServedChange:
    """Seconds from the commit of the change until the new dataset was current; bytes written to the bucket."""

    seconds: float
    uploaded_bytes: int


def changed_with_once(observer: Observer, env: Mapping[str, str], rng: Random) -> float:
    """Seconds of work of a ``once`` that finds one changed evaluation.

    What a start of the process took just before is taken off, since a busy machine does not start it equally fast.
    """
    _change_one(observer, rng)
    start_s = start_seconds(env)
    return run_exporter(("once", "--json"), env).seconds - start_s


def changed_while_serving(observer: Observer, metrics_url: str, rng: Random) -> ServedChange:
    """Change one evaluation at a moment that the running exporter does not know."""
    time.sleep(rng.uniform(0, _LONGEST_PAUSE_S))
    before, uploaded = observer.digest(), uploaded_bytes(metrics_url)
    _change_one(observer, rng)
    seconds = observer.await_that(lambda: observer.digest() not in (None, before), "A new dataset")
    return ServedChange(seconds, uploaded_bytes(metrics_url) - uploaded)


def _change_one(observer: Observer, rng: Random) -> None:
    ids = observer.values("select evaluation_id from llm.training_data where status = 'included' order by 1")
    observer.commit(
        "update public.evaluations set transcript = transcript || %s where id = %s",
        f" And there are {rng.randint(100, 999)} more things to say.",
        rng.choice(ids),
    )
