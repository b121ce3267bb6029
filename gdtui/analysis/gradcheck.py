"""A gradient that a user wrote down, against the one that is derived: where they part, and in what way.

Both are evaluated at the same points; where they differ, differences of the loss are the third witness.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdtui.analysis.differences import sides, slope
from gdtui.formula.evaluate import function_of
from gdtui.formula.graph import Node
from gdtui.formula.kinks import conventions_of
from gdtui.formula.language import Scope, parse
from gdtui.formula.notation import notation, number
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.objective import Array, FormulaObjective, Objective, Point

TOLERANCE = 1e-9
"""Two forms of one expression differ by rounding: by this share of the value, and a thousandth of it of a usual one."""
MOST_PARTINGS = 6
_ALL = 12  # coordinates of a point that are all told
_SAME = 1e-6  # how nearly equal ratios or offsets at all points are to be called one


@dataclass(frozen=True)
class Parting:
    """One coordinate of the gradient where the two differ.

    ``count``: at how many points. At ``point``, (d,), they are ``yours`` and ``derived``, and ``differences`` of the
    loss give the slope to within ``error``. ``remark``: what the difference is everywhere, where that is plain, or "".
    """

    coordinate: int
    count: int
    point: Array
    yours: float
    derived: float
    differences: float
    error: float
    remark: str

    @property
    def sides_with(self) -> str:
        """Whose value the differences give: ``yours``, ``the derived one``, or neither."""
        off = {"yours": abs(self.yours - self.differences), "the derived one": abs(self.derived - self.differences)}
        reach = 10 * self.error + _SAME * abs(self.differences)
        near = [who for who, gap in off.items() if gap <= reach]
        return near[0] if len(near) == 1 else "neither"


class Kink(NamedTuple):
    """The start, where the loss has no one slope: yours there, the derived, and those to either side, (d,) each."""

    point: Array
    yours: Array
    derived: Array
    before: Array
    behind: Array


@dataclass(frozen=True)
class Comparison:
    """What came of it: ``compared`` points, ``left_out`` where the loss is no number or has a kink.

    ``kink``: the start, where that is one.

    ``parted``: the coordinates that differ; ``partings``: the first of them looked into. ``formulas``: yours, one a
    coordinate, or one of a vector.
    """

    objective: FormulaObjective
    formulas: tuple[Node, ...]
    compared: int
    left_out: int
    parted: tuple[int, ...]
    partings: tuple[Parting, ...]
    kink: Kink | None = None


def compare(
    objective: Objective, text: str, points: int = 200, seed: int = 0, start: Point | None = None
) -> Comparison:
    """Compare the gradient that ``text`` writes down, its formulas separated by ``;``, with the derived one.

    At ``points`` random points of the domain, at the ``start`` (the objective's own where None) and at the minimizers.
    Raises FormulaError at the place in ``text``, and ParameterError where there is nothing to compare.
    """
    if not isinstance(objective, FormulaObjective):
        raise ParameterError(f"{objective.name} is no formula: there is no derived gradient to compare with")
    formulas = _formulas(text, objective)
    low, high = np.array(objective.domain).T
    shares = np.random.Generator(np.random.Philox(key=seed, counter=2 << 192)).random((points, objective.dim))
    ends = [[point] for point in (*objective.minimizers, start or objective.start)]
    lanes = np.vstack([low + (high - low) * shares, *ends]).T
    yours = _values(formulas, objective, lanes)
    loss, derived = objective.value_and_grad(lanes)
    kept = np.isfinite(loss)
    for k in range(points, lanes.shape[1]):  # no random point hits a kink; a minimizer may be one
        unlike = np.flatnonzero(~np.isclose(yours[:, k], derived[:, k], rtol=TOLERANCE, atol=0, equal_nan=True))
        kept[k] = kept[k] and not any(sides(objective, lanes[:, k], j).apart for j in map(int, unlike))
    kink = _kink_at(objective, lanes[:, -1], yours[:, -1], derived[:, -1])
    kept[-1] = kept[-1] and kink is None
    if not kept.any():
        message = f"{objective.name} is a number at none of {len(kept)} points of its domain"
        raise ParameterError(f"{message}: there is nothing to compare")
    lanes, yours, derived = lanes[:, kept], yours[:, kept], derived[:, kept]
    parted = tuple(k for k in range(objective.dim) if _parts(yours[k], derived[k]).any())
    found = tuple(_parting(objective, lanes, yours[k], derived, k) for k in parted[:MOST_PARTINGS])
    return Comparison(objective, formulas, int(kept.sum()), int((~kept).sum()), parted, found, kink)


def slopes_of(text: str, objective: FormulaObjective, lanes: Array) -> Array:
    """The gradient that ``text`` writes down, at points (d, P). Raises FormulaError, ParameterError as `compare`."""
    return _values(_formulas(text, objective), objective, lanes)


def _formulas(text: str, objective: FormulaObjective) -> tuple[Node, ...]:
    """One scalar graph a coordinate, or one of a vector."""
    names = {line.name: line.node for line in objective.lines} | objective.words
    found = []
    place = 0
    pieces = text.rstrip().removesuffix(";").split(";")
    for k, piece in enumerate(pieces):
        try:
            node = parse(piece, Scope(names))
        except FormulaError as error:
            raise error.within(text, place, f"formula {k + 1} of the gradient: {error.message}") from None
        if node.boolean:
            message = f"formula {k + 1} of the gradient is a condition, not a number: write where(condition, 1, 0)"
            raise FormulaError(message, text, place, place + len(piece))
        found.append(node)
        place += len(piece) + 1
    shapes = [node.shape for node in found]
    dim = objective.dim
    if shapes != [()] * dim and not (objective.vector and shapes == [(dim,)]):
        wanted = f"{dim} formulas separated by ';', one for each of {', '.join(objective.symbols[:6])}"
        wanted = wanted if dim > 1 else f"one formula, the derivative by {objective.symbols[0]}"
        also = f", or one that is a vector of {dim}" if objective.vector else ""
        given = f"{len(found)} {'is' if len(found) == 1 else 'are'} given"
        vectors = f", {len([s for s in shapes if s])} of them a vector" if any(shapes) else ""
        raise ParameterError(f"the gradient of {objective.name} is {wanted}{also}; {given}{vectors}")
    return tuple(found)


def _values(formulas: tuple[Node, ...], objective: FormulaObjective, lanes: Array) -> Array:
    """The formulas at all points, (d, P)."""
    names = ("x",) if objective.vector else objective.names
    found = function_of(formulas, names)(*([lanes] if objective.vector else lanes))
    if len(found) == 1:
        return np.array(np.broadcast_to(found[0], lanes.shape))
    return np.array([np.broadcast_to(row, lanes.shape[1:]) for row in found])


def _parts(yours: Array, derived: Array) -> NDArray[np.bool_]:
    """At which points two values differ by more than rounding. Two that are no numbers do not."""
    finite = np.isfinite(derived)
    usual = float(np.median(np.abs(derived[finite]))) if finite.any() else 0.0
    with np.errstate(all="ignore"):
        reach = TOLERANCE * (np.maximum(np.abs(yours), np.abs(derived)) + 1e-3 * usual)
        differ = ~(np.abs(yours - derived) <= reach)
    return differ & (np.isfinite(yours) | finite)


def _parting(objective: FormulaObjective, lanes: Array, yours: Array, derived: Array, k: int) -> Parting:
    parts = _parts(yours, derived[k])
    with np.errstate(all="ignore"):
        gap = np.abs(yours - derived[k]) / np.maximum(np.abs(yours), np.abs(derived[k]))
    gap = np.where(parts, np.nan_to_num(gap, nan=np.inf), 0.0)
    # Of those that show it well the last: the start's numbers can be checked by hand.
    place = int(np.flatnonzero(gap >= min(0.5, float(gap.max()) / 2))[-1])
    point = lanes[:, place]
    value, error, _ = slope(objective, point, k)
    remark = _remark(objective, yours, derived, k)
    return Parting(k, int(parts.sum()), point, float(yours[place]), float(derived[k][place]), value, error, remark)


def _remark(objective: FormulaObjective, yours: Array, derived: Array, k: int) -> str:
    """What the difference is at all points, where it is one of the usual slips."""
    for j in map(int, np.flatnonzero(np.isclose(derived[:, 0], yours[0], rtol=_SAME))):
        if j != k and not _parts(yours, derived[j]).any():
            return f"yours is the derived {partial(objective, j)}"
    if not np.isfinite(yours).all():
        return f"yours is no number at {int((~np.isfinite(yours)).sum())} of {len(yours)} points"
    if not yours.any():
        return "yours is 0 everywhere"
    mine, theirs = yours, derived[k]
    known = np.abs(theirs) > _SAME * float(np.median(np.abs(theirs)))
    ratio = mine[known] / theirs[known]
    if known.sum() > 2 and _SAME * abs(ratio[0]) >= np.ptp(ratio) and abs(ratio[0] - 1) > _SAME:
        wrong = "the sign is wrong: " if abs(ratio[0] + 1) < _SAME else ""
        return f"{wrong}yours is {number(float(ratio[0]))} times the derived one everywhere"
    offset = mine - theirs
    if np.ptp(offset) <= _SAME * abs(offset[0]):
        sign, size = ("plus", offset[0]) if offset[0] > 0 else ("minus", -offset[0])
        return f"yours is the derived one {sign} {number(float(size))} everywhere"
    return ""


def _kink_at(objective: FormulaObjective, point: Array, yours: Array, derived: Array) -> Kink | None:
    """The point, if the loss has no one slope there: by its formula, or because those to either side differ."""
    both = [sides(objective, point, k) for k in range(objective.dim)]
    if not (objective.kinked(point) or any(side.apart for side in both)):
        return None
    before, behind = np.array([side.left for side in both]), np.array([side.right for side in both])
    return Kink(point, yours, derived, before, behind)


def partial(objective: FormulaObjective, k: int) -> str:
    return f"∂f/∂{objective.symbols[k]}"


def comparison_text(found: Comparison) -> Iterator[str]:
    """The comparison in lines of text."""
    objective = found.objective
    left = f", {found.left_out} left out, where the loss is no number or has a kink" if found.left_out else ""
    which = f"random ones{', the known minimizers' if objective.minimizers else ''} and the start"
    yield f"{objective.name}: {found.compared} points compared, {which}{left}"
    whole = len(found.formulas) < objective.dim  # one formula of a vector
    if whole and found.parted:
        yield from _told_formulas(found.formulas[0], objective.gradient[0], "  ")
    apart = {p.coordinate: p for p in found.partings}
    for k in range(objective.dim) if objective.dim <= 2 * MOST_PARTINGS else apart:
        if k not in apart:
            yield f"  {partial(objective, k)} agrees"
            continue
        yield f"  {partial(objective, k)} parts at {apart[k].count} of {found.compared} points"
        if not whole:
            yield from _told_formulas(found.formulas[k], objective.partial(k), "    ")
        yield from _told_values(objective, apart[k])
    symbols = ", ".join(partial(objective, k) for k in apart)
    more = f" and {len(found.parted) - len(apart)} more" if len(found.parted) > len(apart) else ""
    verdict = f"they part in {symbols}{more}" if apart else "they agree"
    if found.kink is None:
        yield verdict
        return
    yield from _told_kink(objective, found.kink)
    yield f"the start is a kink, where no one slope is right; elsewhere {verdict}"


def _told_kink(objective: FormulaObjective, kink: Kink) -> Iterator[str]:
    pairs = zip(objective.symbols[:_ALL], kink.point.tolist(), strict=False)
    where = ", ".join(f"{symbol} = {number(v, 6)}" for symbol, v in pairs)
    yield f"  at the start, {where}, the function has a kink"
    for k in range(min(objective.dim, _ALL)):
        sides = f"slope {number(float(kink.before[k]))} before, {number(float(kink.behind[k]))} behind"
        both = f"yours {number(float(kink.yours[k]), 6)}, derived {number(float(kink.derived[k]), 6)}"
        yield f"    {partial(objective, k)}: {sides}; {both}"
    for convention in conventions_of(objective.graph):
        yield f"    derived by convention: {convention}"


def _told_formulas(yours: Node, derived: Node, indent: str) -> Iterator[str]:
    yield f"{indent}yours    {notation(yours)}"
    yield f"{indent}derived  {notation(derived)}"


def _told_values(objective: FormulaObjective, parting: Parting) -> Iterator[str]:
    values = (parting.yours, parting.derived)
    digits = next((n for n in range(6, 17) if number(values[0], n) != number(values[1], n)), 17)
    shown = [*range(objective.dim)] if objective.dim <= _ALL else sorted({0, 1, 2, parting.coordinate})
    names = ", ".join(objective.symbols[k] for k in shown)
    where = ", ".join(number(float(parting.point[k]), 6) for k in shown)
    more = ", …" if len(shown) < objective.dim else ""
    yield f"    at ({names}{more}) = ({where}{more})" if objective.dim > 1 else f"    at {names} = {where}"
    yield f"      yours {number(values[0], digits)}, derived {number(values[1], digits)},"
    witness = f"      by differences of the loss {number(parting.differences, digits)}"
    yield witness + (f": they side with {parting.sides_with}" if parting.sides_with != "neither" else "")
    if parting.remark:
        yield f"    {parting.remark}"
