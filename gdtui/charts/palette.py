"""Colours by what they mean, for every colour depth. The rest of the screen takes its colours from here."""

from __future__ import annotations

import enum
from functools import cache
from typing import TypeAlias

from gdtui.charts.cells import Colour, Depth, Look

RGB: TypeAlias = tuple[int, int, int]


class Role(enum.Enum):
    """What a glyph stands for."""

    PATH = "the live path, up to the cursor"
    POINT = "the current point: the accent, used for nothing that is not alive"
    START = "where the run began"
    MINIMIZER = "a known minimizer"
    FUTURE = "the next steps, not taken yet"
    AHEAD = "recorded rows after the cursor"
    OLD = "other runs"
    OLD_GREEN = "another one of them, told apart by its hue"
    OLD_CLAY = "a third"
    OLD_BLUE = "a fourth"
    AXIS = "frame and tick marks"
    LABEL = "numbers on the axes"
    CURVE = "the graph of a function of one parameter"
    ISOLINE = "lines of one level, where there is no fill"
    VOID = "where the objective has no value"
    BEHIND = "the current point where the surface hides it"
    TANGENT = "the slope at the current point"
    CURSOR = "the iteration that is shown, on a time axis"
    FAINT = "an arrow of the gradient's field, among the shortest"
    MILD = "a middling one"
    STRONG = "one among the longest"
    FIRST = "the first of several curves in one chart"
    SECOND = "the second curve"
    THIRD = "the third curve"
    FOURTH = "the fourth curve"
    FIFTH = "the fifth curve"
    SIXTH = "the sixth curve"


SERIES = (Role.FIRST, Role.SECOND, Role.THIRD, Role.FOURTH, Role.FIFTH, Role.SIXTH)
"""The roles of several curves or runs in one chart, in order."""
SIGNS = "○△□▽▷☆"
"""What stands on these here and there, so that they are told apart without a colour."""
OLDS = (Role.OLD, Role.OLD_GREEN, Role.OLD_CLAY, Role.OLD_BLUE)
"""The roles of other runs, by their tint."""
ARROWS = (Role.FAINT, Role.MILD, Role.STRONG)
"""The roles of the arrows of a field, from short to long."""


_ROLES: dict[Role, tuple[RGB, int, Look]] = {
    # The terminal's own foreground is the one 16-colour ink that can be read on light and dark grounds.
    Role.PATH: ((255, 241, 208), 230, Look(None, bold=True)),
    Role.POINT: ((255, 140, 66), 208, Look(3, bold=True)),
    Role.START: ((255, 255, 255), 231, Look(None, bold=True)),
    Role.MINIMIZER: ((168, 240, 208), 158, Look(2, bold=True)),
    Role.FUTURE: ((224, 192, 140), 180, Look(6)),
    Role.AHEAD: ((168, 156, 132), 144, Look(None, dim=True)),
    Role.OLD: ((164, 152, 182), 146, Look(5, dim=True)),
    Role.OLD_GREEN: ((140, 172, 136), 108, Look(2, dim=True)),
    Role.OLD_CLAY: ((196, 148, 124), 137, Look(1, dim=True)),
    Role.OLD_BLUE: ((124, 160, 192), 110, Look(4, dim=True)),
    Role.AXIS: ((84, 92, 104), 240, Look(None, dim=True)),
    Role.LABEL: ((150, 158, 168), 247, Look(None)),
    Role.CURVE: ((92, 148, 184), 67, Look(4)),
    Role.ISOLINE: ((72, 104, 136), 60, Look(4)),
    Role.VOID: ((70, 72, 78), 238, Look(None, dim=True)),
    Role.BEHIND: ((196, 158, 132), 173, Look(None)),
    Role.TANGENT: ((168, 240, 208), 158, Look(2)),
    Role.CURSOR: ((120, 116, 112), 243, Look(None, dim=True)),
    Role.FAINT: ((122, 142, 152), 245, Look(None, dim=True)),
    Role.MILD: ((150, 172, 180), 249, Look(6)),
    Role.STRONG: ((202, 216, 214), 253, Look(6, bold=True)),
    Role.FIRST: ((112, 182, 255), 75, Look(6)),
    Role.SECOND: ((244, 138, 186), 211, Look(5)),
    Role.THIRD: ((150, 214, 116), 113, Look(2)),
    Role.FOURTH: ((190, 160, 250), 141, Look(4)),
    Role.FIFTH: ((236, 218, 112), 185, Look(1)),
    Role.SIXTH: ((96, 214, 206), 80, Look(None)),
}
_DIM_IN_MONO = {Role.AHEAD, *OLDS, Role.AXIS, Role.ISOLINE, Role.VOID, Role.CURVE, Role.CURSOR, Role.FAINT}
_BOLD_IN_MONO = {Role.PATH, Role.POINT, Role.START, Role.MINIMIZER, Role.STRONG}

# Dark blue for low to pale grey-green for high. The fill is shown at a strength of 60 %: the surface recedes.
_RAMP: tuple[RGB, ...] = ((14, 22, 66), (22, 52, 112), (32, 92, 138), (62, 132, 144), (120, 168, 150), (186, 204, 178))
_STRENGTH = 0.6
_HALO = 0.62
_RAMP_256 = (16, 234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244)
_HALO_256 = 234
# From a slope that lies in the dark to one that faces the light.
_DARKEST, _LIGHTEST = 0.55, 1.4
_LIT_256 = (233, 234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246)
_VOID: dict[Depth, Colour] = {Depth.TRUECOLOR: (22, 22, 26), Depth.INDEXED: 233}

MOST_BANDS = {Depth.TRUECOLOR: 20, Depth.INDEXED: len(_RAMP_256), Depth.STANDARD: 12, Depth.MONO: 12}
"""More bands than these cannot be told apart."""


def is_filled(depth: Depth) -> bool:
    """Whether there are enough colours to fill a surface with bands."""
    return depth in (Depth.TRUECOLOR, Depth.INDEXED)


@cache
def look(role: Role, depth: Depth) -> Look:
    """Foreground, bold and dim of a role; the background is the terminal's."""
    rgb, index, standard = _ROLES[role]
    if depth is Depth.TRUECOLOR:
        return Look(rgb, bold=role is Role.POINT)
    if depth is Depth.INDEXED:
        return Look(index, bold=role is Role.POINT)
    if depth is Depth.STANDARD:
        return standard
    return Look(None, bold=role in _BOLD_IN_MONO, dim=role in _DIM_IN_MONO)


@cache
def bands(depth: Depth, count: int) -> tuple[Colour, ...]:
    """The fill of ``count`` bands, lowest first; without a fill at this depth, all None."""
    if depth is Depth.TRUECOLOR:
        return tuple(_on_ramp(index / max(count - 1, 1)) for index in range(count))
    if depth is Depth.INDEXED:
        last = len(_RAMP_256) - 1
        return tuple(_RAMP_256[round(index * last / max(count - 1, 1))] for index in range(count))
    return (None,) * count


@cache
def shades(depth: Depth, count: int, steps: int) -> tuple[Colour, ...]:
    """``count`` bands in the dark, then once more for each step of light; lowest band first."""
    if depth is Depth.INDEXED:
        most = len(_LIT_256) - steps
        places = [round(k * most / max(count - 1, 1)) for k in range(count)]
        return tuple(_LIT_256[step + place] for step in range(steps) for place in places)
    strengths = (_DARKEST + (_LIGHTEST - _DARKEST) * step / max(steps - 1, 1) for step in range(steps))
    return tuple(colour for strength in strengths for colour in _darker(bands(depth, count), strength))


@cache
def halos(depth: Depth, fills: tuple[Colour, ...]) -> tuple[Colour, ...]:
    """Fills much darker, to set a path, a mark or an isoline off from them."""
    if depth is Depth.INDEXED:
        return (_HALO_256,) * len(fills)
    return _darker(fills, _HALO)


def void(depth: Depth) -> Colour:
    """The fill where the objective has no value."""
    return _VOID.get(depth)


def _on_ramp(place: float) -> RGB:
    """The dimmed ramp at a place from 0 to 1."""
    at = place * (len(_RAMP) - 1)
    below = min(int(at), len(_RAMP) - 2)
    part = at - below
    red, green, blue = (
        round(_STRENGTH * (low + (high - low) * part)) for low, high in zip(_RAMP[below], _RAMP[below + 1], strict=True)
    )
    return red, green, blue


def _darker(fills: tuple[Colour, ...], strength: float) -> tuple[Colour, ...]:
    """RGB fills at a part of their strength; the same where they are not RGB."""
    weak = [(round(f[0] * strength), round(f[1] * strength), round(f[2] * strength)) if isinstance(f, tuple) else f
            for f in fills]  # fmt: skip
    return tuple(weak)
