"""Pictures: whatever the numbers, every mark is finite and inside the frame, and text stays text."""

import math
import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from speechgrade_trainer.evaluation.figures import Distribution
from speechgrade_trainer.reporting.charts.bins import bins_of
from speechgrade_trainer.reporting.charts.calibration import calibrated, calibration, pooled
from speechgrade_trainer.reporting.charts.canvas import WIDTH, Scale, around, element, extent, fitted, short
from speechgrade_trainer.reporting.charts.confusion import confusion
from speechgrade_trainer.reporting.charts.distributions import distribution
from speechgrade_trainer.reporting.charts.forest import Estimate, forest, signed
from speechgrade_trainer.reporting.charts.lengths import Bar, lengths
from speechgrade_trainer.reporting.charts.losses import losses, smoothed

anything = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 10**9)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60)
HOSTILE = '"><script>alert(1)</script></svg><transcript>'


def marks(picture: Markup | None) -> list[ET.Element]:
    """Every element of a picture, after what holds for all pictures was checked."""
    assert picture is not None
    root = ET.fromstring(picture)  # noqa: S314 It is our own.
    assert root.get("role") == "img"
    assert root.get("aria-label")
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width == WIDTH
    for mark in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -0.01 <= float(mark.get(name, 0)) <= width + 0.01, ET.tostring(mark)
        for name in ("y", "y1", "y2", "cy"):
            assert -0.01 <= float(mark.get(name, 0)) <= height + 0.01, ET.tostring(mark)
        if mark.tag == "rect":
            assert float(mark.get("x", 0)) + float(mark.get("width", 0)) <= width + 0.02
            assert float(mark.get("y", 0)) + float(mark.get("height", 0)) <= height + 0.02
        for pair in mark.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    return list(root.iter())


def kinds(picture: Markup | None, kind: str) -> list[ET.Element]:
    return [mark for mark in marks(picture) if kind in mark.get("class", "").split()]


def written(picture: Markup | None) -> list[str]:
    return [mark.text or "" for mark in marks(picture) if mark.tag == "text"]


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    maximum = draw(st.sampled_from([0.0, 0.25, 1.0, 4.0, 5.0, 7.3, 20.0, 1000.0]))
    points = st.sampled_from([f"{maximum * part / 20:g}" for part in range(21)])
    given_points = st.dictionaries(points, counts, max_size=8)
    crossed = draw(st.dictionaries(points, given_points, max_size=6))
    return Distribution(maximum=maximum, human=draw(given_points), adapter=draw(given_points), confusion=crossed)


@given(
    st.lists(st.builds(Estimate, texts, anything, st.none() | st.tuples(anything, anything)), min_size=1, max_size=8)
)
def test_estimates_are_drawn_inside_their_frame(estimates: list[Estimate]) -> None:
    assert len(kinds(forest(estimates, "x", below="left", above="right", band=0.1), "estimate")) == len(estimates)


def test_an_interval_that_leaves_out_zero_is_filled_and_the_text_says_the_numbers() -> None:
    picture = forest(
        [Estimate("the mean", -0.3, (-0.5, -0.1)), Estimate("the base", -0.3, (-0.7, 0.1)), Estimate("nobody", 0.0)],
        "Two of three",
        below="closer",
        above="further",
    )
    assert [mark.get("class") for mark in kinds(picture, "estimate")] == ["estimate clear", "estimate", "estimate"]
    assert "−0.30 (−0.50 to −0.10)" in written(picture)
    zero = float(kinds(picture, "zero")[0].get("x1", 0))
    assert all(float(mark.get("cx", 0)) <= zero for mark in kinds(picture, "estimate"))


@given(distributions())
def test_scores_are_drawn_inside_their_frame(one: Distribution) -> None:
    bins = bins_of(one)
    assert 1 <= len(bins) <= 11
    assert sum(bins.counts(one.human)) == sum(one.human.values())
    crossed = sum(sum(row.values()) for row in one.confusion.values())
    assert sum(map(sum, bins.table(one.confusion))) == crossed
    for picture, is_there in (
        (distribution(one, "Hook"), any(one.human.values()) or any(one.adapter.values())),
        (confusion(one, "Hook"), crossed > 0),
        (calibration(calibrated(one), one.maximum, "Hook"), crossed > 0),
        (calibration(calibrated(pooled({"Hook": one})), 100.0, "All"), crossed > 0),
    ):
        assert (picture is not None) == is_there
        if picture is not None:
            marks(picture)


def test_a_confusion_counts_where_points_met() -> None:
    one = Distribution(maximum=2, human={"1": 3}, adapter={"1": 2, "2": 1}, confusion={"1": {"1": 2, "2": 1}})
    picture = confusion(one, "Hook")
    assert [text for text in written(picture) if text in {"1", "2"}].count("2") == 3  # Both axes, and the count.
    assert len(kinds(picture, "agreed")) == 3
    assert "2 of 3 scores are the instructor's own" in marks(picture)[0].get("aria-label", "")


def test_the_bins_are_the_grid_with_unused_points_or_tenths_of_a_long_scale() -> None:
    grid = bins_of(Distribution(maximum=4, human={"1": 1, "3": 2}, adapter={}, confusion={}))
    assert grid.labels == ("0", "1", "2", "3", "4")
    halves = bins_of(Distribution(maximum=2.5, human={"0.5": 1}, adapter={}, confusion={}))
    assert halves.labels == ("0", "0.5", "1", "1.5", "2", "2.5")
    tenths = bins_of(Distribution(maximum=20, human={"19.5": 1, "20": 1}, adapter={}, confusion={}))
    assert tenths.labels[-1] == "18–20"
    assert tenths.counts({"17.5": 1, "18": 2, "20": 3})[-2:] == [1, 5]


def test_a_calibration_averages_what_instructors_gave() -> None:
    one = Distribution(maximum=4, human={}, adapter={}, confusion={"1": {"2": 1}, "4": {"2": 2, "4": 5}})
    found = [(point.given, point.human, point.count) for point in calibrated(one)]
    assert found == [(2.0, 3.0, 3), (4.0, 4.0, 5)]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), finite), min_size=1, max_size=6),
    st.lists(st.tuples(st.floats(0, 1e6), finite), max_size=60),
    st.none() | st.floats(0, 1e6),
)
def test_losses_are_drawn_inside_their_frame(
    validation: list[tuple[float, float]], training: list[tuple[float, float]], kept: float | None
) -> None:
    picture = losses(validation, training, kept)
    assert len(kinds(picture, "ring")) == (kept is not None)


def test_the_weights_that_were_kept_are_marked() -> None:
    picture = losses([(0.0, 2.0), (1.0, 0.8), (2.0, 0.9)], [(0.5, 1.5)], kept=1.02)
    assert "kept: 0.800" in written(picture)
    ring = kinds(picture, "ring")[0]
    assert ring.get("cx") in {mark.get("cx") for mark in kinds(picture, "point")}
    assert losses([], [(0.0, 1.0)], 0.0) is None


def test_a_long_training_is_smoothed_and_thinned() -> None:
    smooth = smoothed([(float(step), step % 2) for step in range(5000)])
    assert len(smooth) < 260
    assert all(0.45 < loss < 0.55 for _, loss in smooth[10:])
    assert smooth[-1][0] == 4999


@given(st.lists(st.builds(Bar, st.floats(0, 1e9), st.floats(0, 1e9), counts), max_size=12), st.none() | counts)
def test_lengths_are_drawn_inside_their_frame(bars: list[Bar], limit: int | None) -> None:
    picture = lengths(bars, "train", limit)
    assert (picture is None) == (not sum(bar.count for bar in bars))
    if picture is not None:
        marks(picture)


@given(anything, anything, anything)
def test_a_scale_never_leaves_its_ends(low: float, high: float, value: float) -> None:
    scale = around(low, high, 0.0, start=10, end=350)
    assert 10 <= scale(value) <= 350
    assert all(math.isfinite(tick) for tick in scale.ticks())
    assert len(scale.ticks()) <= 20


def test_ticks_are_round_and_inside() -> None:
    assert Scale(0.0, 1.0, 0, 100).ticks() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert Scale(-1.1, 0.2, 0, 100).ticks() == [-1.0, -0.5, 0.0]
    assert Scale(3.0, 3.0, 0, 100).ticks() == [3.0]


@pytest.mark.parametrize(
    "draw",
    [
        lambda text: forest([Estimate(text, 1.0)], text, below=text, above=text),
        lambda text: distribution(Distribution(maximum=1, human={"1": 1}, adapter={}, confusion={}), text),
        lambda text: lengths([Bar(0, 5, 2)], text, 4),
    ],
)
def test_hostile_names_stay_text(draw: Callable[[str], Markup | None]) -> None:
    picture = draw(HOSTILE)
    assert all(mark.tag in {"svg", "line", "rect", "text", "circle", "polyline"} for mark in marks(picture))
    assert "<script" not in str(picture)


@given(texts, st.floats(1, 400))
def test_a_name_is_shortened_to_its_place(text: str, width: float) -> None:
    shown = fitted(text, width)
    assert extent(shown) <= max(width, extent("…")) + 1e-6


def test_numbers_are_written_for_people() -> None:
    assert [short(value) for value in (0.25, -3.0, 0.0, 1234567.0, math.nan)] == [
        "0.25",
        "−3",
        "0",
        "1\u202f234\u202f567",
        "–",
    ]
    assert [signed(value) for value in (0.5, -0.25, -0.001, 0.0)] == ["+0.50", "−0.25", "0.00", "0.00"]
    assert re.fullmatch(r'<a x="0" y="1.5" kind-of="b&amp;"></a>', str(element("a", x=math.nan, y=1.5, kind_of="b&")))
