"""What the keys of the debugger do: into an update and out of it, breakpoints, watches, print."""

from __future__ import annotations

from gdtui.descent import inside
from gdtui.descent.conditions import expression
from gdtui.descent.inspection import parts_at
from gdtui.formula.notation import number, vector
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.tui.knob_actions import KnobActions
from gdtui.tui.recorded_rows import makes_rows
from gdtui.tui.text import padded, width_of

_DIGITS = 12


class DebugActions(KnobActions):
    """What is looked at inside of a step."""

    printed = ""

    @makes_rows
    def action_into(self) -> None:
        """The next equation of the update; inside of ∇f the next operation."""
        before = self.inside
        self.at_rest()
        self.bring("update")
        if before is None and self.session.at_end and not self.may_go_on():
            self.say("the run has ended here; N, then s goes into the update that arrived")
            return
        with self.telling():
            self.inside = inside.into(self.session, before)
            if self.inside is None:
                self.message = self.message or "this is the last row"
        self.show_frame()

    @makes_rows
    def action_out_of(self) -> None:
        """The equation before; from an update's beginning, the update before."""
        before = self.inside
        self.at_rest()
        self.inside = inside.out_of(self.session, before)
        if before is None and self.inside is None:
            self.message = "this is the start"
        self.show_frame()

    def action_enter(self) -> None:
        """On ∇f: into it. Where nothing is stepped into, the selected knob's value is typed."""
        if self.inside is None:
            self.action_knob()
            return
        if self.inside.done or self.inside.operation is not None:
            self.say("enter goes into ∇f alone; s goes on, escape out")
            return
        try:
            self.inside = inside.enter(self.session, self.inside)
        except (ParameterError, FormulaError) as error:
            self.message = error.message if isinstance(error, FormulaError) else str(error)
        self.show_frame()

    def action_conditions(self, watch: bool) -> None:
        from gdtui.tui.condition_dialog import Conditions

        self.at_rest_inside()
        session = self.session
        self.app.push_screen(Conditions(lambda: session.setup, self.change, session.hits, watch))

    def action_print(self) -> None:
        self.at_rest_inside()
        title = f"Print at t = {self.session.cursor}: an expression"
        program = self.session.setup.program
        self.asker.prompt(title, self.printed, lambda text: expression(text, program), self.print_at)

    def print_at(self, text: str) -> None:
        setup, branch, row = self.session.setup, self.session.branch, self.session.cursor
        self.printed = text
        parts = parts_at(expression(text, setup.program), branch, row)
        widest = max(width_of(part.notation) for part in parts)
        lines = [f"{padded(part.notation, min(widest, 60))} = {vector_or_number(part.values)}" for part in parts]
        from gdtui.tui.dialogs import Reading

        self.app.push_screen(Reading(f"{text} at t = {row}", lines))

    def action_leave(self) -> None:
        """Out of ∇f to the update, out of the update to the row."""
        if self.inside is not None:
            self.inside = inside.leave(self.inside) if self.inside.operation is not None else None
        self.message = ""
        self.show_frame()


def vector_or_number(values: tuple[float, ...]) -> str:
    """Values with all the digits that one compares by."""
    return number(values[0], _DIGITS) if len(values) == 1 else vector(values, _DIGITS, 12)
