"""An objective of one parameter: its graph, and the descent along it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.levels import LARGEST
from gdtui.charts.palette import Role
from gdtui.charts.path_chart import PathChart
from gdtui.charts.raster import DOTS_X, NEVER, PathLayer, Window

Function: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Values at the points of an array; may be nan or infinite."""

_SAMPLES_A_DOT = 4
_WALL = 4.0  # a value so many times farther out than most others is a wall, and cut off
_MARGIN = 0.06


class CurveChart(PathChart):
    """The graph of f over a part of its axis, and iterates (x, f(x)) joined by lines."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        super().__init__(width, height, depth, unicode)
        self.heavy_path = not palette.is_filled(depth)

    def lay(
        self,
        function: Function,
        window_x: tuple[float, float],
        symbol: str = "x",
        label: str = "f",
    ) -> None:
        """Draw the graph for x from window_x[0] to window_x[1]; path, future and marks are to be set anew."""
        low, high = min(window_x), max(window_x)
        x = np.linspace(low, high, self.width * DOTS_X * _SAMPLES_A_DOT + 1)
        with np.errstate(all="ignore"):
            y = np.broadcast_to(np.asarray(function(x), dtype=np.float64), x.shape)
        bottom, top = value_range(y)
        self.begin(Window(low, high, bottom, top), (symbol, label))
        graph = PathLayer(self.plane)
        graph.extend(np.stack((x, _without_jumps(y, bottom, top)), axis=1), 0)
        self._put(self._ground, Role.CURVE, graph.lit(NEVER - 1))


def value_range(y: NDArray[np.float64]) -> tuple[float, float]:
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


def _without_jumps(y: NDArray[np.float64], bottom: float, top: float) -> NDArray[np.float64]:
    """y with gaps where it leaps across the whole range, as 1/x does at 0: no line belongs there."""
    side = (y > top).astype(int) - (y < bottom).astype(int)
    leaps = np.flatnonzero(side[1:] * side[:-1] == -1)
    broken = y.copy()
    broken[leaps] = np.nan
    return broken
