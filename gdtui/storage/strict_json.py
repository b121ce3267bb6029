"""JSON from a stranger: every value is asked for by kind, and what is wrong is told with its place in the file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from gdtui.formula.tokens import printable

MAX_BYTES = 8 * 2**20
_DIGITS = 20
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class SessionFileError(ValueError):
    """A session file that cannot be written or taken: which, where in it, why, and what to do."""


class _Refused(str):
    """A number that is none: NaN, 1e999, an integer of 5000 digits. Told where it is asked for."""


class Object(dict[str, Any]):
    """An object of JSON. ``twice``: a key that it has more than once."""

    twice: str | None = None


class Place:
    """A value and its place in the file, ``branches[0].end.reason``. Each method raises SessionFileError."""

    def __init__(self, value: Any, path: str = ""):
        self.value, self.path = value, path

    def wrong(self, message: object) -> NoReturn:
        raise SessionFileError(f"{self.path or 'the session'}: {message}")

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Around what may find fault with the value: a mistake that it tells of is told with this place."""
        try:
            yield
        except SessionFileError:
            raise
        except (ValueError, OverflowError) as error:
            self.wrong(error)

    def table(self, most: int = 1000) -> dict[str, Place]:
        """An object whose names are free."""
        if not isinstance(self.value, Object):
            self.wrong(f"an object is wanted here; this is {_kind(self.value)}")
        if self.value.twice is not None:
            self.wrong(f"'{printable(self.value.twice)[:40]}' is there twice")
        if len(self.value) > most:
            self.wrong(f"there are {len(self.value)} entries; at most {most} are taken")
        start = f"{self.path}." if self.path else ""
        return {key: Place(value, f"{start}{printable(key)[:40]}") for key, value in self.value.items()}

    def parts(self, *needed: str, optional: tuple[str, ...] = ()) -> dict[str, Place]:
        """An object with these names and no others."""
        found = self.table()
        for key in found:
            if key not in needed and key not in optional:
                self.wrong(f"'{printable(key)[:40]}' is no part of this; known are {', '.join((*needed, *optional))}")
        for key in needed:
            if key not in found:
                self.wrong(f"'{key}' is missing")
        return found

    def items(self, most: int) -> Iterator[Place]:
        """A list of at most so many."""
        if not isinstance(self.value, list):
            self.wrong(f"a list is wanted here; this is {_kind(self.value)}")
        if len(self.value) > most:
            self.wrong(f"there are {len(self.value)} entries; at most {most} are taken")
        return (Place(value, f"{self.path}[{k}]") for k, value in enumerate(self.value))

    def text(self, most: int = 300, lines: bool = False) -> str:
        """Text without control characters; of several ``lines`` with line ends and tabs too."""
        if not isinstance(self.value, str) or isinstance(self.value, _Refused):
            self.wrong(f"a text is wanted here; this is {_kind(self.value)}")
        if len(self.value) > most:
            self.wrong(f"this text has {len(self.value)} characters; at most {most} are taken")
        if any("\ud800" <= c <= "\udfff" for c in self.value):
            self.wrong("this text has half of a character in it (a lone surrogate)")
        if lines:
            return "".join(c if c in "\n\t" else printable(c) for c in self.value)
        return printable(self.value)

    def word(self, *known: str) -> str:
        """One of these words."""
        found = self.text()
        if found not in known:
            self.wrong(f"this is one of {', '.join(known)}; '{found[:40]}' is not")
        return found

    def number(self) -> float:
        """A finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.wrong(f"a finite number is wanted here; this is {_kind(self.value)}")
        return float(self.value)

    def any_number(self) -> float:
        """A number, or one of the words for those that are not finite."""
        if isinstance(self.value, str) and not isinstance(self.value, _Refused) and self.value in _WORDS:
            return _WORDS[self.value]
        return self.number()

    def whole(self, low: int, high: int) -> int:
        """A whole number in a range."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.wrong(f"a whole number is wanted here; this is {_kind(self.value)}")
        if not low <= self.value <= high:
            self.wrong(f"this is a whole number from {low} to {high}; {self.value} is not")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.wrong(f"true or false is wanted here; this is {_kind(self.value)}")
        return self.value

    def name(self) -> str:
        """The name of a number, as formulas have them."""
        found = self.text(40)
        if not re.fullmatch(r"[A-Za-z]\w*", found, re.ASCII):
            self.wrong(f"'{found}' is not a name")
        return found


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Around what reads a file: its name comes before what is wrong with it."""
    try:
        yield
    except SessionFileError as error:
        raise SessionFileError(f"{printable(str(path))}: {error}") from None


def parsed(content: bytes) -> Place:
    """The whole of a file. Raises SessionFileError where it is no JSON."""
    try:
        text = content.decode("utf-8")
        found = json.loads(
            text, object_pairs_hook=object_of, parse_constant=_Refused, parse_float=_float, parse_int=_integer
        )
    except UnicodeDecodeError as error:
        raise SessionFileError(f"this is no session of gdtui: byte {error.start} is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            raise SessionFileError("this is no session of gdtui: it does not begin as one") from None
        place = f"line {error.lineno}, column {error.colno}"
        raise SessionFileError(f"cut off or damaged at {place}: {error.msg}; take a copy that is whole") from None
    except RecursionError:
        raise SessionFileError("nested too deep for a session of gdtui") from None
    return Place(found)


def object_of(pairs: list[tuple[str, Any]]) -> Object:
    """An object as it was written: with a key that is there twice."""
    found = Object(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        found.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return found


def _float(text: str) -> float | _Refused:
    found = float(text)
    return found if math.isfinite(found) else _Refused(text)


def _integer(text: str) -> int | _Refused:
    return int(text) if len(text) <= _DIGITS else _Refused(text)


def _kind(value: Any) -> str:
    """What a value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _Refused():
            shown = value if len(value) <= _DIGITS else f"a number of {len(value)} characters"
            return f"{shown}, which is none"
        case int() | float():
            return f"the number {value!r}"
        case str():
            return f"the text '{printable(value)[:40]}'"
        case list():
            return "a list"
    return "an object"
