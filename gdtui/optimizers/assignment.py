"""How the equations of a rule are written, and what to write where a name has a meaning."""

from __future__ import annotations

import re

from gdtui.formula.equations import Form, Line, lines_of, written_out
from gdtui.formula.symbols import RULE_SYMBOLS

RESERVED = ("loss", "t", "k", "grad", "f_min", "n", "i", "pi", "e")
_MEANINGS = {
    "g": ("the gradient that the rule receives", ""),
    "grad": ("the gradient as it comes", ""),
    "loss": ("the objective at theta", "loss_now"),
    "f_min": ("the known minimum", "lowest"),
    "n": ("the number of parameters", "count"),
    "i": ("the index of each coordinate", "place"),
    "pi": ("the number 3.14159...", "phase"),
    "e": ("the number 2.71828...", "error"),
    "t": ("the number of the step, 1, 2, ...", ""),
    "k": ("the number of the step, 0, 1, ...", ""),
}
"""What each name is, and what another quantity is called where a rule would give that name to it."""
_REPLACED = frozenset(["n", "i", "pi", "e"])  # on the right it is that other quantity too


def split_equations(text: str) -> list[Line]:
    """The equations of a rule, one a row. Raises FormulaError as `lines_of` does."""
    return lines_of(text, _RULE)


def _meaning(line: Line) -> str:
    """What to write in the place of an assignment to a name that is there already; "" where it is not."""
    if line.name not in _MEANINGS:
        return ""
    expression, name = written_out(line), line.name
    what, own = _MEANINGS[name]
    own = own or ("decayed" if "theta" in expression or "θ" in expression else "changed")
    both = {"g", "grad"} <= set(re.findall(r"\w+", expression))  # it remembers: g = 0.9*g + 0.1*grad
    if both or name in _REPLACED:
        own = "m" if both else own
        expression = re.sub(rf"\b{name}\b", own, expression)
    instead = f"write {own} = {expression}, and read {own} below"
    if name in ("t", "k"):
        instead = f"leave out {name} = {name} + 1, or write another name"
    return f"'{name}' is given, not assigned: it is {what}; {instead}"


_RULE = Form("a rule", _meaning, RULE_SYMBOLS)
