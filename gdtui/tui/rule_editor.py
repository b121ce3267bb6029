"""The editor of the update rule: its text, its notation live beside it, and the mistake as it is typed.

Imported when it is opened: a text area takes 50 ms to import, which no start should wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static, TextArea

from gdtui.charts.cells import Depth
from gdtui.descent.setup import Setup
from gdtui.formula.tokens import printable
from gdtui.optimizers.rule_file import MAX_BYTES
from gdtui.optimizers.rule_mistake import Place
from gdtui.tui.rule_draft import Draft, doubt, notation_lines
from gdtui.tui.text import Inks, style_of, wrapped

_SIDE_BY_SIDE = 110  # columns from which the notation stands beside the text
_TINY = 15  # lines below which one must do for what is told


_OF_THE_SCREEN = {"tab": "app.focus_next", "shift+tab": "app.focus_previous", "escape": "screen.back"}
"""Keys that are no text: what they do is done before the next key is read."""


class RuleText(TextArea):
    """The text of a rule. Keys act in the order in which they came, and what is pasted is made printable."""

    def __init__(self, text: str, mark: Style):
        super().__init__(text, show_line_numbers=True, highlight_cursor_line=False)
        self.mark = mark
        self.place: Place | None = None
        self.cursor_blink = False

    def show(self, place: Place | None) -> None:
        if place != self.place:
            self.place = place
            self._line_cache.clear()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self.place and self.place.line == line_index + 1:
            first = min(self.place.column - 1, max(0, len(line) - 1))  # behind the end: the last character
            line.stylize(self.mark, first, first + self.place.width)
        return line

    async def _on_key(self, event: events.Key) -> None:
        bindings = self._bindings.key_to_bindings.get(event.key)
        if self.app.focused is not self:  # a key before it took the focus away: this one is for what has it now
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key in _OF_THE_SCREEN:
            await self.run_action(_OF_THE_SCREEN[event.key])
        elif bindings:
            await self.run_action(bindings[0].action)
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        lines = event.text[:MAX_BYTES].expandtabs(4).splitlines()
        text = "\n".join(map(printable, lines)) + "\n" * event.text.endswith(("\n", "\r"))
        self._replace_via_keyboard(text, *self.selection)
        event.stop()
        event.prevent_default()


class RuleEditor(ModalScreen[Draft | None]):
    """Brings the draft that is to be applied, or None. ``keep`` is handed the text when it closes without."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("ctrl+s", "save", "save"),
        Binding("ctrl+enter", "apply", "apply"),
        Binding("left", "app.focus_previous"),
        Binding("right", "app.focus_next"),
        Binding("up", "to_the_text"),
    ]

    def __init__(
        self, text: str, as_it_runs: str, read: Callable[[str], Draft], keep: Callable[[str], None],
        save: Callable[[Draft, Callable[[str], None]], None], depth: Depth,
    ):  # fmt: skip
        super().__init__()
        self.as_it_runs, self.read, self.keep, self.save = as_it_runs, read, keep, save
        self.inks = Inks(depth)
        self.area = RuleText(text, style_of(self.inks.error, False) + Style(underline=True))
        self.draft = read(text)
        self.reading = False
        # The last one without a mistake: its notation stays, dimmed.
        self.good = self.draft if self.draft.setup else self.read(as_it_runs)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="editor") as dialog:
            dialog.border_subtitle = Content("tab: buttons · escape: back, the text stays")
            with Container(id="sheets"):
                yield self.area
                with VerticalScroll(id="notation", can_focus=False):
                    yield Static("", markup=False)
            yield Static("", markup=False, id="told")
            with Horizontal(id="buttons"):
                for name in ("apply", "save…", "reset", "back"):
                    yield Button(name, compact=True, name=name, action=f"screen.{name.rstrip('…')}")

    def on_mount(self) -> None:
        self.area.focus()
        self.to_the_equations()

    def to_the_equations(self) -> None:
        self.area.move_cursor((min(self.good.lines.values(), default=0), 0))

    def on_resize(self, event: events.Resize) -> None:
        dialog = self.query_one("#dialog")
        dialog.set_class(event.size.width >= _SIDE_BY_SIDE, "wide")
        dialog.set_class(event.size.height < _TINY, "tiny")
        self.call_after_refresh(self.show)

    @on(TextArea.Changed)
    def typed(self) -> None:
        """Read what was typed, of a burst of keys once."""
        if not self.reading:
            self.reading = True
            self.call_after_refresh(self.read_again)

    def read_again(self) -> None:
        self.reading = False
        if self.draft.text != self.area.text:
            self.draft = self.read(self.area.text)
            if self.draft.setup:
                self.good = self.draft
            self.show()

    @on(TextArea.SelectionChanged)
    def show(self) -> None:
        rule = self.good.rule
        self.query_one("#dialog").border_title = Content(f"Update rule: {rule.name}" if rule else "Update rule")
        self.area.show(self.draft.place)
        self.tell(doubt(self.draft.setup) if self.draft.setup else self.draft.told, error=not self.draft.setup)
        if self.good.setup:
            self.show_notation(self.good.setup)

    def show_notation(self, setup: Setup) -> None:
        """Each equation where it wraps; that of the cursor's line in the accent."""
        sheet = self.query_one("#notation")
        ink = self.inks.dim if self.draft.mistake else self.inks.text
        found, here = Text(), 0
        for name, line in notation_lines(setup):
            alive = bool(name) and self.good.lines.get(name) == self.area.cursor_location[0]
            here = found.plain.count("\n") if alive else here
            look = self.inks.accent if alive else ink if name else self.inks.dim
            for part in wrapped(line, max(20, sheet.size.width - 1), 4):
                found.append(part + "\n", style_of(look, False))
        self.query_one("#notation Static", Static).update(found)
        if here < sheet.scroll_y or here >= sheet.scroll_y + sheet.size.height:
            sheet.scroll_to(y=here, animate=False)

    def tell(self, message: str, error: bool = False) -> None:
        told = self.query_one("#told", Static)
        told.set_class(not error, "calm")
        told.update(Content(message))

    def action_apply(self) -> None:
        if self.is_right():
            self.dismiss(self.draft)

    def action_save(self) -> None:
        if self.is_right():
            self.save(self.draft, self.tell)

    def is_right(self) -> bool:
        """Whether it may be applied or saved; where it has a mistake, the cursor goes there."""
        self.read_again()
        if self.draft.setup:
            return True
        self.tell(f"not taken: {self.draft.told}", error=True)
        if self.draft.place:
            self.area.move_cursor((self.draft.place.line - 1, self.draft.place.column - 1))
        self.area.focus()
        return False

    def action_to_the_text(self) -> None:
        self.area.focus()

    def action_reset(self) -> None:
        """The text of the rule that runs, in the place of what was typed; undo brings that back."""
        self.area.replace(self.as_it_runs, (0, 0), self.area.document.end)
        self.read_again()
        self.to_the_equations()
        self.area.focus()

    def action_back(self) -> None:
        self.keep(self.area.text)
        self.dismiss(None)
