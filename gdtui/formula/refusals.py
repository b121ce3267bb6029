"""What is said of a text that is not taken, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gdtui.formula.joined import product_in
from gdtui.formula.tokens import Token
from gdtui.formula.vocabulary import CONSTANTS, FUNCTIONS, ONLY_IN_RULES, OVER_VECTORS, SPELLINGS, Scope, nearest

NO_NAMES = frozenset(
    ["inf", "nan", "None", "True", "False", "lambda", "if", "else", "for", "in", "is", "yield", "await", "import"]
)
_LAMBDA = "'lambda' is a word of Python: write λ, or lam"
_CLOSING = {
    **dict.fromkeys(")]", "a closing parenthesis too many"), "}": "a closing brace too many",
    ",": "a comma stands between the values of a function; decimals are written with a point, 1.5",
}  # fmt: skip
_LOOP = "there are no loops: sum(x), mean(x) and prod(x) go over a vector"


def refused_word(word: str, text: str) -> str:
    """Why a word of Python is no part of a formula, ``text``, and what to write instead."""
    if word == "lambda":
        body = re.fullmatch(r"\s*lambda[^:]*:\s*(.*?)\s*", text, re.DOTALL)
        return f"a formula has no head: write {body[1]}" if body and body[1] else _LAMBDA
    if word in ("if", "else"):
        choice = re.fullmatch(r"\s*(.+?)\s+if\s+(.+?)\s+else\s+(.+?)\s*", text, re.DOTALL)
        whole = choice and all(piece.count("(") == piece.count(")") for piece in choice.groups())
        example = f"where({choice[2]}, {choice[1]}, {choice[3]})" if choice and whole else "where(condition, a, b)"
        return f"a choice is written {example}"
    return _LOOP if word in ("for", "in") else f"'{word}' is not part of the language"


def unexpected(token: Token) -> str:
    """Why a formula cannot go on with this token."""
    if token.text in _CLOSING:
        return _CLOSING[token.text]
    product = "; for a product write *" if token.kind in ("name", "number") else ""
    product = "; for a product write x*|y|" if token.text in ("|", "‖") else product
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
    if name in ONLY_IN_RULES and not scope.rule:
        return f"there is no function '{name}' outside of a rule"
    if name.lower() in FUNCTIONS:
        return f"functions are written in small letters, with parentheses: {name.lower()}(...)"
    if name in _ELSEWHERE:
        return f"there is no function '{name}': {_ELSEWHERE[name]}"
    if name in scope.names:
        return f"there is no function '{name}'; for a product write {name}*(...)"
    product = product_in(name)
    if product.endswith("(...)") and product.count("(") == 1:  # xsin(y)
        return f"there is no function '{name}'; for a product write {product}"
    likely = nearest(name, [*FUNCTIONS, *(ONLY_IN_RULES if scope.rule else ())])
    if not likely and product and "(" not in product:  # xy(z + 1)
        likely = f"; for a product write {product}*(...)"
    return f"there is no function '{name}'{likely}"


_ELSEWHERE = {
    "square": "write x**2", "ceil": "write -floor(-x)", "round": "write floor(x + 0.5)", "trunc": "write floor(x)",
    "mod": "write x - y*floor(x/y)", "fmod": "write x - y*floor(x/y)", "remainder": "write x - y*floor(x/y)",
    "clip": "write minimum(maximum(x, low), high)", "clamp": "write minimum(maximum(x, low), high)",
    "sec": "write 1/cos(x)", "csc": "write 1/sin(x)", "cot": "write 1/tan(x)", "sech": "write 1/cosh(x)",
    "sinc": "write sin(x)/x", "asinh": "write log(x + sqrt(x**2 + 1))", "arcsinh": "write log(x + sqrt(x**2 + 1))",
    "acosh": "write log(x + sqrt(x**2 - 1))", "atanh": "write log((1 + x)/(1 - x))/2",
    "arctanh": "write log((1 + x)/(1 - x))/2", "logsumexp": "write logaddexp(a, b), or log(sum(exp(x)))",
    "softmax": "it gives a vector; a loss is one number, such as log(sum(exp(x))) - x[0]", "erfc": "write 1 - erf(x)",
    "logistic": "write sigmoid(x)", "logit": "write log(x/(1 - x))", "swish": "write x*sigmoid(x)",
    "silu": "write x*sigmoid(x)", "exp2": "write 2**x", "rsqrt": "write 1/sqrt(x)",
    "heaviside": "write where(x > 0, 1, 0)",
    "step": "write where(x > 0, 1, 0)", "lg": "write log10(x)", "lb": "write log2(x)", "loge": "write log(x)",
    "var": "write mean((x - mean(x))**2)", "std": "write sqrt(mean((x - mean(x))**2))", "average": "write mean(x)",
    "norm2": "write norm(x)", "inner": "write dot(w, x)", "vdot": "write dot(w, x)", "factorial": "there is none",
    "powf": "write pow(x, y)", "cumsum": "there is none", "print": "write what stands in it",
    "def": "write the formula alone",
}  # fmt: skip
"""Functions of other languages, and how each is written here."""
_INVERSE = {"sin": "asin(x), or 1/sin(x)", "cos": "acos(x), or 1/cos(x)", "tan": "atan(x), or 1/tan(x)"}


def not_called(name: str, following: Sequence[Token]) -> str:
    """Of a function without parentheses, and the tokens behind it."""
    first, *others = following
    if first.text == "**":
        if others and others[0].text == "-":
            return f"'{name}' is a function: write {_INVERSE.get(name, f'1/{name}(x)')}"
        return f"'{name}' is a function: for its power write {name}(x)**2"
    if name in OVER_VECTORS:
        return f"'{name}' is a function: write {name}(...) around all that it goes over, such as {name}(x**2)"
    inside = first.text if first.kind in ("name", "number") else "..."
    if first.kind == "number" and others and others[0].kind == "name":
        inside = f"{first.text}*{others[0].text}"
    return f"'{name}' is a function: write {name}({inside})"


def wrong_count(name: str, wanted: int, count: int) -> str:
    """Of a call with too many values, or too few."""
    message = f"'{name}' takes {wanted} value{'s' * (wanted > 1)}, not {count}"
    if SPELLINGS.get(name, name) == "log" and count == 2:
        return f"{message}; to another base write log(x)/log(base)"
    if name in ("min", "max", "minimum", "maximum") and count > 2:
        return f"{message}; write {name}(a, {name}(b, c))"
    return message
