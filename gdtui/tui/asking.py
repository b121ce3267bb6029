"""Asker: opens the dialogs and turns what they bring into a new setup."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from textual.app import App

from gdtui.descent.setup import Setup
from gdtui.tui import choosing
from gdtui.tui.dialogs import Choice, Chooser, FilePrompt, Help, Prompt
from gdtui.tui.knobs import knobs_of, set_knob

Take = Callable[[Setup], None]


class Asker:
    """Asks over a screen. ``setup`` gives the one that is in force when the answer is there."""

    def __init__(self, app: Callable[[], App[None]], setup: Callable[[], Setup]):
        self.app, self.setup = app, setup

    def function(self, take: Take) -> None:
        hint = "a name, or a formula: x**2 + 3*y**2"

        def check(text: str) -> str | None:
            return told(lambda: choosing.with_objective(self.setup(), text))

        self._open(Chooser("Function", choosing.objectives(), check, hint),
                     lambda text: take(choosing.with_objective(self.setup(), text)))  # fmt: skip

    def optimizer(self, take: Take) -> None:
        def check(text: str) -> str | None:
            return told(lambda: choosing.with_optimizer(self.setup(), text))

        self._open(Chooser("Optimizer", choosing.optimizers(), check, "a name, NAME:k=v or FILE.toml"),
                     lambda text: take(choosing.with_optimizer(self.setup(), text)))  # fmt: skip

    def start(self, take: Take) -> None:
        text = ", ".join(f"{v:.12g}" for v in self.setup().start)
        self.prompt("Start: numbers, or random", text,
                    lambda typed: told(lambda: choosing.with_start(self.setup(), typed)),
                    lambda typed: take(choosing.with_start(self.setup(), typed)))  # fmt: skip

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
        self._open(Chooser("Commands", choosing.commands(), hint="what to do"), take)

    def help(self) -> None:
        self.app().push_screen(Help())

    def prompt(self, title: str, text: str, check: Callable[[str], str | None], take: Callable[[str], None]) -> None:
        self._open(Prompt(title, text, check), take)

    def choice(self, title: str, choices: Sequence[Choice], take: Callable[[str], None]) -> None:
        """One of a few; brings its value."""
        self._open(Chooser(title, choices), take)

    def file(self, title: str, path: str, take: Callable[[str], None], ending: str = "") -> None:
        """Where to write a file; brings its path."""
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
