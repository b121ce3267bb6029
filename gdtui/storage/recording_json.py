"""A recorded run as JSON lines: those of `gdtui run --format jsonl`, or one flat object of numbers a row."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import numpy as np

from gdtui.descent.layout import RECORDED
from gdtui.descent.stopping import Status
from gdtui.formula.graph import Shape
from gdtui.objectives.functions import plain_names
from gdtui.storage.recording_columns import Columns, check_is_step, parameter_names, shown
from gdtui.storage.recording_lines import (
    MAX_COLUMNS,
    Cells,
    Lines,
    RecordingError,
    check_size,
    cut,
    number_of,
    text_lines,
    wrong,
)
from gdtui.storage.session_parts import FORMULA
from gdtui.storage.strict_json import Object, Place, SessionFileError, object_of

_EXAMPLE = '{"t": 0, "params": [1.8], "loss": 3.24, "grad": [3.6]}'
_OTHERS = (*RECORDED, "t", "lr")  # what a watch may repeat, and no term may be called


@dataclass(frozen=True)
class Header:
    """What a file says of the run in its first line and its last, as far as it does."""

    objective: str = ""
    formula: str = ""
    optimizer: str = ""
    schedule: str = ""
    hyperparameters: Mapping[str, float] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    maximize: bool = False
    constants: Mapping[str, float] = field(default_factory=dict)
    status: Status | None = None
    reason: str = ""


def read_jsonl(file: BinaryIO, name: str) -> tuple[Lines, Header]:
    """The rows, and what the file says of them. Raises RecordingError."""
    header, rows, ended = Header(), _Rows(name), 0
    for line, text in text_lines(file, name):
        if not text.strip():
            continue
        item = _object(text, name, line)
        if ended:
            raise wrong(name, line, f"the run has ended in line {ended}: one file holds one run")
        kind = item.pop("kind", "step")
        try:
            if kind == "header" and not rows.begun and header == Header():
                header = _header(Place(item, "the header"))
            elif kind == "end":
                header, ended = _with_end(header, Place(item, "the end")), line
            elif kind == "step":
                rows.add(line, item, header.names)
            else:
                raise wrong(name, line, f"'{cut(kind)}': a line is a header, the first, a step, or the end")
        except SessionFileError as error:
            raise wrong(name, line, str(error)) from None
    if not rows.begun:
        raise RecordingError(f"{name}: there is no row in it; each is a line {_EXAMPLE}")
    return rows.all, header


def _object(text: str, name: str, line: int) -> dict[str, Any]:
    try:
        item = json.loads(text.rstrip(), object_pairs_hook=object_of)
    except json.JSONDecodeError as error:
        raise wrong(name, line, f"no JSON: {error.msg}; each line is one object", error.colno - 1) from None
    except RecursionError:
        raise wrong(name, line, "nested too deep: each line is one object of numbers and lists") from None
    except ValueError:  # an integer of thousands of digits
        raise wrong(name, line, "a number here is too long: write it as a float") from None
    if not isinstance(item, Object):
        raise wrong(name, line, f"each line is one object, {_EXAMPLE}; this is none")
    if item.twice is not None:
        raise wrong(name, line, f"'{shown(item.twice)}' is there twice: name each value by another name")
    return item


def _header(place: Place) -> Header:
    parts = place.table()

    def text(key: str, most: int = FORMULA) -> str:
        return parts[key].text(most) if key in parts else ""

    def numbers(key: str) -> dict[str, float]:
        return {name: value.any_number() for name, value in parts[key].table().items()} if key in parts else {}

    names = tuple(item.text(100) for item in parts["names"].items(MAX_COLUMNS)) if "names" in parts else ()
    with place.telling():
        names = parameter_names(names)
    maximize = parts["maximize"].flag() if "maximize" in parts else False
    words = text("objective"), text("formula"), text("optimizer", 100), text("schedule")
    return Header(*words, numbers("hyperparameters"), names, maximize, numbers("constants"))


def _with_end(header: Header, place: Place) -> Header:
    parts = place.table()
    status = Status(parts["status"].word(*Status)) if "status" in parts else None
    reason = parts["reason"].text(2000) if "reason" in parts else ""
    return replace(header, status=status, reason=reason)


class _Rows:
    """Steps as they are read: flat ones by the names of their numbers, others by what gdtui calls their parts."""

    def __init__(self, file: str):
        self.file = file
        self._flat: Cells | None = None
        self._nested: _Steps | None = None

    @property
    def begun(self) -> bool:
        return self._flat is not None or self._nested is not None

    def add(self, line: int, item: dict[str, Any], names: tuple[str, ...]) -> None:
        if self._nested is None and (self._flat is not None or "params" not in item):
            self._add_flat(line, item)
            return
        self._nested = self._nested or _Steps(self.file, names)
        self._nested.add(line, item)

    def _add_flat(self, line: int, item: dict[str, Any]) -> None:
        if self._flat is None:
            self._flat = Cells(self.file, line, [*item], [*item.values()])
        heads = self._flat.heads
        for key in (*heads, *item):
            if key not in item or key not in heads:
                what = "is missing" if key in heads else "was not there in the first row"
                raise wrong(self.file, line, f"'{shown(key)}' {what}: each row has the same names")
        self._flat.add(line, [item[head] for head in heads])

    @property
    def all(self) -> Lines:
        rows = self._flat or self._nested
        assert rows is not None
        return rows.all


class _Steps:
    """Rows that have their parameters as one list, or as one object of numbers by name."""

    def __init__(self, file: str, names: tuple[str, ...]):
        self.file, self.names = file, names
        self.keys: list[str] | None = None  # of parameters by name
        self.has_grad, self.has_rate = True, False
        self.lines = array("q")
        self.core = array("d")
        self.rate = array("d")
        self.terms: dict[str, tuple[Shape, array[float]]] = {}
        self.width = 0

    def add(self, line: int, item: dict[str, Any]) -> None:
        where = self.file, line
        if not self.lines:
            self._begin(line, item)
        row = len(self.lines)
        t, loss = (self._number(item.get(key), key, line) for key in ("t", "loss"))
        core = [t, *self._vector(item, "params", line), loss]
        core += self._vector(item, "grad", line) if self.has_grad else []
        if not self.has_grad and item.get("grad") is not None:
            raise wrong(*where, "a gradient, and the first row has none: write it in every row or in none")
        self.core.extend(core)
        rate = number_of(item.get("lr"))
        if rate is None:
            raise wrong(*where, f"lr: '{cut(item['lr'])}' is no number; write null where there is none")
        self.rate.append(rate)
        self.lines.append(line)
        for part in ("terms", "watches"):
            values = item.get(part) or Object()
            if not isinstance(values, Object) or values.twice is not None:
                raise wrong(*where, f"{part} is an object of numbers and lists, each with a name of its own")
            for name, value in values.items():
                if part == "terms" or name not in (*_OTHERS, *(item.get("terms") or ())):
                    self._add_term(line, row, name, value)
        check_size(self.file, line, len(self.core) + (row + 1) * (self.width + 1))

    def _begin(self, line: int, item: dict[str, Any]) -> None:
        check = item.get("params")
        if isinstance(check, Object):
            self.keys = [*check]
        count = len(check) if isinstance(check, list | Object) else 0
        if not 1 <= count <= MAX_COLUMNS:
            raise wrong(self.file, line, f"params is a list of 1 to {MAX_COLUMNS} numbers, or an object of numbers")
        if self.keys is not None and not self.names:
            try:
                self.names = parameter_names(self.keys)
            except ValueError as error:
                raise wrong(self.file, line, f"params: {error}") from None
        self.names = self.names or plain_names(count)
        if len(self.names) != count:
            raise wrong(self.file, line, f"of params there are {count}, and the header names {len(self.names)}")
        self.has_grad = item.get("grad") is not None

    def _number(self, value: Any, what: str, line: int) -> float:
        number = None if value is None else number_of(value)
        if number is None:
            said = "is missing" if value is None else f"'{cut(value)}' is no number"
            hint = 'write a number, "NaN", "Infinity" or "-Infinity"'
            raise wrong(self.file, line, f"{what}: {said}: {hint}")
        return number

    def _numbers(self, values: list[Any], what: str, line: int) -> list[float]:
        if set(map(type, values)) == {float}:  # of nearly all rows
            return values
        return [self._number(number, f"{what}[{k}]", line) for k, number in enumerate(values)]

    def _vector(self, item: dict[str, Any], key: str, line: int) -> list[float]:
        value, names = item.get(key), self.names
        if self.keys is not None and isinstance(value, Object) and sorted(value) == sorted(self.keys):
            value = [value[name] for name in self.keys]
        if not isinstance(value, list) or len(value) != len(names):
            raise wrong(self.file, line, f"{key} has one number for each of {', '.join(map(shown, names[:6]))}, "
                                         f"{len(names)} in all; here it has not")  # fmt: skip
        return self._numbers(value, key, line)

    def _add_term(self, line: int, row: int, name: str, value: Any) -> None:
        values = value if isinstance(value, list) else [value]
        shape: Shape = (len(values),) if isinstance(value, list) else ()
        if name not in self.terms:
            if name in _OTHERS or not name.strip():
                raise wrong(self.file, line, f"'{shown(name)}' is no name of a term: call it otherwise")
            try:
                check_is_step(name, shape, len(self.names))
            except ValueError as error:
                raise wrong(self.file, line, str(error)) from None
            self.width += len(values)
            if self.width > MAX_COLUMNS:
                raise wrong(self.file, line, f"more than {MAX_COLUMNS} numbers of terms: write fewer")
            self.terms[name] = shape, array("d")
        known, numbers = self.terms[name]
        if shape != known:
            raise wrong(self.file, line, f"'{shown(name)}' is {_sort(shape)} here, and was {_sort(known)} before")
        numbers.extend([math.nan] * (row * len(values) - len(numbers)))
        numbers.extend(self._numbers(values, shown(name), line))

    @property
    def all(self) -> Lines:
        dim, rows = len(self.names), len(self.lines)
        places = iter(range(2 * dim + 2 + self.width + 1))
        core = [next(places) for _ in range(len(self.core) // rows)]
        blocks = [np.frombuffer(self.core).reshape(rows, -1)]
        terms = []
        for name, (shape, numbers) in self.terms.items():
            width = shape[0] if shape else 1
            numbers.extend([math.nan] * (rows * width - len(numbers)))
            blocks.append(np.frombuffer(numbers).reshape(rows, width) if width else np.empty((rows, 0)))
            terms.append((name, shape, tuple(next(places) for _ in range(width))))
        blocks.append(np.frombuffer(self.rate).reshape(rows, 1))
        columns = Columns(
            self.names, core[0], core[dim + 1], tuple(core[1 : dim + 1]), tuple(core[dim + 2 :]), next(places),
            tuple(terms),
        )  # fmt: skip
        return Lines(columns, np.hstack(blocks), np.frombuffer(self.lines, dtype=np.int64))


def _sort(shape: Shape) -> str:
    return f"a vector of {shape[0]}" if shape else "a number"
