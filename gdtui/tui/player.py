"""Player: runs a session as the pacer says, in slices that leave room for keys."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable

from gdtui.descent.session import Session
from gdtui.descent.setup import is_own
from gdtui.tui.pacing import FRAMES, Pacer

SLICE_SECONDS = 0.004


class BudgetError(Exception):
    """The rows of a user's own functions fill their budget: they cannot be computed again, so none is let go."""


class Player:
    """Plays on the event loop: an engine thread would make every frame more than twice as dear.

    Only a user's own functions run in a thread; then whoever else touches the session calls `settle` first.
    """

    def __init__(self, session: Session, pacer: Pacer):
        self.session, self.pacer = session, pacer
        self._slice = 1 if is_own(session.setup.objective) else 256
        self._running = threading.Lock()

    async def play(self, full_speed: bool, show: Callable[[], None]) -> None:
        """Iterations as they fall due until the run ends or a breakpoint holds; ``show`` whenever a frame is due."""
        going, took = True, 0.0
        while going:
            if full_speed or self.pacer.speed is None:  # a dear frame takes of the time up to the next one
                going = await self.flat_out(max(1 / FRAMES - took, 1 / (2 * FRAMES)))
            else:
                await asyncio.sleep(self.pacer.wait())
                going = await self.forward(self.pacer.due(), 1 / FRAMES)
            self.check_budget()
            if going:
                begin = time.perf_counter()
                show()
                took = time.perf_counter() - begin
                await asyncio.sleep(0)

    def check_budget(self) -> None:
        """Raises BudgetError where there is no room for more rows."""
        if is_own(self.session.setup.objective) and self.session.over_budget():
            raise BudgetError(f"the rows take {self.session.budget >> 20} MB; d drops the old runs")

    async def forward(self, count: int, seconds: float = math.inf) -> bool:
        """So many iterations; whether it may go on.

        What is not done in so many ``seconds`` is let go: behind an hour's ctrl+z, or where the descent is slower than
        its speed, there would be no frame before all of it is made up for.
        """
        until = time.perf_counter() + seconds
        while count > 0 and time.perf_counter() < until:
            begin = time.perf_counter()
            slice_count = min(count, self._slice)
            if not await self._forward_slice(slice_count):
                return False
            count -= slice_count
            self._fit_slice(slice_count, time.perf_counter() - begin)
            await asyncio.sleep(0)
        return True

    async def _forward_slice(self, count: int) -> bool:
        """A slice on the event loop; of a user's own functions in a thread, since they may take their time."""
        if not is_own(self.session.setup.objective):
            return self.session.forward(count)

        def held() -> bool:
            with self._running:
                return self.session.forward(count)

        return await asyncio.to_thread(held)

    def settle(self) -> None:
        """Wait until no thread is at work on the session: before anything else touches it."""
        with self._running:
            pass

    async def flat_out(self, seconds: float) -> bool:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            if not await self.forward(self._slice):
                return False
        return True

    def _fit_slice(self, count: int, took: float) -> None:
        """Slices of about 4 ms, whatever an iteration costs."""
        if count == self._slice or took > SLICE_SECONDS:
            wanted = count * SLICE_SECONDS / max(took, 1e-6)
            self._slice = max(1, min(int(wanted), 4 * self._slice, 100_000))
