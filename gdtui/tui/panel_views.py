"""The views that are panels: slices of the function, curves over the iterations, parameters with their state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gdtui.charts.cells import Depth, Run, Span
from gdtui.charts.curves import CurvesChart
from gdtui.charts.phase import PhaseChart
from gdtui.charts.series import Curve
from gdtui.charts.slices import SlicesChart
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives.objective import Array, Objective
from gdtui.tui.chart_views import Paths
from gdtui.tui.frame import Frame
from gdtui.tui.quantities import coordinate_of, curves_of, losses_of, quantities_of
from gdtui.tui.sampling import values_at

_CURVE = "Curve"


class SlicesView:
    """f along each parameter through the current point; of one parameter the function, with the iterates on it."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool):
        self.chart = SlicesChart(width, height, depth, unicode)
        self.title = ""
        self._laid: tuple[object, ...] = ()
        self._paths = Paths()

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the function, of one parameter."""
        return self.title == _CURVE

    def row(self, y: int) -> list[Run]:
        return self.chart.row(y)

    def drawn(self, frame: Frame) -> list[Span]:
        objective, view = frame.setup.objective, frame.view
        laid = (objective, frame.domain, view.first, view.window)
        every = laid != self._laid
        if every:
            self._laid = laid
            windows = list(frame.domain)
            if objective.dim == 1 and view.window is not None:
                windows = [(view.window.x0, view.window.x1)]
            self.chart.lay(lambda p: values_at(objective, p), windows, objective.symbols, view.first)
            self.title = _CURVE if objective.dim == 1 else "Slices through the point"
            if not objective.has_surface:
                self.title = "Recorded losses: no function is known"
        row = frame.row
        self.chart.move(row.theta, row.loss, row.grad)
        if objective.dim == 1:
            self.join(frame, every)
        return self.chart.draw(frame.cursor)

    def join(self, frame: Frame, every: bool) -> None:
        """The iterates of one parameter, joined on the curve."""
        panel, objective = self.chart.panels[0], frame.setup.objective
        self._paths.follow(
            panel, frame, every, lambda rows: np.stack([rows.quantity("theta")[0], rows.quantity("loss")], axis=1)
        )
        panel.set_future(None if frame.future is None else on_curve(frame.future, objective))
        start = frame.view.pick or frame.setup.start
        minimizers = on_curve(np.array(objective.minimizers).reshape(-1, 1), objective)
        now = np.array([frame.row.theta[0], frame.row.loss])
        panel.set_marks(on_curve(np.array([start[:1]]), objective)[0], list(minimizers), now)


def on_curve(theta: Array, objective: Objective) -> Array:
    """Places (m, 1) of a function of one parameter as points of its graph (m, 2)."""
    if not len(theta):
        return np.empty((0, 2))
    return np.stack([theta[:, 0], values_at(objective, theta.T)], axis=1)


class CurvesView:
    """The quantities that the view names, and the watches, over the iterations."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool):
        self.chart = CurvesChart(width, height, depth, unicode)
        self.title = "Curves"
        self._laid: tuple[object, ...] = ()

    def row(self, y: int) -> list[Run]:
        return self.chart.row(y)

    def drawn(self, frame: Frame) -> list[Span]:
        branch, view = frame.branch, frame.view
        laid = (id(branch), frame.setup.watches, view.curves, view.scaling, branch.last.layout, frame.others)
        if laid != self._laid:
            self._laid = laid
            self.chart.set_curves(self.curves(frame))
        return self.chart.follow(frame.count, frame.cursor)

    def curves(self, frame: Frame) -> list[Curve]:
        view, others = frame.view, frame.others
        every = quantities_of(frame.branch)
        olds, tints = [(other.count, losses_of(other)) for other in others], [other.number for other in others]
        every["loss"] = every["loss"]._replace(olds=olds, tints=tints)
        shown = [name for name in every if name in view.curves] or ["loss"]  # another rule may have none of them
        found = [every[name]._replace(scaling=view.scaling) for name in shown]
        return found + [curve._replace(role=None) for curve in curves_of(frame)]


class PhaseView:
    """Each parameter over the iterations, and the optimizer's state for it."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool):
        self.chart = PhaseChart(width, height, depth, unicode)
        self.title = "Phase: parameters and state"
        self._laid: tuple[object, ...] = ()

    def row(self, y: int) -> list[Run]:
        return self.chart.row(y)

    def drawn(self, frame: Frame) -> list[Span]:
        branch = frame.branch
        laid = (id(branch), branch.last.layout, frame.view.first)
        if laid != self._laid:
            self._laid = laid
            self.chart.set_parameters(self.parameters(frame), frame.view.first)
        future = np.empty((0, frame.setup.objective.dim)) if frame.future is None else frame.future
        self.chart.set_future(frame.cursor, future)
        return self.chart.follow(frame.count, frame.cursor)

    def parameters(self, frame: Frame) -> Sequence[Sequence[Curve]]:
        branch, objective = frame.branch, frame.setup.objective
        layout = branch.last.layout
        states = [name for name in layout.states if layout.shapes[name] == (objective.dim,)]
        return [
            [Curve(symbol, coordinate_of(branch, "theta", k)),
             *(Curve(symbol_of(name, RULE_SYMBOLS), coordinate_of(branch, name, k)) for name in states)]
            for k, symbol in enumerate(objective.symbols)
        ]  # fmt: skip
