"""What the keys of runs and branches do: anew, fork, drop."""

from __future__ import annotations

from gdtui.descent.runs import Runs
from gdtui.descent.stopping import Status
from gdtui.tui.desk import Desk
from gdtui.tui.going_on import Deed, patience_anew
from gdtui.tui.recorded_rows import makes_rows


class RunActions(Desk):
    """Which runs there are."""

    @makes_rows
    def action_anew(self) -> None:
        self.at_rest()
        with self.telling():
            self.session.anew()
        self.show_frame()

    @makes_rows
    def action_fork(self) -> None:
        self.at_rest()
        if self.session.end.status.failed:
            self.say("it failed here: ← then F, or r runs anew")
            return
        self.session.fork()
        where = f"forked at t = {self.session.cursor}"
        if self.session.end.status is Status.MAX_STEPS:
            self.say(f"{where}, its last step: r runs anew")
        elif self.session.end.status.ended:
            self.say(f"{where}, its end: a knob goes on from there")
        else:
            self.say(where + patience_anew(self.session.setup))

    def action_drop(self) -> None:
        if len(self.session.branches) == 1:
            self.say("there are no old runs")
            return
        runs, full = Runs.of(self.session), self.session.over_budget()
        dropped = len(runs.branches) - 1
        words = f"dropped {dropped} old run{'s' * (dropped != 1)}"
        self.session.branches = [self.session.branch]
        if full:  # to bring them back they would stay in memory
            self.undo.clear()
            words += ", for good: their rows had filled the memory"
        elif dropped:
            self.undo.append(Deed(runs, None, f"{dropped} old run{'s are' if dropped > 1 else ' is'} back"))
            words += "; u brings them back"
        self.say(words)

    def action_branches(self) -> None:
        from gdtui.tui.branch_dialog import Branches

        self.at_rest()
        self.app.push_screen(Branches(self.session, self.depth, self.branch_changed))

    def branch_changed(self, message: str) -> None:
        self.seen_anew()
        self.keep_knob()
        self.undo.clear()
        self.say(message)
