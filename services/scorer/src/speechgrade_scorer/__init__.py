"""The scorer: one speech and one rubric in, a complete and named score out, or an honest reason why there is none."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("speechgrade-scorer")
except PackageNotFoundError:  # run from a source tree
    __version__ = "0.1.0"
