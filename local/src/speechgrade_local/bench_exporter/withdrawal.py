"""A student takes back their consent while the exporter runs: how long until nothing of them is left."""

import hashlib
import time
from dataclasses import dataclass
from random import Random

from speechgrade_local.bench_exporter.observer import Observer

_ADAPTER = hashlib.sha256(b"adapter of the bench").hexdigest()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Seconds from the commit of the withdrawal until each was seen. ``write_seconds`` is the app's own write."""

    evaluations: int
    objects: int
    write_seconds: float
    excluded: float
    tainted: float
    published: float
    objects_gone: float
    certified: float


def withdraw(observer: Observer, rng: Random) -> Withdrawal:
    """Withdraw the consent of one student whose speeches an adapter has learned from."""
    _register_adapter(observer)
    student = rng.choice(observer.values(_STUDENTS))
    evaluations = observer.values(_INCLUDED, student)
    objects = observer.values(
        "select distinct shard_path from llm.dataset_members where evaluation_id = any(%s)", evaluations
    )
    before = observer.digest()
    write_seconds = observer.commit(_WITHDRAW, student)
    committed = time.perf_counter()

    def since() -> float:
        return time.perf_counter() - committed

    observer.await_that(lambda: not observer.value(_STILL_INCLUDED, evaluations), "The exclusion of the examples")
    excluded = since()
    observer.await_that(lambda: observer.value(_STATUS, _ADAPTER) == "tainted", "The taint of the adapter")
    tainted = since()
    observer.await_that(lambda: observer.digest() not in (None, before), "A new dataset")
    published = since()
    observer.await_that(lambda: not any(map(observer.has_object, objects)), "The erasure of the objects")
    gone = since()
    observer.await_that(lambda: bool(observer.value(_CERTIFIED, evaluations)), "The certificate")
    return Withdrawal(len(evaluations), len(objects), write_seconds, excluded, tainted, published, gone, since())


def _register_adapter(observer: Observer) -> None:
    """An approved adapter that has learned from the current dataset."""
    run = observer.value(_NEW_RUN)
    observer.commit(_NEW_ADAPTER, _ADAPTER, run)


_NEW_RUN = """
    insert into llm.training_runs (dataset_id, recipe, recipe_sha256, recipe_body, worker, status)
    select id, 'bench', '', '{}', 'bench', 'succeeded' from llm.datasets where status = 'current' returning id
"""
_NEW_ADAPTER = """
    insert into llm.adapters (digest, name, run_id, dataset_id, status, base_model, base_revision, renderer_version,
                              lora_rank, object_prefix, files, metrics)
    select %s, 'bench', r.id, d.id, 'approved', 'base', 'revision', d.renderer_version, 16, '', '[]', '{}'
      from llm.training_runs r join llm.datasets d on d.id = r.dataset_id where r.id = %s
"""
_STUDENTS = """
    select distinct e.student_id from public.evaluations e
      join llm.training_data t on t.evaluation_id = e.id and t.status = 'included' order by 1
"""
_INCLUDED = """
    select t.evaluation_id from llm.training_data t
      join public.evaluations e on e.id = t.evaluation_id and e.student_id = %s where t.status = 'included'
"""
_STILL_INCLUDED = "select count(*) from llm.training_data where evaluation_id = any(%s) and status = 'included'"
_STATUS = "select status from llm.adapters where digest = %s"
_CERTIFIED = """
    select count(*) > 0 and bool_and(completed_at is not null) from llm.erasures where evaluation_id = any(%s)
"""
_WITHDRAW = """
    insert into public.consent_forms (course_id, student_id, consent_type, consent_given, created_at)
    select course_id, id, 'llm_training', false, clock_timestamp() from public.course_students where id = %s
"""
