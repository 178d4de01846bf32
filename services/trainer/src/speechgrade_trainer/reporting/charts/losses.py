"""The training's loss, smoothed, and the validation's, with the weights that were kept."""

from collections.abc import Sequence

from markupsafe import Markup

from speechgrade_trainer.reporting.charts.canvas import WIDTH, Scale, around, dot, element, line, picture, short, words

Point = tuple[float, float]
"""Epoch and loss."""
_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 240.0, 44.0, WIDTH - 14.0, 38.0, 196.0
_DRAWN = 240


def smoothed(losses: Sequence[Point]) -> list[Point]:
    """A trailing mean over a twentieth of the steps, thinned to what the picture can show."""
    width = max(1, len(losses) // 20)
    means = []
    for index, (epoch, _) in enumerate(losses):
        window = losses[max(0, index + 1 - width) : index + 1]
        means.append((epoch, sum(loss for _, loss in window) / len(window)))
    every = max(1, len(means) // _DRAWN)
    return [*means[::every], *means[-1:]]


def losses(validation: Sequence[Point], training: Sequence[Point], kept: float | None) -> Markup | None:
    """Both curves over epochs; ``kept`` is the epoch of the weights that were kept. None without validation."""
    if not validation:
        return None
    smooth = smoothed(training)
    last = max(epoch for epoch, _ in (*validation, *smooth))
    across = Scale(0.0, max(last, 1e-9), _LEFT + 8, _RIGHT - 8)
    up = around(0.0, *(loss for _, loss in (*validation, *smooth)), start=_BOTTOM, end=_TOP, margin=0.02)
    up = Scale(min(0.0, up.low) if up.low < -0.1 else 0.0, up.high, _BOTTOM, _TOP)
    marks = [*_legend(bool(smooth)), line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM)]
    for tick in up.ticks():
        marks += [line(_LEFT, up(tick), _RIGHT, up(tick), "grid"), words(_LEFT - 6, up(tick) + 4, short(tick), "end")]
    marks += [words(across(tick), _BOTTOM + 16, short(tick), "middle") for tick in across.ticks()]
    marks.append(words(_RIGHT, _HEIGHT - 8, "epochs", "end", "soft"))
    marks += [_curve(smooth, across, up, "training"), _curve(validation, across, up, "validation")]
    marks += [dot(across(epoch), up(loss), 3.5, "validation point") for epoch, loss in validation]
    best = _kept(validation, kept)
    if best:
        marks += _mark(best, across, up)
    return picture(_HEIGHT, _alt(validation, best), *marks)


def _curve(points: Sequence[Point], across: Scale, up: Scale, kind: str) -> Markup:
    path = " ".join(f"{across(epoch):.2f},{up(loss):.2f}" for epoch, loss in points)
    return element("polyline", points=path, kind=f"curve {kind}")


def _legend(has_training: bool) -> list[Markup]:
    marks = [line(_LEFT, 10, _LEFT + 18, 10, "curve validation"), dot(_LEFT + 9, 10, 3.5, "validation point")]
    marks.append(words(_LEFT + 24, 14, "validation"))
    if has_training:
        marks += [
            line(_LEFT + 108, 10, _LEFT + 126, 10, "curve training"),
            words(_LEFT + 132, 14, "training, smoothed"),
        ]
    return marks


def _kept(validation: Sequence[Point], kept: float | None) -> Point | None:
    return None if kept is None else min(validation, key=lambda point: abs(point[0] - kept))


def _mark(best: Point, across: Scale, up: Scale) -> list[Markup]:
    x, y = across(best[0]), up(best[1])
    anchor = "end" if x > WIDTH / 2 else "start"
    above = y - 16 if y - 16 > _TOP else y + 24
    return [dot(x, y, 8, "ring"), words(x, above, f"kept: {best[1]:.3f}", anchor, "figure halo")]


def _alt(validation: Sequence[Point], best: Point | None) -> str:
    said = (
        f"Validation loss from {validation[0][1]:.3f} to {validation[-1][1]:.3f} over {short(validation[-1][0])} epochs"
    )
    return f"{said}; the weights of epoch {short(best[0])} were kept, with {best[1]:.3f}" if best else said
