"""The recorded rows, in chunks that never grow: columns as arrays, any row in O(1).

A chunk is a bytearray (struct packs rows into it) with a NumPy view on it, and a bytearray that is viewed
cannot be resized; hence chunks. Past a budget in bytes the oldest keep every 256th row, and the rows between
are replayed when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.layout import Layout
from gdtui.objectives.objective import Array

Replay = Callable[[Array, int, int], Array]
"""(a row, its number, how many rows) -> the rows after it, (count, width)."""

FIRST_CHUNK = 256
CHUNK = 4096
CHUNK_BYTES = 1 << 22
KEPT_EVERY = 256
_REPLAYED = 2  # chunks


def chunk_rows(width: int) -> int:
    """Rows of a chunk: fewer where they are wide, or memory would be cleared long before it is written."""
    return min(CHUNK, max(1, CHUNK_BYTES // (8 * width) // KEPT_EVERY) * KEPT_EVERY)


def may_be_thinned(count: int, width: int) -> int:
    """How many chunks of so many rows may be thinned: all but the first and the last."""
    return max(0, count - 1 - FIRST_CHUNK) // chunk_rows(width)


class Trajectory:
    """Rows 0, 1, ... of one stretch of a run. Row 0 is where it starts.

    ``before``: how many rows before a row a replay from there reads; a thinned chunk keeps those too.
    ``bytes``: what the rows take in memory; ``replays``: how many chunks were computed again so far.
    """

    def __init__(self, layout: Layout, first: Array, replay: Replay | None = None, before: int = 0):
        self.layout = layout
        self._replay, self._before = replay, before
        self._chunk = chunk_rows(layout.width)
        self._buffers: list[bytearray | memoryview | None] = []
        self._views: list[Array] = []
        self._thinned: dict[int, Array] = {}  # chunk -> the last ``before`` rows ahead of each place that is kept
        self._replayed: dict[int, Array] = {}  # the last chunks that were computed again
        self.bytes = 0
        self.replays = 0
        self.count = 0
        self._add_chunk(FIRST_CHUNK)
        self._views[0][0] = first
        self.count = 1

    @property
    def row_bytes(self) -> int:
        return self.layout.width * 8

    def room(self) -> tuple[bytearray | memoryview, int, int]:
        """Where the next rows go: a buffer, the offset in bytes, how many rows fit."""
        chunk, within = self._place(self.count)
        if chunk == len(self._buffers):
            self._add_chunk(self._chunk)
        buffer = self._buffers[chunk]
        assert buffer is not None, "a thinned chunk is written no more"
        return buffer, within * self.row_bytes, len(self._views[chunk]) - within

    def _add_chunk(self, rows: int) -> None:
        size = rows * self.row_bytes
        # Wide rows are not packed by struct: their memory need not be cleared before it is written.
        buffer = bytearray(size) if size <= CHUNK_BYTES else np.empty(size, np.uint8).data
        self._buffers.append(buffer)
        self.bytes += size
        self._views.append(np.frombuffer(buffer, dtype=np.float64).reshape(rows, self.layout.width))

    def grown(self, rows: int) -> None:
        """Tell that so many rows were written where `room` said."""
        self.count += rows

    def next_row(self) -> Array:
        """Where the next row goes, (width,), to be written to; it is there once `grown` is told."""
        self.room()
        chunk, within = self._place(self.count)
        found: Array = self._views[chunk][within]
        return found

    def append(self, row: Array) -> None:
        self.next_row()[:] = row
        self.count += 1

    def truncate(self, count: int) -> None:
        """Forget the rows from ``count`` on."""
        self.count = min(self.count, count)

    def row(self, number: int) -> Array:
        """One row, (width,). A view: do not write to it."""
        if not 0 <= number < self.count:
            raise IndexError(f"there is no row {number}; there are {self.count}")
        chunk, within = self._place(number)
        found: Array
        if chunk in self._thinned:
            kept, behind = divmod(within, KEPT_EVERY)
            if behind == 0:
                found = self._views[chunk][kept]
                return found
            if behind >= KEPT_EVERY - self._before:  # where a replay looks back to: never by a replay in its turn
                found = self._thinned[chunk][kept, behind - KEPT_EVERY + self._before]
                return found
        found = self._whole(chunk)[within]
        return found

    def rows(self, start: int, stop: int, columns: slice = slice(None)) -> Array:
        """Rows start .. stop − 1, (stop − start, width), or these columns; a view where they lie in one chunk."""
        stop = min(stop, self.count)
        if start >= stop:
            return np.empty((0, self.layout.width))[:, columns]
        parts = []
        while start < stop:
            chunk, within = self._place(start)
            whole = self._whole(chunk)
            take = min(stop - start, len(whole) - within)
            parts.append(whole[within : within + take, columns])
            start += take
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def thin(self, keep_from: int) -> bool:
        """Let the oldest full chunk before row ``keep_from`` keep every 256th row. Says whether there was one."""
        if self._replay is None:
            return False
        last, _ = self._place(min(keep_from, self.count - 1))
        chunk = 1 + len(self._thinned)
        if chunk >= last:
            return False
        blocks = self._views[chunk].reshape(-1, KEPT_EVERY, self.layout.width)
        self.bytes -= blocks.nbytes
        self._thinned[chunk] = blocks[:, KEPT_EVERY - self._before :].copy()
        self._views[chunk] = blocks[:, 0].copy()
        self._buffers[chunk] = None
        self.bytes += self._views[chunk].nbytes + self._thinned[chunk].nbytes
        return True

    @property
    def thinned(self) -> int:
        """How many chunks are thinned: the oldest, but for the first."""
        return len(self._thinned)

    def kept(self) -> list[Array]:
        """All that is in memory, in order: the rows of each chunk; of a thinned one every 256th, then those between.

        Views, whose rows are written no more.
        """
        found = []
        for chunk, view in enumerate(self._views):
            if chunk in self._thinned:
                found += [view, self._thinned[chunk].reshape(-1, self.layout.width)]
            else:
                found.append(view[: max(0, self.count - self._first_of(chunk))])
        return found

    def kept_numbers(self) -> list[NDArray[np.int64]]:
        """The numbers of the rows in each part of `kept`."""
        found = []
        for chunk, rows in enumerate(self._views):
            first = self._first_of(chunk)
            if chunk in self._thinned:
                places = np.arange(first, first + self._chunk, KEPT_EVERY)
                behind = np.arange(KEPT_EVERY - self._before, KEPT_EVERY)
                found += [places, (places[:, None] + behind).ravel()]
            else:
                found.append(np.arange(first, max(first, min(self.count, first + len(rows)))))
        return found

    def at_hand(self, start: int, stop: int, every: int) -> NDArray[np.int64]:
        """The numbers of the rows start .. stop − 1 that are in memory, (n,); of them every so many, and the last.

        ``every``: a power of two. Of a thinned chunk each 256th row at most.
        """
        whole_from = self._first_of(len(self._thinned) + 1)
        thinned = (FIRST_CHUNK, whole_from, max(every, KEPT_EVERY))
        stretches = ((0, FIRST_CHUNK, every), thinned, (whole_from, stop, every))
        parts = [np.arange(-(-max(a, start) // step) * step, min(b, stop), step) for a, b, step in stretches]
        found = np.concatenate(parts)
        if stop > max(start, whole_from) and (not len(found) or found[-1] < stop - 1):
            found = np.append(found, stop - 1)
        return found

    def taken(self, numbers: NDArray[np.int64]) -> Array:
        """The rows of these numbers (n,), ascending, so far as they are in memory: (n, width), else NaN."""
        found = np.full((len(numbers), self.layout.width), np.nan)
        chunks = np.where(numbers < FIRST_CHUNK, 0, (numbers - FIRST_CHUNK) // self._chunk + 1)
        ends = [*(np.flatnonzero(np.diff(chunks)) + 1).tolist(), len(numbers)]
        for begin, end in zip([0, *ends[:-1]], ends, strict=True):
            chunk = int(chunks[begin]) if end > begin else 0
            within = numbers[begin:end] - self._first_of(chunk)
            if chunk not in self._thinned:
                found[begin:end] = self._views[chunk][within]
                continue
            kept, behind = np.divmod(within, KEPT_EVERY)
            places, ahead = behind == 0, behind >= KEPT_EVERY - self._before
            found[begin:end][places] = self._views[chunk][kept[places]]
            if ahead.any():
                found[begin:end][ahead] = self._thinned[chunk][kept[ahead], behind[ahead] - KEPT_EVERY + self._before]
        return found

    def kept_rows(self, count: int, thinned: int) -> int:
        """How many rows `kept` has of ``count``, if so many chunks are thinned."""
        return count - thinned * (self._chunk - self._chunk // KEPT_EVERY * (1 + self._before))

    def refill(self, count: int, thinned: int, read: Callable[[int], Array]) -> None:
        """Take rows that `kept` gave instead of those that are here; ``read`` brings so many of them as are next."""
        self._buffers, self._views, self._thinned, self._replayed, self.bytes = [], [], {}, {}, 0
        blocks = self._chunk // KEPT_EVERY
        for chunk in range(self._place(count - 1)[0] + 1):
            if 1 <= chunk <= thinned:
                self._buffers.append(None)
                self._views.append(read(blocks))
                self._thinned[chunk] = read(blocks * self._before).reshape(blocks, self._before, self.layout.width)
                self.bytes += self._views[chunk].nbytes + self._thinned[chunk].nbytes
            else:
                size = self._chunk if chunk else FIRST_CHUNK
                rows = read(min(size, count - self._first_of(chunk)))
                if self._first_of(chunk) + size < count:  # it is full, and taken as it is: it is written no more
                    self._buffers.append(None)
                    self._views.append(rows)
                    self.bytes += rows.nbytes
                else:
                    self._add_chunk(size)
                    self._views[chunk][: len(rows)] = rows
        self.count = count

    def _whole(self, chunk: int) -> Array:
        """All rows of a chunk, replayed where it was thinned; the last ones replayed are kept.

        Two of them: what looks back goes from one chunk to the one before again and again.
        """
        if chunk not in self._thinned:
            return self._views[chunk]
        if chunk not in self._replayed:
            assert self._replay is not None
            self.replays += 1
            first = self._first_of(chunk)
            rows = np.empty((self._chunk, self.layout.width))
            for k, kept in enumerate(self._views[chunk]):
                rows[k * KEPT_EVERY] = kept
                between = self._replay(kept, first + k * KEPT_EVERY, KEPT_EVERY - 1)
                rows[k * KEPT_EVERY + 1 : (k + 1) * KEPT_EVERY] = between
            if len(self._replayed) == _REPLAYED:
                del self._replayed[next(iter(self._replayed))]
            self._replayed[chunk] = rows
        return self._replayed[chunk]

    def block_of(self, number: int) -> int:
        """The first row of the chunk that a row is in: what is read from there on is computed again at most once."""
        return self._first_of(self._place(number)[0])

    def _first_of(self, chunk: int) -> int:
        """The number of a chunk's first row."""
        return FIRST_CHUNK + (chunk - 1) * self._chunk if chunk else 0

    def _place(self, number: int) -> tuple[int, int]:
        """The chunk and the row within it."""
        if number < FIRST_CHUNK:
            return 0, number
        chunk, within = divmod(number - FIRST_CHUNK, self._chunk)
        return chunk + 1, within
