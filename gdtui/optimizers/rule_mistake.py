"""Where in a rule's file a mistake stands: in its TOML, in an entry, in an equation."""

from __future__ import annotations

import re
from typing import NamedTuple

from gdtui.formula.symbols import RULE_SYMBOLS, name_of
from gdtui.formula.tokens import FormulaError

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"\s*((?:\"[^\"]*\"|'[^']*'|[^\s=\"'#\[]+)+)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s.\"']+)")


class Place(NamedTuple):
    """Line and column count from 1; ``width`` in characters, at least 1."""

    line: int
    column: int
    width: int


class EntryError(ValueError):
    """An entry of a rule's file that cannot be taken. ``key``: which, as ("hyperparameters", "lr")."""

    def __init__(self, message: str, *key: str):
        super().__init__(message)
        self.key = key


class RuleTextError(ValueError):
    """A rule's text that cannot be taken. ``message``: why, on one line; ``place``: where, if at one place."""

    def __init__(self, told: str, place: Place | None = None):
        super().__init__(told)
        self.message = told.split("\n")[0]
        self.place = place


def of_toml(text: str, error: ValueError) -> RuleTextError:
    """What the TOML parser says, its place taken out of its sentence."""
    told = str(error)
    match = _TOML_PLACE.search(told)
    if match is None:
        return RuleTextError(told)
    at_the_end = len(text.rstrip("\n")) if text.strip() else 0
    place = Place(int(match[1]), int(match[2]), 1) if match[1] else place_at(text, at_the_end)
    message = told[: match.start()]
    if re.match(r"[-+]?\.\d", text.split("\n")[place.line - 1][place.column - 1 :]):
        message = "a number begins with a digit: 0.9, not .9"
    return RuleTextError(message, place)


def of_formula(text: str, equations: str, error: FormulaError) -> RuleTextError:
    """A mistake in the equations, at its place where they stand in the text as they are."""
    first = place_of_equations(text, equations)
    if first < 0:
        return RuleTextError(str(error), place_of_key(text, ("equations",)))
    width = min(error.end, len(equations)) - error.position
    return RuleTextError(str(error), place_at(text, first + error.position, width))


def place_of_equations(text: str, equations: str) -> int:
    """At which character of a file's text its equations begin; −1 where they are written otherwise (with \\u...)."""
    key = re.search(r"^\s*[\"']?equations[\"']?\s*=", text, re.MULTILINE)
    return text.find(equations, key.end() if key else 0) if equations else -1


def place_at(text: str, position: int, width: int = 1) -> Place:
    """A position in a text as its line and column; the width ends with the line."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    room = (len(text) if end < 0 else end) - position
    return Place(text.count("\n", 0, position) + 1, position - start + 1, max(1, min(width, room)))


def place_of_key(text: str, key: tuple[str, ...]) -> Place | None:
    """The line of an entry, or of the table that it is in; the first of those that say most of its key."""
    found, best = None, 0
    table: tuple[str, ...] = ()
    inside = ""  # the quotes of the string of several lines that a line belongs to
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        header, entry = _HEADER.match(line), _KEY.match(line)
        if header:
            table = path = _parts(header[1])
        elif entry:
            path = table + _parts(entry[1])
            inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) == 1), "")
        else:
            continue
        common = min(len(path), len(key))
        if path[:common] == key[:common] and common > best:
            indent = len(line) - len(line.lstrip())
            found, best = Place(number, indent + 1, len(line.strip())), common
    return found


def _parts(key: str) -> tuple[str, ...]:
    """A dotted key as the names in it."""
    return tuple(name_of(next(filter(None, match.groups()), ""), RULE_SYMBOLS) for match in _PART.finditer(key))
