"""How time grows with steps, descents and parameters, and what a million recorded steps take.

    python -m tests.benchmarks.growth                       a table
    python -m tests.benchmarks.growth --check               the same; exit status 1 where a goal is missed
    python -m tests.benchmarks.growth --plot screenshots    writes growth-steps.svg, -descents.svg, -parameters.svg

Processor time of one thread, the least of some rounds: what is looked at is how it grows.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.descent import LR, START, Goal
from tests.benchmarks.lanes import seconds, starts

MEGABYTES, MICROSECONDS = 150.0, 1.0
"""What a million recorded steps may take in memory, and a row of them until it is there."""
STEEPEST = 1.15
"""The greatest power of the size that passes as linear."""


class Growth(NamedTuple):
    """Seconds over a size: one plot."""

    name: str
    what: str
    sizes: Sequence[int]
    seconds: Sequence[float]

    @property
    def power(self) -> float:
        """The p in seconds ~ size**p, between the largest size and one of a tenth of it."""
        first = next(k for k, size in enumerate(self.sizes) if size >= self.sizes[-1] / 10)
        return math.log(self.seconds[-1] / self.seconds[first]) / math.log(self.sizes[-1] / self.sizes[first])


def least(work: Callable[[], object], rounds: int) -> float:
    return min(seconds(work) for _ in range(rounds))


def over_steps(sizes: Sequence[int], rounds: int) -> Growth:
    from gdtui.descent.session import Session
    from gdtui.descent.setup import prepare

    def descend(steps: int) -> None:
        stopping = {"steps": steps, "gtol": 1e-300, "patience": 10**8}
        session = Session(prepare("himmelblau", "adam", start=START, settings={"lr": LR}, stopping=stopping))
        while session.advance(4096) == 4096:
            pass

    taken = [least(lambda steps=steps: descend(steps), rounds) for steps in sizes]
    return Growth("steps", "steps of one recorded descent (Himmelblau, Adam)", sizes, taken)


def over_descents(sizes: Sequence[int], rounds: int) -> Growth:
    import gdtui

    def descend(count: int) -> None:
        gdtui.descend_many("himmelblau", "adam", starts=starts(count), lr=LR, steps=100, gtol=1e-300, patience=100)

    taken = [least(lambda count=count: descend(count), rounds) for count in sizes]
    return Growth("descents", "descents at once, 100 steps each (Himmelblau, Adam)", sizes, taken)


def over_parameters(sizes: Sequence[int], rounds: int) -> Growth:
    import gdtui

    def descend(dim: int) -> None:
        start = [1.0] * dim
        gdtui.descend(lambda p: p @ p, "adam", grad=lambda p: 2.0 * p, start=start, lr=1e-3, steps=50, gtol=1e-300)

    taken = [least(lambda dim=dim: descend(dim), rounds) for dim in sizes]
    return Growth("parameters", "parameters, 50 recorded steps (own functions, Adam)", sizes, taken)


def plot(growth: Growth) -> str:
    """An SVG: measured points on logarithmic axes, and a line that is straight proportion through the last one."""
    width, height, left, bottom, top, right = 520, 300, 62, 46, 34, 40
    x0, x1 = math.floor(math.log10(growth.sizes[0])), math.ceil(math.log10(growth.sizes[-1]))
    y0, y1 = math.floor(math.log10(min(growth.seconds))), math.ceil(math.log10(max(growth.seconds)))

    def x(size: float) -> float:
        return left + (math.log10(size) - x0) / (x1 - x0) * (width - left - right)

    def y(taken: float) -> float:
        return height - bottom - (math.log10(taken) - y0) / (y1 - y0) * (height - bottom - top)

    def text(at_x: float, at_y: float, words: str, anchor: str = "middle", more: str = "") -> str:
        return f'<text x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}"{more}>{words}</text>'

    middle = (top + height - bottom) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12" fill="#333"><rect width="100%" height="100%" fill="white"/>',
        text(width / 2, 20, growth.what, more=' font-weight="bold"'),
        text((left + width - right) / 2, height - 10, growth.name),
        text(16, middle, "seconds", more=f' transform="rotate(-90 16 {middle})"'),
    ]
    for power in range(x0, x1 + 1):
        at = x(10.0**power)
        parts.append(f'<path d="M{at:.1f} {top}V{height - bottom}" stroke="#ddd"/>')
        parts.append(text(at, height - bottom + 16, f"{10**power:,}"))
    for power in range(y0, y1 + 1):
        at = y(10.0**power)
        parts.append(f'<path d="M{left} {at:.1f}H{width - right}" stroke="#ddd"/>')
        parts.append(text(left - 6, at + 4, f"{10.0**power:g}", "end"))
    rate = growth.seconds[-1] / growth.sizes[-1]
    begin = max(10.0**x0, 10.0**y0 / rate)
    parts.append(
        f'<path d="M{x(begin):.1f} {y(begin * rate):.1f}L{x(growth.sizes[-1]):.1f} {y(growth.seconds[-1]):.1f}" '
        'stroke="#999" stroke-dasharray="5 4"/>'
    )
    parts.append(text(width - right - 8, height - bottom - 8, "dashed: in proportion", "end", ' fill="#777"'))
    for size, taken in zip(growth.sizes, growth.seconds, strict=True):
        parts.append(f'<circle cx="{x(size):.1f}" cy="{y(taken):.1f}" r="4" fill="#0a7"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


_RECORD = """
import json, random, resource, sys, time
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
steps = int(sys.argv[1])

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20

setup = prepare("himmelblau", "adam", start=(-0.4, -0.65), settings={"lr": 0.05}, stopping={"steps": steps})
Session(setup).advance(1)
session = Session(setup)
before = resident()
while session.advance(4096) == 4096:
    pass
grown = resident() - before
trajectory = session.branch.last.trajectory
assert trajectory.count == steps + 1
rows = random.Random(0).sample(range(steps + 1), min(steps, 1000))
spans = []
for _ in range(20):
    begun = time.perf_counter()
    for number in rows:
        trajectory.row(number)
    spans.append((time.perf_counter() - begun) / len(rows))
print(json.dumps([grown, trajectory.bytes / 2**20, 1e6 * min(spans)]))
"""


def million(steps: int) -> list[Goal]:
    """Rows recorded in a process of its own: how much larger it became (Linux tells), and how soon any row is there."""
    done = subprocess.run([sys.executable, "-c", _RECORD, str(steps)], check=True, capture_output=True, text=True)
    grown, rows, soon = json.loads(done.stdout)
    print(f"{steps:,} recorded steps of Adam on Himmelblau")
    print(f"  the process grew by                             {grown:10.1f} MB (rows {rows:.1f} MB)")
    print(f"  a row, of 1,000 anywhere                        {soon:10.2f} µs\n")
    return [
        Goal("memory of the recorded steps in MB", grown, f"at most {MEGABYTES:.0f}", grown <= MEGABYTES),
        Goal("µs until a row is there", soon, f"at most {MICROSECONDS:g}", soon <= MICROSECONDS),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 where a goal is missed")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of everything (3)")
    parser.add_argument("--largest", type=int, default=1_000_000, help="the most steps and descents (1000000)")
    parser.add_argument("--plot", type=Path, help="a folder for the plots")
    options = parser.parse_args()
    sizes = [size for size in (100, 1000, 10_000, 100_000, 1_000_000) if size <= options.largest]
    grown = [
        over_steps(sizes, options.rounds),
        over_descents(sizes, options.rounds),
        over_parameters([size for size in (100, 300, 1000, 3000, 10_000) if size <= options.largest], options.rounds),
    ]
    goals = []
    for growth in grown:
        print(f"Seconds over {growth.what}")
        for size, taken in zip(growth.sizes, growth.seconds, strict=True):
            print(f"  {size:12,}{taken:12.4f}")
        power = growth.power
        print()
        goals.append(Goal(f"power of {growth.name}", power, f"at most {STEEPEST}", power <= STEEPEST))
        if options.plot:
            (options.plot / f"growth-{growth.name}.svg").write_text(plot(growth), encoding="utf-8")
    goals += million(options.largest)
    for goal in goals:
        print(f"  {'met   ' if goal.met else 'MISSED'}  {goal.text}: {goal.measured:.2f}, wanted {goal.wanted}")
    return 1 if options.check and not all(goal.met for goal in goals) else 0


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    sys.exit(main())
