"""How fast a recorded descent is beside torch.optim, and what starting gdtui costs beside bare Python.

    python -m tests.benchmarks.descent            a table
    python -m tests.benchmarks.descent --check    the same; exit status 1 where a goal is missed

What is compared runs in turns, in short rounds, so that a busy machine slows both sides alike; what is judged is
the median over the rounds of a ratio or a difference taken within one round. torch and optax are measured where they
are installed; torch is in the extra ``benchmark``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

START = (-0.4, -0.65)
LR = 0.05
AGAINST = {"eager, gradient given": 55.0, "eager, autograd": 200.0, "jit a step": 11.0}
"""How many times the steps of these a recorded descent is to make: torch.optim.Adam, optax.adam."""
KEPT = 0.5
"""The share of its speed that a descent keeps with a breakpoint."""
HELP_MS, RUN_MS = 80.0, 200.0
"""What starting may cost above bare Python."""


@dataclass(frozen=True)
class Goal:
    """One line of the verdict: what was measured against what was wanted."""

    text: str
    measured: float
    wanted: str
    met: bool


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def recorded_descent(steps: int, breakpoints: Sequence[str] = ()) -> Callable[[], None]:
    """Every row with every term kept, every stopping test on, none of them ever true."""
    from gdtui.descent.session import Session
    from gdtui.descent.setup import prepare

    stopping = {"steps": steps, "gtol": 1e-300, "patience": 10**8, "diverge_at": 1e50}
    setup = prepare("himmelblau", "adam", start=START, settings={"lr": LR}, stopping=stopping, breakpoints=breakpoints)

    def descend() -> None:
        session = Session(setup)
        while session.advance(4096) == 4096:
            pass
        if session.branch.count != steps + 1:
            raise SystemExit(f"the descent ended early, {session.branch.end.reason}: its speed says nothing")

    return descend


def torch_descent(steps: int, autograd: bool, fused: bool = False) -> Callable[[], None]:
    """The same descent by torch; nothing is recorded and nothing is tested."""
    import torch

    torch.set_num_threads(1)

    def objective(x: Any, y: Any) -> Any:
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def descend() -> None:
        params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
        params.grad = torch.zeros_like(params)
        # The cheapest way to hand over a gradient, so that what is measured is torch's step: shared memory.
        place, slope = params.detach().numpy(), params.grad.numpy()
        optimizer = torch.optim.Adam([params], lr=LR, fused=fused)
        for _ in range(steps):
            if autograd:
                optimizer.zero_grad()
                objective(params[0], params[1]).backward()
            else:
                x, y = place.tolist()
                a, b = x * x + y - 11.0, x + y * y - 7.0
                slope[0], slope[1] = 4.0 * x * a + 2.0 * b, 2.0 * a + 4.0 * y * b
            optimizer.step()

    return descend


def optax_descent(steps: int) -> Callable[[], None]:
    """The same descent by optax, compiled step by step; nothing is recorded and nothing is tested."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    optimizer = optax.adam(LR)

    def objective(params: Any) -> Any:
        x, y = params
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    @jax.jit
    def step(params: Any, state: Any) -> Any:
        updates, state = optimizer.update(jax.grad(objective)(params), state)
        return optax.apply_updates(params, updates), state

    def descend() -> None:
        params = jnp.array(START)
        state = optimizer.init(params)
        for _ in range(steps):
            params, state = step(params, state)
        params.block_until_ready()

    return descend


def compare_descents(rounds: int, steps: int) -> list[Goal]:
    """Steps a second side by side. ``steps``: of gdtui in one round; torch makes as many as take about as long."""
    few = max(1, steps // 20)
    sides = {"gdtui, every term recorded, stopping tests on": (recorded_descent(steps), steps)}
    if importlib.util.find_spec("torch") is None:
        print("torch is not installed (pip install 'gdtui[benchmark]'): gdtui is measured alone\n")
    else:
        sides["torch.optim.Adam, eager, gradient given"] = (torch_descent(few, autograd=False), few)
        sides["torch.optim.Adam, fused, gradient given"] = (torch_descent(few, autograd=False, fused=True), few)
        sides["torch.optim.Adam, eager, autograd"] = (torch_descent(few, autograd=True), few)
    if importlib.util.find_spec("optax"):
        sides["optax.adam, jit a step"] = (optax_descent(few), few)
    for work, _ in sides.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (work, made) in sides.items():
            taken[name].append(seconds(work) / made)
    ours, *others = taken
    print(f"One descent: Himmelblau, Adam, float64, one thread; medians of {rounds} rounds\n")
    print(f"  {'':48}{'µs a step':>10}{'steps a second':>16}{'gdtui is':>16}")
    goals = []
    for name, times in taken.items():
        ratio = median(theirs / own for theirs, own in zip(times, taken[ours], strict=True))
        faster = f"{ratio:.1f} times" if name in others else ""
        print(f"  {name:48}{median(times) * 1e6:10.2f}{1 / median(times):16,.0f}{faster:>16}")
        for ending, wanted in AGAINST.items():
            if name.endswith(ending):
                goals.append(Goal(f"descent against {name}", ratio, f"at least {wanted:.0f} times", ratio >= wanted))
    print()
    return goals


def compare_breakpoint(rounds: int, steps: int) -> list[Goal]:
    """The same descent with a breakpoint of one comparison that is never met."""
    sides = recorded_descent(steps), recorded_descent(steps, ["loss > 1e30"])
    for work in sides:
        work()
    share = median(seconds(sides[0]) / seconds(sides[1]) for _ in range(rounds))
    return [Goal("speed kept with a breakpoint of one comparison", share, f"at least {KEPT}", share >= KEPT)]


def compare_latencies(rounds: int) -> None:
    """What a key press waits for: one iteration, and the dotted future."""
    from gdtui.descent.session import Session
    from gdtui.descent.setup import prepare

    stopping = {"gtol": 1e-300, "patience": 10**8}
    setup = prepare("himmelblau", "adam", start=START, settings={"lr": LR}, stopping=stopping)
    steps, futures = [], []
    for _ in range(rounds):
        session = Session(setup)
        session.advance(1)
        steps.append(seconds(lambda session=session: [session.step() for _ in range(100)]) / 100)
        futures.append(seconds(lambda session=session: session.future(200)))
    print(f"While paused; medians of {rounds} rounds\n")
    print(f"  {'session.step(), one iteration':48}{median(steps) * 1e6:10.1f} µs")
    print(f"  {'session.future(200), drawn dotted':48}{median(futures) * 1e6:10.1f} µs\n")


def process(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds of a process, from nothing to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = seconds(
        lambda: subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, env=environment)
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare_starts(rounds: int) -> list[Goal]:
    """Starting gdtui against starting Python, both from bytecode as an installed program has it."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return _compare_starts(rounds, environment | {"PYTHONPYCACHEPREFIX": bytecode})


def _compare_starts(rounds: int, environment: dict[str, str]) -> list[Goal]:
    script = shutil.which("gdtui", path=sysconfig.get_path("scripts"))
    gdtui = [script] if script else [sys.executable, "-m", "gdtui"]
    commands = {
        "python -c pass": ([sys.executable, "-c", "pass"], 0.0),
        "gdtui --help": ([*gdtui, "--help"], HELP_MS),
        "gdtui run x**2 --start 1 --steps 10": ([*gdtui, "run", "x**2", "--start", "1", "--steps", "10"], RUN_MS),
    }
    for command, _ in commands.values():
        process(command, environment)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, _) in commands.items():
            taken[name].append(process(command, environment))
    bare = taken["python -c pass"]
    print(f"Starting; medians of {rounds} rounds\n")
    print(f"  {'':48}{'wall ms':>10}{'above python':>16}{'CPU ms':>10}{'above python':>16}")
    goals = []
    for name, (_, allowed) in commands.items():
        columns = ""
        for k, clock in enumerate(("wall", "CPU")):
            columns += f"{1e3 * median(own[k] for own in taken[name]):10.1f}"
            if allowed:
                above = 1e3 * median(own[k] - base[k] for own, base in zip(taken[name], bare, strict=True))
                columns += f"{above:16.1f}"
                goals.append(Goal(f"{name}, {clock}", above, f"below {allowed:.0f} ms above python", above < allowed))
            else:
                columns += " " * 16
        print(f"  {name:48}{columns}")
    print()
    return goals


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 where a goal is missed")
    parser.add_argument("--rounds", type=int, default=31, help="rounds of everything (31)")
    parser.add_argument("--steps", type=int, default=20_000, help="steps of a descent in one round (20000)")
    options = parser.parse_args()
    goals = compare_descents(options.rounds, options.steps)
    goals += compare_breakpoint(options.rounds, options.steps)
    compare_latencies(options.rounds)
    goals += compare_starts(options.rounds)
    for goal in goals:
        print(f"  {'met   ' if goal.met else 'MISSED'}  {goal.text}: {goal.measured:.1f}, wanted {goal.wanted}")
    return 1 if options.check and not all(goal.met for goal in goals) else 0


if __name__ == "__main__":
    sys.exit(main())
