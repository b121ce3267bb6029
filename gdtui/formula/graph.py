"""Expression nodes: their kinds, and hash-consing, so that equal expressions are one object.

A node's ``shape`` is ``()`` for a scalar, ``(n,)`` for a vector, ``(n, n)`` for a matrix; ``boolean`` says
that it is a condition. Sums and products keep all their operands, as they were written, in one node.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from weakref import ref

from gdtui.formula import special
from gdtui.formula.order import topological as topological

Shape = tuple[int, ...]
Payload = float | str | int | tuple[int, int, int] | None
SMALL = 18
"""Up to so many coordinates are gone through one by one: floats win over arrays, a product's derivative is made of
its factors (exact where one is 0), and a whole Hessian costs little."""

UNARY: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "log10": math.log10, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "tanh": math.tanh, "sinh": math.sinh, "cosh": math.cosh, "atan": math.atan,
    "asin": math.asin, "acos": math.acos, "abs": abs, "floor": math.floor, "log2": math.log2, "log1p": math.log1p,
    "expm1": math.expm1, "erf": math.erf, "cbrt": math.cbrt, **special.UNARY,
    "sign": lambda u: (u > 0) - (u < 0), "neg": lambda u: -u,
}  # fmt: skip
BINARY: dict[str, Callable[[float, float], float]] = {
    "pow": math.pow, "hypot": math.hypot, "atan2": math.atan2, **special.BINARY,
}  # fmt: skip
ARITHMETIC = frozenset(["add", "mul", "div", "div0", "minimum", "maximum", *BINARY])
COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!="])
LOGICAL = frozenset(["and", "or", "not"])
_NUMERIC = ARITHMETIC | frozenset(UNARY)  # numbers of numbers, coordinate by coordinate
REDUCTIONS = frozenset(["sum", "prod", "mean", "norm", "dot", "any", "all"])
ELEMENTWISE = frozenset(UNARY) | ARITHMETIC | COMPARISONS | LOGICAL | {"where", "isnan"}
_APPLIED = ELEMENTWISE | REDUCTIONS  # made by `apply`: what they are follows from their operands


class KindError(ValueError):
    """Operands whose kinds do not go together; the message is for the person who typed them."""


class Node:
    """One expression. Made by the functions below, never directly: equal nodes are the same object."""

    __slots__ = ("__weakref__", "args", "boolean", "depth", "known", "number", "op", "payload", "shape")

    op: str
    args: tuple["Node", ...]
    payload: Payload
    shape: Shape
    boolean: bool
    depth: int
    known: float | None  # the value of a scalar that has no names in it, where it has a finite one
    number: float  # the value of a constant; no other node has it

    @property
    def text(self) -> str:
        """The name that a name or a state node stands for."""
        assert isinstance(self.payload, str)
        return self.payload

    @property
    def triple(self) -> tuple[int, int, int]:
        """Of a part its start, stop and step; of what is embedded its start, step and length."""
        assert isinstance(self.payload, tuple)
        return self.payload

    @property
    def is_constant(self) -> bool:
        return self.op == "const"

    def __repr__(self) -> str:
        inside = ", ".join([repr(self.payload)] * (self.payload is not None) + [repr(a) for a in self.args])
        return f"{self.op}({inside})"


Key = tuple[object, ...]
_interned: dict[Key, ref[Node]] = {}
_FEWEST_KEPT = 4096  # entries, before any is looked at: a sweep costs less than what is made between two
_most_kept = _FEWEST_KEPT
_taking_out = Lock()  # held by the thread that takes entries out; putting one in is a single call


def _found(key: Key) -> Node | None:
    entry = _interned.get(key)
    return None if entry is None else entry()


def _node(op: str, args: tuple[Node, ...], payload: Payload, shape: Shape, boolean: bool) -> Node:
    if payload is None:
        key: Key = (op, args, shape, boolean)
    else:  # -0.0 equals 0.0 as a key, and 1 equals 1.0: the sign and the type tell them apart.
        sign = math.copysign(1.0, payload) if isinstance(payload, float) else 0.0
        key = (op, args, shape, boolean, payload, type(payload), sign)
    return _found(key) or _made(key, op, args, payload, shape, boolean)


def _made(key: Key, op: str, args: tuple[Node, ...], payload: Payload, shape: Shape, boolean: bool) -> Node:
    node = Node()
    node.op, node.args, node.payload, node.shape, node.boolean = op, args, payload, shape, boolean
    depth, known = 0, bool(args)
    for argument in args:
        if argument.depth > depth:
            depth = argument.depth
        if argument.known is None:
            known = False
    node.depth = depth + 1
    node.known = None
    if known and op in _NUMERIC:
        node.known = _folded(op, [argument.known for argument in args if argument.known is not None])
    elif op == "const":
        assert isinstance(payload, float)
        node.known = node.number = payload
    if len(_interned) >= _most_kept:
        forget_unused()
    entry = ref(node)
    while (there := _interned.setdefault(key, entry)) is not entry:
        found = there()
        if found is not None:  # another thread has made it meanwhile
            return found
        with _taking_out:
            if _interned.get(key) is there:  # nobody has that one any more
                del _interned[key]
    return node


def forget_unused() -> None:
    """Let go of the expressions that nobody has any more. It is called by itself, when there may be many.

    Their entries hold their operands. What was made last goes first, so that one pass reaches those too.
    """
    global _most_kept
    with _taking_out:
        keys = list(_interned)
        while keys:
            key = keys.pop()  # nothing else may hold it
            if _found(key) is None:
                del _interned[key]
    _most_kept = max(_FEWEST_KEPT, 2 * len(_interned))


def _folded(op: str, numbers: list[float]) -> float | None:
    """The value of an operation on numbers, where it is finite."""
    try:
        match op:
            case "add":
                value = sum(numbers)
            case "mul":
                value = math.prod(numbers)
            case "div":
                value = numbers[0] / numbers[1]
            case _ if op in BINARY:
                value = BINARY[op](numbers[0], numbers[1])
            case _ if op in UNARY:
                value = float(UNARY[op](numbers[0]))
            case _:
                return None
    except (ArithmeticError, ValueError):
        return None
    return value if math.isfinite(value) else None


def constant(value: float) -> Node:
    """A number. KindError where it is none: constants that multiply beyond what a float holds."""
    # 0.0 and -0.0 would be one key of the cache.
    return _number(value) if value else _node("const", (), float(value), (), False)


@lru_cache(maxsize=256)  # half of all nodes that a derivative asks for are a few numbers
def _number(value: float) -> Node:
    if not math.isfinite(value):
        raise KindError("the constants of this formula, multiplied, are larger than any floating-point number")
    return _node("const", (), float(value), (), False)


def name(text: str, shape: Shape = (), boolean: bool = False) -> Node:
    """A quantity that is given from outside: a variable, a hyperparameter, a term."""
    return _node("name", (), text, shape, boolean)


def state(text: str, shape: Shape = ()) -> Node:
    """The value that the name had one step before, as an equation reads it ahead of its own line."""
    return _node("state", (), text, shape, False)


def previous(text: str, steps: int, shape: Shape, boolean: bool = False) -> Node:
    """``prev(name, steps)``; before the beginning it is the first value."""
    return _node("prev", (name(text, shape, boolean),), steps, shape, boolean)


def indices(length: int) -> Node:
    """The vector 0, 1, ... length - 1."""
    return _node("indices", (), None, (length,), False)


def normal(shape: Shape, stream: int = 0) -> Node:
    """A standard normal draw for each coordinate, keyed on seed, stream and row of the run."""
    return _node("normal", (), stream, shape, False)


def element(vector: Node, position: int) -> Node:
    if len(vector.shape) != 1:
        raise KindError("only a vector has coordinates to pick")
    (length,) = vector.shape
    if not -length <= position < length:
        raise KindError(f"there is no coordinate {position}: it has {length}, from 0 to {length - 1}")
    return _node("element", (vector,), position % length, (), vector.boolean)


def part(vector: Node, selection: slice) -> Node:
    """A slice of a vector, with Python's meaning; steps go forward."""
    if len(vector.shape) != 1:
        raise KindError("only a vector can be sliced")
    start, stop, step = selection.indices(vector.shape[0])
    if step < 1:
        raise KindError("a slice goes forward: its step is 1 or more")
    length = len(range(start, stop, step))
    if length == 0:
        raise KindError(f"this slice of a vector of {vector.shape[0]} is empty")
    return _node("part", (vector,), (start, start + (length - 1) * step + 1, step), (length,), vector.boolean)


def embed(inner: Node, start: int, step: int, length: int) -> Node:
    """The inverse of a slice: ``inner`` at start, start + step, ... in a vector of zeros."""
    return _node("embed", (inner,), (start, step, length), (length,), False)


def fill(scalar: Node, length: int) -> Node:
    """A vector of ``length`` copies."""
    return _node("fill", (scalar,), length, (length,), False)


def spread(node: Node, shape: Shape) -> Node:
    """A scalar as so many copies of itself, where a vector is asked for."""
    return node if node.shape == shape else fill(node, shape[0])


def apply(op: str, *args: Node) -> Node:
    """Any other operation. Raises KindError where the operands do not go together."""
    key = (op, args)
    entry = _interned.get(key)
    if entry is not None and (found := entry()) is not None:
        return found
    if op in _NUMERIC:
        shape: Shape = ()
        for argument in args:
            if argument.boolean:
                break
            if argument.shape:
                if shape and argument.shape != shape:
                    break
                shape = argument.shape
        else:  # nearly all of them
            return _made(key, op, args, None, shape, False)
    shape = () if op in REDUCTIONS else common_shape(args)
    if op in LOGICAL or op in ("any", "all"):
        if not all(a.boolean for a in args):
            raise KindError(f"'{op}' takes conditions such as loss < 1, not numbers")
        if op in ("any", "all") and not args[0].shape:
            return args[0]
        return _made(key, op, args, None, shape, True)
    numbers = args[1:] if op == "where" else args
    if op == "where" and not args[0].boolean:
        raise KindError("'where' takes a condition first: where(x > 0, a, b)")
    if any(a.boolean for a in numbers):
        raise KindError("a condition is no number: write where(condition, 1, 0)")
    if op in REDUCTIONS:
        if any(len(a.shape) != 1 for a in args):
            kind = "matrix" if any(len(a.shape) > 1 for a in args) else "scalar (--dim N makes x a vector of N)"
            raise KindError(f"'{op}' takes a vector; this is a {kind}")
        common_shape(args)
    return _made(key, op, args, None, shape, op in COMPARISONS or op == "isnan")


def look_ahead(op: str, point: Node) -> Node:
    """``grad_at`` or ``loss_at`` of another point than the current one."""
    if len(point.shape) != 1 or point.boolean:
        raise KindError("the place to look at is a vector like theta")
    return _node(op, (point,), None, point.shape if op == "grad_at" else (), False)


def matrix(op: str, args: tuple[Node, ...], shape: Shape) -> Node:
    """``hess`` (the objective's Hessian here), ``identity`` as large, and what makes vectors of them.

    ``solve`` and ``@`` (A @ v) of a matrix and a vector, ``diag`` of a matrix.
    """
    return _node(op, args, None, shape, False)


def common_shape(args: Sequence[Node]) -> Shape:
    """The shape of an elementwise operation. Scalars go with all; KindError where lengths differ."""
    shape: Shape = ()
    for argument in args:
        if argument.shape and argument.shape != shape:
            if shape and len(shape) != len(argument.shape):
                raise KindError("a matrix and a vector do not go together: A @ v is their product")
            if shape:
                raise KindError(f"a vector of {shape[0]} and one of {argument.shape[0]} do not go together")
            shape = argument.shape
    return shape


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operation on other operands of the same shapes."""
    if node.op in _APPLIED:
        return apply(node.op, *args)
    return _node(node.op, args, node.payload, node.shape, node.boolean)


def substitute(roots: list[Node], change: Callable[[Node], Node | None]) -> list[Node]:
    """The graphs with some nodes replaced: ``change`` gives the new node, or None to keep it."""
    new: dict[Node, Node] = {}
    for node in topological(roots):
        replaced = change(node)
        if replaced is None:
            args = tuple(new[a] for a in node.args)
            replaced = node if args == node.args else rebuild(node, args)
        new[node] = replaced
    return [new[root] for root in roots]


def with_names(node: Node, meanings: Mapping[str, Node]) -> Node:
    """The graph with what some of its names mean in their place."""
    return substitute([node], lambda part: meanings.get(part.text) if part.op == "name" else None)[0]


def names_in(roots: list[Node]) -> set[str]:
    """The names that are read in these graphs (not their states)."""
    return {node.text for node in topological(roots) if node.op == "name"}
