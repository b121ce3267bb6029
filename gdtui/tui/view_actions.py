"""What the keys of the view do: zoom, axes, panes, palette, help."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from gdtui.charts.relief import Camera
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.section import MAIN, coordinates_of
from gdtui.tui.camera_actions import CameraActions
from gdtui.tui.choosing import Choice
from gdtui.tui.commands import COMMANDS
from gdtui.tui.layout import ONE_AT_A_TIME, is_small
from gdtui.tui.quantities import quantities_of
from gdtui.tui.view import CHARTS, LARGEST, SCALINGS, SMALLEST, around


class ViewActions(CameraActions):
    def action_view(self, number: int) -> None:
        """One of the charts; a second time the field turns its arrows round, and the curves are chosen."""
        chart = CHARTS[number - 1]
        self.bring("map")
        if chart == self.view.chart == "curves":
            self.choose_curves()
            return
        if chart == self.view.chart == "field":
            self.view = replace(self.view, uphill=not self.view.uphill)
        self.view = replace(self.view, chart=chart, moving=False)
        self.message = ""
        self.show_frame()

    def choose_curves(self) -> None:
        """One of the quantities, to be shown as a curve or taken away."""
        every, shown = quantities_of(self.session.branch), self.view.curves

        def toggle(name: str) -> None:
            others = tuple(n for n in shown if n != name)
            if not any(n in every for n in others) and name in shown:
                self.say("one curve stays")
                return
            self.view = replace(self.view, curves=others if name in shown else (*shown, name))
            self.say(f"{every[name].label} is {'no curve any more' if name in shown else 'a curve'}; 5 again for more")

        def choice(name: str) -> Choice:
            state = ("●", "shown: takes it away") if name in shown else ("○", "shows it")
            return Choice(name, f"{state[0]} {every[name].label}", state[1])

        title = "Curves: loss, lengths, terms; a watch (w) shows any expression"
        self.asker.choice(title, [*map(choice, every)], toggle)

    def action_zoom(self, by: int) -> None:
        """Twice as near, or half, around the current point."""
        self.bring("map")
        now, theta = self.window(), self.session.row.theta
        x, y = self.section.seen(theta[:, None])[0].tolist() if self.section is not None else (float(theta[0]), 0.5)
        zoomed = self.view.zoomed(now, 0.5**by, (x, y))
        self.view = replace(self.view, window=None)
        whole = self.window()
        assert zoomed.window is not None
        share = (zoomed.window.x1 - zoomed.window.x0) / (whole.x1 - whole.x0)
        self.view = zoomed if SMALLEST <= share <= LARGEST else replace(zoomed, window=now)
        self.show_frame()

    def action_fit(self) -> None:
        """Back to the domain; from there, all of the path."""
        turned = self.view.chart == "surface" and self.view.camera != Camera()
        if self.view.window is not None or turned:
            self.view = replace(self.view, window=None, camera=Camera())
            self.say("all of the domain")
            return
        path = self.session.branch.reading(0, self.session.branch.count).quantity("theta")
        seen = self.section.seen(path) if self.section is not None else np.stack([path[0], path[0]], axis=1)
        seen = seen[np.isfinite(seen).all(axis=1)]
        self.view = replace(self.view, window=around([(x, y) for x, y in seen.tolist()], self.window()))
        self.say("all of the path; 0 again: the domain")

    def action_follow(self) -> None:
        self.view = replace(self.view, follow=not self.view.follow)
        self.say("the window follows the point" if self.view.follow else "the window stays")

    def action_scaling(self) -> None:
        place = (SCALINGS.index(self.view.scaling) + 1) % len(SCALINGS)
        self.view = replace(self.view, scaling=SCALINGS[place])
        chosen = self.view.scaling
        self.say("bands and curves on the scale that shows most" if chosen is None else f"scale: {chosen.value}")

    def action_plane(self) -> None:
        """Which plane of many parameters the map shows; it is laid through the cursor, also where it stays the same."""
        objective = self.session.setup.objective
        if objective.dim <= 2:
            self.say(f"{objective.name} has {objective.dim} parameters: all of it is seen")
            return
        shown = MAIN if self.plane is None else ", ".join(objective.names[k] for k in self.plane)
        self.at_rest()
        title = f"Plane: two coordinates such as {objective.names[0]}, {objective.names[2]}; or {MAIN}"
        self.asker.prompt(title, shown, self._plane_of, self.see_plane)

    def _plane_of(self, text: str) -> tuple[int, int] | None:
        return None if text.strip() == MAIN else coordinates_of(text, self.session.setup.objective)

    def see_plane(self, text: str) -> None:
        before = self.plane
        self.plane = self._plane_of(text)
        try:
            self.lay_section()
        except ParameterError as error:
            self.plane = before
            self.say(str(error))
        else:
            self.say(f"the plane is laid through t = {self.session.cursor}")

    def action_coordinate(self, by: int) -> None:
        names = self.session.setup.objective.symbols
        choices = [None, *range(len(names))]
        self.coordinate = choices[(choices.index(self.coordinate) + by) % len(choices)]
        shown = "all coordinates" if self.coordinate is None else names[self.coordinate]
        self.say(f"the update shows the numbers of {shown}")

    def action_equal_axes(self) -> None:
        self.view = replace(self.view, equal_axes=not self.view.equal_axes)
        self.say("equal axes" if self.view.equal_axes else "axes as the domain")

    def action_next_pane(self, by: int) -> None:
        if not is_small(self.size):
            missing = set(ONE_AT_A_TIME) - {"watch"} - set(self.placing.regions(self.size))
            self.say("a larger window shows more panes" if missing else "every pane is shown")
            return
        self.message = ""
        panes = ONE_AT_A_TIME
        self.placing.single = panes[(panes.index(self.placing.single) + by) % len(panes)]
        self.arrange_again()
        self.call_after_refresh(self.show_frame)

    def action_palette(self) -> None:
        choices = [Choice(c.action, c.shown, c.help) for c in COMMANDS if c.action != "palette"]
        self.asker.choice("Commands", choices, partial(self.call_later, self.run_action), hint="what to do")

    def action_help(self) -> None:
        from gdtui.tui.dialogs import Help

        self.app.push_screen(Help())
