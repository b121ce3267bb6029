"""Graph -> Python source: for floats (vectors unrolled), or for NumPy arrays (parameters first, lanes last).

Both give IEEE results. Where floats would raise (1/0, exp(1000), log(-1)) the float code raises, and the
caller computes the step again with arrays. A value that is used twice is computed once.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from gdtui.formula import graph
from gdtui.formula.graph import Node

Sources = list[str]
"""The source of a value: one expression for each of its scalars."""

FLOAT_NAMESPACE: dict[str, Any] = {
    "__builtins__": {},
    "float": float,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log10", "sin", "cos", "tan", "tanh", "sinh")},
    **{name: getattr(math, name) for name in ("cosh", "atan", "asin", "acos", "fabs", "floor", "pow", "hypot")},
}


_MOST_PARENTHESES = 80  # in one expression; Python takes 200 nested ones
_LONGEST = 1500  # characters of one expression; Python takes some 3000 operators in each other
_FIRM = frozenset(["mul", "div", "pow"])  # what needs no parentheses in a sum


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


def _reduced(ufunc: np.ufunc) -> Callable[[Any], Any]:
    # Not the array's own methods: they import on their first call, which code without builtins cannot.
    return lambda vector: ufunc.reduce(vector, axis=0)


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
    "indices": lambda length: np.arange(length, dtype=float).reshape(length, 1),
    **{name: getattr(np, name) for name in ("sqrt", "exp", "log", "log10", "abs", "floor", "sign", "isnan", "where")},
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan", "arcsin", "arccos")},
    **{name: getattr(np, name) for name in ("minimum", "maximum", "power", "logical_and", "logical_or", "logical_not")},
}


class Emitter:
    """Writes the statements that compute graphs, in order, each shared value once.

    ``names`` gives the sources of what comes from outside, by name; a state NAME is looked up as
    ``"state NAME"``, ``prev(NAME, k)`` as ``"prev NAME k"``. The statements collect in ``lines``.
    """

    def __init__(self, names: Mapping[str, Sources], prefix: str = "_"):
        self.names = dict(names)
        self.prefix = prefix
        self.lines: list[str] = []
        self._done: dict[Node, Sources] = {}
        self._count = 0

    def emit(self, roots: Sequence[Node]) -> list[Sources]:
        """Statements for what is new in these graphs; the sources of their values."""
        done = dict(self._done)
        order = graph.topological(list(roots))
        # Of prev(m) the operand is no value that is read: an earlier m is, where m itself may not be yet.
        uses = Counter(chain(roots, *[node.args for node in order if node.op != "prev"]))
        for node in order:
            if node in uses and node not in done:
                sources = self.write(node, done)
                if uses[node] > 1 or _are_deep(sources):  # else it stands inline, and no later call may paste it again
                    sources = self._done[node] = self.kept(sources)
                done[node] = sources
        return [done[root] for root in roots]

    def kept(self, sources: Sources) -> Sources:
        """The sources as names or numbers, so that they can be repeated at no cost."""
        return [s if s.isidentifier() or _is_number(s) else self.assign(s) for s in sources]

    def assign(self, source: str) -> str:
        self._count += 1
        target = f"{self.prefix}{self._count}"
        self.lines.append(f"{target} = {bare(source)}")
        return target

    def outside(self, node: Node) -> Sources | None:
        match node.op:
            case "name":
                return self.names[node.text]
            case "state":
                return self.names[f"state {node.text}"]
            case "prev":
                return self.names[f"prev {node.args[0].text} {node.payload}"]
            case "normal" | "hess" | "identity":
                return self.names[node.op]
        return None

    def write(self, node: Node, done: Mapping[Node, Sources]) -> Sources:
        """The sources of a node whose operands are ``done``."""
        raise NotImplementedError  # pragma: no cover - abstract


def _are_deep(sources: Sources) -> bool:
    for source in sources:
        if len(source) > _MOST_PARENTHESES and (source.count("(") > _MOST_PARENTHESES or len(source) > _LONGEST):
            return True
    return False


def bare(source: str) -> str:
    """A source without the parentheses that every compound one stands in, where nothing else is near it."""
    return source[1:-1] if source[0] == "(" and source[-1] == ")" else source


def _term(node: Node, source: str) -> str:
    """The source of a node as it stands in a sum, or at the beginning of a product. Python reads it faster bare."""
    return bare(source) if source[0] == "(" and node.op in _FIRM else source


def _sum(nodes: Sequence[Node], sources: Sequence[str]) -> str:
    """The terms of a sum; a negated one is subtracted."""
    written = _term(nodes[0], sources[0])
    for node, source in zip(nodes[1:], sources[1:], strict=True):
        if source[0] != "(":
            written += f" + {source}"
        elif source[1] == "-" and source[-1] == ")":
            written += f" - {_term(node.args[0], source[2:-1]) if node.op == 'neg' else source[2:-1]}"
        else:
            written += f" + {_term(node, source)}"
    return f"({written})"


def _product(nodes: Sequence[Node], sources: Sequence[str]) -> str:
    return f"({'*'.join([_term(nodes[0], sources[0]), *sources[1:]])})"


def _is_number(source: str) -> bool:
    return source.replace(".", "", 1).isdigit()


def _multiplied(atom: str, exponent: int) -> str:
    """A small power as products; pow is some ten times slower."""
    return "(" + "*".join([atom] * exponent) + ")"


class FloatEmitter(Emitter):
    """For plain floats: a vector is the list of its coordinates, each its own expression."""

    def write(self, node: Node, done: Mapping[Node, Sources]) -> Sources:
        if (not node.args or node.op == "prev") and (given := self.outside(node)) is not None:
            return given
        args = [done[a] for a in node.args]
        match node.op:
            case "const":
                return [repr(node.number) if node.number >= 0 else f"({node.number!r})"]
            case "element":
                assert isinstance(node.payload, int)
                return [args[0][node.payload]]
            case "part":
                assert isinstance(node.payload, tuple)
                return args[0][slice(*node.payload)]
            case "embed":
                assert isinstance(node.payload, tuple)
                start, step, length = node.payload
                whole = ["0.0"] * length
                whole[start : start + step * len(args[0]) : step] = args[0]
                return whole
            case "fill":
                return self.kept(args[0]) * node.shape[0]
            case "indices":
                return [repr(float(k)) for k in range(node.shape[0])]
            case op if op in graph.REDUCTIONS:
                return [self.reduction(op, args)]
        if not node.shape:
            return [self.scalar(node, [a[0] for a in args])]
        operands = [a if len(a) > 1 or node.shape == (1,) else self.kept(a) * node.shape[0] for a in args]
        return [self.scalar(node, [o[k] for o in operands]) for k in range(node.shape[0])]

    def reduction(self, op: str, args: list[Sources]) -> str:
        if op == "dot":
            return "(" + " + ".join(f"{a}*{b}" for a, b in zip(*args, strict=True)) + ")"
        values = args[0]
        match op:
            case "norm":
                # Nearly always the same bits as arrays have; hypot, which scales, where squares are out of range.
                kept = self.kept(values)
                square = self.assign(" + ".join(f"{v}*{v}" for v in kept))
                common = f"1e-300 < {square} < 1e300 or {square} != {square}"
                return f"(sqrt({square}) if {common} else hypot({', '.join(kept)}))"
            case "mean":
                return f"(({' + '.join(values)})/{float(len(values))})"
        sign = {"sum": " + ", "prod": "*", "any": " or ", "all": " and "}[op]
        return f"({sign.join(values)})"

    def scalar(self, node: Node, args: list[str]) -> str:
        match node.op:
            case "add":
                terms = [(term, a) for term, a in zip(node.args, args, strict=True) if a != "0.0"]
                return _sum(*zip(*terms, strict=True)) if terms else "0.0"
            case "neg":
                return f"(-{args[0]})"
            case "mul":
                return _product(node.args, args)
            case "div":
                return f"({_term(node.args[0], args[0])}/{args[1]})"
            case "pow":
                return self.power(node.args[1], args)
            case "sign":
                (u,) = self.kept(args)
                return f"(1.0 if {u} > 0.0 else -1.0 if {u} < 0.0 else {u})"
            case "where":
                return f"({args[1]} if {args[0]} else {args[2]})"
            case "and" | "or":
                return f"({args[0]} {node.op} {args[1]})"
            case "not":
                return f"(not {args[0]})"
            case op if op in graph.COMPARISONS:
                return f"({args[0]} {op} {args[1]})"
            case "isnan":
                (u,) = self.kept(args)
                return f"({u} != {u})"
        return self.function(node.op, args)

    def function(self, op: str, args: list[str]) -> str:
        match op:
            case "minimum" | "maximum":
                u, w = self.kept(args)
                return f"({u} if {u} {'<=' if op == 'minimum' else '>='} {w} or {u} != {u} else {w})"
            case "div0":
                (below,) = self.kept(args[1:])
                return f"({args[0]}/{below} if {below} else 0.0)"
            case "floor":
                return f"float(floor({bare(args[0])}))"
        return f"{'fabs' if op == 'abs' else op}({bare(args[0])})"

    def power(self, exponent: Node, args: list[str]) -> str:
        if exponent.is_constant and exponent.number in (2.0, 3.0, 4.0):
            (base,) = self.kept(args[:1])
            return _multiplied(base, int(exponent.number))
        return f"pow({args[0]}, {args[1]})"


class ArrayEmitter(Emitter):
    """For arrays: a scalar is a number or (P,), a vector (n, 1) or (n, P)."""

    def write(self, node: Node, done: Mapping[Node, Sources]) -> Sources:
        if node.args and node.op != "prev":
            return [self.one(node, [done[a][0] for a in node.args])]
        return self.outside(node) or [self.one(node, [])]

    def one(self, node: Node, args: list[str]) -> str:
        match node.op:
            case "mul":
                return _product(node.args, args)
            case "add":
                if args[0].startswith("embed(") and all(a.startswith("embed(") for a in args):
                    whole = args[0]  # written inline: nobody else has it
                    for slot in args[1:]:
                        whole = f"onto({whole}, {slot.removeprefix('embed(')}"
                    return whole
                return _sum(node.args, args)
            case "neg":
                return f"(-{args[0]})"
            case "pow":
                return self.power(node.args[1], args)
            case "div":
                return f"({_term(node.args[0], args[0])}/{args[1]})"
            case "const":
                number = node.number
                return repr(number) if number >= 0 else f"({number!r})"
            case "element":
                return f"{args[0]}[{node.payload}]"
            case "part":
                assert isinstance(node.payload, tuple)
                start, stop, step = node.payload
                return f"{args[0]}[{start}:{stop}:{step}]"
            case "embed":
                assert isinstance(node.payload, tuple)
                places = ", ".join(map(str, node.payload))
                return f"embed({args[0]}, {places}, {not node.args[0].shape})"
            case "fill":
                return f"fill({args[0]}, {node.shape[0]})"
            case "indices":
                return f"indices({node.shape[0]})"
            case op if op in graph.REDUCTIONS:
                return self.reduction(op, args)
            case op if op in graph.COMPARISONS:
                return f"({args[0]} {op} {args[1]})"
        return f"{_ARRAY_FUNCTIONS.get(node.op, node.op)}({', '.join(map(bare, args))})"

    def reduction(self, op: str, args: list[str]) -> str:
        return f"sum({args[0]}*{args[1]})" if op == "dot" else f"{op}({args[0]})"

    def power(self, exponent: Node, args: list[str]) -> str:
        if exponent.is_constant and exponent.number in (2.0, 3.0, 4.0):
            (base,) = self.kept(args[:1])
            return _multiplied(base, int(exponent.number))
        return f"power({args[0]}, {args[1]})"


_ARRAY_FUNCTIONS = {
    "atan": "arctan", "asin": "arcsin", "acos": "arccos", "div0": "safe_quotient",
    "and": "logical_and", "or": "logical_or", "not": "logical_not",
}  # fmt: skip


def define(source: str, name: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """The function ``name`` of emitted source, which sees nothing but ``namespace``."""
    scope = dict(namespace)
    exec(compile(source, f"<gdtui {name}>", "exec"), scope)  # noqa: S102 - source that emit wrote, never a user's
    function: Callable[..., Any] = scope[name]
    return function
