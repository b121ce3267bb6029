"""gdtui: a debugger for gradient descent, in the terminal. The Python face; nothing is imported until it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gdtui.version import VERSION

if TYPE_CHECKING:
    from gdtui.analysis.point_check import GradientCheck
    from gdtui.descent.many import Runs
    from gdtui.descent.run import Run
    from gdtui.descent.setup import Setup

__version__ = VERSION
__all__ = ["__version__", "descend", "descend_many", "explore", "gradcheck"]


def descend(
    objective: str | Callable[..., Any],
    optimizer: str = "gd",
    *,
    grad: Callable[..., Any] | str | None = None,
    start: Sequence[float] | Mapping[str, float] | float | str | None = None,
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
    function of a (d,) array, for which ``grad`` and ``start`` are required. ``grad``: your function that gives the
    gradient, (d,), or "numeric" for central differences of the loss; beside a name or a formula it runs in the place of
    the derived one. The array of one parameter passes for a number too, and a number will do for an answer (d,) then.
    Your functions are called once a row, the loss first, and once more for each ``grad(u)``, ``loss_at(u)`` of the
    rule; "numeric" takes 2·d more values of the loss for each gradient. ``optimizer``: a name, "adam:beta1=0.8",
    or the path of a rule's TOML file. Hyperparameters are keyword arguments by their names (``lr=0.1``). The other
    options are those of the command line: what stands before the rule, in this order, ``maximize``, ``grad_noise``,
    ``clip_value``, ``clip_norm``, ``weight_decay``, ``schedule``; and ``seed``, ``constants``, ``dim``, ``domain``,
    ``breakpoints``, ``watches``. ``state``: the optimizer's state as it was (a checkpoint's), ``{"m": m0, "t": 70}``.

    The differences are (f(θ + h) − f(θ − h))/2h with h = ε^(1/3)·max(1, |θₖ|) along each coordinate (Nocedal & Wright,
    Numerical Optimization, 2006, section 8.1). Raises ValueError that says what to do about what it was given
    (ParameterError, FormulaError, RuleFileError), and what your functions raise.

    >>> run = descend("x**2", start=1.8, lr=0.1, gtol=0.01)
    >>> run.steps, str(run.status), run.params.shape
    (27, 'converged', (28, 1))
    """
    from gdtui.descent.run import begin, run_to_end

    stopping = {"steps": steps, "gtol": gtol, "patience": patience, "min_delta": min_delta, "diverge_at": diverge_at}
    setup = _setup(objective, optimizer, grad=grad, start=start, stopping=stopping, options=options)
    return run_to_end(begin(setup, state))


def descend_many(
    objective: str | Callable[..., Any],
    optimizer: str = "gd",
    *,
    starts: Any,
    grad: Callable[..., Any] | str | None = None,
    steps: int = 1000,
    gtol: float | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    diverge_at: float | None = None,
    seed: Any = 0,
    record: bool = False,
    **options: Any,
) -> Runs:
    """Descend an objective from many starts at once, and give back where each descent ended.

    ``starts``: (P, d), or (P,) for one parameter. A hyperparameter is a number or an array of P numbers, so that
    P learning rates from one start are ``starts=[start]*P, lr=rates``. Each descent ends where `descend` ends it, by
    the same tests; the others go on. Arguments as for `descend`, without ``state``, ``breakpoints`` and ``watches``.
    ``seed``: one number that all share, so that each descent draws what `descend` draws with it; or an array of P.
    Until ``lr`` is told, all take the one that suits the first start. ``record``: keep every row, (n + 1) · P · (d + 1)
    numbers. One's own functions take a (d,) array, as for `descend`: they are called for one descent after another in
    each step, and again for one that is back where it was.

    Numbers are those of NumPy; `descend` computes few parameters by Python's floats, and exp or tanh may differ in
    the last bit. Raises ValueError as `descend` does.

    >>> runs = descend_many("x**2", starts=[1.8, -0.9, 40.0], lr=[0.1, 0.1, 1.1], gtol=0.01)
    >>> runs.steps.tolist(), runs.status.tolist(), runs.params.shape
    ([27, 24, 296], ['converged', 'converged', 'diverged'], (3, 1))
    """
    from gdtui.descent.many import descend_lanes

    stopping = {"steps": steps, "gtol": gtol, "patience": patience, "min_delta": min_delta, "diverge_at": diverge_at}
    one = {name: options.pop(name) for name in ("breakpoints", "watches") if name in options}
    named = _taken_out(options)
    return descend_lanes(
        objective, optimizer, grad=grad, starts=starts, stopping=stopping, record=record, seed=seed,
        settings=options | one, options=named,
    )  # fmt: skip


def explore(
    objective: str | Callable[..., Any] = "himmelblau",
    optimizer: str = "gd",
    *,
    grad: Callable[..., Any] | str | None = None,
    start: Sequence[float] | Mapping[str, float] | float | str | None = None,
    steps: int | None = None,
    gtol: float | None = 1e-6,
    patience: int | None = None,
    min_delta: float = 0.0,
    diverge_at: float | None = None,
    **options: Any,
) -> None:
    """Open the explorer on an objective; arguments as for `descend`.

    Raises RuntimeError, with a sentence, where stdin or stdout is no terminal: `descend` needs none.

    Your own functions are called besides: the loss to draw, and at rest the gradient, by whose differences the Why pane
    has the curvature (of up to 18 parameters 4·d + 1 times a row; not again once it gave another answer at one point).
    """
    from gdtui.tui.launch import launch, need_a_terminal

    need_a_terminal()  # before anything is called or opened
    stopping = {"steps": steps, "gtol": gtol, "patience": patience, "min_delta": min_delta, "diverge_at": diverge_at}
    launch(_setup(objective, optimizer, grad=grad, start=start, stopping=stopping, options=options))


def gradcheck(
    f: str | Callable[..., Any], df: str | Callable[..., Any], at: Sequence[float] | float
) -> GradientCheck:
    """Compare a gradient with differences of its function at one point, coordinate by coordinate.

    ``f``: your function of a (d,) array, or a name or a formula as text. ``df``: your gradient, a function that gives
    (d,); beside a text it may be text too, its formulas separated by ``;`` (``"2*x + 3*y; 3*x"``). ``at``: (d,).
    ``df`` is called once, ``f`` about 80 times for each parameter.

    The result is true where they agree. ``.yours``, ``.differences`` and ``.error`` are (d,); ``.parted``, ``.kink``
    and ``.unsure`` are coordinates from 0: where they differ; where the slopes to the two sides of the point stay
    apart, so that none is the slope; where differences cannot tell. Printed, it says what is wrong.

    Differences are central, with their error of order h² taken out (Richardson 1911). Raises ValueError as `descend`
    does, and what your functions raise at the point.

    >>> print(gradcheck(lambda v: v[0]**2 - 3*v[1], lambda v: [4*v[0], -3], at=(1.0, 2.0)))
    ∂f/∂x: yours is 4, differences of f give 2 ± 1e-14: yours is 2 times the slope
    at (x, y) = (1, 2) they part in ∂f/∂x
    """
    from gdtui.analysis.point_check import check

    return check(f, df, at)


_OPTIONS = ("seed", "constants", "dim", "domain", "breakpoints", "watches")


def _taken_out(options: dict[str, Any]) -> dict[str, Any]:
    """What is named here or stands before the rule; what is left are hyperparameters."""
    from gdtui.optimizers.before_rule import STAGES

    return {name: options.pop(name) for name in (*STAGES, *_OPTIONS) if name in options}


def _setup(
    objective: str | Callable[..., Any],
    optimizer: str,
    *,
    grad: Callable[..., Any] | str | None,
    start: Sequence[float] | Mapping[str, float] | float | str | None,
    stopping: Mapping[str, Any],
    options: dict[str, Any],
) -> Setup:
    """Keyword arguments -> Setup: what is no option is a hyperparameter."""
    from gdtui.descent.setup import prepare

    named = _taken_out(options)
    return prepare(objective, optimizer, grad=grad, start=start, settings=options, stopping=stopping, **named)
