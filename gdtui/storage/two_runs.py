"""Two runs compared, as text: lines for people, JSON lines for programs. The first is called A, the other B."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdtui.descent.branches import Branch
from gdtui.descent.difference import (
    Difference,
    SideBySide,
    first_difference,
    first_lower,
    fork_of,
    lowest,
    rows_to_show,
    side_by_side,
    terms_of_one,
)
from gdtui.descent.session import Session
from gdtui.descent.substitution import numbers_read
from gdtui.formula import graph
from gdtui.formula.equations import Equation
from gdtui.formula.graph import Node
from gdtui.formula.notation import fitted, notation, number
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives.recorded import Recorded
from gdtui.storage.recording_lines import Array
from gdtui.storage.rows import header_of, json_line, plain, rule_and_values

_CELL = 13
_ROUNDED = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
"""Tolerances that may look past numbers of float32 or of few digits; the last: by so much they may differ."""
_DIGITS = 8  # a float32 has no more, nor has what is written for people
_NAME = 3  # letters of a run's name in the heads of a table
_WHOLE = frozenset(["solve", "@", "diag", "part", "grad_at"])
"""Of a vector they take more than the coordinate they give."""


@dataclass(frozen=True)
class TwoRuns:
    """Two sessions that have come to their ends, and the first value in which they differ."""

    a: Session
    b: Session
    tolerance: float
    difference: Difference | None
    from_row: int = 0
    names: tuple[str, str] = ("A", "B")

    @property
    def runs(self) -> tuple[tuple[str, Session], tuple[str, Session]]:
        return (self.names[0], self.a), (self.names[1], self.b)

    @property
    def differ(self) -> bool:
        """Whether they differ in a value, or in how many rows there are."""
        return self.difference is not None or self.a.branch.count != self.b.branch.count

    @property
    def is_fed(self) -> bool:
        """Whether B is a rule that is fed with the rows of A."""
        return self.a.setup.objective is self.b.setup.objective and isinstance(self.a.setup.objective, Recorded)

    @property
    def rounding(self) -> str:
        """That one was recorded in rounded numbers, where that may be why they part, and what looks past it."""
        parted, recorded = self.difference, [s.branch for _, s in self.runs if s.setup.pipeline.recorded is not None]
        if parted is None or parted.absolute > _ROUNDED[-1] * max(1.0, abs(parted.a), abs(parted.b)):
            return ""
        if not any(_is_rounded(branch.quantity("theta", 0, 1000)) for branch in recorded):
            return ""
        a, b = self.a.branch, self.b.branch
        past = next((f for f in _ROUNDED if first_difference(a, b, self.from_row, f) is None), None)
        looks = "" if past is None else f": --tolerance {past:g} looks past that"
        return f"the recorded numbers are rounded, to float32 or few digits{looks}"

    @property
    def only(self) -> tuple[list[str], list[str]]:
        """The terms that only A has, and those that only B has; a recorded learning rate is compared as such."""
        a, b = terms_of_one(self.a.branch, self.b.branch, self.from_row)
        if all(session.setup.pipeline.lr_name for _, session in self.runs):
            a, b = ([name for name in names if name != "lr"] for names in (a, b))
        return a, b

    @property
    def rows(self) -> Iterator[SideBySide]:
        """Both in the rows of the table."""
        a, b = self.a.branch, self.b.branch
        parted = None if self.difference is None else self.difference.row
        return (side_by_side(a, b, row) for row in rows_to_show((a.count, b.count), parted, self.from_row))


def _is_rounded(values: Array) -> bool:
    """Whether all of them are numbers of float32, or have few digits."""
    with np.errstate(all="ignore"):
        single = values.astype(np.float32) == values
    return bool(single.all()) or all(float(f"{v:.{_DIGITS}g}") == v for v in values.ravel().tolist())


def compare(a: Session, b: Session, tolerance: float = 0.0, names: tuple[str, str] = ("A", "B")) -> TwoRuns:
    """Compare two runs as `first_difference` does. Raises ValueError for other numbers of parameters."""
    forked = fork_of(a.branch, b.branch)
    return TwoRuns(a, b, tolerance, first_difference(a.branch, b.branch, forked, tolerance), forked, names)


def text_lines(found: TwoRuns) -> Iterator[str]:
    """Where they part and by what equation, a table of both, and how each ended."""
    yield " against ".join(dict.fromkeys(session.setup.objective.title for _, session in found.runs))
    for label, session in found.runs:
        yield f"{label}  {rule_and_values(session.setup)}"
    yield from _remarks(found)
    yield ""
    yield _verdict(found)
    if rounding := found.rounding:
        yield rounding
    if found.difference is not None:
        for label, session in found.runs:
            value = found.difference.a if session is found.a else found.difference.b
            if session.setup.pipeline.recorded is None:
                yield from _equation(session.branch, found.difference, label, value)
            else:
                yield _recorded(session, found.difference, label, value)
    for (label, _), names in zip(found.runs, found.only, strict=True):
        if names:
            yield f"only {label} has {', '.join(symbol_of(name, RULE_SYMBOLS) for name in names)}: not compared"
    yield ""
    a, b = (name[:_NAME] for name in found.names)
    yield f"{'t':>8}" + "".join(head.rjust(_CELL) for head in (f"loss {a}", f"loss {b}", f"‖θ{a} − θ{b}‖"))
    for both in found.rows:
        values = (both.loss_a, both.loss_b, both.distance)
        yield f"{both.row:>8}" + "".join("–".rjust(_CELL) if v is None else fitted(v, _CELL) for v in values)
    yield ""
    up = found.a.setup.pipeline.maximize
    for label, session in found.runs:
        row, loss = lowest(session.branch)
        ended = session.branch.end.reason or "it goes on"
        yield f"{label}  {ended}; {'highest' if up else 'lowest'} loss {number(loss)} at t = {row}"
    if not found.is_fed:
        yield _which_got_lower(found)


def _remarks(found: TwoRuns) -> Iterator[str]:
    """What is to be known of their settings before they are compared."""
    recorded = [run for run in found.runs if run[1].setup.pipeline.recorded is not None]
    if not recorded and _own_rates(found):
        yield "the lr were not given but chosen for each: set one for both to compare the rules alone"
    for label, session in recorded:
        other, theirs = next(run for run in found.runs if run[1] is not session)
        values = theirs.setup.values
        for name, value in session.setup.values.items():
            if name != "lr" and values.get(name, value) != value:
                yield f"{label} was recorded with {name} = {number(value)}, {other} has {name} = {number(values[name])}"
    if recorded and (parted := _first_other_rates(found.a.branch, found.b.branch)):
        row, rate_a, rate_b = parted
        a, b = found.names
        yield f"their lr differ first at t = {row}: {a} has {number(rate_a)}, {b} {number(rate_b)}"
    if found.is_fed:
        yield f"{found.names[1]} is fed with θ, loss and gradient of each row of {found.names[0]}: its state is its own"


def _first_other_rates(a: Branch, b: Branch) -> tuple[int, float, float] | None:
    """The first row at which two runs arrived by other learning rates, and these; None where there are no two."""
    for row in range(1, min(a.count, b.count)):
        mine, theirs = a.row(row).lr, b.row(row).lr
        if mine is None or theirs is None:
            return None
        if mine != theirs and not math.isnan(mine):
            return row, mine, theirs
    return None


def _own_rates(found: TwoRuns) -> bool:
    """Whether two rules step by different lr that nobody asked for."""
    a, b = found.a.setup, found.b.setup
    both = "lr" in a.values and "lr" in b.values and a.values["lr"] != b.values["lr"]
    return both and a.pipeline != b.pipeline and not ("lr" in a.chosen and "lr" in b.chosen)


def _verdict(found: TwoRuns) -> str:
    within = f" by more than {number(found.tolerance)}" if found.tolerance else ""
    parted, counts = found.difference, (found.a.branch.count, found.b.branch.count)
    if parted is None:
        if counts[0] == counts[1]:
            return f"they do not differ{within} in any of {counts[0]} rows"
        (shorter, first), (longer, _) = found.runs if counts[0] < counts[1] else found.runs[::-1]
        both = f"they do not differ{within} in the {min(counts)} rows that both have"
        if first.branch.end.reason:
            return f"{both}; {shorter} has no more, {longer} goes on to t = {max(counts) - 1}"
        return f"{both}; {shorter} is at t = {min(counts) - 1}, {longer} at t = {max(counts) - 1}"
    digits = _digits(parted)
    share = "" if math.isnan(parted.relative) else f", {number(100 * parted.relative, 3)} % of the larger"
    values = f"{number(parted.a, digits)} against {number(parted.b, digits)}"
    return f"they part at t = {parted.row} in {_symbol(found.a, parted)}: {values}, by {number(parted.absolute)}{share}"


def _symbol(session: Session, parted: Difference) -> str:
    symbol = symbol_of(parted.name, RULE_SYMBOLS)
    name = _coordinate_name(session, parted)
    return symbol if name is None else f"{symbol}, coordinate {name}"


def _coordinate_name(session: Session, parted: Difference) -> str | None:
    """The parameter that a coordinate belongs to; of a vector of another length its number."""
    if parted.coordinate is None:
        return None
    shapes = session.branch.segment_at(parted.row).layout.shapes
    objective = session.setup.objective
    of_theta = shapes[parted.name] == (objective.dim,)
    return objective.symbols[parted.coordinate] if of_theta else f"[{parted.coordinate}]"


def _digits(parted: Difference) -> int:
    """As many as are needed to tell the two values apart."""
    return next((n for n in range(4, 17) if number(parted.a, n) != number(parted.b, n)), 17)


def _equation(branch: Branch, parted: Difference, label: str, value: float) -> Iterator[str]:
    """The equation of the term in which they part, in notation and with this run's numbers."""
    arrived = branch.row(parted.row)
    equation = _equation_of(branch, parted)
    if equation is None:
        return
    values = numbers_read(arrived.segment, branch.row(parted.row - 1), arrived)
    coordinate = parted.coordinate if _is_elementwise(equation.node) else None
    symbol = symbol_of(equation.name, RULE_SYMBOLS)
    text = notation(equation.node, RULE_SYMBOLS)
    numbers = notation(equation.node, RULE_SYMBOLS, values, coordinate)
    shown = [numbers] if numbers != text else []
    if equation.name == parted.name:
        shown.append(number(value, _digits(parted)))
    yield f"  {label}  {symbol} = {text}"
    if shown:
        yield f"     {' ' * _width(symbol)} = {' = '.join(shown)}"


def _recorded(session: Session, parted: Difference, label: str, value: float) -> str:
    """The recorded value of the term in which they part, and where it stands."""
    objective = session.setup.objective
    assert isinstance(objective, Recorded)
    symbol = symbol_of(parted.name, RULE_SYMBOLS)
    where = f"recorded in line {objective.in_file[parted.row]} of {objective.name}"
    return f"  {label}  {symbol} = {number(value, _digits(parted))}, {where}"


def _width(symbol: str) -> int:
    """Cells; a hat takes none."""
    return sum(not unicodedata.combining(character) for character in symbol)


def _equation_of(branch: Branch, parted: Difference) -> Equation | None:
    """The line that computes a term. A rule that does not name delta has it from its line of theta."""
    if parted.row == 0 or parted.name in ("loss", "grad"):
        return None
    segment = branch.segment_at(parted.row)
    equations = {e.name: e for e in segment.program.equations}
    return equations.get(parted.name, equations.get("theta"))


def _is_elementwise(node: Node) -> bool:
    """Whether a coordinate of it is made of that coordinate of what it reads alone."""
    return all(
        item.op not in _WHOLE and all(arg.shape in ((), item.shape) for arg in item.args)
        for item in graph.topological([node])
    )


def _which_got_lower(found: TwoRuns) -> str:
    (row_a, of_a), (row_b, of_b) = (lowest(session.branch) for _, session in found.runs)
    up = found.a.setup.pipeline.maximize
    low, lower = ("high", "higher") if up else ("low", "lower")
    if math.isnan(of_a) or math.isnan(of_b):
        return f"which got {lower} cannot be said: a run has no loss that is a number"
    if of_a == of_b:
        return f"both got as {low}: {found.names[0]} at t = {row_a}, {found.names[1]} at t = {row_b}"
    first = (of_a < of_b) != up
    label, other = found.names if first else found.names[::-1]
    better, bar = (found.a, of_b) if first else (found.b, of_a)
    return f"{label} got {lower}: past the best of {other} at t = {first_lower(better.branch, bar)}"


def json_lines(found: TwoRuns) -> Iterator[str]:
    """A header, the difference if there is one, rows, an end."""
    header: dict[str, Any] = {"kind": "header", "tolerance": found.tolerance}
    for (label, session), names in zip(found.runs, found.only, strict=True):
        of_run = header_of(session)
        of_run.pop("kind")
        header[label.lower()] = of_run | {"only_here": names}
    yield json_line(header)
    parted = found.difference
    if parted is not None:
        yield json_line({
            "kind": "difference", "t": parted.row, "name": parted.name, "coordinate": parted.coordinate,
            "a": plain(parted.a), "b": plain(parted.b), "absolute": plain(parted.absolute),
            "relative": plain(parted.relative),
        })  # fmt: skip
    for both in found.rows:
        values = {"loss_a": both.loss_a, "loss_b": both.loss_b, "distance": both.distance}
        told = {name: None if value is None else plain(value) for name, value in values.items()}
        yield json_line({"kind": "row", "t": both.row} | told)
    end: dict[str, Any] = {"kind": "end", "differ": found.differ}
    for label, session in found.runs:
        (row, loss), last = lowest(session.branch), session.branch.end
        end[label.lower()] = {
            "status": str(last.status), "reason": last.reason, "steps": session.branch.count - 1,
            "best": {"t": row, "loss": plain(loss)},
        }  # fmt: skip
    yield json_line(end)


FORMATS = {"table": text_lines, "jsonl": json_lines}
