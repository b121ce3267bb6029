"""A recorded run as a session: rows to be looked at, walked and compared, which do not go on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import product

import numpy as np

from gdtui.descent.branches import Branch
from gdtui.descent.breakpoints import added
from gdtui.descent.fed import fed
from gdtui.descent.layout import Layout
from gdtui.descent.rows import Rows
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import End, Status, Stopping
from gdtui.descent.trajectory import Trajectory
from gdtui.formula.evaluate import function_of
from gdtui.formula.parameter import Parameter, ParameterError
from gdtui.objectives.objective import FormulaObjective
from gdtui.objectives.recorded import Recorded
from gdtui.objectives.resolve import resolve
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.schedules import Schedule
from gdtui.storage.recording import RATE, Recording
from gdtui.storage.recording_lines import Array
from gdtui.storage.session_file import Opened

_NEAR = 1e-6  # of the loss: it may have been computed in float32


def setup_of(recording: Recording, base: FormulaObjective | None = None) -> Setup:
    """What is known of what made the rows: names, the function if any, and no equation."""
    grads = recording.rows[:, recording.layout.columns["grad"]]
    values = _hyperparameters(recording)
    objective = Recorded.of_rows(
        recording.file, recording.names, recording.params, recording.loss, grads, recording.lines, values.get(RATE)
    )
    objective = objective if base is None else objective.with_base(base)
    hyperparameters = tuple(Parameter(name, value) for name, value in values.items())
    rule = UpdateRule(recording.header.optimizer or "recorded", "Recorded", "", hyperparameters)
    before = frozenset({"maximize"} if recording.header.maximize else ())
    name = recording.header.schedule if RATE in values else ""
    schedule = Schedule(name, "Recorded", "") if name else None
    pipeline = Pipeline(rule, before, schedule, recording.layout.terms)
    return Setup(objective, pipeline, values, objective.start, Stopping(), chosen=values)


def _hyperparameters(recording: Recording) -> dict[str, float]:
    """Those that the file names, unless it calls something else so; and the learning rate of the first step."""
    values = {}
    if RATE in recording.terms:
        rates = recording.terms[RATE]
        values[RATE] = float(rates[~np.isnan(rates)][0])
    taken = {*recording.names, *recording.layout.shapes}
    named = recording.header.hyperparameters.items()
    return values | {k: v for k, v in named if re.fullmatch(r"[A-Za-z]\w*", k, re.ASCII) and k not in taken}


def rows_of(recording: Recording, setup: Setup, layout: Layout) -> Rows:
    """The rows; where ``layout`` has a ``delta`` that is not recorded it is θ − θ before."""
    rows = recording.rows
    if layout.width > rows.shape[1]:
        delta = np.full_like(recording.params, np.nan)
        delta[1:] = np.diff(recording.params, axis=0)
        rows = np.hstack([rows, delta])
    return Rows(setup.program, trajectory_of(layout, rows), values=setup.values)


def trajectory_of(layout: Layout, rows: Array) -> Trajectory:
    """A trajectory of these rows (n + 1, width)."""
    trajectory, at = Trajectory(layout, rows[0]), 0

    def read(count: int) -> Array:
        nonlocal at
        at += count
        return rows[at - count : at]

    trajectory.refill(len(rows), 0, read)
    return trajectory


def opened(recording: Recording) -> Opened:
    """The recorded run as the explorer shows it, with what is to be known of it."""
    session = recorded_session(recording)
    base = session.setup.objective.formula is not None
    drawn = f"the surface is that of {recording.header.objective}, which gives the recorded loss" if base else ""
    return Opened(session, {}, "; ".join(filter(None, (recording.note, drawn))))


def recorded_session(recording: Recording) -> Session:
    """The rows in one branch that has come to its end; a watch of a line of the function is a watch again."""
    base = descended(recording)
    repeated = [] if base is None else _repeated(recording, base)
    recording = recording.without(repeated) if repeated else recording
    setup = setup_of(recording, base)
    for name in repeated:
        with suppress(ValueError):  # a hyperparameter may be called so too
            setup = added(setup, name, watch=True)
    return session_of(setup, rows_of(recording, setup, setup.program.layout), end_of(recording))


def descended(recording: Recording) -> FormulaObjective | None:
    """The function that the file names, if it has these parameters and gives the recorded loss at the start."""
    dim, loss = len(recording.names), recording.loss[0]
    for text, count in product((recording.header.objective, recording.header.formula), (None, dim)):
        with suppress(ValueError):
            base = resolve(text, recording.header.constants, count)
            value = base.value(recording.params[0]) if base.names == recording.names else math.nan
            if value == loss or abs(value - loss) <= _NEAR * abs(loss):
                return base
    return None


def _repeated(recording: Recording, base: FormulaObjective) -> list[str]:
    """The recorded terms that have the name of a line of the function, and its numbers."""
    of_theta = [recording.params.T] if base.vector else recording.params.T
    shapes = dict(recording.layout.terms)
    lines = [line for line in base.lines if shapes.get(line.name) == line.node.shape]
    values = function_of([line.node for line in lines], [v.text for v in base.variables])(*of_theta)
    return [line.name for line, value in zip(lines, values, strict=True)
            if np.allclose(value, recording.terms[line.name].T, _NEAR, 0.0, equal_nan=True)]  # fmt: skip


def compared(recording: Recording) -> Session:
    """The rows as they are recorded, to be compared: no term is made of others."""
    setup = setup_of(recording)
    return session_of(setup, rows_of(recording, setup, recording.layout), end_of(recording))


def fed_session(a: Session, setup: Setup) -> Session:
    """What a setup's rule makes of the rows of ``a``, which were recorded with gradients. Raises ParameterError."""
    assert isinstance(setup.objective, Recorded)
    if not setup.objective.has_gradient:
        raise ParameterError(f"{setup.objective.name} has no gradients to be fed to {setup.pipeline.rule.name}: record "
                             "grad_NAME, or name the objective too")  # fmt: skip
    rows, last = fed(a.branch.last, setup), a.branch.count - 1
    return session_of(setup, rows, End(Status.MAX_STEPS, f"fed with the {last} recorded steps", last))


def session_of(setup: Setup, rows: Rows, end: End) -> Session:
    """A session of rows that do not go on, at the first of them."""
    branch = Branch([rows], end=end, name="A")
    return Session.restored(setup, [branch], branch, 0, {})


def end_of(recording: Recording) -> End:
    """That these are all; and how the run ended, where the file says so."""
    header, last = recording.header, recording.steps
    every = f"all {last} recorded step{'s' * (last != 1)} of {recording.file}"
    reason = f"{every}: {header.reason}" if header.reason else every
    status = header.status if header.status is not None and header.status.ended else Status.MAX_STEPS
    return End(status, reason, last)


def aligned(recording: Recording, names: Iterable[str], whose: str) -> Recording:
    """The recording with its parameters in this order. Raises ValueError where they are others."""
    wanted = tuple(names)
    if wanted == recording.names:
        return recording
    if sorted(wanted) != sorted(recording.names):
        mine, theirs = (", ".join(some[:6]) + (", …" if len(some) > 6 else "") for some in (recording.names, wanted))
        raise ValueError(f"the parameters of {recording.file} are {mine}, those of {whose} {theirs}: they have to be "
                         "the same; call the columns of the file as the objective has them")  # fmt: skip
    order = [recording.names.index(name) for name in wanted]
    return recording.reordered(order)
