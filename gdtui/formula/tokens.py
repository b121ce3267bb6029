"""Characters -> tokens, and the error that points at a character."""

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from gdtui.formula.pasted import COMMANDS, MODULES, SAME_AS, SPACES, fraction, plain_letter
from gdtui.formula.symbols import (
    SUMS,
    SUPERSCRIPT_CHARACTERS,
    is_greek,
    is_marked,
    is_subscript,
    is_symbol_character,
    name_of,
)
from gdtui.formula.vocabulary import CONSTANTS, FUNCTIONS, nearest

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

    def within(self, text: str, place: int, message: str = "") -> "FormulaError":
        """The same mistake where its text stands at a place of a longer one."""
        return FormulaError(message or self.message, text, place + self.position, place + self.end)

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
    r"[ \t\n]*(?:([A-Za-z][A-Za-z0-9_]{0,39}(?![A-Za-z0-9_{]|[^\0-\x7f]))"
    r"|([0-9]{1,15}(?:\.[0-9]{0,15})?(?![0-9._eEdDjJxXbBoO]|[^\0-\x7f]))|(\*\*|[<>=!]=|[-+*/@(),<>:|[\]{}])|([^ \t\n]))"
)
"""Nearly every token: nothing in it can be wrong, or be a symbol that stands for something else. And what is not."""
_KINDS = ("", "name", "number", "operator", "")  # what each group of it is
_as_it_is = partial(tuple.__new__, Token)  # a quarter of the time that Token(...) takes
_DOUBLE = re.compile(r"[dD]([+-]?\d+)")  # Fortran's 1d-3
_SPECIAL = "‖√∛"
_BRACED = re.compile(r"_\{([A-Za-z0-9]{1,20})\}", re.ASCII)
_ONE_LETTER = re.compile(r"_([A-Za-z0-9])", re.ASCII)
_MARKED = re.compile(r"\\(hat|bar|mathrm|operatorname|text)\{(\\?[A-Za-z]+)\}")
_NO_INDEX = "a function has no index here: write log2(x) or log10(x), and sum(...) around all that a sum goes over"
_REFUSED = {
    "=": "this is one expression: '=' does not belong here (write f(x, y) = ... ahead of it, or == to compare)",
    **dict.fromkeys("'\"", "there are no strings in a formula"),
    "%": "there is no remainder and no percent: write x - y*floor(x/y), or 0.05*x",
    "?": "a choice is written where(condition, a, b)",
    "!": "there are no factorials; not equal is written !=",
    ";": "one formula at a time: ';' does not belong here",
    "#": "a formula has no comments: leave out what stands behind '#'",
}
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z])")


def tokenize(text: str, symbols: Mapping[str, str]) -> list[Token]:
    """The tokens of one expression, with its symbols turned into names. Raises FormulaError."""
    tokens: list[Token] = []
    position, last = 0, len(text.rstrip())
    while position < last:
        for found in _PLAIN.finditer(text, position, last):
            group = found.lastindex or 0
            position, end = found.span(group)
            if not _KINDS[group]:
                break
            tokens.append(_as_it_is((_KINDS[group], text[position:end], position, end)))
        else:
            break
        read, position = _next_tokens(text, position, tokens, symbols)
        tokens.extend(read)
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _next_tokens(text: str, start: int, before: list[Token], symbols: Mapping[str, str]) -> tuple[list[Token], int]:
    """The tokens that begin at ``start``, none for a space, and where the next ones do.

    A superscript is a power, of two or three tokens. The prefix of ``np.sin`` is taken back from ``before``.
    """
    character = text[start]
    if character in SPACES:
        return [], start + 1
    if character == "." and not _NUMBER.match(text, start):
        if text[start + 1 : start + 2] not in ("*", "/", "^"):  # MATLAB's signs for each coordinate are those of all
            _take_prefix(text, start, before)
        return [], start + 1
    if character == "\\":
        return _command(text, start)
    if character in SUPERSCRIPT_CHARACTERS:
        power = _superscript(text, start)
        return power, power[-1].end
    token = _next_token(text, start, symbols)
    return [token], token.end


def _next_token(text: str, start: int, symbols: Mapping[str, str]) -> Token:
    character = text[start]
    if match := _NUMBER.match(text, start):
        return _number(text, match)
    if character in SAME_AS:
        return Token("operator", SAME_AS[character], start, start + 1)
    if match := _OPERATOR.match(text, start):
        return Token("operator", match[0], start, match.end())
    if character in _SPECIAL:
        return Token("operator", character, start, start + 1)
    if (part := fraction(character)) is not None:
        return Token("number", repr(part), start, start + 1)
    if character in SUMS:
        return Token("name", SUMS[character], start, start + 1)
    end = start
    while end < len(text) and _goes_on(text, start, end):
        end += 1
    if text.startswith("∇f", start):
        end = max(end, start + 2)
    if end > start:
        return _name(text, start, end, symbols)
    if letter := plain_letter(character):
        end = start + 1
        while end < len(text) and is_subscript(text[end]):
            end += 1
        return Token("name", name_of(letter + text[start + 1 : end]), start, end)
    raise FormulaError(_why_not(text, start), text, start)


def _take_prefix(text: str, start: int, before: list[Token]) -> None:
    """Take back the np of np.sin at its dot, where a word of the language follows. Raises FormulaError."""
    prefix, name = before[-1] if before else None, _NAME.match(text, start + 1)
    if prefix is None or prefix.end != start or prefix.text not in MODULES or name is None:
        raise FormulaError(_why_not(text, start), text, start)
    if not (name[0] in FUNCTIONS or name[0] in CONSTANTS or name[0] in MODULES):
        why = f"there is no function '{name[0]}'{nearest(name[0], FUNCTIONS)}"
        raise FormulaError(why, text, name.start(), name.end())
    before.pop()


def _command(text: str, start: int) -> tuple[list[Token], int]:
    """A command of TeX, such as \\theta, \\frac or \\cdot. One that only places what it stands beside is a space."""
    if marked := _MARKED.match(text, start):  # \\hat{y}, \\operatorname{sin}
        name, kind = COMMANDS.get(marked[2].lstrip("\\"), marked[2]), marked[1]
        end = marked.end()
        return [Token("name", f"{name}_{kind}" if kind in ("hat", "bar") else name, start, end)], end
    match = _COMMAND.match(text, start)
    word = match[0][1:] if match else ""
    end = start + 1 + len(word)
    if word not in COMMANDS:
        raise FormulaError(f"'{printable(text[start:end])}' is no command of TeX that is read here", text, start, end)
    meaning = COMMANDS[word]
    if not meaning:
        return [], end
    if not meaning.isidentifier():
        return [Token("operator", meaning, start, end)], end
    index = _BRACED.match(text, end) or _ONE_LETTER.match(text, end)  # as TeX writes it, x_{12} or \theta_1
    name, ending = (f"{meaning}_{index[1]}", index.end()) if index else (meaning, end)
    if ending > end and meaning in FUNCTIONS and name.replace("_", "") not in FUNCTIONS:
        raise FormulaError(_NO_INDEX, text, start, ending)
    return [Token("name", name.replace("_", "") if meaning in FUNCTIONS else name, start, ending)], ending


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the name that begins at ``start`` has the character at ``end``. A Greek letter joins no other letter."""
    character = text[end]
    if end > start and _begins_marked(text, end):
        return text[end - 1] == "_"  # a letter with a hat begins a name of its own: xŷ is a product
    if end > start and is_subscript(text[end - 1]) and not is_subscript(character):
        return unicodedata.combining(character) > 0  # a subscript ends a name: x₁x₂ is a product
    if end > start and character in "0123456789":
        return True
    if not (_NAME.match(character) or is_symbol_character(character)):
        return False
    if end > start and (is_greek(character) or (is_greek(text[start]) and character.isascii() and character != "_")):
        return text[end - 1] == "_" or text[start] == "Δ" or (character.isascii() and "_" in text[start:end])
    return True


def _begins_marked(text: str, at: int) -> bool:
    """Whether a letter with a mark on it stands there, as one character or as two."""
    if unicodedata.combining(text[at]):
        return False
    return is_marked(text[at]) or unicodedata.combining(text[at + 1 : at + 2] or " ") > 0


def _number(text: str, match: re.Match[str]) -> Token:
    start, end = match.span()
    after = text[end : end + 1]
    if after == "_":
        raise FormulaError("write numbers without underscores", text, end)
    if after in ("j", "J") and not text[end + 1 : end + 2].isalnum():
        raise FormulaError("complex numbers are not taken", text, start, end + 1)
    if fraction(after) is not None:
        sum_of_both = float(match[0]) + (fraction(after) or 0.0)
        raise FormulaError(f"write this number in decimals, {sum_of_both:.12g}", text, start, end + 1)
    if exponent := _DOUBLE.match(text, end):
        raise FormulaError(f"powers of ten are written {match[0]}e{exponent[1]}", text, start, exponent.end())
    if match[0] == "0" and after in ("x", "X", "b", "B", "o", "O") and text[end + 1 : end + 2].isalnum():
        raise FormulaError("write numbers in decimal", text, start, end + 1)
    if (match[0].isdigit() and len(match[0]) > MAX_INTEGER_BITS * math.log10(2)) or float(match[0]) > MAX_NUMBER:
        raise FormulaError(f"numbers go up to {MAX_NUMBER:g}", text, start, end)
    return Token("number", match[0], start, end)


def _superscript(text: str, start: int) -> list[Token]:
    exponent = "".join(SUPERSCRIPT_CHARACTERS[c] for c in takewhile(SUPERSCRIPT_CHARACTERS.__contains__, text[start:]))
    end = start + len(exponent)
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
    if found.endswith("_") and (match := _BRACED.match(text, end - 1)):
        found, end = found + match[1], match.end()
    before = text[start - 1 : start]
    if before in ("‖", "|") and (found[0] == "_" or is_subscript(text[start])):
        raise FormulaError("‖x‖ is the Euclidean norm: leave its index out", text, start, end)
    if before in SUMS and found[0] == "_":
        raise FormulaError("a sum goes over a whole vector: write sum(...), such as sum(x**2)", text, start, end)
    if not found.isascii() or not found.isidentifier():
        raise FormulaError(f"'{printable(text[start:end])}' is not a name", text, start, end)
    if found.startswith("_"):
        raise FormulaError("names begin with a letter; an index stands before a power, x_1^2", text, start, end)
    stem = found.rstrip("0123456789")
    if is_subscript(text[end - 1]) and stem in FUNCTIONS and found not in FUNCTIONS:
        raise FormulaError(_NO_INDEX, text, start, end)
    if len(found) > MAX_NAME:
        raise FormulaError(f"names have at most {MAX_NAME} letters", text, start, end)
    return Token("name", found, start, end)


def _why_not(text: str, start: int) -> str:
    character = text[start]
    following = text[start + 1 : start + 2]
    if character == "." and (following.isalpha() or following == "_"):
        return "there are no attributes; a formula has names, numbers, operators and functions"
    if character in _REFUSED:
        return _REFUSED[character]
    if character.isalpha():
        return f"'{character}' (U+{ord(character):04X}) is not a letter that names are made of: Latin or Greek"
    if not character.isprintable():
        return f"a character that cannot be shown (U+{ord(character):04X}) does not belong in a formula: delete it"
    return f"'{character}' does not belong in a formula"
