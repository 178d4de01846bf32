"""What a score cost goes into the app's own tables where it has them, and a table that is not as known costs no score."""

import uuid
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from .conftest import School
from .test_scores import accepted, end

LEDGER = {"gpu_seconds": 1.5, "cost": 0.000625, "kwh": 0.000125, "co2_kg": 0.0000625, "watts": 300}
# As the app's own files have them (contract, 1.7).
COST_TRACKING = """create table public.cost_tracking (
  id uuid primary key default gen_random_uuid(), evaluation_id uuid references public.evaluations (id) on delete cascade,
  instructor_id uuid, institution_id uuid, gpu_seconds numeric(10,3) not null, estimated_cost numeric(10,6) not null,
  actual_cost numeric(10,6), provider text not null default 'modal', model_name text, file_size_mb numeric,
  processing_time_seconds numeric, created_at timestamptz default now())"""
ENERGY_USAGE = """create table public.energy_usage (
  id uuid primary key default gen_random_uuid(),
  evaluation_id uuid not null unique references public.evaluations (id) on delete cascade, instructor_id uuid not null,
  institution_id uuid, ai_provider text not null, energy_kwh numeric(12,6), co2_kg numeric(12,6), scope text,
  scope_category text, provider_metadata jsonb, file_size_bytes bigint, processing_time_seconds numeric,
  video_duration_seconds numeric, created_at timestamptz default now())"""


def settle(school: School, ledger: dict[str, Any] | None = LEDGER) -> dict[str, Any]:
    body = end(accepted(school), prompt_tokens=900, completion_tokens=100)
    return dict(school.one("select llm.settle_score(%s, 'scorer-one', true, %s)", Jsonb(body), Jsonb(ledger)))


@pytest.fixture
def ledgers(school: School) -> School:
    school.db.execute(COST_TRACKING)
    school.db.execute(ENERGY_USAGE)
    return school


def test_cost_and_energy_are_kept_with_the_model_that_caused_them(ledgers: School) -> None:
    settle(ledgers)
    cost = ledgers.db.execute("select * from public.cost_tracking").fetchone() or {}
    assert (float(cost["gpu_seconds"]), float(cost["estimated_cost"])) == (1.5, 0.000625)
    assert (cost["provider"], cost["model_name"]) == ("speechgrade", "base@1+sg-1+r1")
    assert cost["instructor_id"] == ledgers.instructor
    energy = ledgers.db.execute("select * from public.energy_usage").fetchone() or {}
    assert (energy["ai_provider"], energy["scope"], float(energy["energy_kwh"])) == ("finetuned", "scope_2", 0.000125)
    assert energy["provider_metadata"]["tokens"] == 1000


def test_a_score_given_again_adds_to_the_energy(ledgers: School) -> None:
    for _ in range(2):
        settle(ledgers)
    assert ledgers.one("select count(*) from public.cost_tracking") == 2
    assert float(ledgers.one("select energy_kwh from public.energy_usage")) == 0.00025


def test_the_apps_own_energy_row_is_left_alone(ledgers: School) -> None:
    ledgers.db.execute(
        "insert into public.energy_usage (evaluation_id, instructor_id, ai_provider, energy_kwh) values (%s, %s, 'qwen', 9)",
        (ledgers.evaluation, ledgers.instructor),
    )
    settle(ledgers)
    assert float(ledgers.one("select energy_kwh from public.energy_usage")) == 9


def test_without_the_tables_or_with_other_columns_a_score_is_kept_all_the_same(school: School) -> None:
    assert settle(school)["settled"]
    school.db.execute("create table public.cost_tracking (id uuid)")
    assert settle(school)["status"] == "ok"
    assert school.one("select details ->> 'sqlstate' from llm.audit_log where action = 'ledger_failed'") == "42703"


def test_switched_off_or_unscored_nothing_is_kept(ledgers: School) -> None:
    settle(ledgers, None)
    body = {"id": accepted(ledgers), "status": "unscored", "reason": "answer_shape", "problem": {}}
    ledgers.one("select llm.settle_score(%s, 'scorer-one', true, %s)", Jsonb(body), Jsonb(LEDGER))
    assert ledgers.one("select count(*) from public.cost_tracking") == 0
    assert uuid.UUID(body["id"])
