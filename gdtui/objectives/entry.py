"""How a test function is written down: its text, and its text over the vector where it takes any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdtui.formula import graph
from gdtui.formula.evaluate import value_of
from gdtui.formula.parameter import Parameter, ParameterError
from gdtui.objectives.objective import Domain, FormulaObjective, Point

MAX_DIM = 1000


class Family(NamedTuple):
    """The same function of any number of parameters.

    ``text`` is over the vector x; ``minimizer`` and ``start`` are texts over the index i and the dimension n, ``lr``
    one over n. Without a ``minimizer``, none is known but in two dimensions. ``reach`` over n: the domain is ± that.
    """

    text: str
    start: str
    minimizer: str | None = None
    lr: str | None = None
    reach: str | None = None


def entry(
    name: str, text: str, domain: Domain, start: Point, lr: float, minimizers: Sequence[tuple[float | str, ...]], *,
    help: str, reference: str = "", constants: tuple[Parameter, ...] = (), names: tuple[str, ...] | None = None,
    over_vector: str | None = None, minimizer: str | None = None, each_start: str = "0*i",
    each_lr: str | None = None, each_reach: str | None = None,
) -> FormulaObjective:  # fmt: skip
    """An entry of the catalogue. A minimizer's coordinate is a number, or a text over the constants."""
    family = Family(over_vector, each_start, minimizer, each_lr, each_reach) if over_vector else None
    settings = {p.name: p.default for p in constants}
    bare = FormulaObjective(
        name, names or ("x", "y", "z")[: len(domain)], domain, start, lr, (), constants, settings, help, reference,
        text, False, tuple(minimizers), family,
    )  # fmt: skip
    return placed(bare)


def square(low: float, high: float) -> Domain:
    return ((low, high), (low, high))


def placed(objective: FormulaObjective) -> FormulaObjective:
    """The objective with its minimizers at the places that its constants give."""
    places = [tuple(_number(at, objective.settings) for at in point) for point in objective.minimizer_texts]
    return replace(objective, minimizers=tuple(places))


def of_dimension(objective: FormulaObjective, dim: int) -> FormulaObjective:
    """The function of so many parameters. Raises ParameterError where it has only its own."""
    family = objective.family
    if dim == objective.dim:
        return objective
    if family is None:
        parameters = f"{objective.dim} parameter{'s' * (objective.dim > 1)}"
        raise ParameterError(f"{objective.name} has {parameters}, and no form with another number")
    least = 1 if "[" not in family.text and "n - 1" not in family.text else 2
    if not least <= dim <= MAX_DIM:
        raise ParameterError(f"dim of {objective.name} is from {least} to {MAX_DIM}; {dim} is outside")
    settings = {**objective.settings, "dim": float(dim)}
    count = {"n": float(dim)}
    reach = None if family.reach is None else _number(family.reach, count)
    found = () if family.minimizer is None else (_vector(family.minimizer, dim, settings),)
    return replace(
        objective, names=tuple(f"x{k + 1}" for k in range(dim)), text=family.text, vector=True, settings=settings,
        domain=(objective.domain[0] if reach is None else (-reach, reach),) * dim,
        start=_vector(family.start, dim, settings),
        lr=objective.lr if family.lr is None else _number(family.lr, count),
        minimizers=() if any(map(np.isnan, found[0] if found else ())) else found,
    )  # fmt: skip


def _number(text: float | str, settings: Mapping[str, float]) -> float:
    return float(value_of(text, settings)) if isinstance(text, str) else float(text)


def _vector(text: str, dim: int, settings: Mapping[str, float]) -> Point:
    return tuple(value_of(text, {**settings, "i": graph.indices(dim), "n": float(dim)}).tolist())
