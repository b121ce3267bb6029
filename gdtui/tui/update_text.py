"""The update, equation by equation: its notation, the numbers of this step put in, its value."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gdtui.charts.palette import Role
from gdtui.descent.rows import Row, Rows
from gdtui.descent.substitution import numbers_read
from gdtui.formula.equations import Equation
from gdtui.formula.graph import Node
from gdtui.formula.notation import Value, fitted, notation
from gdtui.formula.symbols import RULE_SYMBOLS, subscript, symbol_of
from gdtui.objectives.objective import FormulaObjective, Objective
from gdtui.objectives.recorded import Recorded
from gdtui.objectives.text import MOST_PARTIALS, Read
from gdtui.tui.frame import Frame
from gdtui.tui.terms import GRADIENT, role_of
from gdtui.tui.text import padded, width_of

UNKNOWN = "?"


class Shown(NamedTuple):
    """One equation: ``symbol = notation``, the same with numbers, its values.

    ``current``: it was computed last, of an update that is stepped into; ``to_come``: its value is not to be told yet.
    No ``value``: it is not known. ``role``: the colour of its vector on the chart. ``coordinate``: of
    a vector, the one whose numbers are put in.
    """

    symbol: str
    notation: str
    numbers: str
    value: tuple[float, ...] | None
    is_term: bool = True
    current: bool = False
    to_come: bool = False
    role: Role | None = None
    coordinate: int | None = None


def shown_update(frame: Frame, most: int = 99) -> list[Shown]:
    """The update that arrived at the cursor, at row 0 the one on its way; or the one that is stepped into.

    ``most``: equations at most, as far as that can be had by leaving out partial derivatives.
    """
    inside, row = frame.inside, frame.row
    arrived = inside.arriving if inside is not None else row if frame.cursor else None
    before = row if inside is not None else frame.row_before or row
    segment = arrived.segment if arrived is not None else frame.upcoming
    equations = _equations(segment, before, arrived, before.number, frame.coordinate)
    read = gradient_as_read(segment.program.objective)
    values = read.values(before.theta) if read is not None else {}
    partials = _partials(segment, before, max(1, most - len(equations)), frame.coordinate, values)
    lines = _lines(read, values) if read is not None else []
    lines = lines if len(lines) + len(partials) + len(equations) <= most else []
    if inside is None:
        return [*lines, *partials, *equations]
    gradient = role_of(segment, GRADIENT)
    partials = [item._replace(current=inside.done == 0, role=gradient) for item in partials]
    told = [*lines, *partials]
    for k, (item, equation) in enumerate(zip(equations, segment.program.equations, strict=True)):
        role = role_of(segment, equation.name)
        told.append(item._replace(current=k == inside.done - 1, to_come=k >= inside.done, role=role))
    return told


def _partials(
    segment: Rows, before: Row, most: int, coordinate: int | None, values: dict[str, float]
) -> list[Shown]:
    """∂f/∂ each parameter where the step was taken from, if it is known; ``values``: the numbers that are put in."""
    objective = segment.program.objective
    if not objective.has_gradient:
        return []
    found = []
    shown = min(objective.dim, MOST_PARTIALS)
    if shown < objective.dim or shown > most:
        shown = min(shown, most - 1)
    chosen = [coordinate] if coordinate is not None and shown < objective.dim else range(shown)
    for k in chosen:
        symbol, text, numbers = objective.symbols[k], "", ""
        if (formula := _formula(objective)) is not None:
            partial = formula.read.partials[k] if k < MOST_PARTIALS else formula.partial(k)
            text, numbers = _symbolic(partial), notation(partial, values=values)
        found.append(Shown(f"∂f/∂{symbol}", text, numbers, (float(before.grad[k]),), False))
    if shown < objective.dim:
        found.append(Shown("‖∇f‖", "", "", (before.grad_norm,), False))
    return found


def gradient_as_read(objective: Objective) -> Read | None:
    """Lines, parts and partial derivatives; None where the partial derivatives are not read one by one."""
    formula = _formula(objective)
    return None if formula is None else formula.read


def _formula(objective: Objective) -> FormulaObjective | None:
    """The formula whose partial derivatives are read one by one: of recorded rows, that of their function if known."""
    formula = objective.base if isinstance(objective, Recorded) else objective
    return formula if isinstance(formula, FormulaObjective) and not formula.vector else None


def _lines(read: Read, values: dict[str, float]) -> list[Shown]:
    """The lines of the objective, and the common parts of its gradient, where the step was taken from."""
    meanings = {part.name: f"{part.text} = " for part in read.parts if part.text}
    return [
        Shown(symbol_of(name), meanings.get(name, "") + _symbolic(node), notation(node, values=values),
              (values[name],), False)
        for name, node, *_ in read.ahead
    ]  # fmt: skip


def _equations(
    segment: Rows, before: Row, arrived: Row | None, t: int, coordinate: int | None
) -> list[Shown]:
    if segment.continuation is None:
        return _recorded(arrived, coordinate)
    values = numbers_read(segment, before, arrived)
    found = []
    for equation in segment.program.equations:
        found.append(_shown(equation, values, arrived, t, coordinate))
    return found


def _recorded(arrived: Row | None, coordinate: int | None) -> list[Shown]:
    """The terms that stand in a row, and θ, without the equations that made them."""
    if arrived is None:
        return []
    quantities = {symbol_of(name, RULE_SYMBOLS): term for name, term in arrived.terms.items()}
    quantities[f"θ{subscript(arrived.number)}"] = arrived.theta
    found = []
    for symbol, quantity in quantities.items():
        value = tuple(np.asarray(quantity, dtype=float).ravel().tolist())
        found.append(Shown(symbol, "", "", value, coordinate=coordinate if len(value) > 1 else None))
    return found


def _shown(
    equation: Equation, values: dict[str, Value], arrived: Row | None, t: int, coordinate: int | None
) -> Shown:
    symbol = symbol_of(equation.name, RULE_SYMBOLS)
    text = _symbolic(equation.node, True)
    if equation.name == "theta":
        symbol = f"θ{subscript(t + 1)}"
        text = text.replace("θ", f"θ{subscript(t)}", 1) if text.startswith("θ") else text
    numbers = notation(equation.node, RULE_SYMBOLS, values, coordinate)
    value = None
    if arrived is not None:
        found = arrived.theta if equation.name == "theta" else arrived.terms[equation.name]
        value = tuple(np.asarray(found, dtype=float).ravel().tolist())
    single = coordinate if value is not None and len(value) > 1 else None
    return Shown(symbol, text, numbers, value, coordinate=single)


@lru_cache(maxsize=256)
def _symbolic(node: Node, of_rule: bool = False) -> str:
    """Without numbers it is the same in every frame."""
    return notation(node, RULE_SYMBOLS if of_rule else None)


_CELL = 9  # a number of four digits, its sign and its exponent: it stays in its place when it changes


def value_text(value: tuple[float, ...] | None, width: int) -> str:
    """The values in their cells; of more than fit, the first ones and an ellipsis, with fewer digits if need be."""
    if value is None:
        return UNKNOWN
    if len(value) == 1:
        return fitted(value[0], _CELL)
    for cell in (_CELL, 8, 7):
        if len(value) * (cell + 2) <= width:
            return f"({', '.join(fitted(v, cell) for v in value)})"
    most = max(1, (width - 4) // (7 + 2))
    return f"({', '.join(fitted(v, 7) for v in value[:most])}, …)"


def named_values(value: tuple[float, ...], symbols: tuple[str, ...], width: int) -> list[str]:
    """Every coordinate with its name, in columns of a width."""
    name = max(map(width_of, symbols))
    across = max(1, (width + 2) // (name + 1 + _CELL + 2))
    cells = [f"{padded(s, name)} {fitted(v, _CELL)}" for s, v in zip(symbols, value, strict=True)]
    return ["  ".join(cells[k : k + across]) for k in range(0, len(cells), across)]
