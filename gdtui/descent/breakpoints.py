"""Breakpoints and watches of a setup: added, taken away, turned off and on again; where they hold. No run is moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gdtui.descent.conditions import Columns, Expression, Resting, condition, expression, values_over
from gdtui.descent.setup import Setup
from gdtui.formula.parameter import ParameterError


def texts_of(setup: Setup, watch: bool = False) -> list[str]:
    """All of them, also those that rest."""
    return [found.text for found in _asked(setup, watch)] + [r.text for r in setup.resting if r.watch is watch]


def added(setup: Setup, text: str, watch: bool = False) -> Setup:
    """With one more. Raises FormulaError; ParameterError where it is there already."""
    found = (expression if watch else condition)(text, setup.program)
    if found.text in texts_of(setup, watch):
        raise ParameterError(f"this {'watch' if watch else 'breakpoint'} is there already")
    return _with_asked(setup, (*_asked(setup, watch), found), watch)


def removed(setup: Setup, text: str, watch: bool = False) -> Setup:
    """Without one of them."""
    resting = tuple(r for r in setup.resting if r.text != text or r.watch is not watch)
    asked = tuple(found for found in _asked(setup, watch) if found.text != text)
    return replace(_with_asked(setup, asked, watch), resting=resting)


def toggled(setup: Setup, text: str) -> Setup:
    """A breakpoint turned off, or on again. One that waits for a name goes on waiting."""
    if any(found.text == text for found in setup.breakpoints):
        return replace(removed(setup, text), resting=(*setup.resting, Resting(text)))
    if Resting(text) in setup.resting:
        return added(removed(setup, text), text)
    return setup


def held_at(row: int, breakpoints: Sequence[Expression], columns: Columns) -> list[str]:
    """The texts of those that hold at a row."""
    return [item.text for item in breakpoints if bool(values_over(item, columns, row, row + 1)[0])]


def rows_held(start: int, stop: int, breakpoints: Sequence[Expression], columns: Columns) -> list[int]:
    """Of rows start .. stop − 1 those where one of them holds."""
    found = np.zeros(max(0, stop - start), dtype=bool)
    for item in breakpoints if len(found) else ():
        found |= values_over(item, columns, start, stop).astype(bool)
    return (np.flatnonzero(found) + start).tolist()


def _asked(setup: Setup, watch: bool) -> tuple[Expression, ...]:
    return setup.watches if watch else setup.breakpoints


def _with_asked(setup: Setup, found: tuple[Expression, ...], watch: bool) -> Setup:
    return replace(setup, watches=found) if watch else replace(setup, breakpoints=found)
