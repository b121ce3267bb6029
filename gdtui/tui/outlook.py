"""Outlook: what of parameter space the map shows: the plane, its window, the box that the charts hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
from textual.screen import Screen

from gdtui.charts.raster import Window
from gdtui.descent.branches import Branch
from gdtui.descent.session import Session
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.section import Section, along_coordinates, along_path
from gdtui.tui.chart_views import window_of
from gdtui.tui.frame import Frame
from gdtui.tui.sight import Sight
from gdtui.tui.view import View

LAYING_SECONDS = 0.004
"""Where laying the plane and drawing it takes longer, it stays where it is while one steps."""
_TRIES = 3  # layings in a row that were slow: one alone may have been the machine's
_EDGE = 0.1  # of the window: nearer to its edge the point is brought back to the middle
_WIDE = 4  # a vector of more coordinates has its numbers shown one at a time


class Outlook(Screen[None]):
    """From where a session is looked at."""

    def __init__(self, session: Session, clock: Callable[[], float]):
        super().__init__()
        self.session, self._clock = session, clock
        self.view = View()
        self.plane: tuple[int, int] | None = (0, 1)
        self.section: Section | None = None
        self.sight = Sight(session.setup.objective)
        self.coordinate: int | None = None
        self._passed: tuple[Branch, int] | None = None
        self._timed: Section | None = None
        self._slow = 0  # for how many times laying the plane was slow; anew at another function, or another size
        self.seen_anew()

    def lay_section(self) -> None:
        """Lay the plane of the map through the cursor: along ``plane``'s coordinates, or along the path.

        Raises ParameterError where the path has no two directions yet.
        """
        session, objective = self.session, self.session.setup.objective
        theta = session.row.theta
        self._passed = session.branch, session.cursor
        if objective.dim == 1:
            self.section = None
        elif self.plane is None:
            path = session.branch.reading(0, session.branch.count).quantity("theta")
            self.section = along_path(objective, path, theta, session.cursor)
        else:
            self.section = along_coordinates(objective, *self.plane, theta, session.cursor, self.sight.domain)

    def seen_anew(self) -> None:
        """Another function: its first two coordinates, all of its domain."""
        objective = self.session.setup.objective
        self.view, self.plane = replace(self.view, window=None, first=0, pick=None), (0, 1)
        self.sight = Sight(objective)
        self._slow = 0
        self.coordinate = None if objective.dim <= _WIDE else 0
        self.lay_section()

    def window(self) -> Window:
        """What of the plane is seen."""
        if self.view.window is not None:
            return self.view.window
        if self.section is not None:
            return window_of(self.section)
        return Window(*self.sight.domain[0], 0.0, 1.0)

    def keep_in_sight(self) -> None:
        """The window moves with the point: where that comes near to an edge it is in the middle again."""
        if self.section is None:
            return
        now = self.window()
        x, y = self.section.seen(self.session.row.theta[:, None])[0].tolist()
        across, up = now.x1 - now.x0, now.y1 - now.y0
        near = min(x - now.x0, now.x1 - x) < _EDGE * across or min(y - now.y0, now.y1 - y) < _EDGE * up
        if near and math.isfinite(x + y):
            middle = Window(x - across / 2, x + across / 2, y - up / 2, y + up / 2)
            self.view = replace(self.view, window=middle)

    def pass_through_the_point(self) -> None:
        """The plane of many parameters moves to the cursor, where that is done before anyone would wait for it.

        What it takes is measured as it is done: it depends on the objective, on the size of the screen and on the run.
        """
        session, section = self.session, self.section
        if section is None or session.setup.objective.dim <= 2 or self._slow >= _TRIES:
            return
        here = session.branch, session.cursor
        if self._passed is None or self._passed[0] is not here[0] or self._passed[1] != here[1]:
            self._passed = here
            if np.isfinite(session.row.theta).all():
                self.section = section.through(session.row.theta, session.cursor)

    def timed(self, show: Callable[[Frame], None], frame: Frame) -> None:
        """Show the map; where its plane is another one, measure that."""
        begin = self._clock()
        show(frame)
        if self.section is not self._timed:
            self._timed = self.section
            self._slow = self._slow + 1 if self._clock() - begin > LAYING_SECONDS else 0

    def look_again(self) -> None:
        """Where it rests, the plane of many parameters passes through the point again."""
        if self.session.setup.objective.dim > 2:
            with suppress(ParameterError):
                self.lay_section()
