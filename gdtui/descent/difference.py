"""What differs between two branches: the first step, term and coordinate, and the two of them side by side.

Rows are compared in stretches: branches of a million rows, thinned ones too, take a few megabytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.branches import Branch, layouts
from gdtui.descent.layout import RECORDED, Layout
from gdtui.descent.rows import Rows
from gdtui.formula.graph import Shape
from gdtui.formula.parameter import Parameter, next_125
from gdtui.objectives.objective import Array

AROUND = 2
"""So many rows before and behind the one where they part are in the table."""
TOLERANCE = Parameter("tolerance", 0.0, 0.0, 1.0, "log", "by so much values may differ and count as equal")
_AT_ONCE = 2**18  # numbers of one branch that are looked at together


@dataclass(frozen=True)
class Difference:
    """The first value in which two branches differ: in row ``row``, quantity ``name``, values ``a`` and ``b``.

    ``coordinate`` counts from 0; None for a scalar.
    """

    row: int
    name: str
    coordinate: int | None
    a: float
    b: float

    @property
    def absolute(self) -> float:
        return abs(self.a - self.b)

    @property
    def relative(self) -> float:
        """The share of the larger one; NaN where one is no finite number."""
        larger = max(abs(self.a), abs(self.b))
        return self.absolute / larger if math.isfinite(larger) and larger > 0 else math.nan


@dataclass(frozen=True)
class SideBySide:
    """One row of both: their losses, and ‖θA − θB‖. None where a branch has no such row."""

    row: int
    loss_a: float | None
    loss_b: float | None
    distance: float | None


def fork_of(a: Branch, b: Branch) -> int:
    """The last row that two branches share: where one was forked off; 0 for runs of their own."""
    row = 0
    for place, (mine, theirs) in enumerate(zip(a.segments, b.segments, strict=False)):
        if mine is not theirs:
            break
        ends = (branch.stops[place] if place < len(branch.stops) else branch.count for branch in (a, b))
        row = min(ends) - 1
    return row


def first_difference(a: Branch, b: Branch, from_row: int = 0, tolerance: float = 0.0) -> Difference | None:
    """The first value in which two branches differ, from row ``from_row`` on, in the rows that both have.

    Within a row that is the first in the order in which they are computed: A's terms in the order of its equations,
    the parameters, the loss, the gradient. Of terms those are compared that have one name and shape in both;
    `terms_of_one` has the others. Row 0 has no terms. Values are equal if they are the same number (NaN equals NaN,
    0 equals −0), or if |a − b| ≤ tolerance·max(1, |a|, |b|). Raises ValueError for other numbers of parameters.
    """
    dims = a.last.layout.dim, b.last.layout.dim
    if dims[0] != dims[1]:
        raise ValueError(f"one run has {dims[0]} parameters, the other {dims[1]}: there is nothing to compare")
    stop = min(a.count, b.count)
    size = max(1, _AT_ONCE // max(layout.width for layout in layouts(a) + layouts(b)))
    for start in range(from_row, stop, size):
        for mine, theirs, first, behind in _stretches(a, b, start, min(stop, start + size)):
            found = _first_within(mine, theirs, first, behind, tolerance)
            if found is not None:
                return found
    return None


def _stretches(a: Branch, b: Branch, start: int, stop: int) -> Iterator[tuple[Rows, Rows, int, int]]:
    """Rows start .. stop − 1, cut where a segment of either ends."""
    while start < stop:
        (mine, _, end), (theirs, _, other_end) = a.pieces(start, stop)[0], b.pieces(start, stop)[0]
        yield mine, theirs, start, min(end, other_end)
        start = min(end, other_end)


def _first_within(mine: Rows, theirs: Rows, first: int, behind: int, tolerance: float) -> Difference | None:
    if mine is theirs:
        return None
    rows = mine.trajectory.rows(first - mine.first, behind - mine.first)
    others = theirs.trajectory.rows(first - theirs.first, behind - theirs.first)
    found = None
    gradient = mine.program.objective.has_gradient and theirs.program.objective.has_gradient
    for name in (*common_terms(mine.layout, theirs.layout), *(RECORDED if gradient else RECORDED[:-1])):
        x, y = rows[:, mine.layout.columns[name]], others[:, theirs.layout.columns[name]]
        apart = _apart(x, y, tolerance)
        if first == 0 and name not in RECORDED:
            apart[0] = False
        hits = np.flatnonzero(apart.any(axis=1))
        if not hits.size:
            continue
        row = int(hits[0])
        place = int(apart[row].argmax())
        coordinate = place if mine.layout.shapes[name] else None
        found = Difference(first + row, name, coordinate, float(x[row, place]), float(y[row, place]))
        rows, others = rows[:row], others[:row]  # what is computed later counts in earlier rows only
        if not row:
            break
    return found


def _apart(x: Array, y: Array, tolerance: float) -> NDArray[np.bool_]:
    equal: NDArray[np.bool_] = (x == y) | (np.isnan(x) & np.isnan(y))
    if tolerance > 0:
        with np.errstate(all="ignore"):
            near = np.abs(x - y) <= tolerance * np.maximum(1.0, np.maximum(np.abs(x), np.abs(y)))
        equal |= near & np.isfinite(x) & np.isfinite(y)
    return ~equal


def common_terms(a: Layout, b: Layout) -> list[str]:
    """The terms that have one name and shape in both, in A's order."""
    theirs = dict(b.terms)
    return [name for name, shape in a.terms if theirs.get(name) == shape]


def terms_of_one(a: Branch, b: Branch, from_row: int = 0) -> tuple[list[str], list[str]]:
    """The terms behind row ``from_row`` that only A has, and those that only B has, by name or by shape."""
    mine, theirs = _terms(a, from_row), _terms(b, from_row)
    alone = [name for name, shape in mine.items() if theirs.get(name) != shape]
    return alone, [name for name, shape in theirs.items() if mine.get(name) != shape]


def _terms(branch: Branch, from_row: int) -> dict[str, Shape]:
    updates = [segment for segment, _, _ in branch.pieces(from_row + 1, branch.count)] or [branch.last]
    return {name: shape for segment in updates for name, shape in segment.layout.terms}


def rows_to_show(counts: Sequence[int], parted: int | None, from_row: int = 0) -> list[int]:
    """The rows of a table of two runs: where they part and a few around it, the ends, and rows between.

    These are 1, 2, 5, 10, 20, ... steps behind the last row before they part, or behind ``from_row``.
    """
    last = max(counts) - 1
    base = from_row if parted is None else max(from_row, parted - 1)
    near = () if parted is None else range(parted - AROUND, parted + AROUND + 1)
    rows = {from_row, *near, *(count - 1 for count in counts)}
    step = 1.0
    while base + step < last:
        rows.add(base + int(step))
        step = next_125(step, True)
    return sorted(row for row in rows if from_row <= row <= last)


def side_by_side(a: Branch, b: Branch, row: int) -> SideBySide:
    """Both branches at a row."""
    mine = a.row(row) if row < a.count else None
    theirs = b.row(row) if row < b.count else None
    between = math.dist(mine.theta, theirs.theta) if mine and theirs else None
    return SideBySide(row, mine.loss if mine else None, theirs.loss if theirs else None, between)


def lowest(branch: Branch, from_row: int = 0) -> tuple[int, float]:
    """The first row with the lowest loss from a row on, and that loss; of a run that goes up, the highest.

    Where no loss is a number: row ``from_row`` and NaN.
    """
    sign, best, place = branch.last.program.sense, math.inf, None
    for start, loss in _losses(branch, from_row):
        low = int(np.where(np.isnan(loss), np.inf, sign * loss).argmin())
        if sign * loss[low] < best:
            best, place = float(sign * loss[low]), start + low
    return (from_row, math.nan) if place is None else (place, sign * best)


def first_lower(branch: Branch, loss: float, from_row: int = 0) -> int | None:
    """The first row from a row on whose loss is lower than ``loss``; of a run that goes up, higher."""
    sign = branch.last.program.sense
    for start, losses in _losses(branch, from_row):
        hits = np.flatnonzero(sign * losses < sign * loss)
        if hits.size:
            return start + int(hits[0])
    return None


def _losses(branch: Branch, from_row: int) -> Iterator[tuple[int, Array]]:
    size = max(1, _AT_ONCE // max(layout.width for layout in layouts(branch)))
    for start in range(from_row, branch.count, size):
        yield start, branch.quantity("loss", start, start + size)
