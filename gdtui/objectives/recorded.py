"""Recorded: what a recorded run descended, as far as its rows and what is said of it tell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.objectives.objective import Array, Draw, FormulaObjective
from gdtui.objectives.region import around, holding_path
from gdtui.objectives.with_base import WithBase


@dataclass(frozen=True, eq=False)
class Recorded(WithBase):
    """The parameters (n + 1, d), losses (n + 1,) and gradients (n + 1, d) in the rows of a run, and no function.

    ``lr``: NaN where none is recorded. ``in_file``: (n + 1,), the line of its file in which each row stands. ``base``:
    the function that was descended, where it is known: then there is a surface to be drawn.
    """

    params: Array = field(default_factory=lambda: np.empty((0, 0)))
    losses: Array = field(default_factory=lambda: np.empty(0))
    grads: Array = field(default_factory=lambda: np.empty((0, 0)))
    in_file: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    @classmethod
    def of_rows(
        cls, name: str, names: tuple[str, ...], params: Array, losses: Array, grads: Array,
        in_file: NDArray[np.int64], lr: float | None,
    ) -> Recorded:  # fmt: skip
        """With a domain that holds the finite points, and the first point for a start."""
        finite = params[np.isfinite(params).all(axis=1)]
        domain = holding_path(finite) if len(finite) else tuple(around(0.0) for _ in names)
        return cls(name, names, domain, tuple(params[0].tolist()), np.nan if lr is None else lr, params=params,
                   losses=losses, grads=grads, in_file=in_file, domain_guessed=True)  # fmt: skip

    def with_base(self, base: FormulaObjective) -> Recorded:
        """The same rows, of a function that is known: with its domain, as far as the rows lie in it."""
        return replace(self, base=base, minimizers=base.minimizers, domain=base.domain)

    @property
    def title(self) -> str:
        return self.name if self.base is None else f"{self.name} · {self.base.title}"

    @property
    def has_surface(self) -> bool:
        return self.base is not None

    @cached_property
    def has_gradient(self) -> bool:
        return not bool(np.isnan(self.grads).all())

    @property
    def is_typed(self) -> bool:
        return False

    @property
    def gradient_source(self) -> str:
        return "" if self.has_gradient else "not recorded"

    def between(self, places: Array) -> Array:
        """Of one parameter: the recorded losses at places (P,), joined by straight lines; beyond them NaN.

        Of a run that stays where it is the place that is nearest has its loss.
        """
        known = np.isfinite(self.params[:, 0]) & np.isfinite(self.losses)
        if not known.any():
            return np.full(len(places), np.nan)
        order = np.argsort(self.params[known, 0], kind="stable")
        theta, losses = self.params[known, 0][order], self.losses[known][order]
        if theta[0] == theta[-1]:
            return np.where(np.arange(len(places)) == np.abs(places - theta[0]).argmin(), losses[0], np.nan)
        return np.interp(places, theta, losses, left=np.nan, right=np.nan)

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
