"""The next steps, dotted. Where the run has gone a step along them only their far end is drawn, and the rest stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.raster import NEVER, Mask, PathLayer

Floats = NDArray[np.float64]


class Future:
    """A line of points ahead of a run. What the run has passed stays lit: the path has these dots, and lies above."""

    def __init__(self) -> None:
        self.layer: PathLayer | None = None
        self._points: Floats = np.empty((0, 2))

    def lead(self, points: Floats, new_path: Callable[[], PathLayer], places: Callable[[Floats], Floats]) -> None:
        """Go from where the run is, ``points`` (m, 2), onwards. ``places``: where points are on the path's plane."""
        known, self._points = self._known(points), points
        if not len(points):
            self.layer = None
            return
        if self.layer is None or not known:
            self.layer, known = new_path(), 0
        if known < len(points):
            self.layer.extend(places(points[known:]), self.layer.newest + 1)

    def lit(self) -> Mask | None:
        """The dots (rows * 4, columns * 2); None where nothing is ahead."""
        return None if self.layer is None else self.layer.lit(NEVER - 1)

    def _known(self, points: Floats) -> int:
        """How many of the points the last ones lead through: from the same point on, or from the one after it."""
        for gone in (0, 1):
            rest = self._points[gone:]
            if 0 < len(rest) <= len(points) and np.array_equal(rest, points[: len(rest)]):
                return len(rest)
        return 0
