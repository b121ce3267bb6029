"""Keyword arguments that there are not: the word for what was meant, as other libraries call it."""

from __future__ import annotations

from collections.abc import Iterable

from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import printable
from gdtui.optimizers import catalogue, schedules
from gdtui.optimizers.pipeline import Pipeline

_WORDS = {
    "lr": "learning_rate step_size stepsize eta alpha rate",
    "steps": "iterations iters n_iter niter num_iter max_iter maxiter max_iterations num_steps n_steps max_steps "
    "epochs n_epochs num_epochs",
    "gtol": "tol tolerance xtol ftol atol rtol",
    "optimizer": "optimiser optim method algorithm solver rule opt",
    "grad": "gradient jac jacobian fprime df dfdx derivative grad_f",
    "start": "starts x0 x_0 theta0 theta init init_params initial initial_guess params params0 p0 point",
    "schedule": "lr_schedule scheduler lr_scheduler",
    "clip_norm": "clip max_norm max_grad_norm clipnorm gradient_clip clip_grad_norm",
    "clip_value": "clipvalue clip_grad_value",
    "weight_decay": "l2 wd weight_penalty",
    "maximize": "maximise ascent",
    "seed": "random_state rng random_seed key",
    "constants": "constant consts parameters",
    "dim": "dims ndim dimension n d",
    "breakpoints": "breakpoint breaks break_ stop_when",
    "watches": "watch log monitor",
    "patience": "early_stopping n_iter_no_change",
    "state": "opt_state optimizer_state",
}
"""What each keyword is called elsewhere: scipy.optimize, scikit-learn, torch, Keras, optax."""
_MEANT = {other: word for word, others in _WORDS.items() for other in others.split()}
_ADVICE = {
    "args": "functools.partial sets the other arguments of a function",
    "kwargs": "functools.partial sets the other arguments of a function",
    "callback": "run.params, run.loss and run.terms hold every row afterwards",
    "verbose": "run.params, run.loss and run.terms hold every row afterwards",
    "disp": "run.params, run.loss and run.terms hold every row afterwards",
    "betas": "write beta1=0.9, beta2=0.999",
    "bounds": "there are no bounds on parameters",
    "record": "a run holds every row; record is for gdtui.descend_many",
}
_LISTED = 3  # rules that have a hyperparameter


def check_names(names: Iterable[str], pipeline: Pipeline, many: bool = False) -> None:
    """Refuse a keyword that is neither an option nor a hyperparameter. Raises ParameterError with the right word.

    ``many``: those of `gdtui.descend_many`, which takes ``starts``.
    """
    own = [p.name for p in pipeline.parameters]
    for name in names:
        if name not in own:
            hint = _hint(name, own, many)
            raise ParameterError(f"{pipeline.rule.name} has no parameter '{printable(name)[:40]}'{hint}")


def _hint(name: str, own: list[str], many: bool) -> str:
    lower = name.lower()
    words = {word: "starts" if many and word == "start" else word for word in (*_WORDS, "min_delta", "diverge_at")}
    if lower in _ADVICE:
        return f": {_ADVICE[lower]}"
    meant = words.get(lower) or words.get(_MEANT.get(lower, ""))
    if meant and (meant != "lr" or "lr" in own):
        return f"; here it is {meant}=..."
    rules = [rule.name for rule in catalogue.RULES if lower in (p.name for p in rule.hyperparameters)]
    for kind, owners in (
        ("optimizer", [lower] if lower in catalogue.BY_NAME else sorted(rules, key=lambda rule: rule != "adam")),
        ("schedule", [s.name for s in schedules.SCHEDULES if lower in (p.name for p in s.settable)]),
    ):
        if owners:
            shown = ", ".join(owners[:_LISTED]) + (", ..." if len(owners) > _LISTED else "")
            return f'; the {kind} that has it: {shown} ({kind}="{owners[0]}")'
    return nearest(lower, [*own, *words.values()]) or f" (it has {', '.join(own) or 'none'})"
