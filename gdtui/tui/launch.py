"""Opens the explorer on the terminal that this process has."""

from __future__ import annotations

import gc
import locale
import os
import sys
from typing import TYPE_CHECKING, TextIO

from gdtui.charts.cells import Depth
from gdtui.descent.setup import Setup

if TYPE_CHECKING:
    from gdtui.storage.opening import Shown


class NoTerminalError(RuntimeError):
    """The explorer has nothing to draw on."""


def need_a_terminal() -> None:
    """The explorer draws on a terminal; anything else is told of ``gdtui run``. Raises NoTerminalError."""
    if not all(map(_is_terminal, (sys.stdin, sys.stdout))):
        raise NoTerminalError("the explorer needs a terminal on stdin and stdout; without one, use: gdtui run")
    if os.environ.get("TERM", "") in ("dumb", ""):
        raise NoTerminalError("this terminal (TERM=dumb) cannot show the explorer; use: gdtui run")


def _is_terminal(stream: TextIO | None) -> bool:
    """Of a stream that may have been closed, or never opened."""
    return stream is not None and not stream.closed and stream.isatty()


def launch(found: Setup | Shown) -> None:
    """Run the explorer until the user quits it: on a setup, or on a session from a file. It saves itself."""
    if not os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto"):
        del os.environ["TEXTUAL_COLOR_SYSTEM"]  # empty, Textual takes it for a name and fails
    for name in ("COLUMNS", "LINES"):  # a shell's, of another window or another time; the terminal knows its size
        os.environ.pop(name, None)
    os.environ.setdefault("TEXTUAL_FPS", "240")  # a key is seen at once, not at the next tick of 60 a second
    gc.disable()
    from rich.console import Console

    from gdtui.tui import terminal_output
    from gdtui.tui.app import Explorer
    from gdtui.tui.chart_panes import depth_of

    terminal_output.use()

    gc.freeze()  # what was imported stays: looking through all of it again takes up to 0.1 s, in the midst of a frame
    gc.enable()
    no_colour = bool(os.environ.get("NO_COLOR"))
    depth = depth_of(Console().color_system, no_colour)
    app = Explorer(found if isinstance(found, Setup) else found.opened.session, depth, unicode=is_utf8())
    app.is_saved = True
    if not isinstance(found, Setup):
        app.workbench.see(found.opened.screen)
        app.workbench.message = found.opened.note
        app.rest = found.rest
    if depth is Depth.MONO:
        app.console._color_system = None  # no colour codes at all, where Textual alone sends greys
    app.run(mouse=not os.environ.get("SSH_CONNECTION"))
    trouble = app.workbench.save_at_the_end()
    if trouble:
        print(f"gdtui: {trouble}", file=sys.stderr)
    if app.return_code:
        _let_go_of_a_lost_terminal()
        sys.exit(app.return_code)


def _let_go_of_a_lost_terminal() -> None:
    """What cannot be written to it any more would make another exit status."""
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):  # Textual writes to the latter
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_utf8() -> bool:
    """Whether the locale can write what the charts draw with."""
    return "utf" in locale.getpreferredencoding(False).lower().replace("-", "")
