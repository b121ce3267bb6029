"""What panes ask for. They do it by messages to the desk; no pane calls the session."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class SeekRequested(Message):
    """The cursor is wanted on a recorded row; one that is not there means the nearest."""

    row: int


@dataclass
class StartRequested(Message):
    """A run from another start is wanted: a point of the plane that the map shows."""

    u: float
    v: float
