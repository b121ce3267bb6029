"""What a user writes for an objective -> Objective: a catalogue name, NAME:k=v, or a formula."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gdtui.formula.joined import product_in
from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError, split_settings, with_settings
from gdtui.formula.tokens import printable
from gdtui.objectives.catalogue import BY_NAME
from gdtui.objectives.entry import of_dimension, placed
from gdtui.objectives.objective import FormulaObjective
from gdtui.objectives.start import Start
from gdtui.objectives.typed import DIM, least_dimension, typed


def resolve(
    text: str, constants: Mapping[str, float] | None = None, dim: int | None = None, start: Start | None = None
) -> FormulaObjective:
    """The objective that ``text`` names or spells out.

    ``constants`` are for typed formulas, and so is ``start``: it may name parameters, say how many there are, and where
    to look first. Raises FormulaError or ParameterError, which say what to do.
    """
    text = text.strip()
    name, settings = split_settings(text)
    word = canonical(name)
    if word in BY_NAME:
        for key in settings:
            if key in (constants or {}):
                raise ParameterError(f"{key} is set twice, by {name}:{key}=... and by -c {key}=...: set it once")
        return with_constants(BY_NAME[word], {**(constants or {}), **settings}, dim)
    if settings or _is_lone_word(name):
        product = product_in(name)
        hint = f"; for a product write {product}" if product else nearest(word, BY_NAME)
        raise ParameterError(
            f"there is no objective '{printable(name)[:40]}'{hint}"
            " (gdtui list objectives has them all; a formula such as x**2 + 3*y**2 is taken too)"
        )
    return typed(text, constants or {}, dim, start)


def wants_dimension(text: str) -> int | None:
    """Of a text that does not say how many parameters it has, how many they are at the least; else None."""
    named = canonical(split_settings(text.strip())[0]) in BY_NAME
    return None if named else least_dimension(text)


def canonical(name: str) -> str:
    """Hyphens and underscores are one, and so are capitals and small letters."""
    return name.strip().lower().replace("_", "-")


def _is_lone_word(text: str) -> bool:
    """Whether a text is meant as a name: x-y and x1 are formulas."""
    if not re.fullmatch(r"[A-Za-z][\w-]*", text, re.ASCII) or len(text) == 1:
        return False
    return not all(re.fullmatch(r"([A-Za-z]\d*|[A-Za-z]_\w+|\d+|)", part, re.ASCII) for part in text.split("-"))


def with_constants(objective: FormulaObjective, settings: Mapping[str, Any], dim: int | None) -> FormulaObjective:
    """A named objective with other constants, or of another dimension. Raises ParameterError."""
    given = dict(settings)
    if dim is not None:
        if "dim" in given and DIM.check(given["dim"]) != dim:
            raise ParameterError(f"{objective.name}:dim={given['dim']} and dim {dim} are two dimensions: give one")
        given["dim"] = dim
    wanted = DIM.check(given.pop("dim")) if "dim" in given else None
    values = with_settings(objective.constants, given, objective.name)
    changed = objective if values == objective.settings else placed(replace(objective, settings=values))
    return changed if wanted is None else of_dimension(changed, int(wanted))
