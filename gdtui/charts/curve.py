"""A function of one parameter: its graph, the point on it with its tangent, and a descent along it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gdtui.charts import palette
from gdtui.charts.canvas import with_extent
from gdtui.charts.cells import Depth, Grid
from gdtui.charts.frame import round_step
from gdtui.charts.levels import LARGEST
from gdtui.charts.palette import Role
from gdtui.charts.path_chart import PathChart
from gdtui.charts.raster import DOTS_X, DOTS_Y, Floats, Mask, Window

Function: TypeAlias = Callable[[Floats], Floats]
"""Values at the points of an array; may be nan or infinite."""

_SAMPLES_A_DOT = 4
_WALL = 4.0  # a value so many times farther out than most others is a wall, and cut off
_MARGIN = 0.06
_LEAST_FILLED = 0.4  # of the y axis, by another graph on it; with less it gets axes of its own
_STEPS, _ROOM = 16, 0.08  # such axes have some room, and go from one multiple of about a 16th to another
_TANGENT = 0.22  # of the axis, to either side


class CurveChart(PathChart):
    """The graph of f over a part of its axis, and iterates (x, f(x)) joined by lines.

    ``heading``: a line of its own for the parameter, its value and the slope.
    """

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True, heading: bool = False) -> None:
        self.heading = heading and height > 5
        self._tangent: Mask | None = None
        self._title: tuple[str, str] = ("", "")
        self._symbols = ("x", "f")
        super().__init__(width, height, depth, unicode)
        self.heavy_path = not palette.is_filled(depth)

    def lay(self, function: Function, window_x: tuple[float, float], symbol: str = "x", label: str = "f") -> None:
        """Draw the graph for x from window_x[0] to window_x[1]; path, future, tangent and marks are to be set anew."""
        x = self.samples(window_x)
        with np.errstate(all="ignore"):
            y = np.broadcast_to(np.asarray(function(x), dtype=np.float64), x.shape)
        self._symbols = (symbol, label)
        self._frame_for(window_x, *value_range(y))
        self._graph(y)

    def samples(self, window_x: tuple[float, float]) -> Floats:
        """The points at which a graph over this window is to be known: (n,), ascending."""
        return np.linspace(min(window_x), max(window_x), self.width * DOTS_X * _SAMPLES_A_DOT + 1)

    def lay_values(self, values: Floats, window_x: tuple[float, float], symbol: str, label: str) -> None:
        """Another graph in place of this one, by its values at the ``samples``.

        The axes stay while they show it well: a graph that changes from step to step is to move, not its frame.
        """
        bottom, top = value_range(values)
        w, size = self.window, top - bottom
        same = (min(window_x), max(window_x)) == (w.x0, w.x1) and self._symbols == (symbol, label)
        if not (same and w.y0 <= bottom and top <= w.y1 and size >= _LEAST_FILLED * (w.y1 - w.y0)):
            self._symbols = (symbol, label)
            step, room = round_step(size / _STEPS), _ROOM * size
            bottom, top = math.floor((bottom - room) / step) * step, math.ceil((top + room) / step) * step
            self._frame_for(window_x, bottom, top)
        self._graph(values)

    def set_tangent(self, x: float, y: float, slope: float) -> None:
        """The point's value and slope, as a line through it and in the heading."""
        w = self.window
        edges = np.linspace(w.x0, w.x1, self.plane.columns * DOTS_X + 1)
        with np.errstate(all="ignore"):
            line = np.where(np.abs(edges - x) <= _TANGENT * (w.x1 - w.x0), y + slope * (edges - x), np.nan)
        self._tangent = self._lit(np.stack((line[:-1], line[1:]), axis=1))
        minus = "−" if self.unicode else "-"
        told = "" if math.isnan(slope) else f"slope {slope:.4g}"
        self._title = (f"{self._symbols[0]} = {x:.4g}".replace("-", minus), told.replace("-", minus))

    def _frame_for(self, window_x: tuple[float, float], bottom: float, top: float) -> None:
        window = with_extent(Window(min(window_x), max(window_x), bottom, top))
        self.begin(window, self._symbols, heading=int(self.heading))
        self._tangent, self._title = None, (self._symbols[0], "")
        self._bare = Grid(self.width, self.height, self._ground.looks)
        self._bare.copy_from(self._ground)

    def _graph(self, y: Floats) -> None:
        """The graph on an empty ground, by its values at the samples."""
        w, dots = self.window, self.plane.columns * DOTS_X
        edges = np.linspace(0, len(y) - 1, dots * _SAMPLES_A_DOT + 1).round().astype(np.int64)
        picked = _without_jumps(y, w.y0, w.y1)[edges]
        # To the samples of a column of dots the next one's first is added, so that nothing is torn.
        inner, ends = picked[:-1].reshape(dots, _SAMPLES_A_DOT), picked[_SAMPLES_A_DOT::_SAMPLES_A_DOT]
        self._ground.copy_from(self._bare)
        self._put(self._ground, Role.CURVE, self._lit(np.concatenate((inner, ends[:, None]), axis=1)))

    def _lit(self, values: Floats) -> Mask:
        """In each column of dots those from its highest to its lowest value (columns, n): as many as these are apart.

        So a line is one dot thick, and each column's dots begin where the last one's ended.
        """
        w, rows = self.window, self.plane.rows * DOTS_Y
        with np.errstate(all="ignore"):
            place = np.clip((w.y1 - values) / (w.y1 - w.y0) * rows, -1.0, rows + 1.0)
            top, bottom = np.fmin.reduce(place, axis=1), np.fmax.reduce(place, axis=1)
            half = np.maximum(bottom - top - 1, 0) / 2
            middle, row = (top + bottom) / 2, np.arange(rows)[:, None]
            return np.asarray((row + 1 > middle - half) & (row <= middle + half))

    def _put_layers(self, grid: Grid, cursor: int) -> None:
        if self._tangent is not None:
            self._put(grid, Role.TANGENT, self._tangent, join=True)
        super()._put_layers(grid, cursor)
        if self.heading:
            x = min(self.area[0], self.width // 8)
            grid.write(x, 0, self._title[0], self._inks.ink(Role.LABEL))
            x += max(len(self._title[0]) + 2, min(18, self.width // 2 - 2))
            if x + len(self._title[1]) <= self.width:
                grid.write(x, 0, self._title[1], self._inks.ink(Role.TANGENT))


def value_range(y: Floats) -> tuple[float, float]:
    """The range (bottom, top) that shows the shape of y, a little margin included; walls are cut off."""
    shape = np.sort(y[np.abs(y) < LARGEST])
    if not shape.size:
        return 0.0, 1.0
    bottom, top = float(shape[0]), float(shape[-1])
    low, high = (float(shape[round(place * (len(shape) - 1))]) for place in (0.1, 0.9))
    if high > low:
        bottom = max(bottom, low - _WALL * (high - low))
        top = min(top, high + _WALL * (high - low))
    margin = _MARGIN * (top - bottom) or max(abs(top), 1.0)
    return bottom - margin, top + margin


def _without_jumps(y: Floats, bottom: float, top: float) -> Floats:
    """y with gaps where it leaps across the whole range, as 1/x does at 0: no line belongs there."""
    side = (y > top).astype(int) - (y < bottom).astype(int)
    leaps = np.flatnonzero(side[1:] * side[:-1] == -1)
    around = np.clip(leaps[:, None] + np.arange(-_SAMPLES_A_DOT, _SAMPLES_A_DOT + 2), 0, len(y) - 1).reshape(-1)
    broken = y.copy()
    broken[around[side[around] != 0]] = np.nan
    return broken
