"""Pane: a widget that takes a Frame, and draws again only the cells that changed.

Textual's compositor does not compare: it sends all of a region that is marked. So each pane keeps its lines,
finds the cells that differ, and marks those.
"""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from gdtui.charts.cells import Depth
from gdtui.tui.frame import Frame
from gdtui.tui.text import Inks, Line, changed_spans, strip_of


class Pane(Widget, can_focus=True):
    """Lines of cells made from a Frame by `lines`."""

    def __init__(self, id: str, depth: Depth, unicode: bool = True):
        super().__init__(id=id)
        self.depth, self.unicode = depth, unicode
        self.inks = Inks(depth)
        self.frame: Frame | None = None
        self._lines: list[Line] = []
        self._strips: list[Strip] = []
        self._title = ""

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        """What the pane shows, in at most ``height`` lines. Sets `title` too."""
        raise NotImplementedError  # pragma: no cover - abstract

    def show(self, frame: Frame) -> None:
        """Take a frame; what differs from the last one is drawn."""
        self.frame = frame
        if self.size.width and self.size.height:
            self.redraw(frame)

    def redraw(self, frame: Frame) -> None:
        width, height = self.size.width, self.size.height
        lines = self.lines(frame, width, height)[:height]
        lines += [[] for _ in range(height - len(lines))]
        regions: list[Region] = []
        if len(self._lines) != height:
            self._lines, self._strips = [[] for _ in range(height)], [Strip.blank(width)] * height
            regions.append(Region(0, 0, width, height))
        for y, line in enumerate(lines):
            spans = changed_spans(self._lines[y], line)
            if spans or regions:
                self._lines[y] = line
                self._strips[y] = strip_of(line, width, self.depth)
                regions += [Region(first, y, last - first, 1) for first, last in spans]
        if regions:
            self.refresh(*regions)

    def title(self, text: str) -> None:
        """The title in the border; only the border's first line is drawn again. (Textual's setter draws the pane.)"""
        if text != self._title:
            self._title = text
            self._border_title = Content(text)
            self.refresh(Region(-1, -1, self.outer_size.width, 1))

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips):
            return self._strips[y]
        return strip_of([], self.size.width, self.depth)

    def on_resize(self, event: events.Resize) -> None:
        self._lines = []
        if self.frame is not None:
            self.redraw(self.frame)
