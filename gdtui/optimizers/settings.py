"""A setting that a rule does not have: where it is to be had instead, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import printable
from gdtui.optimizers.catalogue import ALIASES, BY_NAME, RULES

_OPTIONS = (
    "start", "steps", "gtol", "patience", "min_delta", "diverge_at", "clip_norm", "clip_value", "weight_decay",
    "schedule", "maximize", "seed", "dim",
)  # fmt: skip
_ELSEWHERE_CALLED = {
    "learning_rate": "lr", "step_size": "lr", "epsilon": "eps", "beta_1": "beta1", "beta_2": "beta2",
    "betas": "beta1", "max_iter": "steps", "maxiter": "steps", "iterations": "steps", "tol": "gtol", "x0": "start",
}  # fmt: skip
"""Words of other programs for what has another name here."""
_MOST = 3  # rules that are named


def check_settings(owner: str, names: Iterable[str], settings: Mapping[str, object]) -> None:
    """Refuse settings that are to be had elsewhere: with another rule, as an option, by another name.

    ``owner`` has parameters of these ``names``. Any other that it does not have is for `with_settings` to refuse.
    Raises ParameterError.
    """
    own = {*names}
    for key, value in settings.items():
        if key not in own and (where := _elsewhere(key.replace("-", "_"), own, printable(str(value))[:20])):
            raise ParameterError(f"{owner} has no parameter '{printable(key)}'; {where}")


def _elsewhere(key: str, own: set[str], value: str) -> str:
    if _ELSEWHERE_CALLED.get(key) in own:
        called = "beta1 and beta2" if key == "betas" else _ELSEWHERE_CALLED[key]
        return f"it is called {called} here"
    if _ELSEWHERE_CALLED.get(key, key) in _OPTIONS:
        option = _ELSEWHERE_CALLED.get(key, key)
        return f"{option} is an option of the run: {_as_option(option, value)}, or {option}=... in Python"
    if nearest(key, own):  # a slip of the finger is likelier than another optimizer
        return ""
    having = [rule.name for rule in RULES if any(p.name == key for p in rule.hyperparameters)]
    word = key.replace("_", "-")
    rule = ALIASES.get(word, word)
    if rule in BY_NAME and rule not in having:
        return f'it is an optimizer of its own: -o {rule}, or optimizer="{rule}" in Python'
    if not having or key == "lr":
        return ""
    first = next(name for name in (rule, "adam", *having) if name in having)
    others = [name for name in having if name != first][: _MOST - 1]
    also = f", and so have {' and '.join(others)}" if others else ""
    return f"the optimizer {first} has it{also}: -o {first}:{key}={value}"


def _as_option(name: str, value: str) -> str:
    option = "--" + name.replace("_", "-")
    return option if name == "maximize" else f"{option} {value}"
