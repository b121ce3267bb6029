"""The values of many lanes at once, and the registers that they lie in until their last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gdtui.formula import graph
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.graph import Node


@dataclass
class Value:
    """What a node came to: the array ``source`` times ``scale``, negated where ``negative``.

    ``shape``: of the array, without the lanes. ``lanes``, ``moves``: whether it differs from lane to lane, from step
    to step. ``bound``: named ahead of the loop, as its parts then can be. ``register``: where it lies, if that is
    given back when ``uses`` are over; ``base``: the buffer that it is, or is a part of; ``parent``: what must stay
    as long as this is in use. ``slots``: it fills these (start, step, length) in a vector of zeros.
    """

    source: str
    shape: graph.Shape = ()
    lanes: bool = False
    moves: bool = False
    bound: bool = False
    register: str | None = None
    base: str | None = None
    parent: Value | None = None
    scale: Value | None = None
    negative: bool = False
    slots: tuple[int, int, int] | None = None
    uses: int = 1

    @property
    def is_number(self) -> bool:
        return not self.lanes and not self.shape

    @property
    def is_plain(self) -> bool:
        return self.scale is None and not self.negative and self.slots is None


def buffer(source: str, shape: graph.Shape = ()) -> Value:
    """An array of the loop's own, which it changes in every step."""
    return Value(source, shape, True, True, True, base=source)


class Registers(ArrayEmitter):
    """Values, the registers they lie in, and the statements that move them.

    ``lines``: the step; ``ahead``: what comes before the loop, in its order; ``views``: the parts of buffers, named
    before the loop too; ``registers``: their shapes, and which of them hold conditions.
    """

    def __init__(self) -> None:
        super().__init__({})
        self.ahead: list[str] = []
        self.views: dict[str, str] = {}
        self.registers: dict[str, tuple[graph.Shape, bool]] = {}
        self._free: list[str] = []
        self._numbers: dict[str, str] = {}
        self._values: dict[Node, Value] = {}
        self._replaced: Value | None = None  # the buffer that the equation at hand will overwrite

    def store(self, value: Value, target: Value) -> bool:
        """Put a value into a buffer. False, and nothing is done, while its old content is read by others."""
        if value.source != target.source or not value.is_plain:
            if self._is_read(target, [value]):
                return False
            self._write(value, target.source)
        return True

    def settle(self, value: Value) -> Value:
        """The value as an array of its own, scale, sign and place applied."""
        if value.is_plain:
            return value
        self._set_free(value)
        shape = (value.slots[2],) if value.slots else value.shape
        inside = bearer = value.parent
        while bearer is not None and bearer.register is None and bearer.uses == 1:
            bearer = bearer.parent  # through the names that it had
        if inside is not None and bearer is not None and self._ends_with(bearer, value, shape):
            assert bearer.register is not None
            name, bearer.register = bearer.register, None
        elif self._is_replaced(value):
            self._write(value, value.source)  # in its own place, of which less has to be in the cache
            value.scale, value.negative = None, False
            return value
        else:
            name = self.register(shape)
        self._write(value, name)
        if inside is not None:
            self.consume(inside)
        value.source, value.register, value.base, value.parent, value.bound = name, name, name, None, True
        value.scale, value.negative, value.slots, value.shape = None, False, None, shape
        return value

    def _set_free(self, value: Value) -> None:
        """What waits as a multiple of a value reads the array under it from here on, not what the value becomes."""
        inside = value.parent
        for waiting in self._values.values():
            if inside is not None and waiting.parent is value and waiting.uses > 0:
                waiting.parent = inside
                inside.uses += 1
                value.uses -= 1

    @staticmethod
    def _ends_with(bearer: Value, value: Value, shape: graph.Shape) -> bool:
        """Whether the register that a value lies in is read by it alone, and can hold what it becomes."""
        alone = bearer.uses == 1 and bearer.source == value.source
        return bool(bearer.register) and alone and not value.slots and bearer.shape == shape

    def _is_replaced(self, value: Value) -> bool:
        """Whether this is a state's old value in the equation that gives the new one, and nothing else reads it."""
        place = self._replaced
        if place is None or value.source != place.source or value.slots or value.uses != 1:
            return False
        return not self._is_read(place, [value])

    def register(self, shape: graph.Shape, boolean: bool = False) -> str:
        """A free register of that kind."""
        kind = (shape, boolean)
        found = next((r for r in reversed(self._free) if self.registers[r] == kind), None)  # the last is in the cache
        if found is not None:
            self._free.remove(found)
            return found
        name = f"r{len(self.registers)}"
        self.registers[name] = kind
        return name

    def consume(self, value: Value) -> None:
        """One use of a value is over."""
        value.uses -= 1
        if value.uses == 0:
            if value.register is not None:
                self._free.append(value.register)
            if value.parent is not None:
                self.consume(value.parent)

    def part(self, value: Value, index: str, shape: graph.Shape = ()) -> Value:
        """``value[index]``, named ahead of the loop where that can be."""
        source = f"{value.source}[{index}]"
        if value.bound:
            source = self.views.setdefault(source, f"w{len(self.views)}")
        return Value(source, shape, value.lanes, value.moves, value.bound, base=value.base, parent=value)

    def operand(self, value: Value) -> str:
        """The source as an operand; a number as an array of no dimension, which a ufunc takes a third faster."""
        if value.lanes or value.shape:
            return value.source
        if value.source not in self._numbers:
            name = self._numbers[value.source] = f"n{len(self._numbers)}"
            self.ahead.append(f"{name} = array({'0.0' if value.moves else value.source})")
            if value.moves:  # the same in all lanes, another one in each step
                self.lines.append(f"{name}[()] = {value.source}")
        return self._numbers[value.source]

    def power(self, exponent: Node, args: list[str], function: str) -> str:
        """Of numbers by Python's operator, which takes a sixth of the time."""
        return f"({args[0]}**{args[1]})"

    def _write(self, value: Value, out: str) -> None:
        if value.slots:
            start, step, length = value.slots
            self.lines.append(f"copyto({out}, 0.0)")
            index = f"{start}:{start + (value.shape[0] - 1) * step + 1}:{step}" if value.shape else str(start)
            self.lines.append(f"copyto({self.part(buffer(out, (length,)), index).source}, {self.operand(value)})")
        elif value.scale is not None:
            scale = self._combined("multiply", Value("-1.0"), value.scale) if value.negative else value.scale
            self.lines.append(f"multiply({value.source}, {self.operand(scale)}, {out})")
        elif value.negative:
            self.lines.append(f"negative({value.source}, {out})")
        else:
            self.lines.append(f"copyto({out}, {value.source})")

    def _is_read(self, target: Value, ending: Sequence[Value]) -> bool:
        """Whether the content of a buffer is still wanted when these values have been used once more."""
        left = {id(v): v.uses for v in self._values.values()}
        for value in ending:
            link: Value | None = value
            while link is not None:
                left[id(link)] = left.get(id(link), link.uses) - 1
                link = link.parent if left[id(link)] == 0 else None
        return any(v.base == target.base and left[id(v)] > 0 for v in self._values.values())

    def _combined(self, op: str, left: Value, right: Value) -> Value:
        """A product or a quotient of two numbers."""
        moves = left.moves or right.moves
        sign = "*" if op == "multiply" else "/"
        step = self.lines
        self.lines = step if moves else self.ahead
        source = self.assign(f"{left.source}{sign}{right.source}" if moves else f"{op}({left.source}, {right.source})")
        self.lines = step
        return Value(source, moves=moves)
