"""Asker: opens the dialogs and turns what they bring into a new setup."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import App

from gdtui.descent.setup import Setup
from gdtui.objectives.resolve import wants_dimension
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
        hint = "a name, or a formula: x**2 + 3*y**2"

        def check(text: str) -> str | None:
            return told(lambda: choosing.with_objective(self.setup(), text))

        def chosen(text: str) -> None:
            dim = wants_dimension(text)
            if dim is None:
                take(choosing.with_objective(self.setup(), text))
            else:
                self.dimension(text, dim, take)

        self.choice("Function", choosing.objectives(), chosen, check, hint, choosing.as_typed)

    def dimension(self, text: str, dim: int, take: Take) -> None:
        """How many parameters a typed formula over the vector x has."""

        def made(typed: str) -> Setup:
            return choosing.with_objective(self.setup(), text, choosing.checked_dimension(typed))

        self.prompt("How many parameters has the vector x?", str(dim), lambda typed: told(lambda: made(typed)),
                    lambda typed: take(made(typed)))  # fmt: skip

    def optimizer(self, take: Take) -> None:
        def check(text: str) -> str | None:
            return told(lambda: choosing.with_optimizer(self.setup(), text))

        self.choice("Optimizer", choosing.optimizers(),
                    lambda text: take(choosing.with_optimizer(self.setup(), text)), check,
                    "a name, NAME:k=v or FILE.toml")  # fmt: skip

    def start(self, take: Callable[[Setup, str], None]) -> None:
        """Another start; brings also, in words, which random one it is."""
        text = ", ".join(f"{v:.12g}" for v in self.setup().start)

        def chosen(typed: str) -> None:
            setup = self.setup()
            take(choosing.with_start(setup, typed), choosing.random_words(setup, typed))

        self.prompt("Start: 1, 2 or x=1, y=2, or random", text,
                    lambda typed: told(lambda: choosing.with_start(self.setup(), typed)), chosen)  # fmt: skip

    def knob(self, name: str, take: Take) -> None:
        """The value of a knob."""
        label, value, parameter = knobs_of(self.setup())[name]
        text = "" if value is None else f"{value:.12g}"
        off = "" if name in {p.name for p in self.setup().pipeline.rule.hyperparameters} else "; off turns it off"
        self.prompt(f"{label}: {parameter.help} ({parameter.range}{off})", text,
                    lambda typed: told(lambda: set_knob(self.setup(), name, typed)),
                    lambda typed: take(set_knob(self.setup(), name, typed)))  # fmt: skip

    def command(self, take: Callable[[str], None]) -> None:
        """One of all the commands; brings its action."""
        self.choice("Commands", choosing.commands(), take, hint="what to do")

    def help(self) -> None:
        from gdtui.tui.dialogs import Help

        self.app().push_screen(Help())

    def prompt(self, title: str, text: str, check: Callable[[str], str | None], take: Callable[[str], None]) -> None:
        from gdtui.tui.dialogs import Prompt

        self._open(Prompt(title, text, check), take)

    def choice(
        self, title: str, choices: Sequence[Choice], take: Callable[[str], None], check: Check | None = None,
        hint: str = "", describe: Callable[[str], str] = lambda text: "as typed",
    ) -> None:  # fmt: skip
        """One of several; brings its value. With ``check``, what was typed may be taken as it is."""
        from gdtui.tui.dialogs import Chooser

        self._open(Chooser(title, choices, check, hint, describe), take)

    def file(self, title: str, path: str, take: Callable[[str], None], ending: str = "") -> None:
        """Where to write a file; brings its path."""
        from gdtui.tui.dialogs import FilePrompt

        self._open(FilePrompt(title, path, ending), lambda typed: take(os.path.expanduser(typed)))

    def _open(self, dialog: Chooser | Prompt, take: Callable[[str], None]) -> None:
        def taken(found: str | None) -> None:
            if found is not None:
                take(found)

        self.app().push_screen(dialog, taken)


def told(attempt: Callable[[], object]) -> str | None:
    """What is wrong with a value, in words; None where nothing is."""
    try:
        attempt()
    except ValueError as error:
        return str(error)
    return None
