"""What goes to the terminal: the cells that changed and no others; of their looks what differs from the cell before.

Textual sends a line from where its widget begins, and every stretch of it with all of its colours and a reset: some
ten times as much. Here too is where a terminal without colours, or without Unicode, is sent none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from gdtui.tui.text import clusters

Place = tuple[int, int, Iterable[Segment]]
"""x, y, and what stands from there on."""


class Wire(CompositorUpdate):
    """A text that is ready to be sent, in the shape in which Textual takes it."""

    def __init__(self, text: str):
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self.text)

    def render_segments(self, console: Console) -> str:
        return self.text


def places_of(update: ChopsUpdate | LayoutUpdate) -> Iterator[Place]:
    """What an update of Textual's compositor changes."""
    return _spans(update) if isinstance(update, ChopsUpdate) else _all(update)


def written(places: Iterable[Place], system: ColorSystem | None, unicode: bool = True) -> str:
    """What stands at so many places, as one terminal is to be sent it. Makes no use of what was sent before."""
    sent: list[str] = []
    pen, at = ("0", "", ""), (-1, -1)
    for x, y, segments in places:
        if (x, y) != at:
            sent.append(f"\x1b[{y + 1};{x + 1}H")
        for text, style, _ in segments:
            wanted = codes(style or _PLAIN, system)
            if text.isspace() and wanted[0] == pen[0]:
                wanted = (pen[0], pen[1], wanted[2])  # the ink of nothing
            if wanted != pen:
                sent.append(change(pen, wanted))
                pen = wanted
            x += width(text)
            if not text.isprintable():
                text = harmless(text)
            sent.append(text if unicode else in_ascii(text))
        at = (x, y)
    return "".join([*sent, "\x1b[m"]) if sent else ""


_PLAIN = Style()


def _spans(update: ChopsUpdate) -> Iterator[Place]:
    """Each span, cut out of the pieces of lines that it touches."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < last and end > first:
                yield max(x, first), y, cut(strip, max(first - x, 0), min(end, last) - x)


def cut(strip: Iterable[Segment], first: int, last: int) -> Iterator[Segment]:
    """What stands in cells first .. last − 1. (Textual's own crop makes a strip with six caches of each piece.)"""
    at = 0
    for segment in strip:
        if at >= last:
            return
        text, style, _ = segment
        size = width(text)
        if at + size > first:
            begin, end = max(first - at, 0), min(last - at, size)
            if end - begin == size:
                yield segment
            elif size == len(text):
                yield Segment(text[begin:end], style)
            elif len(cells := clusters(text)) == size:  # a mark stays with its letter
                yield Segment("".join(cells[begin:end]), style)
            else:
                yield segment.split_cells(end)[0].split_cells(begin)[1]
        at += size


def width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _all(update: LayoutUpdate) -> Iterator[Place]:
    for y, strips in enumerate(update.strips, update.region.y):
        yield update.region.x, y, Strip.join(strips)


@lru_cache(maxsize=4096)
def codes(style: Style, system: ColorSystem | None) -> tuple[str, str, str]:
    """What SGR is told of a style: attributes, foreground, background. Without a colour system no colours."""
    attributes = style.without_color._make_ansi_codes(ColorSystem.TRUECOLOR)
    if system is None:
        return attributes, "", ""
    ink = style.color.downgrade(system).get_ansi_codes() if style.color else ("39",)
    paper = style.bgcolor.downgrade(system).get_ansi_codes(foreground=False) if style.bgcolor else ("49",)
    return attributes, ";".join(ink), ";".join(paper)


@lru_cache(maxsize=4096)
def change(old: tuple[str, str, str], new: tuple[str, str, str]) -> str:
    """From one pen to another. Other attributes begin from a reset; "0" is a pen that is not known."""
    if old[0] != new[0]:
        return f"\x1b[{';'.join(part for part in ('0', *new) if part and part not in ('39', '49'))}m"
    return f"\x1b[{';'.join(part for before, part in zip(old[1:], new[1:], strict=True) if part != before)}m"


def harmless(text: str) -> str:
    """No character that does something to a terminal passes, from whatever text it came; cells stay where they are."""
    return "".join(c if c.isprintable() else " " * cell_len(c) for c in text)


_ASCII = {
    character: plain
    for plain, characters in {
        "-": "─━−–—╴╶▔▁", "|": "│┃‖▏▎▍▌▐▕╵╷", "+": "┌┐└┘╭╮╰╯├┤┬┴┼", "#": "█▄▀▊▋▇", ">": "▸▶→≥", "<": "◂◀←≤", "^": "↑",
        "v": "↓", "@": "●", "o": "○◇θ°", "x": "×χ", ".": "·⋅…", "V": "∇√", "d": "∂δ", "D": "Δ", "S": "Σ", "a": "α",
        "b": "β", "g": "γ", "e": "ε", "n": "η", "k": "κ", "L": "λ", "m": "μ", "p": "πρ", "s": "σ", "t": "τ", "w": "ω",
    }.items()
    for character in characters
}  # fmt: skip


@lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """The same number of cells in ASCII; marks on letters go, what has no likeness is a question mark."""
    return text if text.isascii() else "".join(map(_ascii_cell, text))


@lru_cache
def _ascii_cell(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    for likeness in (character, *unicodedata.normalize("NFKD", character)):
        plain = likeness if likeness.isascii() else _ASCII.get(likeness)
        if plain:
            return plain
    return "?" * cell_len(character)
