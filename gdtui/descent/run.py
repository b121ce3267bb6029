"""A descent from its start to its end, headless: what `gdtui.descend` gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import Status
from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.objective import Array
from gdtui.objectives.scripted import real, shown

SLICE = 4096
_AT_ONCE = 1 << 16  # rows that are copied at once


class Terms(Mapping[str, Array]):
    """Every term of the updates, by name: (n + 1, d), or (n + 1,) for a scalar term; NaN in row 0."""

    def __init__(self, names: Iterable[str], read: Callable[[str], Array]):
        self._names, self._read = tuple(names), read

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            near = nearest(str(name), self._names)
            raise KeyError(f"there is no term '{name}'{near}; there are {', '.join(self._names)}")
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Watches(Mapping[str, Array]):
    """Every watch by its text: (n + 1,), or (n + 1, k) of a vector; NaN in row 0 where it reads a term."""

    def __init__(self, texts: Iterable[str], read: Callable[[str], Array]):
        self._texts, self._read = tuple(texts), read

    def __getitem__(self, text: str) -> Array:
        if str(text).strip() not in self._texts:
            raise KeyError(f"there is no watch '{text}'; there are {', '.join(self._texts) or 'none'}")
        return self._read(text.strip())

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class Run:
    """A descent that has ended. Row k is the state after k updates; row 0 is the start.

    ``names``: the parameters, in the order of the columns. ``params`` and ``grad`` are (n + 1, d), ``loss`` is
    (n + 1,), all float64; ``terms[name]`` as `Terms` says, ``watches[text]`` as `Watches`; ``status`` is one of
    `Status`, equal to its word ("converged"); ``reason`` a sentence with the numbers.

    These are copies of the recorded rows, each made when it is first asked for: to write to one changes no row. A Run
    that was pickled, or copied, has all of them, and no ``session``: what made the rows may be functions of one's own,
    which need not be known where it is read.
    """

    names: tuple[str, ...]
    status: Status
    reason: str
    hyperparameters: dict[str, float]
    steps: int
    """How many updates were made."""

    def __init__(self, session: Session):
        branch = session.branch
        self._session: Session | None = session
        self.steps = branch.count - 1
        watches = {watch.text: watch for watch in session.setup.watches}
        self.terms = Terms((name for name, _ in branch.last.layout.terms), self._quantity)
        self.watches = Watches(watches, lambda text: self._copied(partial(session.values_of, watches[text])))
        self.status, self.reason = branch.end.status, branch.end.reason
        self.hyperparameters = dict(session.setup.values)
        self.names = session.setup.objective.names

    @property
    def session(self) -> Session:
        """The session that made it. Raises AttributeError for a Run that was pickled."""
        if self._session is None:
            raise AttributeError("a Run that was pickled or copied has its numbers, and no session to go on with")
        return self._session

    @cached_property
    def params(self) -> Array:
        return self._quantity("theta")

    @cached_property
    def loss(self) -> Array:
        return self._quantity("loss")

    @cached_property
    def grad(self) -> Array:
        return self._quantity("grad")

    def _quantity(self, name: str) -> Array:
        return self._copied(partial(self.session.branch.quantity, name))

    def _copied(self, read: Callable[[int, int], Array]) -> Array:
        """What ``read`` gives of rows a to b, for all rows: (n + 1,), or (n + 1, d). Slice by slice, into its place."""
        copied = np.empty((self.steps + 1, *read(0, 1).shape[:-1]))
        for start in range(0, len(copied), _AT_ONCE):
            stop = min(start + _AT_ONCE, len(copied))
            copied[start:stop] = read(start, stop).T
        return copied

    def __getstate__(self) -> dict[str, Any]:
        names = ("names", "params", "loss", "grad", "status", "reason", "hyperparameters", "steps")
        return {name: getattr(self, name) for name in names} | {
            "terms": dict(self.terms), "watches": dict(self.watches),
        }  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        terms, watches = state["terms"], state["watches"]
        self.__dict__.update(state, _session=None)
        self.terms = Terms(terms, lambda name: np.array(terms[name]))
        self.watches = Watches(watches, lambda text: np.array(watches[text]))

    def __repr__(self) -> str:
        pairs = zip(self.names[:4], self.params[-1], strict=False)
        place = ", ".join(f"{name} = {v:.6g}" for name, v in pairs) + (", ..." if len(self.names) > 4 else "")
        return f"<Run {self.status}: {self.reason}; at {place}, loss {self.loss[-1]:.6g}>"


def begin(setup: Setup, state: Mapping[str, Any] | None = None) -> Session:
    """A session at row 0. ``state``: the optimizer's state as it was, by name, and its ``t``.

    Raises ParameterError for a state that the optimizer does not have, or of another shape.
    """
    layout = setup.program.layout
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
