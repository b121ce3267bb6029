"""Pane: a widget that takes a Frame, and finds the cells that changed since the last one.

Textual's compositor does not compare: it sends all of a region that is marked. So each pane keeps its lines and knows
which cells differ; these are sent as they are (`places`), or marked for the compositor (`mark`) while something lies
over the pane.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from gdtui.charts.cells import Depth, Span
from gdtui.tui.frame import Frame
from gdtui.tui.text import Inks, Line, changed_spans, pieces_of, strip_of, width_of
from gdtui.tui.wire import Place, cut

_AROUND_TITLE = 5  # cells of a border before and behind its title


class Pane(Widget, can_focus=True):
    """Lines of cells made from a Frame by `lines`."""

    def __init__(self, id: str, depth: Depth, unicode: bool = True):
        super().__init__(id=id)
        self.depth, self.unicode = depth, unicode
        self.inks = Inks(depth)
        self.frame: Frame | None = None
        self.changed: list[Span] = []
        self._lines: list[Line] = []
        self._title = ""
        self._edge = 0  # cells of the upper border that changed
        self._upper: tuple[str, list[Segment]] = ("", [])  # the border as it was sent, and the title in it
        self._read: object = None

    @property
    def is_drawn(self) -> bool:
        return bool(self._lines)

    def line(self, y: int) -> Line:
        """Line y as it was last drawn."""
        return self._lines[y] if y < len(self._lines) else []

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        """What the pane shows, in at most ``height`` lines. Sets `title` too."""
        raise NotImplementedError  # pragma: no cover - abstract

    def reads(self, frame: Frame) -> object:
        """What the lines are made from: while it is the same the pane is not made again."""
        return frame

    def show(self, frame: Frame) -> None:
        """Take a frame, and find what differs from the last one."""
        self.frame = frame
        read = self.reads(frame)
        if read == self._read:
            return
        width, height = self.size
        if width and height:
            self._read = read
            self.redraw(frame, width, height)

    def redraw(self, frame: Frame, width: int, height: int) -> None:
        lines = self.lines(frame, width, height)[:height]
        lines += [[] for _ in range(height - len(lines))]
        if len(self._lines) != height:
            self._lines, self.changed = lines, [(y, 0, width) for y in range(height)]
            return
        for y, line in enumerate(lines):
            spans = changed_spans(self._lines[y], line)
            if spans:
                self._lines[y] = line
                self.changed += [(y, first, last) for first, last in spans]

    def places(self) -> Iterator[Place]:
        """The cells that changed, as they are to be sent. They count as sent."""
        (changed, self.changed), (edge, self._edge) = (self.changed, []), (self._edge, 0)
        if not changed and not edge:
            return
        outer, inner = self.region, self.content_region
        if edge:
            self._styles_cache.set_dirty(Region(0, 0, 1, 1))
            yield outer.x, outer.y, cut(self.upper_border(), 0, edge)
        if changed:
            top, bottom = min(changed)[0], max(changed)[0]
            self._styles_cache.set_dirty(Region(0, inner.y - outer.y + top, 1, bottom + 1 - top))
        for y, first, last in changed:
            yield inner.x + first, inner.y + y, pieces_of(self.line(y), first, min(last, inner.width), self.depth)

    def upper_border(self) -> list[Segment]:
        """The border with the title in it.

        Textual takes a millisecond for it: where only the title is another one, of the same size, it is put into the
        border as it was.
        """
        title, (was, pieces) = self._title, self._upper
        places = [k for k, piece in enumerate(pieces) if piece.text == f" {was} "]
        if was and len(places) == 1 and width_of(was) == width_of(title):
            pieces[places[0]] = Segment(f" {title} ", pieces[places[0]].style)
        else:
            (border,) = self.render_lines(Region(0, 0, self.outer_size.width, 1))
            pieces = list(border)
        self._upper = title, pieces
        return pieces

    def notify_style_update(self) -> None:
        """The border looks another way, where the focus comes or goes."""
        self._upper = "", []
        super().notify_style_update()

    def mark(self) -> None:
        """The cells that changed, for Textual to draw."""
        regions = [Region(first, y, last - first, 1) for y, first, last in self.changed]
        if self._edge:
            regions.append(Region(-1, -1, self.outer_size.width, 1))
        self.changed, self._edge = [], 0
        if regions:
            self.refresh(*regions)

    def title(self, text: str) -> None:
        """The title in the border. (Textual's setters would have all of the pane drawn.)"""
        if text != self._title:
            longer = max(width_of(text), width_of(self._title))
            self._edge = min(longer + _AROUND_TITLE, self.outer_size.width)
            self._title = text
            self._border_title = Content(text)

    def render_line(self, y: int) -> Strip:
        return strip_of(self.line(y), self.size.width, self.depth)

    def on_resize(self, event: events.Resize) -> None:
        self._lines, self._upper, self._read = [], ("", []), None
        if self.frame is not None:
            self.show(self.frame)
            self.mark()
