"""Whether a session file is what it claims: every row is computed again and compared to the bit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.layout import RECORDED, Layout
from gdtui.descent.rows import Rows
from gdtui.formula.kinks import conventions_of
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives.objective import Array, FormulaObjective
from gdtui.storage.restoring import branches_of, replay
from gdtui.storage.rows_file import RowsReader, as_bytes, size_of
from gdtui.storage.session_file import claimed
from gdtui.storage.session_reading import Claim, ClaimedSession
from gdtui.storage.strict_json import SessionFileError, naming


@dataclass(frozen=True)
class Report:
    """``holds``: it is what it claims. ``sentence`` says so, or the first that is not."""

    holds: bool
    sentence: str


def verify(path: Path) -> Report:
    """Replay the session in FILE.gdt. Raises SessionFileError where it cannot be read."""
    claim = claimed(path)
    rows = path.with_name(claim.rows)
    with naming(path):
        if size_of(rows) is None:
            return _compared(claim, None)
        try:
            with rows.open("rb") as file:
                return _compared(claim, RowsReader(file))
        except OSError as error:
            raise SessionFileError(f"{claim.rows}: {error.strerror}") from None


def _compared(claim: ClaimedSession, rows: RowsReader | None) -> Report:
    replayed = hashlib.sha256()
    compared = count()
    faults: list[str] = []

    def fill(segment: Rows, wanted: Claim) -> None:
        try:
            replay(segment, wanted)
        except SessionFileError as error:
            raise _PartedError(str(error)) from None
        for piece in segment.trajectory.kept():
            replayed.update(as_bytes(piece))
        place = next(compared)
        if rows is not None and not faults:
            found = _first_difference(segment, rows.reader(segment.layout.width))
            faults.extend(f"segments[{place}], {fault}" for fault in found)

    try:
        branches_of(claim, fill)
    except _PartedError as parted:
        return Report(False, str(parted))
    if faults:
        return Report(False, f"not what it claims: {faults[0]}")
    if replayed.hexdigest() != claim.digest:
        return Report(False, "not what it claims: the rows that its equations give have another digest")
    if rows is not None and rows.digest() != claim.digest:
        return Report(False, f"not what it claims: {claim.rows} has more in it than the rows of the session")
    total = sum(wanted.count for wanted in claim.segments)
    beside = "" if rows is not None else f"; {claim.rows} is missing, and what opens the session computes it again"
    what = f"{total} recorded rows behind {len(claim.tips)} branch{'es' * (len(claim.tips) != 1)}"
    return Report(True, f"it is what it claims: {what}, replayed to the bit, sha256 {claim.digest}{beside}")


class _PartedError(Exception):
    """The replay cannot go on to where the claim ends."""


def _first_difference(segment: Rows, read: Callable[[int], Array]) -> list[str]:
    """The first row and quantity in which the file is not as the replay; nothing where it is the same."""
    found: list[tuple[int, Array, Array]] = []
    for numbers, piece in zip(segment.trajectory.kept_numbers(), segment.trajectory.kept(), strict=True):
        try:
            claimed_rows = read(len(piece))
        except EOFError:
            first, last = (segment.first + int(k) for k in numbers[[0, -1]])
            return [f"rows {first} to {last}: the rows file is cut off there"]
        if claimed_rows.tobytes() == np.ascontiguousarray(piece).tobytes():
            continue
        apart = (claimed_rows.view(np.int64) != np.ascontiguousarray(piece).view(np.int64)).any(axis=1)
        place = int(apart.argmax())
        found.append((segment.first + int(numbers[place]), claimed_rows[place], piece[place]))
    if not found:
        return []
    row, claimed_row, replayed_row = min(found, key=lambda item: item[0])
    apart = claimed_row.view(np.int64) != np.ascontiguousarray(replayed_row).view(np.int64)
    name, within = _first_quantity(segment.layout, apart)
    place = segment.layout.columns[name].start + within
    values = f"{float(claimed_row[place])!r} in the file, {float(replayed_row[place])!r} when it is computed"
    shape, symbols = segment.layout.shapes[name], segment.program.objective.symbols
    coordinate = (f" ({symbols[within]})" if shape == (len(symbols),) else f" ({within})") if shape else ""
    return [f"row {row}: {symbol_of(name, RULE_SYMBOLS)}{coordinate} is {values}{_of_a_kink(segment, replayed_row)}"]


def _of_a_kink(segment: Rows, row: Array) -> str:
    """Where the loss has no one slope, another version may have taken another."""
    objective = segment.program.objective
    if not isinstance(objective, FormulaObjective) or not objective.kinked(row[: segment.layout.dim]):
        return ""
    conventions = "; ".join(conventions_of(objective.graph))
    return f": the function has a kink there, and the version that made the file took another slope ({conventions})"


def _first_quantity(layout: Layout, apart: NDArray[np.bool_]) -> tuple[str, int]:
    """The first that differs, in the order in which they are computed, and at which of its numbers."""
    for name in (*(name for name, _ in layout.terms), *RECORDED):
        if apart[layout.columns[name]].any():
            return name, int(apart[layout.columns[name]].argmax())
    raise AssertionError("rows that differ have a quantity that does")  # pragma: no cover
