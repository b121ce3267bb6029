"""The command table: one declaration a command. Keys, footer, palette and help all come from here."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """``keys`` as Textual names them, ``shown`` as people do; ``footer``: its label there, where it has one."""

    action: str
    keys: str
    shown: str
    help: str
    footer: str = ""
    order: int = 99


COMMANDS: tuple[Command, ...] = (
    Command("play", "space", "space", "play, pause", "play", 0),
    Command("step", "n", "n", "next iteration"),
    Command("back", "N", "N", "back one iteration"),
    Command("arrow(1, 0)", "right,l", "→ l", "next iteration; in camera mode to the right"),
    Command("arrow(-1, 0)", "left,h", "← h", "back one iteration; in camera mode to the left"),
    Command("into", "s", "s", "into the update: its next equation; inside of ∇f its next operation", "into", 3),
    Command("out_of", "S", "S", "back by one equation or operation; out of the update at its beginning"),
    Command("arrow(0, 1)", "up,k", "↑ k", "turn the selected knob up, live; in camera mode up"),
    Command("arrow(0, -1)", "down,j", "↓ j", "turn the selected knob down, live; in camera mode down"),
    Command("enter", "enter", "enter", "type the selected knob's value; on ∇f, go into it"),
    Command("leave", "escape", "escape", "out of ∇f, out of the update, out of camera mode"),
    Command("next_knob(1)", "tab", "tab", "next knob"),
    Command("next_knob(-1)", "shift+tab", "shift+tab", "previous knob"),
    Command("next_pane(1)", "v", "v", "on a small screen: next pane"),
    Command("next_pane(-1)", "V", "V", "on a small screen: previous pane"),
    Command("undo_knob", "u", "u", "undo the last turn of a knob, another start, or the runs dropped"),
    Command("anew", "r", "r", "run anew with the knobs as they are; the old run stays, dimmed", "anew", 5),
    Command("function", "f", "f", "choose a function, or type a formula", "function", 7),
    Command("optimizer", "o", "o", "choose an optimizer", "optimizer", 8),
    Command("edit_rule", "e", "e", "edit the update rule: its equations as text, their notation beside it", "rule", 9),
    Command("start", "a", "a", "type another start; random is another point each time", "", 99),
    Command("continue", "c", "c", "run at full speed to the next breakpoint or the end", "run", 4),
    Command("conditions(False)", "b", "b", "breakpoints: where a run stops by itself", "break", 6),
    Command("conditions(True)", "w", "w", "watches: expressions shown at every step"),
    Command("print", "p", "p", "print an expression at this row, with the values on the way to it"),
    Command("previous_breakpoint", "C", "C", "back to the previous breakpoint or the start"),
    Command("fork", "F", "F", "fork here: a new branch from this row on"),
    Command("branches", "t", "t", "branches: switch, name, take away, compare side by side"),
    Command("seek", "g", "g", "go to an iteration"),
    Command("home", "home", "home", "to the start"),
    Command("end", "end", "end", "to the last row"),
    Command("speed(-1)", "less_than_sign,comma", "<", "slower"),
    Command("speed(1)", "greater_than_sign,full_stop", ">", "faster"),
    Command("view(1)", "1", "1", "contour: the surface from above"),
    Command("view(2)", "2", "2", "field: arrows against the gradient; again: along it"),
    Command("view(3)", "3", "3", "surface: in three dimensions"),
    Command("view(4)", "4", "4", "slices: the function along each parameter"),
    Command("view(5)", "5", "5", "curves: loss, gradient norm, step length, watches; again: choose them"),
    Command("view(6)", "6", "6", "phase: each parameter and its state over time"),
    Command("camera", "m", "m", "camera: arrows pan or turn the chart; m or escape ends it"),
    Command("fit", "0", "0", "back to the domain and the first camera; again: all of the path"),
    Command("follow", "M", "M", "the window follows the point, or stays"),
    Command("scaling", "z", "z", "scale of bands and curves: by itself, linear, log, quantile"),
    Command("pick", "A", "A", "move a new start by the arrows; a click on the contour sets one too"),
    Command("zoom(1)", "plus", "+", "zoom in on the current point"),
    Command("zoom(-1)", "minus", "-", "zoom out"),
    Command("equal_axes", "equals_sign", "=", "equal axes: steps stand at right angles to isolines"),
    Command("plane", "y", "y", "of many parameters: choose the plane that the map shows, or lay it anew"),
    Command("coordinate(1)", "i", "i", "of a vector: the numbers of the next coordinate"),
    Command("coordinate(-1)", "I", "I", "of a vector: the numbers of the previous coordinate"),
    Command("drop", "d", "d", "drop the old runs"),
    Command("export", "x", "x", "export rows, the picture, the rule; copy the command or the Python"),
    Command("save", "", "", "save the session as…: all its runs, for gdtui FILE.gdt"),
    Command("palette", "colon", ":", "all commands"),
    Command("help", "question_mark", "?", "this help", "help", 11),
    Command("app.quit", "q", "q", "quit", "quit", 9),
)

# Footer keys that stand for more than one command.
_PAIRS = (("←→", "step", 1), ("↑↓", "turn", 2), ("<>", "speed", 10))
_footer = [(c.order, c.shown, c.footer) for c in COMMANDS if c.footer] + [(o, keys, label) for keys, label, o in _PAIRS]
FOOTER: tuple[tuple[str, str], ...] = tuple((keys, label) for _, keys, label in sorted(_footer))

MODE_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "camera": (("←→↑↓", "move"), ("+ -", "zoom"), ("0", "back"), ("m", "ends it")),
    "pick": (("←→↑↓", "move the start"), ("enter", "take it"), ("escape", "leave it")),
    "inside": (("s", "next equation"), ("S", "back"), ("n", "finish"), ("enter", "on ∇f: into it"), ("escape", "out")),
    "gradient": (("s", "next operation"), ("S", "back"), ("escape", "out of ∇f"), ("n", "finish the update")),
}
"""What the last line tells while the arrows, or s and S, have another meaning."""
