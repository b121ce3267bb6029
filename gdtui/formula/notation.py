"""Graph -> Unicode mathematics, plain or with the numbers in place; and how a number is written.

What is written here can be read back by `language.parse`, but for numbers in place of names.
"""

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from gdtui.formula import graph
from gdtui.formula.graph import Node
from gdtui.formula.symbols import superscript, symbol_of

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _NEGATION, _POWER, _ATOM = range(1, 10)
_COMPARISON_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠"}

Value = float | Sequence[float]
MOST_CHARACTERS = 4000
"""What is longer is cut: a small graph can have a text that is exponentially long."""
_SIGNS = {math.pi: "π", math.pi * math.pi: "π²", math.e: "e"}
_DIVISORS_OF_PI = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)
_MOST_PI = 1000
MOST_DEPTH = 140
"""What is nested deeper is cut as well: derivatives can be, and the writer calls itself."""


def number(value: float, digits: int = 4) -> str:
    """A number as people read it: significant digits, a true minus sign, an exponent when needed."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value or 0.0:.{digits}g}"  # a negative zero is shown as 0
    return "−" + text[1:] if text.startswith("-") else text


def digits_apart(values: Sequence[float], least: int = 4) -> int:
    """With how many significant digits, at least ``least``, no two of these numbers that differ are written alike.

    So a rounded number never contradicts the sentence that compares it: rounding alone keeps their order, not that they
    differ.
    """
    different = set(values)
    enough = (n for n in range(least, 17) if len({number(value, n) for value in different}) == len(different))
    return next(enough, 17)


def apart(value: float, other: float, least: int = 4) -> tuple[str, str]:
    """Two numbers that a sentence compares, with as many digits as tell the two apart."""
    digits = digits_apart((value, other), least)
    return number(value, digits), number(other, digits)


def fitted(value: float, width: int) -> str:
    """A number right-aligned in ``width`` cells, with as many of four digits as go in."""
    texts = [number(value, digits) for digits in (4, 3, 2, 1)]
    return next((text for text in texts if len(text) <= width), texts[-1]).rjust(width)


@lru_cache(maxsize=1024)
def literal(value: float) -> str:
    """A constant of a formula, with all the digits that it was given; 62.83185307179586 as 20π, which it is."""
    if math.copysign(1.0, value) < 0:
        return "−" + literal(-value)
    if value in _SIGNS:
        return _SIGNS[value]
    for divisor in _DIVISORS_OF_PI if value <= _MOST_PI * math.pi else ():
        times = round(value / math.pi * divisor)
        if times and times * math.pi / divisor == value:
            return ("π" if times == 1 else f"{times}π") + (f"/{divisor}" if divisor > 1 else "")
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text


def vector(values: Sequence[float], digits: int = 4, most: int = 4) -> str:
    """(1.2, −3.4); of a long one the first coordinates."""
    shown = [number(v, digits) for v in values[:most]]
    return f"({', '.join(shown)}{', …' if len(values) > most else ''})"


def notation(
    node: Node,
    symbols: Mapping[str, str] | None = None,
    values: Mapping[str, Value] | None = None,
    coordinate: int | None = None,
) -> str:
    """The expression in notation: ``4x(x² + y − 11)``.

    With ``values``, names that have one are replaced by it: ``0.9·(1.2, 3.4) + (1 − 0.9)·(5, 6)``. States are
    looked up as ``"state NAME"``. With ``coordinate``, of each vector only that coordinate's number,
    but for functions of all coordinates.
    """
    return _Writer(symbols, values, coordinate).write(node, 0)


class _Writer:
    def __init__(self, symbols: Mapping[str, str] | None, values: Mapping[str, Value] | None, coordinate: int | None):
        self.symbols, self.values, self.coordinate = symbols, values or {}, coordinate
        self.done: dict[tuple[Node, bool], tuple[str, int]] = {}  # a graph shares its parts; its text repeats them

    def write(self, node: Node, least: int, tight: bool = False) -> str:
        """The node's text, in parentheses where it binds less than ``least``."""
        text, strength = self.text(node, tight)
        if strength >= least:
            return text
        inner, _ = self.text(node, True)
        return f"({inner})"

    def text(self, node: Node, tight: bool) -> tuple[str, int]:
        """The node's text and how tightly it binds; an ellipsis where nobody would read it to the end."""
        found = self.done.get((node, tight))
        if found is None:
            found = self.written(node, tight) if node.depth <= MOST_DEPTH else ("…", _ATOM)
            if len(found[0]) > MOST_CHARACTERS:
                found = ("…", _ATOM)
            self.done[node, tight] = found
        return found

    def written(self, node: Node, tight: bool) -> tuple[str, int]:
        match node.op:
            case "const":
                text = literal(node.number)
                if "π" in text and len(text) > 1:
                    return text, _POWER if text == "π²" else _PRODUCT  # as 20π and π/4
                return text, _ATOM if node.number >= 0 else _NEGATION
            case "name" | "state":
                return self.quantity(node)
            case "add":
                return self.sum_of(node, tight), _SUM
            case "neg":
                negated = self.write(node.args[0], _PRODUCT, tight)
                return "−" + (f"({negated})" if negated.startswith("−") else negated), _NEGATION
            case "mul":
                return self.product_of(node, tight), _PRODUCT
            case "div" | "div0":
                left, right = self.write(node.args[0], _PRODUCT, tight), self.write(node.args[1], _POWER, True)
                return (f"{left}/{right}" if tight or len(left) + len(right) < 12 else f"{left} / {right}"), _PRODUCT
            case "pow" | "pow0":
                return self.power(node), _POWER
            case "@":
                writer = self if self.coordinate is None else self.of_all()
                left, right = writer.write(node.args[0], _PRODUCT, True), writer.write(node.args[1], _POWER, True)
                return f"{left} @ {right}", _PRODUCT
            case op if op in graph.COMPARISONS:
                left, right = (self.write(a, _SUM, tight) for a in node.args)
                return f"{left} {_COMPARISON_SIGNS.get(op, op)} {right}", _COMPARISON
            case "and" | "or":
                strength = _AND if node.op == "and" else _OR
                return f" {node.op} ".join(self.write(a, strength, tight) for a in node.args), strength
            case "not":
                return "not " + self.write(node.args[0], _NOT, tight), _NOT
        return self.call(node), _ATOM

    def quantity(self, node: Node) -> tuple[str, int]:
        key = f"state {node.text}" if node.op == "state" else node.text
        if key not in self.values:
            return symbol_of(node.text, self.symbols), _ATOM
        value = self.values[key]
        if not isinstance(value, (int, float)):
            if self.coordinate is None and len(value) > 1:
                return vector(value), _ATOM
            value = value[min(self.coordinate or 0, len(value) - 1)]
        return number(value), _ATOM if value >= 0 else _NEGATION

    def sum_of(self, node: Node, tight: bool) -> str:
        plus, minus = ("+", "−") if tight else (" + ", " − ")
        text = self.write(node.args[0], _SUM, tight)
        for term in node.args[1:]:
            if term.op == "neg":
                taken = self.write(term.args[0], _PRODUCT, tight)
                text += minus + (f"({taken})" if taken.startswith("−") else taken)
                continue
            written = self.write(term, _PRODUCT, tight)
            if written.startswith("−") and (term.is_constant or term.op == "mul"):
                text += minus + written[1:]
            else:
                text += plus + (f"({written})" if written.startswith("−") else written)
        return text

    def product_of(self, node: Node, tight: bool) -> str:
        text = self.write(node.args[0], _PRODUCT, tight)
        for before, factor in zip(node.args, node.args[1:], strict=False):
            written = self.write(factor, _POWER, True)
            text += ("" if self.joins(before, factor, written) else "·") + written
        return text

    def joins(self, before: Node, factor: Node, written: str) -> bool:
        """Whether two factors may stand without a sign between them, as in 4x(x² + y − 11)."""
        if factor.op in ("name", "state") or (factor.op == "pow" and factor.args[0].op == "name"):
            named = factor if factor.op != "pow" else factor.args[0]
            return _is_digits(before) and named.text not in self.values and not _ends_a_number(written)
        if _is_digits(before) and not (factor.is_constant and _ends_a_number(written)):
            return not written[0].isdigit() and not written.startswith(("−", "|", "‖"))  # |2|x|| would not be read back
        single = before.op == "name" and len(before.text) == 1 and before.text not in self.values
        return single and written.startswith("(") and not _INDEX.match(written)

    def power(self, node: Node) -> str:
        base, exponent = node.args
        written = self.write(base, _ATOM, True)
        if base.op in ("sqrt", "sum"):  # √x² and Σ(x)² could be the other thing
            written = f"({written})"
        if exponent.is_constant and exponent.number == int(exponent.number):
            return written + superscript(str(int(exponent.number)))
        if exponent.op == "name" and exponent.text in ("t", "k", "n") and exponent.text not in self.values:
            return written + superscript(exponent.text)
        if exponent.op == "name" and exponent.text in self.values:
            value = self.values[exponent.text]
            if isinstance(value, (int, float)) and value == int(value):
                return written + superscript(str(int(value)))
        return f"{written}^{self.write(exponent, _ATOM, True)}"

    def call(self, node: Node) -> str:
        if self.coordinate is not None and node.op in (*graph.REDUCTIONS, "element", "part", "solve", "diag"):
            return self.of_all().call(node)
        inside = [self.write(a, 0, True) for a in node.args]
        if node.op in _CALLS:
            return _CALLS[node.op].format(*inside)
        match node.op:
            case "sqrt":
                return "√" + self.write(node.args[0], _ATOM, True)
            case "element" | "part":
                whole_text = self.write(node.args[0], _ATOM, True)
                whole_text = f"({whole_text})" if whole_text[0] in "|‖" else whole_text
                return f"{whole_text}[{node.payload if node.op == 'element' else self.slice_of(node)}]"
            case "prev":
                steps = "" if node.payload == 1 else f", {node.payload}"
                return f"prev({symbol_of(node.args[0].text, self.symbols)}{steps})"
            case "fill":
                return self.write(node.args[0], _ATOM, True)
        return f"{node.op}({', '.join(inside)})"

    def of_all(self) -> "_Writer":
        """For what reads every coordinate of its operands."""
        whole = _Writer(self.symbols, self.values, None)
        whole.done = {key: found for key, found in self.done.items() if not key[0].shape}
        return whole

    def slice_of(self, node: Node) -> str:
        start, stop, step = node.triple
        (length,) = node.args[0].shape
        # A stop near the end is written from the end: x[:-1], whatever the dimension.
        last = "" if stop >= length - step + 1 and (step > 1 or stop == length) else f"−{length - stop}"
        if length - stop > 0 and stop * 2 < length:
            last = str(stop)
        return f"{start or ''}:{last}" + (f":{step}" if step > 1 else "")


def _ends_a_number(written: str) -> bool:
    """Whether a name would be read as the end of the digits before it: 2e and 2e5 as powers of ten, 2j as complex."""
    return written[0] in "eEjJ"


_INDEX = re.compile(r"\(i\b")  # x(i + 1) would be read as a coordinate, x·(i + 1) is not


def _is_digits(node: Node) -> bool:
    """Whether a node is written as a number in digits, after which a name needs no sign; 0x would be one more."""
    return node.is_constant and node.number not in (0.0, math.e) and "π" not in literal(node.number)


_CALLS = {
    "abs": "|{}|", "log0": "log({})", "norm": "‖{}‖", "sum": "Σ({})", "grad_at": "∇f({})", "indices": "i",
}  # fmt: skip
