"""What opens over the workbench: a chooser that filters as one types, a prompt for one value, lines to read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gdtui.storage.writing import unwritable
from gdtui.tui.choosing import Choice
from gdtui.tui.commands import COMMANDS
from gdtui.tui.text import two_columns, width_of

Result = TypeVar("Result")
Check = Callable[[str], object]
"""Raises ValueError at a typed text that cannot be taken."""


def told(attempt: Callable[[], object]) -> str | None:
    """What is wrong with a value, in words; None where nothing is."""
    try:
        attempt()
    except ValueError as error:
        return str(error)
    return None


class Dialog(ModalScreen[Result], Generic[Result]):
    """A frame with ``heading`` above, ``keys`` below, and the widgets of `content`. ``kind``: its class of style."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]
    kind = ""
    keys = "enter takes · escape goes back"

    def __init__(self, heading: str):
        super().__init__()
        self.heading = heading

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes=self.kind) as dialog:
            dialog.border_title = Content(self.heading)
            dialog.border_subtitle = Content(self.keys)
            yield from self.content()

    @property
    def room(self) -> int:
        """Cells of a line, beside the border, its padding and a scrollbar."""
        return max(20, min(92, self.app.size.width * 9 // 10) - 6)

    def content(self) -> Iterable[Widget]:
        raise NotImplementedError  # pragma: no cover - abstract


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


class Typing(Dialog[Result]):
    """A line to type in, and below it what is wrong with what was typed."""

    def __init__(self, heading: str, hint: str = "", text: str = ""):
        super().__init__(heading)
        self.line = Line(text, placeholder=hint, select_on_focus=bool(text))
        self.line.cursor_blink = False

    def content(self) -> Iterable[Widget]:
        yield self.line
        yield Static("", markup=False, id="told")

    def tell(self, error: str | None) -> None:
        self.query_one("#told", Static).update(Content(error or ""))


class Listing(Typing[Result]):
    """A list below the line, in which up and down move while one types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", priority=True),
        Binding("down", "move(1)", priority=True),
    ]

    def content(self) -> Iterable[Widget]:
        yield from super().content()
        yield OptionList(markup=False)

    def offer(self, labels: Iterable[Content], chosen: int) -> None:
        """Show other options, with one of them highlighted: the last one where there are fewer."""
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(map(Option, labels))
        if options.option_count:
            options.highlighted = min(chosen, options.option_count - 1)

    @property
    def place(self) -> int:
        """Of the option that is highlighted."""
        return self.query_one(OptionList).highlighted or 0

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()


class Chooser(Listing[str | None]):
    """Type to filter, arrows to move, enter to take. With ``check``, what was typed may be taken as it is."""

    def __init__(
        self, title: str, choices: Sequence[Choice], check: Check | None, hint: str, describe: Callable[[str], str]
    ):
        """``describe``: what is told of a text that may be taken as typed."""
        super().__init__(title, hint)
        self.choices, self.check, self.describe = list(choices), check, describe
        self.matching: list[Choice] = []

    def on_mount(self) -> None:
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
        error = self.refusal(text) if text else None
        if self.check and text and error is None and not any(c.label.lower().startswith(word) for c in self.choices):
            self.matching.insert(0, Choice(text, text, self.describe(text)))
        width = min(max((width_of(c.label) for c in self.matching), default=0) + 2, self.room // 2)
        self.offer((Content(two_columns(c.label, c.help, width, self.room)) for c in self.matching), 0)
        self.tell(None if self.matching else error or ("" if self.check else "nothing here has this in its name"))

    def refusal(self, text: str) -> str | None:
        check = self.check
        return told(lambda: check(text)) if check else None

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        self.take(self.matching[event.option_index].value)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self.matching:
            self.take(self.matching[self.place].value)
        elif text and self.check:
            self.take(text)

    def take(self, value: str) -> None:
        """Close with a value, unless it cannot be taken: then say why."""
        error = self.refusal(value)
        self.tell(error)
        if error is None:
            self.dismiss(value)


class Prompt(Typing[str | None]):
    """One line to type; what is wrong with it is told as it is typed, and it is not taken so."""

    kind = "prompt"

    def __init__(self, title: str, text: str, check: Check):
        super().__init__(title, text=text)
        self.check = check

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        self.tell(told(lambda: self.check(text)) if text else None)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        error = self.refusal(text)
        self.tell(error)
        if error is None:
            self.dismiss(text)

    def refusal(self, text: str) -> str | None:
        """Why what was entered is not taken; None where it is."""
        return told(lambda: self.check(text))


class FilePrompt(Prompt):
    """The path of a file to write, with an ending if need be. One that is there already is taken only when enter is
    pressed again."""

    def __init__(self, title: str, path: str, ending: str):
        super().__init__(title, path, self.check_path)
        self.warned_of, self.ending = "", ending

    def check_path(self, text: str) -> None:
        if text and not text.endswith(self.ending):
            raise ValueError(f"the name of this file ends with {self.ending}")
        if wrong := unwritable(text):
            raise ValueError(wrong)

    def refusal(self, text: str) -> str | None:
        error = super().refusal(text)
        if error is None and self.warned_of != text and os.path.exists(os.path.expanduser(text)):
            self.warned_of = text
            return "this file is there already; enter once more replaces it"
        return error


class Reading(Dialog[None]):
    """Lines to read, and to scroll where there are many."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter,space", "dismiss(None)", "back"),
        Binding("down,j", "scroll(1)"),
        Binding("up,k", "scroll(-1)"),
        Binding("pagedown", "scroll(15)"),
        Binding("pageup", "scroll(-15)"),
        Binding("home", "scroll(-9999)"),
        Binding("end", "scroll(9999)"),
    ]
    kind, keys = "help", "escape closes · ↑↓ scroll"

    def __init__(self, title: str, lines: Sequence[str]):
        super().__init__(title)
        self.lines = lines

    def content(self) -> Iterable[Widget]:
        yield Static(Content("\n".join(self.told())), markup=False)

    def told(self) -> Sequence[str]:
        return self.lines

    def action_scroll(self, by: int) -> None:
        self.query_one("#dialog").scroll_relative(y=by, animate=False)


class Help(Reading):
    """Every key and what it does."""

    def __init__(self) -> None:
        super().__init__("Keys", ())

    def told(self) -> Sequence[str]:
        return [two_columns(c.shown, c.help, 11, self.room) for c in COMMANDS]
