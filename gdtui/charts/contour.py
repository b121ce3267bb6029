"""A surface seen from above: bands of colour, or isolines where there are few colours, and the path on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdtui.charts import palette
from gdtui.charts.cells import SPACE, Depth, Run
from gdtui.charts.legend import legend
from gdtui.charts.levels import Scaling, scale_of
from gdtui.charts.palette import Role
from gdtui.charts.path_chart import PathChart
from gdtui.charts.raster import DOTS_X, DOTS_Y, Floats, Mask, Window, braille

Surface: TypeAlias = Callable[[Floats, Floats], Floats]
"""Values at the points of two arrays x, y of one shape; may be nan or infinite."""

ISOLINES_FROM = 90
"""From so many columns on there is room for isolines between bands that are filled."""

_SPACE, _HALF_BLOCK = np.uint32(SPACE), np.uint32(ord("▀"))
_MOST_LEVELS = {True: 14, False: 6}  # filled, isolines


class BandedChart(PathChart):
    """A surface in bands of colour, or in lines where there are few colours."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        self.filled = unicode and palette.is_filled(depth)
        self.broad_path, self.heavy_path = self.filled, not self.filled
        self.levels: tuple[float, ...] = ()
        """The values at which one band ends and the next begins, ascending."""
        super().__init__(width, height, depth, unicode)

    def legend(self, width: int) -> list[Run]:
        """What the colours mean, as a row of so many cells."""
        return legend(self.levels, self.depth, width, self.unicode)


class ContourChart(BandedChart):
    """The contour of a surface over a window, with the path of a descent on it.

    Lay the surface, add to the path, draw, and ask for the rows that changed::

        chart = ContourChart(70, 28, Depth.TRUECOLOR)
        chart.lay(lambda x, y: x**2 + 10 * y**2, Window(-5, 5, -5, 5))
        chart.path.extend(points, first_row=0)
        spans = chart.draw(cursor=len(points) - 1)
    """

    def lay(
        self, surface: Surface, window: Window, levels: Sequence[float] | None = None,
        symbols: tuple[str, str] = ("x", "y"), scaling: Scaling | None = None,
    ) -> None:  # fmt: skip
        """Evaluate the surface over a window. The path, other runs, future and marks are to be set anew.

        Its bands are at ``levels``, or on the scale that shows its shape; ``scaling`` forces another one.
        """
        most = min(palette.MOST_BANDS[self.depth] - 1, _MOST_LEVELS[self.filled])
        # The frame decides how many cells are left for the data, and with them the pixels.
        self.begin(window, symbols)
        fine = self.unicode and (not self.filled or self.plane.columns >= ISOLINES_FROM)
        per_column, per_row = (DOTS_X, DOTS_Y) if fine else (1, 2) if self.filled else (1, 1)
        x, y = np.meshgrid(*self.plane.centres(per_column, per_row))
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(surface(x, y), dtype=np.float64), x.shape)
        self.scale = scale_of(values, scaling)
        if levels is None:
            self.levels = self.scale.levels(most)
        else:
            self.levels = tuple(sorted(levels))[: palette.MOST_BANDS[self.depth] - 1]
        self.begin(window, symbols, bands=len(self.levels) + 1)
        band = np.searchsorted(np.array(self.levels), values, side="right").astype(np.int16)
        nowhere = np.isnan(values)
        lines = _isolines(band) & ~nowhere
        if not self.filled:
            dots = np.repeat(np.repeat(lines, DOTS_Y // per_row, axis=0), DOTS_X // per_column, axis=1)
            self._put(self._ground, Role.ISOLINE, dots)
        elif fine:
            self._fill(*_coarser(band, nowhere))
            self._engrave(lines)
        else:
            self._fill(band, nowhere)
        self._texture(nowhere, per_column, per_row)

    def _fill(self, band: NDArray[np.int16], nowhere: Mask) -> None:
        """Two pixels a cell: the upper one is the ink of a half block, the lower one its paper."""
        paper = 1 + band
        paper[nowhere] = self._inks.void
        upper, lower = paper[0::2], paper[1::2]
        self._paper = lower.copy()
        np.copyto(self._inside(self._ground.look), upper * np.int16(self._inks.papers) + lower)
        np.copyto(self._inside(self._ground.glyph), np.where(upper == lower, _SPACE, _HALF_BLOCK))

    def _engrave(self, lines: Mask) -> None:
        """Isolines as braille dots, four times as fine as the fill, in a darker shade of it."""
        glyph = braille(lines)
        lit = glyph != SPACE
        look = self._inks.halo[self._paper] * np.int16(self._inks.papers) + self._paper
        np.copyto(self._inside(self._ground.glyph), glyph, where=lit)
        np.copyto(self._inside(self._ground.look), look, where=lit)

    def _texture(self, nowhere: Mask, per_column: int, per_row: int) -> None:
        """A sparse pattern in the cells where the objective has no value at all."""
        rows, columns = self.plane.rows, self.plane.columns
        empty = nowhere.reshape(rows, per_row, columns, per_column).all(axis=(1, 3))
        checker = np.add.outer(np.arange(rows), np.arange(columns)) % 2 == 0
        where = empty & checker
        np.copyto(self._inside(self._ground.glyph), np.uint32(ord("·" if self.unicode else ".")), where=where)
        np.copyto(self._inside(self._ground.look), self._inks.ink(Role.VOID) + self._paper, where=where)


def _isolines(band: NDArray[np.int16]) -> Mask:
    """The pixels whose right or lower neighbour is in another band."""
    edge = np.zeros(band.shape, dtype=np.bool_)
    edge[:, :-1] = band[:, :-1] != band[:, 1:]
    edge[:-1] |= band[:-1] != band[1:]
    return edge


def _coarser(band: NDArray[np.int16], nowhere: Mask) -> tuple[NDArray[np.int16], Mask]:
    """The bands of the half blocks from those of the dots, four to each: their mean, and where any has no value."""
    rows, columns = band.shape
    four = band.reshape(rows // 2, 2, columns // 2, 2).sum(axis=(1, 3))
    holes = nowhere.reshape(rows // 2, 2, columns // 2, 2).any(axis=(1, 3))
    return ((four + 2) // 4).astype(np.int16), np.asarray(holes)
