"""Recorded: what a recorded run descended, as far as its rows and what is said of it tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.objectives.objective import Array, Draw, FormulaObjective, Objective
from gdtui.objectives.region import around, holding


@dataclass(frozen=True, eq=False)
class Recorded(Objective):
    """The losses (n + 1,) and gradients (n + 1, d) that stand in the rows of a run, and no function.

    ``lr``: NaN where none is recorded. ``file_lines``: (n + 1,), where each row stands in its file. ``base``: the function
    that was descended, where it is known: then there is a surface to be drawn.
    """

    losses: Array = field(default_factory=lambda: np.empty(0))
    grads: Array = field(default_factory=lambda: np.empty((0, 0)))
    file_lines: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    base: FormulaObjective | None = None

    @classmethod
    def of_rows(
        cls, name: str, names: tuple[str, ...], params: Array, losses: Array, grads: Array, file_lines: NDArray[np.int64],
        lr: float | None,
    ) -> Recorded:  # fmt: skip
        """With a domain that holds the finite points of ``params`` (n + 1, d), and the first of them for a start."""
        start = tuple(params[0].tolist())
        finite = params[np.isfinite(params).all(axis=1)]
        domain = tuple(around(v if np.isfinite(v) else 0.0) for v in start)
        if len(finite):
            domain = holding(domain, finite.min(axis=0), finite.max(axis=0))
        return cls(name, names, domain, start, np.nan if lr is None else lr, losses=losses, grads=grads, file_lines=lines,
                   domain_guessed=True)  # fmt: skip

    @property
    def title(self) -> str:
        return self.name if self.base is None else f"{self.name} · {self.base.title}"

    def value(self, theta: Array) -> Any:
        """NaN where no function is known."""
        if self.base is not None:
            return self.base.value(theta)
        return np.nan if np.ndim(theta) == 1 else np.full(np.shape(theta)[1:], np.nan)

    def value_and_grad(self, theta: Array, draw: Draw | None = None) -> tuple[Any, Array]:
        """What is recorded in the row that ``draw`` says, wherever theta is; elsewhere as `value`."""
        if draw is not None:
            return float(self.losses[draw[1]]), self.grads[draw[1]]
        if self.base is not None:
            return self.base.value_and_grad(theta)
        return self.value(theta), np.full(np.shape(theta), np.nan)

    def hessian(self, theta: Array) -> Array | None:
        return None if self.base is None else self.base.hessian(theta)

    def hessian_along(self, theta: Array, along: Array) -> Array | None:
        return None if self.base is None else self.base.hessian_along(theta, along)

    def kinked(self, theta: Array) -> bool:
        return self.base is not None and self.base.kinked(theta)
