"""The marks that every picture is drawn with: text is escaped, coordinates are finite, colours come from the page.

All pictures are as wide as a phone, so that their letters keep their size there and grow a little on a desktop.
"""

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 360.0
FONT = 12.0
_LETTER = 0.6 * FONT
"""The mean width of a letter of a sans serif, in units of the picture."""
_FAR = 1e9


def picture(height: float, alt: str, *marks: Markup) -> Markup:
    """A whole picture, ``WIDTH`` by ``height``; ``alt`` says what it shows to whoever cannot see it."""
    frame = f"0 0 {_number(WIDTH)} {_number(height)}"
    return element("svg", Markup("").join(marks), viewBox=frame, role="img", aria_label=alt)


def element(name: str, content: Markup | str = "", **attributes: object) -> Markup:
    """One element; ``kind`` becomes its class, underscores become hyphens; whatever is no markup is escaped."""
    written = "".join(
        f' {"class" if key == "kind" else key.replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    # The name is ours, and everything else was escaped above.
    return Markup(f"<{name}{written}>{escape(content)}</{name}>")  # noqa: S704


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "axis") -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, kind=kind)


def rect(x: float, y: float, width: float, height: float, kind: str, *, opacity: float | None = None) -> Markup:
    wide, high = max(width, 0.0), max(height, 0.0)
    return element("rect", x=x, y=y, width=wide, height=high, kind=kind, fill_opacity=opacity)


def dot(x: float, y: float, radius: float, kind: str) -> Markup:
    return element("circle", cx=x, cy=y, r=radius, kind=kind)


def words(x: float, y: float, text: str, anchor: str = "start", kind: str | None = None) -> Markup:
    """A line of text whose baseline is at ``y``."""
    return element("text", text, x=x, y=y, text_anchor=anchor, kind=kind)


def fitted(text: str, width: float) -> str:
    """The text, or as much of it as ``width`` units hold, with an ellipsis."""
    most = max(int(width / _LETTER), 1)
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def extent(text: str) -> float:
    """About how wide a text is."""
    return len(text) * _LETTER


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` on a line from ``start`` to ``end``; what lies outside is drawn at the edge."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (self.end - self.start) * self.share(value)

    def share(self, value: float) -> float:
        """Where a value lies between both ends, from 0 to 1."""
        # Halves, because the difference of two huge numbers is infinite.
        span = self.high / 2 - self.low / 2
        if not span > 0 or math.isnan(value):
            return 0.5
        return min(max((min(max(value, self.low), self.high) / 2 - self.low / 2) / span, 0.0), 1.0)

    def ticks(self, about: int = 4) -> list[float]:
        """Round numbers inside the scale, about so many."""
        span = self.high - self.low
        if not 0 < span < math.inf:
            return [self.low]
        step = _round_step(span / about)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        if last - first > 4 * about:
            return [self.low, self.high]
        return [round(index * step, 12) for index in range(first, last + 1)]


def around(*values: float, start: float, end: float, margin: float = 0.06) -> Scale:
    """A scale that holds all finite values with a margin; around zero when there are none."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    room = margin * (high - low)
    if not 0 < room < math.inf:
        room = max(abs(low) * margin, 0.5) if room == 0 else 0.0
    return Scale(max(low - room, -1e308), min(high + room, 1e308), start, end)


def short(value: float) -> str:
    """A number for an axis: as few digits as say it."""
    if not math.isfinite(value):
        return "–"
    if value and not 1e-3 <= abs(value) < _FAR:
        return f"{value:.1e}".replace("-", "−")
    text = f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:,.0f}".replace(",", "\u202f")
    return signless_zero(text).replace("-", "−")


def signless_zero(text: str) -> str:
    """A number as text that does not say minus nothing."""
    return text.removeprefix("-") if not text.strip("-0.") else text


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 1e-300 else 1e-300
    return next((factor * power for factor in (1.0, 2.0, 2.5, 5.0) if factor * power >= rough), 10.0 * power)


def _value(value: object) -> object:
    return _number(value) if isinstance(value, int | float) else value


def _number(value: float) -> str:
    if not math.isfinite(value):
        value = 0.0
    return f"{min(max(value, -_FAR), _FAR):.2f}".rstrip("0").rstrip(".")
