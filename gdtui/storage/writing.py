"""Files that are written whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO


@contextmanager
def replacing(path: Path | str) -> Iterator[BinaryIO]:
    """A file to write to, which takes the name ``path`` when all is on the disk: an old one is never left half.

    Where ``path`` is a link, the file that it leads to is replaced. Raises OSError; then the old file is as it was.
    """
    target = os.path.realpath(path)
    temporary = f"{target}.part-{os.urandom(4).hex()}"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


@contextmanager
def replacing_text(path: Path | str) -> Iterator[TextIO]:
    """As `replacing`, for text in UTF-8."""
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8")
        try:
            yield text
            text.flush()
        finally:
            with suppress(OSError):  # of a write that has failed already
                text.detach()


def unwritable(path: str) -> str | None:
    """Why no file can be written at ``path``, in words; None where one can, so far as the names say."""
    if not path or "\0" in path:
        return "type the path of a file"
    try:
        os.fsencode(path)
        target = os.path.realpath(os.path.expanduser(path))
    except UnicodeError:
        return "this is no text in UTF-8; type another path"
    except OSError as error:  # the directory that one is in may be gone
        return f"{error.strerror}; type a whole path, /…"
    if os.path.isdir(target):
        return "this is a directory; type the path of a file in it"
    if os.path.exists(target) and not os.path.isfile(target):
        return "this is a pipe or a device; type the path of a file"
    if not os.path.isdir(os.path.dirname(target)):
        return "there is no such directory; it is not made for you"
    return None
