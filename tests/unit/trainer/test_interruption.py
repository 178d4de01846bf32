"""A signal stops a training at its next step, everything else at once, and a second signal does not wait."""

import os
import signal

import pytest
from speechgrade_trainer.errors import Interrupted, RunLost
from speechgrade_trainer.running.interruption import SIGNALS, Interruption


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_within_steps_the_first_signal_only_asks_and_the_second_stops(number: signal.Signals) -> None:
    with Interruption().heard() as interruption, interruption.at_the_next_step():
        send(number)
        assert interruption.is_wanted
        with pytest.raises(KeyboardInterrupt):
            send(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_elsewhere_a_signal_stops_at_once_and_what_begins_after_it_does_not_begin(number: signal.Signals) -> None:
    with Interruption().heard() as interruption:
        with pytest.raises(KeyboardInterrupt):
            send(number)
        with pytest.raises(Interrupted), interruption.at_the_next_step():
            pytest.fail("nothing begins any more")


def test_whoever_wants_it_stopped_says_why() -> None:
    interruption = Interruption()
    interruption.check()
    interruption.want(RunLost("The run was cancelled."))
    with pytest.raises(RunLost, match="cancelled"):
        interruption.check()


def test_the_handlers_before_come_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Interruption().heard():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
