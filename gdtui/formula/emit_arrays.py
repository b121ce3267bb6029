"""Graph -> NumPy source: parameters first, lanes last."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gdtui.formula import graph, special
from gdtui.formula.emit import Emitter, bare, define, filled, is_deep, number, product, quotient, total
from gdtui.formula.graph import Node


def _fill(scalar: Any, length: int) -> Any:
    scalar = np.asarray(scalar, dtype=float)
    return np.broadcast_to(scalar, (length, *(scalar.shape or (1,))))


def _embed(inner: Any, start: int, step: int, length: int, scalar: bool) -> Any:
    inner = np.asarray(inner, dtype=float)
    lanes = inner.shape if scalar else inner.shape[1:]
    whole = np.zeros((length, *(lanes or (1,))))
    whole[start if scalar else slice(start, start + step * len(inner), step)] = inner
    return whole


def _onto(whole: Any, inner: Any, start: int, step: int, length: int, scalar: bool) -> Any:
    """An embedded slice added to an array that nobody else has."""
    inner = np.asarray(inner, dtype=float)
    lanes = inner.shape if scalar else inner.shape[1:]
    if len(lanes) and lanes != whole.shape[1:]:
        return whole + _embed(inner, start, step, length, scalar)
    whole[start if scalar else slice(start, start + step * len(inner), step)] += inner
    return whole


def _safe_quotient(above: Any, below: Any) -> Any:
    zero = below == 0.0
    return np.where(zero, 0.0, above / np.where(zero, 1.0, below))


def _norm(vector: Any) -> Any:
    """√(x₁² + x₂² + ...), of a scaled vector where the squares would be out of a float's range."""
    size = np.sqrt(np.add.reduce(vector * vector, axis=0))
    low, high = (size[0], size[0]) if len(size) == 1 else (size.min(initial=1.0), size.max(initial=1.0))
    if low > 1e-150 and high < 1e150:
        return size
    largest = np.maximum.reduce(np.abs(vector), axis=0)
    scale = np.where((largest > 0.0) & (largest < np.inf), largest, 1.0)
    return scale * np.sqrt(np.add.reduce((vector / scale) ** 2, axis=0))


def _matrix_times(matrix: Any, vector: Any) -> Any:
    """A @ v in every lane: (n, n) or (n, n, P) and (n, 1) or (n, P)."""
    return np.add.reduce((matrix if matrix.ndim == 3 else matrix[..., None]) * vector, axis=1)


def _diagonal(matrix: Any) -> Any:
    places = np.arange(len(matrix))
    return (matrix if matrix.ndim == 3 else matrix[..., None])[places, places]


def _reduced(ufunc: np.ufunc) -> Callable[[Any], Any]:
    # Not the array's own methods: they import on their first call, which code without builtins cannot.
    return lambda vector: ufunc.reduce(vector, axis=0)


_NUMPY = """
sqrt exp log log10 abs floor sign isnan where sin cos tan tanh sinh cosh arctan arcsin arccos log2 log1p expm1 cbrt
hypot arctan2 minimum maximum power logical_and logical_or logical_not
"""
ARRAY_NAMESPACE: dict[str, Any] = {
    "__builtins__": {},
    "sum": _reduced(np.add),
    "prod": _reduced(np.multiply),
    "any": _reduced(np.logical_or),
    "all": _reduced(np.logical_and),
    "mean": lambda vector: np.add.reduce(vector, axis=0) / len(vector),
    "norm": _norm,
    "fill": _fill,
    "embed": _embed,
    "onto": _onto,
    "safe_quotient": _safe_quotient,
    "matrix_times": _matrix_times,
    "diagonal": _diagonal,
    "indices": lambda length: np.arange(length, dtype=float).reshape(length, 1),
    **{name: getattr(np, name) for name in _NUMPY.split()},
    **special.ARRAYS,
}


_FUNCTION = """\
def {head}:
    {lines}
    return {result}
"""


class ArrayEmitter(Emitter[str]):
    """For arrays: a scalar is a number or (P,), a vector (n, 1) or (n, P)."""

    is_deep = staticmethod(is_deep)

    def write(self, node: Node, done: Mapping[Node, str]) -> str:
        if node.args and node.op != "prev":
            return self.one(node, [done[a] for a in node.args])
        return self.outside(node) or self.one(node, [])

    def kept(self, source: str) -> str:
        return self.named(source)

    def compiled(self, head: str, result: str, own: dict[str, Any] | None = None) -> Callable[..., Any]:
        """The statements so far as the function ``head`` (``name(argument, ...)``), which returns ``result``."""
        source = filled(_FUNCTION, head=head, lines=self.lines, result=result)
        return define(source, head.partition("(")[0], ARRAY_NAMESPACE | own if own else ARRAY_NAMESPACE)

    def one(self, node: Node, args: list[str]) -> str:
        match node.op:
            case "mul":
                return product(node.args, args)
            case "add":
                if args[0].startswith("embed(") and all(a.startswith("embed(") for a in args):
                    whole = args[0]  # written inline: nobody else has it
                    for slot in args[1:]:
                        whole = f"onto({whole}, {slot.removeprefix('embed(')}"
                    return whole
                return total(node.args, args)
            case "neg":
                return f"(-{args[0]})"
            case "pow":
                return self.power(node.args[1], args, "power")
            case "div":
                return quotient(node.args, args)
            case "const":
                return number(node.number)
            case "element":
                return f"{args[0]}[{node.payload}]"
            case "part":
                start, stop, step = node.triple
                return f"{args[0]}[{start}:{stop}:{step}]"
            case "embed":
                places = ", ".join(map(str, node.triple))
                return f"embed({args[0]}, {places}, {not node.args[0].shape})"
            case "fill":
                return f"fill({args[0]}, {node.shape[0]})"
            case "indices":
                return f"indices({node.shape[0]})"
            case "dot":
                return f"sum({args[0]}*{args[1]})"
            case op if op in graph.REDUCTIONS:
                return f"{op}({args[0]})"
            case op if op in graph.COMPARISONS:
                return f"({args[0]} {op} {args[1]})"
        return f"{_ARRAY_FUNCTIONS.get(node.op, node.op)}({', '.join(map(bare, args))})"


_ARRAY_FUNCTIONS = {
    "atan": "arctan", "asin": "arcsin", "acos": "arccos", "atan2": "arctan2", "div0": "safe_quotient",
    "@": "matrix_times", "diag": "diagonal", "and": "logical_and", "or": "logical_or", "not": "logical_not",
}  # fmt: skip
