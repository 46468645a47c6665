"""A lifecycle as a diagram, from the machine's table: states in columns by their distance from the first."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lifecycle.machines.table import CLOCK_EVENTS, MACHINES, TABLES

WIDE, HIGH, GAP, ROW, MARGIN = 148, 42, 76, 86, 46  # a state, the space between columns, between rows, around


@dataclass(frozen=True, slots=True)
class Node:
    """A state and its upper left corner."""

    state: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A transition between two states. path: in SVG; x, y: the place of its label."""

    source: str
    target: str
    events: tuple[str, ...]
    by_clock: bool
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The data of the template. wide: the width of a state."""

    width: int
    height: int
    wide: int
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


@cache
def drawing(kind: str) -> Drawing:
    """Return the diagram of a kind of subject."""
    ways = _ways(kind)
    places = _places(kind, ways)
    nodes = tuple(Node(state, x, y) for state, (x, y) in places.items())
    arrows = tuple(_arrow(places, way, events) for way, events in ways.items())
    width = max(node.x for node in nodes) + WIDE + MARGIN // 2
    return Drawing(width, max(node.y for node in nodes) + HIGH + MARGIN, WIDE, nodes, arrows)


def _ways(kind: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the events that lead from one state to another one."""
    ways: dict[tuple[str, str], tuple[str, ...]] = {}
    for (state, event), edges in TABLES[kind].items():
        for edge in edges:
            if edge.target != state:
                ways[state, edge.target] = (*ways.get((state, edge.target), ()), event)
    return ways


def _places(kind: str, ways: Mapping[tuple[str, str], object]) -> dict[str, tuple[int, int]]:
    """Assign columns by the longest path to a state; the states of a column are stacked in their order."""
    order = [state.id for state in MACHINES[kind].states]
    column = dict.fromkeys(order, 0)
    for _ in order:
        for source, target in ways:
            if order.index(source) < order.index(target):
                column[target] = max(column[target], column[source] + 1)
    filled: dict[int, int] = {}
    places = {}
    for state in order:
        row = filled.get(column[state], 0)
        filled[column[state]] = row + 1
        places[state] = (MARGIN // 2 + column[state] * (WIDE + GAP), MARGIN + row * ROW)
    return places


def _arrow(places: Mapping[str, tuple[int, int]], way: tuple[str, str], events: tuple[str, ...]) -> Arrow:
    """A straight line to a neighbour, an arc above for a longer way, an arc below for a way back, bent to another
    row.
    """
    (x1, y1), (x2, y2) = places[way[0]], places[way[1]]
    half, middle = HIGH // 2, (x1 + x2 + WIDE) // 2
    if x2 < x1:
        low = y1 + HIGH + 12 + (x1 - x2) // 14
        begin, end = f"{x1 + WIDE // 2 - 12} {y1 + HIGH}", f"{x2 + WIDE // 2 + 12} {y2 + HIGH}"
        path, x, y = f"M{begin} C{x1 + 30} {low} {x2 + WIDE - 30} {low} {end}", middle, low
    elif y1 != y2:
        bend, into = x1 + WIDE + GAP // 3, y2 + half
        path = f"M{x1 + WIDE} {y1 + half + 8} C{bend} {y1 + HIGH} {bend} {into} {x2} {into}"
        x, y = x2 - GAP // 3, into - 8
    elif x2 - x1 > WIDE + GAP:
        high = y1 - 12 - (x2 - x1) // 20
        path = f"M{x1 + WIDE // 2 + 12} {y1} C{x1 + WIDE} {high} {x2} {high} {x2 + WIDE // 2 - 12} {y2}"
        x, y = middle, high
    else:
        path, x, y = f"M{x1 + WIDE} {y1 + half} H{x2}", (x1 + WIDE + x2) // 2, y1 + half - 8
    return Arrow(way[0], way[1], events, set(events) <= CLOCK_EVENTS, path, x, y)
