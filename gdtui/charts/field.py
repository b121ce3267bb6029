"""The gradient as a field of arrows over the contour: which way, and how steeply, the surface goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from gdtui.charts.contour import ContourChart, Surface
from gdtui.charts.levels import LARGEST, Scaling
from gdtui.charts.palette import ARROWS
from gdtui.charts.raster import DOTS_X, DOTS_Y, Floats, Ints, Window

Gradient: TypeAlias = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""∂f/∂x and ∂f/∂y at the points of two arrays x, y of one shape; may be nan or infinite."""

_COLUMNS_AN_ARROW, _ROWS_AN_ARROW = 4, 2
_GLYPHS = np.array([ord(arrow) for arrow in "→↗↑↖←↙↓↘"], dtype=np.uint32)  # by eighths of a turn, from +x
_ASCII = np.array([ord(arrow) for arrow in ">^^^<vvv"], dtype=np.uint32)
_FLAT = 1e-12  # of the largest: a gradient as small has no direction


class FieldChart(ContourChart):
    """The contour of a surface with arrows of −∇f, or of ∇f, and the path of a descent on it."""

    def lay(
        self, surface: Surface, window: Window, levels: Sequence[float] | None = None,
        symbols: tuple[str, str] = ("x", "y"), scaling: Scaling | None = None,
        gradient: Gradient | None = None, uphill: bool = False,
    ) -> None:  # fmt: skip
        """Evaluate the surface and its gradient over a window; without a gradient there are no arrows.

        Arrows point down, against the gradient, or with it where ``uphill``. They have the direction that a step
        has on the screen, also where the axes' scales differ, and a colour by their length, by its logarithm.
        """
        super().lay(surface, window, levels, symbols, scaling)
        if gradient is not None:
            self._put_arrows(gradient, uphill)

    def _put_arrows(self, gradient: Gradient, uphill: bool) -> None:
        across, down = self.plane.centres(1, 1)
        columns = _places(self.plane.columns, _COLUMNS_AN_ARROW)
        rows = _places(self.plane.rows, _ROWS_AN_ARROW)
        x, y = np.meshgrid(across[columns], down[rows])
        w = self.window
        with np.errstate(all="ignore"):
            slope_x, slope_y = (np.broadcast_to(np.asarray(part, dtype=np.float64), x.shape) for part in gradient(x, y))
            size = np.hypot(slope_x, slope_y)
            finite = np.isfinite(size) & (size < LARGEST)
            # As the screen shows it: in dots, which are square.
            right = slope_x / (w.x1 - w.x0) * self.plane.columns * DOTS_X
            up = slope_y / (w.y1 - w.y0) * self.plane.rows * DOTS_Y
            turn = np.arctan2(up, right) + (0.0 if uphill else np.pi)
        pointing = finite & (size > _FLAT * size[finite].max(initial=0.0))
        if not pointing.any():
            return
        eighth = np.round(np.where(pointing, turn, 0.0) / (np.pi / 4)).astype(np.int64) % 8
        glyph = (_GLYPHS if self.unicode else _ASCII)[eighth]
        inks = np.array([self._inks.ink(role) for role in ARROWS], dtype=np.int16)
        look = inks[_by_size(np.where(pointing, size, 1.0), size[pointing])]
        cells = np.ix_(rows, columns)
        ground_glyph, ground_look = self._inside(self._ground.glyph), self._inside(self._ground.look)
        ground_glyph[cells] = np.where(pointing, glyph, ground_glyph[cells])
        ground_look[cells] = np.where(pointing, look + self._paper[cells], ground_look[cells])


def _places(cells: int, apart: int) -> Ints:
    """Every so many cells, with as much room before the first as behind the last."""
    count = max(1, cells // apart)
    return np.arange(count) * apart + (cells - (count - 1) * apart - 1) // 2


def _by_size(size: Floats, sizes: Floats) -> Ints:
    """Which of the arrows' roles suits a length: thirds of the range that nearly all are in, by the logarithm."""
    low, high = np.log(np.quantile(sizes, (0.05, 0.95)))
    if high - low < 1e-9:
        return np.full(size.shape, len(ARROWS) // 2)
    part = (np.log(size) - low) / (high - low)
    role: Ints = np.clip(part * len(ARROWS), 0, len(ARROWS) - 1).astype(np.int64)
    return role
