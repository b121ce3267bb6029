"""What the keys of the debugger do: into an update and out of it, equation by equation."""

from __future__ import annotations

from gdtui.descent import inside
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.tui.knob_actions import KnobActions


class DebugActions(KnobActions):
    """What is looked at inside of a step."""

    def action_into(self) -> None:
        """The next equation of the update; inside of ∇f the next operation."""
        before = self.inside
        self.at_rest()
        if before is None and self.session.at_end and not self.may_go_on():
            return
        with self.telling():
            self.inside = inside.into(self.session, before)
            if self.inside is None:
                self.message = self.message or "this is the last row"
        self.show_frame()

    def action_out_of(self) -> None:
        """The equation before; from an update's beginning, the update before."""
        before = self.inside
        self.at_rest()
        self.inside = inside.out_of(self.session, before)
        if before is None and self.inside is None:
            self.message = "this is the start"
        self.show_frame()

    def action_enter(self) -> None:
        """On ∇f: into it. Elsewhere the selected knob's value is typed."""
        if self.inside is None or self.inside.done or self.inside.operation is not None:
            self.action_knob()
            return
        try:
            self.inside = inside.enter(self.session, self.inside)
        except (ParameterError, FormulaError) as error:
            self.message = error.message if isinstance(error, FormulaError) else str(error)
        self.show_frame()

    def action_leave(self) -> None:
        """Out of ∇f to the update, out of the update to the row."""
        if self.inside is not None:
            self.inside = inside.leave(self.inside) if self.inside.operation is not None else None
        self.message = ""
        self.show_frame()
