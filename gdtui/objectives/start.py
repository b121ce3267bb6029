"""Where a descent begins, as a user says it: numbers in order, numbers by name, or a random point of the domain."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.formula.symbols import name_of
from gdtui.formula.tokens import printable
from gdtui.objectives.objective import Objective, Point
from gdtui.objectives.scripted import real, shown

_FIRST_DRAW = 1 << 192  # of the generator's counter: what else is drawn by the same seed counts elsewhere
MOST_DRAWS = 10**6
"""Random starts of a seed; the one behind the last is the first again."""


@dataclass(frozen=True)
class Drawn:
    """The so-many-th random point that a seed gives, from 1."""

    number: int

    @classmethod
    def after(cls, drawn: int) -> Drawn:
        """The next one, where so many have been drawn."""
        return cls(drawn % MOST_DRAWS + 1)

    def __str__(self) -> str:
        return "random" if self.number == 1 else f"random {self.number}"


Start = Point | dict[str, float] | Drawn


def read_start(text: Any) -> Start | None:
    """A start from ``1,2``, ``w=1,b=2``, ``random``, ``random 8``, a sequence of numbers or a mapping; None from None.

    Raises ParameterError.
    """
    if text is None:
        return None
    if isinstance(text, str):
        return _read_text(text)
    if isinstance(text, Mapping):
        return {_name(name): _number(name, value) for name, value in text.items()}
    wanted = "a start is one number for each parameter, start=(-1.2, 1); not"
    point = np.atleast_1d(real(text, wanted))
    if point.ndim != 1 or not point.size:
        raise ParameterError(f"{wanted} {shown(text)}")
    return tuple(point.tolist())


def _read_text(text: str) -> Start:
    if drawn := re.fullmatch(r"random(?:\s+(\d{1,9}))?", text.strip()):
        number = int(drawn[1] or 1)
        if not 1 <= number <= MOST_DRAWS:
            raise ParameterError(f"random points are counted from 1 to {MOST_DRAWS}; {number} is outside")
        return Drawn(number)
    bare = text.strip()
    if (bare[:1], bare[-1:]) in (("(", ")"), ("[", "]")):
        bare = bare[1:-1]
    parts = [part.strip() for part in bare.split(",")]
    try:
        if not any("=" in part for part in parts):
            return tuple(_float(part) for part in parts)
        point: dict[str, float] = {}
        for part in parts:
            name, _, value = part.partition("=")
            if _name(name) in point:
                raise ParameterError(f"the start gives {printable(name.strip())} twice")
            point[_name(name)] = _float(value)
        return point
    except ValueError as error:
        if isinstance(error, ParameterError):
            raise
        what = f"'{printable(text)[:40]}' is not"
        raise ParameterError(f"a start is written as numbers, 1,-2, by name, w=1,b=2, or random; {what}") from None


def _float(text: str) -> float:
    return float("" if "_" in text else text.replace("−", "-"))


def _name(name: Any) -> str:
    found = name_of(name.strip()) if isinstance(name, str) else ""
    if not re.fullmatch(r"[A-Za-z]\w*", found, re.ASCII):
        raise ParameterError(f"a start gives each parameter by its name, w=1,b=2; {shown(name)} is no name")
    return found


def _number(name: Any, value: Any) -> float:
    number = real(value, f"the start of {shown(name)} is a number; not")
    if number.ndim:
        raise ParameterError(f"the start of {shown(name)} is one number; {shown(value)} is not")
    return float(number)


def placed_start(start: Start | None, objective: Objective, seed: int = 0) -> Point:
    """The point that a start means for an objective, the objective's own for None.

    Raises ParameterError where the two do not go together.
    """
    if start is None:
        return objective.start
    if isinstance(start, Drawn):
        generator = np.random.Philox(key=seed, counter=_FIRST_DRAW + (start.number - 1 << 128))
        shares = np.random.Generator(generator).random(objective.dim).tolist()
        return tuple(low + (high - low) * share for share, (low, high) in zip(shares, objective.domain, strict=True))
    point = _in_order(start, objective) if isinstance(start, dict) else start
    return checked_start(point, objective)


def _in_order(start: Mapping[str, float], objective: Objective) -> Point:
    for name in start:
        if name not in objective.names:
            names = ", ".join(objective.symbols[:6])
            raise ParameterError(
                f"the start gives '{name}', which is no parameter of {objective.name}"
                f"{nearest(name, objective.names) or f' (they are {names})'}"
            )
    missing = [name for name in objective.names if name not in start]
    if missing:
        example = ",".join(f"{name}={start.get(name, 1):g}" for name in objective.names[:6])
        raise ParameterError(f"the start says nothing of {', '.join(missing[:6])}: write {example}")
    return tuple(start[name] for name in objective.names)


def checked_start(point: Point, objective: Objective) -> Point:
    """The point, if it is one of the objective's. Raises ParameterError."""
    if len(point) != objective.dim:
        names = ", ".join(objective.symbols[:6])
        numbers = f"{len(point)} number{'s' * (len(point) != 1)}"
        count = f"{objective.dim} parameter{'s' * (objective.dim > 1)} ({names})"
        raise ParameterError(f"{objective.name} has {count}; the start has {numbers}")
    if not all(math.isfinite(v) for v in point):
        raise ParameterError("a start is made of finite numbers")
    return point
