"""The explorer as a Textual app: colours, theme, and the interrupt key."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme

from gdtui.charts.cells import Depth
from gdtui.descent.setup import Setup
from gdtui.tui.text import BACKGROUND
from gdtui.tui.wire import Wire
from gdtui.tui.workbench import Workbench

_QUIT_WITHIN = 2.0  # seconds between two ctrl+c


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


THEME = Theme(
    name="gdtui", primary="#5c94b8", accent="#ff8c42", foreground="#bcc4ce", background=_hex(BACKGROUND),
    surface="#161b22", panel="#1c232c", error="#ff786e", dark=True,
    variables={"border-blurred": "#39424e", "border": "#ff8c42"},
)  # fmt: skip


class Explorer(App[None]):
    """One screen, the workbench."""

    CSS_PATH = "explorer.tcss"
    TITLE = "gdtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", priority=True, show=False)]

    def __init__(
        self, setup: Setup, depth: Depth = Depth.TRUECOLOR, unicode: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        # Converting to truecolor would undo the palette indices that were picked by hand.
        super().__init__(ansi_color=depth is not Depth.TRUECOLOR)
        self.depth, self.unicode, self.clock = depth, unicode, clock
        self.workbench = Workbench(setup, depth, unicode, clock)
        self._interrupted_at = float("-inf")
        # Before it runs: a theme that comes later has every rule of style worked out twice.
        self.register_theme(THEME)
        self.theme = "gdtui" if depth in (Depth.TRUECOLOR, Depth.INDEXED) else "ansi-dark"

    def get_default_screen(self) -> Screen[None]:
        return self.workbench

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Textual hands a frame over here: it is sent as `Wire` writes it."""
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, Wire(renderable, self.unicode))
        else:
            super()._display(screen, renderable)

    def action_interrupt(self) -> None:
        """ctrl+c pauses; twice, it quits."""
        now = self.clock()
        if now - self._interrupted_at < _QUIT_WITHIN:
            self.exit()
            return
        self._interrupted_at = now
        self.workbench.interrupted()
        self.workbench.say("ctrl+c again quits")
