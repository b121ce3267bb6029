"""What a rule's states begin with: 0, or what its init says over the hyperparameters and the theta of the beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdtui.formula import graph
from gdtui.formula.evaluate import function_of
from gdtui.formula.graph import Node, Shape
from gdtui.formula.notation import number, vector
from gdtui.formula.parameter import ParameterError
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import read_init

Array = NDArray[np.float64]


class _Beginning(NamedTuple):
    """The state ``name`` begins at ``function(*reads)``: names of hyperparameters, or theta."""

    name: str
    text: str
    reads: tuple[str, ...]
    function: Callable[..., list[Array]]


def initial_state(pipeline: Pipeline, theta: Array, grad: Array, values: Mapping[str, Any]) -> dict[str, Array]:
    """What each state begins with, by name, where that is not 0: of one descent, or of P of them at once.

    ``theta`` and ``grad``: where it begins, (d,) or (d, P). ``values``: the hyperparameters, numbers or arrays (P,).
    What comes back goes with arrays of the state's own shape, (d,) or () in front of the lanes. Beside the states there
    is the first value of what clipping and decay make, where a rule reads an earlier one: prev(g). Raises
    ParameterError where a state would begin with no finite number, and FormulaError.
    """
    if not pipeline.rule.init and "prev" not in pipeline.rule.equations:
        return {}
    given = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    given |= {"theta": theta.reshape(len(theta), -1), "grad": grad.reshape(len(theta), -1)}
    found = {}
    for name, reads, function in _first_values(pipeline, len(theta)):
        (found[name],) = function(*(given[read] for read in reads))
    for begins in _beginnings(pipeline, len(theta)):
        read = {name: given[name] for name in begins.reads}
        (value,) = begins.function(*read.values())
        finite = np.atleast_2d(np.isfinite(value)).all(axis=0)
        if not finite.all():
            raise ParameterError(_why_not(pipeline.rule.name, begins, read, int(finite.argmin())))
        found[begins.name] = value
    return found


def _why_not(rule: str, begins: _Beginning, read: Mapping[str, Array], lane: int) -> str:
    """The sentence for the first descent that cannot begin, with the numbers that it would have begun with."""
    numbers = []
    for name, values in read.items():
        mine = values[..., lane if values.shape[-1] > 1 else 0] if values.ndim else values
        shown = vector(mine.tolist()) if mine.ndim else number(float(mine))
        numbers.append(f"{symbol_of(name, RULE_SYMBOLS)} = {shown}")
    at = f" at {', '.join(numbers)}" if numbers else ""
    return f"init of {rule}: {begins.name} = {begins.text} is no finite number{at}"


@lru_cache(maxsize=64)
def _beginnings(pipeline: Pipeline, dim: int) -> tuple[_Beginning, ...]:
    shapes = {e.name: e.node.shape for e in pipeline.equations(dim)} if pipeline.rule.init else {}
    found = []
    for name, text in pipeline.rule.init.items():
        node = read_init(text, [p.name for p in pipeline.parameters], dim)
        if unlike := unlike_its_state(name, node, shapes[name]):
            raise ParameterError(f"init of {pipeline.rule.name}: {unlike}")
        reads = tuple(sorted(graph.names_in([node])))
        found.append(_Beginning(name, text, reads, function_of([node], reads)))
    return tuple(found)


@lru_cache(maxsize=256)
def unread_parameters(pipeline: Pipeline, dim: int) -> frozenset[str]:
    """The parameters that neither an equation reads nor what a state begins with: to set one does nothing."""
    read = graph.names_in([equation.node for equation in pipeline.equations(dim)])
    names = [p.name for p in pipeline.parameters]
    read |= graph.names_in([read_init(text, names, dim) for text in pipeline.rule.init.values()])
    return frozenset(names) - read


@lru_cache(maxsize=64)
def _first_values(pipeline: Pipeline, dim: int) -> tuple[tuple[str, tuple[str, ...], Callable[..., list[Array]]], ...]:
    """What stands before the rule and is read as it was earlier: before the beginning it is its first value."""
    equations = pipeline.equations(dim)
    earlier = {node.args[0].text for node in graph.topological([e.node for e in equations]) if node.op == "prev"}
    ahead: dict[str, Node] = {}
    for equation in equations[: len(pipeline.lines())] if earlier else ():
        (ahead[equation.name],) = graph.substitute(
            [equation.node], lambda node: ahead.get(node.text) if node.op == "name" else None
        )
    found = []
    for name in sorted(earlier.intersection(ahead)):
        reads = tuple(sorted(graph.names_in([ahead[name]])))
        found.append((name, reads, function_of([ahead[name]], reads)))
    return tuple(found)


def unlike_its_state(name: str, node: Node, shape: Shape) -> str:
    """Why a state cannot begin with this: its kind is another. Nothing where it can."""
    if node.boolean:
        return f"{name} begins with a number, and this is a condition: write where(condition, 1, 0)"
    if node.shape in ((), shape):
        return ""
    what = f"a vector of {shape[0]}" if shape else "one number"
    return f"{name} is {what}, and this is a vector of {node.shape[0]}: norm(...) or theta[0] is one number"
