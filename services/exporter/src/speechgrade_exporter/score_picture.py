"""How the scores are distributed, as a small picture that needs nothing but a browser: one row of bars per split."""

from collections.abc import Mapping
from html import escape

from speechgrade_shared.subject import Split

Histogram = dict[str, list[int]]
"""Per rubric name the number of examples in each tenth of the possible points."""

_WIDTH, _ROW, _LEFT, _TOP, _BAR_HEIGHT = 720, 150, 110, 40, 90
_INK, _BAR, _PAPER = "#1f2933", "#2f6f8f", "#ffffff"


def totals(histogram: Histogram) -> list[int]:
    """The counts of all rubrics together; empty where there is no example."""
    return [sum(column) for column in zip(*histogram.values(), strict=True)]


def score_picture(histograms: Mapping[Split, Histogram]) -> str:
    """An SVG with a title and a description for those who do not see it."""
    height = _TOP + _ROW * len(histograms)
    rows = "".join(_row(number, split, totals(held)) for number, (split, held) in enumerate(histograms.items()))
    described = escape(". ".join(f"{split}: {_in_words(totals(held))}" for split, held in histograms.items()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="t d" font-family="sans-serif" font-size="13" fill="{_INK}">'
        f'<title id="t">Share of the possible points, by split</title><desc id="d">{described}</desc>'
        f'<rect width="{_WIDTH}" height="{height}" fill="{_PAPER}"/>'
        f'<text x="{_LEFT}" y="22" font-weight="bold">Speeches by the share of the possible points they got</text>'
        f"{rows}</svg>\n"
    )


def _row(number: int, split: Split, counts: list[int]) -> str:
    top = _TOP + number * _ROW
    label = f'<text x="12" y="{top + 60}" font-weight="bold">{split}</text>'
    label += f'<text x="12" y="{top + 78}">{sum(counts)} speeches</text>'
    return label + "".join(_bar(top, counts, place) for place in range(len(counts)))


def _bar(top: int, counts: list[int], place: int) -> str:
    count, step = counts[place], (_WIDTH - _LEFT - 20) / len(counts)
    left = _LEFT + place * step
    tall = _BAR_HEIGHT * count / max(*counts, 1)
    base, middle = top + _BAR_HEIGHT + 14, left + step / 2
    return (
        f'<rect x="{left + 3:.1f}" y="{base - tall:.1f}" width="{step - 6:.1f}" height="{tall:.1f}" fill="{_BAR}"/>'
        f'<text x="{middle:.1f}" y="{base - tall - 4:.1f}" text-anchor="middle">{count or ""}</text>'
        f'<text x="{middle:.1f}" y="{base + 16}" text-anchor="middle">{place * 10}–{place * 10 + 10} %</text>'
    )


def _in_words(counts: list[int]) -> str:
    named = [f"{count} at {place * 10} to {place * 10 + 10} percent" for place, count in enumerate(counts) if count]
    return ", ".join(named) or "no speeches"
