"""What the arrows do: step and turn a knob; in camera mode pan or turn the picture; move a new start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gdtui.charts.raster import rounded_within
from gdtui.formula.notation import number
from gdtui.objectives.start import checked_start
from gdtui.tui.debug_actions import DebugActions
from gdtui.tui.messages import StartRequested
from gdtui.tui.recorded_rows import makes_rows
from gdtui.tui.time_actions import TimeActions

_DEGREES = 10.0
_PICK_STEP = 1 / 40  # of the window


class CameraActions(TimeActions, DebugActions):
    def action_arrow(self, right: int, up: int) -> None:
        """An arrow key: ``right`` and ``up`` are −1, 0 or 1."""
        if self.view.pick is not None:
            self.move_pick(right, up)
        elif self.view.moving:
            self.move_camera(right, up)
        elif right:
            self.action_step() if right > 0 else self.action_back()
        else:
            self.action_turn(up > 0)

    def action_camera(self) -> None:
        self.view = replace(self.view, moving=not self.view.moving)
        what = {"surface": "turn the surface", "curves": "go through time", "slices": "show other parameters",
                "phase": "show other parameters"}.get(self.view.chart, "pan")  # fmt: skip
        self.say(f"camera: arrows {what}, m ends it" if self.view.moving else "arrows step again")

    def move_camera(self, right: int, up: int) -> None:
        view = self.view
        if view.chart == "curves" or self.focused is self.loss_pane:
            rows = max(1, self.session.branch.count // max(8, self.loss_pane.size.width))
            self.scrub_to(self.session.cursor + right * rows)
            return
        if view.chart == "surface" and self.section is not None:
            self.view = replace(view, camera=view.camera.turned(right * _DEGREES, up * _DEGREES))
        elif view.chart in ("slices", "phase") and self.section is not None:
            last = self.session.setup.objective.dim - 1
            self.view = replace(view, first=max(0, min(last, view.first + right - up)))
        else:
            self.view = view.panned(self.window(), right, up)
        self.show_frame()

    # A new start

    @makes_rows
    def action_pick(self) -> None:
        """Move a new start by the arrows; enter takes it."""
        self.at_rest()
        start = np.array(self.session.setup.start)
        seen = self.section.seen(start[:, None])[0] if self.section is not None else (start[0], 0.0)
        self.view = replace(self.view, pick=(float(seen[0]), float(seen[1])))
        self.tell_pick()

    def move_pick(self, right: int, up: int) -> None:
        assert self.view.pick is not None
        window, (x, y) = self.window(), self.view.pick
        if right:
            x = moved(x, right, _PICK_STEP * (window.x1 - window.x0))
        if up:
            y = moved(y, up, _PICK_STEP * (window.y1 - window.y0))
        self.view = replace(self.view, pick=(x, y))
        self.tell_pick()

    def tell_pick(self) -> None:
        assert self.view.pick is not None
        x, y = self.view.pick
        where = number(x) if self.section is None else f"{number(x)}, {number(y)}"
        self.say(f"new start {where}: arrows move, enter takes, escape leaves")

    def on_start_requested(self, message: StartRequested) -> None:
        self.at_rest()
        self.begin_at(message.u, message.v)

    @makes_rows
    def begin_at(self, u: float, v: float) -> None:
        """Run from a point of the plane; the other parameters are as in the plane."""
        setup = self.session.setup
        theta = self.section.at(np.array([u]), np.array([v]))[:, 0] if self.section is not None else np.array([u])
        try:
            start = checked_start(tuple(theta.tolist()), setup.objective)
        except ValueError as error:
            self.say(str(error))
            return
        self.view = replace(self.view, pick=None)
        if not self.begin_another(replace(setup, start=start)) and not self.message:
            self.say("this is the start already; r runs anew from it")

    def action_enter(self) -> None:
        if self.view.pick is not None:
            self.begin_at(*self.view.pick)
        else:
            super().action_enter()

    def action_leave(self) -> None:
        if self.view.pick is not None or self.view.moving:
            self.view = replace(self.view, pick=None, moving=False)
            self.say("")
        else:
            super().action_leave()


def moved(place: float, steps: int, size: float) -> float:
    """A coordinate so many steps on, with as few digits as a step can tell."""
    return rounded_within(place + steps * size, size)
