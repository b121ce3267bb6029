"""Objective: a function of d parameters with all that a descent and a chart need to know of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gdtui.formula import derivative, graph
from gdtui.formula.coordinates import coordinate
from gdtui.formula.equations import Equation, Line, in_one_line, lines_of
from gdtui.formula.evaluate import code_of
from gdtui.formula.graph import Node
from gdtui.formula.kinks import kinks_of
from gdtui.formula.language import Places
from gdtui.formula.parameter import Parameter
from gdtui.formula.symbols import symbol_of
from gdtui.formula.tokens import FormulaError
from gdtui.formula.trace import Trace
from gdtui.objectives.text import MOST_PARTIALS, OBJECTIVE, Read, equations_of, in_notation, over_lines, read_of

if TYPE_CHECKING:
    from gdtui.objectives.entry import Family

Array = NDArray[np.float64]
Point = tuple[float, ...]
Domain = tuple[tuple[float, float], ...]
Draw = tuple[int, int]
"""(seed, step): which sample of a stochastic objective. Formulas ignore it."""


@dataclass(frozen=True)
class Objective:
    """A function to descend.

    ``names``: one name a parameter. ``domain``: (low, high) for each, what a chart shows first. ``lr``: a
    learning rate that suits it, used until the user sets one. ``minimizers``: the known global minimizers.
    ``domain_guessed``: nobody said what the domain is; a chart makes it larger where the path leaves it.
    Arrays have parameters first: ``(d,)``, or ``(d, P)`` for P points at once.
    """

    name: str
    names: tuple[str, ...]
    domain: tuple[tuple[float, float], ...]
    start: Point
    lr: float
    minimizers: tuple[Point, ...] = ()
    constants: tuple[Parameter, ...] = ()
    settings: dict[str, float] = field(default_factory=dict, hash=False)
    help: str = ""
    reference: str = ""
    domain_guessed: bool = field(default=False, kw_only=True)

    @property
    def title(self) -> str:
        """What it is called at the head of a run: of a typed formula that is the formula and its parameters.

        And where its gradient is from, unless it is derived.
        """
        source = f" · gradient: {self.gradient_source}" if self.gradient_source else ""
        if not self.is_typed:
            return self.name + source
        *before, loss = self.texts
        head = f"f({', '.join(self.symbols[:6])}{', …' if self.dim > 6 else ''})"
        return "; ".join([*before, f"{head} = {loss}"]) + source

    @property
    def dim(self) -> int:
        return len(self.names)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(symbol_of(name) for name in self.names)

    @property
    def has_surface(self) -> bool:
        """Whether there is a function to be drawn, not rows of one alone."""
        return True

    @property
    def has_gradient(self) -> bool:
        """Whether its rows have a gradient: of a recorded run none may have been written."""
        return True

    @property
    def formula(self) -> str | None:
        """The text that is run, or None for functions of one's own."""
        return None

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines of the text, the loss at last, without a name; none for functions of one's own."""
        return ()

    @property
    def is_typed(self) -> bool:
        """Whether it is called by its formula, in one line."""
        return self.name == "; ".join(self.texts)

    @property
    def lines(self) -> tuple[Equation, ...]:
        """The lines before the loss, each over the parameters alone."""
        return ()

    @property
    def gradient_source(self) -> str:
        """Where the gradient is from, in words, where it is not derived from the formula; else ""."""
        return ""

    @cached_property
    def f_min(self) -> float | None:
        """The known minimum, or None."""
        return float(self.value(np.array(self.minimizers[0]))) if self.minimizers else None

    def value(self, theta: Array) -> Any:
        """The loss at (d,) as a float, at (d, P) as (P,)."""
        raise NotImplementedError  # pragma: no cover - abstract

    def value_and_grad(self, theta: Array, draw: Draw | None = None) -> tuple[Any, Array]:
        """The loss, and the gradient in the shape of theta."""
        raise NotImplementedError  # pragma: no cover - abstract

    def hessian(self, theta: Array) -> Array | None:
        """(d, d), or (d, d, P); None where there is no formula to derive it from, or it would be too large."""
        return None

    def hessian_along(self, theta: Array, along: Array) -> Array | None:
        """The Hessian at (d,) times a direction (d,), at the cost of a few gradients; None where `hessian` is."""
        return None

    def kinked(self, theta: Array) -> bool:
        """Whether a derivative at (d,) is a convention: there is a √0, a |0|, a min or max of equals, or their like."""
        return False

    def inside(self, theta: Sequence[float]) -> bool:
        """Whether a point lies in the domain."""
        return all(low <= v <= high for v, (low, high) in zip(theta, self.domain, strict=True))


@dataclass(frozen=True)
class FormulaObjective(Objective):
    """An objective that is text: what is shown is what runs, and its gradient is derived from it.

    ``vector``: the formula speaks of the vector x; otherwise of one scalar a name. ``minimizer_texts``: the
    minimizers as the catalogue gives them, over the constants; ``family``: the same for other dimensions.
    ``saved``: the text is a session's; what reads in two ways is read as it was by the version that wrote it.
    """

    text: str = ""
    vector: bool = False
    minimizer_texts: tuple[tuple[float | str, ...], ...] = ()
    family: Family | None = None
    saved: bool = field(default=False, compare=False, kw_only=True)

    @property
    def formula(self) -> str:
        return self.text

    @cached_property
    def _lines(self) -> list[Line]:
        return lines_of(self.text, OBJECTIVE)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(in_one_line([line]) for line in self._lines)

    @cached_property
    def variables(self) -> tuple[Node, ...]:
        return (graph.name("x", (self.dim,)),) if self.vector else tuple(map(graph.name, self.names))

    @property
    def graph(self) -> Node:
        """The graph of the formula. Raises FormulaError."""
        return self._parsed[0][-1].node

    @cached_property
    def words(self) -> dict[str, Node]:
        """What the names of a text mean: parameters and constants; of a vector its index and its length."""
        names = {v.text: v for v in self.variables}
        names |= {key: graph.constant(value) for key, value in self.settings.items() if key != "dim"}
        if self.vector:
            names |= {"i": graph.indices(self.dim), "n": graph.constant(float(self.dim))}
        return names

    @cached_property
    def _parsed(self) -> tuple[list[Equation], Places]:
        return equations_of(self.text, self._lines, self.words, not self.vector, self.saved)

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """The lines over one another's names, the loss at last. Raises FormulaError."""
        found = self._parsed[0]
        if len(found) > 1:
            found, _ = equations_of(self.text, self._lines, self.words, not self.vector, self.saved, named=True)
        return tuple(found)

    @cached_property
    def lines(self) -> tuple[Equation, ...]:
        return tuple(self._parsed[0][:-1])

    @cached_property
    def gradient(self) -> list[Node]:
        """The derivative by each of `variables`: d scalars, or one vector.

        Raises FormulaError at the part of the formula that makes it too large.
        """
        try:
            return derivative.gradient(self.graph, self.variables)
        except derivative.TooLargeError as error:
            place = self._parsed[1].get(error.node, (0, len(self.text)))
            raise FormulaError(error.message, self.text, *place) from None

    @property
    def notation(self) -> str:
        """The lines in notation, in one."""
        return in_notation(self.equations)

    @cached_property
    def names_of_lines(self) -> dict[Node, Node]:
        """The name of each value that is a line's, but for those of parameters and numbers."""
        worth = [line for line in reversed(self.lines) if line.node.args and line.node.known is None]
        return {line.node: graph.name(line.name, line.node.shape, line.node.boolean) for line in worth}

    @cached_property
    def trace(self) -> Trace:
        """The formula operation by operation, and back. Raises FormulaError for a very large one."""
        return Trace(self.graph, self.variables, {node: name.text for node, name in self.names_of_lines.items()})

    def partial(self, k: int) -> Node:
        """∂f/∂ the parameter k, from 0, as a scalar graph."""
        return coordinate(self.gradient[0], k) if self.vector else self.gradient[k]

    @cached_property
    def read(self) -> Read:
        """Loss and gradient as they are read: over the names of the lines, and of common parts where that is long."""
        if self.lines and not self.vector:
            partials, slopes = over_lines(self.equations, self.variables[:MOST_PARTIALS])
            return read_of(self.names, self.equations, partials, self.words, slopes)
        partials = [self.partial(k) for k in range(min(self.dim, MOST_PARTIALS))]
        return read_of(self.names, self.equations, graph.substitute(partials, self.names_of_lines.get), self.words)

    @cached_property
    def _value_and_grad(self) -> Callable[..., Any]:
        """Of (theta, slopes): the value and, unless ``slopes`` is False, the parts of the gradient."""
        return self._compile([self.graph, *self.gradient], "objective(theta, slopes=True)", alone="slopes")

    @cached_property
    def _hessian_vector(self) -> Callable[..., Any] | None:
        shape = (self.dim,) if self.vector else ()
        along = [graph.name(f"along_{v.text}", shape) for v in self.variables]
        try:
            products = derivative.hessian_vector(self.graph, self.variables, along)
        except derivative.TooLargeError:
            return None
        return self._compile(products)

    @cached_property
    def _kinks(self) -> Callable[..., Any]:
        """What is 0 where a derivative is a convention."""
        return self._compile([kink.zero for kink in kinks_of(self.graph)])

    def _compile(
        self, roots: list[Node], head: str = "objective(theta, along=None)", alone: str = ""
    ) -> Callable[..., Any]:
        """A function of theta and what else the roots speak of, as `code_of` makes it."""
        names = {"x": "theta", "along_x": "along"} if self.vector else {}
        for k, name in enumerate(() if self.vector else self.names):
            names |= {name: f"theta[{k}]", f"along_{name}": f"along[{k}]"}
        return code_of(roots, head, names, alone)

    @property
    def source(self) -> str:
        """Python for arrays: the function that `value` and `value_and_grad` call. Raises FormulaError."""
        return inspect.getsource(self._value_and_grad)

    def value(self, theta: Array) -> Any:
        lanes = np.asarray(theta, dtype=float).reshape(self.dim, -1)
        with np.errstate(all="ignore"):
            (value,) = self._value_and_grad(lanes, False)
        value = np.broadcast_to(value, lanes.shape[1:])
        return float(value[0]) if np.ndim(theta) == 1 else value

    def value_and_grad(self, theta: Array, draw: Draw | None = None) -> tuple[Any, Array]:
        theta = np.asarray(theta, dtype=float)
        lanes = theta.reshape(self.dim, -1)
        with np.errstate(all="ignore"):
            value, *parts = self._value_and_grad(lanes)
        grad = self._assembled(parts, lanes.shape[1])
        if theta.ndim == 1:
            return float(value[0] if np.ndim(value) else value), grad.reshape(-1)
        return np.broadcast_to(value, lanes.shape[1:]), grad

    def hessian(self, theta: Array) -> Array | None:
        """(d, d), or (d, d, P): a Hessian-vector product for each coordinate, all of them in one call.

        None where the second derivative would be too large to be built.
        """
        if self._hessian_vector is None:
            return None
        theta = np.asarray(theta, dtype=float)
        lanes = theta.reshape(self.dim, -1)
        count = lanes.shape[1]
        points = np.repeat(lanes, self.dim, axis=1)
        along = np.tile(np.eye(self.dim), count)
        with np.errstate(all="ignore"):
            columns = self._assembled(self._hessian_vector(points, along), self.dim * count)
        whole = columns.reshape(self.dim, count, self.dim).transpose(0, 2, 1)
        return whole.reshape(self.dim, self.dim, *theta.shape[1:])

    def hessian_along(self, theta: Array, along: Array) -> Array | None:
        if self._hessian_vector is None:
            return None
        with np.errstate(all="ignore"):
            return self._assembled(self._hessian_vector(theta[:, None], along[:, None]), 1)[:, 0]

    def kinked(self, theta: Array) -> bool:
        with np.errstate(all="ignore"):
            return any((np.asarray(value) == 0.0).any() for value in self._kinks(theta.reshape(self.dim, 1)))

    def _assembled(self, parts: Sequence[Any], count: int) -> Array:
        """The parts of a gradient as one (d, P) array of its own."""
        grad = np.empty((self.dim, count))
        if self.vector:
            whole: Array = parts[0]
            if isinstance(whole, np.ndarray) and whole.flags.owndata and whole.shape == grad.shape:
                return whole
            grad[:] = whole
            return grad
        for row, partial in enumerate(parts):
            grad[row] = partial
        return grad
