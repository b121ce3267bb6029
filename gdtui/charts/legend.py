"""What the colours of a surface mean, in numbers: a line of swatches, and the level between each and the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gdtui.charts import palette
from gdtui.charts.cells import PLAIN, Depth, Look, Run
from gdtui.charts.palette import Role
from gdtui.formula.notation import digits_apart

_SWATCH = 2  # cells


def legend(levels: Sequence[float], depth: Depth, width: int, unicode: bool = True) -> list[Run]:
    """A row of exactly ``width`` cells. Where not all levels fit, every other one is named, every third, ...

    A swatch has the colour of the band that begins at the number before it. Without a fill only the numbers stand
    there, those of the isolines.
    """
    filled = unicode and palette.is_filled(depth)
    texts = texts_of(levels, unicode)
    every = 1
    while every < len(texts) and _width(texts[::every], filled) > width:
        every *= 2
    if not texts or _width(texts[::every], filled) > width:
        return [(" " * width, PLAIN)]
    fills = palette.bands(depth, len(levels) + 1)
    label = palette.look(Role.LABEL, depth)
    runs: list[Run] = [(" " * _SWATCH, Look(bg=fills[0]))] if filled else []
    for number in range(0, len(texts), every):
        runs.append((f" {texts[number]} ", label))
        if filled:
            runs.append((" " * _SWATCH, Look(bg=fills[number + 1])))
    return [*runs, (" " * (width - sum(len(text) for text, _ in runs)), PLAIN)]


def texts_of(levels: Sequence[float], unicode: bool = True) -> list[str]:
    """Levels in a few cells each; with as many digits as no two of them are the same in."""
    digits = digits_apart(levels, 4)
    return [written(level, unicode, digits) for level in levels]


def written(value: float, unicode: bool = True, digits: int = 4) -> str:
    """A level in a few cells: 1e5, not 1e+05; a true minus."""
    text = re.sub(r"e([+-])0*", lambda match: "e" + match[1].strip("+"), f"{value:.{digits}g}")
    return text.replace("-", "−") if unicode else text


def _width(texts: Sequence[str], filled: bool) -> int:
    return sum(len(text) + 2 for text in texts) + filled * _SWATCH * (len(texts) + 1)
