"""Columns of a picture, drawn on the server: where each stands, how high, and where the lines of the scale are."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 720, 220, 56, 34, 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a column. series: which of them, from below."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture. marks: values of the scale and their height; labels: texts under the columns and their place."""

    bars: tuple[Bar, ...]
    marks: tuple[tuple[float, float], ...]
    labels: tuple[tuple[str, float], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def chart(names: Sequence[str], values: Sequence[Sequence[float]], shown: int = 8) -> Chart:
    """A picture of columns, each a pile of values. shown: at most so many names stand below."""
    top = _round_up(max((sum(column) for column in values), default=0))
    step = (WIDTH - LEFT - 8) / max(1, len(values))
    bars = []
    for number, column in enumerate(values):
        base = float(HEIGHT - BELOW)
        for series, value in enumerate(column):
            high = value / top * (HEIGHT - BELOW - ABOVE)
            base -= high
            if value:
                bars.append(
                    Bar(_r(LEFT + number * step + step * 0.12), _r(base), _r(step * 0.76), _r(high), series)
                )
    every = max(1, -(-len(names) // shown))
    labels = tuple(
        (name, _r(LEFT + (number + 0.5) * step)) for number, name in enumerate(names) if number % every == 0
    )
    marks = tuple((top * part / 2, _r(HEIGHT - BELOW - (HEIGHT - BELOW - ABOVE) * part / 2)) for part in range(3))
    return Chart(tuple(bars), marks, labels)


def _round_up(value: float) -> float:
    """The next of 2, 4, 10, 20, 40, 100 … so that the scale has whole numbers."""
    size = 1.0
    while True:
        for factor in (2, 4, 10):
            if value <= size * factor:
                return size * factor
        size *= 10


def _r(number: float) -> float:
    return round(number, 1)
