"""``speechgrade-exporter`` as a process that is killed at a named place.

SPEECHGRADE_FAILPOINTS="publish.before_row=kill:3" kills it when it comes there for the third time, as ``kill -9`` does.
"""

import os
import signal
from contextlib import ExitStack

from speechgrade_exporter.commands import main
from speechgrade_shared.failpoints import Failpoint, armed


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with ExitStack() as places:
        for wish in filter(None, os.environ.get("SPEECHGRADE_FAILPOINTS", "").split(",")):
            name, _, at = wish.partition("=kill:")
            places.enter_context(armed(Failpoint(name), kill, at=int(at)))
        main()
