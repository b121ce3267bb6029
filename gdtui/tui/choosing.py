"""What can be chosen, and what a choice makes of the setup. A text that cannot be taken changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from gdtui.descent.setup import Setup, check_lr_is_read
from gdtui.formula.notation import number
from gdtui.objectives.resolve import resolve, wants_dimension
from gdtui.objectives.start import Drawn, Start, placed_start, read_start
from gdtui.optimizers.before_rule import numbered
from gdtui.optimizers.resolve import resolve_rule


class Choice(NamedTuple):
    """One line of a chooser: what it stands for, how it is shown."""

    value: str
    label: str
    help: str = ""


def as_typed(text: str) -> str:
    """What a formula is a function of: a name that was mistyped is seen among its variables."""
    dim = wants_dimension(text)
    names = "a vector x; how long it is, is asked next" if dim else ", ".join(resolve(text).symbols[:8])
    return f"as typed: a function of {names}"


def with_objective(setup: Setup, text: str, dim: int | None = None) -> Setup:
    """Another function, from its own start; ``dim``: of a formula over a vector, how long that is.

    Raises FormulaError, ParameterError.
    """
    return setup.with_objective(resolve(text, dim=dim or wants_dimension(text)))


def with_optimizer(setup: Setup, text: str) -> Setup:
    """Another rule with the same equations before it."""
    rule, settings = resolve_rule(text)
    switched = {stage.name for stage in numbered() if stage.name in settings and not rule.has(stage.name)}
    pipeline = replace(setup.pipeline, rule=rule, before=setup.pipeline.before | switched)
    if not rule.has("lr"):
        pipeline = replace(pipeline, schedule=None)
    changed = setup.with_pipeline(pipeline, settings)
    check_lr_is_read(pipeline, setup.objective.dim, settings)
    return changed


def with_start(setup: Setup, text: str) -> Setup:
    """Another start; ``random`` is another point each time, ``random 8`` always the eighth of the seed."""
    place = _start(setup, text)
    drawn = max(setup.drawn, place.number) if isinstance(place, Drawn) else setup.drawn
    return replace(setup, start=placed_start(place, setup.objective, setup.seed), drawn=drawn)


def random_words(setup: Setup, text: str) -> str:
    """``random 8: x = 1.2, y = 3``, where a random start was asked for: what is typed to have it again."""
    place = _start(setup, text)
    if not isinstance(place, Drawn):
        return ""
    point = placed_start(place, setup.objective, setup.seed)
    named = [f"{symbol} = {number(v)}" for symbol, v in zip(setup.objective.symbols, point, strict=True)]
    return f"random {place.number}: {', '.join(named[:3])}{', …' if len(named) > 3 else ''}"


def _start(setup: Setup, text: str) -> Start | None:
    return Drawn.after(setup.drawn) if text.strip() == "random" else read_start(text)


def check_iteration(text: str) -> None:
    """Raises ValueError."""
    if not text.isascii() or not text.isdigit() or len(text) > 8:
        raise ValueError("an iteration is a whole number, 0 or more, of at most 8 digits")
