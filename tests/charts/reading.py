"""What a chart shows, cell by cell."""

import numpy as np


def cells(chart):
    """Every cell of a chart: rows of (glyph, look)."""
    return [[(glyph, look) for text, look in chart.row(y) for glyph in text] for y in range(chart.height)]


def text(chart):
    """The rows of a chart as text."""
    return ["".join(run for run, _ in chart.row(y)) for y in range(chart.height)]


def found(chart, glyph):
    """The cells (x, y) that show a glyph."""
    return [(x, y) for y, row in enumerate(text(chart)) for x, shown in enumerate(row) if shown == glyph]


def inked(chart, colour):
    """The cells (x, y) with a foreground of this colour that are not blank."""
    return [
        (x, y)
        for y, row in enumerate(cells(chart))
        for x, (glyph, look) in enumerate(row)
        if look.fg == colour and glyph != " "
    ]


def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_gradient(x, y):
    return 4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7), 2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7)


TROUBLE = [
    lambda x, y: 0 * x,
    lambda x, y: x * np.nan,
    lambda x, y: x * np.inf,
    lambda x, y: np.log(x) + y,
    lambda x, y: 1 / (x * y),
    lambda x, y: np.exp(1000 * x),
    lambda x, y: np.where(x > 0, 1e300, -1e300),
    lambda x, y: 1e-300 * (x**2 + y**2),
    lambda x, y: 1e12 + x,
    lambda x, y: np.where(x > 0, 5e-324, 0),
    lambda x, y: np.sign(x),
    lambda x, y: 3.0,
]
"""Surfaces that are flat, have no value somewhere, walls, poles, or values that doubles hardly hold."""
