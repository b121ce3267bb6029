"""Graph -> Python source for plain floats: vectors are unrolled, each coordinate is an expression of its own."""

import math
from collections.abc import Mapping
from typing import Any

from gdtui.formula import graph, special
from gdtui.formula.emit import Emitter, bare, is_deep, number, product, quotient, total
from gdtui.formula.graph import Node

Sources = list[str]
"""A value: one expression for each of its scalars."""

FLOAT_NAMESPACE: dict[str, Any] = {
    "__builtins__": {},
    "float": float,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log10", "sin", "cos", "tan", "tanh", "sinh")},
    **{name: getattr(math, name) for name in ("cosh", "atan", "asin", "acos", "fabs", "floor", "pow", "hypot")},
    **{name: getattr(math, name) for name in ("log2", "log1p", "expm1", "erf", "cbrt", "atan2")},
    **special.UNARY,
    **special.BINARY,
}


class FloatEmitter(Emitter[Sources]):
    """For plain floats: a vector is the list of its coordinates, each its own expression."""

    def write(self, node: Node, done: Mapping[Node, Sources]) -> Sources:
        if (not node.args or node.op == "prev") and (given := self.outside(node)) is not None:
            return given
        args = [done[a] for a in node.args]
        match node.op:
            case "const":
                return [number(node.number)]
            case "element":
                assert isinstance(node.payload, int)
                return [args[0][node.payload]]
            case "part":
                return args[0][slice(*node.triple)]
            case "embed":
                start, step, length = node.triple
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

    def kept(self, sources: Sources) -> Sources:
        return [self.named(source) for source in sources]

    def is_deep(self, sources: Sources) -> bool:
        return any(map(is_deep, sources))

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
                return total(*zip(*terms, strict=True)) if terms else "0.0"
            case "neg":
                return f"(-{args[0]})"
            case "mul":
                return product(node.args, args)
            case "div":
                return quotient(node.args, args)
            case "pow":
                return self.power(node.args[1], args, "pow")
            case "sign":
                u = self.named(args[0])
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
                u = self.named(args[0])
                return f"({u} != {u})"
        return self.function(node.op, args)

    def function(self, op: str, args: list[str]) -> str:
        match op:
            case "minimum" | "maximum":
                u, w = self.kept(args)
                return f"({u} if {u} {'<=' if op == 'minimum' else '>='} {w} or {u} != {u} else {w})"
            case "div0":
                below = self.named(args[1])
                return f"({args[0]}/{below} if {below} else 0.0)"
            case "floor":
                return f"float(floor({bare(args[0])}))"
        return f"{'fabs' if op == 'abs' else op}({', '.join(map(bare, args))})"
