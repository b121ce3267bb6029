"""A recorded run: rows that gdtui wrote, or whoever else, as CSV or JSON lines, without what made them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.layout import Layout
from gdtui.formula.tokens import printable
from gdtui.objectives.objective import Point
from gdtui.storage.recording_csv import read_csv
from gdtui.storage.recording_json import Header, read_jsonl
from gdtui.storage.recording_lines import Array, Lines, RecordingError, wrong

RATE = "lr"
"""What the learning rate of a step is called among the terms of a recorded row."""


@dataclass(frozen=True)
class Recording:
    """Rows of a run as they stand in a file. Row 0 is the start; row k is what update k made of it.

    ``rows``: (n + 1, width) as ``layout`` says, with the terms in the order of the file and the learning rate behind
    them; where no gradient is recorded it is NaN. ``lines``: (n + 1,), the line of each row. ``t0``: what t is in the
    first row, 0 or 1. ``left_out``: columns that are no numbers. ``header``: what the file says of the run besides.
    """

    file: str
    names: tuple[str, ...]
    layout: Layout
    rows: Array
    lines: NDArray[np.int64]
    has_grad: bool
    t0: int
    left_out: tuple[str, ...]
    header: Header

    @property
    def steps(self) -> int:
        """How many updates there were."""
        return len(self.rows) - 1

    @property
    def params(self) -> Array:
        """(n + 1, d)."""
        return self._of("theta")

    @property
    def loss(self) -> Array:
        """(n + 1,)."""
        return self._of("loss")[:, 0]

    @property
    def grad(self) -> Array | None:
        """(n + 1, d), or None where none is recorded."""
        return self._of("grad") if self.has_grad else None

    @cached_property
    def terms(self) -> dict[str, Array]:
        """By name (n + 1, k), or (n + 1,) for one number a row; NaN where nothing stands, as in row 0."""
        return {name: self._of(name) if shape else self._of(name)[:, 0] for name, shape in self.layout.terms}

    @property
    def start(self) -> Point:
        return tuple(self.params[0].tolist())

    @property
    def note(self) -> str:
        """What is to be known of how the file was read; empty where there is nothing."""
        parts = []
        if self.t0:
            parts.append(f"it counts from t = {self.t0}: that row is taken for the start, t = 0")
        if self.left_out:
            parts.append(f"left out, since they are no numbers: {', '.join(self.left_out)}")
        return "; ".join(parts)

    def reordered(self, order: Sequence[int]) -> Recording:
        """The same run with its parameters, and what is as long, in another order: those at ``order`` now."""
        rows = self.rows.copy()
        for name, shape in self.layout.shapes.items():
            if shape == (self.layout.dim,):
                columns = self.layout.columns[name]
                rows[:, columns] = self.rows[:, columns][:, order]
        return replace(self, names=tuple(self.names[k] for k in order), rows=rows)

    def without(self, terms: Container[str]) -> Recording:
        """The same run without some of its terms."""
        layout = replace(self.layout, terms=tuple(item for item in self.layout.terms if item[0] not in terms))
        return replace(self, layout=layout, rows=np.hstack([self._of(name) for name in layout.columns]))

    def _of(self, name: str) -> Array:
        return self.rows[:, self.layout.columns[name]]


def read_recording(path: Path) -> Recording:
    """The run in a file. Raises RecordingError: what is wrong in which line and column, and what to write."""
    name = printable(str(path))
    try:
        if path.exists() and not path.is_file():
            raise RecordingError(f"{name}: this is no file")
        with path.open("rb") as file:
            if path.suffix.lower() == ".csv":
                return _recording(name, read_csv(file, name), Header())
            return _recording(name, *read_jsonl(file, name))
    except OSError as error:
        raise RecordingError(f"{name}: {error.strerror}") from None


def _recording(name: str, found: Lines, header: Header) -> Recording:
    columns, rows = found.columns, found.rows
    t0 = _checked_t(name, found)
    dim = len(columns.names)
    grad = rows[:, dim + 2 : 2 * dim + 2] if columns.grad else np.full((len(rows), dim), np.nan)
    rest = rows[:, dim + 2 + len(columns.grad) :]
    terms = [(term, shape) for term, shape, _ in columns.terms]
    if columns.lr is not None:
        if np.isnan(rest[:, -1]).all():
            rest = rest[:, :-1]
        else:
            terms.append((RATE, ()))
    layout = Layout(dim, tuple(terms), ())
    every = np.hstack([rows[:, 1 : dim + 2], grad, rest])
    return Recording(
        name, columns.names, layout, every, found.lines, bool(columns.grad), t0, found.left_out, header
    )  # fmt: skip


def _checked_t(name: str, found: Lines) -> int:
    """What t is in the first row. Raises RecordingError where rows do not go up by one from 0 or 1."""
    t = found.rows[:, 0]
    if t[0] not in (0.0, 1.0):
        said = f"the first t is {t[0]:.12g}: a run is recorded from its start, t = 0 (or 1)"
        raise wrong(name, int(found.lines[0]), said, found.columns.t, ("t",) * (found.columns.t + 1))
    odd = np.flatnonzero(np.diff(t) != 1.0)
    if odd.size:
        k = int(odd[0])
        before, here = f"{t[k]:.12g}", f"{t[k + 1]:.12g}"
        if t[k + 1] > t[k] + 1:
            said = f"t jumps from {before} to {here}: every step is needed (gdtui run writes each unless --every)"
        else:
            said = f"t is {here} behind {before}: it goes up by 1 from row to row; one file holds one run"
        raise wrong(name, int(found.lines[k + 1]), said, found.columns.t, ("t",) * (found.columns.t + 1))
    return int(t[0])
