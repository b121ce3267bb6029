"""Many descents side by side, each a lane: blocks of them that stay in the cache, and what becomes of each lane.

A lane that ends is written down at its row and taken out of its block at once, so that it slows no other; blocks
that have shrunk are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent import stopping
from gdtui.descent.arrays import evaluate, normal_draw
from gdtui.descent.beginning import initial_state
from gdtui.descent.endings import ENDINGS, Halt, LaneRow
from gdtui.descent.lanes.block import Arrays, Block
from gdtui.descent.lanes.by_arrays import loop_by_arrays
from gdtui.descent.lanes.loop import LaneLoop, LaneTests
from gdtui.descent.lanes.memory import staggered
from gdtui.descent.lanes.source import FAR, LaneWriter
from gdtui.descent.program import Program
from gdtui.descent.stopping import Status, Stopping
from gdtui.formula.graph import SMALL
from gdtui.objectives.objective import Array

Indices = NDArray[np.intp]
STATUSES = tuple(Status)
_NUMBERS = 1 << 15  # in one array of a block
_ROUND = 128  # steps of a block before the next has its turn; ages are counted in one byte


def generated_loop(program: Program, varied: frozenset[str], tests: LaneTests, own_draws: bool) -> LaneLoop:
    return LaneWriter(program, varied, tests, own_draws).loop()


@dataclass
class Ends:
    """How the lanes stand: params (P, d), loss (P,), steps (P,), and status (P,) as places in `STATUSES`."""

    params: Array
    loss: Array
    steps: NDArray[np.int64]
    status: NDArray[np.int8]


class Lanes:
    """P descents of one program. ``values``: hyperparameters, numbers or arrays (P,).

    ``starts``: (P, d). ``seed``: one that all lanes share, or an array (P,). ``by_arrays``: without generated loops.
    """

    def __init__(
        self,
        program: Program,
        values: Mapping[str, Any],
        starts: Array,
        limits: Stopping,
        seed: int | Sequence[int] = 0,
        by_arrays: bool = False,
    ):
        objective = program.objective
        self.program, self.objective, self.limits, self.dim = program, objective, limits, objective.dim
        self.seed, self.layout, self._sense = seed, program.layout, program.sense
        varied = frozenset(name for name, value in values.items() if np.ndim(value))
        self._returns = not program.looks_back
        patience = bool(limits.patience and limits.patience <= (limits.steps or 0))
        near, gtol = limits.diverge_at < FAR, limits.gtol is not None
        tests = LaneTests(near, gtol, patience, bool(limits.min_delta), self._returns)
        if by_arrays or not program.suits_lanes:
            self.loop = program.compiled(loop_by_arrays, varied, tests)
        else:
            self.loop = program.compiled(generated_loop, varied, tests, not isinstance(seed, int))
        self._states = [n for n in self.loop.arrays if n.startswith("kept ")]
        self._numbers = {name: float(value) for name, value in values.items() if name not in varied}
        self._numbers["f_min"] = objective.f_min if objective.f_min is not None else float("nan")
        count = len(starts)
        self.ends = Ends(starts.copy(), np.empty(count), np.zeros(count, np.int64), np.zeros(count, np.int8))
        most = max(64, _NUMBERS // max(2, self.dim))
        size = -(-count // -(-count // most))
        self._registers = staggered(
            {name: (shape, bool if boolean else float) for name, (shape, boolean) in self.loop.registers.items()}, size
        )
        self.blocks = [
            self._begun(np.arange(first, min(first + size, count)), size, starts, values)
            for first in range(0, count, size)
        ]
        for block in self.blocks:
            self._look(block, 0)
        self._gather()

    def run(self) -> None:
        """To the end of every lane."""
        assert self.limits.steps is not None
        t = 0
        while t < self.limits.steps and self.blocks:
            t = self.advance(t, min(t + _ROUND, self.limits.steps))
        self.finish(t)

    def advance(self, t: int, last: int) -> int:
        """The updates t + 1 ... last of all lanes that run; at the last step of all it stops before, once."""
        if last == self.limits.steps and t < last - 1:
            last -= 1
        for block in self.blocks:
            if last == self.limits.steps:
                block.arrays["before"] = block.arrays["checked"][1 : 1 + self.dim].copy()
            self._advance(block, t, last)
        self._gather()
        return last

    def now(self) -> tuple[Array, Array]:
        """params (P, d) and loss (P,) of all lanes; of those that have ended, where they ended."""
        for block in self.blocks:
            self._write_down(block, np.arange(block.count))
        return self.ends.params.copy(), self.ends.loss.copy()

    def finish(self, t: int) -> None:
        """The steps are used up: what is still running has made all of them."""
        for block in self.blocks:
            every = np.arange(block.count)
            status = np.full(block.count, STATUSES.index(Status.MAX_STEPS), np.int8)
            if t > 0:
                stands = np.flatnonzero((block["before"] == self._theta(block)).all(axis=0))
                status[self._flat(block, stands, 1e-12)] = STATUSES.index(Status.STALLED)
            self._write_down(block, every, status, t)
        self.blocks = []

    def _begun(self, which: Indices, size: int, starts: Array, values: Mapping[str, Any]) -> Block:
        arrays = staggered(self.loop.arrays, size)
        block = Block(arrays, len(which))
        arrays["which"], arrays["since"] = np.zeros(size, np.int64), np.zeros(size, np.int64)
        block["which"][:] = which
        theta = starts[which].T
        block["checked"][1 : 1 + self.dim] = theta
        with np.errstate(all="ignore"):
            evaluate(self.objective, self._theta(block), block["checked"][0], block["grad"])
        mine = {name: value[which] if np.ndim(value) else float(value) for name, value in values.items()}
        for name in values:
            if f"value {name}" in arrays:
                block[f"value {name}"][:] = mine[name]
        drawn = partial(self._draws(block), 1)
        for name, begin in initial_state(self.program, theta, block["grad"], mine, drawn).items():
            if name in self.layout.states or name in self.program.past:  # what others begin at nobody reads
                self.quantity(block, name)[...] = begin
        for name, back, _ in self.program.earlier():
            block[f"past {name} {back}"][...] = self.quantity(block, name)
        if "bar" in arrays:
            block["bar"][:] = block["checked"][0] - self._sense * self.limits.min_delta
        if self._returns:
            arrays["anchor row"], arrays["next anchor"] = np.zeros(size, np.int64), np.full(size, 2)
            for name in ("checked", "grad", *self._states):
                arrays[f"anchored {name}"] = arrays[name].copy()
            block["anchor"][:] = theta
        return block

    def _theta(self, block: Block) -> Array:
        return block["checked"][1 : 1 + self.dim]

    def quantity(self, block: Block, name: str) -> Array:
        """A state or another quantity of the last row, as it may be written to; of a running average M."""
        if name == "grad":
            return block["grad"]
        if name in ("theta", "loss"):
            return self._theta(block) if name == "theta" else block["checked"][0]
        return block[f"kept {name}"]

    def _advance(self, block: Block, t: int, last: int) -> None:
        limits = self.limits
        while t < last and block.count:
            deadline = t + limits.patience - int(block["since"].max()) if limits.patience else np.inf
            anchor_at = int(block["next anchor"].min()) if self._returns else -1
            bounds = (limits.diverge_at, stopping.squared(limits.gtol), limits.min_delta, deadline, anchor_at)
            given = block.arrays, self._registers, self._numbers, bounds, self._draws(block)
            with np.errstate(all="ignore"):
                arrived = self.loop.run(block.count, t, last, *given)
            if "age" in block.arrays:
                age, since = block["age"], block["since"]
                since[:] = np.where(age == arrived - t, since + (arrived - t), age)
                age[:] = 0
            t = arrived
            self._look(block, t)

    def _draws(self, block: Block) -> Callable[[int, int], Array]:
        seed, dim = self.seed, self.dim
        if isinstance(seed, int):
            return lambda t, stream: normal_draw(seed, t, dim, stream).reshape(-1, 1)
        seeds = [seed[k] for k in block["which"].tolist()]
        return lambda t, stream: np.stack([normal_draw(int(s), t, dim, stream) for s in seeds], axis=-1)

    def _look(self, block: Block, t: int) -> None:
        """Which lanes end at this row, by the table of endings; they are taken out. The start ends by range alone."""
        near, grad = block["checked"][: 1 + self.dim], block["grad"]
        finite = np.isfinite(near).all(axis=0) & np.isfinite(grad).all(axis=0)
        status = np.where(finite, 0, STATUSES.index(Status.NON_FINITE)).astype(np.int8)
        row = LaneRow(near, block["checked"][1 + self.dim], self.limits, self._tested(block))
        for ending in ENDINGS if t else ENDINGS[:1]:
            met = np.flatnonzero((status == 0) & ending.lanes(row))
            if len(met):
                status[met] = self._ended(ending.halt, block, met, t)
        if self._returns and t:
            self._set_anchors(block, np.flatnonzero(block["next anchor"] == t), t)
        gone = np.flatnonzero(status)
        if len(gone):
            self._write_down(block, gone, status[gone], t)
            block.remove(gone)

    @staticmethod
    def _tested(block: Block) -> Arrays:
        return {name: block[name] for name in ("since", "anchor") if name in block.arrays}

    def _ended(self, halt: Halt, block: Block, lanes: Indices, t: int) -> NDArray[np.int8]:
        """How those lanes end of which an ending holds, as places in `STATUSES`; 0 where it proves to be none."""
        found = np.full(block.count, STATUSES.index(Status.STALLED), np.int8)
        if halt is Halt.OUT_OF_RANGE:
            found[:] = STATUSES.index(Status.DIVERGED)
        elif halt is Halt.GRADIENT:
            found[:] = STATUSES.index(Status.CONVERGED)
            found[self._flat(block, lanes, self.limits.gtol or 0.0)] = STATUSES.index(Status.STALLED)
        elif halt is Halt.RETURN:
            found[:] = 0
            found[self._cycles(block, lanes, t)] = STATUSES.index(Status.STALLED)
        return found[lanes]

    def _flat(self, block: Block, lanes: Indices, gtol: float) -> Indices:
        """Those of the lanes where the surface is so flat that a small gradient says nothing."""
        f_min = self.objective.f_min
        if f_min is None or self._sense < 0 or self.dim > SMALL or not len(lanes):
            return lanes[:0]
        lanes = lanes[block["checked"][0, lanes] > f_min + gtol]
        if not len(lanes):
            return lanes
        hessian = self.objective.hessian(self._theta(block)[:, lanes])
        if hessian is None:
            return lanes[:0]
        flat: Indices = lanes[np.abs(hessian).max(axis=(0, 1)) < max(gtol, 1e-12)]
        return flat

    def _set_anchors(self, block: Block, lanes: Indices, t: int) -> None:
        if not len(lanes):
            return
        for name in ("checked", "grad", *self._states):
            block[f"anchored {name}"][..., lanes] = block[name][..., lanes]
        block["anchor"][:, lanes] = self._theta(block)[:, lanes]
        block["anchor row"][lanes], block["next anchor"][lanes] = t, 2 * t

    def _cycles(self, block: Block, lanes: Indices, t: int) -> Indices:
        """Of the lanes that are back at an earlier theta, those that went somewhere, and whose state is back too.

        Where they went is found by going there again. None is asked again before the step's number has doubled.
        """
        found = []
        for row in np.unique(block["anchor row"][lanes]).tolist():
            group = lanes[block["anchor row"][lanes] == row]
            again = Block({n: a[..., group].copy() for n, a in block.arrays.items()}, len(group))
            for name in ("checked", "grad", *self._states):
                again.arrays[name] = again.arrays[f"anchored {name}"].copy()
            again.arrays["anchor"][:] = np.nan
            low = high = self._theta(again).copy()
            bounds = (np.inf, -1.0, 0.0, np.inf, -1)
            for k in range(row, t):
                with np.errstate(all="ignore"):
                    given = again.arrays, self._registers, self._numbers, bounds, self._draws(again)
                    self.loop.run(again.count, k, k + 1, *given)
                low, high = np.minimum(low, self._theta(again)), np.maximum(high, self._theta(again))
            largest = np.maximum(np.abs(low), np.abs(high))
            moved = (high - low > 1e-9 * np.maximum(1.0, largest)).any(axis=0)
            same = np.ones(len(group), dtype=bool)
            for name in self.layout.states:
                then, now = self._anchored(block, name)[..., group], self.quantity(block, name)[..., group]
                same &= (then == now).reshape(-1, len(group)).all(axis=0)
            found.append(group[moved & same])
        block["anchor"][:, lanes] = np.nan
        block["next anchor"][lanes] = 2 * t
        return np.concatenate(found)

    def _anchored(self, block: Block, name: str) -> Array:
        earlier = Block({n: block.arrays.get(f"anchored {n}", a) for n, a in block.arrays.items()}, block.count)
        return self.quantity(earlier, name)

    def _write_down(self, block: Block, lanes: Indices, status: NDArray[np.int8] | None = None, t: int = 0) -> None:
        which = block["which"][lanes]
        self.ends.params[which] = self._theta(block)[:, lanes].T
        self.ends.loss[which] = block["checked"][0, lanes]
        if status is not None:
            self.ends.status[which] = status
            self.ends.steps[which] = t

    def _gather(self) -> None:
        """Put blocks together that have room for one another's lanes."""
        kept: list[Block] = []
        for block in self.blocks:
            if kept and kept[-1].count + block.count <= kept[-1].arrays["which"].shape[-1]:
                kept[-1].take_in(block)
            elif block.count:
                kept.append(block)
        self.blocks = kept
