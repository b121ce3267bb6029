"""A session in a file: FILE.gdt, JSON with all that makes the session, and beside it FILE-<digest>.rows with its rows.

The rows are written first, under the name of their digest, and the JSON is renamed last: at every moment there is a
whole session under FILE.gdt. The JSON alone is enough: rows that are missing are computed again, to the same bits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gdtui.descent.endings import Progress
from gdtui.descent.entry import entry_row
from gdtui.descent.program import Program
from gdtui.descent.session import Session
from gdtui.descent.stopping import End
from gdtui.formula.tokens import printable
from gdtui.storage.restoring import branches_of, from_file, replay, restored
from gdtui.storage.rows_file import digest_of, name_of, remove_old_rows, write_rows
from gdtui.storage.session_parts import as_words, objective_written, pipeline_written, setup_written, stopping_written
from gdtui.storage.session_reading import FORMAT, MOST, ClaimedSession, read_session
from gdtui.storage.snapshot import Screen, Snapshot, Stretch, Tip, snapshot
from gdtui.storage.strict_json import MAX_BYTES, SessionFileError, naming
from gdtui.storage.writing import replacing
from gdtui.version import VERSION


@dataclass(frozen=True)
class Opened:
    """A session from a file. ``note``: what is to be said of its rows, where they were not there."""

    session: Session
    screen: Screen
    note: str = ""


def save(session: Session, path: Path, screen: Screen | None = None) -> None:
    """Write a session to FILE.gdt. Raises SessionFileError; an old file is then as it was."""
    write(snapshot(session, screen), path)


def write(taken: Snapshot, path: Path) -> None:
    """`save` of a snapshot: in a thread, say, while the session goes on."""
    try:
        replace_session(taken, path)
    except OSError as error:
        raise SessionFileError(f"{printable(str(path))}: {error.strerror}; the session was not saved") from None


def replace_session(taken: Snapshot, path: Path, with_rows: bool = True) -> None:
    """As `write`; raises OSError for what the system refuses, too. Not ``with_rows``, their digest alone is written."""
    shown = printable(str(path))
    if path.suffix != ".gdt":
        raise SessionFileError(f"{shown}: a session file's name ends with .gdt")
    try:
        path.name.encode("utf-8")
    except UnicodeError:
        raise SessionFileError(f"{shown}: this name is no text in UTF-8; give another") from None
    found = _written(taken)
    if path.exists() and not path.is_file():
        raise SessionFileError(f"{shown}: this is no regular file; give another name")
    try:
        rows = (piece for stretch in taken.stretches for piece in stretch.rows)
        digest = write_rows(path, rows) if with_rows else digest_of(rows)
        content = _lines({**_head(name_of(path, digest), digest), **found}).encode("utf-8")
        if len(content) > MAX_BYTES:
            raise SessionFileError(f"{shown}: this session takes more than {MAX_BYTES >> 20} MB; d drops the old runs")
        with replacing(path) as file:
            file.write(content)
    finally:  # the rows of the session before, or of this one if it could not be saved
        with suppress(OSError):
            remove_old_rows(path)


def _head(rows: str, digest: str) -> dict[str, Any]:
    return {"gdtui session": FORMAT, "gdtui": VERSION, "rows": {"file": rows, "sha256": digest}}


def _written(taken: Snapshot) -> dict[str, Any]:
    """All but the head."""
    setup = taken.setup
    programs = [setup.program, *(stretch.continuation.program for stretch in taken.stretches)]
    objectives = list(dict.fromkeys(program.objective for program in programs))
    pipelines = list(dict.fromkeys(program.pipeline for program in programs))
    objective_at = {objective: k for k, objective in enumerate(objectives)}
    pipeline_at = {pipeline: k for k, pipeline in enumerate(pipelines)}

    def places(program: Program) -> tuple[int, int]:
        return objective_at[program.objective], pipeline_at[program.pipeline]

    found: dict[str, Any] = {
        "branch": taken.branch, "cursor": taken.cursor, "screen": dict(taken.screen), "hits": dict(taken.hits),
        "setup": setup_written(setup, *places(setup.program)),
        "objectives": [objective_written(objective) for objective in objectives],
        "pipelines": [pipeline_written(pipeline) for pipeline in pipelines],
        "branches": [_branch(tip) for tip in taken.tips],
        "segments": [_segment(stretch, *places(stretch.continuation.program)) for stretch in taken.stretches],
    }  # fmt: skip
    for key, most in MOST.items():
        if len(found[key]) > most:
            there = f"there are {len(found[key])}: d drops the old runs"
            raise SessionFileError(f"a session file holds up to {most} {key}; {there}")
    return found


def _segment(stretch: Stretch, objective: int, pipeline: int) -> dict[str, Any]:
    segment, how = stretch.segment, stretch.continuation
    shared = {"pipeline": pipeline, "values": how.values, "rows": stretch.count, "thinned": stretch.thinned}
    if how.draw0 != how.t0:
        shared["draw"] = how.draw0
    remark = segment.remark
    if remark is not None and remark.row < segment.first + stretch.count:
        shared["remark"] = remark._asdict() | {"value": as_words(remark.value)}
    if stretch.after is not None:
        return {"after": stretch.after, "row": segment.first, **shared}
    entry = stretch.rows[0][0]
    theta = entry[: segment.layout.dim]
    fresh = entry_row(how.program, how.values, np.array(theta), (how.seed, how.t0))
    state = {}
    for name, _ in segment.layout.terms:
        numbers = entry[segment.layout.columns[name]]
        if numbers.tobytes() != fresh[segment.layout.columns[name]].tobytes():
            state[name] = [as_words(v) for v in numbers.tolist()]
    own = {"objective": objective, "start": theta.tolist(), "seed": how.seed, "t": how.t0, "state": state}
    return {**own, **shared}


def _branch(tip: Tip) -> dict[str, Any]:
    found = {"name": tip.name, "number": tip.number, "segment": tip.last, "forked at": tip.forked_at}
    found |= _standing(tip.end, tip.progress, tip.sense)
    if tip.before is not None:
        back, end, progress, stopping = tip.before
        stood = _standing(end, progress, tip.sense)
        found["before"] = {"back": back, "stopping": stopping_written(stopping), **stood}
    return found


def _standing(end: End, progress: Progress, sense: float) -> dict[str, Any]:
    """How a branch stands at its last row."""
    return {
        "end": {"status": str(end.status), "reason": end.reason},
        "progress": {
            "best": as_words(sense * progress.best), "since": progress.since,
            "anchor": [as_words(v) for v in progress.anchor],
            "anchor row": progress.anchor_row, "next anchor": progress.next_anchor,
        },
    }  # fmt: skip


def _lines(found: dict[str, Any]) -> str:
    """JSON with a line for every part, so that a person can read it too."""

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    parts = []
    for key, value in found.items():
        many = isinstance(value, list) and value
        shown = "[\n  " + ",\n  ".join(map(text, value)) + "\n ]" if many else text(value)
        parts.append(f" {text(key)}: {shown}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def load(path: Path) -> Opened:
    """The session in FILE.gdt. Raises SessionFileError: what is wrong, where in the file, and what to do."""
    claim = claimed(path)
    with naming(path):
        rows = path.with_name(claim.rows)
        branches = from_file(claim, rows)
        if branches is not None:
            return Opened(restored(claim, branches), claim.screen)
        branches = branches_of(claim, replay)
        session = restored(claim, branches)
    return Opened(session, claim.screen, again_note(claim, path, digest_of(pieces_of(session))))


def again_note(claim: ClaimedSession, path: Path, digest: str) -> str:
    """What is to be said of rows that were computed again, and have this digest."""
    why = "is missing" if not path.with_name(claim.rows).exists() else "is damaged or another's"
    same = "they are the same to the bit"
    verdict = same if digest == claim.digest else "they are not those that were saved: gdtui verify says more"
    return f"{claim.rows} {why}; its rows were computed again: {verdict}"


def pieces_of(session: Session) -> Iterator[Any]:
    """The rows of a session as they stand in its rows file."""
    return (piece for stretch in snapshot(session).stretches for piece in stretch.rows)


def claimed(path: Path) -> ClaimedSession:
    """What FILE.gdt claims, checked for sense but not for truth. Raises SessionFileError."""
    with naming(path):
        try:
            if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for
                raise SessionFileError("this is no regular file")
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise SessionFileError(str(error.strerror)) from None
        if len(content) > MAX_BYTES:
            raise SessionFileError(f"this is no session of gdtui: it has more than {MAX_BYTES >> 20} MB")
        return read_session(content)
