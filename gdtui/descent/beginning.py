"""What a rule's states begin with: 0, or what its init says over the hyperparameters and the theta of the beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gdtui.descent.program import Program
from gdtui.formula import graph
from gdtui.formula.emit import asked
from gdtui.formula.evaluate import function_of
from gdtui.formula.graph import Node
from gdtui.formula.notation import number, vector
from gdtui.formula.parameter import ParameterError
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives.objective import Array
from gdtui.optimizers.rule import read_init, unlike_its_state


class _Beginning(NamedTuple):
    """The term ``name`` begins at ``function(*reads)``, of hyperparameters, theta and grad. ``text``: an init's."""

    name: str
    text: str
    reads: tuple[str, ...]
    function: Callable[..., list[Array]]


def initial_state(
    program: Program, theta: Array, grad: Array, values: Mapping[str, Any], drawn: Callable[[int], Array]
) -> dict[str, Array]:
    """What each state begins with, by name, where that is not 0: of one descent, or of P of them at once.

    ``theta`` and ``grad``: where it begins, (d,) or (d, P). ``values``: the hyperparameters, numbers or arrays (P,).
    ``drawn``: normal() of a stream in the first update, (d, 1) or (d, P).
    What comes back goes with arrays of the state's own shape, (d,) or () in front of the lanes. Beside the states there
    is the first value of what clipping and decay make, where a rule reads an earlier one: prev(g). Raises
    ParameterError where a state would begin with no finite number, and FormulaError.
    """
    beginnings = program.compiled(_beginnings)
    if not beginnings:
        return {}
    numbers_read = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    numbers_read |= {"theta": theta.reshape(len(theta), -1), "grad": grad.reshape(len(theta), -1)}
    state = {}
    for begins in beginnings:
        for name in begins.reads:
            if name not in numbers_read:
                stream = program.asked[name].payload
                assert isinstance(stream, int), "what is neither theta, grad nor a hyperparameter is a draw"
                numbers_read[name] = drawn(stream)
        read = {name: numbers_read[name] for name in begins.reads}
        (value,) = begins.function(*read.values())
        finite = np.atleast_2d(np.isfinite(value)).all(axis=0)
        if begins.text and not finite.all():
            raise ParameterError(_why_not(program.pipeline.rule.name, begins, read, int(finite.argmin())))
        state[begins.name] = value
    return state


def _why_not(rule: str, begins: _Beginning, read: Mapping[str, Array], lane: int) -> str:
    """The sentence for the first descent that cannot begin, with the numbers that it would have begun with."""
    numbers = []
    for name, values in read.items():
        mine = values[..., lane if values.shape[-1] > 1 else 0] if values.ndim else values
        shown = vector(mine.tolist()) if mine.ndim else number(float(mine))
        numbers.append(f"{symbol_of(name, RULE_SYMBOLS)} = {shown}")
    at = f" at {', '.join(numbers)}" if numbers else ""
    return f"init of {rule}: {begins.name} = {begins.text} is no finite number{at}"


def _beginnings(program: Program) -> list[_Beginning]:
    pipeline, shapes = program.pipeline, program.layout.shapes
    beginnings = [_beginning(name, "", node) for name, node in sorted(_first_values(program).items())]
    for name, text in pipeline.rule.init.items():
        node = read_init(text, [p.name for p in pipeline.parameters], program.dim)
        if unlike := unlike_its_state(name, node, shapes[name]):
            raise ParameterError(f"init of {pipeline.rule.name}: {unlike}")
        beginnings.append(_beginning(name, text, node))
    return beginnings


def _beginning(name: str, text: str, node: Node) -> _Beginning:
    draws = {asked(draw) for draw in graph.topological([node]) if draw.op == "normal"}
    reads = tuple(sorted(graph.names_in([node]) | draws))
    return _Beginning(name, text, reads, function_of([node], reads))


def _first_values(program: Program) -> dict[str, Node]:
    """What stands before the rule and is read as it was earlier: before the beginning it is its first value."""
    ahead: dict[str, Node] = {}
    for equation in program.equations[: len(program.pipeline.lines())] if program.past else ():
        (ahead[equation.name],) = graph.substitute(
            [equation.node], lambda node: ahead.get(node.text) if node.op == "name" else None
        )
    return {name: ahead[name] for name in program.past if name in ahead}
