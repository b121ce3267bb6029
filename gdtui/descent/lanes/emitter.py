"""Graph -> NumPy source for many lanes at once: each operation writes into a register (``out=``) that is used again.

Lanes are descents side by side: a scalar is (P,), a vector (n, P), each coordinate contiguous. What is the same in
all lanes stays a number; what no step changes is computed ahead of the loop; products with a number wait until they
meet another product or a sum, so that (−lr)·(m/c) is one pass over memory and not two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gdtui.descent.lanes.arithmetic import LaneArithmetic
from gdtui.descent.lanes.namespace import UFUNCS
from gdtui.descent.lanes.registers import Value
from gdtui.formula import graph, special
from gdtui.formula.emit import asked
from gdtui.formula.graph import Node

_CALLED = frozenset(["div0", *special.ARRAYS])
"""Operations that are functions of several NumPy calls, and make an array of their own."""
_UNROLLED = 8
"""Up to so many coordinates a sum over them is written out; a reduction costs as much as four additions."""


class LaneEmitter(LaneArithmetic):
    """Writes the statements of one step for all lanes.

    ``given``: what comes from outside, by name (``"state m"``, ``"prev m 1"`` as for `Emitter`). ``roots``: all
    graphs that will be asked for, so that it is known when a register is free again.
    """

    def __init__(self, given: Mapping[str, Value], roots: Sequence[Node]):
        super().__init__()
        self.given = dict(given)
        self._uses: dict[Node, int] = {}
        for node in graph.topological(roots):
            for argument in () if node.op == "prev" else node.args:
                self._uses[argument] = self._uses.get(argument, 0) + 1
        for root in roots:
            self._uses[root] = self._uses.get(root, 0) + 1

    def following(self, given: Mapping[str, Value], roots: Sequence[Node]) -> LaneEmitter:
        """Another emitter that goes on in the same step, in the same registers; of these values nothing is needed."""
        after = LaneEmitter(given, roots)
        after.ahead, after.lines, after.views, after.registers = self.ahead, self.lines, self.views, self.registers
        after._free, after._numbers, after._count = list(self.registers), self._numbers, self._count
        return after

    def value(self, root: Node, target: Value | None = None) -> Value:
        """Statements for what is new in a graph; its value.

        It is in the buffer ``target`` where one is given and nothing reads that buffer's old content any more.
        """
        self._replaced = target
        order = graph.topological([root])
        read = {root, *(a for node in order if node.op != "prev" for a in node.args)}  # prev(m) may stand before m
        for node in order:
            if node in read and node not in self._values:
                self._values[node] = self._made(node, target if node is root else None)
                self._values[node].uses = self._uses[node]
        return self._values[root]

    def known(self, node: Node, value: Value) -> None:
        """What a graph has come to already, in the step before: its operands are not read for it."""
        self._values[node] = value
        value.uses = self._uses[node]
        for argument in node.args:
            self._uses[argument] -= 1

    def name(self, text: str, node: Node, value: Value) -> None:
        """What a name stands for from here on; where nobody reads it its register is free."""
        self.given[text] = value
        if node not in self._uses:
            self.consume(value)

    def _made(self, node: Node, target: Value | None) -> Value:
        match node.op:
            case "name":
                return self._leaf(node.text)
            case "state":
                return self._leaf(f"state {node.text}")
            case "prev":
                return self._leaf(f"prev {node.args[0].text} {node.payload}")
            case "normal":
                return self._leaf(asked(node))
            case "const":
                return Value(self.one(node, []))
        args = [self._values[a] for a in node.args]
        lanes, moves = any(a.lanes for a in args), any(a.moves for a in args)
        if not (lanes and moves):
            return self._plainly(node, args, lanes, moves)
        if target is not None and self._is_read(target, args):
            target = None
        match node.op:
            case "neg" | "mul" | "div":
                return self._scaled(node, args, target)
            case "add" if any(a.slots for a in args):
                return self._assembled(node, args, target)
            case "add":
                return self._sum(node, args, target)
            case "sqrt":
                return self._root(node, args[0], target)
            case "fill" | "element" | "part" | "embed":
                return self._placed(node, args[0])
            case "where":
                return self._chosen(node, args, target)
            case op if op in _CALLED:
                return self._called(node, args)
            case op if op in graph.REDUCTIONS:
                return self._reduced(node, args, target)
            case "pow" if node.args[1].is_constant and node.args[1].number in (2.0, 3.0, 4.0):
                return self._small_power(node, args[0], target)
        return self._elementwise(UFUNCS[node.op], node, args, target)

    def _leaf(self, key: str) -> Value:
        found = self.given[key]
        return Value(found.source, found.shape, found.lanes, found.moves, found.bound, None, found.base, found,
                     found.scale, found.negative, found.slots)  # fmt: skip

    def _plainly(self, node: Node, args: list[Value], lanes: bool, moves: bool) -> Value:
        """Numbers, and arrays that no step changes."""
        for argument, child in zip(args, node.args, strict=True):
            self.settle(argument)
            if child.shape and not argument.shape and argument.lanes:
                argument.source = f"fill({argument.source}, {child.shape[0]})"
        step = self.lines
        self.lines = step if moves else self.ahead
        written = self.one(node, [a.source for a in args])
        if not lanes and not node.shape and (node.op in graph.REDUCTIONS or node.op == "element"):
            written = f"({written})[0]"  # of a column, that is alike in all lanes
        source = self.assign(written)
        self.lines = step
        for argument in args:
            self.consume(argument)
        return Value(source, node.shape, lanes, moves)

    def _assembled(self, node: Node, args: list[Value], target: Value | None) -> Value:
        """A sum with slices put into zeros: each is added where it belongs."""
        whole = [a for a in args if not a.slots]
        slots = [self._inside(a) for a in args if a.slots]
        inner = [value for value, _ in slots]
        if whole:
            for value in whole:
                self.settle(value)
            if len(whole) == 1:
                out = self._out(node, whole, target, inner)
                if out.source != whole[0].source:
                    self.lines.append(f"copyto({out.source}, {whole[0].source})")
            else:
                out = self._chain(node, [("add", v) for v in whole], None)
        else:
            out = self._out(node, [], target, inner)
        everywhere = set(range(node.shape[0]))
        covered = everywhere if whole else set()
        places = [set(range(*place.indices(node.shape[0]))) for _, place in slots]
        if not whole and len(set().union(*places)) < len(everywhere):
            self.lines.append(f"copyto({out.source}, 0.0)")
        for (value, place), filled in zip(slots, places, strict=True):
            index = str(place.start) if not value.shape else f"{place.start}:{place.stop}:{place.step}"
            there = self.part(out, index).source
            if covered.isdisjoint(filled):
                self.lines.append(f"copyto({there}, {self.operand(value)})")
            else:
                for k in sorted(filled - covered):  # what was not yet written is zero before it is added to
                    self.lines.append(f"copyto({self.part(out, str(k)).source}, 0.0)")
                self.lines.append(f"add({there}, {self.operand(value)}, {there})")
            covered = covered | filled
            self.consume(value)
        return out

    def _inside(self, value: Value) -> tuple[Value, slice]:
        """What lies in the slots, and their place."""
        assert value.slots is not None
        start, step, _ = value.slots
        width = value.shape[0] if value.shape else 1
        inner = Value(value.source, value.shape, value.lanes, value.moves, value.bound, None, value.base, value)
        return inner, slice(start, start + (width - 1) * step + 1, step)

    def _placed(self, node: Node, value: Value) -> Value:
        """Slices, coordinates, copies: no work, only another way to look at an array."""
        if node.op == "embed":
            assert isinstance(node.payload, tuple)
            self.settle(value)
            return Value(value.source, value.shape, True, True, value.bound, None, value.base, value,
                         slots=node.payload)  # fmt: skip
        self.settle(value)
        if node.op == "fill" or not value.shape:  # a scalar stands for a vector of its copies
            return Value(value.source, value.shape, True, True, value.bound, None, value.base, value)
        if node.op == "element":
            return self.part(value, str(node.payload))
        assert isinstance(node.payload, tuple)
        return self.part(value, "{}:{}:{}".format(*node.payload), node.shape)

    def _small_power(self, node: Node, base: Value, target: Value | None) -> Value:
        self.settle(base)
        exponent = int(node.args[1].number)
        again = [base] if exponent == 3 else []
        base.uses += len(again)
        out = self._out(node, [base], target, again)
        self.lines.append(f"multiply({base.source}, {base.source}, {out.source})")
        if exponent > 2:
            factor = base if again else out
            self.lines.append(f"multiply({out.source}, {factor.source}, {out.source})")
        for value in again:
            self.consume(value)
        return out

    def _chosen(self, node: Node, args: list[Value], target: Value | None) -> Value:
        """where(condition, a, b); a condition that is the same in all lanes is asked once."""
        condition, left, right = (self.settle(a) for a in args)
        if condition.is_number:
            out = self._out(node, [right], target, [left])
            if out.source != right.source:
                chosen = f"{left.source} if {condition.source} else {right.source}"
                self.lines.append(f"copyto({out.source}, {chosen})")
            else:
                self.lines.append(f"if {condition.source}: copyto({out.source}, {left.source})")
        else:
            out = self._out(node, [right], target, [condition, left])
            if out.source != right.source:
                self.lines.append(f"copyto({out.source}, {right.source})")
            self.lines.append(f"copyto({out.source}, {left.source}, where={condition.source})")
        self.consume(left)
        return out

    def _called(self, node: Node, args: list[Value]) -> Value:
        for value in args:
            self.settle(value)
        source = self.assign(self.one(node, [value.source for value in args]))
        shape = node.shape if any(a.shape for a in args) else ()
        for value in args:
            self.consume(value)
        return Value(source, shape, True, True)

    def _reduced(self, node: Node, args: list[Value], target: Value | None) -> Value:
        """Over the coordinates of a vector."""
        length = node.args[0].shape[0]
        for value in args:
            self.settle(value)
        if node.op in ("dot", "norm"):
            pair = [args[0], args[-1]]
            if node.op == "norm":
                args[0].uses += 2  # once more at the end, where the squares are out of a float's range
            vector = graph.name("", node.args[0].shape)
            product = self._out(vector, pair, None)
            self.lines.append(f"multiply({pair[0].source}, {pair[1].source}, {product.source})")
        else:
            product = args[0]
        op = {"prod": "multiply", "any": "logical_or", "all": "logical_and"}.get(node.op, "add")
        if product.shape and length <= _UNROLLED:
            rows = [self.part(product, str(k)).source for k in range(length)]
        else:
            rows = [product.source] * length if not product.shape and length <= _UNROLLED else []
        product.uses += 1  # the rows are read until the last
        out = self._out(node, [product], target, [product, *args[: node.op == "norm"]])
        if len(rows) > 1:
            self.lines.append(f"{op}({rows[0]}, {rows[1]}, {out.source})")
            self.lines += [f"{op}({out.source}, {row}, {out.source})" for row in rows[2:]]
        elif rows:
            self.lines.append(f"copyto({out.source}, {rows[0]})")
        else:
            whole = product.source if product.shape else f"fill({product.source}, {length})"
            self.lines.append(f"{op}_reduce({whole}, 0, None, {out.source})")
        self.consume(product)
        if node.op == "norm":
            in_range = f"minimum_reduce({out.source}) > 1e-150 and maximum_reduce({out.source}) < 1e150"
            self.lines.append(f"sqrt({out.source}, {out.source})")
            self.lines.append(f"if not ({in_range}): copyto({out.source}, norm({args[0].source}))")
            self.consume(args[0])
        if node.op == "mean":
            self.lines.append(f"multiply({out.source}, {self.operand(Value(repr(1.0 / length)))}, {out.source})")
        return out
