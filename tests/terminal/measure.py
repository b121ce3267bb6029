"""How fast the explorer starts and draws, and how much it sends, in a real pty: ``python -m tests.terminal.measure``.

Options: ``--size 80x24``, ``--frames N``, ``--starts N``, ``--colour 256``. Bytes do not depend on the machine, times
do: a start is told in imports of Textual too, and a frame in maps as they are drawn the usual way, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.terminal.terminal import Terminal, environment


@dataclass
class Measured:
    """Seconds and bytes, as lists of what was seen."""

    first_frame: list[float] = field(default_factory=list)
    importing: list[float] = field(default_factory=list)
    usual: dict[str, list[float]] = field(default_factory=dict)
    full_repaint: int = 0
    stepping: dict[str, list[int]] = field(default_factory=dict)
    playing: dict[str, list[int]] = field(default_factory=dict)
    latency: dict[str, list[float]] = field(default_factory=dict)
    idle: float = 0.0
    in_app: dict[str, list[float]] = field(default_factory=dict)


def opened(env: dict[str, str], width: int, height: int, optimizer: str) -> Terminal:
    # A learning rate so small that no run ends while it is looked at.
    return Terminal(env, width, height, ["-o", optimizer, "--lr", "0.0005", "--gtol", "0"])


def is_painted(terminal: Terminal) -> bool:
    return terminal.t == 0 and "paused" in terminal.status_line and "help" in terminal.lines[-1]


def first_frame(env: dict[str, str], width: int, height: int) -> tuple[float, int]:
    """Seconds from exec to a painted screen, and the bytes that took. Shown afterwards: the emulator is slow."""
    with opened(env, width, height, "gd") as terminal:
        pieces: list[tuple[float, bytes]] = []
        until = terminal.started + 20
        while time.perf_counter() < until:
            data = terminal.taken(0.3)
            if data:
                pieces.append((terminal.read_at - terminal.started, data))
            elif b"paused" in terminal.raw:
                break
        size = 0
        while not is_painted(terminal):
            if not pieces:
                raise TimeoutError(f"it was never painted:\n{terminal.text}")
            took, data = pieces.pop(0)
            terminal.feed(data)
            size += len(data)
        terminal.write("q")
        terminal.exit_status()
    return took, size


def importing_textual() -> float:
    """Seconds that Python takes to import Textual: what no start of an app in it can go below."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.perf_counter() - begin


def usual_map(columns: int, rows: int) -> float:
    """Seconds for a map of that size as plotext draws it: bands and path anew, handed to Textual as a text."""
    import numpy as np
    import plotext
    from rich.text import Text

    begin = time.perf_counter()
    x, y = np.meshgrid(np.linspace(-5, 5, columns), np.linspace(-5, 5, rows))
    loss = np.log1p((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(columns, rows)
    edges = np.linspace(loss.min(), loss.max(), 15)
    for band, (low, high) in enumerate(pairwise(edges)):
        inside = (loss >= low) & (loss < high)
        plotext.scatter(x[inside].tolist(), y[inside].tolist(), marker="sd", color=(10 * band, 12 * band, 60))
    turn = np.linspace(0, 6, 200)
    plotext.plot((4 * np.cos(turn) / (1 + turn)).tolist(), (4 * np.sin(turn) / (1 + turn)).tolist(), marker="braille")
    Text.from_ansi(plotext.build())
    plotext.clear_figure()
    return time.perf_counter() - begin


def frames(terminal: Terminal, count: int, pace: float = 0.04) -> tuple[list[int], list[float]]:
    """Step with n at a steady pace: bytes a frame, seconds from the key to the new t."""
    sizes, latencies = [], []
    for _ in range(count):
        wanted, begin = terminal.t + 1, time.perf_counter()
        before = len(terminal.raw)
        terminal.write("n")
        terminal.wait(lambda wanted=wanted: terminal.t == wanted)
        latencies.append(terminal.read_at - begin)
        while (left := begin + pace - time.perf_counter()) > 0:
            terminal.read(left)
        sizes.append(len(terminal.raw) - before)
    return sizes, latencies


def played(terminal: Terminal, count: int) -> list[int]:
    """Play at 16 a second: bytes a frame, where a pause of 20 ms parts two frames."""
    terminal.write(">")
    terminal.wait_for("16/s")
    terminal.drain(0.2)
    terminal.write(" ")
    terminal.wait_for("playing")
    terminal.drain(0.02)
    sizes: list[int] = []
    size = 0
    while len(sizes) < count:
        data = terminal.read(0.02)
        if data:
            size += len(data)
        elif size:
            sizes.append(size)
            size = 0
    terminal.write(" ")
    terminal.wait_for("paused")
    return sizes


def measured(width: int, height: int, frame_count: int, starts: int, idle_seconds: float, colour: str) -> Measured:
    found = Measured()
    with tempfile.TemporaryDirectory() as home:
        env = environment(home, COLORTERM="truecolor" if colour == "truecolor" else None)
        for _ in range(starts):
            took, found.full_repaint = first_frame(env, width, height)
            found.first_frame.append(took)
            found.importing.append(importing_textual())
        for optimizer in ("gd", "adam"):
            with opened(env, width, height, optimizer) as terminal:
                terminal.wait(lambda terminal=terminal: is_painted(terminal))
                terminal.drain(0.3)
                sizes, latencies = frames(terminal, frame_count)
                found.stepping[optimizer], found.latency[optimizer] = sizes, latencies
                found.playing[optimizer] = played(terminal, frame_count)
                terminal.drain(0.3)
                if optimizer == "gd":
                    before = terminal.cpu_seconds()
                    terminal.drain(idle_seconds, idle_seconds)
                    found.idle = terminal.cpu_seconds() - before
                terminal.write("q")
                terminal.exit_status()
            found.in_app[optimizer], found.usual[optimizer] = asyncio.run(in_app(optimizer, width, height, frame_count))
    return found


async def in_app(optimizer: str, width: int, height: int, count: int) -> tuple[list[float], list[float]]:
    """Seconds that a step's frame takes inside the app, and those of the map alone in the usual way, in turn."""
    from gdtui.descent.setup import prepare
    from gdtui.tui.app import Explorer

    app = Explorer(prepare("himmelblau", optimizer, settings={"lr": 0.0005}))
    took, usual = [], []
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        bench = app.workbench
        for _ in range(count):
            bench.session.step()
            begin = time.perf_counter()
            bench.show_frame()  # the panes, and the text that is sent
            took.append(time.perf_counter() - begin)
            await pilot.pause()
            usual.append(usual_map(*bench.query_one("#map").size))
    return took, usual


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(found: Measured) -> str:
    def ms(seconds: float) -> str:
        return f"{seconds * 1e3:.1f} ms"

    imports = statistics.median(a / b for a, b in zip(found.first_frame, found.importing, strict=True))
    lines = [
        f"first frame      {statistics.median(found.first_frame):.3f} s after exec, median of {len(found.first_frame)},"
        f" {imports:.2f} times the {statistics.median(found.importing):.3f} s of python importing Textual",
        f"full repaint     {found.full_repaint} bytes",
    ]
    for optimizer in found.stepping:
        for name, sizes in (("stepping", found.stepping[optimizer]), ("playing", found.playing[optimizer])):
            lines.append(
                f"{optimizer:<5} {name:<9}  {statistics.median(sizes):.0f} bytes a frame, mean"
                f" {statistics.mean(sizes):.0f}, most {max(sizes)}"
            )
        times, inside = found.latency[optimizer], found.in_app[optimizer]
        lines.append(f"{optimizer:<5} key to frame {ms(statistics.median(times))}, p99 {ms(percentile(times, 0.99))}")
        ratio = statistics.median(b / a for a, b in zip(inside, found.usual[optimizer], strict=True))
        lines.append(f"{optimizer:<5} in the app {ms(statistics.median(inside))}, p99 {ms(percentile(inside, 0.99))};"
                     f" the map alone takes {ratio:.1f} times as long when plotext draws it anew")  # fmt: skip
    return "\n".join([*lines, f"idle             {ms(found.idle)} of processor time"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--idle", type=float, default=3.0)
    parser.add_argument("--colour", choices=("truecolor", "256"), default="truecolor")
    given = parser.parse_args()
    found = re.fullmatch(r"(\d+)x(\d+)", given.size)
    if found is None:
        parser.error("a size is written 120x40")
    print(report(measured(int(found[1]), int(found[2]), given.frames, given.starts, given.idle, given.colour)))


if __name__ == "__main__":
    main()
