"""The rows of a session in a file of their own, which bears their digest in its name: FILE-<16 hex>.rows.

float64, little endian, without a header: segment by segment what `Trajectory.kept` gives. The JSON beside it says how
many rows of which width these are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from gdtui.objectives.objective import Array
from gdtui.storage.writing import replacing

_NAME = re.compile(r"(?P<stem>[^/\\\0]+)-(?P<digest>[0-9a-f]{16})\.rows")
_HEAD = 1000  # bytes of a session file; the name of its rows file is within them
_CHUNK = 1 << 20


def digest_of(pieces: Iterable[Array]) -> str:
    """SHA-256 of rows as they stand in a file, in hexadecimal."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(as_bytes(piece))
    return found.hexdigest()


def name_of(path: Path, digest: str) -> str:
    """The name of the rows file that stands beside the session file ``path``."""
    return f"{path.stem}-{digest[:16]}.rows"


def is_name(text: str, digest: str) -> bool:
    """Whether a session file may call its rows file so: it stands beside it, and bears the digest."""
    match = _NAME.fullmatch(text)
    return match is not None and match["digest"] == digest[:16]


def write_rows(path: Path, pieces: Iterable[Array]) -> str:
    """Write the rows beside ``path`` and give their digest. What is there already is not written again."""
    found = list(pieces)
    digest = digest_of(found)
    target = path.with_name(name_of(path, digest))
    size = sum(piece.nbytes for piece in found)
    if not (target.is_file() and target.stat().st_size == size):
        with replacing(target) as file:
            for piece in found:
                file.write(as_bytes(piece))
    return digest


def remove_old_rows(path: Path) -> None:
    """Remove rows files of the session ``path`` that no session file in its directory names any more."""
    old = [p for p in path.parent.glob("*.rows") if (match := _NAME.fullmatch(p.name)) and match["stem"] == path.stem]
    heads = [head_of(p) for p in path.parent.glob("*.gdt")]
    for candidate in old:
        if not any(json.dumps(candidate.name, ensure_ascii=False).encode() in head for head in heads):
            candidate.unlink(missing_ok=True)


def head_of(path: Path) -> bytes:
    """The beginning of a session file; nothing of one that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


class RowsReader:
    """Reads a rows file piece by piece, and knows the digest of what was read."""

    def __init__(self, file: BinaryIO):
        self._file, self._digest = file, hashlib.sha256()

    def reader(self, width: int) -> Callable[[int], Array]:
        """So many rows of this width as are asked for. Raises EOFError where there are not."""

        def read(rows: int) -> Array:
            found = np.empty((rows, width), dtype="<f8")
            room = found.data.cast("B") if found.size else memoryview(bytearray())
            if self._file.readinto(room) < found.nbytes:  # type: ignore[attr-defined]
                raise EOFError
            self._digest.update(room)
            return np.asarray(found, dtype=np.float64)

        return read

    def digest(self) -> str:
        """Of everything that was read, and of what stands behind it."""
        while block := self._file.read(_CHUNK):
            self._digest.update(block)
        return self._digest.hexdigest()


def as_bytes(piece: Array) -> memoryview:
    """Rows as they stand in a file."""
    return np.ascontiguousarray(piece, dtype="<f8").data.cast("B") if piece.size else memoryview(b"")


def size_of(path: Path) -> int | None:
    """Bytes of a regular file; None where there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
