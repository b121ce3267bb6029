"""The pane of the update: its equations in notation, with the numbers of this step, and their values."""

from __future__ import annotations

from typing import NamedTuple

from gdtui.charts import palette
from gdtui.charts.cells import Look
from gdtui.tui.frame import Frame
from gdtui.tui.pane import Pane
from gdtui.tui.text import Line, padded, width_of, wrapped
from gdtui.tui.trace_text import shown_trace
from gdtui.tui.update_text import UNKNOWN, Shown, named_values, shown_update, value_text
from gdtui.tui.why_pane import short_verdict


class Told(NamedTuple):
    """An equation's rows of notation, numbers and value; ``every``: instead, each coordinate's value by its name.

    How much of it is shown is its detail. 1: the value alone; 2: notation and value; 3: notation, numbers, value;
    4: of a vector that is too long for a line, every coordinate. ``spare``: lines below that its numbers took before.
    """

    item: Shown
    notation: tuple[str, ...]
    numbers: tuple[str, ...]
    value: tuple[str, ...]
    every: tuple[str, ...]
    spare: int = 0

    def parts(self, detail: int) -> tuple[tuple[str, ...], ...]:
        notation, value = self.notation if detail >= 2 else (), self.every if detail == 4 else self.value
        return (notation, self.numbers, (*value, *[""] * self.spare)) if detail >= 3 else (notation, (), value)

    def size(self, detail: int) -> int:
        """In lines."""
        return sum(map(len, self.parts(detail)))


class UpdatePane(Pane):
    """The update that arrived at the cursor, or the one that is stepped into: as much of it as there is room for."""

    _shape: tuple[object, ...] = ()
    tells_why = False
    """There is no pane of why: the last line says whether steps shrink or grow here."""

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        self.symbols = frame.setup.objective.symbols
        self.title(title_of(frame))
        shape = (frame.setup.objective, frame.setup.pipeline, frame.coordinate, width, height)
        if shape != self._shape:
            self._shape = shape
            self._lines_of_numbers: dict[str, int] = {}
        width -= 1  # the mark of the current equation stands before it
        if frame.inside is not None and frame.inside.operation is not None:
            return self.traced(shown_trace(frame), width, height)
        tells_why = self.tells_why and frame.inside is None
        shown = shown_update(frame, height - tells_why)
        last = self.why(frame, width) if tells_why and len(shown) < height else []
        height -= len(last)
        self.label_width = min(8, max([5, *(width_of(item.symbol) for item in shown)]))
        told = [self.told(item, width - self.label_width - 3) for item in shown]
        seen = self.around_the_current(told, height)
        shown, told = shown[seen], told[seen]
        details = [1] * len(shown)
        left = height - sum(each.size(1) for each in told)
        # Each gets a line more while there is room: all of the current one, then notation for the rule, for the rest.
        current = [k for k, item in enumerate(shown) if item.current]
        rule_first = sorted(range(len(shown)), key=lambda k: not shown[k].is_term)
        from_top = range(len(shown))
        for detail, order in (
            (2, current), (3, current), (2, rule_first), (3, from_top), (4, reversed(from_top))
        ):  # fmt: skip
            for k in order:
                more = told[k].size(detail) - told[k].size(details[k])
                if details[k] == detail - 1 and more <= left:
                    details[k], left = detail, left - more
        lines = [line for each, detail in zip(told, details, strict=True)
                 for line in self.marked(each.item, self.equation(each, detail))]  # fmt: skip
        return [*lines, *[[] for _ in range(height - len(lines))], *last] if last else lines

    def around_the_current(self, told: list[Told], height: int) -> slice:
        """The equations that are shown: all, or as many as leave room for the whole current one; the first go first."""
        current = next((k for k, each in enumerate(told) if each.item.current), None)
        if current is None:
            return slice(None)
        too_many = max(0, len(told) - 1 + told[current].size(3) - height)
        above = min(current, too_many)
        return slice(above, max(current + 1, len(told) - (too_many - above)))

    def why(self, frame: Frame, width: int) -> list[Line]:
        judged = short_verdict(frame)
        look = self.inks.error if judged.unstable else self.inks.text
        return [[("why: ", self.inks.dim), (padded(judged.short, width + 1 - 5), look)]]

    def marked(self, item: Shown, lines: list[Line]) -> list[Line]:
        """The equation with the mark of the current one; of one that is to come no number is told."""
        if item.to_come:
            head = len([line for line in lines if line[-1][1] == self.inks.text])
            unknown: Line = [(" " * self.label_width, self.inks.dim), (" = ", self.inks.dim), (UNKNOWN, self.inks.dim)]
            if head:
                lines = [*lines[:head], unknown, *[[] for _ in lines[head + 1 :]]]
            else:
                lines = [[lines[0][0], *unknown[1:]], *[[] for _ in lines[1:]]]
        mark = ("▸" if item.current else " ", self.inks.accent)
        return [[mark if k == 0 else (" ", self.inks.dim), *line] for k, line in enumerate(lines)]

    def label(self, item: Shown) -> tuple[str, Look]:
        text = padded(item.symbol, self.label_width)
        if item.role is not None and not item.to_come:
            return text, palette.look(item.role, self.depth)
        return text, self.inks.accent if item.current else self.inks.text

    def told(self, item: Shown, room: int) -> Told:
        """All that can be told of an equation in lines of ``room`` cells behind its sign."""
        one = item.coordinate
        shown = item.value if item.value is None or one is None else (item.value[min(one, len(item.value) - 1)],)
        value: tuple[str, ...] = (value_text(shown, room),)
        shortened = "…" in value[0] or one is not None
        every = value
        if item.value is not None and shortened and len(item.value) == len(self.symbols):
            every = tuple(named_values(item.value, self.symbols, room))
        notation = wrapped(item.notation, room, 2) if item.notation else ()
        numbers: tuple[str, ...] = ()
        spare = 0
        if item.notation and item.numbers != item.notation:
            numbers = wrapped(item.numbers, room, 2)
            # Once an equation's numbers took so many lines they keep them: what stands below does not jump.
            name = item.symbol.rstrip("₀₁₂₃₄₅₆₇₈₉") if item.is_term else item.symbol
            most = self._lines_of_numbers[name] = max(len(numbers), self._lines_of_numbers.get(name, 0))
            spare = most - len(numbers)
        return Told(item, notation, numbers, value, every, spare)

    def equation(self, told: Told, detail: int) -> list[Line]:
        """As `Told` counts its lines: the label, then what each line tells behind its sign."""
        dim, inks = self.inks.dim, (self.inks.text, self.inks.dim, self.inks.value)
        found: list[Line] = []
        for rows, look in zip(told.parts(detail), inks, strict=True):
            for k, row in enumerate(rows):
                head = (" " * self.label_width, dim) if found else self.label(told.item)
                found.append([head, (" = " if k == 0 else "   ", dim), (row, look)])
        return found

    def traced(self, shown: list[Shown], width: int, height: int) -> list[Line]:
        """The operations of ∇f, one a line, around the current one, of which all is told."""
        self.label_width = max(width_of(item.symbol) for item in shown)
        current = next((k for k, item in enumerate(shown) if item.current), 0)
        told = self.told(shown[current], width - self.label_width - 3)
        full = self.marked(shown[current], self.equation(told, 3))[:height]
        room = height - len(full)
        first = max(0, min(current - room // 2, len(shown) - 1 - room))
        found: list[Line] = []
        for k in range(first, min(len(shown), first + room + 1)):
            found += full if k == current else [self.operation(shown[k], width)]
        return found[:height]

    def operation(self, item: Shown, width: int) -> Line:
        """``v₁ = x² = 0.16`` in a line, its value at the right."""
        value = UNKNOWN if item.to_come else value_text(item.value, 24).strip()
        room = width - self.label_width - 3 - width_of(value) - 1
        text, look = self.label(item._replace(current=False))
        ink = self.inks.dim if item.to_come else self.inks.value
        return [(f" {text}", look), (" = ", self.inks.dim), (padded(item.notation, max(0, room)), self.inks.text),
                (f" {value}", ink)]  # fmt: skip


def title_of(frame: Frame) -> str:
    if frame.inside is not None:
        into = f"{frame.cursor} → {frame.cursor + 1}"
        return f"Into ∇f at t = {frame.cursor}" if frame.inside.operation is not None else f"Into update {into}"
    arrived = f"{frame.cursor - 1} → {frame.cursor}" if frame.cursor else "0 → 1"
    symbols = frame.setup.objective.symbols
    which = "" if frame.coordinate is None else f" · {symbols[frame.coordinate]}"
    return f"Update {arrived}{which}"
