"""A bar chart rendered on the server: the place and the height of each bar, and the grid lines of the scale."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, BELOW, ABOVE = 720, 220, 34, 14
SIGN, WIDEST = 8, 48  # of a sign of the scale, of a column


@dataclass(frozen=True, slots=True)
class Bar:
    """A segment of a bar. series: its number from below."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. marks: the labels of the scale, and their heights; labels: the labels below, and their places.
    left: where the bars begin.
    """

    bars: tuple[Bar, ...]
    marks: tuple[tuple[str, float], ...]
    labels: tuple[tuple[str, float], ...]
    left: int
    width: int = WIDTH
    height: int = HEIGHT


def chart(names: Sequence[str], values: Sequence[Sequence[float]], *, shown: int = 8, unit: str = "") -> Chart:
    """Build a chart of stacked bars of a unit. shown: the maximum number of labels below."""
    top = _round_up(max((sum(column) for column in values), default=0))
    room = HEIGHT - BELOW - ABOVE
    scale = [(f"{top * half / 2:,.0f}{unit}", _r(HEIGHT - BELOW - room * half / 2)) for half in range(3)]
    left = max(len(text) for text, _ in scale) * SIGN + 16
    step = (WIDTH - left - 8) / max(1, len(values))
    wide = min(step * 0.76, WIDEST)
    bars = []
    for number, column in enumerate(values):
        base = float(HEIGHT - BELOW)
        for series, value in enumerate(column):
            high = value / top * room
            base -= high
            if value:
                bars.append(Bar(_r(left + (number + 0.5) * step - wide / 2), _r(base), _r(wide), _r(high), series))
    every = max(1, -(-len(names) // shown))
    labels = tuple(
        (name, _r(left + (number + 0.5) * step)) for number, name in enumerate(names) if number % every == 0
    )
    return Chart(tuple(bars), tuple(scale), labels, left)


def _round_up(value: float) -> float:
    """Return the next of 2, 4, 10, 20, 40, 100 … so that the scale has whole numbers."""
    size = 1.0
    while True:
        for factor in (2, 4, 10):
            if value <= size * factor:
                return size * factor
        size *= 10


def _r(number: float) -> float:
    return round(number, 1)
