"""The command and the Python that make a run again: the same rows to the bit, or a comment that says why not.

Where there are rows, the stopping rules are those under which a run has made them again (`replayed`). Breakpoints are
left out: outside of the explorer the first one met ends the run.
"""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gdtui.descent.branches import Branch
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup, is_own
from gdtui.descent.stopping import PARAMETERS, Stopping
from gdtui.objectives.functions import NUMERIC, FunctionObjective
from gdtui.objectives.objective import Objective
from gdtui.storage.wording import shortest, wording_of

_SLICE = 256
_BUDGET = 2**24  # bytes: the rows of a replay are looked at once
_WIDTH = 74  # columns: what a screen of 80 shows whole


@dataclass(frozen=True)
class Replay:
    """What there is to be said: a setup, ``steps`` of it (0: no row yet), and what will not be as in this run."""

    setup: Setup
    steps: int
    notes: tuple[str, ...] = ()


def replayed(session: Session) -> Generator[int, None, Replay]:
    """The setup whose run from the start has the rows of the session's branch, found by running it.

    Yields how many rows have been made again, so that whoever waits can do something else too.
    """
    branch = session.branch
    # Of the rows: what the session has in force may be for the next run.
    setup = replace(session.seen_from(branch).setup, breakpoints=())
    steps = branch.count - 1
    if steps == 0 or is_own(setup.objective):
        return Replay(setup, steps)
    turned = _changes(branch)
    if turned:
        where = ", ".join(map(str, turned[:6])) + (", ..." if len(turned) > 6 else "")
        note = f"knobs were turned at t = {where}; this is the last setting, run from the start: its rows are others"
        return Replay(setup, steps, (note,))
    far = PARAMETERS["diverge_at"].high
    limits = (replace(setup.stopping, steps=steps), Stopping(steps), Stopping(steps, diverge_at=far))
    for wanted in (replace(setup, stopping=stopping) for stopping in dict.fromkeys(limits)):
        if (yield from _makes(wanted, branch)):
            return Replay(wanted, steps)
    return Replay(setup, steps, ("this run began or went on in a way of its own: its rows are others",))


def _changes(branch: Branch) -> list[int]:
    """The rows from which on a branch goes by other equations or numbers."""
    found = []
    for (before, _), (after, _) in pairwise(branch.makers):
        same = before.program.pipeline == after.program.pipeline and before.values == after.values
        if not same or after.t0 != before.t_of(after.first):
            found.append(after.first)
    return found


def _makes(setup: Setup, branch: Branch) -> Generator[int, None, bool]:
    """Whether a run of the setup has as many rows as the branch, and in the last the same bits."""
    again = Session(setup, budget=_BUDGET)
    while again.branch.count < branch.count and again.advance(min(_SLICE, branch.count - again.branch.count)):
        yield again.branch.count
    if again.branch.count != branch.count:
        return False
    mine, theirs = again.row, branch.row(branch.count - 1)
    return [*_bits(mine.theta, mine.loss, mine.grad, *mine.terms.values())] == [
        *_bits(theirs.theta, theirs.loss, theirs.grad, *theirs.terms.values())
    ]


def _bits(*values: object) -> list[bytes]:
    return [np.asarray(value).tobytes() for value in values]


def command_of(replay: Replay) -> str:
    """The ``gdtui run`` that makes the rows, for a POSIX shell: one line, or several with a backslash between."""
    setup = replay.setup
    if is_own(setup.objective):
        return _comments([_why_no_command(setup.objective)])
    found = wording_of(setup)
    options: dict[str, str] = {} if found.optimizer == "gd" else {"-o": found.optimizer}
    options |= {} if found.lr is None else {"--lr": shortest(found.lr)}
    options |= {} if found.start is None else {"--start": ",".join(map(shortest, found.start))}
    options |= {} if found.domain is None else {"--domain": found.domain}
    options |= {} if found.dim is None else {"--dim": str(found.dim)}
    for name, value in {**_stopping(replay), **found.before}.items():
        text = value if isinstance(value, str) else shortest(value)
        options[f"--{name.replace('_', '-')}"] = "" if value is True else text
    options |= {"--seed": str(setup.seed)} if setup.seed else {}
    words = [word for name, value in options.items() for word in _option(name, value)]
    words += [word for name, value in found.constants.items() for word in ("-c", f"{name}={shortest(value)}")]
    words += [word for watch in setup.watches for word in _option("--watch", watch.text)]
    # A formula may begin with a minus sign: behind a -- nothing is taken for an option.
    words = [*words, "--", found.objective] if found.objective.startswith("-") else [found.objective, *words]
    return _comments([*found.notes, *replay.notes]) + _folded(["gdtui", "run", *words]) + "\n"


def python_of(replay: Replay) -> str:
    """The call of ``gdtui.descend`` that makes the rows."""
    setup = replay.setup
    found = wording_of(setup)
    own = setup.objective.formula is None
    named, notes = _own_gradient(setup.objective)
    if found.start is not None:
        named["start"] = repr(found.start if len(found.start) > 1 else found.start[0])
    named |= {} if found.domain is None else {"domain": _quoted(found.domain)}
    for name, value in {"lr": found.lr, **_stopping(replay), **found.before, "dim": found.dim}.items():
        named |= {} if value is None else {name: _quoted(value) if isinstance(value, str) else repr(value)}
    named |= {"constants": repr(dict(found.constants))} if found.constants else {}
    named |= {"seed": str(setup.seed)} if setup.seed else {}
    first = ["f" if own else _quoted(found.objective), *([] if found.optimizer == "gd" else [_quoted(found.optimizer)])]
    arguments = [*first, *(f"{name}={value}" for name, value in named.items())]
    line = f"run = gdtui.descend({', '.join(arguments)})"
    if len(line) > _WIDTH:
        line = "run = gdtui.descend(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
    return _comments([*notes, *found.notes, *replay.notes]) + f"import gdtui\n\n{line}\n"


def _own_gradient(objective: Objective) -> tuple[dict[str, str], list[str]]:
    """The argument that says where the gradient is from, unless it is derived; and what f and df are."""
    if not isinstance(objective, FunctionObjective):
        return {}, []
    own = objective.formula is None
    if objective.derivative is None:
        return {"grad": _quoted(NUMERIC)}, ["f: your own function"] if own else []
    return {"grad": "df"}, ["f and df: your own function and its gradient" if own else "df: your own gradient"]


def _why_no_command(objective: Objective) -> str:
    if objective.formula is None:
        return f"{objective.name} is a function of your own; gdtui run takes names and formulas"
    return f"{objective.name} goes by a gradient of yours ({objective.gradient_source}); gdtui run derives it"


def _stopping(replay: Replay) -> dict[str, float]:
    """The stopping rules that are not off, or not as they are by themselves; where there are rows, how many steps."""
    limits, usual = replay.setup.stopping, Stopping()
    found = {name: getattr(limits, name) for name in PARAMETERS if getattr(limits, name) != getattr(usual, name)}
    return found | ({"steps": replay.steps} if replay.steps else {})


def _comments(notes: Sequence[str]) -> str:
    return "".join(f"# {note}\n" for note in notes)


def _option(name: str, value: str) -> tuple[str, ...]:
    """An option with its value; one that begins with a minus sign is not to be taken for another option."""
    return (f"{name}={value}",) if value.startswith("-") else (name, value) if value else (name,)


def _folded(words: Sequence[str]) -> str:
    """The words of a command, quoted; a long one on several lines."""
    lines = [""]
    for word in map(shlex.quote, words):
        if lines[-1] and len(lines[-1]) + len(word) > _WIDTH:
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return " \\\n".join(lines)


def _quoted(text: str) -> str:
    return f'"{text}"' if text.isprintable() and not set(text) & {'"', "\\"} else repr(text)
