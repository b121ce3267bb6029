"""What opens over the workbench: a chooser that filters as one types, a prompt for one value, the help."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gdtui.storage.writing import unwritable
from gdtui.tui.choosing import Choice
from gdtui.tui.commands import COMMANDS
from gdtui.tui.text import two_columns, width_of

Check = Callable[[str], str | None]
"""A typed text -> what is wrong with it, or None."""


class Line(Input):
    """An input whose editing keys act in the order in which they came.

    Textual lets a key that is no letter go up to the screen first: in a burst, ctrl+u then deletes what was typed
    after it.
    """

    async def _on_key(self, event: events.Key) -> None:
        bindings = self._bindings.key_to_bindings.get(event.key)
        if bindings:
            event.stop()
            event.prevent_default()
            await self.run_action(bindings[0].action)


class Chooser(ModalScreen[str | None]):
    """Type to filter, arrows to move, enter to take. With ``check``, what was typed may be taken as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("up", "move(-1)", priority=True),
        Binding("down", "move(1)", priority=True),
    ]

    def __init__(
        self, title: str, choices: Sequence[Choice], check: Check | None = None, hint: str = "",
        describe: Callable[[str], str] = lambda text: "as typed",
    ):  # fmt: skip
        """``describe``: what is told of a text that may be taken as typed."""
        super().__init__()
        self.choices, self.check, self.hint, self.describe = list(choices), check, hint, describe
        self.heading = title
        self.matching: list[Choice] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self.heading)
            dialog.border_subtitle = Content("enter takes · escape goes back")
            yield Line(placeholder=self.hint, select_on_focus=False)
            yield Static("", markup=False, id="told")
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.filter("")

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        self.filter(event.value)

    def filter(self, text: str) -> None:
        """Names that hold what was typed; what may be taken as typed stands first, unless a name begins so."""
        text = text.strip()
        word = text.lower().replace("_", "-")
        self.matching = [c for c in self.choices if word in f"{c.label} {c.value} {c.help}".lower().replace("_", "-")]
        self.matching.sort(key=lambda c: (not c.label.lower().startswith(word), word not in c.label.lower()))
        error = self.check(text) if self.check and text else None
        if self.check and text and error is None and not any(c.label.lower().startswith(word) for c in self.choices):
            self.matching.insert(0, Choice(text, text, self.describe(text)))
        options = self.query_one(OptionList)
        options.clear_options()
        room = room_of(self)
        width = min(max((width_of(c.label) for c in self.matching), default=0) + 2, room // 2)
        options.add_options([Option(Content(two_columns(c.label, c.help, width, room))) for c in self.matching])
        if self.matching:
            options.highlighted = 0
        self.tell(None if self.matching else error or ("" if self.check else "nothing here has this in its name"))

    def tell(self, error: str | None) -> None:
        self.query_one("#told", Static).update(Content(error or ""))

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        self.take(self.matching[event.option_index].value)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        highlighted = self.query_one(OptionList).highlighted
        if self.matching and highlighted is not None:
            self.take(self.matching[highlighted].value)
        elif text and self.check:
            self.take(text)

    def take(self, value: str) -> None:
        """Close with a value, unless it cannot be taken: then say why."""
        error = self.check(value) if self.check else None
        self.tell(error)
        if error is None:
            self.dismiss(value)


def room_of(dialog: ModalScreen[Any]) -> int:
    """Cells of a line in a dialog, beside its border, its padding and a scrollbar."""
    return max(20, min(92, dialog.app.size.width * 9 // 10) - 6)


class Prompt(ModalScreen[str | None]):
    """One line to type; what is wrong with it is told as it is typed, and it is not taken so."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, title: str, text: str, check: Check):
        super().__init__()
        self.heading, self.text, self.check = title, text, check

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="prompt") as dialog:
            dialog.border_title = Content(self.heading)
            dialog.border_subtitle = Content("enter takes · escape goes back")
            yield Line(self.text, select_on_focus=True)
            yield Static("", markup=False, id="told")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        self.query_one("#told", Static).update(Content((self.check(text) if text else None) or ""))

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        error = self.refusal(text)
        self.query_one("#told", Static).update(Content(error or ""))
        if error is None:
            self.dismiss(text)

    def refusal(self, text: str) -> str | None:
        """Why what was entered is not taken; None where it is."""
        return self.check(text)


class FilePrompt(Prompt):
    """The path of a file to write, with an ending if need be. One that is there already is taken only when enter is
    pressed again."""

    def __init__(self, title: str, path: str, ending: str = ""):
        super().__init__(title, path, self.unfit)
        self.warned_of, self.ending = "", ending

    def unfit(self, text: str) -> str | None:
        if text and not text.endswith(self.ending):
            return f"the name of this file ends with {self.ending}"
        return unwritable(text)

    def refusal(self, text: str) -> str | None:
        error = self.check(text)
        if error is None and self.warned_of != text and os.path.exists(os.path.expanduser(text)):
            self.warned_of = text
            return "this file is there already; enter once more replaces it"
        return error


class Reading(ModalScreen[None]):
    """Lines to read, and to scroll where there are many."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,space", "dismiss(None)", "back"),
        Binding("down,j", "scroll(1)"),
        Binding("up,k", "scroll(-1)"),
        Binding("pagedown", "scroll(15)"),
        Binding("pageup", "scroll(-15)"),
        Binding("home", "scroll(-9999)"),
        Binding("end", "scroll(9999)"),
    ]

    def __init__(self, title: str, lines: Sequence[str]):
        super().__init__()
        self.heading, self.lines = title, lines

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="help") as dialog:
            dialog.border_title = Content(self.heading)
            dialog.border_subtitle = Content("escape closes · ↑↓ scroll")
            yield Static(Content("\n".join(self.told())), markup=False)

    def told(self) -> Sequence[str]:
        return self.lines

    def action_scroll(self, by: int) -> None:
        dialog = self.query_one("#dialog")
        dialog.scroll_relative(y=by, animate=False)


class Help(Reading):
    """Every key and what it does."""

    def __init__(self) -> None:
        super().__init__("Keys", ())

    def told(self) -> Sequence[str]:
        return [two_columns(c.shown, c.help, 11, room_of(self)) for c in COMMANDS]
