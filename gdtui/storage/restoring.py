"""What a session file claims -> branches with rows: read from the rows file, or computed again from the equations."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from gdtui.descent.branches import Branch, Reached, history
from gdtui.descent.continuation import replay as replay_rows
from gdtui.descent.entry import entry_after, entry_row
from gdtui.descent.rows import Lookback, Rows
from gdtui.descent.session import BUDGET, Session
from gdtui.storage.rows_file import RowsReader
from gdtui.storage.session_reading import Claim, ClaimedSession, chain_of
from gdtui.storage.strict_json import SessionFileError

MOST_BYTES = 4 * BUDGET
"""What the rows of a file may take in memory."""
Fill = Callable[[Rows, Claim], None]
"""Gives a segment, which has its first row, the rows that are claimed of it."""
Filling = Callable[[Rows, Claim], Iterable[int]]
"""The same in slices: it yields how many there are."""
_SLICE = 1024


def restored(claim: ClaimedSession, branches: list[Branch]) -> Session:
    return Session.restored(claim.setup, branches, branches[claim.branch], claim.cursor, dict(claim.hits))


def branches_of(claim: ClaimedSession, fill: Fill) -> list[Branch]:
    """The branches; ``fill`` is called for every segment once, in the order of the file.

    Raises SessionFileError for more rows than fit into memory.
    """

    def at_once(segment: Rows, wanted: Claim) -> Iterable[int]:
        fill(segment, wanted)
        return ()

    work = building(claim, at_once)
    while True:
        try:
            next(work)
        except StopIteration as end:
            branches: list[Branch] = end.value
            return branches


def building(claim: ClaimedSession, filling: Filling) -> Generator[int, None, list[Branch]]:
    """As `branches_of`, in slices; yields how many rows of all segments there are."""
    rows_before = 0
    made: list[Rows] = []
    branches: list[Branch] = []
    room = MOST_BYTES
    for tip in claim.tips:
        segments: list[Rows] = []
        for place in chain_of(claim.segments, tip.last):
            if place < len(made):
                segments.append(made[place])
                continue
            wanted = claim.segments[place]
            segment = _begun(wanted, segments[-1] if segments else None)
            segments.append(segment)
            segment.lookback = history(segments, len(segments) - 1)
            room -= segment.trajectory.kept_rows(wanted.count, wanted.thinned) * segment.trajectory.row_bytes
            if room < 0:
                raise SessionFileError(f"segments[{place}].rows: the rows take more than {MOST_BYTES >> 20} MB")
            for rows in filling(segment, wanted):
                yield rows_before + rows
            rows_before += wanted.count
            made.append(segment)
        stops = [segment.first + 1 for segment in segments[1:]]
        branch = Branch(segments, stops, tip.end, replace(tip.progress), tip.forked_at, tip.name, tip.number)
        if tip.before is not None:
            back, end, progress, stopping = tip.before
            branch.reached = Reached(segments[-1 - back], end, replace(progress), stopping)
        branches.append(branch)
    return branches


def _begun(claim: Claim, before: Rows | None) -> Rows:
    """A segment with its first row alone."""
    how = claim.how
    if before is not None:
        entry = entry_after(before, how)
    else:
        entry = entry_row(how.program, how.values, np.array(claim.start), (how.seed, how.t0))
    segment = how.rows(entry)
    segment.remark = claim.remark
    for name, numbers in (claim.state or {}).items():
        segment.trajectory.row(0)[segment.layout.columns[name]] = numbers
    return segment


def replay(segment: Rows, claim: Claim) -> None:
    """The claimed rows, computed. Raises SessionFileError where the descent leaves the numbers before their end."""
    for _ in replaying(segment, claim):
        pass


def replaying(segment: Rows, claim: Claim) -> Iterator[int]:
    """As `replay`, in slices; yields how many there are."""
    for count in range(_SLICE, claim.count + _SLICE, _SLICE):
        replay_rows(segment, min(count, claim.count), _lookback(segment), claim.thinned)
        yield segment.trajectory.count
        if segment.trajectory.count < min(count, claim.count):
            break
    if segment.trajectory.count < claim.count:
        row = segment.end - 1
        more = f"{claim.end - 1 - row} more are claimed"
        raise SessionFileError(f"not what it claims: row {row} is not finite when it is computed, and {more}")


def _lookback(segment: Rows) -> Lookback:
    assert segment.lookback is not None, "a segment of a branch knows what lies before it"
    return segment.lookback


def from_file(claim: ClaimedSession, path: Path) -> list[Branch] | None:
    """The branches with the rows of a rows file; None where it is not there, or is not the one that is claimed."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        with path.open("rb") as file:
            rows = RowsReader(file)

            def fill(segment: Rows, wanted: Claim) -> None:
                read = rows.reader(segment.layout.width)
                segment.trajectory.refill(wanted.count, wanted.thinned, read)

            branches = branches_of(claim, fill)
            return branches if rows.digest() == claim.digest else None
    except (OSError, EOFError):
        return None
