"""A named number with a range: hyperparameters and an objective's constants, and the ``NAME:k=v,...`` form."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gdtui.formula.language import nearest
from gdtui.formula.notation import number
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.formula.tokens import printable

Scale = Literal["linear", "log", "complement"]


class ParameterError(ValueError):
    """A value or a name that a parameter does not have; the message says what is allowed."""


@dataclass(frozen=True)
class Parameter:
    """One number that may be turned.

    ``scale`` says how turning moves it: ``linear`` by a twentieth of its range, ``log`` by 1-2-5, ``complement``
    by 1-2-5 in 1 − value (0.9, 0.95, 0.98, 0.99: what a decay rate is turned by).
    """

    name: str
    default: float
    low: float = -math.inf
    high: float = math.inf
    scale: Scale = "linear"
    help: str = ""
    whole: bool = False

    @property
    def symbol(self) -> str:
        return symbol_of(self.name, RULE_SYMBOLS)

    @property
    def range(self) -> str:
        """The range in words: ``from 0 to 1``."""
        if math.isinf(self.low) and math.isinf(self.high):
            return "any number"
        if math.isinf(self.high):
            return f"{number(self.low)} or more"
        return f"from {number(self.low)} to {number(self.high)}"

    def check(self, value: float | str) -> float:
        """The value as a float. Raises ParameterError where it is no number or outside of the range."""
        try:
            if not self._may_be(value):
                raise TypeError
            found = float(str(value).replace("−", "-")) if isinstance(value, str) else float(value)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(
                f"{self.name} is a number, {self.range}; '{printable(str(value))[:40]}' is none"
            ) from None
        if not math.isfinite(found) or not self.low <= found <= self.high:
            raise ParameterError(f"{self.name} is {self.range}; {number(found)} is outside")
        if self.whole and found != int(found):
            raise ParameterError(f"{self.name} is a whole number; {number(found)} is not")
        return found

    def _may_be(self, value: object) -> bool:
        """Not what Python and NumPy make a number of all the same: a flag is 0 or 1 where that is all there may be."""
        kind = type(value).__name__
        flag = kind.startswith("bool") and (self.low, self.high) != (0.0, 1.0)
        return not (flag or kind.startswith("complex")) and getattr(value, "ndim", None) in (None, 0)

    def turned(self, value: float, up: bool) -> float:
        """The next value of the knob; at the end of the range it stays."""
        if self.scale == "log" and value > 0:
            moved = next_125(value, up)
        elif self.scale == "complement":
            moved = 1.0 - next_125(1.0 - value, not up) if value < 1.0 else (1.0 if up else 0.99)
            moved = round(moved, 9)
        else:
            span = self.high - self.low
            size = max(1e-9, abs(value or 1.0))
            step = next_125(span / 30, True) if math.isfinite(span) else 0.1 * 10 ** math.floor(math.log10(size))
            step = max(1.0, round(step)) if self.whole else step
            moved = round((round(value / step) + (1 if up else -1)) * step, 12)
        return min(self.high, max(self.low, moved))


def next_125(value: float, up: bool) -> float:
    """The next number of the series ... 0.1, 0.2, 0.5, 1, 2, 5 ... above or below."""
    if value <= 0:
        return 1e-3 if up else value
    decade = math.floor(math.log10(value) + 1e-9)
    ladder = [m * 10.0 ** (decade + d) for d in (-1, 0, 1) for m in (1, 2, 5)]
    near = 1e-9 * value
    chosen = min(x for x in ladder if x > value + near) if up else max(x for x in ladder if x < value - near)
    return float(f"{chosen:.3g}")


def split_settings(text: str) -> tuple[str, dict[str, str]]:
    """``rosenbrock:b=10,dim=3`` as its name and its settings. Other text (a slice has a colon) is a name alone."""
    match = re.fullmatch(r"([^:]+):(\s*[A-Za-z_]\w*\s*=.*)", text, re.DOTALL)
    if not match:
        return text, {}
    settings = {}
    for pair in match[2].split(","):
        key, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise ParameterError(f"settings are written NAME:k=v,k=v; '{printable(pair)}' is not k=v")
        if key.strip() in settings:
            raise ParameterError(f"{match[1]}: {printable(key.strip())} is set twice; a setting has one value")
        settings[key.strip()] = value.strip()
    return match[1], settings


def with_settings(parameters: Iterable[Parameter], settings: Mapping[str, float | str], owner: str) -> dict[str, float]:
    """The values of all parameters: their defaults, and the settings where given. Raises ParameterError."""
    known = {p.name: p for p in parameters}
    for key in settings:
        if key not in known:
            listing = f" (it has {', '.join(known)})" if known else " (it has none)"
            raise ParameterError(f"{owner} has no parameter '{printable(key)}'{nearest(key, known) or listing}")
    return {name: p.check(settings[name]) if name in settings else p.default for name, p in known.items()}
