"""A descent from its start to its end, headless: what `gdtui.descend` gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.branches import Branch
from gdtui.descent.layout import layout_of
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import End, Status
from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.objective import real, shown

Array = NDArray[np.float64]
SLICE = 4096


class Terms(Mapping[str, Array]):
    """Every term of the updates, by name: (n + 1, d), or (n + 1,) for a scalar term; NaN in row 0."""

    def __init__(self, branch: Branch):
        self._branch = branch
        self._names = [name for name, _ in branch.last.layout.terms]

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(f"there is no term '{name}'{nearest(name, self._names)}; there are {', '.join(self._names)}")
        found: Array = self._branch.quantity(name, 0, self._branch.count).T
        return np.array(found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Watches(Mapping[str, Array]):
    """Every watch by its text: (n + 1,), or (n + 1, k) of a vector; NaN in row 0 where it reads a term."""

    def __init__(self, session: Session):
        self._session = session
        self._watches = {watch.text: watch for watch in session.setup.watches}

    def __getitem__(self, text: str) -> Array:
        watch = self._watches.get(text.strip())
        if watch is None:
            raise KeyError(f"there is no watch '{text}'; there are {', '.join(self._watches) or 'none'}")
        return np.array(self._session.values_of(watch, 0, self._session.branch.count).T)

    def __iter__(self) -> Iterator[str]:
        return iter(self._watches)

    def __len__(self) -> int:
        return len(self._watches)


class Run:
    """A descent that has ended. Row k is the state after k updates; row 0 is the start.

    ``names``: the parameters, in the order of the columns. ``params`` and ``grad`` are (n + 1, d), ``loss`` is
    (n + 1,), all float64; ``terms[name]`` as `Terms` says, ``watches[text]`` as `Watches`; ``status`` is one of
    `Status`, equal to its word ("converged"); ``reason`` a sentence with the numbers.
    """

    def __init__(self, session: Session):
        self.session = session
        branch = session.branch
        self.params: Array = np.array(branch.quantity("theta", 0, branch.count).T)
        self.loss: Array = np.array(branch.quantity("loss", 0, branch.count))
        self.grad: Array = np.array(branch.quantity("grad", 0, branch.count).T)
        self.terms = Terms(branch)
        self.watches = Watches(session)
        self.names: tuple[str, ...] = session.setup.objective.names
        self.status: Status = branch.end.status
        self.reason: str = branch.end.reason
        self.hyperparameters: dict[str, float] = dict(session.setup.values)

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return len(self.loss) - 1

    def __repr__(self) -> str:
        pairs = zip(self.names[:4], self.params[-1], strict=False)
        place = ", ".join(f"{name} = {v:.6g}" for name, v in pairs) + (", ..." if len(self.names) > 4 else "")
        return f"<Run {self.status}: {self.reason}; at {place}, loss {self.loss[-1]:.6g}>"


def begin(setup: Setup, state: Mapping[str, Any] | None = None) -> Session:
    """A session at row 0. ``state``: the optimizer's state as it was, by name, and its ``t``.

    Raises ParameterError for a state that the optimizer does not have, or of another shape.
    """
    layout = layout_of(setup.pipeline, setup.objective.dim)
    if not isinstance(state, Mapping | None):
        raise ParameterError(f"state is names with values, {{'m': m0, 't': 70}}; {shown(state)} is not")
    given = dict(state or {})
    t = _updates(given.pop("t", 0))
    found: dict[str, Array] = {}
    for name, value in given.items():
        if name not in layout.states:
            has = ", ".join(layout.states) or "none"
            raise ParameterError(f"{setup.pipeline.rule.name} has no state '{name}' (its state: {has}; and t)")
        array = real(value, f"the state {name} is made of numbers; not")
        if array.shape != layout.shapes[name]:
            raise ParameterError(f"the state {name} has shape {layout.shapes[name]}; {array.shape} was given")
        found[name] = array.reshape(-1)
    return Session(setup, found, t)


def _updates(t: Any) -> int:
    """A state's t; that of torch is a whole number in a tensor of floats. Raises ParameterError."""
    wanted = "the state's t is the number of updates made, 0 or more;"
    number = real(t, wanted)
    if isinstance(t, bool) or number.ndim or not 0 <= number < 2**53 or number != np.floor(number):
        raise ParameterError(f"{wanted} {shown(t)} is not")
    return int(number)


def run_to_end(session: Session) -> Run:
    """Advance until a stopping rule or the first breakpoint ends the run."""
    while session.advance(SLICE) == SLICE and session.branch.end.status is Status.RUNNING:
        pass
    return Run(session)


def end_of(session: Session) -> End:
    """The end that a session's branch came to."""
    return session.branch.end
