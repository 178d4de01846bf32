"""A port that is taken is an error with a code that names the setting."""

import socket

import pytest
from speechgrade_shared.errors import PortUnavailable, Retry
from speechgrade_shared.listening import listen


def test_a_port_that_is_taken_is_named_with_its_setting() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortUnavailable, match="SPEECHGRADE_HEALTH_PORT") as caught,
    ):
        listen("127.0.0.1", taken.getsockname()[1], "SPEECHGRADE_HEALTH_PORT")
    assert (caught.value.code, caught.value.retry) == ("port_unavailable", Retry.OPERATOR)


def test_a_free_port_is_listened_on() -> None:
    with listen("localhost", 0, "X") as listener:
        assert listener.getsockname()[1] > 0
