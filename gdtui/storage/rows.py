"""Rows of a run as text: a table for people, JSON lines and CSV for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

import numpy as np

from gdtui.descent.branches import layouts
from gdtui.descent.rows import Row
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.formula.notation import fitted, number
from gdtui.storage.writing import replacing_text
from gdtui.version import VERSION

_TABLE_PARAMETERS = 6
_WIDTH = 11


def header_of(session: Session) -> dict[str, Any]:
    """What was run: enough to run it again; of a branch whose knobs were turned, the last setting."""
    setup = session.setup
    found: dict[str, Any] = {
        "kind": "header", "gdtui": VERSION, "objective": setup.objective.name,
        "optimizer": setup.pipeline.rule.name, "hyperparameters": dict(setup.values),
        "names": list(setup.objective.names), "start": plain(np.array(setup.start)), "seed": setup.seed, "data": None,
    }  # fmt: skip
    if setup.objective.formula is not None:
        found["formula"] = setup.objective.formula
    as_written = {p.name: p.default for p in setup.objective.constants} | {"dim": setup.objective.settings.get("dim")}
    constants = {name: v for name, v in setup.objective.settings.items() if as_written.get(name) != v}
    if constants:
        found["constants"] = constants
    if setup.objective.gradient_source:
        found["gradient"] = setup.objective.gradient_source
    if setup.pipeline.schedule is not None:
        found["schedule"] = setup.pipeline.schedule.name
    return found | dict.fromkeys(_flags(setup), True)


def _flags(setup: Setup) -> list[str]:
    """What stands before the rule without a number."""
    return [stage.name for stage in setup.pipeline.stages if not stage.numbers]


def plain(value: Any) -> Any:
    """Numbers as JSON takes them: floats that read back to the same bits, non-finite ones as words."""
    if isinstance(value, np.ndarray) and value.ndim:
        numbers = value.tolist()
        return numbers if all(map(math.isfinite, numbers)) else [*map(plain, numbers)]
    found = float(value)
    if math.isfinite(found):
        return found
    if math.isnan(found):
        return "NaN"
    return "Infinity" if found > 0 else "-Infinity"


def record(row: Row, session: Session) -> dict[str, Any]:
    """One row as the object of a JSON line."""
    found: dict[str, Any] = {
        "kind": "step", "t": row.number, "params": plain(row.theta), "loss": plain(row.loss), "grad": plain(row.grad),
        "grad_norm": plain(row.grad_norm), "lr": None if row.lr is None else plain(row.lr),
    }  # fmt: skip
    if row.number:
        rate = _recorded_rate(session)
        found["terms"] = {name: plain(value) for name, value in row.terms.items() if name != rate}
    if session.setup.watches:
        found["watches"] = watches_of(row, session)
    return found


def _recorded_rate(session: Session) -> str | None:
    """The term of recorded rows that is their learning rate: it is written as that alone."""
    pipeline = session.setup.pipeline
    return None if pipeline.recorded is None else pipeline.lr_name


def watches_of(row: Row, session: Session) -> dict[str, Any]:
    return {w.text: plain(session.values_of(w, row.number, row.number + 1)[..., 0]) for w in session.setup.watches}


# json and csv are imported by the format that writes them: a table starts without.


def json_line(found: dict[str, Any]) -> str:
    import json

    return json.dumps(found, ensure_ascii=False)


class Writer(Protocol):
    """Rows as lines of text: what comes before them, each of them, and what comes behind."""

    def head(self, session: Session) -> Iterator[str]: ...

    def row(self, row: Row, session: Session) -> str: ...

    def tail(self, session: Session) -> Iterator[str]: ...


class JsonLines:
    """A header, a line a row, an end."""

    def head(self, session: Session) -> Iterator[str]:
        yield json_line(header_of(session))

    def row(self, row: Row, session: Session) -> str:
        return json_line(record(row, session))

    def tail(self, session: Session) -> Iterator[str]:
        end = session.branch.end
        steps = session.branch.count - 1
        yield json_line({"kind": "end", "status": str(end.status), "reason": end.reason, "steps": steps})


class Csv:
    """Columns: t, the parameters, loss, grad_NAME, grad_norm, lr, terms, watches."""

    def __init__(self) -> None:
        self.terms: list[tuple[str, tuple[int, ...]]] = []

    def head(self, session: Session) -> Iterator[str]:
        names = session.setup.objective.names
        columns = ["t", *names, "loss", *(f"grad_{n}" for n in names), "grad_norm", "lr"]
        # Each kind once: of a branch whose rule was changed for another, those of both.
        terms = (term for layout in layouts(session.branch) for term in layout.terms)
        self.terms = [term for term in dict.fromkeys(terms) if term[0] != _recorded_rate(session)]
        for name, shape in self.terms:
            columns += _column_names(name, shape, names)
        for watch in session.setup.watches:
            size = watch.node.shape
            columns += [f"{watch.text}[{k}]" for k in range(size[0])] if size else [watch.text]
        yield _csv_line(columns)

    def row(self, row: Row, session: Session) -> str:
        cells: list[Any] = [row.number, *plain(row.theta), plain(row.loss), *plain(row.grad), plain(row.grad_norm)]
        cells.append("" if row.lr is None else plain(row.lr))
        for name, shape in self.terms:
            cells += _cells(row, name, shape)
        for value in watches_of(row, session).values():
            cells += value if isinstance(value, list) else [value]
        return ",".join(map(str, cells))  # of a float its shortest digits; none of these is ever to be quoted

    def tail(self, session: Session) -> Iterator[str]:
        return iter(())


def _cells(row: Row, name: str, shape: tuple[int, ...]) -> list[Any]:
    if name not in row.terms or row.terms[name].shape != shape:
        return [""] * (shape[0] if shape else 1)
    value = plain(row.terms[name])
    return value if isinstance(value, list) else [value]


def _column_names(name: str, shape: tuple[int, ...], parameters: tuple[str, ...]) -> list[str]:
    if not shape:
        return [name]
    if shape[0] == len(parameters):
        return [f"{name}_{p}" for p in parameters]
    return [f"{name}_{k}" for k in range(shape[0])]


def _csv_line(names: list[str]) -> str:
    import csv
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


class Table:
    """Aligned columns of four significant digits."""

    def head(self, session: Session) -> Iterator[str]:
        setup = session.setup
        yield f"{setup.objective.title} · {rule_and_values(setup)}"
        shown = list(setup.objective.symbols[:_TABLE_PARAMETERS])
        more = [f"+{setup.objective.dim - _TABLE_PARAMETERS}"] if setup.objective.dim > _TABLE_PARAMETERS else []
        columns = [*shown, *more, "loss", "‖∇f‖", "lr", *(w.text for w in setup.watches)]
        yield f"{'t':>8}" + "".join(_cell(c) for c in columns)

    def row(self, row: Row, session: Session) -> str:
        dim = session.setup.objective.dim
        cells = [fitted(v, _WIDTH - 2) for v in row.theta[:_TABLE_PARAMETERS].tolist()]
        cells += ["…"] * (dim > _TABLE_PARAMETERS)
        cells += [fitted(v, _WIDTH - 2) for v in (row.loss, row.grad_norm)]
        cells.append("–" if row.lr is None else fitted(row.lr, _WIDTH - 2))
        watched = session.setup.watches
        for watch in watched:
            values = session.values_of(watch, row.number, row.number + 1)[..., 0]
            cell = " ".join(number(v) for v in np.atleast_1d(values)[:4].tolist())
            cells.append(cell.rjust(len(watch.text)))
        return f"{row.number:>8}" + "".join(_cell(c) for c in cells)

    def tail(self, session: Session) -> Iterator[str]:
        yield session.branch.end.reason or f"not at its end: {session.branch.count - 1} steps so far"


def _cell(text: str) -> str:
    return "  " + text.rjust(_WIDTH - 2)


def rule_and_values(setup: Setup) -> str:
    """The rule's name, and every hyperparameter with its value."""
    unread = setup.pipeline.unread(setup.objective.dim)
    given = ", ".join(
        f"{name} = {number(value)}{' (no equation reads it)' if name in unread else ''}"
        for name, value in setup.values.items()
    )
    rule = setup.pipeline.rule
    schedule = setup.pipeline.schedule
    parts = [
        rule.name + (f" ({rule.source})" if rule.source else ""), f"schedule {schedule.name}" if schedule else "",
        *_flags(setup), given,
    ]  # fmt: skip
    return " · ".join(filter(None, parts))


FORMATS: dict[str, Callable[[], Writer]] = {"table": Table, "jsonl": JsonLines, "csv": Csv}


def written(session: Session, form: str, path: str) -> Generator[int, None, int]:
    """Write the rows that there are to a file, whole or not at all; their number.

    Yields after each row how many are written, so that whoever waits can do something else too. Closed before its end
    it leaves things as they were. Raises OSError.
    """
    session = session.seen_from(session.branch)  # what is in force may be for the next run
    writer = FORMATS[form]()
    count = session.branch.count
    with replacing_text(path) as file:
        file.writelines(line + "\n" for line in writer.head(session))
        for number in range(count):
            file.write(writer.row(session.branch.row(number), session) + "\n")
            yield number + 1
        file.writelines(line + "\n" for line in writer.tail(session))
    return count
