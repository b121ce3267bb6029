"""What the keys of runs and branches do: anew, fork, drop."""

from __future__ import annotations

from gdtui.tui.desk import Desk


class RunActions(Desk):
    """Which runs there are."""

    def action_anew(self) -> None:
        self.at_rest()
        with self.telling():
            self.session.anew()
        self.show_frame()

    def action_fork(self) -> None:
        self.at_rest()
        self.session.fork()
        self.say(f"forked at t = {self.session.cursor}")

    def action_drop(self) -> None:
        kept = self.session.branch
        dropped = len(self.session.branches) - 1
        self.session.branches = [kept]
        self.say(f"dropped {dropped} old run{'s' * (dropped != 1)}")

    def action_branches(self) -> None:
        """The branches: switched between, named, taken away, compared."""
        from gdtui.tui.branch_dialog import Branches

        self.at_rest()
        self.app.push_screen(Branches(self.session, self.depth, self.branch_changed))

    def branch_changed(self, message: str) -> None:
        self.seen_anew()
        self.keep_knob()
        self.undo.clear()
        self.say(message)
