"""Some lanes in arrays: lanes that end are taken out, and blocks that have shrunk are put together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


class Block:
    """Some lanes: arrays by name, lanes last, of which the first ``count`` are in use."""

    def __init__(self, arrays: Arrays, count: int):
        self.arrays, self.count = arrays, count

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name][..., : self.count]

    def remove(self, gone: NDArray[np.intp]) -> None:
        """Take lanes out; the last ones take their places."""
        left = self.count - len(gone)
        stays = np.ones(self.count, dtype=bool)
        stays[gone] = False
        holes, movers = gone[gone < left], left + np.flatnonzero(stays[left:])
        if len(holes):
            for array in self.arrays.values():
                array[..., holes] = array[..., movers]
        self.arrays["checked"][:, left : self.count] = 0.0
        self.count = left

    def take_in(self, other: Block) -> None:
        """The lanes of another block behind one's own."""
        for name, array in self.arrays.items():
            array[..., self.count : self.count + other.count] = other[name]
        self.count += other.count
