"""The branches of a session: listed, switched between, named, taken away, and set side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.style import Style
from textual.widgets import Input, OptionList

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.palette import OLDS, Role
from gdtui.descent.branches import Branch
from gdtui.descent.rows import Rows
from gdtui.descent.session import Session
from gdtui.formula.notation import number
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.formula.tokens import printable
from gdtui.storage.two_runs import compare, text_lines
from gdtui.tui.dialogs import Listing, Reading
from gdtui.tui.text import padded, style_of, width_of

_LONGEST = 24  # characters of a name
_MOST_PARTS = 3  # of a branch's line, of what made its rows


class Branches(Listing[None]):
    """Enter switches, a typed name names, delete takes away, tab sets one beside the live one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete", "remove", priority=True),
        Binding("tab", "compare", priority=True),
    ]
    keys = "escape closes · enter switches · tab compares · delete takes away"

    def __init__(self, session: Session, depth: Depth, changed: Callable[[str], None]):
        super().__init__("Branches", "a new name for the chosen one")
        self.session, self.depth, self.changed = session, depth, changed
        self.asked: Branch | None = None  # the one that the next delete takes away

    def on_mount(self) -> None:
        self.list_again(self.session.branches.index(self.session.branch))

    def list_again(self, chosen: int) -> None:
        self.offer(map(self.shown, self.session.branches), chosen)

    def shown(self, branch: Branch) -> Content:
        """In its colour on the chart: its name, rule and numbers, how far it went and where it came to."""
        branches, live = self.session.branches, branch is self.session.branch
        role = Role.PATH if live else OLDS[branch.number % len(OLDS)]
        ink = style_of(palette.look(role, self.depth), False)
        name = padded(branch.name, max(6, *(width_of(b.name) for b in branches)))
        what = f"{printable(branch.objective.name)} · " if len({b.objective.name for b in branches}) > 1 else ""
        forked = f"forked at {branch.forked_at} · " if branch.forked_at else ""
        went = f"{forked}{_steps(branch)} · loss {number(branch.row(branch.count - 1).loss)}"
        words = f"{'▸' if live else ' '} {name} {what}{printable(made_by(branch))} · {went}"
        return Content.assemble(("━━ ", Style.from_rich_style(ink)), words)

    @property
    def chosen(self) -> Branch:
        return self.session.branches[self.place]

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        name = printable(event.value.strip())[:_LONGEST]
        if name:
            self.chosen.name = name
            self.line.value = ""
            self.list_again(self.place)
            self.changed(f"named {name}")
        else:
            self.switch()

    @on(OptionList.OptionSelected)
    def switch(self) -> None:
        self.session.switch(self.chosen)
        self.changed(f"on branch {self.chosen.name}")
        self.dismiss(None)

    def action_remove(self) -> None:
        branch = self.chosen
        if branch is self.session.branch:
            self.tell("this is the live one; switch to another first")
            return
        if branch is not self.asked:
            self.asked = branch
            self.tell(f"delete again takes {branch.name} away with its {_steps(branch)}, for good")
            return
        place = self.session.branches.index(branch)
        self.session.branches.remove(branch)
        self.asked = None
        self.tell("")
        self.list_again(place)
        self.changed(f"branch {branch.name} is gone")

    def action_compare(self) -> None:
        """The chosen branch, or of the live one the branch before it, beside the live one."""
        others = [b for b in self.session.branches if b is not self.session.branch]
        branch = self.chosen if self.chosen is not self.session.branch else (others or [self.chosen])[-1]
        if branch is self.session.branch:
            self.tell("there is one branch: nothing to compare it with; F forks, r runs anew")
        elif branch.objective != self.session.branch.objective:
            self.tell("it descends another function")
        else:
            live, seen_from = self.session.branch, self.session.seen_from
            found = compare(seen_from(branch), seen_from(live), names=(branch.name, live.name))
            lines = [printable(line) for line in text_lines(found)]
            self.app.push_screen(Reading(f"{branch.name} beside {live.name}, the live one", lines))

    def action_move(self, by: int) -> None:
        self.asked = None
        self.tell("")
        super().action_move(by)


def _steps(branch: Branch) -> str:
    made = branch.count - 1
    return f"{made} step{'s' * (made != 1)}"


def made_by(branch: Branch) -> str:
    """What made its rows, in order: ``gd η 0.1 to 20, then η 0.2``, ``gd η 0.1 to 908, then momentum η 0.1``."""
    parts: list[tuple[str, str, int]] = []  # a rule, its knobs, the last row of theirs
    for segment, end in branch.makers:
        part = segment.program.pipeline.rule.name, _knobs(segment), end
        if parts and parts[-1][:2] == part[:2]:
            parts.pop()  # the same goes on
        parts.append(part)
    if len(parts) > _MOST_PARTS:
        rule, knobs, end = parts[0]
        return f"{rule} {knobs} to {end}, then {len(parts) - 2} others, at last {' '.join(parts[-1][:2])}"
    words, before = [], ""
    for rule, knobs, end in parts:
        said = knobs if rule == before else f"{rule} {knobs}".strip()
        words.append(f"{said} to {end}" if end < parts[-1][2] else said)
        before = rule
    return ", then ".join(words)


def _knobs(rows: Rows) -> str:
    """The learning rate, and what is not as by itself."""
    parameters, values = rows.program.pipeline.rule.hyperparameters, rows.values
    changed = [p for p in parameters if p.name == "lr" or values[p.name] != p.default]
    return " ".join(f"{symbol_of(p.name, RULE_SYMBOLS)} {number(values[p.name])}" for p in changed)
