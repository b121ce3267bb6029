"""What panes ask for. They do it by messages to the desk; no pane calls the session."""

from __future__ import annotations

from textual.message import Message


class SeekRequested(Message):
    """The cursor is wanted on a recorded row; one that is not there means the nearest."""

    def __init__(self, row: int):
        super().__init__()
        self.row = row


class StartRequested(Message):
    """A run from another start is wanted: a point of the plane that the map shows."""

    def __init__(self, u: float, v: float):
        super().__init__()
        self.u, self.v = u, v
