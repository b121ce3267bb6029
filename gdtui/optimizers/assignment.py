"""How the equations of a rule are written, and what to write where a name has a meaning."""

from __future__ import annotations

import re

from gdtui.formula.equations import Form, Line, lines_of, written_out
from gdtui.formula.symbols import RULE_SYMBOLS

RESERVED = ("loss", "t", "k", "grad", "f_min", "n", "i", "pi", "e")
_COUNTED = "it is the number of the step, {1}, {2}, ...; leave out {0} = {0} + 1, or write another name"
_MEANINGS = {
    "g": "it is the gradient that the rule receives; write {own} = {expression}, and read {own} below",
    "grad": "it is the gradient as it comes; write {own} = {expression}, and read {own} below",
    "loss": "it is the objective at theta; write {own} = {expression}, and read {own} below",
    "f_min": "it is the known minimum; write {own} = {expression}, and read {own} below",
    "n": "it is the number of parameters; write {own} = {expression}, and read {own} below",
    "i": "it is the index of each coordinate; write {own} = {expression}, and read {own} below",
    "pi": "it is the number 3.14159...; write {own} = {expression}, and read {own} below",
    "e": "it is the number 2.71828...; write {own} = {expression}, and read {own} below",
    "t": _COUNTED.format("t", 1, 2),
    "k": _COUNTED.format("k", 0, 1),
}


_OWN = {"loss": "loss_now", "f_min": "lowest", "n": "count", "i": "place", "pi": "phase", "e": "error"}
"""What another quantity is called where a rule would give one of these names to it."""
_REPLACED = frozenset(["n", "i", "pi", "e"])  # on the right it is that other quantity too


def split_equations(text: str) -> list[Line]:
    """The equations of a rule, one a row. Raises FormulaError as `lines_of` does."""
    return lines_of(text, _RULE)


def _meaning(line: Line) -> str:
    """What to write in the place of an assignment to a name that is there already; "" where it is not."""
    if line.name not in _MEANINGS:
        return ""
    expression, name = written_out(line), line.name
    own = _OWN.get(name) or ("decayed" if "theta" in expression or "θ" in expression else "changed")
    both = {"g", "grad"} <= set(re.findall(r"\w+", expression))  # it remembers: g = 0.9*g + 0.1*grad
    if both or name in _REPLACED:
        own = "m" if both else own
        expression = re.sub(rf"\b{name}\b", own, expression)
    meaning = _MEANINGS[name].format(expression=expression, own=own)
    return f"'{name}' is given, not assigned: {meaning}"


_RULE = Form("a rule", _meaning, RULE_SYMBOLS)
