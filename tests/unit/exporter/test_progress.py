"""Progress: a bar where somebody looks at it, and not a byte elsewhere."""

import io

import pytest
from rich.console import Console
from speechgrade_exporter.progress import progress_of


def console(*, is_terminal: bool) -> Console:
    return Console(file=io.StringIO(), width=80, force_terminal=is_terminal, color_system=None)


def printed(to: Console) -> str:
    return str(to.file.getvalue())  # type: ignore[attr-defined]


def test_it_is_silent_where_nobody_looks() -> None:
    to = console(is_terminal=False)
    with progress_of("shards", to) as steps:
        steps(1, 2)
    assert printed(to) == ""


@pytest.mark.parametrize(("done", "total", "said"), [(3, 8, "3/8"), (9, 8, "9/9"), (4, 0, "4/?"), (0, 0, "0/?")])
def test_it_counts_even_when_there_is_more_than_was_known(done: int, total: int, said: str) -> None:
    to = console(is_terminal=True)
    with progress_of("shards", to) as steps:
        steps(done, total)
    assert "shards" in printed(to)
    assert said in printed(to)
