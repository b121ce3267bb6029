"""The lines of a rule, ``NAME = EXPRESSION`` or ``NAME += EXPRESSION``; what to write where a name has a meaning."""

from __future__ import annotations

import re
from typing import NamedTuple

from gdtui.formula.symbols import RULE_SYMBOLS, name_of
from gdtui.formula.tokens import FormulaError, printable

RESERVED = ("loss", "t", "k", "grad", "f_min", "n", "i", "pi", "e")
_MAX_LINES = 64
_QUOTED = 60  # characters of an expression that a message repeats
_OPERATORS = {"+": "add", "-": "sub", "−": "sub", "–": "sub", "*": "mul", "·": "mul", "×": "mul", "/": "div"}
_ASSIGNMENT = re.compile(r"\s*([^\s=<>!+\-−–*·×/^@%:&|~]+)\s*([-+*/^@%:&|−–·×~<>]*)=(?!=)")
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


class Line(NamedTuple):
    """One assignment. ``number``: of the line, from 0. ``column``: where the expression begins in it.

    ``operator``: "" for ``=``; for ``NAME += EXPRESSION`` and its kin "add", "sub", "mul" or "div". ``span``: where in
    the whole text the name stands.
    """

    number: int
    name: str
    expression: str
    column: int
    operator: str
    span: tuple[int, int]


def split_equations(text: str) -> list[Line]:
    """The equations of a rule, one a line; what stands behind a # is a comment.

    Raises FormulaError at a line that is no assignment, that assigns a name which has a meaning already, or one again.
    """
    found: dict[str, Line] = {}
    offset = 0
    for number, line in enumerate(text.split("\n")):
        bare = line.split("#")[0].rstrip()
        if bare.strip():
            assignment = _assignment(text, bare, number, offset)
            if assignment.name in found:
                message = _again(found[assignment.name], assignment)
                raise FormulaError(message, text, *assignment.span)
            found[assignment.name] = assignment
        offset += len(line) + 1
    if len(found) > _MAX_LINES:
        raise FormulaError(f"a rule has at most {_MAX_LINES} equations", text)
    return list(found.values())


def _assignment(text: str, bare: str, number: int, offset: int) -> Line:
    match = _ASSIGNMENT.match(bare)
    if match is None:
        raise FormulaError("an equation is written NAME = EXPRESSION, on one line", text, offset, offset + len(bare))
    sign, place = match[2], (offset + match.start(1), offset + match.end(1))
    name, expression = name_of(match[1], RULE_SYMBOLS), bare[match.end() :]
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise FormulaError(f"'{printable(match[1])}' is not a name", text, *place)
    if sign and sign not in _OPERATORS:
        message = f"an equation is written NAME = EXPRESSION, or with += -= *= /=; there is no '{sign}='"
        raise FormulaError(message, text, offset + match.start(2), offset + match.end())
    assignment = Line(number, name, expression, match.end(), _OPERATORS.get(sign, ""), place)
    if name in _MEANINGS:
        raise FormulaError(_meaning(assignment), text, *place)
    return assignment


def _meaning(assignment: Line) -> str:
    """What to write in the place of an assignment to a name that is there already."""
    expression, name = written_out(assignment), assignment.name
    own = _OWN.get(name) or ("decayed" if "theta" in expression or "θ" in expression else "changed")
    both = {"g", "grad"} <= set(re.findall(r"\w+", expression))  # it remembers: g = 0.9*g + 0.1*grad
    if both or name in _REPLACED:
        own = "m" if both else own
        expression = re.sub(rf"\b{name}\b", own, expression)
    meaning = _MEANINGS[name].format(expression=expression, own=own)
    return f"'{assignment.name}' is given, not assigned: {meaning}"


def _again(first: Line, second: Line) -> str:
    """What to write where a name is assigned a second time."""
    name = second.name
    message = f"'{name}' is assigned twice; a name is assigned once"
    if second.operator:
        whole = joined(f"({written_out(first)})", second)
        return f"{message}: write {name} = {whole}" if len(whole) <= _QUOTED else message
    return f"{message}: write {name}_1 = {written_out(first)} first, and read {name}_1 in the second"


def written_out(assignment: Line) -> str:
    """The expression of an assignment, of ``g += wd*theta`` g + wd*theta; a long one is cut."""
    expression = " ".join(printable(assignment.expression).split())
    whole = joined(assignment.name, assignment) if assignment.operator else expression
    return whole if len(whole) <= _QUOTED else whole[:_QUOTED] + "..."


def joined(before: str, assignment: Line) -> str:
    """What ``NAME += EXPRESSION`` makes of the value before."""
    sign = {"add": "+", "sub": "-", "mul": "*", "div": "/"}[assignment.operator]
    expression = " ".join(printable(assignment.expression).split())
    loose = {"+": "", "-": "+-−", "*": "+-−/", "/": "+-−*/·"}[sign]
    return f"{before} {sign} " + (f"({expression})" if set(expression) & set(loose) else expression)
