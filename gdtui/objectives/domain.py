"""What a chart shows first, as a user says it: ``x=.75:1.25,y=0:2``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError
from gdtui.formula.symbols import name_of
from gdtui.formula.tokens import printable
from gdtui.objectives.objective import Objective
from gdtui.objectives.scripted import shown

Any_ = TypeVar("Any_", bound=Objective)
_EXAMPLE = "x=.75:1.25,y=0:2"


def with_domain(objective: Any_, domain: Any) -> Any_:
    """The objective with other bounds for the parameters that ``domain`` names; the others keep theirs.

    ``domain``: a text as above, or a mapping from names to (low, high). Raises ParameterError.
    """
    bounds = dict(zip(objective.names, objective.domain, strict=True))
    for name, pair in _pairs(domain).items():
        if name not in bounds:
            names = ", ".join(objective.names[:6])
            hint = nearest(name, bounds) or f" (they are {names})"
            raise ParameterError(f"the domain speaks of '{name}', which is no parameter of {objective.name}{hint}")
        bounds[name] = pair
    return replace(objective, domain=tuple(bounds.values()), domain_guessed=False)


def _pairs(domain: Any) -> dict[str, tuple[float, float]]:
    if isinstance(domain, str):
        items = [(part.partition("=")[0], part.partition("=")[2].split(":")) for part in domain.split(",")]
    elif isinstance(domain, Mapping):
        items = list(domain.items())
    else:
        raise ParameterError(f"a domain gives bounds by name, {{'x': (0.75, 1.25)}}; {shown(domain)} does not")
    pairs: dict[str, tuple[float, float]] = {}
    for name, bounds in items:
        key = name_of(name.strip()) if isinstance(name, str) else ""
        if key in pairs:
            raise ParameterError(f"the domain gives {printable(key)} twice")
        try:
            low, high = (float(str(bound).replace("−", "-")) for bound in bounds)
        except (TypeError, ValueError):
            what = f"'{printable(domain)[:40]}' is not" if isinstance(domain, str) else f"{shown(bounds)} is not"
            raise ParameterError(f"a domain is written NAME=LOW:HIGH, {_EXAMPLE}; {what}") from None
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            way = f"from a lower to a higher number, not {low:g}:{high:g}"
            raise ParameterError(f"the domain of {printable(key)} goes {way}")
        pairs[key] = low, high
    return pairs
