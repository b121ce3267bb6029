"""What the keys of knobs do: turn, type, undo, another function, optimizer or start."""

from __future__ import annotations

from dataclasses import replace

from gdtui.descent.runs import Runs
from gdtui.descent.setup import Setup
from gdtui.tui.desk import Desk
from gdtui.tui.going_on import Deed
from gdtui.tui.knobs import knobs_of, turn_knob
from gdtui.tui.recorded_rows import makes_rows


class KnobActions(Desk):
    """What is descended, and how."""

    @makes_rows
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
        """The last turn of a knob; or the last run that was begun, or the old runs that were dropped."""
        if not self.undo:
            self.say("nothing to take back")
            return
        last = self.undo.pop()
        if isinstance(last, Setup):
            drawn = self.session.setup.drawn  # the next random start is another one all the same
            self.change(last if last.drawn == drawn else replace(last, drawn=drawn))
        else:
            self.take_back(last)

    def take_back(self, deed: Deed) -> None:
        """The runs, the row and the setup as they were before it."""
        self.at_rest()
        objective = self.session.setup.objective
        deed.runs.restore(self.session, deed.begun)
        if self.session.setup.objective is not objective:
            self.seen_anew()
        self.keep_knob()
        self.say(deed.words)

    def begin_another(self, setup: Setup) -> bool:
        """Change to a setup that may begin a run, which u takes back; whether it did."""
        runs = Runs.of(self.session)
        self.change(setup)
        begun = self.session.branch is not runs.branch
        if begun:
            words = f"taken back: t = {runs.cursor} of branch {runs.branch.name}"
            self.undo.append(Deed(runs, self.session.branch, words))
        return begun

    def action_next_knob(self, by: int) -> None:
        names = list(knobs_of(self.session.setup))
        self.knob = names[(names.index(self.knob) + by) % len(names)]
        self.message = ""
        self.show_frame()

    @makes_rows
    def action_knob(self) -> None:
        def take(setup: Setup) -> None:
            if setup != self.session.setup:
                self.undo.append(self.session.setup)
                self.change(setup)

        self.asker.knob(self.knob, take)

    @makes_rows
    def action_function(self) -> None:
        self.at_rest()
        self.asker.function(self.take_other)

    @makes_rows
    def action_optimizer(self) -> None:
        self.at_rest()
        self.asker.optimizer(self.take_other)

    @makes_rows
    def action_start(self) -> None:
        self.at_rest()
        self.asker.start(self.take_start)

    def take_other(self, setup: Setup) -> None:
        """Another function or optimizer. In the same run, turns of knobs before it cannot be undone."""
        if not self.begin_another(setup):
            self.undo.clear()

    def take_start(self, setup: Setup, words: str) -> None:
        """Another start. ``words``: which random one it is."""
        self.begin_another(setup)
        if words:
            self.say(words)
