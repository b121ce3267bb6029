"""A ground with a frame, a descent's path over it, and marks: what the charts of a surface or a function share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gdtui.charts.canvas import Canvas, Inks, Point
from gdtui.charts.cells import Grid
from gdtui.charts.frame import Frame
from gdtui.charts.palette import Role
from gdtui.charts.raster import NEVER, PathLayer, Window, thickened


class PathChart(Canvas):
    """Layers above one another: the ground, other runs (``olds``), rows ahead of the cursor, the future, the live
    ``path``, marks. Between two draws the layers may be changed freely.
    """

    broad_path = False
    """Draw the live path broad where there is room: two dots thick, with a dark halo."""
    broad_from = 120
    """From so many columns of data on there is room."""

    _future: PathLayer | None

    def open(self, window: Window, surround: Frame, inks: Inks) -> None:
        super().open(window, surround, inks)
        self.path = self.new_path()
        self.olds: list[PathLayer] = []
        self._future = None

    def new_path(self, dotted: bool = False) -> PathLayer:
        """An empty path, to be set as ``path`` or put among ``olds``."""
        return PathLayer(self.plane, dotted)

    def set_future(self, points: ArrayLike | None) -> None:
        """Draw the next steps (m, 2) dotted, replacing the last ones. Point 0 is where they start from."""
        self._future = None
        if points is not None and len(np.asarray(points)):
            self._future = self.new_path(dotted=True)
            self._future.extend(points, 0)

    def set_marks(
        self, start: Point | None = None, minimizers: Sequence[Point] = (), current: Point | None = None
    ) -> None:
        """Set all marks. One outside the window is left out; to the current point an arrow shows the way."""
        self._marks = [(Role.MINIMIZER, point) for point in minimizers]
        if start is not None:
            self._marks.append((Role.START, start))
        if current is not None:
            self._marks.append((Role.POINT, current))

    def _put_layers(self, grid: Grid, cursor: int) -> None:
        """What lies between the ground and the marks."""
        for old in self.olds:
            self._put(grid, Role.OLD, old.lit(NEVER - 1))
        first = self.path.first
        broad = self.broad_path and self.plane.columns >= self.broad_from
        self._put(grid, Role.AHEAD, (first > cursor) & (first < NEVER))
        if self._future is not None:
            self._put(grid, Role.FUTURE, self._future.lit(NEVER - 1))
        self._put(grid, Role.PATH, (thickened(first) if broad else first) <= cursor, halo=broad)
