"""The NumPy calls of which a loop over many lanes is made."""

from __future__ import annotations

from typing import Any

import numpy as np

from gdtui.formula.emit_arrays import ARRAY_NAMESPACE

_NAMED_ALIKE = ("sqrt", "exp", "log", "log10", "sin", "cos", "tan", "tanh", "sinh", "cosh", "floor", "sign", "isnan",
                "log2", "log1p", "expm1", "cbrt", "hypot")  # fmt: skip
UFUNCS = {op: op for op in (*_NAMED_ALIKE, "minimum", "maximum")} | {
    "atan": "arctan", "asin": "arcsin", "acos": "arccos", "atan2": "arctan2", "abs": "absolute", "pow": "power",
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal",
    "and": "logical_and", "or": "logical_or", "not": "logical_not",
}  # fmt: skip
_OTHERS = ("add", "subtract", "multiply", "divide", "negative", "copyto", "array", "dot", "eye")
_REDUCING = ("add", "multiply", "minimum", "maximum", "logical_or", "logical_and")
LANE_NAMESPACE: dict[str, Any] = ARRAY_NAMESPACE | {
    **{name: getattr(np, name) for name in (*UFUNCS.values(), *_OTHERS)},
    **{f"{name}_reduce": getattr(np, name).reduce for name in _REDUCING},
}
