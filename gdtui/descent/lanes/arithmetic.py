"""Products, sums and roots of many lanes, in which numbers wait until an operation cannot pass them on."""

from __future__ import annotations

from collections.abc import Sequence

from gdtui.descent.lanes.registers import Registers, Value
from gdtui.formula.graph import Node

_SMALLEST = 1e-200
"""The least scale of which the root is taken: what is divided by that root stays in range."""


class LaneArithmetic(Registers):
    """Statements for products, quotients, sums and square roots.

    A number that multiplies an array is its scale, and costs nothing for now: a product multiplies scales, a root takes
    the root of one, a sum applies it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._roots: set[str] = set()  # scales that are positive and finite, by which a number can be divided

    def _out(self, node: Node, dying: Sequence[Value], target: Value | None, later: Sequence[Value] = ()) -> Value:
        """Where a result goes: the target, or a register, that of an operand which ends here if there is one.

        ``dying``: operands of the first statement that writes there. ``later``: those of statements behind it.
        """
        before = set(self._free)
        for value in dying:
            self.consume(value)
        if target is not None and all(v.base != target.base for v in later):
            return Value(target.source, target.shape, True, True, True, base=target.base)
        kind = (node.shape, node.boolean)
        freed = [r for r in self._free if r not in before and self.registers[r] == kind]
        if freed:
            self._free.remove(freed[0])
        name = freed[0] if freed else self.register(*kind)
        return Value(name, node.shape, True, True, True, register=name, base=name)

    def _chain(self, node: Node, parts: Sequence[tuple[str, Value]], target: Value | None) -> Value:
        """part 0 ∘ part 1 ∘ ..., from the left. What the parts are scaled by is not looked at."""
        (_, first), (ufunc, second), *rest = parts
        out = self._out(node, [first, second], target, [v for _, v in rest])
        self.lines.append(f"{ufunc}({self.operand(first)}, {self.operand(second)}, {out.source})")
        for ufunc, value in rest:
            self.lines.append(f"{ufunc}({out.source}, {self.operand(value)}, {out.source})")
            self.consume(value)
        return out

    def _scaled(self, node: Node, args: list[Value], target: Value | None) -> Value:
        """A product or a quotient: numbers gather in the scale, arrays are multiplied."""
        negative, scale = node.op == "neg", None
        parts: list[tuple[str, Value]] = []
        for position, value in enumerate(args):
            ufunc = "divide" if node.op == "div" and position == 1 else "multiply"
            if value.slots:
                self.settle(value)
            number = value if value.is_number else value.scale
            if number is not None:
                scale = number if scale is None and ufunc == "multiply" else (
                    self._combined(ufunc, scale or Value("1.0"), number))  # fmt: skip
            if not value.is_number:
                parts.append((ufunc, value))
                negative ^= value.negative
        if parts[0][0] == "divide":  # a number over an array
            parts.insert(0, ("multiply", scale or Value("1.0")))
            scale = None
        if len(parts) == 1:
            return _times(parts[0][1], scale, negative)
        whole = target if scale is None and not negative else None
        found = self._chain(node, parts, whole)
        return found if scale is None and not negative else _times(found, scale, negative)

    def _sum(self, node: Node, args: list[Value], target: Value | None) -> Value:
        arrays = [a for a in args if not a.is_number]
        if len(arrays) == 1 and (scale := arrays[0].scale) is not None and scale.source in self._roots:
            return self._sum_of_root(node, args, scale)
        for value in args:
            self._without_scale(value)
        if all(a.negative for a in args):
            self.settle(args[0])  # which may stand there again
        parts = [("subtract" if a.negative else "add", a) for a in args]
        if parts[0][0] == "subtract":
            positive = next(k for k, (ufunc, _) in enumerate(parts) if ufunc == "add")
            parts.insert(0, parts.pop(positive))
        if len(parts) == 1:
            return self._scaled(node, args, target)
        return self._chain(node, parts, target)

    def _without_scale(self, value: Value) -> None:
        """Scale applied, the sign left: a sum subtracts."""
        if value.scale is not None:
            self.settle(value)

    def _sum_of_root(self, node: Node, args: list[Value], scale: Value) -> Value:
        """s·a + ε as s·(a + ε/s)."""
        parts = [self._combined("divide", a, scale) if a.is_number else _apart(a) for a in args]
        return _times(self._sum(node, parts, None), scale)

    def _root(self, node: Node, value: Value, target: Value | None) -> Value:
        """√(s·a) as √s·√a, a pass less over memory. Where s is 0, negative or no number, it is done as it stands."""
        scale = value.scale
        if scale is None or value.negative or value.slots:
            return self._elementwise("sqrt", node, [value], target)
        out = self._out(node, [value], None)
        self.lines.append(f"if {scale.source} > {_SMALLEST}: sqrt({value.source}, {out.source})")
        self.lines.append(f"else: sqrt(multiply({value.source}, {scale.source}, {out.source}), {out.source})")
        step = self.lines
        self.lines = step if scale.moves else self.ahead
        root = self.assign(f"{scale.source}**0.5 if {scale.source} > {_SMALLEST} else number(1.0)")
        self.lines = step
        self._roots.add(root)
        return _times(out, Value(root, moves=scale.moves))

    def _elementwise(self, ufunc: str, node: Node, args: list[Value], target: Value | None) -> Value:
        operands = [self.operand(self.settle(a)) for a in args]
        out = self._out(node, args, target)
        place = f"out={out.source}" if ufunc in ("minimum", "maximum") else out.source
        self.lines.append(f"{ufunc}({', '.join(operands)}, {place})")
        return out


def _times(value: Value, scale: Value | None, negative: bool = False) -> Value:
    """A value that stays as it is, as long as what it is times a number stands for it."""
    return Value(value.source, value.shape, True, True, value.bound, None, value.base, value, scale, negative)


def _apart(value: Value) -> Value:
    """A value without its scale."""
    return _times(value, None, value.negative)
