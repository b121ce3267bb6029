"""What may be written: text -> graph. Nothing of the text is ever evaluated; bounds keep hostile input small.

The grammar is Python's expression syntax, cut down to arithmetic, comparisons, `and or not`, calls of known
functions and slices; symbols (², ·, −, π, ‖x‖) and implied products (6x, 2(x + 1)) are taken too.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from gdtui.formula.graph import Node
from gdtui.formula.parser import Parser, Places
from gdtui.formula.tokens import FormulaError, tokenize
from gdtui.formula.vocabulary import CONSTANTS, FUNCTIONS, MAX_CHARACTERS, OVER_VECTORS, Scope, is_letter, nearest

__all__ = ["Places", "Scope", "Variables", "check_length", "nearest", "parse", "variables_in"]


def parse(text: str, scope: Scope, places: Places | None = None) -> Node:
    """The graph of one expression. Raises FormulaError, which points at the place.

    ``places`` is filled in with where each operation stands; of what stands there twice, the first time.
    """
    check_length(text, scope.max_characters)
    tokens = tokenize(text, scope.symbols)
    if len(tokens) == 1:
        raise FormulaError("this formula is empty: write something like x**2 + 3*y**2")
    return Parser(text, tokens, scope, {} if places is None else places).whole()


def check_length(text: str, most: int = MAX_CHARACTERS) -> None:
    """Refuse a text that is too long. Raises FormulaError."""
    if len(text) > most:
        raise FormulaError(f"a formula has at most {most} characters; this one has {len(text)}", text, most)


class Variables(NamedTuple):
    """The names of a typed formula that are no words of the language.

    ``places``: each, in the order in which they are first written, with its first and last character there.
    ``vector``: whether ``x`` must be a vector, and ``least``: how many coordinates its indices ask for.
    ``skips_first``: whether x[0] is never read, though others are, one by one.
    ``reduced``: whether it has a function of vectors, such as sum, in it. ``words``: all names, also of the language.
    """

    places: dict[str, tuple[int, int]]
    words: frozenset[str]
    vector: bool
    least: int
    reduced: bool
    skips_first: bool = False


def variables_in(text: str) -> Variables:
    """The variables of a typed formula. Raises FormulaError for text that has no tokens."""
    tokens = tokenize(text[: MAX_CHARACTERS + 1], {})
    places: dict[str, tuple[int, int]] = {}
    vector, reduced, least, first = False, False, 1, math.inf
    for number, (token, following) in enumerate(pairwise(tokens)):
        reduced = reduced or token.text == "‖"
        if token.kind != "name":
            continue
        if token.text == "x" and following.text == "[":
            vector = True
            index = tokens[number + 2]
            whole = index.text.isdigit() and len(index.text) < 5 and tokens[number + 3].text == "]"
            least, first = max(least, int(index.text) + 1 if whole else 2), min(first, int(index.text) if whole else 0)
        called = following.text in ("(", "{") and not is_letter(token.text)
        reduced = reduced or (called and token.text in OVER_VECTORS)
        if not (called or token.text in CONSTANTS or token.text in FUNCTIONS or token.text in ("and", "or", "not")):
            places.setdefault(token.text, (token.start, token.end))
    words = frozenset(token.text for token in tokens if token.kind == "name")
    return Variables(places, words, vector, least, reduced, vector and 0 < first < math.inf)
