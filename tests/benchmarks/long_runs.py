"""Long runs in the explorer: how late frames and keys are, and how soon a saved session is shown again.

    python -m tests.benchmarks.long_runs [ROWS]      ten million where none are told

Adam on Himmelblau's function, flat out, without a terminal. Times are beside one of the same machine: a frame of a run
of a thousand rows. As ratios they carry over.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gdtui.charts.cells import Depth
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.storage.opening import load_to_show
from gdtui.storage.session_file import save
from gdtui.tui.app import Explorer

_KEYS = ("space", "5", "6", "4", "3", "2", "1", "home", "end")


def begun() -> Session:
    return Session(prepare("himmelblau", "adam", settings={"lr": 0.01}, stopping={"steps": 10**9}))


async def measured(rows: int) -> tuple[Session, list[float], list[float], dict[str, float]]:
    """Play so far, then press keys: the session, what each frame took, how late the loop was, what each key took."""
    app = Explorer(begun(), Depth.TRUECOLOR, True)
    frames: list[float] = []
    late: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        bench, show = app.workbench, app.workbench.show_frame

        def timed() -> None:
            begin = time.perf_counter()
            show()
            frames.append(time.perf_counter() - begin)

        bench.show_frame = timed  # type: ignore[method-assign]
        bench.begin_playing(True)
        while bench.session.branch.count < rows:
            begin = time.perf_counter()
            await asyncio.sleep(0.005)
            late.append(time.perf_counter() - begin - 0.005)
        playing, keys = frames.copy(), {}
        for key in _KEYS:
            count, begin = len(frames), time.perf_counter()
            app.simulate_key(key)
            while len(frames) == count:
                await asyncio.sleep(0.001)
            keys[key] = time.perf_counter() - begin
        return bench.session, playing, late, keys


def main() -> None:
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    frame = float(np.median(asyncio.run(measured(1000))[1]))
    session, frames, late, keys = asyncio.run(measured(rows))

    def shown(what: str, seconds: float) -> None:
        print(f"{what:<28}{1e3 * seconds:9.1f} ms {seconds / frame:8.1f} frames of a short run")

    shown("a frame of a short run", frame)
    for name, times in (("a frame", frames), ("how late a key is heard", late)):
        for part in (50, 99, 100):
            shown(f"{name}, p{part}", float(np.percentile(times, part)))
    for key, seconds in keys.items():
        shown(f"key {key}", seconds)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "long.gdt"
        save(session, path)
        begin = time.perf_counter()
        opened = load_to_show(path).opened.session
        branch = opened.branch
        branch.reading(0, branch.count).quantity("loss")
        shown("opened, and sampled once", time.perf_counter() - begin)
    replays = sum(segment.trajectory.replays for segment in session.branch.segments)
    print(f"{replays} chunks were computed again")


if __name__ == "__main__":
    main()
