"""Where a service is to be reached."""

import socket

from speechgrade_shared.errors import PortUnavailable


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens there; ``setting`` is what an operator changes where it cannot.

    Raises:
        PortUnavailable: something else listens there, or this machine has no such address.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortUnavailable(
            f"{host}:{port} cannot be listened on ({error.strerror}). Stop what does, or set {setting}."
        ) from error
