"""Whether steps shrink or grow here, in a sentence: the limit of lr, the factor of a step, and along which direction.

It says nothing that was not computed. A factor is claimed for rules that are linear (see `recurrence`), where it holds
for a surface that has this curvature everywhere; for a rule that divides by P the limit alone, while P does not change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gdtui.analysis.curvature import Curvature
from gdtui.analysis.spectrum import Spectrum
from gdtui.descent.rows import Row
from gdtui.formula.notation import apart, number

_FLAT = 1e-12
_SAME = 1e-9
_ROUNDING = math.cbrt(float(np.finfo(float).eps))
"""Of λmax: a negative curvature smaller than that is what differences of numbers leave, not a shape."""
_SHORT = 31
_LONE = 0.995  # a direction with so much of one coordinate is named by it


class Verdict(NamedTuple):
    """``sentence`` for where there is room, ``short`` of about 31 characters. ``unstable``: steps grow by it."""

    sentence: str
    short: str
    unstable: bool = False


def verdict(found: Curvature, row: Row) -> Verdict:
    """What the curvature at a row means for steps of this rule at this learning rate."""
    rule = found.pipeline.rule
    if not math.isfinite(row.loss):
        return Verdict("there is no value here: nothing is known of a step", "no value here")
    if clipped_at(row, found):
        return Verdict("the gradient was clipped: this step is not judged", "clipped: not judged")
    if max(abs(found.largest), abs(found.smallest)) < _FLAT:
        return Verdict("flat here: there is no curvature to judge a step by", "flat here: no curvature")
    roots = found.roots
    unstable = _above(found)
    if unstable is not None:
        return unstable
    if found.smallest < 0 and not flat_below(found):
        return _not_convex(found)
    if found.limit is None and roots is None:
        return Verdict(f"no limit of lr is known for {rule.name}", "no limit of η is known")
    if found.lr is None:
        return Verdict("the lr of the step from here is not computed yet", "η is not computed yet")
    if found.judged is None:
        return Verdict(f"what {rule.name} divides by is not known before its first step", "P is not known yet")
    if not found.judged.found(-1):
        return _roughly(found)
    return _below(found) if roots is None else _shrinking(found)


def flat_below(found: Curvature) -> bool:
    """Whether λmin is 0 but for rounding: told as flat, since neither its size nor its sign means anything."""
    return bool(-_ROUNDING * found.largest <= found.smallest <= _SAME * found.largest)


def _grown(factor: float) -> str:
    """By how much a step grows or shrinks: with as many digits as tell it from 1."""
    return apart(factor, 1.0, 3)[0]


def clipped_at(row: Row, found: Curvature) -> bool:
    """Whether clipping changed the gradient of the step that arrived at a row; in row 0, of the step to come."""
    pipeline, values = found.pipeline, found.by.values
    names = [name for name, _, _ in pipeline.lines()]
    if "clipped" not in names:
        return False
    if "clipped" in row.terms and found.by is row.segment.continuation:
        unclipped = names[min(k for k, name in enumerate(names) if name.startswith("clipped")) - 1]
        return not np.array_equal(row.terms["clipped"], row.terms[unclipped])
    by_norm = pipeline.has("clip_norm") and row.grad_norm + 1e-6 > values["clip_norm"]
    return by_norm or (pipeline.has("clip_value") and bool((np.abs(row.grad) > values["clip_value"]).any()))


def best_constant_lr(found: Curvature) -> float | None:
    """2/(L + μ), the lr at which plain gradient descent shrinks a convex quadratic fastest (Polyak 1987, 1.4)."""
    values, roots = found.spectrum.values, found.roots
    if found.lr is None or roots is None or found.condition is None:
        return None
    plain = roots.shape[1] == 1 and bool((np.abs(roots[:, 0] - (1 - found.lr * values)) < _SAME).all())
    return float(2 / (values[0] + values[-1])) if plain else None


def _of(found: Curvature) -> str:
    """What the limit is divided by."""
    return "λ(P⁻¹H)" if found.preconditioned else "λmax"


def direction(spectrum: Spectrum, place: int, symbols: Sequence[str]) -> str:
    """`` along x``, `` along (0.8, 0.6)``, `` mostly along x₃``; nothing where there is but one, or no certain one."""
    if len(symbols) == 1 or not spectrum.single(place):
        return ""
    vector = spectrum.vectors[:, place]
    lead = int(np.abs(vector).argmax())
    if abs(vector[lead]) >= _LONE:
        return f" along {symbols[lead]}"
    if len(symbols) == 2:
        shown = vector * np.sign(vector[lead])
        return f" along ({', '.join(number(v, 2) for v in shown.tolist())})"
    return f" mostly along {symbols[lead]}" if abs(vector[lead]) >= 0.75 else ""


def _named(found: Curvature, place: int) -> str:
    judged = found.judged or found.spectrum
    return direction(judged, place, found.by.program.objective.symbols)


def _above(found: Curvature) -> Verdict | None:
    """Where steps along the steepest direction do not shrink."""
    judged, lr, limit, roots = found.judged, found.lr, found.limit, found.roots
    if lr is None or judged is None or not judged.values[-1] > 0:
        return None
    steep = float(judged.values[-1])
    factor = None if roots is None else float(abs(roots[-1, 0]))
    beyond = limit is not None and lr * steep > limit * (1 + _SAME)
    growing = beyond if factor is None else factor > 1 + _SAME
    at_limit = limit is not None and factor is not None and abs(lr * steep - limit) <= _SAME * limit
    if not (growing or at_limit):
        return None
    where, rate = _named(found, -1), number(lr, 3)
    grows = "" if factor is None else _grown(factor)
    if not beyond and not at_limit:
        return Verdict(f"lr {rate}: steps{where} grow by {grows}", f"η {rate}: steps grow by {grows}", True)
    assert limit is not None
    over = f"{number(limit, 3)}/{_of(found)}"
    if at_limit:
        sentence = f"lr {rate} is {over}: steps overshoot{where}, and neither shrink nor grow"
        return Verdict(sentence, f"η·{_of(found)} = {number(limit, 3)}: at the limit")
    rate, bar = apart(lr, limit / steep, 3)
    sure = judged.found(-1)  # else the true λ is larger, and the bar lower
    sentence = f"lr {rate} is above {over} {'=' if sure else '≤'} {bar}{where}"
    if factor is None:
        return Verdict(f"{sentence}: steps overshoot", f"η {rate} > {bar}: steps overshoot", True)
    grows += "" if sure else " or more"
    sentence += f": every step overshoots and grows by {grows}"
    return Verdict(sentence, f"η {rate} > {bar}: grows by {grows}", True)


def _not_convex(found: Curvature) -> Verdict:
    where = direction(found.spectrum, 0, found.by.program.objective.symbols)
    shape = "concave" if found.pipeline.maximize else "convex"
    low = number(found.smallest, 3)
    factor = None if found.roots is None else float(abs(found.roots[0, 0]))
    grows = f": steps there grow by {_grown(factor)}" if factor is not None and factor > 1 + _SAME else ""
    short = f"not {shape}: λmin {low}"
    short += where if len(short + where) <= _SHORT else ""
    return Verdict(f"not {shape} here: λmin = {low}{where}{grows}", short)


def _roughly(found: Curvature) -> Verdict:
    """Where λ is known to within its residual alone."""
    assert found.judged is not None and found.lr is not None
    of, limit = _of(found), found.limit
    steep, reach = float(found.judged.values[-1]), float(found.judged.residuals[-1])
    if limit is None or found.lr * (steep + reach) >= limit:
        low = number(steep, 3)
        return Verdict(f"{of} is {low} or more: not found closely enough to judge", f"{of} ≥ {low}: not judged")
    sentence = f"lr {number(found.lr, 3)} < {number(limit, 3)}/{of}, {of} being about {number(steep, 3)}: stable"
    product, bar = apart(found.lr * steep, limit, 3)
    return Verdict(sentence, f"η·{of} ≈ {product} < {bar}, stable")


def _below(found: Curvature) -> Verdict:
    """Below the limit of a rule that is not linear."""
    assert found.product is not None and found.limit is not None and found.lr is not None
    rate, bar = apart(found.lr, found.lr * found.limit / found.product if found.product else math.inf, 3)
    sentence = f"lr {rate} < {number(found.limit, 3)}/{_of(found)} = {bar}: stable"
    sentence += " while P does not change" if found.preconditioned else ""
    return Verdict(sentence, f"{quotient(found)}, stable")


def quotient(found: Curvature) -> str:
    """lr·λ against the rule's limit: ``η·λmax = 0.58 < 2``. Both are known."""
    assert found.product is not None and found.limit is not None
    if abs(found.product - found.limit) <= _SAME * found.limit:
        return f"η·{_of(found)} = {number(found.limit, 3)}"
    product, limit = apart(found.product, found.limit, 3)
    return f"η·{_of(found)} = {product} {'<' if found.product < found.limit else '>'} {limit}"


def _shrinking(found: Curvature) -> Verdict:
    """Below the limit of a linear rule: overshooting along the steepest direction, or straight and slow."""
    roots, where = found.roots, _named(found, 0)
    assert roots is not None and found.lr is not None
    start, short = f"lr {number(found.lr, 3)}", f"η {number(found.lr, 3)}"
    if found.limit is not None:
        rate, bar = apart(found.lr, found.limit / found.largest, 3)
        start = f"lr {rate} < {number(found.limit, 3)}/λmax = {bar}"
        short = quotient(found)
    steepest, slowest = roots[-1, 0], float(abs(roots[0, 0]))
    if steepest.imag != 0 or steepest.real < 0:
        by = f"by {_grown(float(abs(steepest)))} a step"
        brief = short if len(short) < _SHORT - len(": overshoots") else short.replace(" = ", " ")
        return Verdict(f"{start}: overshoots{_named(found, -1)}, shrinking {by}", f"{brief}: overshoots")
    if not found.spectrum.found(0):
        return Verdict(f"{start}: stable, without overshooting", f"{short}, stable")
    if flat_below(found):
        return Verdict(f"{start}: stable; flat{where}, where no step shrinks", f"{short}, stable")
    flattest = f"{where} (the flattest)" if where else ""
    return Verdict(f"{start}: shrinks by {_grown(slowest)} a step{flattest}", f"{short}, stable")
