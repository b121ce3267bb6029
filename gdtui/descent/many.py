"""Many descents at once, headless: what `gdtui.descend_many` takes and gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.lanes.descents import STATUSES, Lanes
from gdtui.descent.setup import Setup, checked_seed, prepare
from gdtui.formula.parameter import Parameter, ParameterError
from gdtui.objectives.objective import Array
from gdtui.objectives.scripted import real, shown
from gdtui.optimizers.before_rule import numbered

RECORDED = 2**32
"""Bytes that the rows of all descents together may take."""
_FOR_ONE = {"breakpoints": "a breakpoint", "watches": "a watch", "state": "an optimizer's state"}


class History(NamedTuple):
    """Rows 0 ... n of all descents: params (n + 1, P, d) and loss (n + 1, P).

    n is the most steps that any made; behind its own end a descent stays where it ended.
    """

    params: Array
    loss: Array


class Runs:
    """P descents that have ended, each where `gdtui.descend` would have ended it.

    ``params`` (P, d) and ``loss`` (P,) float64: the last row of each; ``steps`` (P,): how many updates it made;
    ``status`` (P,): the words of `Status` ("converged"); ``history``: every row, where that was asked for.
    ``hyperparameters``: a number, or an array (P,), by name.
    """

    def __init__(self, lanes: Lanes, hyperparameters: Mapping[str, Any], history: History | None):
        self.params: Array = lanes.ends.params
        self.loss: Array = lanes.ends.loss
        self.steps: NDArray[np.int64] = lanes.ends.steps
        self.status: NDArray[np.str_] = np.array([str(s) for s in STATUSES])[lanes.ends.status]
        self.hyperparameters = dict(hyperparameters)
        self.history = history

    def __len__(self) -> int:
        return len(self.loss)

    def __repr__(self) -> str:
        ends = ", ".join(f"{count} {word}" for word, count in Counter(self.status.tolist()).most_common())
        return f"<Runs of {len(self)}: {ends}; lowest loss {np.nanmin([np.inf, *self.loss]):.6g}>"


def descend_lanes(
    objective: str | Callable[..., Any],
    optimizer: str,
    *,
    grad: Callable[..., Any] | str | None,
    starts: Any,
    stopping: Mapping[str, Any],
    record: bool,
    seed: Any,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Runs:
    """Arguments as those of `gdtui.descend_many`. Raises ParameterError, FormulaError or RuleFileError."""
    for name, what in _FOR_ONE.items():
        if name in settings:
            raise ParameterError(f"{what} is for one descent: descend_many takes no {name}")
    if not isinstance(record, bool | np.bool_):
        raise ParameterError(f"record is True or False; {shown(record)} is not")
    points = _points(starts)
    count = len(points)
    varying = {stage.name for stage in numbered()}
    given = {**settings, **{name: v for name, v in options.items() if name in varying and v is not None}}
    first = {name: np.ravel(value)[0] if np.size(value) and np.ndim(value) else value for name, value in given.items()}
    others = {name: value for name, value in options.items() if name not in varying}
    setup = prepare(
        objective, optimizer, grad=grad, start=points[0].tolist(), settings=first, stopping=stopping,
        seed=0 if np.ndim(seed) else seed, many=True, **others,
    )  # fmt: skip
    arrays = {name: _array(name, value, count) for name, value in given.items() if np.ndim(value)}
    if setup.stopping.steps is None:
        raise ParameterError("steps is a number here: descents that never end would keep the others waiting")
    values: dict[str, Any] = dict(setup.values)
    for parameter in setup.pipeline.parameters:
        if parameter.name in arrays:
            values[parameter.name] = _checked(parameter, arrays[parameter.name])
    seeds = [checked_seed(s) for s in _seeds(seed, count)] if np.ndim(seed) else setup.seed
    lanes = Lanes(setup.program, values, points, setup.stopping, seeds)
    history = _recorded(lanes, setup) if record else None
    if history is None:
        lanes.run()
    return Runs(lanes, values, history)


def _recorded(lanes: Lanes, setup: Setup) -> History:
    """To the end of every lane, row by row."""
    steps = setup.stopping.steps or 0
    count, dim = lanes.ends.params.shape
    size = (steps + 1) * count * (dim + 1) * 8
    if size > RECORDED:
        raise ParameterError(
            f"every row of {count} descents over {steps} steps may take {size / 2**30:.1f} GB, more than "
            f"{RECORDED / 2**30:.0f}: make fewer steps, or leave record out"
        )
    rows = [lanes.now()]
    t = 0
    while t < steps and lanes.blocks:
        t = lanes.advance(t, t + 1)
        rows.append(lanes.now())
    lanes.finish(t)
    return History(np.stack([params for params, _ in rows]), np.stack([loss for _, loss in rows]))


def _real(values: Any) -> Array:
    """As floats of one's own. Raises ParameterError for what is none."""
    return np.array(real(values, ""))


def _points(starts: Any) -> Array:
    """(P, d) of finite numbers; of one parameter (P,) will do."""
    try:
        points = _real(starts)
    except ParameterError:
        points = np.empty(())
    if points.ndim == 1:
        points = points[:, None]
    if points.ndim != 2 or not points.size:
        raise ParameterError("starts is one row of numbers for each descent, (P, d): starts=[(-1.2, 1), (0, 2)]")
    if not np.isfinite(points).all():
        row = int((~np.isfinite(points).all(axis=1)).argmax())
        raise ParameterError(f"starts are made of finite numbers; row {row} is not")
    return points


def _array(name: str, value: Any, count: int) -> Array:
    try:
        array = _real(value)
    except ParameterError:
        raise ParameterError(f"{name} is a number or an array of {count} numbers, one for each start") from None
    if array.shape != (count,):
        raise ParameterError(f"{name} has the shape {array.shape}; for {count} starts it is a number or ({count},)")
    return array


def _checked(parameter: Parameter, array: Array) -> Array:
    """Every one of the values, within the parameter's range. Raises ParameterError about the first that is not."""
    good = np.isfinite(array) & (parameter.low <= array) & (array <= parameter.high)
    if parameter.whole:
        good &= array == np.floor(array)
    if not good.all():
        parameter.check(float(array[int(good.argmin())]))
    return array


def _seeds(seed: Any, count: int) -> Sequence[Any]:
    if np.shape(seed) != (count,):
        raise ParameterError(f"seed has the shape {np.shape(seed)}; for {count} starts it is a number or ({count},)")
    return [s.item() if isinstance(s, np.integer) else s for s in seed]
