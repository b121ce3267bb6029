"""A recorded run as CSV (RFC 4180): one header, one line a row."""

from __future__ import annotations

import csv
from typing import BinaryIO

from gdtui.storage.recording_columns import EXAMPLE, ColumnError, check_is_header
from gdtui.storage.recording_lines import Cells, Lines, RecordingError, all_at_once, checked_columns, text_lines, wrong


def read_csv(file: BinaryIO, name: str) -> Lines:
    """The rows of a CSV. ``name``: what its errors call it. Raises RecordingError."""
    reader = csv.reader((line for _, line in text_lines(file, name)), strict=True, skipinitialspace=True)
    heads: list[str] | None = None
    rows: Cells | None = None
    at = 1
    try:
        for cells in reader:
            line = reader.line_num
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            if heads is None:
                heads, at = cells, line
                _check_header(heads, name, line)
                continue
            if len(cells) != len(heads):
                counts = f"{_counted(cells, 'cell')} where the header has {_counted(heads, 'name')}"
                message = f"{counts}: write all of a row, an empty cell for none"
                raise wrong(name, line, message, min(len(cells), len(heads)), heads)
            if rows is None:
                rows = Cells(name, at, heads, cells)
                rows.add(line, cells)
                rows.add_all(line + 1, all_at_once(file, name, line, len(heads)))
            else:
                rows.add(line, cells)
    except csv.Error as error:
        raise wrong(name, reader.line_num, _said(error)) from None
    if heads is None:
        raise RecordingError(f"{name}: this file is empty; a recorded run begins with a header, {EXAMPLE}")
    if rows is None:
        checked_columns(name, at, heads)
        raise wrong(name, at, "there is a header and no row: write one for the start, and one for each step")
    return rows.all


def _counted(items: list[str], what: str) -> str:
    return f"{len(items)} {what}{'s' * (len(items) != 1)}"


def _said(error: csv.Error) -> str:
    """What is wrong with the form of a line, and what to write."""
    match str(error).split()[0]:
        case "new-line":
            return "lines end in \\r alone, as on an old Mac: end each in \\n"
        case "field":
            return "a cell is longer than any number: write one number in each"
        case _:
            return "a cell has a quote before it and none right behind it: quote it on both sides, or not at all"


def _check_header(heads: list[str], name: str, line: int) -> None:
    if heads[0].lstrip().startswith("#") and "t" not in (head.strip() for head in heads):
        raise wrong(name, line, f"this is a comment: leave it out, the first line names the columns ({EXAMPLE}, say)")
    for other, what in ((";", "semicolons"), ("\t", "tabs")):
        if len(heads) == 1 and other in heads[0]:
            raise wrong(name, line, f"cells are separated by {what}: write commas, and decimal points in numbers")
    try:
        check_is_header(heads)
    except ColumnError as error:
        raise wrong(name, line, error.message) from None
