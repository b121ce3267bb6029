"""Quantities over the iterations: panels above one another with one time axis, and a legend with the values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gdtui.charts.cells import Depth, Span
from gdtui.charts.levels import Scaling
from gdtui.charts.palette import SERIES, Role
from gdtui.charts.panels import Panels, Placed, shares
from gdtui.charts.raster import Floats
from gdtui.charts.series import Axis, Curve, Extent, Series
from gdtui.charts.time_panel import TimePanel

LEAST_ROWS = 5
"""Of a panel: its legend, and some data."""

_AXIS_ROWS = 2
_LEAST_SHARE = 0.2  # of an axis: a curve that would be flatter on it has a panel of its own
_INKS = (Role.PATH, *SERIES)

Groups = tuple[tuple[int, ...], ...]
"""Which curves, by their number, are in one panel; panels from the top."""


class CurvesChart(Panels):
    """Loss, gradient norm, any quantity of a run over its iterations.

    Curves of one size share a panel; others have one of their own, as far as there is room::

        chart = CurvesChart(120, 40, Depth.TRUECOLOR)
        chart.set_curves([Curve("loss", losses), Curve("‖∇f‖", norms)])
        spans = chart.follow(count=200, cursor=199)
    """

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        super().__init__(width, height, depth, unicode)
        self.panels: list[TimePanel] = []
        self._ahead: tuple[int, tuple[Floats, ...]] = (0, ())
        self.set_curves(())

    def set_curves(self, curves: Sequence[Curve], groups: Sequence[Sequence[int]] | None = None) -> None:
        """Show these curves from their first row on, in these panels; None groups them by the size of their values.

        A curve without a role gets one by its number.
        """
        roles = [curve.role or _INKS[k % len(_INKS)] for k, curve in enumerate(curves)]
        self._series = [Series(curve._replace(role=role)) for curve, role in zip(curves, roles, strict=True)]
        self._wanted = None if groups is None else tuple(tuple(group) for group in groups)
        self.groups: Groups = ()
        self._stacked = False
        self._ahead = (0, ())

    def set_future(self, first_row: int, *values: Floats) -> None:
        """The next values of every curve, in order, dotted, from ``first_row`` (the row they start from) on."""
        self._ahead = (first_row, values)
        for panel, group in zip(self.panels, self.groups if self._stacked else (), strict=False):
            panel.set_future(first_row, *(values[k] for k in group if k < len(values)))

    def follow(self, count: int, cursor: int) -> list[Span]:
        """Draw the first ``count`` rows with the cursor on one; returns the cells that changed.

        Reads only the rows that are new since the last call, but for the rare times when an axis grows.
        """
        self.plot(count)
        return self.draw(cursor)

    def plot(self, count: int) -> None:
        """Take the rows up to ``count`` that are new, for the next draw."""
        for series in self._series:
            series.measure(count)
        most = max(1, (self.height - _AXIS_ROWS) // LEAST_ROWS)
        scalings = [series.curve.scaling for series in self._series]
        groups = self._wanted or grouped([series.extent for series in self._series], scalings, most)
        if groups != self.groups or not self._stacked:
            self.groups, self._stacked = groups, True
            self._stack()
        margin = max((panel.measure(count) for panel in self.panels), default=0)
        for panel in self.panels:
            panel.plot(count, margin)

    def _stack(self) -> None:
        """A panel for each group, above one another; the lowest has the time axis."""
        self.panels, placed = [], []
        weights = [1 + len(group) for group in self.groups]
        for k, (top, rows) in enumerate(shares(self.height - _AXIS_ROWS, weights)):
            last = k == len(weights) - 1
            panel = TimePanel(
                self.width, rows + _AXIS_ROWS * last, self.depth, self.unicode,
                [self._series[number] for number in self.groups[k]], x_axis=last,
            )  # fmt: skip
            self.panels.append(panel)
            placed.append(Placed(0, top, panel))
        self.place(placed)
        self.set_future(self._ahead[0], *self._ahead[1])


def grouped(extents: Sequence[Extent], scalings: Sequence[Scaling | None], most: int) -> Groups:
    """Put those together that show their shape on one axis, in at most ``most`` groups."""
    groups: list[list[int]] = []
    merged: list[Extent] = []
    for number, extent in enumerate(extents):
        fits = [
            k
            for k, group in enumerate(groups)
            if scalings[group[0]] is scalings[number] and _go_together(merged[k], extent, scalings[number])
        ]
        at = fits[0] if fits else len(groups)
        if at == len(groups) and at < most:
            groups.append([])
            merged.append(Extent())
        at = min(at, len(groups) - 1)
        groups[at].append(number)
        merged[at] = merged[at].merged(extent)
    return tuple(tuple(group) for group in groups)


def _go_together(one: Extent, other: Extent, scaling: Scaling | None) -> bool:
    """Whether an axis that holds both shows the shape of either. What is constant has none to lose."""
    both = one.merged(other).axis(scaling)
    for extent in (one, other):
        needs_log = extent.axis(scaling).is_log and not both.is_log
        if not extent.is_empty and extent.low < extent.high and (needs_log or _share(extent, both) < _LEAST_SHARE):
            return False
    return True


def _share(extent: Extent, axis: Axis) -> float:
    """The part of an axis that values take up."""
    low = extent.least_positive if axis.is_log else extent.low
    begin, end = axis.heights(np.array([low, extent.high])).tolist()
    return float(end - begin) / (axis.top - axis.bottom)
