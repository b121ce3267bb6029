"""Lines of ``name = expression`` -> graphs: the one way in for rules, schedules and objectives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gdtui.formula import graph
from gdtui.formula.graph import KindError, Node
from gdtui.formula.language import Places, Scope, check_length, parse
from gdtui.formula.symbols import name_of
from gdtui.formula.tokens import FormulaError, printable

MAX_LINES = 64
_QUOTED = 60  # characters of an expression that a message repeats
_OPERATORS = {"+": "add", "-": "sub", "−": "sub", "–": "sub", "*": "mul", "·": "mul", "×": "mul", "/": "div"}
_ASSIGNMENT = re.compile(r"\s*([^\s=<>!+\-−–*·×/^@%:&|~]+)\s*([-+*/^@%:&|−–·×~<>]*)=(?!=)")
_COMMENT = re.compile(r"#[^\n]*")
_SEVERAL = frozenset("\n;#")
_SIGNS = frozenset("+-−–*·×/^")
_DIVIDING = re.compile(r"[()\[\]{}\n;]")


class Line(NamedTuple):
    """One line. ``number``: of its row in the text, from 0. ``place``: where in the whole text its expression begins.

    ``operator``: "" for ``=``; for ``NAME += EXPRESSION`` and its kin "add", "sub", "mul" or "div". ``span``: where in
    the whole text the name stands. ``name`` is "" for a loss, which needs none.
    """

    number: int
    name: str
    expression: str
    place: int
    operator: str
    span: tuple[int, int]


class Equation(NamedTuple):
    """One line: ``name = node``. ``text`` as written; ``line`` counts from 0 within its text."""

    name: str
    node: Node
    text: str
    line: int = 0


class Form(NamedTuple):
    """How a kind of text is written, ``what`` it is: a rule, say.

    ``refusal``: why a line may not have its name, or "". ``symbols``: names shown otherwise than by habit. ``losses``:
    what the last line may be called, which then may have no name as well; ``;`` divides lines too, parentheses hold
    them together, and nothing is assigned by ``+=``. Without any, each row is one line, and all have a name.
    """

    what: str
    refusal: Callable[[Line], str]
    symbols: Mapping[str, str]
    losses: tuple[str, ...] = ()


def lines_of(text: str, form: Form) -> list[Line]:
    """The lines of a text; what stands behind a # is a comment.

    Raises FormulaError at a line that is no assignment, that assigns a name which has a meaning already, or one again.
    """
    if form.losses:
        check_length(text)
    lines: dict[str, Line] = {}
    for number, start, piece in _pieces(text, form):
        goes_on = form.losses and lines and piece.lstrip()[0] in _SIGNS
        if goes_on and without_comments(text[:start]).rstrip()[-1] != ";":
            message = "this goes on from the row above, or stands alone: put brackets around both rows, or a ; between"
            first = start + len(piece) - len(piece.lstrip())
            raise FormulaError(message, text, first, start + len(piece))
        line = _line(text, number, start, piece, form)
        if "" in lines:
            last = lines[""]
            raise FormulaError(_ahead_of_the_loss(last), text, last.span[0], last.place + len(last.expression))
        if line.name in lines:
            raise FormulaError(_again(lines[line.name], line), text, *line.span)
        lines[line.name] = line
    if len(lines) > MAX_LINES:
        raise FormulaError(f"{form.what} has at most {MAX_LINES} equations", text)
    if form.losses and lines and "" not in lines:
        first, end = [*lines.values()][-1].span
        message = f"the last line is the loss: leave '{printable(text[first:end])} =' out, or write loss = ..."
        raise FormulaError(message, text, first, text.index("=", end) + 1)
    return list(lines.values())


def _ahead_of_the_loss(line: Line) -> str:
    """What to write where a line that is not the last has no name."""
    named = re.match(r"([^=<>!]*)=", line.expression)
    if named:
        return f"'{printable(named[1].strip())}' is not a name; a line before the last is written u = ..."
    if line.expression.rstrip()[-1:] in _SIGNS:
        return "this goes on in the next row: put brackets around the whole, ( ... ), or write it on one row"
    return f"the loss is the last line; one before it has a name: u = {written_out(line)}"


def _pieces(text: str, form: Form) -> Iterator[tuple[int, int, str]]:
    """Each line with the number of its row and where it begins, its comment blank."""
    if form.losses and _SEVERAL.isdisjoint(text):  # nearly every objective
        yield 0, 0, text
        return
    bare = without_comments(text)
    start, depth = 0, 0
    cuts = []
    for sign in _DIVIDING.finditer(bare):
        if sign[0] in "([{":
            depth += 1
        elif sign[0] in ")]}":
            depth -= 1
        elif sign[0] == "\n" if not form.losses else sign[0] == ";" or depth <= 0:
            cuts.append(sign.start())
    pieces = []
    for cut in [*cuts, len(bare)]:
        if bare[start:cut].strip():
            pieces.append((bare.count("\n", 0, start), start, bare[start:cut].rstrip()))
        start = cut + 1
    named = [name for _, _, piece in pieces if (name := _name(piece, form))]
    if form.losses and ";" not in bare and set(named) <= set(form.losses):  # one expression, on several rows
        number, start, _ = pieces[0] if pieces else (0, 0, "")
        pieces = [(number, start, bare[start:].rstrip())]
    yield from pieces


def without_comments(text: str) -> str:
    """The text with blanks for each comment."""
    return _COMMENT.sub(lambda comment: " " * len(comment[0]), text)


def _name(piece: str, form: Form) -> str:
    """The name that a line assigns, where it is one."""
    match = _ASSIGNMENT.match(piece)
    return "" if match is None or match[2].strip(":") else name_of(match[1], form.symbols)


def _line(text: str, number: int, start: int, piece: str, form: Form) -> Line:
    match = _ASSIGNMENT.match(piece)
    name = "" if match is None else name_of(match[1], form.symbols)
    is_name = re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII)
    if match is None or (form.losses and (not is_name or match[2] in ("<", ">"))):
        if form.losses:
            first = len(piece) - len(piece.lstrip())
            return Line(number, "", piece[first:], start + first, "", (start + first, start + len(piece)))
        message = "an equation is written NAME = EXPRESSION, on one line"
        raise FormulaError(message, text, start, start + len(piece))
    sign, span = match[2], (start + match.start(1), start + match.end(1))
    if not is_name:
        raise FormulaError(f"'{printable(match[1])}' is not a name", text, *span)
    sign = sign.removeprefix(":") if form.losses else sign
    if sign and (form.losses or sign not in _OPERATORS):
        how = "" if form.losses else ", or with += -= *= /="
        message = f"an equation is written NAME = EXPRESSION{how}; there is no '{sign}='"
        raise FormulaError(message, text, start + match.start(2), start + match.end())
    blank = len(piece[match.end() :]) - len(piece[match.end() :].lstrip()) if form.losses else 0
    place = match.end() + blank
    line = Line(number, name, piece[place:], start + place, _OPERATORS.get(sign, ""), span)
    if name in form.losses:
        return line._replace(name="")
    if why := form.refusal(line):
        raise FormulaError(why, text, *span)
    return line


def _again(first: Line, second: Line) -> str:
    """What to write where a name is assigned a second time."""
    name = second.name
    message = f"'{name}' is assigned twice; a name is assigned once"
    if second.operator:
        whole = joined(f"({written_out(first)})", second)
        return f"{message}: write {name} = {whole}" if len(whole) <= _QUOTED else message
    return f"{message}: write {name}_1 = {written_out(first)} first, and read {name}_1 in the second"


def written_out(line: Line) -> str:
    """The expression of a line, of ``g += wd*theta`` g + wd*theta; a long one is cut."""
    expression = " ".join(printable(line.expression).split())
    whole = joined(line.name, line) if line.operator else expression
    return whole if len(whole) <= _QUOTED else whole[:_QUOTED] + "..."


def joined(before: str, line: Line) -> str:
    """What ``NAME += EXPRESSION`` makes of the value before."""
    sign = {"add": "+", "sub": "-", "mul": "*", "div": "/"}[line.operator]
    expression = " ".join(printable(line.expression).split())
    loose = {"+": "", "-": "+-−", "*": "+-−/", "/": "+-−*/·"}[sign]
    return f"{before} {sign} " + (f"({expression})" if set(expression) & set(loose) else expression)


def in_one_line(lines: Sequence[Line]) -> str:
    """The lines with a ``;`` between them, without comments."""
    heads = [f"{line.name} = " if line.name else "" for line in lines]
    rows = [re.sub(r"\s*\n\s*", " ", line.expression) for line in lines]
    return "; ".join(map("".join, zip(heads, rows, strict=True)))


def expressions_alone(text: str, lines: Sequence[Line]) -> str:
    """The expressions, each at its place in the text, with commas between and blanks for all else."""
    alone = [" "] * len(text)
    for line in lines:
        end = line.place + len(line.expression)
        alone[line.place : end + 1] = [*line.expression, *"," * (end < len(text))]
    return "".join(alone)


def read(
    text: str,
    lines: Sequence[Line],
    scope: Scope,
    take: Callable[[Line, Node], Node],
    hint: Callable[[Line, FormulaError], str] = lambda line, error: error.message,
    places: Places | None = None,
) -> list[Equation]:
    """The lines of ``text`` as graphs.

    ``take`` is given each with its graph as it was read: what it returns is the equation's, and it may change the
    names of the scope for the lines below. ``hint``: the message for a mistake. ``places`` is filled in with where in
    the text each operation stands. Raises FormulaError at the place in ``text``.
    """
    rows = text.split("\n")
    equations = []
    for line in lines:
        here: Places = {} if line.place or places is None else places
        try:
            node = parse(line.expression, scope, here)
        except FormulaError as error:
            raise error.within(text, line.place, hint(line, error)) from None
        if line.operator:
            try:
                node = _changed(scope.names[line.name], line.operator, node)
            except KindError as error:
                end = line.place + len(line.expression)
                raise FormulaError(str(error), text, line.span[0], end) from None
        if places is not None and here is not places:
            for part, (first, end) in here.items():
                places.setdefault(part, (first + line.place, end + line.place))
        equations.append(Equation(line.name, take(line, node), rows[line.number].strip(), line.number))
    return equations


def _changed(before: Node, operator: str, by: Node) -> Node:
    """What ``NAME -= EXPRESSION`` and its kin make of a value: the equation that it stands for."""
    if len(before.shape) + len(by.shape) > 2:
        raise KindError("this is a matrix: A @ v is its product with a vector")
    if operator == "sub":
        return graph.apply("add", before, graph.apply("neg", by))
    return graph.apply(operator, before, by)
