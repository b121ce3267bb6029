"""A long session is shown before its rows are read: they are mapped, and checked, or computed again, behind it."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from gdtui.descent.branches import Branch
from gdtui.descent.rows import Rows
from gdtui.descent.session import Session
from gdtui.objectives.objective import Array
from gdtui.storage.restoring import MOST_BYTES, branches_of, building, replaying, restored
from gdtui.storage.rows_file import as_bytes, size_of
from gdtui.storage.session_file import Opened, again_note, claimed, load, pieces_of
from gdtui.storage.session_reading import Claim, ClaimedSession
from gdtui.storage.strict_json import SessionFileError, naming

MAPPED_FROM = 16 << 20
"""Bytes of a rows file; a shorter one is read and checked before anything is shown."""
REPLAYED_FROM = 5_000
"""Rows; where fewer are missing they are computed before anything is shown."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Rest:
    """What is still to be done of a session that is shown. ``rows``: those of its file, to be checked; or None."""

    path: Path
    claim: ClaimedSession
    rows: mmap.mmap | None = None

    @property
    def total(self) -> int:
        """How many rows the session has."""
        return sum(claim.count for claim in self.claim.segments)

    def holds(self) -> bool:
        """Whether the rows are those that were saved: the whole file is read, which a thread may do."""
        if self.rows is None:
            return False
        digest, rows = hashlib.sha256(), memoryview(self.rows)  # not by its name: it may be saved over meanwhile
        for at in range(0, len(rows), _BLOCK):
            digest.update(rows[at : at + _BLOCK])
        return digest.hexdigest() == self.claim.digest

    def again(self) -> Generator[int, None, Opened | SessionFileError]:
        """Compute the rows; yields how many there are. Gives the session, or what is wrong with it."""
        try:
            with naming(self.path):
                branches = yield from building(self.claim, replaying)
        except SessionFileError as error:
            return error
        session, digest = restored(self.claim, branches), hashlib.sha256()
        for piece in pieces_of(session):
            digest.update(as_bytes(piece))
            yield self.total
        return Opened(session, self.claim.screen, again_note(self.claim, self.path, digest.hexdigest()))


@dataclass(frozen=True)
class Shown:
    """A session to be shown at once, and what is to be done behind it; None where nothing is."""

    opened: Opened
    rest: Rest | None = None


def load_to_show(path: Path) -> Shown:
    """As `load`, within a moment however long the session is. Raises SessionFileError.

    Until the rest is done it is either the session itself, with rows that are not checked, or its start alone.
    """
    claim = claimed(path)
    size = size_of(path.with_name(claim.rows))
    if size is not None and MAPPED_FROM <= size <= MOST_BYTES:
        with naming(path):
            found = _mapped(claim, path.with_name(claim.rows))
        if found is not None:
            branches, rows = found
            return Shown(Opened(restored(claim, branches), claim.screen), Rest(path, claim, rows))
    rest = Rest(path, claim)
    if (size is not None and size < MAPPED_FROM) or rest.total < REPLAYED_FROM:
        return Shown(load(path))
    return Shown(Opened(Session(claim.setup), claim.screen), rest)


def _mapped(claim: ClaimedSession, path: Path) -> tuple[list[Branch], mmap.mmap] | None:
    """The branches with the rows of a rows file, read as far as they are looked at; None where it is another's."""
    try:
        with path.open("rb") as file:
            rows = _MappedRows(file)

        def fill(segment: Rows, wanted: Claim) -> None:
            segment.trajectory.refill(wanted.count, wanted.thinned, rows.reader(segment.layout.width))

        branches = branches_of(claim, fill)
        return (branches, rows.mapped) if rows.is_at_end else None
    except (OSError, EOFError):
        return None


class _MappedRows:
    """A rows file as arrays that nobody writes to."""

    def __init__(self, file: BinaryIO):
        self.mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0

    def reader(self, width: int) -> Callable[[int], Array]:
        """So many rows of this width as are asked for. Raises EOFError where there are not."""

        def read(rows: int) -> Array:
            size = rows * width * 8
            if self._at + size > len(self.mapped):
                raise EOFError
            found = np.empty(0) if not rows else np.frombuffer(self.mapped, "<f8", rows * width, self._at)
            self._at += size
            return np.asarray(found, dtype=np.float64).reshape(rows, width)

        return read

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self.mapped)
