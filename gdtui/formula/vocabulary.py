"""The words of the language and their bounds: functions, constants, and what the names of a text mean."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gdtui.formula import graph
from gdtui.formula.graph import Node
from gdtui.formula.symbols import GREEK

MAX_CHARACTERS = 2000
MAX_DEPTH = 64
MAX_NODES = 2000
MAX_EXPONENT = 64

FUNCTIONS: dict[str, tuple[str, int, int]] = {  # name -> operation, fewest and most operands
    **{op: (op, 1, 1) for op in graph.UNARY if op not in ("neg", "log0")},
    **{op: (op, 2, 2) for op in ("pow", "hypot", "atan2", "logaddexp")},
    "minimum": ("minimum", 2, 2), "maximum": ("maximum", 2, 2), "min": ("minimum", 2, 2), "max": ("maximum", 2, 2),
    "where": ("where", 3, 3), "isnan": ("isnan", 1, 1), "dot": ("dot", 2, 2), "norm": ("norm", 1, 1),
    "sum": ("sum", 1, 1), "prod": ("prod", 1, 1), "mean": ("mean", 1, 1), "any": ("any", 1, 1), "all": ("all", 1, 1),
}  # fmt: skip
SPELLINGS = {
    "ln": "log", "arctan": "atan", "arcsin": "asin", "arccos": "acos", "arctan2": "atan2", "sgn": "sign",
    "fabs": "abs", "power": "pow", "expit": "sigmoid", "tg": "tan",
}  # fmt: skip
"""Other names of functions, as they are called elsewhere."""
FUNCTIONS |= {name: FUNCTIONS[function] for name, function in SPELLINGS.items()}
_CONDITIONS = frozenset(["any", "all", "isnan", "where"])
FACTORS = tuple(sorted((name for name in FUNCTIONS if name not in _CONDITIONS), key=lambda name: (-len(name), name)))
"""Functions whose value can be a factor of a product, the longest names first."""
OVER_VECTORS = frozenset(["sum", "prod", "mean", "norm", "dot"])
ONLY_IN_RULES = {
    "prev": (1, 2), "grad": (1, 1), "loss_at": (1, 1), "hess": (0, 0), "identity": (0, 0), "solve": (2, 2),
    "diag": (1, 1), "normal": (0, 0),
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e}


@dataclass(frozen=True)
class Scope:
    """What the names of a text mean.

    ``names``: those that are known. ``free``: whether an unknown name is a variable of its own (a typed
    formula), collected in order of first use by `variables_in`. ``rule``: whether prev, grad(u), loss_at(u),
    hess, identity, diag, solve, normal and @ may be used; ``theta`` then tells their shape. ``symbols``: names shown
    otherwise than by habit, so that they can be read back. ``no_past``: names that `prev` does not know. ``refused``:
    names that may not be read here, and why. ``saved``: it was taken before, by a version that read what is ambiguous
    in one way.
    """

    names: Mapping[str, Node] = field(default_factory=dict)
    free: bool = False
    rule: bool = False
    symbols: Mapping[str, str] = field(default_factory=dict)
    max_characters: int = MAX_CHARACTERS
    no_past: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    saved: bool = False


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean ...?`` with the names that are closest, or nothing."""
    import difflib  # here, since only a mistake needs it, and every start would pay for it

    close = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def is_letter(name: str) -> bool:
    """Whether a name is one letter, Latin or Greek, with a number or without."""
    stem = name.rstrip("0123456789").removesuffix("_")
    return len(stem) == 1 or stem in GREEK


def is_factor(name: str) -> bool:
    """Whether a name beside another means their product: a letter, a constant or a function does."""
    return is_letter(name) or name in CONSTANTS or name in FUNCTIONS
