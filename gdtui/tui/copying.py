"""A text on the clipboard: sent by OSC 52, which passes through SSH, and shown, for terminals that do not take it."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gdtui.tui.dialogs import Reading

_SEQUENCE = 100_000  # bytes that xterm reads of one
MOST_BYTES = (_SEQUENCE - len("\x1b]52;c;\a")) // 4 * 3
"""Of a text that fits into a sequence: base64 makes 4 of 3."""


class CopiedText(Reading):
    """Copies a text and shows it, with nothing at its sides: it can be selected with the mouse as it is."""

    kind, keys = "text", "escape closes · shift and the mouse select"

    def __init__(self, title: str, text: str):
        super().__init__(title, text.splitlines())
        self.text = text

    def content(self) -> Iterable[Widget]:
        yield Static("", markup=False, id="copied")
        yield from super().content()

    def on_mount(self) -> None:
        size = len(self.text.encode())
        if size <= MOST_BYTES:
            self.app.copy_to_clipboard(self.text)
            told = "sent to the clipboard; where the terminal does not take it, select it here"
        else:
            told = f"{size} bytes are too many for a terminal's clipboard ({MOST_BYTES}): select what you need here"
        self.query_one("#copied", Static).update(Content(told))
