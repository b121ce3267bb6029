"""The update, equation by equation: its notation, the numbers of this step put in, its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gdtui.descent.branches import Branch, Row
from gdtui.descent.segment import Segment
from gdtui.formula.graph import Node
from gdtui.formula.notation import Value, notation, number
from gdtui.formula.symbols import RULE_SYMBOLS, subscript, symbol_of
from gdtui.objectives.objective import FormulaObjective
from gdtui.optimizers.rule import Equation

MOST_PARTIALS = 6
UNKNOWN = "?"


@dataclass(frozen=True)
class Shown:
    """One equation: ``symbol = notation``, the same with numbers, its value. ``value`` is ? where it is to come."""

    symbol: str
    notation: str
    numbers: str
    value: str
    is_term: bool = True


def update_title(t: int, arrived: bool) -> str:
    return f"Update {t - 1} → {t}" if arrived else f"Update {t} → {t + 1}"


def shown_update(branch: Branch, cursor: int, upcoming: Segment, digits: int = 4) -> list[Shown]:
    """The update that arrived at the cursor; at row 0 the one on its way, its values not computed yet."""
    if cursor == 0:
        return [*_partials(upcoming, branch.row(0), digits), *_equations(upcoming, branch.row(0), None, cursor, digits)]
    arrived = branch.row(cursor)
    before = branch.row(cursor - 1)
    segment = arrived.segment
    return [*_partials(segment, before, digits), *_equations(segment, before, arrived, cursor - 1, digits)]


def _partials(segment: Segment, before: Row, digits: int) -> list[Shown]:
    """∂f/∂ each parameter where the step was taken from."""
    objective = segment.objective
    names = dict(zip(objective.names, before.theta.tolist(), strict=True))
    found = []
    for k, symbol in enumerate(objective.symbols[:MOST_PARTIALS]):
        text = numbers = ""
        if isinstance(objective, FormulaObjective) and not objective.vector:
            text = _symbolic(objective.partials[k])
            numbers = notation(objective.partials[k], values=names)
        found.append(Shown(f"∂f/∂{symbol}", text, numbers, fixed(float(before.grad[k]), digits), False))
    if objective.dim > MOST_PARTIALS:
        found.append(Shown("‖∇f‖", "", "", fixed(before.grad_norm, digits), False))
    return found


def _equations(segment: Segment, before: Row, arrived: Row | None, t: int, digits: int) -> list[Shown]:
    values = _known(segment, before, arrived)
    found = []
    for equation in segment.pipeline.equations(segment.objective.dim):
        found.append(_shown(equation, values, arrived, segment, t, digits))
    return found


def _known(segment: Segment, before: Row, arrived: Row | None) -> dict[str, Value]:
    """The numbers that stand for the names of the equations. What is to come keeps its name."""
    first = before.number == segment.first
    entry = segment.trajectory.row(before.number - segment.first) if first or arrived is None else None
    values: dict[str, Value] = {name: float(value) for name, value in segment.values.items()}
    values |= {"theta": before.theta.tolist(), "grad": before.grad.tolist(), "g": before.grad.tolist()}
    values |= {"loss": before.loss, "t": float(segment.t_of(before.number) + 1)}
    for name in segment.layout.states:
        if entry is not None:
            state = entry[segment.layout.columns[name]].reshape(segment.layout.shapes[name])
        else:
            state = before.terms[name]
        values[f"state {name}"] = state.tolist()
    if arrived is not None:
        values |= {name: term.tolist() for name, term in arrived.terms.items()}
    return values


def _shown(
    equation: Equation, values: dict[str, Value], arrived: Row | None, segment: Segment, t: int, digits: int
) -> Shown:
    symbol = symbol_of(equation.name, RULE_SYMBOLS)
    text = _symbolic(equation.node, True)
    if equation.name == "theta":
        symbol = f"θ{subscript(t + 1)}"
        text = text.replace("θ", f"θ{subscript(t)}", 1) if text.startswith("θ") else text
    numbers = notation(equation.node, RULE_SYMBOLS, values)
    value = UNKNOWN
    if arrived is not None:
        found = arrived.theta if equation.name == "theta" else arrived.terms[equation.name]
        value = fixed_value(found, digits)
    return Shown(symbol, text, numbers, value)


@lru_cache(maxsize=256)
def _symbolic(node: Node, of_rule: bool = False) -> str:
    """Without numbers it is the same in every frame."""
    return notation(node, RULE_SYMBOLS if of_rule else None)


def fixed(value: float, digits: int = 4) -> str:
    """A number in its cells, so that it stays in its place when it changes."""
    return number(value, digits).rjust(digits + 5)


def fixed_value(value: np.ndarray | Sequence[float], digits: int = 4, most: int = 3) -> str:
    flat = np.asarray(value, dtype=float)
    if flat.ndim == 0:
        return fixed(float(flat), digits)
    shown = [fixed(v, digits) for v in flat.tolist()[:most]]
    if len(shown) == 1:
        return shown[0]
    return f"({','.join(shown)}{', …' if flat.size > most else ''})"
