"""What functions of one's own and recorded rows have in common: a formula may be known behind them."""

from __future__ import annotations

from dataclasses import dataclass

from gdtui.formula.equations import Equation
from gdtui.objectives.objective import FormulaObjective, Objective


@dataclass(frozen=True, eq=False)
class WithBase(Objective):
    """An objective that is no text itself. ``base``: the formula behind it, where one is known."""

    base: FormulaObjective | None = None

    # Two are equal where they are the same: names and starts say nothing of functions and rows, and not every function
    # that can be called can be hashed.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def formula(self) -> str | None:
        return None if self.base is None else self.base.formula

    @property
    def texts(self) -> tuple[str, ...]:
        return () if self.base is None else self.base.texts

    @property
    def lines(self) -> tuple[Equation, ...]:
        return () if self.base is None else self.base.lines
