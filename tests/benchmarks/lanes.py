"""How fast many descents at once are beside torch.optim and optax, and descents of many parameters beside torch.

    python -m tests.benchmarks.lanes            a table
    python -m tests.benchmarks.lanes --check    the same; exit status 1 where a goal is missed

Everything runs in turns, in short rounds, and what is judged is the median over the rounds of a ratio taken within
one round, as in tests.benchmarks.descent. It is processor time of one thread that is measured, since others may be
at work on the machine. torch and optax are measured where they are installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from tests.benchmarks.descent import LR, Goal

LANES = {100: 4.0, 10_000: 2.0, 1_000_000: 2.0}
"""Descents at once, and how many times torch's steps gdtui is to make."""
ROUND = 128
"""Steps that gdtui makes of one block of descents before the next has its turn."""
TIMES_OPTAX = 1.3
"""Against optax, compiled step by step, at the largest number of descents."""
PARAMETERS = {"rosenbrock": 1000, "sphere": 1000, "styblinski-tang": 337}
"""Families with so many parameters: one recorded descent is to be no slower than torch."""


def seconds(work: Callable[[], Any]) -> float:
    """Of processor time."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def starts(count: int) -> Any:
    import numpy as np

    return np.random.default_rng(1).uniform(-5.0, 5.0, (count, 2))


def gradient(x: Any, y: Any, slope_x: Any, slope_y: Any, multiply: Callable[..., Any]) -> None:
    """Himmelblau's gradient in few passes over memory: what is compared is the optimizer's step, not this."""
    a = x * x
    a += y
    a -= 11.0
    b = y * y
    b += x
    b -= 7.0
    multiply(a, x, out=slope_x)
    slope_x *= 4.0
    multiply(b, y, out=slope_y)
    slope_y *= 4.0
    a *= 2.0
    b *= 2.0
    slope_x += b
    slope_y += a


def gdtui_lanes(count: int, steps: int) -> Callable[[], float]:
    """Each lane's tests on at every step, none of them ever true. Building the loop and the lanes is not timed."""
    from gdtui.descent.lanes.descents import Lanes
    from gdtui.descent.setup import prepare

    stopping = {"steps": 10 * steps, "gtol": 1e-300, "patience": 10 * steps}
    setup = prepare("himmelblau", "adam", start=(0.0, 0.0), settings={"lr": LR}, stopping=stopping)
    points = starts(count)

    def measured() -> float:
        lanes = Lanes(setup.program, setup.values, points, setup.stopping)
        taken = seconds(lambda: lanes.advance(0, steps))
        if sum(block.count for block in lanes.blocks) != count:
            raise SystemExit("some descents ended early: their speed says nothing")
        return taken / steps

    return measured


def torch_lanes(count: int, steps: int, fused: bool) -> Callable[[], float]:
    """Nothing is tested. The gradient is NumPy's, in memory that both share: the cheapest way that is fair."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    points = starts(count)

    def measured() -> float:
        params = torch.tensor(points, requires_grad=True)
        params.grad = torch.zeros_like(params)
        place, slope = params.detach().numpy(), params.grad.numpy()
        x, y, slope_x, slope_y = place[:, 0], place[:, 1], slope[:, 0], slope[:, 1]
        optimizer = torch.optim.Adam([params], lr=LR, fused=fused)

        def descend() -> None:
            for _ in range(steps):
                gradient(x, y, slope_x, slope_y, np.multiply)
                optimizer.step()

        return seconds(descend) / steps

    return measured


def optax_lanes(count: int, steps: int) -> Callable[[], float]:
    """Gradient and update in one compiled step, parameters first; nothing is tested."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    optimizer = optax.adam(LR)

    def loss(params: Any) -> Any:
        x, y = params
        return jnp.sum((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)

    @jax.jit
    def step(params: Any, state: Any) -> Any:
        updates, state = optimizer.update(jax.grad(loss)(params), state)
        return optax.apply_updates(params, updates), state

    first = jnp.array(starts(count).T)
    step(first, optimizer.init(first))

    def measured() -> float:
        params, state = first, optimizer.init(first)

        def descend() -> None:
            nonlocal params, state
            for _ in range(steps):
                params, state = step(params, state)
            params.block_until_ready()

        return seconds(descend) / steps

    return measured


def sides_of(count: int, steps: int) -> dict[str, Callable[[], float]]:
    """gdtui makes a whole turn of each block, of which it loads the numbers once; the others' steps are all alike."""
    sides = {"gdtui, each descent's tests on": gdtui_lanes(count, max(steps, ROUND))}
    if importlib.util.find_spec("torch"):
        sides["torch.optim.Adam, eager, gradient given"] = torch_lanes(count, steps, fused=False)
        sides["torch.optim.Adam, fused, gradient given"] = torch_lanes(count, steps, fused=True)
    if importlib.util.find_spec("optax"):
        sides["optax.adam, jit a step"] = optax_lanes(count, steps)
    return sides


def in_turns(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    for measure in sides.values():
        measure()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            taken[name].append(measure())
    return taken


def ratios(taken: dict[str, list[float]], name: str) -> float:
    ours = next(iter(taken))
    return median(theirs / own for theirs, own in zip(taken[name], taken[ours], strict=True))


def compare_lanes(rounds: int, most: int) -> list[Goal]:
    """Descents at once, side by side. ``most``: no more of them than so many."""
    goals = []
    for count, times in LANES.items():
        if count > most:
            continue
        taken = in_turns(sides_of(count, max(4, min(400, 1_000_000 // count))), rounds)
        print(f"{count:,} descents: Himmelblau, Adam, float64, one thread; medians of {rounds} rounds\n")
        print(f"  {'':48}{'µs a step':>12}{'million lane-steps/s':>22}{'gdtui is':>14}")
        for k, (name, times_taken) in enumerate(taken.items()):
            middle = median(times_taken)
            faster = f"{ratios(taken, name):.2f} times" if k else ""
            print(f"  {name:48}{middle * 1e6:12.1f}{count / middle / 1e6:22.1f}{faster:>14}")
            if "eager" in name:
                goals.append(_goal(f"{count:,} descents against torch eager", ratios(taken, name), times))
            if "optax" in name and count == max(LANES):
                goals.append(_goal(f"{count:,} descents against optax", ratios(taken, name), TIMES_OPTAX))
        print()
    return goals


def _goal(text: str, ratio: float, times: float) -> Goal:
    return Goal(text, ratio, f"at least {times:g} times", ratio >= times)


def gdtui_recorded(name: str, dim: int, steps: int) -> Callable[[], float]:
    """One descent of many parameters, every term recorded, the stopping tests on."""
    from gdtui.descent.session import Session
    from gdtui.descent.setup import prepare

    stopping = {"steps": 10 * steps, "gtol": 1e-300, "patience": 10 * steps}
    setup = prepare(f"{name}:dim={dim}", "adam", settings={"lr": 1e-3}, stopping=stopping)

    def measured() -> float:
        session = Session(setup)
        session.advance(1)
        taken = seconds(lambda: session.advance(steps))
        if session.branch.count != steps + 2:
            raise SystemExit(f"the descent ended early, {session.branch.end.reason}: its speed says nothing")
        return taken / steps

    return measured


def torch_parameters(name: str, dim: int, steps: int, given: bool) -> Callable[[], float]:
    """The same by torch, eager; the gradient by gdtui's own NumPy code in shared memory (``given``), or by autograd."""
    import torch

    from gdtui.objectives.resolve import resolve

    torch.set_num_threads(1)
    objective = resolve(f"{name}:dim={dim}")
    losses = {
        "rosenbrock": lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(),
        "sphere": lambda x: (x**2).sum(),
        "styblinski-tang": lambda x: (x**4 - 16 * x**2 + 5 * x).sum() / 2,
    }

    def measured() -> float:
        params = torch.tensor(objective.start, dtype=torch.float64, requires_grad=True)
        params.grad = torch.zeros_like(params)
        place, slope = params.detach().numpy(), params.grad.numpy()
        optimizer = torch.optim.Adam([params], lr=1e-3)

        def descend() -> None:
            for _ in range(steps):
                if given:
                    slope[:] = objective.value_and_grad(place)[1]
                else:
                    optimizer.zero_grad()
                    losses[name](params).backward()
                optimizer.step()

        return seconds(descend) / steps

    return measured


def compare_parameters(rounds: int, steps: int) -> list[Goal]:
    """One recorded descent of many parameters; torch records and tests nothing."""
    goals = []
    print(f"One recorded descent of many parameters: Adam, float64, one thread; medians of {rounds} rounds\n")
    print(f"  {'':48}{'µs a step':>12}{'gdtui is':>14}")
    for name, dim in PARAMETERS.items():
        sides = {f"gdtui, {name}, {dim} parameters": gdtui_recorded(name, dim, steps)}
        if importlib.util.find_spec("torch"):
            sides["torch.optim.Adam, eager, gradient given"] = torch_parameters(name, dim, steps, given=True)
            sides["torch.optim.Adam, eager, autograd"] = torch_parameters(name, dim, steps, given=False)
        taken = in_turns(sides, rounds)
        for k, (side, times) in enumerate(taken.items()):
            faster = f"{ratios(taken, side):.2f} times" if k else ""
            print(f"  {side:48}{median(times) * 1e6:12.1f}{faster:>14}")
            if k:
                goals.append(_goal(f"{dim} parameters, {name}, against {side}", ratios(taken, side), 1.0))
    print()
    return goals


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 where a goal is missed")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of everything (15)")
    parser.add_argument("--most", type=int, default=max(LANES), help="at most so many descents at once")
    parser.add_argument("--steps", type=int, default=300, help="steps of a descent of many parameters (300)")
    options = parser.parse_args()
    goals = compare_lanes(options.rounds, options.most) + compare_parameters(options.rounds, options.steps)
    for goal in goals:
        print(f"  {'met   ' if goal.met else 'MISSED'}  {goal.text}: {goal.measured:.2f}, wanted {goal.wanted}")
    return 1 if options.check and not all(goal.met for goal in goals) else 0


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    sys.exit(main())
