"""What a user writes for an objective -> Objective: a catalogue name, NAME:k=v, or a formula."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gdtui.formula.language import free_names, nearest
from gdtui.formula.parameter import Parameter, ParameterError, split_settings, with_settings
from gdtui.formula.symbols import name_of
from gdtui.formula.tokens import MAX_NUMBER, FormulaError, printable
from gdtui.formula.vocabulary import FUNCTIONS
from gdtui.objectives.catalogue import BY_NAME
from gdtui.objectives.entry import MAX_DIM, of_dimension, placed
from gdtui.objectives.objective import FormulaObjective, Objective, Point, real, shown

DIM = Parameter("dim", 2, 1, MAX_DIM, "log", "how many parameters", whole=True)
_HALF_WIDTH = 5.0
_STARTS = (0.6, -0.45, 0.8, -0.7, 0.25, -0.9, 0.1)


def resolve(
    text: str,
    constants: Mapping[str, float] | None = None,
    dim: int | None = None,
    start: Point | None = None,
) -> FormulaObjective:
    """The objective that ``text`` names or spells out.

    ``constants`` and ``dim`` are for typed formulas; ``start`` helps to choose a typed formula's domain.
    Raises FormulaError or ParameterError, which say what to do.
    """
    text = text.strip()
    name, settings = split_settings(text)
    word = canonical(name)
    if word in BY_NAME:
        return with_constants(BY_NAME[word], {**(constants or {}), **settings}, dim)
    if settings or _is_lone_word(name):
        raise ParameterError(
            f"there is no objective '{printable(name)[:40]}'{nearest(word, BY_NAME)}"
            " (gdtui list objectives has them all; a formula such as x**2 + 3*y**2 is taken too)"
        )
    return typed(text, constants or {}, dim, start)


def canonical(name: str) -> str:
    """Hyphens and underscores are one, and so are capitals and small letters."""
    return name.strip().lower().replace("_", "-")


def _is_lone_word(text: str) -> bool:
    return (
        re.fullmatch(r"[A-Za-z][\w-]*", text, re.ASCII) is not None
        and len(text) > 1
        and not re.fullmatch(r"[A-Za-z]\d+", text)
    )


def with_constants(objective: FormulaObjective, settings: Mapping[str, Any], dim: int | None) -> FormulaObjective:
    """A named objective with other constants, or of another dimension. Raises ParameterError."""
    given = dict(settings)
    if dim is not None:
        given["dim"] = dim
    wanted = DIM.check(given.pop("dim")) if "dim" in given else None
    values = with_settings(objective.constants, given, objective.name)
    changed = objective if values == objective.settings else placed(replace(objective, settings=values))
    return changed if wanted is None else of_dimension(changed, int(wanted))


def typed(text: str, constants: Mapping[str, float], dim: int | None, start: Point | None = None) -> FormulaObjective:
    """A formula that a user typed; its free names are the variables, in natural order."""
    constants = dict(_constant(key, value) for key, value in constants.items())
    names, vector = free_names(text)
    names = sorted((n for n in names if n not in constants), key=natural)
    vector = vector or dim is not None
    if vector:
        strangers = [n for n in names if n not in ("x", "i", "n")]
        if strangers:
            where = text.find(strangers[0])
            message = f"where x is a vector, '{strangers[0]}' is unknown; -c {strangers[0]}=VALUE makes it a constant"
            raise FormulaError(message, text, max(0, where), max(0, where) + len(strangers[0]))
        dim = _checked_dim(dim if dim is not None else len(start) if start else 2)
        names = [f"x{k + 1}" for k in range(dim)]
    nowhere = ((-1.0, 1.0),) * len(names), (0.0,) * len(names)
    bare = FormulaObjective(text, tuple(names), *nowhere, 0.1, settings=constants, text=text, vector=vector)
    bare.graph  # noqa: B018 - parsed first, so that a mistake is told before the variables are counted
    if not names:
        raise FormulaError("this formula has no variable to descend by: write x", text, 0, len(text))
    bare.gradient  # noqa: B018 - derived now, so that what cannot be taken is refused here
    chosen = start if start is not None and len(start) == bare.dim else _a_start(bare)
    domain = tuple(around(v) for v in chosen)
    return replace(bare, domain=domain, start=chosen, lr=suitable_lr(bare, chosen))


def _constant(key: str, value: float) -> tuple[str, float]:
    """A name of the user's and its number, if they are such. Raises ParameterError."""
    if not isinstance(key, str):
        raise ParameterError(f"the name of a constant is text; {shown(key)} is not")
    name = name_of(key)
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or name in FUNCTIONS:
        raise ParameterError(f"'{printable(key)[:40]}' is not a name for a constant")
    number = real(value, f"the constant {name} is a number; not")
    if number.ndim or not abs(number) <= MAX_NUMBER:
        raise ParameterError(f"the constant {name} is a number up to {MAX_NUMBER:g}; {shown(value)} is not")
    return name, float(number)


def natural(name: str) -> tuple[str, int]:
    """The order x, y, z; x1, x2, ..., x10."""
    match = re.fullmatch(r"(.*?)(\d*)", name)
    assert match is not None
    return match[1], int(match[2] or -1)


def _checked_dim(dim: int) -> int:
    return int(DIM.check(dim))


def around(value: float) -> tuple[float, float]:
    """A domain of ±5 that holds the start, or one around a start that is far out."""
    reach = max(_HALF_WIDTH, 1.5 * abs(value))
    return -reach, reach


def _a_start(objective: FormulaObjective) -> Point:
    """A place where the loss and its slope are finite and there is somewhere to go."""
    for turn in range(len(_STARTS)):
        point = [_HALF_WIDTH * _STARTS[(turn + k) % len(_STARTS)] for k in range(objective.dim)]
        loss, grad = objective.value_and_grad(np.array(point))
        if math.isfinite(loss) and np.isfinite(grad).all() and grad.any() and np.abs(grad).max() < 1e8:
            return tuple(point)
    return tuple(0.5 for _ in objective.names)


def suitable_lr(objective: FormulaObjective, start: Point) -> float:
    """A learning rate of the 1-2-5 series, a fifth of the stability limit 2/λ at the start."""
    if objective.dim > 18:
        return 0.01
    try:
        with np.errstate(all="ignore"):
            hessian = objective.hessian(np.array(start))
            curvature = math.nan if hessian is None else float(np.abs(np.linalg.eigvalsh(hessian)).max())
    except np.linalg.LinAlgError:
        return 0.01
    if not math.isfinite(curvature) or curvature < 1e-100:
        return 0.1
    return _below(min(1.0, max(1e-6, 0.4 / curvature)))


def suitable_length(objective: Objective) -> float:
    """A length of the 1-2-5 series for steps of one length: a hundredth of the domain's shortest side."""
    return _below(min(high - low for low, high in objective.domain) / 100)


def _below(wanted: float) -> float:
    """The greatest number of the series 1, 2, 5, 10, ... that is not above ``wanted``."""
    decade = 10.0 ** math.floor(math.log10(wanted) + 1e-9)
    return float(f"{max(m for m in (1, 2, 5) if m * decade <= wanted * (1 + 1e-9)) * decade:.3g}")
