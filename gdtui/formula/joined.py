"""Names that are written like a product: xy, 3sinx, x1x2. Each would be one variable, which nobody means in silence."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from gdtui.formula.symbols import GREEK
from gdtui.formula.vocabulary import CONSTANTS, FACTORS, FUNCTIONS

MOST_LETTERS = 3
"""Single letters that a product written without signs has at most: `mass` is a word, `xyz` is x*y*z."""
_LETTER = re.compile(r"[A-Za-z](?:_?\d+)?")
_DIGITS = re.compile(r"\d+")
_GREEK = re.compile(rf"(?:{'|'.join(sorted(GREEK, key=len, reverse=True))})(?:_?\d+)?")
_COORDINATE = re.compile(r"[xyz](?:_?\d+)?")

Pieces = tuple[str, ...]


def product_in(name: str, elsewhere: Collection[str] = ()) -> str:
    """The product that a name looks like, ``x*y`` for xy; "" for a name that is one.

    It can be cut into functions, constants, Greek names and at most three single letters, with a number or without
    one; one piece is a function, or x, y, z or x1, or stands alone ``elsewhere`` in the text.
    """
    if name in FUNCTIONS or name in CONSTANTS or _GREEK.fullmatch(name) or _LETTER.fullmatch(name):
        return ""
    for pieces in sorted(_below(name, MOST_LETTERS, False), key=len):  # the fewest pieces first
        if any(piece in FUNCTIONS or _COORDINATE.fullmatch(piece) or piece in elsewhere for piece in pieces):
            return _written(pieces)
    return ""


@lru_cache(maxsize=1024)  # the rest of a name is met once for each way to come to it
def _below(rest: str, letters: int, called: bool) -> tuple[Pieces, ...]:
    """The ways to cut what is left of a name; ``called``: a function stands before it, which a number may follow."""
    if not rest:
        return ((),)
    steps = [(function, letters, True) for function in FACTORS if rest.startswith(function)]
    if rest.startswith("pi"):
        steps.append(("pi", letters, False))
    if greek := _GREEK.match(rest):
        steps.append((greek[0], letters, False))
    if letters and (letter := _LETTER.match(rest)):
        steps.append((letter[0], letters - 1, False))
    if called and (digits := _DIGITS.match(rest)) and digits[0] != rest:
        steps.append((digits[0], letters, False))
    return tuple((piece, *others) for piece, left, function in steps
                 for others in _below(rest[len(piece) :], left, function))  # fmt: skip


def _written(pieces: Pieces) -> str:
    """The pieces with signs between them; what follows a function is what it is taken of: sin(x)*cos(y)."""
    text, inside = "", False
    for piece in pieces:
        if piece in FUNCTIONS:
            text += ")*" if inside else "*" if text else ""
            text, inside = f"{text}{piece}(", True
        else:
            text += piece if not text or text.endswith("(") else f"*{piece}"
    return text + ("...)" if text.endswith("(") else ")" if inside else "")
