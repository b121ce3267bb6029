"""Opens the explorer on the terminal that this process has."""

from __future__ import annotations

import gc
import locale
import os

from gdtui.charts.cells import Depth
from gdtui.descent.setup import Setup


def launch(setup: Setup) -> None:
    """Run the explorer until the user quits it."""
    if not os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto"):
        del os.environ["TEXTUAL_COLOR_SYSTEM"]  # empty, Textual takes it for a name and fails
    for name in ("COLUMNS", "LINES"):  # a shell's, of another window or another time; the terminal knows its size
        os.environ.pop(name, None)
    os.environ.setdefault("TEXTUAL_FPS", "240")  # a key is seen at once, not at the next tick of 60 a second
    gc.disable()
    from rich.console import Console

    from gdtui.tui.app import Explorer
    from gdtui.tui.chart_panes import depth_of

    gc.freeze()  # what was imported stays: looking through all of it again takes up to 0.1 s, in the midst of a frame
    gc.enable()
    no_colour = bool(os.environ.get("NO_COLOR"))
    depth = depth_of(Console().color_system, no_colour)
    app = Explorer(setup, depth, unicode=is_utf8())
    if depth is Depth.MONO:
        app.console._color_system = None  # no colour codes at all, where Textual alone sends greys
    app.run(mouse=not os.environ.get("SSH_CONNECTION"))


def is_utf8() -> bool:
    """Whether the locale can write what the charts draw with."""
    return "utf" in locale.getpreferredencoding(False).lower().replace("-", "")
