"""Which speeches go into which row."""

from collections.abc import Sequence


def best_fit_decreasing(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Put every item into a row of ``room``, the longest first, each where it leaves the least (Johnson 1973).

    TRL's packing cuts what is longer than a row; here such an item gets a row of its own, whole.

    Returns:
        The items' indices by row, in an order that the lengths alone decide.
    """
    packs: list[list[int]] = []
    free: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda at: (-lengths[at], at)):
        fitting = [at for at, left in enumerate(free) if left >= lengths[index]]
        if fitting:
            best = min(fitting, key=lambda at: (free[at], at))
            packs[best].append(index)
            free[best] -= lengths[index]
        else:
            packs.append([index])
            free.append(room - lengths[index])
    return packs
