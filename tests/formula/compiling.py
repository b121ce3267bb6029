"""Graphs as functions, by either back-end; and random formulas that mean the same to Python."""

import ast
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gdtui.formula import graph
from gdtui.formula.emit import define
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.emit_floats import FLOAT_NAMESPACE, FloatEmitter
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse

Value = float | Sequence[float]


def by_floats(node: Node, **given: Value) -> float | list[float]:
    """The value by the float back-end. Raises ArithmeticError or ValueError as it does."""
    names, arguments = {}, {}
    for name, value in given.items():
        parts = [value] if isinstance(value, (int, float)) else list(value)
        names[name] = [f"q_{name}_{k}" for k in range(len(parts))]
        arguments |= dict(zip(names[name], map(float, parts), strict=True))
    emitter = FloatEmitter(names)
    (sources,) = emitter.emit([node])
    body = "".join(f"    {line}\n" for line in emitter.lines)
    source = f"def value({', '.join(arguments)}):\n{body}    return [{', '.join(sources)}]\n"
    result: list[float] = define(source, "value", FLOAT_NAMESPACE)(**arguments)
    return result if node.shape else result[0]


def by_arrays(node: Node, **given: Value) -> Any:
    """The value by the array back-end: a float, or (n,)."""
    arguments = {name: np.reshape(np.asarray(value, dtype=float), (-1, 1)) for name, value in given.items()}
    arguments |= {name: np.float64(value) for name, value in given.items() if isinstance(value, (int, float))}
    emitter = ArrayEmitter({name: name for name in arguments})
    (source,) = emitter.emit([node])
    function = emitter.compiled(f"value({', '.join(arguments)})", source)
    with np.errstate(all="ignore"):
        result = np.asarray(function(**arguments))
    if not node.shape:
        return result.reshape(-1)[0]
    return np.broadcast_to(result, (*node.shape, 1)).reshape(node.shape)


def free(text: str) -> Node:
    """The graph of a typed formula over free scalar names."""
    return parse(text, Scope(free=True))


def over_vector(text: str, dim: int = 4) -> Node:
    """The graph of a formula over a vector x."""
    names = {"x": graph.name("x", (dim,)), "i": graph.indices(dim), "n": graph.constant(float(dim))}
    return parse(text, Scope(names))


_PYTHON: dict[str, Any] = {
    name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan")
} | {"abs": abs, "floor": math.floor, "minimum": min, "maximum": max, "pi": math.pi, "e": math.e}

_OPERATIONS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: math.pow, ast.USub: operator.neg,
}  # fmt: skip


def by_python(text: str, **given: float) -> float:
    """What Python's own parser makes of the text, with real powers. Raises ArithmeticError or ValueError."""

    def value(node: ast.expr) -> float:
        match node:
            case ast.Constant(value=number):
                return float(number)
            case ast.Name(id=name):
                return given[name] if name in given else _PYTHON[name]
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATIONS[type(op)](value(left), value(right))
            case ast.UnaryOp(op=op, operand=operand):
                return _OPERATIONS[type(op)](value(operand))
            case ast.Call(func=ast.Name(id=name), args=args):
                return float(_PYTHON[name](*map(value, args)))
        raise AssertionError(ast.dump(node))

    return value(ast.parse(text, mode="eval").body)


NUMBERS = ("2", "3", "0.5", "1.25", "10", "1e-2", ".75", "7.")
NAMES = ("x", "y", "x1")


def _longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # Pieces are put side by side without parentheses, so that precedence decides what the text means.
    return st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*", " / ", "-", "/", "+"]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
        st.tuples(inner, st.sampled_from(["2", "3", "-1", "x", "2**y", "-y"])).map("**".join),
        st.tuples(st.sampled_from(["sin", "cos", "atan", "tanh", "abs"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["minimum", "maximum"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
    )


FORMULAS = st.recursive(st.sampled_from([*NAMES, *NUMBERS]), _longer, max_leaves=8)
"""Texts over x, y and x1 that Python reads as well."""

SMOOTH = st.recursive(
    st.sampled_from([*NAMES, *NUMBERS]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*"]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}/(2 + ({p[1]})**2)"),
        st.tuples(inner, st.sampled_from(["2", "3", "4"])).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(st.sampled_from(["sin", "cos", "atan", "tanh"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        inner.map(lambda text: f"exp(-({text})**2)"),
        inner.map(lambda text: f"sqrt(1 + ({text})**2)"),
        inner.map(lambda text: f"log(3 + cos({text}))"),
    ),
    max_leaves=6,
)
"""Texts over x, y and x1 that are analytic everywhere on the real axis."""

POINT = st.floats(-2.5, 2.5).map(lambda value: round(value, 3))
