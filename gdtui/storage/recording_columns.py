"""Which column of a recorded run is what: t, parameters, loss, gradient, learning rate, terms.

The rule. ``t`` and ``loss`` are called so, ``grad_norm`` and ``lr`` where they are there. Where there are ``grad_NAME``
the parameters are the columns NAME: what stands in ``grad_*`` decides, and any other column is a term. Where there are
none, every column is a parameter that is not one of those four and not ``TERM_NAME`` beside NAME. ``TERM_NAME`` for
each parameter is a term as long as θ; ``TERM_0``, ``TERM_1``, … is one of another length; any other is one number.
What may be read in two ways is refused. Names and symbols are the same: θ₁ is theta1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from gdtui.descent.layout import RECORDED
from gdtui.formula.graph import Shape
from gdtui.formula.symbols import name_of
from gdtui.formula.tokens import printable

EXAMPLE = "t,x,y,loss,grad_x,grad_y"
_SHOWN = 8  # columns that a message names
_GRAD, _NORM, _RATE = "grad_", "grad_norm", "lr"
_TAKEN = frozenset([*RECORDED, "t"])


class ColumnError(ValueError):
    """What cannot be understood in the names of the columns; ``column``: which, from 0, or None for all of them."""

    def __init__(self, message: str, column: int | None = None):
        super().__init__(message)
        self.message, self.column = message, column


class Columns(NamedTuple):
    """Where each quantity stands in a line of a file, by column, from 0.

    ``names``: the parameters. ``grad`` is empty where no gradient is recorded. ``terms``: name, shape, columns.
    """

    names: tuple[str, ...]
    t: int
    loss: int
    theta: tuple[int, ...]
    grad: tuple[int, ...]
    lr: int | None
    terms: tuple[tuple[str, Shape, tuple[int, ...]], ...]

    @property
    def needed(self) -> frozenset[int]:
        """Those in which each row has a number."""
        return frozenset([self.t, self.loss, *self.theta, *self.grad])


def columns_of(heads: Sequence[str], left_out: frozenset[int] = frozenset()) -> Columns:
    """The columns by their names, without those that are left out. Raises ColumnError."""
    names = ["_".join(map(name_of, head.strip().split("_"))) for head in heads]
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if not name:
            raise ColumnError("this column has no name", place)
        if name in places:
            raise ColumnError(f"column {places[name] + 1} is called '{shown(name)}' too: name each by another", place)
        places[name] = place
    _check_is_run(places)
    rest = {name: place for name, place in places.items() if name not in ("t", "loss") and place not in left_out}
    slopes = {name.removeprefix(_GRAD): name for name in rest if name.startswith(_GRAD)}
    if _NORM in rest and "norm" not in rest:
        del slopes["norm"]
    if not slopes:
        parameters = _without_gradient([name for name in rest if name not in (_NORM, _RATE)])
    else:
        parameters = [name for name in rest if name in slopes]
        alone = next((name for name in slopes if name not in rest), None)
        if alone is not None:
            raise ColumnError(f"there is no column '{shown(alone)}', the parameter that this is the slope by",
                              places[slopes[alone]])  # fmt: skip
    for name in parameters:
        if name in _TAKEN - {"theta"}:
            raise ColumnError(f"'{name}' is the word for something else: call the parameter otherwise", places[name])
    grad = tuple(rest.pop(slopes[name]) for name in parameters) if slopes else ()
    theta = tuple(rest.pop(name) for name in parameters)
    if grad:
        rest.pop(_NORM, None)
    lr = rest.pop(_RATE, None)
    try:
        called = parameter_names(parameters)
    except ColumnError as error:
        raise ColumnError(error.message, theta[error.column or 0]) from None
    return Columns(called, places["t"], places["loss"], theta, grad, lr, _terms(rest, parameters))


def _check_is_run(places: dict[str, int]) -> None:
    """Refuse what is no recorded run."""
    has = ", ".join(map(shown, [*places][:_SHOWN])) + (", …" if len(places) > _SHOWN else "")
    if "t" not in places and "loss" not in places:
        _refuse_data(f"its columns are {has}")
    for name, what in (("t", "the number of the update that arrived in the row, 0 at the start"), ("loss", "the loss")):
        if name not in places:
            raise ColumnError(f"there is no column {name}, {what}: add it, or call one of {has} so")


def _refuse_data(why: str) -> NoReturn:
    raise ColumnError(f"this is data, not a recorded run: a run has the columns t and loss ({EXAMPLE}, say); {why}")


def check_is_header(heads: Sequence[str]) -> None:
    """Refuse a first line that is made of numbers."""
    if all(re.fullmatch(r"\s*[-+]?[\d.]+([eE][-+]?\d+)?\s*", head) for head in heads):
        _refuse_data("its first line is no header, which names the columns")


def _without_gradient(names: list[str]) -> list[str]:
    """The parameters of a run without gradients: what is no term of another."""
    there = set(names)
    parts = {name: [split for split in _splits(name) if split[1] in there] for name in names}
    parameters = [name for name in names if not parts[name]]
    for name in names:
        for term, other in parts[name]:
            missing = next((each for each in parameters if term + each not in there), None)
            if missing is not None and not parts[other]:
                raise ColumnError(
                    f"is '{shown(missing)}' a parameter, and '{shown(name)}' a term? There is no "
                    f"'{shown(term + missing)}'. Write grad_NAME for each parameter, and what else there is is a term"
                )
    if not parameters:
        raise ColumnError(f"there are no parameters: each has a column of its name ({EXAMPLE}, say)")
    return parameters


def _splits(name: str) -> list[tuple[str, str]]:
    """What TERM_ and NAME a name may be made of: m_hat_x of m_ and hat_x, or of m_hat_ and x."""
    return [(name[:k], name[k:]) for k in range(2, len(name)) if name[k - 1] == "_"]


def parameter_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Parameters as formulas can speak of them: fc.weight[0] as fc_weight_0. Raises ColumnError."""
    named: dict[str, str] = {}
    for place, text in enumerate(texts):
        name = re.sub(r"\W+", "_", name_of(text), flags=re.ASCII).strip("_")
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise ColumnError(f"'{shown(text)}' is no name of a parameter: one begins with a letter", place)
        if name in named:
            message = f"'{shown(text)}' and '{shown(named[name])}' would both be called {shown(name)}"
            raise ColumnError(f"{message}: call one otherwise", place)
        named[name] = text
    return tuple(named)


def _terms(rest: dict[str, int], parameters: Sequence[str]) -> tuple[tuple[str, Shape, tuple[int, ...]], ...]:
    """What is left, in the order of the file: vectors as long as θ, vectors of another length, single numbers."""
    terms: dict[str, tuple[Shape, tuple[int, ...]]] = {}
    taken: set[str] = set()
    for name in rest:
        if name in taken:
            continue
        term, members = _vector(name, rest, parameters)
        if term in terms or taken.intersection(members) or term in _TAKEN:
            raise ColumnError(f"'{shown(term)}' would be two things: call one otherwise", rest[name])
        taken.update(members)
        shape = () if [term] == members else (len(members),)
        check_is_step(term, shape, len(parameters), rest[name])
        terms[term] = shape, tuple(rest[member] for member in members)
    return tuple((printable(term), *of_term) for term, of_term in terms.items())


def check_is_step(term: str, shape: Shape, dim: int, column: int | None = None) -> None:
    """Refuse a delta that is not Δθ. Raises ColumnError."""
    if term == "delta" and shape != (dim,):
        raise ColumnError("'delta' is Δθ, one number for each parameter: call something else otherwise", column)


def _vector(name: str, rest: dict[str, int], parameters: Sequence[str]) -> tuple[str, list[str]]:
    """The term that a column belongs to, and the columns of it."""
    known = set(parameters)
    splits = [term for term, parameter in _splits(name) if parameter in known]
    whole = [term for term in splits if all(term + parameter in rest for parameter in parameters)]
    if len(whole) > 1:
        both = " or ".join(f"'{shown(term[:-1])}'" for term in whole)
        raise ColumnError(f"this may be a part of {both}: call one otherwise", rest[name])
    if whole:
        return whole[0][:-1], [whole[0] + p for p in parameters]
    if name.endswith("_0") and len(name) > 2:
        members = [name]
        while (member := f"{name[:-1]}{len(members)}") in rest:
            members.append(member)
        return name[:-2], members
    return name, [name]


def shown(name: str) -> str:
    """A column's name as a message has it."""
    return printable(name)[:40]
