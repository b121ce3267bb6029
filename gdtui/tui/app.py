"""The explorer as a Textual app: colours, theme, and the interrupt key."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.screen import Screen
from textual.theme import Theme

from gdtui.charts.cells import Depth
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.tui.text import BACKGROUND
from gdtui.tui.wire import Wire, places_of, written
from gdtui.tui.workbench import Workbench

if TYPE_CHECKING:
    from gdtui.storage.opening import Rest

_QUIT_WITHIN = 2.0  # seconds between two ctrl+c


THEME = Theme(
    name="gdtui", primary="#5c94b8", accent="#ff8c42", foreground="#bcc4ce", background=Color(*BACKGROUND).hex,
    surface="#161b22", panel="#1c232c", error="#ff786e", dark=True,
    variables={"border-blurred": "#39424e", "border": "#ff8c42"},
)  # fmt: skip


class Explorer(App[None]):
    """One screen, the workbench."""

    CSS_PATH = "explorer.tcss"
    TITLE = "gdtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", priority=True, show=False),
        Binding("ctrl+z", "suspend_process", priority=True, show=False),
    ]

    def __init__(
        self, begun: Setup | Session, depth: Depth = Depth.TRUECOLOR, unicode: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        """``begun``: a setup to begin with, or a session to go on with."""
        # Converting to truecolor would undo the palette indices that were picked by hand.
        super().__init__(ansi_color=depth is not Depth.TRUECOLOR)
        self.unicode, self.clock = unicode, clock
        session = begun if isinstance(begun, Session) else Session(begun)
        self.workbench = Workbench(session, depth, unicode, clock)
        self.is_saved = False
        self.rest: Rest | None = None
        self._interrupted_at = float("-inf")
        self._sent_last = ""
        # Before it runs: a theme that comes later has every rule of style worked out twice.
        self.register_theme(THEME)
        self.theme = "gdtui" if depth in (Depth.TRUECOLOR, Depth.INDEXED) else "ansi-dark"

    def get_default_screen(self) -> Screen[None]:
        return self.workbench

    def refresh_css(self, animate: bool = True) -> None:
        """For a theme that is set before anything is on the screen Textual would parse every rule of style twice."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Textual hands a frame over here: it is sent as `wire` writes it, and what is the same twice is sent once."""
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            renderable = Wire(written(places_of(renderable), self.console._color_system, self.unicode))
        if isinstance(renderable, Wire):
            if renderable.text == self._sent_last:
                return
            self._sent_last = renderable.text
        super()._display(screen, renderable)

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, self._back_in_front)
        for number in (signal.SIGTERM, signal.SIGHUP) if self.is_saved else ():
            asyncio.get_running_loop().add_signal_handler(number, self._told_to_end, number)
        if self.is_saved:
            self.call_after_refresh(self.workbench.save_by_itself)
        if self.rest is not None:
            self.call_after_refresh(self.workbench.open_rest, self.rest)

    def _told_to_end(self, number: signal.Signals) -> None:
        """Saved first: whether the terminal is still there to be put back is not known."""
        self.workbench.save_at_the_end(in_haste=True)
        self.exit(return_code=128 + number)

    def _back_in_front(self, _: App[None]) -> None:
        """After ctrl+z and fg the terminal shows something else: all of the screen is sent again."""
        self._sent_last = ""
        for screen in self.screen_stack:
            screen.refresh()

    def action_interrupt(self) -> None:
        """ctrl+c pauses; twice, it quits."""
        now = self.clock()
        if now - self._interrupted_at < _QUIT_WITHIN:
            self.exit()
            return
        self._interrupted_at = now
        self.workbench.at_rest()
        self.workbench.say("ctrl+c again quits")
