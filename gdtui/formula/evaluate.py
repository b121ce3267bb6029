"""The value of a text over constants, and a function of a few names: for what is evaluated once, not in a loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse

Array = NDArray[np.float64]


def function_of(graphs: Sequence[Node], names: Sequence[str]) -> Callable[..., list[Array]]:
    """The values of graphs as a function of ``names``, which it takes in this order; one array for each graph.

    A scalar is a number or (P,), a vector (n, 1) or (n, P), going in and coming out. Nothing raises: 1/0 is infinite
    and log(-1) is NaN, as arrays have it.
    """
    emitter = ArrayEmitter({name: f"a{k}" for k, name in enumerate(names)})
    sources = emitter.emit(graphs)
    arguments = ", ".join(f"a{k}" for k in range(len(names)))
    compiled = emitter.compiled(f"values({arguments})", f"[{', '.join(sources)}]")

    def values(*given: Any) -> list[Array]:
        # Python's own numbers would raise where these give IEEE results.
        with np.errstate(all="ignore"):
            return [np.asarray(value, dtype=float) for value in compiled(*map(_as_array, given))]

    return values


def _as_array(given: Any) -> Any:
    return np.float64(given) if np.ndim(given) == 0 else np.asarray(given, dtype=float)


def value_of(text: str, names: Mapping[str, Node]) -> Array:
    """The value of a text whose names are constants: () for a scalar, (n,) for a vector. Raises FormulaError."""
    node = parse(text, Scope(names))
    if node.known is not None:  # it was computed while it was read
        return np.asarray(node.known)
    (value,) = function_of([node], ())()
    return value.reshape(node.shape)
