"""The breakpoints and the watches of a run: typed, turned off and on, taken away. Each change holds at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList

from gdtui.descent import breakpoints
from gdtui.descent.conditions import ready_made
from gdtui.descent.setup import Setup
from gdtui.formula.tokens import printable
from gdtui.tui.dialogs import Listing, told


@dataclass(frozen=True)
class Item:
    """One line: the text of what is there, or of what is ready made and may be added."""

    text: str
    label: str
    there: bool = True


class Conditions(Listing[None]):
    """Type an expression and enter adds it; on an empty line enter acts on the chosen one, delete takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "remove", priority=True)]

    def __init__(self, setup: Callable[[], Setup], take: Callable[[Setup], None], hits: Mapping[str, int], watch: bool):
        hint = "an expression: norm(delta)/norm(theta)" if watch else "a condition: loss > 1.5*prev(loss)"
        super().__init__("Watches" if watch else "Breakpoints", hint)
        self.keys = f"escape closes · enter adds · {'' if watch else 'enter on or off · '}delete takes away"
        self.setup, self.take, self.hits, self.of_watches = setup, take, hits, watch
        self.items: list[Item] = []

    def on_mount(self) -> None:
        self.list_again()

    def list_again(self, chosen: int = 0) -> None:
        self.items = items_of(self.setup(), self.hits, self.of_watches)
        self.offer((Content(item.label) for item in self.items), chosen)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        self.tell(told(lambda: breakpoints.added(self.setup(), text, self.of_watches)) if text else None)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if text:
            self.add(text)
        else:
            self.act()

    def add(self, text: str) -> None:
        error = told(lambda: self.take(breakpoints.added(self.setup(), text, self.of_watches)))
        self.tell(error)
        if error is None:
            self.line.value = ""
            self.list_again()

    @on(OptionList.OptionSelected)
    def act(self) -> None:
        """On what is there: off or on. What is ready made is added."""
        item = self.chosen
        if item is None:
            return
        if not item.there:
            self.add(item.text)
        elif not self.of_watches:
            self.take(breakpoints.toggled(self.setup(), item.text))
            self.list_again(self.place)

    def action_remove(self) -> None:
        item = self.chosen
        if item is not None and item.there and not self.line.value:
            self.take(breakpoints.removed(self.setup(), item.text, self.of_watches))
            self.list_again(self.place)

    @property
    def chosen(self) -> Item | None:
        return self.items[self.place] if self.items else None


def items_of(setup: Setup, hits: Mapping[str, int], watch: bool) -> list[Item]:
    """What is there, in one order whether it is on or off, then what is ready made."""
    asked = {found.text for found in (setup.watches if watch else setup.breakpoints)}
    resting = {r.text: r for r in setup.resting if r.watch is watch}
    found = []
    for text in sorted([*asked, *resting]):
        if text in asked:
            count = hits.get(text, 0)
            more = "" if watch else f"   {count} hit{'s' * (count != 1)}"
            found.append(Item(text, f"● {printable(text)}{more}"))
        elif resting[text].why:
            found.append(Item(text, f"◌ {printable(text)}   waits: {printable(resting[text].why)}"))
        else:
            found.append(Item(text, f"○ {printable(text)}   off"))
    if not watch:
        there = {item.text for item in found}
        ready = ready_made(setup.pipeline)
        found += [Item(text, f"+ {name}: {help}", False) for name, (text, help) in ready.items() if text not in there]
    return found
