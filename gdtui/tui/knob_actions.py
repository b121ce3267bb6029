"""What the keys of knobs do: turn, type, undo, another function, optimizer or start."""

from __future__ import annotations

from gdtui.descent.setup import Setup
from gdtui.tui.desk import Desk
from gdtui.tui.knobs import knobs_of, turn_knob


class KnobActions(Desk):
    """What is descended, and how."""

    def action_turn(self, up: bool) -> None:
        before = self.session.setup
        try:
            after = turn_knob(before, self.knob, up)
        except ValueError as error:
            self.say(str(error))
            return
        if after != before:
            self.undo.append(before)
            self.change(after)

    def action_undo_knob(self) -> None:
        if self.undo:
            self.change(self.undo.pop())
        else:
            self.say("no knob was turned")

    def action_next_knob(self, by: int) -> None:
        names = list(knobs_of(self.session.setup))
        self.knob = names[(names.index(self.knob) + by) % len(names)]
        self.message = ""
        self.show_frame()

    def action_knob(self) -> None:
        def take(setup: Setup) -> None:
            if setup != self.session.setup:
                self.undo.append(self.session.setup)
                self.change(setup)

        self.asker.knob(self.knob, take)

    def action_function(self) -> None:
        self.at_rest()
        self.asker.function(self.take_other)

    def action_optimizer(self) -> None:
        self.at_rest()
        self.asker.optimizer(self.take_other)

    def action_start(self) -> None:
        self.at_rest()
        self.asker.start(self.take_other)

    def take_other(self, setup: Setup) -> None:
        """Another function, optimizer or start: turns of knobs before it cannot be undone."""
        self.undo.clear()
        before = self.session.setup
        self.change(setup)
        here = setup.objective is before.objective and setup.start == before.start and self.session.cursor > 0
        if here and setup.pipeline.rule.origin != before.pipeline.rule.origin and not self.message:
            self.say(f"{setup.pipeline.rule.name} from here on; its state and its t begin anew")
