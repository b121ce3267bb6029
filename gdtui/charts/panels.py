"""Several charts side by side and above one another, drawn as one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from gdtui.charts.cells import PLAIN, Depth, Run, Span


class Chart(Protocol):
    """What every chart of this room is to the outside."""

    width: int
    height: int

    def draw(self, cursor: int) -> list[Span]: ...

    def row(self, y: int) -> list[Run]: ...


class Placed(NamedTuple):
    """A chart, and the cell of its upper left corner."""

    x: int
    y: int
    chart: Chart


class Panels:
    """Charts that lie in a rectangle without overlapping; cells that none covers are blank."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        self.width, self.height, self.depth, self.unicode = max(width, 1), max(height, 1), depth, unicode
        self.place(())

    def place(self, placed: Sequence[Placed]) -> None:
        """Show these charts, and no others. The next draw returns every row."""
        self._placed = sorted(placed, key=lambda one: (one.x, one.y))
        self._fresh = True

    def draw(self, cursor: int) -> list[Span]:
        """Draw every chart for one cursor; returns the cells that changed since the last draw."""
        spans = [
            (place.y + y, place.x + x0, place.x + x1)
            for place in self._placed
            for y, x0, x1 in place.chart.draw(cursor)
        ]
        if self._fresh:
            self._fresh = False
            return [(y, 0, self.width) for y in range(self.height)]
        return spans

    def row(self, y: int) -> list[Run]:
        runs: list[Run] = []
        x = 0
        for place in self._placed:
            if 0 <= y - place.y < place.chart.height:
                if place.x > x:
                    runs.append((" " * (place.x - x), PLAIN))
                runs += place.chart.row(y - place.y)
                x = place.x + place.chart.width
        if x < self.width:
            runs.append((" " * (self.width - x), PLAIN))
        return runs


def shares(total: int, weights: Sequence[int]) -> list[tuple[int, int]]:
    """A length cut into parts in proportion to their weights: where each begins, and its size."""
    cuts = [total * sum(weights[:k]) // max(sum(weights), 1) for k in range(len(weights) + 1)]
    return [(begin, end - begin) for begin, end in pairwise(cuts)]
