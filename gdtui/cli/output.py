"""Rows to stdout or to a file, with a progress bar for people."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from gdtui.cli.arguments import refuse

if TYPE_CHECKING:
    from gdtui.descent.session import Session

_SLICE = 1000


def stdout() -> TextIO:
    """Symbols are written in UTF-8, whatever the locale says."""
    if sys.stdout is None:
        refuse("stdout is closed; --output FILE writes to a file")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    return sys.stdout


def leave(code: int) -> NoReturn:
    """End the program without freeing every object, which takes as long as hundreds of rows: the system does it too."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.flush()
            except OSError as error:
                code = code or 2
                with contextlib.suppress(OSError):
                    sys.stderr.write(f"gdtui: stdout: {error.strerror}\n")
                    sys.stderr.flush()
    os._exit(code)


def write_file(session: Session, form: str, every: int, output: str, recorded: bool) -> None:
    """All rows to a temporary file beside it, which then takes the name: an old file is never left half."""
    from gdtui.storage.writing import replacing_text

    try:
        if os.path.exists(output) and not os.path.isfile(output):  # a pipe or a device keeps its place
            with open(output, "w", encoding="utf-8") as file:
                write_rows(session, form, every, file, recorded)
            return
        with replacing_text(output) as file:
            write_rows(session, form, every, file, recorded)
    except OSError as error:
        refuse(f"{output}: {error.strerror}")


def write_rows(session: Session, form: str, every: int, file: Any, recorded: bool = False) -> None:
    """All rows as they are made; ``recorded``: those that are there, and none is made."""
    from gdtui.storage.rows import FORMATS

    writer = FORMATS[form]()
    for line in writer.head(session):
        file.write(line + "\n")
    written = -1
    with _progress(session.setup.stopping.steps or 1000, not recorded) as advance:
        going = not recorded
        while True:
            count = session.branch.count
            wanted = range(-(-(written + 1) // every) * every, count, every)
            file.writelines(writer.row(session.branch.row(number), session) + "\n" for number in wanted)
            written = count - 1
            if not going:
                break
            made = session.advance(_SLICE)
            going = made == _SLICE and session.branch.end.status == "running"
            advance(made)
    if written % every:
        file.write(writer.row(session.branch.row(written), session) + "\n")
    for line in writer.tail(session):
        file.write(line + "\n")
    file.flush()
    if form == "csv" and sys.stderr.isatty():
        click.echo(session.branch.end.reason, err=True)


@contextlib.contextmanager
def _progress(length: int, shown: bool) -> Iterator[Callable[[int], object]]:
    """A progress bar on stderr for people; elsewhere not even the modules that draw it are loaded."""
    if not (shown and sys.stderr.isatty()):
        yield lambda made: None
        return
    with click.progressbar(length=length, file=sys.stderr, label="descending") as bar:
        yield bar.update
