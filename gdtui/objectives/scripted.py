"""What a script gave where numbers are wanted: as arrays, or as an error quotes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import printable


def real(value: Any, wanted: str) -> NDArray[np.float64]:
    """What a script gave, as float64. Raises ParameterError, which begins with ``wanted``, for all but real numbers."""
    try:
        if hasattr(value, "detach"):  # a tensor of torch that knows its graph is none that NumPy takes
            value = value.detach()
        if value is None or np.iscomplexobj(value):  # NumPy makes NaN of None, and forgets an imaginary part
            raise TypeError
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise ParameterError(f"{wanted} {shown(value)}") from None


def shown(value: Any) -> str:
    """What a script gave, as far as an error quotes it."""
    return printable(repr(value))[:60]
