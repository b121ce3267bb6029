"""The loss over the iterations: log scale where it falls by decades, axes that grow as the run does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.canvas import Canvas
from gdtui.charts.cells import Depth, Run, Span
from gdtui.charts.frame import round_step
from gdtui.charts.levels import LARGEST
from gdtui.charts.raster import DOTS_X, PathLayer, Plane, Window

Values: TypeAlias = Callable[[int, int], NDArray[np.float64]]
"""The losses of rows a to b, b exclusive: (b - a,)."""

_FIRST_LENGTH = 16  # iterations on the axis at first; doubled when they are full
_AT_ONCE = 1 << 16  # rows read at once
_TICK_SHARE = 5  # a linear axis grows by steps of about a fifth of itself


class _Extent:
    """What has been seen of the losses: enough to choose an axis, whatever their number."""

    def __init__(self) -> None:
        self.low, self.high = math.inf, -math.inf
        self.least_positive = math.inf

    def include(self, losses: NDArray[np.float64]) -> None:
        usable = losses[np.abs(losses) < LARGEST]
        if usable.size:
            self.low = min(self.low, float(usable.min()))
            self.high = max(self.high, float(usable.max()))
        positive = usable[usable > 0]
        if positive.size:
            self.least_positive = min(self.least_positive, float(positive.min()))

    def merged(self, other: _Extent) -> _Extent:
        both = _Extent()
        both.low, both.high = min(self.low, other.low), max(self.high, other.high)
        both.least_positive = min(self.least_positive, other.least_positive)
        return both

    @property
    def is_log(self) -> bool:
        """No loss is negative, and the positive ones span more than a decade."""
        return self.low >= 0 and self.high > 10 * self.least_positive

    def axis(self) -> tuple[bool, float, float]:
        """Whether the axis is logarithmic, and its range: log10 values in whole decades, or round ones."""
        if self.is_log:
            low = math.floor(math.log10(self.least_positive) + 1e-9)
            return True, float(low), float(max(math.ceil(math.log10(self.high) - 1e-9), low + 1))
        if not self.high >= self.low:
            return False, 0.0, 1.0
        span = self.high - self.low or abs(self.high) or 1.0
        step = round_step(span / _TICK_SHARE)
        bottom, top = math.floor(self.low / step) * step, math.ceil(self.high / step) * step
        return False, bottom, top if top > bottom else bottom + step


class LossChart:
    """The loss curve of a run. Rows ahead of the cursor are dimmed, as are the curves of other runs.

    ``offset`` is taken from every loss first: with a known minimum f_min the log scale shows loss − f_min.
    """

    def __init__(
        self, width: int, height: int, depth: Depth, unicode: bool = True, offset: float = 0.0
    ) -> None:
        self.offset = offset
        self._canvas = Canvas(width, height, depth, unicode)
        self.width, self.height = self._canvas.width, self._canvas.height
        self._old_runs: list[tuple[int, Values]] = []
        self._old_extent = _Extent()
        self._ahead: tuple[int, NDArray[np.float64]] = (0, np.empty(0))
        self._axis: tuple[bool, float, float] = (False, 0.0, 1.0)
        self._outdated = True  # the next follow rebuilds
        self._extent = _Extent()
        self._length = _FIRST_LENGTH
        self._count = 0
        self._values: Values = lambda begin, end: np.full(end - begin, np.nan)

    @property
    def is_log(self) -> bool:
        """Whether the y axis is logarithmic."""
        return self._axis[0]

    @property
    def plane(self) -> Plane:
        """The plane of iterations and heights (on a log axis log10 of the loss)."""
        return self._canvas.plane

    @property
    def area(self) -> tuple[int, int, int, int]:
        """The cells of the data area: (x, y, columns, rows)."""
        return self._canvas.area

    def row(self, y: int) -> list[Run]:
        """Row y as it was last drawn."""
        return self._canvas.row(y)

    def draw(self, cursor: int) -> list[Span]:
        """Draw with the cursor on a row of the run that was followed; returns the cells that changed."""
        current = None
        if 0 <= cursor < self._count:
            current = (float(cursor), float(self._heights(self._read(self._values, cursor, cursor + 1))[0]))
        self._canvas.set_marks(current=current)
        return self._canvas.draw(cursor)

    def restart(self) -> None:
        """Forget the run: the next ``follow`` draws another one, with axes of its own."""
        self._count, self._extent, self._length = 0, _Extent(), _FIRST_LENGTH
        self._measure_olds()
        self._outdated = True

    def set_olds(self, olds: Sequence[tuple[int, Values]]) -> None:
        """The other runs: how many rows each has, and how to read its losses."""
        self._old_runs = list(olds)
        self._measure_olds()
        self._outdated = True

    def _measure_olds(self) -> None:
        """Only the rows that the time axis shows: where an old run ended must not flatten a new one."""
        self._old_extent = _Extent()
        for count, values in self._old_runs:
            shown = min(count, self._length + 1)
            for begin in range(0, shown, _AT_ONCE):
                self._old_extent.include(self._read(values, begin, min(begin + _AT_ONCE, shown)))

    def set_future(self, first_row: int, losses: NDArray[np.float64]) -> None:
        """The losses of the next steps, dotted, from ``first_row`` (the row they start from) on."""
        self._ahead = (first_row, np.asarray(losses, dtype=np.float64) - self.offset)
        self._draw_future()

    def follow(self, count: int, values: Values, cursor: int) -> list[Span]:
        """Draw the first ``count`` rows of a run with the cursor on one; returns the cells that changed.

        Reads only the rows that are new since the last call, but for the rare times when an axis grows.
        """
        if count < self._count:
            self.restart()
        begin = self._count
        for at in range(begin, count, _AT_ONCE):
            self._extent.include(self._read(values, at, min(at + _AT_ONCE, count)))
        while count - 1 > self._length:
            self._length *= 2
            self._measure_olds()
        axis = self._extent.merged(self._old_extent).axis()
        if self._outdated or axis != self._axis or self._length != self.plane.window.x1:
            self._axis, self._outdated = axis, False
            self._rebuild()
            begin = 0
        self._plot(self._canvas.path, begin, count, values)
        self._count = count
        self._values = values
        return self.draw(cursor)

    def _rebuild(self) -> None:
        is_log, bottom, top = self._axis
        self._canvas.begin(Window(0.0, float(self._length), bottom, top), ("t", ""), log_y=is_log)
        for count, values in self._old_runs:
            old = PathLayer(self.plane)
            self._plot(old, 0, min(count, self._length + 1), values)
            self._canvas.olds.append(old)
        self._draw_future()

    def _draw_future(self) -> None:
        first_row, losses = self._ahead
        rows = np.arange(first_row, first_row + len(losses), dtype=np.float64)
        self._canvas.set_future(np.stack((rows, self._heights(losses)), axis=1))

    def _plot(self, layer: PathLayer, begin: int, end: int, values: Values) -> None:
        for at in range(begin, end, _AT_ONCE):
            to = min(at + _AT_ONCE, end)
            rows, losses, numbers = self._thinned(np.arange(at, to), self._read(values, at, to))
            layer.extend(np.stack((rows, self._heights(losses)), axis=1), numbers)

    def _thinned(
        self, rows: NDArray[np.int64], losses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """For each column of dots its first, lowest, highest and last row: they light what all would.

        Also their row numbers: that of the first row in the column, so that what is lit does not depend on
        how the rows came in.
        """
        dots = self.plane.columns * DOTS_X
        column = np.minimum((rows / self._length * dots).astype(np.int64), dots - 1)
        firsts = np.ceil(column * self._length / dots - 1e-9).astype(np.int64)
        if len(rows) <= 4 * dots:
            return rows.astype(np.float64), losses, firsts
        starts = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
        ends = np.append(starts[1:], len(rows)) - 1
        chosen = np.stack(
            (
                losses[starts],
                np.fmin.reduceat(losses, starts),
                np.fmax.reduceat(losses, starts),
                losses[ends],
            ),
            axis=1,
        )
        return np.repeat(rows[starts], 4).astype(np.float64), chosen.reshape(-1), np.repeat(firsts[starts], 4)

    def _read(self, values: Values, begin: int, end: int) -> NDArray[np.float64]:
        return np.asarray(values(begin, end), dtype=np.float64) - self.offset

    def _heights(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Losses as values of the y axis. On a log axis a loss of 0 lies on its lower end."""
        if not self.is_log:
            return np.where(np.abs(losses) < LARGEST, losses, np.nan)
        bottom = self._axis[1]
        with np.errstate(all="ignore"):
            heights = np.where(losses > 0, np.log10(losses), np.where(losses == 0, bottom, np.nan))
        return np.where(losses < LARGEST, heights, np.nan)
