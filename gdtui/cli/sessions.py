"""Sessions on the command line: which one is meant, and whether it is what it claims."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from gdtui.cli.arguments import as_typed, mistakes_told, refuse, retyped

if TYPE_CHECKING:
    from gdtui.descent.session import Session
    from gdtui.storage.opening import Shown
    from gdtui.storage.recording import Recording

_OF_OUTPUT = ("form", "every", "output", "chart")  # they say how rows are shown, not how they are made


def is_session(word: str) -> bool:
    """Whether a word names a session file."""
    return word.endswith(".gdt")


def is_recorded(word: str) -> bool:
    """Whether a word names a recorded run."""
    return word.lower().endswith((".csv", ".jsonl"))


def refuse_file(word: str, wanted: str = "an objective") -> None:
    """Refuse a file where something else is wanted, and say what takes it."""
    if is_recorded(word):
        refuse(f"{word}: {wanted} is wanted here; gdtui {retyped(word, 'FILE')} opens it as a recorded run")
    if is_session(word):
        refuse(f"{word}: {wanted} is wanted here; gdtui FILE.gdt, gdtui run and gdtui verify take a session")
    if re.search(r"\.[A-Za-z]\w*$", word) and os.path.isfile(word):  # no formula ends so
        refuse(f"{word}: a recorded run is called .csv or .jsonl, a session .gdt, a rule .toml (-o)")


def read_run(file: str) -> Recording:
    """The recorded run in a file; what is to be said of how it was read goes to stderr."""
    from pathlib import Path

    from gdtui.storage.recording import read_recording

    with mistakes_told():
        recording = read_recording(Path(file))
    if recording.note:
        click.echo(f"gdtui: {file}: {recording.note}", err=True)
    return recording


def to_show(context: click.Context, word: str | None) -> Shown:
    """The session in a file, or the one that saved itself last, for the explorer."""
    from pathlib import Path

    from gdtui.storage.autosave import directory, latest
    from gdtui.storage.opening import load_to_show

    _check_alone(context, word)
    with mistakes_told():
        return load_to_show(Path(word) if word is not None else latest(directory()))


def run_to_show(context: click.Context, file: str, breakpoints: Sequence[str], watches: Sequence[str]) -> Shown:
    """The recorded run in a file, for the explorer."""
    from pathlib import Path

    from gdtui.descent.breakpoints import added
    from gdtui.storage.opening import Shown
    from gdtui.storage.recorded_session import opened
    from gdtui.storage.recording import read_recording

    _check_alone(context, file, "breakpoints", "watches")
    with mistakes_told():
        found = opened(read_recording(Path(file)))
        for watch, texts in ((False, breakpoints), (True, watches)):
            for text in texts:
                found.session.setup = added(found.session.setup, as_typed(text), watch)
        return Shown(found)


def _check_alone(context: click.Context, word: str | None, *taken: str) -> None:
    """Refuse what does not go with a session; ``taken``: what does."""
    named = context.get_parameter_source("objective") is ParameterSource.COMMANDLINE
    if word is None and named:
        refuse("--resume opens the session that saved itself last; leave the objective out")
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and parameter.name not in ("objective", "resume", *_OF_OUTPUT, *taken):
            has = "a recorded run" if word is not None and is_recorded(word) else "a session"
            refuse(f"{word or '--resume'}: {has} has settings of its own; open it without {parameter.opts[0]}")


def recorded_in(context: click.Context, file: str) -> Session:
    """As `read_session`, for a command whose options are for the session that it would make itself."""
    _check_alone(context, file)
    return read_session(file)


def read_session(file: str) -> Session:
    """The session in a file; what is to be said of its rows goes to stderr."""
    from pathlib import Path

    from gdtui.storage.session_file import load

    with mistakes_told():
        found = load(Path(file))
    if found.note:
        click.echo(f"gdtui: {found.note}", err=True)
    return found.session


@click.command()
@click.argument("file", metavar="FILE.gdt")
def verify(file: str) -> None:
    """Replay a saved session: is it what it claims?

    Ends with status 0 where it is, 1 where it is not, 2 where it cannot be read.
    """
    from pathlib import Path

    from gdtui.storage.verification import verify as verified

    if is_recorded(file):
        refuse_file(file, "a session")
    with mistakes_told():
        report = verified(Path(file))
    click.echo(f"{file}: {report.sentence}")
    sys.exit(0 if report.holds else 1)
