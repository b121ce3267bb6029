"""What may be written: text -> graph. Nothing of the text is ever evaluated; bounds keep hostile input small.

The grammar is Python's expression syntax, cut down to arithmetic, comparisons, `and or not`, calls of known
functions and slices; symbols (², ·, −, π, ‖x‖) and implied products (6x, 2(x + 1)) are taken too.
"""

from itertools import pairwise
from typing import NamedTuple

from gdtui.formula.graph import Node
from gdtui.formula.parser import Parser, Places, check_index
from gdtui.formula.tokens import FormulaError, tokenize
from gdtui.formula.vocabulary import (
    CONSTANTS,
    FUNCTIONS,
    MAX_CHARACTERS,
    OVER_VECTORS,
    Scope,
    looks_like_variable,
    nearest,
)

__all__ = ["Places", "Scope", "Variables", "nearest", "parse", "variables_in"]


def parse(text: str, scope: Scope, places: Places | None = None) -> Node:
    """The graph of one expression. Raises FormulaError, which points at the place.

    ``places`` is filled in with where each operation stands; of what stands there twice, the first time.
    """
    if len(text) > scope.max_characters:
        message = f"a formula has at most {scope.max_characters} characters; this one has {len(text)}"
        raise FormulaError(message, text, scope.max_characters)
    tokens = tokenize(text, scope.symbols)
    if len(tokens) == 1:
        raise FormulaError("this formula is empty: write something like x**2 + 3*y**2")
    return Parser(text, tokens, scope, {} if places is None else places).whole()


class Variables(NamedTuple):
    """The names of a typed formula that are no words of the language.

    ``places``: each, in the order in which they are first written, with its first and last character there.
    ``vector``: whether ``x`` must be a vector, and ``least``: how many coordinates its indices ask for.
    ``reduced``: whether it has a function of vectors, such as sum, in it. ``words``: all names, also of the language.
    """

    places: dict[str, tuple[int, int]]
    words: frozenset[str]
    vector: bool
    least: int
    reduced: bool


def variables_in(text: str) -> Variables:
    """The variables of a typed formula. Raises FormulaError for text that has no tokens."""
    tokens = tokenize(text[: MAX_CHARACTERS + 1], {})
    places: dict[str, tuple[int, int]] = {}
    vector, reduced, least = False, False, 1
    for number, (token, following) in enumerate(pairwise(tokens)):
        reduced = reduced or token.text == "‖"
        if token.kind != "name":
            continue
        if token.text == "x" and following.text == "[":
            vector = True
            index = tokens[number + 2]
            least = max(least, int(index.text) + 1 if index.text.isdigit() and len(index.text) < 5 else 2)
        if following.text == "(" and looks_like_variable(token.text):
            check_index(text, tokens, number)
        called = following.text in ("(", "{") and not looks_like_variable(token.text)
        reduced = reduced or (called and token.text in OVER_VECTORS)
        if not (called or token.text in CONSTANTS or token.text in FUNCTIONS or token.text in ("and", "or", "not")):
            places.setdefault(token.text, (token.start, token.end))
    words = frozenset(token.text for token in tokens if token.kind == "name")
    return Variables(places, words, vector, least, reduced)
