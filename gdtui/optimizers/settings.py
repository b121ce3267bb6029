"""A setting or keyword that there is not: the word for what was meant, or where it is to be had, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import printable
from gdtui.optimizers.before_rule import STAGES
from gdtui.optimizers.catalogue import ALIASES, BY_NAME, RULES
from gdtui.optimizers.schedules import SCHEDULES

_WORDS = {
    "lr": "learning_rate step_size stepsize eta alpha rate",
    "eps": "epsilon",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "steps": "iterations iters n_iter niter num_iter max_iter maxiter max_iterations num_steps n_steps max_steps "
    "epochs n_epochs num_epochs",
    "gtol": "tol tolerance xtol ftol atol rtol",
    "optimizer": "optimiser optim method algorithm solver rule opt",
    "grad": "gradient jac jacobian fprime df dfdx derivative grad_f",
    "start": "starts x0 x_0 theta0 theta init init_params initial initial_guess params params0 p0 point",
    "seed": "random_state rng random_seed key",
    "constants": "constant consts parameters",
    "dim": "dims ndim dimension n d",
    "domain": "limits xlim ranges region",
    "breakpoints": "breakpoint breaks break_ stop_when",
    "watches": "watch log monitor",
    "patience": "early_stopping n_iter_no_change",
    "state": "opt_state optimizer_state",
}
"""What each keyword is called elsewhere: scipy.optimize, scikit-learn, torch, Keras, optax."""
_HYPERPARAMETERS = ("lr", "eps", "beta1", "beta2")
_IN_COMMANDS = {"constants": "-c NAME=VALUE", "optimizer": "-o NAME", "breakpoints": "--break EXPR",
                "watches": "--watch EXPR", "grad": "", "state": ""}  # fmt: skip
"""Options of a command line that are not --NAME VALUE."""
_ADVICE = {
    **dict.fromkeys(["args", "kwargs"], "functools.partial sets the other arguments of a function"),
    **dict.fromkeys(["callback", "verbose", "disp"], "run.params, run.loss and run.terms hold every row afterwards"),
    "betas": "write beta1 and beta2, beta1=0.9,beta2=0.999",
    "bounds": "there are no bounds on parameters",
    "record": "a run holds every row; record is for gdtui.descend_many",
}
_MOST = 3  # owners that are named


def check_settings(owner: str, names: Iterable[str], settings: Iterable[str], many: bool = False) -> None:
    """Refuse a setting that is neither a parameter of ``owner``, of these ``names``, nor anything else here.

    ``many``: of `gdtui.descend_many`, which takes ``starts``. Raises ParameterError with the right word, or with what
    has it: an option, another optimizer, a schedule.
    """
    own = [*names]
    for key in settings:
        if key not in own:
            raise ParameterError(f"{owner} has no parameter '{printable(key)[:40]}'{_hint(key, own, many)}")


def _hint(key: str, own: list[str], many: bool) -> str:
    word = key.lower().replace("-", "_")
    names = _WORDS | {stage.name: stage.elsewhere for stage in STAGES.values()}
    options = [*(name for name in names if name not in _HYPERPARAMETERS), "min_delta", "diverge_at"]
    meant = next((name for name, others in names.items() if word in others.split()), word)
    if word in _ADVICE:
        return f": {_ADVICE[word]}"
    if meant in own:
        return f"; here it is {meant}=..."
    if meant in options:
        name = "starts" if many and meant == "start" else meant
        flag = meant in STAGES and not STAGES[meant].takes
        option = _IN_COMMANDS.get(meant, f"--{meant.replace('_', '-')}{'' if flag else ' VALUE'}")
        return f"; here it is {name}=... in Python" + (f", and {option} on the command line" if option else "")
    if likely := nearest(word, own):  # a slip of the finger is likelier than another optimizer
        return likely
    name = ALIASES.get(word.replace("_", "-"), word.replace("_", "-"))
    having = [rule.name for rule in RULES if rule.has(word) and word != "lr"]
    if name in BY_NAME and name not in having:
        return f'; it is an optimizer of its own: -o {name}, or optimizer="{name}" in Python'
    if having:
        first = next(rule for rule in (name, "adam", *having) if rule in having)
        said = f'-o {first}:{word}=..., or optimizer="{first}" in Python'
        return f"; the optimizer {_listed(first, having)}: {said}"
    having = [schedule.name for schedule in SCHEDULES if any(p.name == word for p in schedule.settable)]
    if having:
        said = f'--schedule {having[0]}:{word}=..., or schedule="{having[0]}" in Python'
        return f"; the schedule {_listed(having[0], having)}: {said}"
    return nearest(word, options) or f" (it has {', '.join(own) or 'none'})"


def _listed(first: str, having: list[str]) -> str:
    """``adam has it, and so have nadam and adamw``."""
    others = [name for name in having if name != first][: _MOST - 1]
    have = "have" if len(others) > 1 else "has"
    return f"{first} has it" + (f", and so {have} {' and '.join(others)}" if others else "")
