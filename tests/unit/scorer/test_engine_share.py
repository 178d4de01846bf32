"""What a score is charged: its share of the engine's time, no second twice and none left out."""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.requests.ledger import EngineShare, ledger_of
from speechgrade_scorer.settings import ScorerSettings


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=30))
def test_shares_add_up_to_the_time_that_the_engine_was_busy(steps: list[tuple[float, bool]]) -> None:
    now = 0.0
    share, running, told, busy = EngineShare(lambda: now), [], [], 0.0
    for passed_s, begins in steps:
        now += passed_s
        busy += passed_s if running else 0.0
        if begins or not running:
            stack = ExitStack()
            told.append(stack.enter_context(share.measured()))
            running.append(stack)
        else:
            running.pop(0).close()
    while running:
        running.pop().close()
    assert abs(sum(one() for one in told) - busy) < 1e-6


def test_cost_and_energy_follow_the_settings(settings: ScorerSettings) -> None:
    priced = settings.model_copy(update={"gpu_price_per_hour": 3.6, "engine_watts": 400, "grid_kg_per_kwh": 0.25})
    assert ledger_of(priced, 2.0) == {
        "gpu_seconds": 2.0,
        "cost": 0.002,
        "kwh": 0.000222222,
        "co2_kg": 0.000055556,
        "watts": 400,
    }
    assert ledger_of(settings.model_copy(update={"ledgers": False}), 2.0) is None
