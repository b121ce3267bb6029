"""The pane of the update: its equations in notation, with the numbers of this step, and their values."""

from __future__ import annotations

from dataclasses import replace

from gdtui.charts import palette
from gdtui.charts.cells import Look
from gdtui.tui.frame import Frame
from gdtui.tui.pane import Pane
from gdtui.tui.text import Line, padded, width_of, wrapped
from gdtui.tui.trace_text import shown_trace
from gdtui.tui.update_text import UNKNOWN, Shown, named_values, shown_update, value_text
from gdtui.tui.why_pane import short_verdict


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
        self.label_width = min(8, max(5, *(width_of(item.symbol) for item in shown)))
        details = [1] * len(shown)
        found = [self.equation(item, 1, width) for item in shown]
        # Each gets a line more while there is room: the current one all of it, notation for the rule, for the rest.
        current = [k for k, item in enumerate(shown) if item.current]
        rule_first = sorted(range(len(shown)), key=lambda k: not shown[k].is_term)
        from_top = range(len(shown))
        for detail, order in ((2, rule_first), (3, current), (3, from_top), (4, reversed(from_top))):
            for k in order:
                fuller = self.equation(shown[k], detail, width)
                if details[k] == detail - 1 and sum(map(len, found)) - len(found[k]) + len(fuller) <= height:
                    found[k], details[k] = fuller, detail
        told = [line for item, lines in zip(shown, found, strict=True) for line in self.marked(item, lines)]
        return [*told, *[[] for _ in range(height - len(told))], *last] if last else told

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

    def equation(self, item: Shown, detail: int, width: int) -> list[Line]:
        """1: the value alone; 2: notation and value; 3: notation, numbers, value, a line each or more.

        4: of a vector that is too long for a line, every coordinate by its name.
        """
        label = self.label(item)
        indent = self.label_width + 2
        room = width - indent - 1
        value = self.value(item, detail, room)
        if detail == 1 or not item.notation:
            return [[label, *value[0][1:]], *value[1:]]
        found: list[Line] = []
        for k, text in enumerate(wrapped(item.notation, room, 2)):
            head: Line = [label, (" = ", self.inks.dim)]
            found.append([*(head if k == 0 else [(" " * (indent + 1), self.inks.dim)]), (text, self.inks.text)])
        if detail >= 3 and item.numbers != item.notation:
            rows = wrapped(item.numbers, room, 2)
            # Once an equation's numbers took so many lines they keep them: what stands below does not jump.
            name = item.symbol.rstrip("₀₁₂₃₄₅₆₇₈₉") if item.is_term else item.symbol
            most = self._lines_of_numbers[name] = max(len(rows), self._lines_of_numbers.get(name, 0))
            for k, text in enumerate([*rows, *[""] * (most - len(rows))]):
                sign = " = " if k == 0 else "   "
                found.append([(" " * self.label_width + sign, self.inks.dim), (text, self.inks.dim)])
        return [*found, *value]

    def value(self, item: Shown, detail: int, room: int) -> list[Line]:
        blank: Line = [(" " * self.label_width, self.inks.dim)]
        value, one = item.value, item.coordinate
        text = value_text(value if value is None or one is None else (value[min(one, len(value) - 1)],), room)
        rows = [text]
        shortened = "…" in text or one is not None
        if detail == 4 and value is not None and shortened and len(value) == len(self.symbols):
            rows = named_values(value, self.symbols, room)
        return [[*blank, (" = " if k == 0 else "   ", self.inks.dim), (row, self.inks.value)]
                for k, row in enumerate(rows)]  # fmt: skip

    def traced(self, shown: list[Shown], width: int, height: int) -> list[Line]:
        """The operations of ∇f, one a line, around the current one, of which all is told."""
        self.label_width = max(width_of(item.symbol) for item in shown)
        current = next((k for k, item in enumerate(shown) if item.current), 0)
        full = self.marked(shown[current], self.equation(shown[current], 3, width))[:height]
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
        text, look = self.label(replace(item, current=False))
        ink = self.inks.dim if item.to_come else self.inks.value
        return [(f" {text}", look), (" = ", self.inks.dim), (padded(item.notation, max(0, room)), self.inks.text),
                (f" {value}", ink)]  # fmt: skip


def title_of(frame: Frame) -> str:
    """Which update it is."""
    if frame.inside is not None:
        into = f"{frame.cursor} → {frame.cursor + 1}"
        return f"Into ∇f at t = {frame.cursor}" if frame.inside.operation is not None else f"Into update {into}"
    arrived = f"{frame.cursor - 1} → {frame.cursor}" if frame.cursor else "0 → 1"
    symbols = frame.setup.objective.symbols
    which = "" if frame.coordinate is None else f" · {symbols[frame.coordinate]}"
    return f"Update {arrived}{which}"
