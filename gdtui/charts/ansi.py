"""A row of cells as text for a plain terminal: with its colours as escape codes, or without any."""

from __future__ import annotations

from collections.abc import Sequence

from gdtui.charts.cells import Colour, Depth, Look, Run

_RESET = "\x1b[0m"


def coloured(row: Sequence[Run], depth: Depth) -> str:
    """The row without spaces at its end; at MONO depth, without any code at all."""
    if depth is Depth.MONO:
        return "".join(text for text, _ in row).rstrip()
    codes = [(text, _code(look, depth)) for text, look in row]
    return "".join(f"\x1b[{code}m{text}{_RESET}" if code else text for text, code in codes).rstrip()


def _code(look: Look, depth: Depth) -> str:
    parts = ["1"] * look.bold + ["2"] * look.dim
    return ";".join(parts + _colour(look.fg, 38, depth) + _colour(look.bg, 48, depth))


def _colour(colour: Colour, kind: int, depth: Depth) -> list[str]:
    if colour is None:
        return []
    if isinstance(colour, tuple):
        return [f"{kind};2;{colour[0]};{colour[1]};{colour[2]}"]
    if depth is Depth.STANDARD:
        return [str(kind - 8 + colour)] if colour < 8 else [str(kind + 52 + colour - 8)]
    return [f"{kind};5;{colour}"]
