"""Asker: opens the dialogs and turns what they bring into a new setup."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import App

from gdtui.descent.setup import Setup
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.objectives.resolve import wants_dimension
from gdtui.objectives.typed import DIM
from gdtui.optimizers.catalogue import RULES
from gdtui.tui import choosing
from gdtui.tui.choosing import Choice
from gdtui.tui.knobs import knobs_of, set_knob

# The dialogs are imported when one is opened: a start does not wait for them.
if TYPE_CHECKING:
    from gdtui.tui.dialogs import Check, Chooser, Prompt

Take = Callable[[Setup], None]


class Asker:
    """Asks over a screen. ``setup`` gives the one that is in force when the answer is there."""

    def __init__(self, app: Callable[[], App[None]], setup: Callable[[], Setup]):
        self.app, self.setup = app, setup

    def function(self, take: Take) -> None:
        def changed(text: str) -> Setup:
            return choosing.with_objective(self.setup(), text)

        def chosen(text: str) -> None:
            dim = wants_dimension(text)
            if dim is None:
                take(changed(text))
            else:
                self.dimension(text, dim, take)

        hint = "a name, or a formula: x**2 + 3*y**2"
        choices = [Choice(o.name, o.name, o.notation) for o in OBJECTIVES]
        self.choice("Function", choices, chosen, changed, hint, choosing.as_typed)

    def dimension(self, text: str, dim: int, take: Take) -> None:

        def changed(typed: str) -> Setup:
            return choosing.with_objective(self.setup(), text, int(DIM.check(typed)))

        self.changing("How many parameters has the vector x?", str(dim), changed, take)

    def optimizer(self, take: Take) -> None:
        def changed(text: str) -> Setup:
            return choosing.with_optimizer(self.setup(), text)

        hint = "a name, NAME:k=v or FILE.toml"
        choices = [Choice(rule.name, rule.name, rule.help) for rule in RULES]
        self.choice("Optimizer", choices, lambda text: take(changed(text)), changed, hint)

    def start(self, take: Callable[[Setup, str], None]) -> None:
        """Another start; brings also, in words, which random one it is."""
        text = ", ".join(f"{v:.12g}" for v in self.setup().start)

        def changed(typed: str) -> Setup:
            return choosing.with_start(self.setup(), typed)

        def chosen(typed: str) -> None:
            take(changed(typed), choosing.random_words(self.setup(), typed))

        self.prompt("Start: 1, 2 or x=1, y=2, or random", text, changed, chosen)

    def knob(self, name: str, take: Take) -> None:
        label, value, parameter = knobs_of(self.setup())[name]
        text = "" if value is None else f"{value:.12g}"
        off = "" if self.setup().pipeline.rule.has(name) else "; off turns it off"
        title = f"{label}: {parameter.help} ({parameter.range}{off})"
        self.changing(title, text, lambda typed: set_knob(self.setup(), name, typed), take)

    def changing(self, title: str, text: str, changed: Callable[[str], Setup], take: Take) -> None:
        self.prompt(title, text, changed, lambda typed: take(changed(typed)))

    def prompt(self, title: str, text: str, check: Check, take: Callable[[str], object]) -> None:
        from gdtui.tui.dialogs import Prompt

        self._open(Prompt(title, text, check), take)

    def choice(
        self, title: str, choices: Sequence[Choice], take: Callable[[str], object], check: Check | None = None,
        hint: str = "", describe: Callable[[str], str] = lambda text: "as typed",
    ) -> None:  # fmt: skip
        """One of several; brings its value. With ``check``, what was typed may be taken as it is."""
        from gdtui.tui.dialogs import Chooser

        self._open(Chooser(title, choices, check, hint, describe), take)

    def file(self, title: str, path: str, take: Callable[[str], object], ending: str = "") -> None:
        """Where to write a file; brings its path."""
        from gdtui.tui.dialogs import FilePrompt

        self._open(FilePrompt(title, path, ending), lambda typed: take(os.path.expanduser(typed)))

    def _open(self, dialog: Chooser | Prompt, take: Callable[[str], object]) -> None:
        def taken(found: str | None) -> None:
            if found is not None:
                take(found)

        self.app().push_screen(dialog, taken)
