"""Importing spaCy and what stands on it without what it would load besides.

spaCy and Presidio import torch and transformers wherever these are installed, for models that nobody uses here.
The exporter and the scorer are small processes and must stay so on a machine that has them.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_HEAVY = ("torch", "transformers", "tensorflow", "stanza", "gliner", "cupy", "mxnet")


@contextmanager
def light_imports() -> Iterator[None]:
    """While it lasts, heavy packages that are not loaded yet count as not installed."""
    hidden = [name for name in _HEAVY if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
