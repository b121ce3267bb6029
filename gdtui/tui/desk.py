"""The desk: the screen that alone owns the session and the clock. Commands change it, and frames go out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain

from textual.app import ComposeResult
from textual.layout import Layout
from textual.widgets import Static
from textual.worker import Worker

from gdtui.charts.cells import Depth
from gdtui.descent.breakpoints import held_at
from gdtui.descent.conditions import has_no_value
from gdtui.descent.inside import Inside
from gdtui.descent.runs import Runs
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup, is_own
from gdtui.descent.stopping import Status
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import printable
from gdtui.objectives.text import MOST_PARTIALS
from gdtui.optimizers.rule import UpdateRule
from gdtui.tui.asking import Asker
from gdtui.tui.chart_panes import MapPane
from gdtui.tui.frame import Frame
from gdtui.tui.going_on import Deed, what_goes_on
from gdtui.tui.knobs import is_switch, knobs_of
from gdtui.tui.layout import WorkbenchLayout, is_small, regions
from gdtui.tui.loss_pane import LossPane
from gdtui.tui.outlook import Outlook
from gdtui.tui.pacing import Pacer
from gdtui.tui.pane import Pane
from gdtui.tui.player import BudgetError, Player
from gdtui.tui.recorded_rows import cannot_go_on
from gdtui.tui.text_panes import HeadPane, KeysPane, KnobsPane, ObjectivePane, StatusPane, StepsPane
from gdtui.tui.update_pane import UpdatePane
from gdtui.tui.update_text import gradient_as_read
from gdtui.tui.watch_pane import WatchPane, lines_wanted
from gdtui.tui.why_pane import WhyPane
from gdtui.tui.wire import Wire, written

FUTURE_STEPS = 200
_OLD_RUNS = 8  # that many stay; the oldest goes first
_MANY = 99  # equations: all the room that there is


class Desk(Outlook):
    """Panes around a session. No pane calls the session; each is handed the frame."""

    AUTO_FOCUS = ""

    def __init__(
        self, session: Session, depth: Depth, unicode: bool = True, clock: Callable[[], float] = time.monotonic
    ):  # fmt: skip
        super().__init__(session, clock)
        setup = session.setup
        self.depth, self.unicode = depth, unicode
        self.pacer = Pacer(clock)
        self.player = Player(self.session, self.pacer)
        self.asker = Asker(lambda: self.app, lambda: self.session.setup)
        self.playing: Worker[None] | None = None
        self.knob = "lr" if "lr" in setup.values else next(iter(knobs_of(setup)))
        self.undo: list[Setup | Deed] = []
        self.rule_texts: dict[UpdateRule, str] = {}  # of a rule that was edited: how its text was left
        self.message = ""
        self.told: set[str] = set()
        self.full_speed = False
        self.inside: Inside | None = None
        self.placing = WorkbenchLayout()
        self.fit(setup)
        given = (depth, unicode)
        self.keys_pane, self.loss_pane = KeysPane("keys", *given), LossPane("loss", *given)
        self.map_pane = MapPane("map", *given)
        self.update_pane = UpdatePane("update", *given)
        self.panes: tuple[Pane, ...] = (
            HeadPane("head", *given), ObjectivePane("objective", *given), KnobsPane("optimizer", *given),
            KnobsPane("stop", *given, stopping=True), WhyPane("why", *given), self.map_pane,
            self.update_pane, self.loss_pane, StepsPane("steps", *given),
            StatusPane("status", *given), WatchPane("watch", *given), self.keys_pane,
        )  # fmt: skip

    def compose(self) -> ComposeResult:
        yield from self.panes
        yield Static("gdtui needs 40 x 10 cells; this terminal is smaller", id="notice", markup=False)

    @property
    def layout(self) -> Layout:
        return self.placing

    def _compositor_refresh(self) -> None:
        """At start Textual would put the panes together several times before any of them is drawn."""
        if any(pane.is_drawn for pane in self.panes) or "notice" in regions(self.size):
            super()._compositor_refresh()

    def on_mount(self) -> None:
        self.show_frame()

    def on_resize(self) -> None:
        self._slow = 0
        self.call_after_refresh(self.show_frame)

    def show_frame(self) -> None:
        """Build a frame of this moment and hand it to every pane."""
        if self.fit(self.session.setup):
            self.arrange_again()
        if self.playing is None:
            self.tell_once()
        if self.sight.follow(self.session.branch, self.session.branch.count):
            with suppress(ParameterError):
                self.lay_section()
        if self.playing is None:
            self.pass_through_the_point()
        if self.view.follow:
            self.keep_in_sight()
        frame = self.frame()
        shown = self.placing.regions(self.size)
        self.keys_pane.small = is_small(self.size)
        self.update_pane.tells_why = "why" not in shown or not shown["why"].height
        for pane in self.panes:
            if pane is self.map_pane and pane.id in shown:
                self.timed(pane.show, frame)
            elif pane.id in shown:
                pane.show(frame)
            else:
                pane.frame = frame
        self.send()

    def send(self) -> None:
        """Send what changed: at once, past Textual's compositor, which takes three times as long to find it.

        With a dialog over the panes it must be the compositor, which knows what is hidden.
        """
        if self.app.screen is not self or self.app._batch_count:
            for pane in self.panes:
                pane.mark()
            return
        places = chain.from_iterable(pane.places() for pane in self.panes)
        text = written(places, self.app.console._color_system, self.unicode)
        if text:
            self.app._display(self, Wire(text))

    def tell_once(self) -> None:
        """A breakpoint that cannot be decided at this row, or a term that is no number and ends nothing."""
        branch, cursor = self.session.branch, self.session.cursor
        for item in self.session.setup.breakpoints:
            if item.text not in self.told and has_no_value(item, branch, cursor):
                self.told.add(item.text)
                self.message = printable(f"{item.text} has no value at t = {cursor}, and does not stop there")
        remark = branch.remark
        if remark is not None and (key := f"{branch.number} {remark.row} {remark.name}") not in self.told:
            status = self.session.end.status
            if status is not Status.BREAKPOINT:  # which is told first
                self.told.add(key)
            if status is Status.RUNNING:  # else the end says it
                self.message = printable(remark.sentence)

    def fit(self, setup: Setup) -> bool:
        """Tell the layout how much there is to show; whether that is something new."""
        before = self.placing.wanted
        self.placing.knobs = sum(not is_switch(setup, p.name) for p in setup.pipeline.parameters)
        read = gradient_as_read(setup.objective)
        updates = setup.program.equations or setup.program.layout.terms
        self.placing.equations = len(updates) + min(setup.objective.dim, MOST_PARTIALS)
        self.placing.equations += len(read.ahead) if read is not None else 0
        if self.inside is not None and self.inside.operation is not None:
            self.placing.equations = _MANY
        self.placing.watched, self.placing.curves = lines_wanted(setup), bool(setup.watches)
        return before != self.placing.wanted

    def arrange_again(self) -> None:
        """Place the panes anew. Asked of a child: a widget forgets its parents' arrangement, not its own."""
        self.query_one("#status").refresh(layout=True)

    def bring(self, pane: str) -> None:
        """On a small screen show the pane that a key acts on."""
        if is_small(self.size) and self.placing.single != pane:
            self.placing.single = pane
            self.arrange_again()

    def frame(self) -> Frame:
        session = self.session
        # A user's own functions are called for rows alone: their future is not drawn.
        resting = self.playing is None and session.at_end and not session.branch.end.status.failed
        resting = resting and not is_own(session.setup.objective) and session.branch.last.continuation is not None
        same = [b for b in session.branches if b.objective == session.setup.objective]
        others = [b for b in same if b is not session.branch][-_OLD_RUNS:]
        speed = "full speed" if self.playing and self.full_speed else self.pacer.label
        return Frame(
            session.setup, session.branch, tuple(others), session.cursor, session.branch.count, session.end,
            session.upcoming(), session.future(FUTURE_STEPS) if resting else None, self.playing is not None, speed,
            self.inside, self.session.hits, self.section, self.sight.domain, self.coordinate, self.knob, self.message,
            self.view,
        )  # fmt: skip

    def say(self, message: str) -> None:
        """A few words in the status line, until the next key or click."""
        self.message = message
        self.show_frame()

    def on_key(self) -> None:
        """Every key comes by here, before what is bound to it: what was said spoke of what was before."""
        if self.message:
            self.message = ""
            self.call_later(self.show_frame)

    on_mouse_down = on_key

    # Playing

    @property
    def is_recorded(self) -> bool:
        """Whether the rows were only recorded, and do not go on."""
        return self.session.setup.pipeline.recorded is not None

    def may_go_on(self) -> bool:
        """Whether the run goes on; where it has ended, the status line says why."""
        self.message = ""
        if self.session.end.status in (Status.RUNNING, Status.BREAKPOINT):
            return True
        if self.is_recorded:
            self.message = cannot_go_on(self.session)
        self.show_frame()
        return False

    def begin_playing(self, full_speed: bool) -> None:
        self.inside = None
        self.pacer.begin()
        self.full_speed = full_speed
        self.playing = self.run_worker(self.play(full_speed), exclusive=True)
        self.show_frame()

    def pause(self) -> None:
        self.at_rest()
        self.show_frame()

    async def play(self, full_speed: bool) -> None:
        with self.telling():
            await self.player.play(full_speed, self.show_frame)
            if not self.session.at_end:  # it went along recorded rows, which no end tells of
                self.message = self.met_here()
        self.playing = None
        self.look_again()
        self.show_frame()

    def met_here(self) -> str:
        """Which of the breakpoints hold at the cursor."""
        held = held_at(self.session.cursor, self.session.setup.breakpoints, self.session.branch)
        return printable(f"breakpoint: {', '.join(held)}")

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What a user's own function raises is told, and the run rests at the last row."""
        try:
            yield
        except BudgetError as error:
            self.message = str(error)
        except Exception as error:
            if not is_own(self.session.setup.objective):
                if not isinstance(error, ParameterError):
                    raise
                self.message = str(error)  # run anew, a state would begin with no number
                return
            self.session.seek(self.session.branch.count - 1)
            self.message = printable(f"your function raised {type(error).__name__}: {error}")

    def at_rest(self) -> None:
        """What a command does by hand ends the playing, and leaves the update that was stepped into."""
        self.inside = None
        if self.playing is not None:
            self.playing.cancel()
            self.playing = None
            self.player.settle()
            self.look_again()
        self.player.settle()
        self.message = ""

    def at_rest_inside(self) -> None:
        """The same, for what one may well do in the midst of an update: it stays stepped into."""
        inside = self.inside
        self.at_rest()
        self.inside = inside

    # Knobs

    def change(self, setup: Setup) -> None:
        """Other knobs from here on; what was computed stays."""
        self.player.settle()
        runs, end, before = Runs.of(self.session), self.session.end, self.session.setup
        if replace(before, breakpoints=setup.breakpoints, watches=setup.watches, resting=setup.resting) != setup:
            self.inside = None
        try:
            self.session.change(setup)
        except ParameterError as error:  # a state would begin with no number
            self.undo = [item for item in self.undo if item != before]
            self.say(str(error))
            return
        if setup.objective is not before.objective:
            self.seen_anew()
        self.message = what_goes_on(runs, end, self.session)
        waits = [item for item in setup.resting if item.why and item not in before.resting]
        if waits:
            self.message = printable(f"{waits[0].text} waits: {waits[0].why}")
        if setup.pipeline.rule != before.pipeline.rule:
            self.knob = "lr"  # of another optimizer that is what one turns first
        self.keep_knob()
        self.show_frame()

    def keep_knob(self) -> None:
        """The selected knob is one that there is."""
        knobs = knobs_of(self.session.setup)
        if self.knob not in knobs:
            self.knob = "lr" if "lr" in knobs else next(iter(knobs))
