"""The panes that are text: the steps, the objective, the knobs, the status, the keys."""

from __future__ import annotations

from collections.abc import Sequence

from gdtui.charts.cells import Depth
from gdtui.descent.rows import Row
from gdtui.descent.stopping import Status
from gdtui.formula.notation import fitted, number
from gdtui.objectives.objective import FormulaObjective, Objective
from gdtui.objectives.text import in_notation
from gdtui.objectives.with_base import WithBase
from gdtui.tui.commands import FOOTER, MODE_KEYS
from gdtui.tui.frame import Frame
from gdtui.tui.knobs import is_switch, knobs_of
from gdtui.tui.pane import Pane
from gdtui.tui.text import Inks, Line, padded, width_of, wrapped

_MAKES_ROWS = ("turn", "into", "anew", "function", "optimizer", "rule")
"""What keys do that need a function or a rule."""


class StepsPane(Pane):
    """The rows up to the cursor, downwards. They turn over by half a page: a step in between changes two lines."""

    _told_of: tuple[object, ...] = ()

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        objective = frame.setup.objective
        digits = len(str(max(999, frame.cursor)))
        cell = max(8, min(11, (width - digits) // (min(objective.dim, 4) + 2)))
        columns = max(1, (width - digits - 2 * cell) // cell)
        names = list(objective.symbols[:columns])
        self.title("Steps" if len(names) == objective.dim else f"Steps · {len(names)} of {objective.dim} parameters")
        heads = [*names, "loss", "‖∇f‖"]
        head = " " * (digits - 1) + "t" + "".join(padded("", cell - width_of(h)) + h for h in heads)
        room = max(1, height - 1)
        page = max(1, room // 2)
        first = -(-max(0, frame.cursor - room + 1) // page) * page
        if self._told_of != (frame.branch, cell, columns):
            self._told_of = (frame.branch, cell, columns)
            self._told: dict[int, str] = {}
        shown = range(first, frame.cursor + 1)  # a row of a branch never changes, nor what was told of it
        self._told = {k: self._told.get(k) or numbers_of(frame.branch.row(k), cell, len(names)) for k in shown}
        lines: list[Line] = [[(head, self.inks.dim)]]
        for k, text in self._told.items():
            looks = (self.inks.accent, self.inks.value) if k == frame.cursor else (self.inks.dim, self.inks.text)
            lines.append([(str(k).rjust(digits), looks[0]), (text, looks[1])])
        return lines


def numbers_of(row: Row, cell: int, parameters: int) -> str:
    """The first parameters, the loss and ‖∇f‖ of a row, so many cells each; of what is not recorded a dash."""
    cells = [" " + fitted(v, cell - 1) for v in (*row.theta[:parameters].tolist(), row.loss, row.grad_norm)]
    return "".join(cells if _has_gradient(row) else [*cells[:-1], "–".rjust(cell)])


def _has_gradient(row: Row) -> bool:
    return row.segment.program.objective.has_gradient


class ObjectivePane(Pane):
    def reads(self, frame: Frame) -> object:
        return frame.setup

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        self.title("Objective")
        objective = frame.setup.objective
        found = [_ends(_name_of(objective), "f", width, self.inks)]
        source = objective.gradient_source
        head = f"f({', '.join(objective.symbols[:3])}{', …' if objective.dim > 3 else ''})"
        notation = _notation_of(objective, head)
        if notation:
            lines = wrapped(notation, width, 2)
            shown = list(lines[: height - (3 if source else 2)])
            if shown and len(lines) > len(shown):
                shown[-1] = padded(shown[-1].rstrip() + " …", width)
            found += [[(text, self.inks.text)] for text in shown]
        if source:
            found.append([("∇f ", self.inks.dim), (padded(source, width - 3), self.inks.text)])
        return [*found, [("start ", self.inks.dim), (_start(frame, width - 6), self.inks.text)]]


class KnobsPane(Pane):
    """The optimizer and its hyperparameters, or the stopping rules: what can be turned, one a line."""

    def __init__(self, id: str, depth: Depth, unicode: bool = True, stopping: bool = False):
        super().__init__(id, depth, unicode)
        self.stopping = stopping

    def reads(self, frame: Frame) -> object:
        return frame.setup, frame.knob

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        setup = frame.setup
        self.title("Stop and clip" if self.stopping else "Optimizer")
        found: list[Line] = [] if self.stopping else [_ends(setup.pipeline.rule.name, "o", width, self.inks)]
        own = {p.name for p in setup.pipeline.parameters if not is_switch(setup, p.name)}
        for name, (label, value, _) in knobs_of(setup).items():
            if (name in own) is self.stopping:
                continue
            chosen = name == frame.knob
            mark, arrows = ("▸", " ↑↓") if chosen else (" ", "   ")
            text = "–" if value is None else number(value)
            line: Line = [(mark, self.inks.accent)]
            line.append((padded(label, width - 12), self.inks.value if chosen else self.inks.text))
            line.append((text.rjust(8), self.inks.accent if chosen else self.inks.text))
            found.append([*line, (arrows, self.inks.dim)])
        return _around(found, next((k for k, line in enumerate(found) if line[0][0] == "▸"), 0), height)


class HeadPane(Pane):
    """Where there is no room for the panes at the left: objective, optimizer and selected knob in one line."""

    def reads(self, frame: Frame) -> object:
        return frame.setup, frame.knob

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        setup = frame.setup
        objective = setup.objective
        notation = _notation_of(objective)
        name = "" if notation and objective.is_typed else f" {_name_of(objective)}"
        label, found, _ = knobs_of(setup)[frame.knob]
        value = "–" if found is None else number(found)
        right = f"from {_start(frame)} "
        middle: Line = [(f"   {setup.pipeline.rule.name}   ", self.inks.value), (f"▸{label} {value}", self.inks.accent)]
        used = width_of(name) + sum(width_of(text) for text, _ in middle)
        room = width - used - width_of(right) - 3
        told = f"{notation}  ∇f {objective.gradient_source}".strip() if objective.gradient_source else notation
        shown = padded(told, min(width_of(told), max(0, room))) if room > 8 else ""
        line: Line = [(name, self.inks.value), (f" {shown}", self.inks.text), *middle]
        rest = width - sum(width_of(text) for text, _ in line)
        return [[*line, (right.rjust(rest) if rest >= len(right) else "", self.inks.dim)]]


class StatusPane(Pane):
    """One line: where we are, in words and always in the same order."""

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = frame.row
        resting = "failed" if frame.end.status.failed else "ended" if frame.end.status.ended else "paused"
        state = "playing" if frame.playing else resting
        norm = number(row.grad_norm) if _has_gradient(row) else "–"
        start: Line = [
            (f" t = {row.number}", self.inks.value),
            (f" · loss {number(row.loss)} · ‖∇f‖ {norm}", self.inks.text),
        ]
        end = frame.end
        if end.status is not Status.RUNNING and not frame.message:
            look = self.inks.error if end.status.failed else self.inks.accent
            return [self.fitted([*start, (" · ", self.inks.dim), (end.reason + _what_next(frame), look)], width)]
        start.append((f" · {state}", self.inks.accent if frame.playing else self.inks.text))
        start.append((f" · {frame.speed}", self.inks.text))
        if frame.message:
            start += [(" · ", self.inks.dim), (frame.message, self.inks.value)]
        elif not frame.at_end:
            start.append((f" · back in time, last t = {frame.count - 1}", self.inks.dim))
        return [self.fitted(start, width)]

    def fitted(self, line: Line, width: int) -> Line:
        """A line that is too long loses its middle: the numbers, which the steps show too."""
        if sum(width_of(text) for text, _ in line) > width and len(line) > 3:
            line = [line[0], *line[2:]]
        used = sum(width_of(text) for text, _ in line[:-1])
        text, look = line[-1]
        return [*line[:-1], (padded(text, min(width_of(text), max(0, width - used))), look)]


class KeysPane(Pane):
    """One line: the keys that matter most, as many as fit."""

    small = False
    """One pane at a time is shown: the key that changes it comes first."""

    def reads(self, frame: Frame) -> object:
        return frame.setup, frame.knob, frame.playing, frame.mode, has_ended(frame), self.small

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        line: Line = [(" ", self.inks.dim)]
        room = width - 1 - width_of("? help ")
        for keys, label in keys_of(frame, self.small):
            if keys == "?":
                continue
            text = frame_label(frame, label)
            size = width_of(keys) + width_of(text) + 3
            if size > room:
                break
            room -= size
            line += [(keys, self.inks.value), (f" {text}  ", self.inks.dim)]
        return [[*line, ("?", self.inks.value), (" help", self.inks.dim)]]


def keys_of(frame: Frame, small: bool) -> Sequence[tuple[str, str]]:
    """The keys of the mode that the arrows or the update are in."""
    if frame.mode:
        return MODE_KEYS[frame.mode]
    footer = [(keys, label) for keys, label in FOOTER if label not in ("play", "run") or not has_ended(frame)]
    if frame.setup.pipeline.recorded is not None:
        footer = [(keys, label) for keys, label in footer if label not in _MAKES_ROWS]
    return [("v", "pane"), *footer] if small else footer


def has_ended(frame: Frame) -> bool:
    """Whether there is nothing to play on from the cursor."""
    return frame.at_end and frame.end.status not in (Status.RUNNING, Status.BREAKPOINT)


def frame_label(frame: Frame, label: str) -> str:
    """A key's label; that of the turning keys is the knob they turn."""
    if label == "play":
        return "pause" if frame.playing else "play "
    return knobs_of(frame.setup)[frame.knob][0] if label == "turn" else label


def _what_next(frame: Frame) -> str:
    if frame.setup.pipeline.recorded is not None:
        return ""
    if frame.end.status.failed:
        return " · ↓ lowers η, r anew" if frame.knob == "lr" else " · r anew"
    return " · space goes on" if frame.end.status is Status.BREAKPOINT else " · r anew"


def _notation_of(objective: Objective, head: str = "") -> str:
    """The formula, its loss called by the head if there is one; nothing where a function is no text, or not known."""
    formula = objective.base if isinstance(objective, WithBase) else objective
    return in_notation(formula.equations, head) if isinstance(formula, FormulaObjective) else ""


def _name_of(objective: Objective) -> str:
    return "formula" if objective.is_typed else objective.name


def _start(frame: Frame, width: int = 99) -> str:
    """The start: with its names where they fit into ``width`` cells, else as many of its first four numbers as do."""
    start, symbols = frame.setup.start, frame.setup.objective.symbols
    if len(start) <= 4:
        named = ", ".join(f"{symbol} = {number(v)}" for symbol, v in zip(symbols, start, strict=True))
        if width_of(named) <= width:
            return named
    for most in range(min(4, len(start)), 0, -1):
        text = ", ".join(number(v) for v in start[:most]) + (", …" if len(start) > most else "")
        if width_of(text) <= width:
            return text
    return "…"


def _ends(name: str, key: str, width: int, inks: Inks) -> Line:
    return [(padded(name, width - width_of(key) - 1), inks.value), (f" {key}", inks.dim)]


def _around(lines: list[Line], place: int, height: int) -> list[Line]:
    """As many lines as fit, with line ``place`` among them."""
    first = max(0, min(place - height // 2, len(lines) - height))
    return lines[first : first + height]
