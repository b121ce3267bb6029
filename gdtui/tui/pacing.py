"""How fast it plays: iterations and frames are separate clocks, and the engine never waits for the terminal."""

from __future__ import annotations

from collections.abc import Callable

SPEEDS: tuple[float | None, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, None)
"""Iterations a second; None: as fast as it goes."""
FRAMES = 20
"""Frames a second at most."""


class Pacer:
    """Counts the iterations that are due. ``clock`` gives seconds; tests bring their own."""

    def __init__(self, clock: Callable[[], float], speed: float = 8):
        self._clock = clock
        self._index = SPEEDS.index(speed)
        self._since = 0.0
        self._done = 0

    @property
    def speed(self) -> float | None:
        return SPEEDS[self._index]

    @property
    def label(self) -> str:
        return "full speed" if self.speed is None else f"{self.speed:g}/s"

    def change(self, by: int) -> None:
        """Slower or faster by ``by`` steps of the list."""
        self._index = max(0, min(len(SPEEDS) - 1, self._index + by))
        self.begin()

    def begin(self) -> None:
        self._since, self._done = self._clock(), 0

    def due(self) -> int:
        """How many iterations should have been made by now and were not; they count as made.

        Without a speed none falls due: the clock may have been set to that while someone waited for the next.
        """
        if self.speed is None:
            return 0
        count = max(0, int((self._clock() - self._since) * self.speed + 1e-9) - self._done)
        self._done += count
        return count

    def wait(self) -> float:
        """Seconds until the next frame is worth drawing."""
        if self.speed is None:
            return 0.0
        next_due = self._since + (self._done + 1) / self.speed
        return max(next_due - self._clock(), 1 / FRAMES if self.speed > FRAMES else 0.0, 0.0)
