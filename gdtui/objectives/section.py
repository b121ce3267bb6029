"""Section: the plane through parameter space in which an objective of many parameters is seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gdtui.formula.parameter import ParameterError
from gdtui.objectives.objective import Array, Domain, Objective

Bounds = tuple[tuple[float, float], tuple[float, float]]

MAIN = "main"
_ROWS = 2000  # of a longer path so many rows, evenly, say which way it mainly goes
_MARGIN = 0.25  # of the path's extent, around it
_LEAST_EXTENT = 1e-3  # of the domain: a path that has hardly begun is no reason to look with a microscope


@dataclass(frozen=True, eq=False)
class Section:
    """The points ``origin + axes @ (u, v)``.

    ``origin``: (d,); ``axes``: (d, 2), orthonormal. ``symbols``: what u and v are called. ``bounds``: what of it is
    shown first. ``held``: in words, what is not seen in it; "" where all is. ``t``: the iteration it passes through.
    """

    origin: Array
    axes: Array
    symbols: tuple[str, str]
    bounds: Bounds
    held: str = ""
    t: int = 0

    @property
    def caption(self) -> str:
        """What is not seen in it, and where that is held."""
        return f"{self.held} at t = {self.t}" if self.held else ""

    def through(self, theta: Array, t: int) -> Section:
        """The plane beside this one that passes through ``theta`` (d,), the parameters at iteration t.

        Its axes are the same, and so are the places in it at which a path is seen.
        """
        origin = theta - self.axes @ (self.axes.T @ (theta - self.origin))
        if np.isin(np.abs(self.axes), (0, 1)).all():  # coordinates: the others are as in theta to the bit
            origin = np.where(self.axes.any(axis=1), self.origin, theta)
        return replace(self, origin=origin, t=t)

    def seen(self, theta: Array) -> Array:
        """Parameters (d, n) as points of the plane (n, 2), looked at from straight above it."""
        with np.errstate(invalid="ignore"):  # a recorded point may be no place at all
            return (self.axes.T @ (theta - self.origin[:, None])).T

    def at(self, u: Array, v: Array) -> Array:
        """Points (n,) of the plane as parameters (d, n)."""
        return self.origin[:, None] + self.axes @ np.stack([u, v])


def along_coordinates(
    objective: Objective, first: int, second: int, through: Array, t: int, domain: Domain | None = None
) -> Section:
    """Two coordinates; the others are as in ``through`` (d,), the parameters at iteration t.

    ``domain``: what is shown first, the objective's where none is given.
    """
    origin = np.array(through, dtype=float)
    origin[[first, second]] = 0.0  # so that u and v are the coordinates themselves, to the bit
    axes = np.zeros((objective.dim, 2))
    axes[first, 0] = axes[second, 1] = 1.0
    symbols, domain = objective.symbols, domain or objective.domain
    others = [s for k, s in enumerate(symbols) if k not in (first, second)]
    listed = ", ".join(others) if len(others) <= 3 else f"{others[0]} … {others[-1]}"
    held = f"{listed} as" if others else ""
    return Section(origin, axes, (symbols[first], symbols[second]), (domain[first], domain[second]), held, t)


def along_path(objective: Objective, path: Array, through: Array, t: int) -> Section:
    """The two directions in which a path (d, n) mainly goes: the principal components of its points.

    The plane passes through the point ``through`` (d,) of iteration t, which is its (0, 0). Raises ParameterError where
    a path has not two directions yet.
    """
    rows = path[:, np.isfinite(path).all(axis=0)]
    rows = rows[:, np.linspace(0, rows.shape[1] - 1, min(_ROWS, rows.shape[1])).astype(int)] if rows.size else rows
    centred = rows - rows.mean(axis=1, keepdims=True) if rows.size else np.zeros((objective.dim, 1))
    scale = np.abs(centred).max()
    directions, sizes, _ = np.linalg.svd(centred / scale if scale else centred, full_matrices=False)
    if len(sizes) < 2 or not sizes[1] > 1e-9 * sizes[0]:
        raise ParameterError("the path has no two directions yet; step on, or choose two coordinates such as x1,x2")
    axes = directions[:, :2] * np.where(directions[np.abs(directions[:, :2]).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    shares = (sizes**2 / (sizes**2).sum())[:2]
    origin = np.array(through, dtype=float)
    seen = (axes.T @ (rows - origin[:, None])).T
    extent = _LEAST_EXTENT * max(high - low for low, high in objective.domain)
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = np.maximum(_MARGIN * (high - low), extent / 2)
    bounds = [*zip((low - room).tolist(), (high + room).tolist(), strict=True)]
    held = f"main directions, {shares[0]:.1%} + {shares[1]:.1%}"
    return Section(origin, axes, ("p₁", "p₂"), (bounds[0], bounds[1]), held, t)


def coordinates_of(text: str, objective: Objective) -> tuple[int, int]:
    """Two names such as ``x1, x3`` as the numbers of coordinates. Raises ParameterError."""
    known = {name: k for k, name in enumerate(objective.names)} | {s: k for k, s in enumerate(objective.symbols)}
    words = [word.strip() for word in text.replace(" ", ",").split(",") if word.strip()]
    example = f"{objective.names[0]}, {objective.names[-1]}"
    for word in words:
        if word not in known:
            raise ParameterError(f"there is no coordinate '{word}'; two are written {example}")
    if len(words) != 2 or known[words[0]] == known[words[1]]:
        raise ParameterError(f"a plane is two coordinates, such as {example}, or '{MAIN}': the path's main directions")
    return known[words[0]], known[words[1]]
