"""Cells: one glyph each, and a look (its colours). What charts draw into and widgets read from."""

from __future__ import annotations

import enum
import sys
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Depth(enum.Enum):
    """How many colours the terminal has."""

    TRUECOLOR = "truecolor"
    INDEXED = "256"
    STANDARD = "16"
    MONO = "none"


Colour: TypeAlias = tuple[int, int, int] | int | None
"""RGB at TRUECOLOR, a palette index at INDEXED (0-255) and STANDARD (0-15), None the terminal's default."""


class Look(NamedTuple):
    """How a cell is painted; hashable, so that a widget can cache its style by it."""

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    dim: bool = False


Run: TypeAlias = tuple[str, Look]
"""Neighbouring cells of one look. The texts of a row's runs add up to its width."""

Span: TypeAlias = tuple[int, int, int]
"""Cells of one row, (y, x0, x1), x1 exclusive."""

PLAIN = Look()
SPACE = ord(" ")


@lru_cache(maxsize=4096)
def clusters(text: str) -> tuple[str, ...]:
    """The text cell by cell: a letter with the marks on it is one."""
    if text.isascii() or not any(map(unicodedata.combining, text)):
        return tuple(text)
    cells: list[str] = []
    for character in text:
        if cells and unicodedata.combining(character):
            cells[-1] += character
        else:
            cells.append(character)
    return tuple(cells)


@lru_cache(maxsize=4096)
def width_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else len(text) - sum(map(bool, map(unicodedata.combining, text)))


_UTF_32 = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
_OWN = 0xE000  # where Unicode leaves code points to whoever wants some: here a letter with marks on it has one
_letters: dict[str, int] = {}


@lru_cache(maxsize=4096)
def _codes_of(text: str) -> NDArray[np.uint32]:
    """The code point of every cell."""
    codes = [ord(c) if len(c) == 1 else _letters.setdefault(c, _OWN + len(_letters)) for c in clusters(text)]
    return np.array(codes, dtype=np.uint32)


class Grid:
    """A rectangle of cells.

    ``glyph`` holds code points (height, width), so that braille patterns are plain arithmetic; ``look``
    holds for each cell an index into the table ``looks``.
    """

    def __init__(self, width: int, height: int, looks: Sequence[Look] = (PLAIN,)) -> None:
        self.width = width
        self.height = height
        self.looks = looks
        self.glyph: NDArray[np.uint32] = np.full((height, width), SPACE, dtype=np.uint32)
        self.look: NDArray[np.int16] = np.zeros((height, width), dtype=np.int16)

    def copy_from(self, other: Grid) -> None:
        """Take what another grid of the same size shows."""
        self.looks = other.looks
        self.glyph[:] = other.glyph
        self.look[:] = other.look

    def write(self, x: int, y: int, text: str, look: int) -> None:
        """Put a line of text at column x of row y; what does not fit is left out."""
        if not 0 <= y < self.height or not 0 <= x < self.width:
            return
        codes = _codes_of(text)[: self.width - x]
        self.glyph[y, x : x + len(codes)] = codes
        self.look[y, x : x + len(codes)] = look

    def runs(self, y: int) -> list[Run]:
        row = self.look[y]
        text = self.glyph[y].tobytes().decode(_UTF_32)
        starts = [0, *((row[1:] != row[:-1]).nonzero()[0] + 1).tolist()]
        ends = [*starts[1:], self.width]
        pieces = [text[start:end] for start, end in zip(starts, ends, strict=True)]
        if _letters and not text.isprintable():
            written = {code: cell for cell, code in _letters.items()}
            pieces = [piece.translate(written) for piece in pieces]
        return [(piece, self.looks[look]) for piece, look in zip(pieces, row[starts].tolist(), strict=True)]

    def changed_since(self, other: Grid) -> list[Span]:
        """The cells that differ from another grid's: one span for each row that has any."""
        if self.glyph.shape != other.glyph.shape or self.looks is not other.looks:
            return [(y, 0, self.width) for y in range(self.height)]
        differs = (self.glyph != other.glyph) | (self.look != other.look)
        (rows,) = np.logical_or.reduce(differs, axis=1).nonzero()
        changed = differs[rows]
        first = changed.argmax(axis=1)
        last = self.width - changed[:, ::-1].argmax(axis=1)
        return list(zip(rows.tolist(), first.tolist(), last.tolist(), strict=True))
