"""How much time is left can only become less."""

from speechgrade_scorer.engines.deadline import Deadline


def test_a_deadline_only_shrinks() -> None:
    now = [10.0]
    deadline = Deadline.after(4.0, lambda: now[0])
    share = deadline.first(0.5)
    assert (deadline.left(), share.left()) == (4.0, 2.0)
    now[0] = 13.0
    assert (deadline.left(), share.left(), share.is_over()) == (1.0, 0.0, True)
