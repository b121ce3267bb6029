"""Characters -> tokens, and the error that points at a character."""

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from gdtui.formula.symbols import SUPERSCRIPT_CHARACTERS, is_greek, is_symbol_character, name_of

MAX_NUMBER = 1e100
MAX_INTEGER_BITS = 400
MAX_NAME = 40


class FormulaError(ValueError):
    """A formula that cannot be taken: what is wrong, and at which character of which text.

    ``str()`` is three lines: the message, the text, and a caret under the place. ``line`` and ``column``
    count from 1 within the text that was given.
    """

    def __init__(self, message: str, text: str = "", position: int = 0, end: int | None = None):
        super().__init__(message)
        self.message = message
        self.text = text
        self.position = max(0, min(position, len(text)))
        self.end = max(self.position + 1, end if end is not None else self.position + 1)

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        return self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1

    def __str__(self) -> str:
        if not self.text.strip():
            return self.message
        shown = self.text.split("\n")[self.line - 1]
        first = max(0, self.column - 1 - 50)
        cut = printable(shown[first : first + 76])
        width = max(1, min(self.end - self.position, len(cut) - (self.column - 1 - first)))
        return f"{self.message}\n  {cut}\n  {' ' * (self.column - 1 - first)}{'^' * width}"


class Token(NamedTuple):
    kind: str  # number, name, operator, end
    text: str
    start: int
    end: int


def printable(text: str) -> str:
    """The text with control characters and direction overrides replaced, one for one."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OPERATOR = re.compile(r"\*\*|<=|>=|==|!=|[-+*/^@(),<>:|]|\[|\]")
_PLAIN = re.compile(
    r"[ \t\n]*(?:([A-Za-z][A-Za-z0-9_]{0,39}(?![A-Za-z0-9_]|[^\0-\x7f]))"
    r"|([0-9]{1,15}(?:\.[0-9]{0,15})?(?![0-9._eEjJxXbBoO]))|(\*\*|[<>=!]=|[-+*/@(),<>:|[\]])|([^ \t\n]))"
)
"""Nearly every token: nothing in it can be wrong, or be a symbol that stands for something else. And what is not."""
_KINDS = ("", "name", "number", "operator", "")  # what each group of it is
_as_it_is = partial(tuple.__new__, Token)  # a quarter of the time that Token(...) takes
_SAME_AS = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "^": "**"}
_SPECIAL = "‖√"


def tokenize(text: str, symbols: Mapping[str, str]) -> list[Token]:
    """The tokens of one expression, with its symbols turned into names. Raises FormulaError."""
    tokens: list[Token] = []
    position, last = 0, len(text.rstrip(" \t\n"))
    while position < last:
        for found in _PLAIN.finditer(text, position, last):
            group = found.lastindex or 0
            position, end = found.span(group)
            if not _KINDS[group]:
                break
            tokens.append(_as_it_is((_KINDS[group], text[position:end], position, end)))
        else:
            break
        token = _next_token(text, position, symbols)
        if isinstance(token, list):  # a superscript is a power: two or three tokens
            tokens.extend(token)
        else:
            tokens.append(token)
        position = tokens[-1].end
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _next_token(text: str, start: int, symbols: Mapping[str, str]) -> Token | list[Token]:
    character = text[start]
    if match := _NUMBER.match(text, start):
        return _number(text, match)
    if character in _SAME_AS:
        return Token("operator", _SAME_AS[character], start, start + 1)
    if match := _OPERATOR.match(text, start):
        return Token("operator", match[0], start, match.end())
    if character in _SPECIAL:
        return Token("operator", character, start, start + 1)
    if character in SUPERSCRIPT_CHARACTERS:
        return _superscript(text, start)
    end = start
    while end < len(text) and _goes_on(text, start, end):
        end += 1
    if text.startswith("∇f", start):
        end = max(end, start + 2)
    if end > start:
        return _name(text, start, end, symbols)
    raise FormulaError(_why_not(text, start), text, start)


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the name that begins at ``start`` has the character at ``end``. A Greek letter joins no other letter."""
    character = text[end]
    if end > start and character in "0123456789":
        return True
    if end > start and (is_greek(character) or (is_greek(text[start]) and character.isascii() and character != "_")):
        return "_" in text[start:end] or text[start] == "Δ"
    return bool(_NAME.match(character)) or is_symbol_character(character)


def _number(text: str, match: re.Match[str]) -> Token:
    start, end = match.span()
    after = text[end : end + 1]
    if after == "_":
        raise FormulaError("write numbers without underscores", text, end)
    if after in ("j", "J") and not text[end + 1 : end + 2].isalnum():
        raise FormulaError("complex numbers are not taken", text, start, end + 1)
    if match[0] == "0" and after in ("x", "X", "b", "B", "o", "O") and text[end + 1 : end + 2].isalnum():
        raise FormulaError("write numbers in decimal", text, start, end + 1)
    if (match[0].isdigit() and len(match[0]) > MAX_INTEGER_BITS * math.log10(2)) or float(match[0]) > MAX_NUMBER:
        raise FormulaError(f"numbers go up to {MAX_NUMBER:g}", text, start, end)
    return Token("number", match[0], start, end)


def _superscript(text: str, start: int) -> list[Token]:
    end = start
    while end < len(text) and text[end] in SUPERSCRIPT_CHARACTERS:
        end += 1
    exponent = "".join(SUPERSCRIPT_CHARACTERS[c] for c in text[start:end])
    power = [Token("operator", "**", start, start)]
    if exponent.startswith("-"):
        power.append(Token("operator", "-", start, start))
        exponent = exponent[1:]
    if len(exponent) > MAX_NAME:
        raise FormulaError(f"exponents have at most {MAX_NAME} digits", text, start, end)
    if not (exponent.isdigit() or exponent in ("t", "k", "n")):
        raise FormulaError("this superscript is no exponent", text, start, end)
    return [*power, Token("number" if exponent.isdigit() else "name", exponent, start, end)]


def _name(text: str, start: int, end: int, symbols: Mapping[str, str]) -> Token:
    if end - start > 3 * MAX_NAME:  # letters with marks are several characters
        raise FormulaError(f"names have at most {MAX_NAME} letters", text, start, end)
    if text[start:end].startswith("Δθ"):  # the one symbol of two letters
        end = start + 2
    found = "grad" if text[start:end] == "∇f" else name_of(text[start:end], symbols)
    if found == "Σ":
        found = "sum"
    if not found.isascii() or not found.isidentifier():
        raise FormulaError(f"'{printable(text[start:end])}' is not a name", text, start, end)
    if found.startswith("_"):
        raise FormulaError("names begin with a letter", text, start, end)
    if len(found) > MAX_NAME:
        raise FormulaError(f"names have at most {MAX_NAME} letters", text, start, end)
    return Token("name", found, start, end)


def _why_not(text: str, start: int) -> str:
    character = text[start]
    following = text[start + 1 : start + 2]
    if character == "=":
        return "this is one expression: '=' does not belong here (to compare, write ==)"
    if character == "." and (following.isalpha() or following == "_"):
        return "there are no attributes; a formula has names, numbers, operators and functions"
    if character in "'\"":
        return "there are no strings in a formula"
    if character == "%":
        return "there is no remainder: write x - floor(x)"
    if character.isalpha():
        return f"'{character}' (U+{ord(character):04X}) is not a letter that names are made of: Latin or Greek"
    if not character.isprintable():
        return f"a character that cannot be shown (U+{ord(character):04X}) does not belong in a formula"
    return f"'{character}' does not belong in a formula"
