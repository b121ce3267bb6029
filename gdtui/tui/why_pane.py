"""The pane of why: the curvature at the cursor against the rule's limit, and what that means for a step."""

from __future__ import annotations

import math
from textwrap import wrap

from gdtui.analysis.curvature import Curvature, curvature_at, why_unknown
from gdtui.analysis.stability import Verdict, best_constant_lr, flat_below, quotient, verdict
from gdtui.analysis.steps import Step, step_between
from gdtui.descent.setup import is_own
from gdtui.formula.graph import SMALL
from gdtui.formula.notation import fitted, number
from gdtui.tui.frame import Frame
from gdtui.tui.pane import Pane
from gdtui.tui.text import Line, padded

_CELL = 8
_WAITS = "told when it rests"
_ROUNDING = 4e-16  # of the loss, a change of which says nothing


class WhyPane(Pane):
    """A sentence, and above it as many of its numbers as there is room for; nothing that was not computed."""

    def reads(self, frame: Frame) -> object:
        return "" if waits(frame) else frame

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        self.title("Why")
        if waits(frame):
            return [[(_WAITS, self.inks.dim)]]
        if frame.row.segment.continuation is None:
            return self.of_rows(frame, width, height)
        found = curvature_of(frame)
        if found is None:
            told = wrap(why_unknown(frame.setup.objective, frame.row), max(1, width))
            return [[(line, self.inks.dim)] for line in told]
        judged = verdict(found, frame.row)
        said = wrap(judged.sentence, max(1, width))
        if len(said) > height - 1:
            said = wrap(judged.short, max(1, width))
        look = self.inks.error if judged.unstable else self.inks.text
        return [*self.facts(found)[: max(0, height - len(said))], *([(line, look)] for line in said)]

    def of_rows(self, frame: Frame, width: int, height: int) -> list[Line]:
        """What the rows alone say of the step that arrived, where no rule is known."""
        if frame.row_before is None:
            waiting = wrap("no step arrived here; these rows were recorded, and no rule is known", width)
            return [[(line, self.inks.dim)] for line in waiting]
        step = step_between(frame.row_before, frame.row)
        facts = [("λ along Δθ", number(step.curvature)), ("Δθ, −∇f", f"{number(step.angle, 3)}°"),
                 ("Δf", number(step.change)), ("∇f·Δθ", number(step.slope))]  # fmt: skip
        told = [fact for fact in facts if not fact[1].startswith("NaN")]
        lines: list[Line] = [[(padded(name, 12), self.inks.dim), (value, self.inks.text)] for name, value in told]
        said = wrap(_of_step(step, frame.row.loss), width)
        lines = [*lines[: height - len(said)], *([(line, self.inks.text)] for line in said)]
        lines += [[(line, self.inks.dim)] for line in wrap("no rule is known: no limit of η·λ", width)]
        return lines[:height]

    def facts(self, found: Curvature) -> list[Line]:
        """The eigenvalues, lr·λ against its limit, the angle of the step, the best lr; the first matter most."""
        # Of products with vectors they lie within the true ones; of differences they may be to either side.
        above, below = ("≈", "≈") if found.by.program.dim <= SMALL else ("≥", "≤")
        values = [("λmax", found.largest, found.spectrum.found(-1), above)]
        if found.condition is None:
            values.append(("λmin", found.smallest, found.spectrum.found(0), below))
        else:
            values.append(("κ", found.condition, True, ""))
        line: Line = []
        for label, value, sure, bound in values:
            if label == "λmin" and sure and flat_below(found):
                value, sure, bound = 0.0, False, "≈"
            shown = fitted(value, _CELL) if sure else f"{bound}{fitted(value, _CELL - 1).strip()}".rjust(_CELL)
            line += [(f"{'  ' if line else ''}{padded(label, 4)}", self.inks.dim), (shown, self.inks.text)]
        lines = [line]
        if found.product is not None and found.limit is not None and found.product > 0:  # below 0 it limits nothing
            lines.append([(quotient(found), self.inks.text)])
        if found.angle is not None:
            lines.append([(padded("Δθ, −∇f", 12), self.inks.dim), (f"{found.angle:.1f}°", self.inks.text)])
        best = best_constant_lr(found)
        if best is not None:
            lines.append([(padded("best η", 12), self.inks.dim), (number(best), self.inks.text)])
        return lines


def _of_step(step: Step, loss: float) -> str:
    """How a step to this loss went, by the loss and by the slope that it began with."""
    if math.isnan(step.change):
        return "the loss is no number"
    if abs(step.change) <= _ROUNDING * abs(loss):
        return "the loss is the same" + " but for rounding" * (step.change != 0)
    went = "fell" if step.change < 0 else "rose"
    if math.isnan(step.slope) or step.slope == 0:
        return f"the loss {went}"
    if step.slope > 0:
        return f"the loss {went}, by a step uphill"
    share = step.change / step.slope
    if share <= 0:
        return f"the loss {went}: the step is too long"
    return f"the loss {went} by {number(share, 2)}·|∇f·Δθ|"


def waits(frame: Frame) -> bool:
    """Whether the curvature is too dear to be asked for in every frame while it plays.

    Of many parameters, and where a gradient is called for it: the run is calling it meanwhile, in a thread.
    """
    objective = frame.setup.objective
    return frame.playing and (objective.dim > SMALL or is_own(objective))


def curvature_of(frame: Frame) -> Curvature | None:
    """What is known at the cursor: of the rule and the knobs that are in force there."""
    return curvature_at(frame.setup.objective, frame.row, frame.row_before, frame.upcoming)


def short_verdict(frame: Frame) -> Verdict:
    """The verdict at the cursor, for where there is a line for it."""
    if waits(frame):
        return Verdict("", _WAITS)
    if frame.row.segment.continuation is None:
        step = step_between(frame.row_before, frame.row) if frame.row_before else None
        return Verdict("", "no step arrived here" if step is None else _of_step(step, frame.row.loss))
    found = curvature_of(frame)
    return Verdict("", "no curvature is known here") if found is None else verdict(found, frame.row)
