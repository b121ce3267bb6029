"""What formulas bring along from where they were copied: a web page, a PDF, TeX, NumPy code, another keyboard.

Each table says what a sign or word stands for in the language. What has more than one meaning is in none of them.
"""

from __future__ import annotations

import unicodedata

from gdtui.formula.symbols import GREEK, is_greek

SPACES = frozenset(" \t\n\r\f\v\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u2061\u3000")
"""Signs that only set apart what they stand between: the no-break space, say, and TeX's thin one."""

SAME_AS = {
    "−": "-", "–": "-", "﹣": "-", "－": "-", "＋": "+", "·": "*", "×": "*", "⋅": "*", "∙": "*", "•": "*", "∗": "*",
    "＊": "*", "\u2062": "*", "÷": "/", "∕": "/", "⁄": "/", "／": "/", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=",
    "≠": "!=", "^": "**", "＾": "**", "（": "(", "）": ")", "，": ",", "∣": "|", "∥": "‖",
}  # fmt: skip
"""Signs that are written otherwise in the language."""

MODULES = frozenset(
    ["np", "numpy", "math", "Math", "torch", "jnp", "jax", "tf", "sp", "scipy", "special", "linalg", "functional", "nn"]
)
"""Names that stand before a function and a dot where formulas are code: np.sin."""

_PLACED = ("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "quad", "qquad")
_TRIGONOMETRIC = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsin", "arccos")
_FUNCTIONS = (*_TRIGONOMETRIC, "exp", "ln", "log", "max", "min", "sum", "prod")
COMMANDS: dict[str, str] = {
    **dict.fromkeys([*_PLACED, ",", ";", ":", "!", " "], ""),
    **{name: name for name in GREEK}, "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi",
    **{name: name for name in _FUNCTIONS},
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "ge": ">=", "geq": ">=", "ne": "!=",
    "neq": "!=", "lvert": "|", "rvert": "|", "vert": "|", "|": "‖", "lVert": "‖", "rVert": "‖", "Vert": "‖",
    "frac": "\\frac", "dfrac": "\\frac", "tfrac": "\\frac", "sqrt": "\\sqrt", "{": "(", "}": ")",
}  # fmt: skip
"""Commands of TeX, without their backslash, as tokens; nothing for those that only place what they stand beside."""


def fraction(character: str) -> float | None:
    """The value of ½ and its like; None for any other character."""
    if character.isascii() or not unicodedata.decomposition(character).startswith("<fraction>"):
        return None
    return unicodedata.numeric(character, None)


def plain_letter(character: str) -> str:
    """The letter that one of mathematical script stands for, 𝑥 or ℯ; "" for any other character."""
    plain = unicodedata.normalize("NFKC", character)
    if plain == character or not unicodedata.decomposition(character).startswith("<font>"):
        return ""
    return plain if len(plain) == 1 and ((plain.isascii() and plain.isalpha()) or is_greek(plain)) else ""
