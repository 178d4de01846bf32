"""Which adapter answers for a speech: the narrowest scope that has one."""

from dataclasses import dataclass

from speechgrade_scorer.adapters.registry import Adapter

DEFAULT_SCOPE = ("default", "")


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a speech belongs to, as ids; empty where it belongs to none."""

    rubric: str = ""
    course: str = ""
    institution: str = ""

    def narrowest_first(self) -> tuple[tuple[str, str], ...]:
        """The scopes that may name an adapter for it: rubric, course, institution, and the default."""
        named = (("rubric", self.rubric), ("course", self.course), ("institution", self.institution))
        return (*((kind, scope) for kind, scope in named if scope), DEFAULT_SCOPE)


@dataclass(frozen=True, slots=True)
class Route:
    """The adapters for one speech.

    ``answering`` gives the score; it is the champion, or the challenger where the draw fell on it. ``previous`` is the
    champion before it, should it fail; ``shadow`` is a challenger that scores the same speech for comparison alone.
    """

    answering: Adapter
    is_challenger: bool = False
    previous: Adapter | None = None
    shadow: Adapter | None = None
