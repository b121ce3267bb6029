"""What it costs to build an objective from its text: its graph, value and gradient, Hessian-vector product.

    python -m tests.benchmarks.building        ms for each of the catalogue, the slowest first, and the worst

Time on the processor, the least of some rounds: another program's turns are not counted. Every round begins with the
text; nothing of the round before is alive.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

from gdtui.formula import graph
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.objectives.objective import FormulaObjective

PARTS = ("graph", "_value_and_grad", "_hessian_vector")
GOAL_MS = 5.0


def laps(objective: FormulaObjective) -> Iterator[float]:
    """The milliseconds of each part."""
    graph.forget_unused()
    fresh = replace(objective)
    for part in PARTS:
        begun = time.process_time_ns()
        getattr(fresh, part)
        yield (time.process_time_ns() - begun) / 1e6


def measured(rounds: int) -> list[tuple[str, list[float]]]:
    """Each objective's parts at the least, those of the slowest objective first."""
    rows = []
    for objective in OBJECTIVES:
        times = zip(*(tuple(laps(objective)) for _ in range(rounds)), strict=True)
        rows.append((objective.name, [min(part) for part in times]))
    return sorted(rows, key=lambda row: -sum(row[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rows = measured(parser.parse_args().rounds)
    print(f"  {'ms':20} {'parsing':>8} {'gradient':>8} {'Hessian':>8} {'in all':>8}")
    for name, parts in rows:
        print(f"  {name:20} " + " ".join(f"{ms:8.2f}" for ms in (*parts, sum(parts))))
    name, parts = rows[0]
    print(f"worst: {name}, {sum(parts):.2f} ms (goal: {GOAL_MS:g} ms)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
