"""The memory of a block of lanes: arrays that do not hold each other up, and pieces for which one thread is enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PAGE, _LINE = 4096, 64  # bytes
_STEP = 7 * _LINE  # from one array's place in its page to the next one's: through all 64 lines of it
_PIECE = 10_000  # numbers of which OpenBLAS takes the dot product in one thread


def staggered(kinds: Mapping[str, tuple[tuple[int, ...], Any]], size: int) -> dict[str, NDArray[Any]]:
    """Arrays of zeros (*shape, size) by name, from the shape and the dtype of each, at different places of a page.

    Large arrays come from the system at the beginning of a page, all alike. A processor that tells addresses apart
    by their last twelve bits then lets a load wait for an unrelated store (what Intel's optimization manual calls
    4K aliasing); here that was a twentieth of a step.
    """
    arrays = {}
    for place, (name, (shape, kind)) in enumerate(kinds.items()):
        length = int(np.prod(shape, dtype=int)) * size * np.dtype(kind).itemsize
        room = np.zeros(length + 2 * _PAGE, np.uint8)
        first = -room.__array_interface__["data"][0] % _PAGE + place * _STEP % _PAGE
        arrays[name] = room[first : first + length].view(kind).reshape(*shape, size)
    return arrays


def pieces(rows: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The numbers of an array in pieces so small that no other thread is woken for the dot product of one."""
    flat = rows.reshape(-1)
    return [flat[first : first + _PIECE] for first in range(0, len(flat), _PIECE)]
