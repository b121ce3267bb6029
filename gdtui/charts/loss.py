"""The loss over the iterations: one curve, log scale where it falls by decades, axes that grow as the run does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gdtui.charts.cells import Depth, Span
from gdtui.charts.palette import Role
from gdtui.charts.series import Curve, Series, Values
from gdtui.charts.time_panel import TimePanel


class LossChart(TimePanel):
    """The loss curve of a run. Rows ahead of the cursor are dimmed, as are the curves of other runs."""

    cursor_line = False

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        nothing = Curve("loss", lambda begin, end: np.full(end - begin, np.nan), Role.PATH)
        super().__init__(width, height, depth, unicode, [Series(nothing)], heading=False)

    def restart(self) -> None:
        """Forget the run: the next ``follow`` draws another one, with axes of its own."""
        self.series[0].restart()
        self._laid = None

    def set_olds(self, olds: Sequence[tuple[int, Values]], tints: Sequence[int] = ()) -> None:
        """The other runs: how many rows each has, and how to read its losses; and the hue of each."""
        self.series[0].become(self.series[0].curve._replace(olds=list(olds), tints=list(tints)))

    def follow(self, count: int, values: Values, cursor: int) -> list[Span]:
        """Draw the first ``count`` rows of a run with the cursor on one; returns the cells that changed.

        Reads only the rows that are new since the last call, but for the rare times when an axis grows.
        """
        self.series[0].become(self.series[0].curve._replace(values=values))
        self.measure(count)
        self.plot(count)
        return self.draw(cursor)
