"""Names the installed distributions that nothing reaches once some roots are left out, one a line.

usage: python unneeded.py WANTED[,WANTED…] WITHOUT[,WITHOUT…]

Run with the Python of the environment in question. `pip uninstall -y $(python unneeded.py …)` then makes it smaller
without a list of indirect dependencies that would have to be kept in step.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions

_REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")
_OPTIONAL = re.compile(r"\bextra\s*==")


def unneeded(installed: dict[str, frozenset[str]], wanted: Iterable[str], without: Iterable[str]) -> list[str]:
    """Those of `installed` (name to the names that it requires) that `wanted` do not reach except through `without`."""
    left_out, reached = set(without), set[str]()
    ahead = [name for name in wanted if name in installed]
    while ahead:
        name = ahead.pop()
        if name not in reached and name not in left_out:
            reached.add(name)
            ahead += [needed for needed in installed[name] if needed in installed]
    return sorted(set(installed) - reached)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(distribution: Distribution) -> Iterator[str]:
    """A requirement with a marker counts unless it is for an extra: one too many is only a bigger image."""
    for requirement in distribution.requires or ():
        found = _REQUIREMENT.match(requirement)
        if found and not _OPTIONAL.search(requirement):
            yield _normal(found["name"])


def main(wanted: str, without: str) -> None:
    installed = {_normal(found.metadata["Name"]): frozenset(_required(found)) for found in distributions()}
    names = unneeded(installed, map(_normal, wanted.split(",")), map(_normal, without.split(",")))
    sys.stdout.writelines(f"{name}\n" for name in names)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
