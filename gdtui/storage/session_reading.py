"""A session file's JSON -> what it claims. It is a stranger's text: nothing is believed before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from gdtui.descent.continuation import Continuation
from gdtui.descent.endings import Progress
from gdtui.descent.layout import Layout
from gdtui.descent.program import Program, program
from gdtui.descent.setup import Setup, check_fits
from gdtui.descent.stopping import RUNNING, End, Remark, Status
from gdtui.descent.trajectory import may_be_thinned
from gdtui.objectives.objective import Array, FormulaObjective, Point
from gdtui.optimizers.pipeline import Pipeline
from gdtui.storage.rows_file import is_name
from gdtui.storage.session_parts import (
    FORMULA,
    MAX_SEED,
    read_objective,
    read_pipeline,
    read_point,
    read_setup,
    read_stopping,
    read_values,
)
from gdtui.storage.snapshot import Before, Screen, Tip
from gdtui.storage.strict_json import Place, SessionFileError, parsed

FORMAT = 1
"""The version of the file's form. Another number is refused."""
MOST = {"objectives": 1000, "pipelines": 1000, "segments": 20_000, "branches": 1000}
_MOST_ROWS = 10**12
_MOST_COUNT = 2**63


@dataclass(frozen=True)
class Claim:
    """A segment as a file claims it: what is needed to make its rows again, ``count`` of them.

    The first of a branch (``after`` is None) has a start and a state of its own; any other goes on from a row of the
    one before it.
    """

    how: Continuation
    after: int | None
    count: int
    thinned: int = 0
    start: Point = ()
    state: Mapping[str, Array] | None = None
    remark: Remark | None = None

    @property
    def first(self) -> int:
        return self.how.first

    @property
    def end(self) -> int:
        """The run's row number behind the last one."""
        return self.first + self.count


@dataclass(frozen=True)
class ClaimedSession:
    """A whole session as a file claims it. ``rows``: the name of its rows file, ``digest`` that of what is in it."""

    setup: Setup
    segments: tuple[Claim, ...]
    tips: tuple[Tip, ...]
    branch: int
    cursor: int
    hits: Mapping[str, int]
    screen: Screen
    rows: str
    digest: str


def read_session(content: bytes) -> ClaimedSession:
    """Raises SessionFileError: what is wrong, and where."""
    whole = parsed(content)
    _check_format(whole)
    found = whole.parts(
        "gdtui session", "gdtui", "rows", "objectives", "pipelines", "segments", "branches", "branch", "cursor",
        "setup", "hits", "screen",
    )  # fmt: skip
    objectives = [read_objective(p) for p in found["objectives"].items(MOST["objectives"])]
    pipelines = [read_pipeline(p) for p in found["pipelines"].items(MOST["pipelines"])]
    segments: list[Claim] = []
    for place in found["segments"].items(MOST["segments"]):
        segments.append(_segment(place, segments, objectives, pipelines))
    tips = tuple(_branch(p, segments) for p in found["branches"].items(MOST["branches"]))
    _check_order(found["segments"], segments, tips)
    setup = read_setup(found["setup"], objectives, pipelines)
    current = found["branch"].whole(0, len(tips) - 1)
    tip = segments[tips[current].last]
    if setup.objective != tip.how.program.objective:
        found["setup"].wrong("it has another objective than the branch that the session is on")
    rows = found["rows"].parts("file", "sha256")
    digest, name = rows["sha256"].text(64), rows["file"].text()
    if len(digest) != 64 or not is_name(name, digest):
        found["rows"].wrong("a rows file stands beside the session and is called NAME-<first 16 of sha256>.rows")
    cursor = found["cursor"].whole(0, tip.end - 1)
    hits = {
        Place(key, value.path).text(FORMULA, lines=True): value.whole(0, _MOST_ROWS)
        for key, value in found["hits"].table().items()
    }
    screen = _screen(found["screen"])
    return ClaimedSession(setup, tuple(segments), tips, current, cursor, hits, screen, name, digest)


def _check_format(whole: Place) -> None:
    if not isinstance(whole.value, dict) or "gdtui session" not in whole.value:
        raise SessionFileError("this is no session of gdtui: it does not say so at its beginning")
    parts = whole.table()
    version = parts["gdtui session"].whole(1, 10**6)
    if version > FORMAT:
        by = parts["gdtui"].text(40) if "gdtui" in parts else "unknown"
        raise SessionFileError(
            f"made by a newer gdtui ({by}): version {version}; this one reads {FORMAT}: update gdtui to open it"
        )


def _segment(
    place: Place, before: list[Claim], objectives: list[FormulaObjective], pipelines: list[Pipeline]
) -> Claim:  # fmt: skip
    shared = ("pipeline", "values", "rows", "thinned")
    goes_on = "after" in place.table()
    own = ("after", "row") if goes_on else ("objective", "start", "seed", "t", "state")
    found = place.parts(*shared, *own, optional=("draw", "remark"))
    pipeline = pipelines[found["pipeline"].whole(0, len(pipelines) - 1)]
    values = read_values(found["values"], pipeline)
    count = found["rows"].whole(1, _MOST_ROWS)
    if goes_on:
        after = found["after"].whole(0, len(before) - 1)
        earlier = before[after]
        first = found["row"].whole(earlier.first + 1, earlier.end - 1)
        how = earlier.how.followed_by(first, program(earlier.how.program.objective, pipeline), values)
        claim = Claim(how, after, count, start=how.program.objective.start)
    else:
        objective = objectives[found["objective"].whole(0, len(objectives) - 1)]
        start = read_point(found["start"], objective.dim)
        seed, t = found["seed"].whole(0, MAX_SEED), found["t"].whole(0, 2**53)
        how = Continuation(program(objective, pipeline), values, seed, 0, t)
        claim = Claim(how, None, count, start=start, state=_state(found["state"], how.program))
    with place.telling():
        layout = how.program.layout
        check_fits(how.program, claim.start)
    # Where it is not said what chance is keyed on it is t, as version 0.1.0 had it.
    draw0 = found["draw"].whole(0, 2**53) if "draw" in found else how.t0
    return replace(claim, thinned=found["thinned"].whole(0, may_be_thinned(count, layout.width)),
                   how=replace(how, draw0=draw0),
                   remark=_remark(found["remark"], claim, layout) if "remark" in found else None)  # fmt: skip


def _remark(place: Place, claim: Claim, layout: Layout) -> Remark:
    found = place.parts("row", "name", "coordinate", "value")
    name = found["name"].word(*(name for name, _ in layout.terms))
    coordinate = found["coordinate"].word("", *claim.how.program.objective.symbols)
    return Remark(found["row"].whole(claim.first, claim.end - 1), name, coordinate, found["value"].any_number())


def _state(place: Place, program: Program) -> dict[str, Array]:
    """Terms of row 0 that are not as the rule's init says."""
    with place.telling():
        layout = program.layout
    found = {}
    for name, value in place.parts(optional=tuple(name for name, _ in layout.terms)).items():
        numbers = np.array([p.any_number() for p in value.items(layout.dim)])
        columns = layout.columns[name]
        if len(numbers) != columns.stop - columns.start:
            value.wrong(f"{columns.stop - columns.start} numbers are wanted here; there are {len(numbers)}")
        found[name] = numbers
    return found


def _branch(place: Place, segments: list[Claim]) -> Tip:
    found = place.parts("name", "number", "segment", "forked at", "end", "progress", optional=("before",))
    last = found["segment"].whole(0, len(segments) - 1)
    sense = segments[last].how.program.sense
    before = None
    if "before" in found:
        stood = found["before"].parts("back", "stopping", "end", "progress")
        back = stood["back"].whole(0, int(segments[last].after is not None and segments[last].count == 1))
        before = Before(back, *_standing(stood, segments[last], sense), read_stopping(stood["stopping"]))
    name, number = found["name"].text(), found["number"].whole(0, _MOST_ROWS)
    forked_at = found["forked at"].whole(0, segments[last].end - 1)
    return Tip(name, number, last, forked_at, *_standing(found, segments[last], sense), sense, before)


def _standing(found: Mapping[str, Place], last: Claim, sense: float) -> tuple[End, Progress]:
    """How a branch stands at the last row of a segment."""
    end = found["end"].parts("status", "reason")
    status = Status(end["status"].word(*Status))
    reason = end["reason"].text(4000)
    progress = found["progress"].parts("best", "since", "anchor", "anchor row", "next anchor")
    anchor = tuple(p.any_number() for p in progress["anchor"].items(last.how.program.dim))
    if anchor and len(anchor) < last.how.program.dim:
        progress["anchor"].wrong("an anchor is a whole point, or nothing")
    return RUNNING if status is Status.RUNNING else End(status, reason, last.end - 1), Progress(
        sense * progress["best"].any_number(), progress["since"].whole(0, _MOST_ROWS), anchor,
        progress["anchor row"].whole(0, _MOST_COUNT), progress["next anchor"].whole(0, _MOST_COUNT),
    )  # fmt: skip


def chain_of(segments: tuple[Claim, ...] | list[Claim], last: int) -> list[int]:
    """The places of a branch's segments, from its first to its last."""
    found = [last]
    while (after := segments[found[-1]].after) is not None:
        found.append(after)
    return found[::-1]


def _check_order(place: Place, segments: list[Claim], tips: tuple[Tip, ...]) -> None:
    """Segments stand in the order in which the branches need them, and none without a branch."""
    known = 0
    for tip in tips:
        chain = [index for index in chain_of(segments, tip.last) if index >= known]
        if chain != list(range(known, known + len(chain))):
            _disorder(place)
        known += len(chain)
    if known < len(segments):
        _disorder(place)


def _disorder(place: Place) -> NoReturn:
    place.wrong("segments stand in the order in which the branches go through them, and each is in a branch")


def _screen(place: Place) -> Screen:
    found: dict[str, str | float | bool] = {}
    for key, value in place.table(32).items():
        name = Place(key, value.path).text(40)
        if isinstance(value.value, bool):
            found[name] = value.flag()
        else:
            found[name] = value.text() if isinstance(value.value, str) else value.number()
    return found
