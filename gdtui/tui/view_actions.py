"""What the keys of the view do: zoom, axes, panes, palette, help."""

from __future__ import annotations

from gdtui.formula.parameter import ParameterError
from gdtui.objectives.section import MAIN, coordinates_of
from gdtui.tui.asking import told
from gdtui.tui.desk import Desk
from gdtui.tui.layout import ONE_AT_A_TIME, is_small


class ViewActions(Desk):
    """What is seen of it."""

    def action_zoom(self, by: int) -> None:
        self.zoom = max(-3, min(40, self.zoom + by))
        self.show_frame()

    def action_plane(self) -> None:
        """Which plane of many parameters the map shows; it is laid through the cursor, also where it stays the same."""
        objective = self.session.setup.objective
        if objective.dim <= 2:
            self.say(f"{objective.name} has {objective.dim} parameters: all of it is seen")
            return
        shown = MAIN if self.plane is None else ", ".join(objective.names[k] for k in self.plane)
        self.at_rest()
        title = f"Plane: two coordinates such as {objective.names[0]}, {objective.names[2]}; or {MAIN}"
        self.asker.prompt(title, shown, lambda text: told(lambda: self._plane_of(text)), self.see_plane)

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
        """Of which coordinate the numbers of a vector are shown."""
        names = self.session.setup.objective.symbols
        choices = [None, *range(len(names))]
        self.coordinate = choices[(choices.index(self.coordinate) + by) % len(choices)]
        shown = "all coordinates" if self.coordinate is None else names[self.coordinate]
        self.say(f"the update shows the numbers of {shown}")

    def action_equal_axes(self) -> None:
        self.equal_axes = not self.equal_axes
        self.say("equal axes" if self.equal_axes else "axes as the domain")

    def action_next_pane(self, by: int) -> None:
        if not is_small(self.size):
            self.say("all panes are shown")
            return
        panes = ONE_AT_A_TIME
        self.placing.single = panes[(panes.index(self.placing.single) + by) % len(panes)]
        self.arrange_again()
        self.call_after_refresh(self.show_frame)

    def action_palette(self) -> None:
        def take(action: str) -> None:
            self.call_later(self.run_action, action)

        self.asker.command(take)

    def action_help(self) -> None:
        self.asker.help()

    def action_quit(self) -> None:
        self.app.exit()
