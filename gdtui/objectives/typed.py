"""A formula that a user typed -> Objective: which names are parameters and in which order, where to begin and look."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gdtui.formula.equations import expressions_alone, in_one_line, lines_of, without_comments
from gdtui.formula.graph import SMALL
from gdtui.formula.joined import product_in
from gdtui.formula.language import Variables, nearest, variables_in
from gdtui.formula.parameter import Parameter, ParameterError
from gdtui.formula.symbols import name_of, symbol_of
from gdtui.formula.tokens import MAX_NUMBER, FormulaError, printable, tokenize
from gdtui.formula.vocabulary import FUNCTIONS
from gdtui.objectives.catalogue import BY_NAME
from gdtui.objectives.entry import MAX_DIM
from gdtui.objectives.objective import FormulaObjective, Objective, Point
from gdtui.objectives.region import region_of
from gdtui.objectives.scripted import real, shown
from gdtui.objectives.start import Drawn, Start, placed_start
from gdtui.objectives.text import OBJECTIVE

DIM = Parameter("dim", 2, 1, MAX_DIM, "log", "how many parameters", whole=True)
_STARTS = (3.0, -2.25, 4.0, -3.5, 1.25, -4.5, 0.5)
_OF_VECTORS = ("x", "i", "n")
_HEAD = re.compile(r"\s*(\\?[A-Za-z]\w*|[^\W\d_])\s*\(([^()=]*)\)\s*:?=(?!=)\s*")
_LOSS = re.compile(r"\s*(loss|f)\s*:?=(?!=)\s*")
_AROUND = (("$$", "$$"), ("$", "$"), ("`", "`"), ("\\(", "\\)"), ("\\[", "\\]"))


class _Text(NamedTuple):
    """A typed formula: its ``body``, which begins at ``shift`` of the text, and the names that f(x, y) = gives.

    ``cut``: where in the body the head stood, ``head`` characters long.
    """

    body: str
    shift: int
    cut: int = 0
    head: int = 0
    parameters: tuple[str, ...] | None = None

    def within(self, text: str, error: FormulaError) -> FormulaError:
        """A mistake in the body, in the whole text."""
        behind = error.position >= self.cut
        return error.within(text, self.shift + self.head * behind)


def typed(
    text: str, constants: Mapping[str, float], dim: int | None = None, start: Start | None = None
) -> FormulaObjective:
    """A typed formula as an objective.

    Its free names are the parameters: in the order of ``f(b, w) = ...`` where it says so, in natural order where all
    are x, y, z or one stem with numbers, else as they are first written. Where x is indexed, sliced or summed over it
    is a vector, of as many as ``dim`` or ``start`` says. Raises FormulaError at the place, or ParameterError.
    """
    written = _read(text)
    try:
        return _typed(written, constants, dim, start)
    except FormulaError as error:
        if not error.text:
            raise
        raise written.within(text, error) from None


def least_dimension(text: str) -> int | None:
    """How many parameters a typed formula over a vector has at the least; None for one over names."""
    body = _read(text).body
    variables = variables_in(expressions_alone(body, lines_of(body, OBJECTIVE)))
    over_vector = variables.vector or variables.reduced
    return max(2, variables.least) if over_vector and set(variables.places) <= set(_OF_VECTORS) else None


def _read(text: str) -> _Text:
    """The formula in a text, without what stands around the whole of it, and its head. Raises FormulaError."""
    first, last = 0, len(text.rstrip().removesuffix(";").rstrip())
    for opening, closing in _AROUND:
        inside = text[first:last].strip()
        if len(inside) > len(opening) + len(closing) and inside.startswith(opening) and inside.endswith(closing):
            first = text.index(opening) + len(opening)
            last = text.rindex(closing)
    first += len(text[first:last]) - len(text[first:last].lstrip())
    body = text[first:last].rstrip()
    bare = without_comments(body)
    cuts = [cut.end() for cut in re.finditer(r"[;\n]\s*", bare)]
    begin = max((cut for cut in cuts if _HEAD.match(bare, cut) or _LOSS.match(bare, cut)), default=0)  # of the last
    head, loss = _HEAD.match(bare, begin), _LOSS.match(bare, begin)
    if head is None:
        end = loss.end() if loss else begin
        return _Text(body[:begin] + body[end:], first, begin, end - begin)
    names = _names_in(head[2], text, first + head.start(2), first + head.end(2))
    if name_of(head[1]) in FUNCTIONS:
        message = "an equation is no formula to descend: write the square of what is to be 0"
        raise FormulaError(message, text, first + head.start(1), first + len(head[0].rstrip()) + head.start())
    return _Text(body[:begin] + body[head.end() :], first, begin, head.end() - begin, names)


def _names_in(listed: str, text: str, start: int, end: int) -> tuple[str, ...]:
    """The names of a head, in any way in which a name may be written."""
    names: list[str] = []
    for part in listed.split(","):
        try:
            first, *others = tokenize(part, {})
        except FormulaError:
            others = []
        if len(others) != 1 or first.kind != "name" or first.text in FUNCTIONS:
            message = f"a head is written f(x, y) = ...; '{printable(part.strip())}' is no name"
            raise FormulaError(message, text, start, end)
        names.append(first.text)
    for name in names:
        if names.count(name) > 1:
            raise FormulaError(f"'{name}' is given twice", text, start, end)
    return tuple(names)


def _typed(
    written: _Text, given_constants: Mapping[str, float], dim: int | None, start: Start | None
) -> FormulaObjective:
    text, parameters = written.body, written.parameters
    constants = dict(_constant(key, value) for key, value in given_constants.items())
    lines = lines_of(text, OBJECTIVE)
    named = [line.name for line in lines if line.name]
    variables = variables_in(expressions_alone(text, lines))
    names = [name for name in variables.places if name not in constants and name not in named]
    for name in constants:
        if name not in variables.words:
            hint = nearest(name, variables.places) or f" (it has {', '.join(variables.places) or 'no names'})"
            raise ParameterError(f"-c {name}: the formula has no '{name}'{hint}")
    count = None if start is None or isinstance(start, Drawn) else len(start)
    summed = variables.reduced and (count or 0) > 1 and set(names) <= set(_OF_VECTORS)
    vector = variables.vector or dim is not None or summed  # sum(x) is of one where the start has several numbers
    _check_words(text, variables, names)
    if vector:
        _check_vector(text, variables, names, parameters, count if dim is None else dim)
        said = count if dim is None else dim
        length = DIM.check(max(2, variables.least) if said is None else said)
        names = [f"x{k + 1}" for k in range(int(length))]
    elif parameters is not None:
        for name in parameters:
            if name in constants:
                raise ParameterError(f"'{name}' is a parameter of the head, and a constant: it is one of them")
        _check_joined(text, variables, names, declared=parameters)
        for name in names:
            if name not in parameters:
                message = f"'{name}' is none of {', '.join(parameters)}; -c {name}=VALUE makes it a constant"
                raise FormulaError(message, text, *variables.places[name])
        names = list(parameters)
    else:
        _check_joined(text, variables, names, declared=start if isinstance(start, dict) else ())
        names = in_order(names)
    _check_alike(text, variables, [*names, *named])
    nowhere = ((-1.0, 1.0),) * len(names), (0.0,) * len(names)
    name = in_one_line(lines)
    bare = FormulaObjective(name, tuple(names), *nowhere, 0.1, settings=constants, text=text, vector=vector)
    bare.graph  # noqa: B018 - parsed first, so that a mistake is told before the variables are counted
    if not names:
        raise FormulaError("this formula has no variable to descend by: write x", text, 0, len(text))
    bare.gradient  # noqa: B018 - derived now, so that what cannot be taken is refused here
    own = start is None or isinstance(start, Drawn)
    point = _a_start(bare) if own or start is None else placed_start(start, bare)
    domain = region_of(bare, point)
    return replace(bare, domain=domain, start=point, lr=suitable_lr(bare, point), domain_guessed=True)


def in_order(names: Sequence[str]) -> list[str]:
    """Parameters in natural order where all are x, y, z or one stem with numbers; otherwise as they are written."""
    if set(names) <= set("xyz"):
        return sorted(names)
    numbered = [re.fullmatch(r"(.*?[A-Za-z]_?)(\d+)", name) for name in names]
    if all(numbered) and len({match[1] for match in numbered if match}) == 1:
        return sorted(names, key=lambda name: int(re.sub(r"^.*?(\d+)$", r"\1", name)))
    return list(names)


def _check_words(text: str, variables: Variables, names: Sequence[str]) -> None:
    """Refuse names that are something else here or elsewhere."""
    for name in names:
        if name.lower() in ("pi", "m_pi", "math_pi"):
            raise FormulaError("π is written pi", text, *variables.places[name])
        if name.replace("_", "-") in BY_NAME and len(name) > 1:
            message = f"{name} is a function of the catalogue, to be descended alone: a formula has its formula"
            raise FormulaError(message, text, *variables.places[name])
    if variables.reduced and names and "x" not in variables.places and not variables.vector:
        message = f"a vector is called x in a formula: write x for {names[0]}"
        raise FormulaError(message, text, *variables.places[names[0]])


def _check_alike(text: str, variables: Variables, names: Sequence[str]) -> None:
    """Refuse two names that are shown as one, as x_1 and x1 are."""
    symbols = [symbol_of(name) for name in names]
    for name, symbol in zip(names, symbols, strict=True):
        other = names[symbols.index(symbol)]
        if other != name:
            message = f"{other} and {name} are both shown as {symbol}: write one of them throughout"
            raise FormulaError(message, text, *variables.places.get(name, (0, len(text))))


def _check_vector(
    text: str, variables: Variables, names: Sequence[str], parameters: tuple[str, ...] | None, length: int | None
) -> None:
    if parameters not in (None, ("x",)):
        raise FormulaError("x is a vector here, whose coordinates have no other names: write f(x) = ...", text)
    if variables.skips_first and length is None:
        message = "coordinates are counted from 0, and x[0] is never read: write x[0] for the first"
        raise FormulaError(message, text, *variables.places["x"])
    for name in names:
        if name not in _OF_VECTORS:
            product = product_in(name, names)
            hint = f"for a product write {product}" if product else f"-c {name}=VALUE makes it a constant"
            raise FormulaError(f"where x is a vector, '{name}' is unknown; {hint}", text, *variables.places[name])


def _check_joined(text: str, variables: Variables, names: Sequence[str], declared: Any) -> None:
    """Refuse a name that reads as a product, unless the start speaks of it."""
    for name in names:
        product = "" if name in declared else product_in(name, variables.places)
        if product:
            ways = f"--start {','.join(f'{n}=1' for n in names)} or f({', '.join(names)}) = ..."
            message = f"{name} would be one name; for a product write {product} (for a parameter called {name}: {ways})"
            raise FormulaError(message, text, *variables.places[name])


def _constant(key: str, value: float) -> tuple[str, float]:
    """A name of the user's and its number, if they are such. Raises ParameterError."""
    if not isinstance(key, str):
        raise ParameterError(f"the name of a constant is text; {shown(key)} is not")
    name = name_of(key)
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or name in FUNCTIONS:
        raise ParameterError(f"'{printable(key)[:40]}' is not a name for a constant")
    number = real(value, f"the constant {name} is a number; not")
    if number.ndim or not abs(number) <= MAX_NUMBER:
        raise ParameterError(f"the constant {name} is a number up to {MAX_NUMBER:g}; {shown(value)} is not")
    return name, float(number)


def _a_start(objective: FormulaObjective) -> Point:
    """A place where the loss and its slope are finite and there is somewhere to go."""
    for turn in range(len(_STARTS)):
        point = [_STARTS[(turn + k) % len(_STARTS)] for k in range(objective.dim)]
        loss, grad = objective.value_and_grad(np.array(point))
        if math.isfinite(loss) and np.isfinite(grad).all() and grad.any() and np.abs(grad).max() < 1e8:
            return tuple(point)
    return tuple(0.5 for _ in objective.names)


def suitable_lr(objective: FormulaObjective, start: Point) -> float:
    """A learning rate of the 1-2-5 series, a fifth of the stability limit 2/λ at the start."""
    if objective.dim > SMALL:
        return 0.01
    try:
        with np.errstate(all="ignore"):
            hessian = objective.hessian(np.array(start))
            curvature = math.nan if hessian is None else float(np.abs(np.linalg.eigvalsh(hessian)).max())
    except np.linalg.LinAlgError:
        return 0.01
    if not math.isfinite(curvature) or curvature < 1e-100:
        return 0.1
    return _below(min(1.0, max(1e-6, 0.4 / curvature)))


def suitable_length(objective: Objective) -> float:
    """A length of the 1-2-5 series for steps of one length: a hundredth of the domain's shortest side."""
    return _below(min(high - low for low, high in objective.domain) / 100)


def _below(wanted: float) -> float:
    """The greatest number of the series 1, 2, 5, 10, ... that is not above ``wanted``."""
    decade = 10.0 ** math.floor(math.log10(wanted) + 1e-9)
    return float(f"{max(m for m in (1, 2, 5) if m * decade <= wanted * (1 + 1e-9)) * decade:.3g}")
