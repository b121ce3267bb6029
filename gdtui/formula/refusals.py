"""What is said of a text that is not taken, and what to write instead."""

from __future__ import annotations

import re

from gdtui.formula.joined import product_in
from gdtui.formula.tokens import Token
from gdtui.formula.vocabulary import CONSTANTS, FUNCTIONS, ONLY_IN_RULES, SPELLINGS, Scope, nearest

NO_NAMES = frozenset(
    ["inf", "nan", "None", "True", "False", "lambda", "if", "else", "for", "in", "is", "yield", "await", "import"]
)
_LAMBDA = "'lambda' is a word of Python: write λ, or lam"
_LOOP = "there are no loops: sum(x), mean(x) and prod(x) go over a vector"


def refused_word(word: str, text: str) -> str:
    """Why a word of Python is no part of a formula, ``text``, and what to write instead."""
    if word == "lambda":
        body = re.fullmatch(r"\s*lambda[^:]*:\s*(.*?)\s*", text, re.DOTALL)
        return f"a formula has no head: write {body[1]}" if body and body[1] else _LAMBDA
    if word in ("if", "else"):
        choice = re.fullmatch(r"\s*(.+?)\s+if\s+(.+?)\s+else\s+(.+?)\s*", text, re.DOTALL)
        example = f"where({choice[2]}, {choice[1]}, {choice[3]})" if choice else "where(condition, a, b)"
        return f"a choice is written {example}"
    return _LOOP if word in ("for", "in") else f"'{word}' is not part of the language"


def unexpected(token: Token) -> str:
    """Why a formula cannot go on with this token."""
    if token.text in (")", "]"):
        return "a closing parenthesis too many"
    if token.text == ",":
        return "a comma stands between the values of a function; decimals are written with a point, 1.5"
    if token.text in ("{", "}"):
        return f"'{token.text}' does not belong in a formula"
    product = "; for a product write *" if token.kind in ("name", "number") else ""
    return f"'{token.text}' is not expected here{product}"


def no_name(name: str, scope: Scope) -> str:
    """Of a name that nothing stands for."""
    listing = f" (known: {', '.join(scope.names)})" if len(scope.names) <= 12 else ""
    product = product_in(name, scope.names)
    known = {*scope.names, *FUNCTIONS, *CONSTANTS}
    if not set(re.findall(r"[A-Za-z]\w*", product)) <= known:
        product = ""
    hint = f"; for a product write {product}" if product else nearest(name, [*scope.names, *FUNCTIONS]) or listing
    return f"there is no name '{name}'{hint}"


def no_function(name: str, scope: Scope) -> str:
    """Of a call of what is no function."""
    where = " outside of a rule" if name in ONLY_IN_RULES else ""
    if not where and (product := product_in(name)):
        return f"there is no function '{name}'; for a product write {product.removesuffix('(...)')}(...)"
    likely = nearest(name, [*FUNCTIONS, *(ONLY_IN_RULES if scope.rule else ())])
    if name in scope.names:
        likely = f"; for a product write {name}*(...)"
    return f"there is no function '{name}'{where}{likely}"


def not_called(name: str, following: Token) -> str:
    """Of a function without parentheses."""
    if following.text == "**":
        return f"'{name}' is a function: for its power write {name}(x)**2"
    inside = following.text if following.kind in ("name", "number") else "..."
    return f"'{name}' is a function: write {name}({inside})"


def wrong_count(name: str, wanted: int, count: int) -> str:
    """Of a call with too many values, or too few."""
    message = f"'{name}' takes {wanted} value{'s' * (wanted > 1)}, not {count}"
    if SPELLINGS.get(name, name) == "log" and count == 2:
        return f"{message}; to another base write log(x)/log(base)"
    if name in ("min", "max", "minimum", "maximum") and count > 2:
        return f"{message}; write {name}(a, {name}(b, c))"
    return message
