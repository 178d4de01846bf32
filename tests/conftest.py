"""Open input is drawn alike in every run, and no test fails because its first example had to load a library.

``HYPOTHESIS_PROFILE=explore`` draws anew, to look for what nobody has thought of.
"""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What a command has set up for its process does not outlive the test that ran it."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
