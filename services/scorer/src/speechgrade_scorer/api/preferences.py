"""How long a caller is willing to wait, by the header Prefer (RFC 7240)."""

import re

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)
_ASYNC = re.compile(r"(?:^|[,;\s])respond-async(?=$|[,;\s])", re.IGNORECASE)


def preferred_wait_s(prefer: str) -> float | None:
    """Seconds to wait for an answer; None where the caller leaves it to the server. What is not understood is ignored.

    ``wait=N`` is an upper bound also beside ``respond-async``, which alone means not to wait at all.
    """
    wait = _WAIT.search(prefer)
    if wait is not None:
        return float(wait[1])
    return 0.0 if _ASYNC.search(prefer) else None
