"""Curves over the iterations in one panel: a time axis that doubles, a y axis that grows, one cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gdtui.charts.canvas import Canvas
from gdtui.charts.cells import Depth, Grid, Span, clusters, width_of
from gdtui.charts.frame import left_margin
from gdtui.charts.future import Future
from gdtui.charts.palette import OLDS, SERIES, Role
from gdtui.charts.raster import DOTS_X, DOTS_Y, NEVER, Floats, Ints, Mask, PathLayer, Window
from gdtui.charts.series import Axis, Extent, Series, time_length

_COLUMNS_A_MARKER = 14
_WIDTH_OF_VALUE = 10


class TimePanel(Canvas):
    """Some series on one y axis. Rows ahead of the cursor are dimmed, as are the curves of other runs.

    ``heading``: a line of its own for the legend, with the values at the cursor; ``x_axis``: whether the panel
    has a time axis of its own, or stands above one that has.
    """

    cursor_line = True
    """Mark the cursor's iteration by a line from top to bottom."""

    def __init__(
        self, width: int, height: int, depth: Depth, unicode: bool = True, series: Sequence[Series] = (),
        heading: bool = True, x_axis: bool = True,
    ) -> None:  # fmt: skip
        self.series = tuple(series)
        self.heading, self.x_axis = heading and height > 2, x_axis
        self.roles = tuple(s.curve.role or SERIES[k % len(SERIES)] for k, s in enumerate(self.series))
        self.axis = Axis(False, 0.0, 1.0)
        self.layers: list[PathLayer] = []
        self.olds: list[PathLayer] = []
        self._ahead: tuple[int, Sequence[Floats]] = (0, ())
        self._futures: list[Future] = []
        self._now: list[float] = []
        self._count = 0
        self._laid: tuple[object, ...] | None = None
        super().__init__(width, height, depth, unicode)

    @property
    def is_log(self) -> bool:
        """Whether the y axis is logarithmic."""
        return self.axis.is_log

    def set_future(self, first_row: int, *values: Floats) -> None:
        """The next values of each series, dotted, from ``first_row`` (the row they start from) on."""
        self._ahead = (first_row, [np.asarray(v, dtype=np.float64) for v in values])
        self._draw_future()

    def measure(self, count: int) -> int:
        """Read what is new of ``count`` rows and choose the axis; how many cells it needs at the left."""
        extent = Extent()
        for series in self.series:
            series.measure(count)
            extent = extent.merged(series.extent)
        scalings = {series.curve.scaling for series in self.series}
        self.axis = extent.axis(scalings.pop() if len(scalings) == 1 else None)
        return left_margin(
            Window(0, 1, *self.axis[1:]), self.width, self.height - self.heading, self.is_log, self.unicode, self.x_axis
        )

    def plot(self, count: int, margin: int = 0) -> None:
        """Draw the rows that are new; all of them where an axis has changed since, or the panel's margin."""
        length = time_length(count)
        laid = (self.axis, length, margin, tuple(series.curve.olds for series in self.series))
        if laid != self._laid or count < self._count:
            self._laid, self._count = laid, 0
            self._lay(length, margin)
        for series, layer in zip(self.series, self.layers, strict=True):
            for rows, values in series.parts(series.curve.values, self._count, count):
                self._extend(layer, rows, values)
        self._count = count

    def draw(self, cursor: int) -> list[Span]:
        """Draw with the cursor on a row that was plotted; returns the cells that changed."""
        self._now = []
        self._marks = []
        if 0 <= cursor < self._count:
            for series in self.series:
                now = float(series.read(series.curve.values, cursor, cursor + 1)[0])
                self._now.append(now)
                self._marks.append((Role.POINT, (float(cursor), self.axis.height(now))))
        return super().draw(cursor)

    def _lay(self, length: int, margin: int) -> None:
        window = Window(0.0, float(length), self.axis.bottom, self.axis.top)
        self.begin(window, ("t", ""), self.is_log, 0, margin, self.x_axis, int(self.heading))
        self.olds = []
        for series in self.series:
            for place, (count, values) in enumerate(series.curve.olds):
                old = PathLayer(self.plane)
                old.tint = series.curve.tints[place] if place < len(series.curve.tints) else 0
                for rows, part in series.parts(values, 0, min(count, length + 1)):
                    self._extend(old, rows, part)
                self.olds.append(old)
        self.layers = [PathLayer(self.plane) for _ in self.series]
        self._futures = [Future() for _ in self.series]
        self._draw_future()

    def _draw_future(self) -> None:
        first_row, ahead = self._ahead
        room = max(0, int(self.window.x1) - first_row + 1)
        for future, values in zip(self._futures, ahead, strict=False):
            rows = np.arange(first_row, first_row + min(len(values), room), dtype=np.float64)
            points = np.stack((rows, values[: len(rows)]), axis=1)
            future.lead(points, lambda: PathLayer(self.plane, dotted=True), self._places)

    def _places(self, points: Floats) -> Floats:
        return np.stack((points[:, 0], self.axis.heights(points[:, 1])), axis=1)

    def _extend(self, layer: PathLayer, rows: Ints, values: Floats) -> None:
        if len(values) == 1:
            begin, length, dots = int(rows[0]), int(self.window.x1), self.plane.columns * DOTS_X
            column = min(int(begin / length * dots), dots - 1)
            height = self.axis.height(float(values[0]))
            layer.extend(((begin, height),), math.ceil(column * length / dots - 1e-9))
            return
        places, kept, numbers = self._thinned(rows, values)
        layer.extend(np.stack((places, self.axis.heights(kept)), axis=1), numbers)

    def _thinned(self, rows: Ints, values: Floats) -> tuple[Floats, Floats, Ints]:
        """For each column of dots its first, lowest, highest and last row: they light what all would.

        Also their row numbers: that of the first row in the column, so that what is lit does not depend on
        how the rows came in.
        """
        length = int(self.window.x1)
        dots = self.plane.columns * DOTS_X
        column = np.minimum((rows / length * dots).astype(np.int64), dots - 1)
        firsts = np.ceil(column * length / dots - 1e-9).astype(np.int64)
        if len(rows) <= 4 * dots:
            return rows.astype(np.float64), values, firsts
        starts = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
        ends = np.append(starts[1:], len(rows)) - 1
        chosen = np.stack(
            (values[starts], np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts), values[ends]), axis=1
        )
        return np.repeat(rows[starts], 4).astype(np.float64), chosen.reshape(-1), np.repeat(firsts[starts], 4)

    def _put_layers(self, grid: Grid, cursor: int) -> None:
        for old in self.olds:
            self._put(grid, OLDS[old.tint % len(OLDS)], old.lit(NEVER - 1))
        cell = self.plane.cell(float(cursor), self.window.y0)
        if self.cursor_line and self._marks and cell is not None:
            self._inside(grid.glyph)[:, cell[0]] = ord("│" if self.unicode else "|")
            self._inside(grid.look)[:, cell[0]] = self._inks.ink(Role.CURSOR)
        for future in self._futures:
            self._put(grid, Role.FUTURE, future.lit())
        for layer in self.layers if cursor < self._count - 1 else ():
            self._put(grid, Role.AHEAD, (layer.first > cursor) & (layer.first < NEVER))
        for k, (role, layer) in enumerate(zip(self.roles, self.layers, strict=True)):
            lit = layer.lit(cursor)
            self._put(grid, role, lit, join=k > 0)
            if len(self.layers) > 1 and self.unicode:
                self._put_markers(grid, k, lit)
        if self.heading:
            self._put_heading(grid)

    def _put_markers(self, grid: Grid, number: int, lit: Mask) -> None:
        """The series' own glyph here and there on its curve, each series at columns of its own."""
        first = _COLUMNS_A_MARKER * (2 * number + 1) // (2 * len(self.layers))
        columns = np.arange(first % _COLUMNS_A_MARKER, self.plane.columns, _COLUMNS_A_MARKER)
        dots = lit[:, columns * DOTS_X] | lit[:, columns * DOTS_X + 1]
        rows = dots.argmax(axis=0) // DOTS_Y
        there = dots.any(axis=0)
        rows, columns = rows[there], columns[there]
        self._inside(grid.glyph)[rows, columns] = ord(self.sign(number, self.roles[number]))
        self._inside(grid.look)[rows, columns] = self._inks.ink(self.roles[number])

    def _put_heading(self, grid: Grid) -> None:
        """The legend: each curve's sign and name, and its value at the cursor where that has room."""
        several, minus = len(self.series) > 1, "−" if self.unicode else "-"
        signs = [self.sign(k, role) for k, role in enumerate(self.roles)]
        labels = [series.curve.label for series in self.series]
        x = min(self.area[0], self.width // 8)
        room, gap = self.width // max(len(labels), 1), 1
        names = [f"{sign} {label}" if several else label for sign, label in zip(signs, labels, strict=True)]
        if sum(width_of(name) + 2 for name in names) > self.width - x:  # each sign is seen
            most, gap = max(1, (self.width - x) // len(names) - 1), 0
            cells = [clusters(f"{sign}{label}") for sign, label in zip(signs, labels, strict=True)]
            end = "…" if self.unicode else "."
            names = ["".join(name if len(name) <= most else [*name[: most - 1], end]) for name in cells]
        for k, (name, role) in enumerate(zip(names, self.roles, strict=True)):
            size = width_of(name)
            grid.write(x, 0, "".join(clusters(name)[: max(self.width - x - 1, 0)]), self._inks.ink(role))
            x += size + 1
            if k < len(self._now) and room >= size + _WIDTH_OF_VALUE + 2:
                grid.write(x, 0, f"{self._now[k]:.4g}".replace("-", minus), self._inks.ink(Role.LABEL))
                x += _WIDTH_OF_VALUE + 1
            x += gap
