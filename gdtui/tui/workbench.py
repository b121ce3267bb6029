"""The workbench: the screen that alone owns the session and the clock. Commands come in, frames go out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.layout import Layout
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker

from gdtui.charts.cells import Depth
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup, is_own
from gdtui.descent.stopping import Status
from gdtui.formula.tokens import printable
from gdtui.tui import choosing
from gdtui.tui.asking import Asker
from gdtui.tui.chart_panes import LossPane, MapPane
from gdtui.tui.commands import COMMANDS
from gdtui.tui.frame import Frame
from gdtui.tui.knobs import knobs_of, turn_knob
from gdtui.tui.layout import ONE_AT_A_TIME, WorkbenchLayout, is_small, regions
from gdtui.tui.pacing import Pacer
from gdtui.tui.pane import Pane
from gdtui.tui.player import BudgetError, Player
from gdtui.tui.text_panes import (
    HeadPane,
    KeysPane,
    KnobsPane,
    ObjectivePane,
    StatusPane,
    StepsPane,
    UpdatePane,
    WhyPane,
)
from gdtui.tui.update_text import MOST_PARTIALS
from gdtui.tui.wire import Wire, written

FUTURE_STEPS = 200
_OLD_RUNS = 8  # that many stay; the oldest goes first


class Workbench(Screen[None]):
    """Panes around a session. No pane calls the session; each is handed the frame."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(c.keys, c.action, c.help) for c in COMMANDS]
    AUTO_FOCUS = ""

    def __init__(self, setup: Setup, depth: Depth, unicode: bool = True, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.session = Session(setup)
        self.depth, self.unicode = depth, unicode
        self.pacer = Pacer(clock)
        self.player = Player(self.session, self.pacer)
        self.asker = Asker(lambda: self.app, lambda: self.session.setup)
        self.playing: Worker[None] | None = None
        self.knob = "lr" if "lr" in setup.values else next(iter(knobs_of(setup)))
        self.undo: list[Setup] = []
        self.message = ""
        self.full_speed = False
        self.zoom, self.equal_axes = 0, False
        self.placing = WorkbenchLayout()
        self.fit(setup)
        given = (depth, unicode)
        self.keys_pane = KeysPane("keys", *given)
        self.panes: tuple[Pane, ...] = (
            HeadPane("head", *given), ObjectivePane("objective", *given), KnobsPane("optimizer", *given),
            KnobsPane("stop", *given, stopping=True), WhyPane("why", *given), MapPane("map", *given),
            UpdatePane("update", *given), LossPane("loss", *given), StepsPane("steps", *given),
            StatusPane("status", *given), self.keys_pane,
        )  # fmt: skip

    def compose(self) -> ComposeResult:
        yield from self.panes
        yield Static("gdtui needs 40 x 10 cells; this terminal is smaller", id="notice", markup=False)

    @property
    def layout(self) -> Layout:
        return self.placing

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to be seen yet: no pane has been drawn."""
        return not any(pane.is_drawn for pane in self.panes) and "notice" not in regions(self.size)

    def on_mount(self) -> None:
        self.show_frame()

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_frame)

    def show_frame(self) -> None:
        """Build a frame of this moment and hand it to every pane."""
        if self.fit(self.session.setup):
            self.arrange_again()
        frame = self.frame()
        shown = self.placing.regions(self.size)
        self.keys_pane.small = is_small(self.size)
        for pane in self.panes:
            if pane.id in shown:
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

    def fit(self, setup: Setup) -> bool:
        """Tell the layout how much there is to show; whether that is something new."""
        before = self.placing.knobs, self.placing.equations
        self.placing.knobs = len(setup.pipeline.parameters)
        dim = setup.objective.dim
        self.placing.equations = len(setup.pipeline.equations(dim)) + min(dim, MOST_PARTIALS)
        return before != (self.placing.knobs, self.placing.equations)

    def arrange_again(self) -> None:
        """Place the panes anew. Asked of a child: a widget forgets its parents' arrangement, not its own."""
        self.query_one("#status").refresh(layout=True)

    def frame(self) -> Frame:
        session = self.session
        # A user's own functions are called for rows alone: their future is not drawn.
        resting = self.playing is None and session.at_end and not session.branch.end.status.failed
        resting = resting and not is_own(session.setup.objective)
        same = [b for b in session.branches if b.last.objective is session.setup.objective]
        others = [b for b in same if b is not session.branch][-_OLD_RUNS:]
        speed = "full speed" if self.playing and self.full_speed else self.pacer.label
        return Frame(
            session.setup, session.branch, tuple(others), session.cursor, session.branch.count, session.end,
            session.upcoming(), session.future(FUTURE_STEPS) if resting else None, self.playing is not None, speed,
            self.knob, self.message, self.zoom, self.equal_axes,
        )  # fmt: skip

    def say(self, message: str) -> None:
        """A few words in the status line, until the next command."""
        self.message = message
        self.show_frame()

    # Playing

    def action_play(self) -> None:
        if self.playing is not None:
            self.pause()
        elif self.may_go_on():
            self.begin_playing(full_speed=False)

    def action_continue(self) -> None:
        if self.may_go_on():
            self.pause()
            self.begin_playing(full_speed=True)

    def may_go_on(self) -> bool:
        """Whether the run goes on; where it has ended, the status line says why."""
        self.message = ""
        if self.session.end.status in (Status.RUNNING, Status.BREAKPOINT):
            return True
        self.show_frame()
        return False

    def begin_playing(self, full_speed: bool) -> None:
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
        self.playing = None
        self.show_frame()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What a user's own function raises is told, and the run rests at the last row."""
        try:
            yield
        except BudgetError as error:
            self.message = str(error)
        except Exception as error:
            if not is_own(self.session.setup.objective):
                raise
            self.session.seek(self.session.branch.count - 1)
            self.message = printable(f"your function raised {type(error).__name__}: {error}")

    # Time

    def at_rest(self) -> None:
        """What a command does by hand ends the playing."""
        if self.playing is not None:
            self.playing.cancel()
            self.playing = None
        self.player.settle()
        self.message = ""

    def action_step(self) -> None:
        self.at_rest()
        if self.session.at_end and not self.may_go_on():
            return
        with self.telling():
            self.session.step()
        self.show_frame()

    def action_back(self) -> None:
        self.at_rest()
        if not self.session.back():
            self.message = "this is the start"
        self.show_frame()

    def action_home(self) -> None:
        self.at_rest()
        self.session.seek(0)
        self.show_frame()

    def action_end(self) -> None:
        self.at_rest()
        self.session.seek(self.session.branch.count - 1)
        self.show_frame()

    def action_seek(self) -> None:
        self.at_rest()
        self.asker.prompt("Go to iteration", str(self.session.cursor), choosing.check_iteration, self.seek)

    def seek(self, text: str) -> None:
        with self.telling():
            self.session.seek(int(text))
        self.show_frame()

    def action_previous_breakpoint(self) -> None:
        self.at_rest()
        met = self.session.previous_breakpoint()
        self.say("" if met else "no breakpoint before: this is the start")

    def action_speed(self, by: int) -> None:
        self.pacer.change(by)
        self.show_frame()

    # Runs

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

    # Knobs

    def change(self, setup: Setup) -> None:
        """Other knobs from here on; what was computed stays."""
        self.player.settle()
        branches, row = len(self.session.branches), self.session.cursor
        self.session.change(setup)
        forked = len(self.session.branches) > branches and self.session.cursor == row and row > 0
        self.message = f"forked at t = {row}; the old future stays" if forked else ""
        if self.knob not in knobs_of(setup):
            self.knob = "lr" if "lr" in setup.values else next(iter(knobs_of(setup)))
        self.show_frame()

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
        if setup.objective is not self.session.setup.objective:
            self.zoom = 0
        self.change(setup)

    # The view

    def action_zoom(self, by: int) -> None:
        self.zoom = max(-3, min(40, self.zoom + by))
        self.show_frame()

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

    def interrupted(self) -> bool:
        """ctrl+c: pauses what plays. False where nothing did."""
        was_playing = self.playing is not None
        self.pause()
        return was_playing

