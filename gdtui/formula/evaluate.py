"""The value of a text over constants, and graphs as a function of a few names: the one helper for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.formula import graph
from gdtui.formula.emit import bare
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse

Array = NDArray[Any]


def value_of(text: str, names: Mapping[str, Node | float], symbols: Mapping[str, str] | None = None) -> Array:
    """The value of a text whose names are constants: () for a scalar, (n,) for a vector. Raises FormulaError."""
    constants = {name: graph.constant(v) if isinstance(v, (int, float)) else v for name, v in names.items()}
    node = parse(text, Scope(constants, symbols=symbols or {}))
    if node.known is not None:  # it was computed while it was read
        return np.asarray(node.known)
    (value,) = function_of([node], ())()
    return value.reshape(node.shape)


def function_of(graphs: Sequence[Node], names: Sequence[str]) -> Callable[..., list[Array]]:
    """The values of graphs as a function of ``names``, which it takes in this order; one array for each graph.

    A scalar is a number or (P,), a vector (n, 1) or (n, P), going in and coming out. An earlier value is the name
    ``"prev NAME k"``. Nothing raises: 1/0 is infinite and log(-1) is NaN, as arrays have it.
    """
    arguments = {name: f"a{k}" for k, name in enumerate(names)}
    compiled = code_of(graphs, f"values({', '.join(arguments.values())})", arguments)

    def values(*given: Any) -> list[Array]:
        # Python's own numbers would raise where these give IEEE results.
        arrays = [np.float64(one) if np.ndim(one) == 0 else np.asarray(one, dtype=float) for one in given]
        with np.errstate(all="ignore"):
            return [np.asarray(value) for value in compiled(*arrays)]

    return values


def code_of(graphs: Sequence[Node], head: str, places: Mapping[str, str], alone: str = "") -> Callable[..., Any]:
    """What `function_of` is around: the function ``head``, ``name(argument, ...)``, as it is compiled, for hot paths.

    ``places``: what each name is in terms of the arguments, arrays or NumPy's numbers. Whether 1/0 warns is as
    `np.errstate` has it. Where the argument ``alone`` is false the first graph's value is returned without the others.
    """
    emitter = ArrayEmitter(places)
    results = [bare(source) for source in emitter.emit(graphs)]
    if alone:
        here = emitter.needed[graphs[0]]
        emitter.lines[here:here] = [f"value = {results[0]}", f"if not {alone}: return [value]"]
        results[0] = "value"
    return emitter.compiled(head, f"[{', '.join(results)}]")
