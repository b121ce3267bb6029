"""Lines of cells: runs of text with a look, their width, clipping and wrapping. A hat takes no cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest
from textwrap import wrap

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gdtui.charts import palette
from gdtui.charts.cells import Colour, Depth, Look, Run
from gdtui.charts.cells import clusters as clusters
from gdtui.charts.cells import width_of as width_of
from gdtui.charts.palette import Role

Line = list[Run]

BACKGROUND = (14, 17, 22)
_PLAIN = Look()
_NARROW = 20  # cells: a column of text that is narrower goes below its name
_TEXT: dict[str, tuple[tuple[int, int, int], int]] = {
    "text": ((188, 196, 206), 251),
    "dim": ((116, 126, 140), 244),
    "value": ((236, 240, 244), 255),
    "error": ((255, 120, 110), 210),
}


class Inks:
    """The looks of text at a colour depth. ``accent`` is what is alive: current point, equation, row, knob."""

    def __init__(self, depth: Depth):
        self.depth = depth
        self.text, self.dim, self.value, self.error = (self._look(name) for name in _TEXT)
        self.accent = palette.look(Role.POINT, depth)

    def _look(self, name: str) -> Look:
        rgb, index = _TEXT[name]
        if self.depth is Depth.TRUECOLOR:
            return Look(rgb)
        if self.depth is Depth.INDEXED:
            return Look(index)
        red = 1 if self.depth is Depth.STANDARD else None
        return {"dim": Look(dim=True), "value": Look(bold=True), "error": Look(red, bold=True)}.get(name, Look())


@lru_cache(maxsize=4096)
def style_of(look: Look, filled: bool) -> Style:
    """The Rich style of a look. ``filled``: the terminal's own background is the app's."""
    background = look.bg if look.bg is not None or not filled else BACKGROUND
    return Style(color=_rich(look.fg), bgcolor=_rich(background), bold=look.bold or None, dim=look.dim or None)


def _rich(colour: Colour) -> Color | None:
    if colour is None:
        return None
    return Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour)


def pieces_of(line: Line, first: int, last: int, depth: Depth) -> Iterator[Segment]:
    """What stands in cells first .. last − 1 of a line, blank behind its end, as pieces with their styles."""
    filled = palette.is_filled(depth)
    at = 0
    for text, look in line:
        if at >= last:
            return
        size = width_of(text)
        if at + size > first:
            begin, end = max(first - at, 0), min(last - at, size)
            if end - begin < size:
                text = "".join(clusters(text)[begin:end])  # a mark stays with its letter
            yield Segment(text, style_of(look, filled))
        at += size
    if at < last:
        yield Segment(" " * (last - max(at, first)), style_of(_PLAIN, filled))


def strip_of(line: Line, width: int, depth: Depth) -> Strip:
    """The line as a strip of exactly ``width`` cells."""
    return Strip(pieces_of(line, 0, width, depth), width)


def padded(text: str, width: int) -> str:
    """The text in ``width`` cells: filled up with spaces, or cut off with an ellipsis."""
    size = width_of(text)
    if size <= width:
        return text + " " * (width - size)
    return "".join(clusters(text)[: max(0, width - 1)]) + "…"[:width]


def cells_of(line: Line) -> list[tuple[str, Look]]:
    return [(cell, look) for text, look in line for cell in clusters(text)]


def changed_spans(old: Line, new: Line, gap: int = 6) -> list[tuple[int, int]]:
    """The stretches of cells [from, to) in which two lines differ; those with less than ``gap`` between are one."""
    if old == new:
        return []
    differing: list[int] = []
    at = k = 0
    for (before, old_look), (after, look) in zip(old, new, strict=False):  # as far as the runs are alike
        size = width_of(after)
        if width_of(before) != size:
            break
        if old_look != look:
            differing += range(at, at + size)
        elif before != after:
            cells = enumerate(zip(clusters(before), clusters(after), strict=True), at)
            differing += [x for x, (a, b) in cells if a != b]
        at, k = at + size, k + 1
    if k < max(len(old), len(new)):
        rest = zip_longest(cells_of(old[k:]), cells_of(new[k:]), fillvalue=(" ", _PLAIN))
        differing += [x for x, (a, b) in enumerate(rest, at) if a != b]
    spans: list[tuple[int, int]] = []
    for x in differing:
        if spans and x - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], x + 1)
        else:
            spans.append((x, x + 1))
    return spans


_BREAKS = re.compile(
    r"(?<=, )"  # behind a comma
    r"|(?<= )(?=[+−/])|(?<![ (+−·/,^])(?<!\de)(?=[+−·/])"  # before an operator between two operands; 1e-5 is a number
)


def two_columns(name: str, told: str, width: int, room: int) -> str:
    """A name in ``width`` cells and what is told of it beside it, on as many lines of ``room`` cells as that takes."""
    below = width_of(name) > width or room - width < _NARROW
    indent = 2 if below else width
    rows = wrap(told, max(1, room - indent)) or [""]
    rows = [name.rstrip(), *rows] if below else [padded(name, width) + rows[0], *rows[1:]]
    return f"\n{' ' * indent}".join(rows).rstrip()


@lru_cache(maxsize=1024)
def wrapped(text: str, width: int, indent: int) -> tuple[str, ...]:
    """Mathematics on lines of ``width``, broken before an operator; later lines are indented."""
    if width_of(text) <= width:
        return (text,)
    lines: list[str] = []
    cells = clusters(text)
    while len(cells) > width:
        head = "".join([cell[0] for cell in cells[: width + 1]])
        every = [match.start() for match in _BREAKS.finditer(head, indent + 1) if match.start() <= width]
        # Rather a short line than a number or a word that is torn; where there is one alone, behind its parenthesis.
        breaks = [k for k in every if k >= width // 2] or every
        breaks = breaks or [k for k in range(width // 2, width + 1) if head[k - 1] == "("]
        # Outside of parentheses if possible, and rather between terms than factors.
        open_at = {k: head.count("(", 0, k) - head.count(")", 0, k) for k in breaks}
        place = max(breaks, key=lambda k: (-open_at[k], head[k] in "+−", k), default=width)
        lines.append("".join(cells[:place]).rstrip())
        cells = clusters(" " * indent) + clusters("".join(cells[place:]).lstrip())
    return (*lines, "".join(cells))
