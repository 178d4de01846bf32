"""Importing Presidio's pattern recognizers and spaCy without what they would load besides.

Both import torch and transformers wherever these are installed, for models that nobody uses here; and Presidio imports
spaCy for an analysis of language that its pattern recognizers do not need. The exporter and the scorer are small
processes, and must stay so on a machine that has all that; their images leave it out.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_HEAVY = ("torch", "transformers", "tensorflow", "stanza", "gliner", "cupy", "mxnet")
_LANGUAGE = (
    "spacy",
    "spacy.language",
    "spacy.pipeline",
    "spacy.tokens",
    "spacy.util",
    "spacy.vocab",
    "thinc",
    "thinc.api",
)


class _AbsentKind(type):
    def __getattr__(cls, name: str) -> "_AbsentKind":
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class _Absent(metaclass=_AbsentKind):
    """Stands for whatever is named while classes and decorators are defined, and does nothing."""

    def __new__(cls, *given: Any, **named: Any) -> Any:  # noqa: ARG004
        return given[0] if given and callable(given[0]) else cls


@contextmanager
def light_imports() -> Iterator[None]:
    """While it lasts, heavy packages that are not loaded yet count as not installed."""
    with _in_place_of(dict.fromkeys(_HEAVY)):
        yield


@contextmanager
def imports_without_language() -> Iterator[None]:
    """The same, and spaCy's names can be imported but are good for nothing."""
    with light_imports(), _in_place_of({name: _inert(name) for name in _LANGUAGE}):
        yield


@contextmanager
def _in_place_of(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    hidden = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _inert(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    module.__getattr__ = lambda wanted: _Absent  # type: ignore[method-assign]  # noqa: ARG005
    return module
