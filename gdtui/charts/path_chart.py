"""A ground with a frame, a descent's path over it, and marks: what the charts of a surface or a function share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gdtui.charts.canvas import Canvas, Inks, Point
from gdtui.charts.cells import Grid
from gdtui.charts.frame import Frame
from gdtui.charts.future import Future
from gdtui.charts.palette import OLDS, Role
from gdtui.charts.raster import DOTS_X, DOTS_Y, NEVER, Floats, PathLayer, Window, thickened

_ARROW_LENGTH = 0.3  # of the chart's shorter side
_HEADS = ("→>", "↗^", "↑^", "↖^", "←<", "↙v", "↓v", "↘v")  # by eighths of a turn; Unicode, ASCII


class Arrow(NamedTuple):
    """A vector at a point, in data units. Not ``to_scale``, all are of one length: only their direction tells."""

    role: Role
    tail: Point
    vector: Point
    to_scale: bool = False


class PathChart(Canvas):
    """Layers above one another: the ground, other runs (``olds``), rows ahead of the cursor, the future, the live
    ``path``, arrows, marks. Between two draws the layers may be changed freely.
    """

    broad_path = False
    """Draw the live path broad where there is room: two dots thick, with a dark halo."""
    broad_from = 120
    """From so many columns of data on there is room."""

    def open(self, window: Window, surround: Frame, inks: Inks) -> None:
        super().open(window, surround, inks)
        self.path = self.new_path()
        self.olds: list[PathLayer] = []
        self._future = Future()
        self._arrows: list[tuple[Role, PathLayer, tuple[float, float], str]] = []

    def set_arrows(self, arrows: Sequence[Arrow]) -> None:
        """Draw these vectors over the path, replacing the last ones."""
        self._arrows = []
        for role, tail, vector, to_scale in arrows:
            begin, along = (np.array([float(part[0]), float(part[1])]) for part in (tail, vector))
            length = self._length(along)
            if not 0 < length < math.inf:
                continue
            tip = begin + along * (1.0 if to_scale else _ARROW_LENGTH / length)
            layer = self.new_path()
            layer.extend(np.stack((begin, tip)), 0)
            across, down = np.diff(self.plane.to_dots(np.stack((0.1 * begin + 0.9 * tip, tip))), axis=1)[:, 0].tolist()
            turn = math.atan2(-down, across)
            head = _HEADS[0 if math.isnan(turn) else round(turn / (math.pi / 4)) % 8]  # nan: far outside of the window
            self._arrows.append((role, layer, (float(tip[0]), float(tip[1])), head))

    def _length(self, vector: Floats) -> float:
        """The length of a vector as a part of the chart's shorter side."""
        w = self.window
        across, up = self.plane.columns * DOTS_X, self.plane.rows * DOTS_Y
        in_dots = float(vector[0]) * across / (w.x1 - w.x0), float(vector[1]) * up / (w.y1 - w.y0)
        return math.hypot(*in_dots) / min(across, up)

    def new_path(self, dotted: bool = False) -> PathLayer:
        """An empty path, to be set as ``path`` or put among ``olds``."""
        return PathLayer(self.plane, dotted)

    def set_future(self, points: ArrayLike | None) -> None:
        """Draw the next steps (m, 2) dotted, replacing the last ones. Point 0 is where they start from."""
        ahead = np.asarray(() if points is None else points, dtype=np.float64)
        self._future.lead(ahead, lambda: self.new_path(dotted=True), lambda new: new)

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
        for old in self.olds:
            self._put(grid, OLDS[old.tint % len(OLDS)], old.lit(NEVER - 1))
        first = self.path.first
        broad = self.broad_path and self.plane.columns >= self.broad_from
        if self.path.newest > cursor:
            self._put(grid, Role.AHEAD, (first > cursor) & (first < NEVER))
        self._put(grid, Role.FUTURE, self._future.lit())
        self._put(grid, Role.PATH, (thickened(first) if broad else first) <= cursor, halo=broad)
        for role, layer, tip, head in self._arrows:
            self._put(grid, role, layer.lit(NEVER - 1))
            cell = self.plane.cell(*tip)
            if cell is not None:
                self._put_glyph(grid, role, cell, head)
