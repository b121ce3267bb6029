"""What dialogs have in common: a frame over the workbench; a line to type in, and what is told of it; a list below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

Result = TypeVar("Result")


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


def told(attempt: Callable[[], object]) -> str | None:
    """What is wrong with a value, in words; None where nothing is."""
    try:
        attempt()
    except ValueError as error:
        return str(error)
    return None
