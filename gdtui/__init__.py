"""gdtui: a debugger for gradient descent, in the terminal. The Python face; nothing is imported until it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gdtui.version import VERSION

if TYPE_CHECKING:
    from gdtui.descent.run import Run
    from gdtui.descent.setup import Setup

__version__ = VERSION
__all__ = ["__version__", "descend", "explore"]


def descend(
    objective: str | Callable[..., Any],
    optimizer: str = "gd",
    *,
    grad: Callable[..., Any] | None = None,
    start: Sequence[float] | float | str | None = None,
    steps: int = 1000,
    gtol: float | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    diverge_at: float | None = None,
    state: Mapping[str, Any] | None = None,
    **options: Any,
) -> Run:
    """Descend an objective and give back every row of it.

    ``objective``: a catalogue name ("himmelblau", "rosenbrock:b=10"), a formula ("x**2 + 3*y**2"), or your own
    function of a (d,) array, for which ``grad`` and ``start`` are required. ``optimizer``: a name, "adam:beta1=0.8",
    or the path of a rule's TOML file. Hyperparameters are keyword arguments by their names (``lr=0.1``). The other
    options are those of the command line: ``clip_norm``, ``clip_value``, ``weight_decay``, ``schedule``,
    ``maximize``, ``seed``, ``constants``, ``dim``, ``breakpoints``, ``watches``. ``state``: the optimizer's state
    as it was (a checkpoint's), ``{"m": m0, "v": v0, "t": 70}``.

    Raises ValueError that says what to do about what it was given (ParameterError, FormulaError, RuleFileError).

    >>> run = descend("x**2", start=1.8, lr=0.1, gtol=0.01)
    >>> run.steps, str(run.status), run.params.shape
    (27, 'converged', (28, 1))
    """
    from gdtui.descent.run import begin, run_to_end

    stopping = {"steps": steps, "gtol": gtol, "patience": patience, "min_delta": min_delta, "diverge_at": diverge_at}
    setup = _setup(objective, optimizer, grad=grad, start=start, stopping=stopping, options=options)
    return run_to_end(begin(setup, state))


def explore(
    objective: str | Callable[..., Any] = "himmelblau",
    optimizer: str = "gd",
    *,
    grad: Callable[..., Any] | None = None,
    start: Sequence[float] | float | str | None = None,
    steps: int | None = None,
    gtol: float | None = 1e-6,
    patience: int | None = None,
    min_delta: float = 0.0,
    diverge_at: float | None = None,
    **options: Any,
) -> None:
    """Open the explorer on an objective; arguments as for `descend`. Own functions are called to draw, too."""
    from gdtui.tui.launch import launch

    stopping = {"steps": steps, "gtol": gtol, "patience": patience, "min_delta": min_delta, "diverge_at": diverge_at}
    launch(_setup(objective, optimizer, grad=grad, start=start, stopping=stopping, options=options))


_OPTIONS = (
    "clip_norm", "clip_value", "weight_decay", "schedule", "maximize", "seed", "constants", "dim", "breakpoints",
    "watches",
)  # fmt: skip


def _setup(
    objective: str | Callable[..., Any],
    optimizer: str,
    *,
    grad: Callable[..., Any] | None,
    start: Sequence[float] | float | str | None,
    stopping: Mapping[str, Any],
    options: dict[str, Any],
) -> Setup:
    """Keyword arguments -> Setup: what is no option is a hyperparameter."""
    from gdtui.descent.setup import prepare

    named = {key: options.pop(key) for key in _OPTIONS if key in options}
    return prepare(objective, optimizer, grad=grad, start=start, settings=options, stopping=stopping, **named)
