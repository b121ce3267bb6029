"""The knobs of a setup, in the order in which tab goes through them, and what turning one makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gdtui.descent.setup import Setup
from gdtui.descent.stopping import PARAMETERS
from gdtui.formula.parameter import Parameter
from gdtui.optimizers.pipeline import CLIP_NORM, CLIP_VALUE, WEIGHT_DECAY

Knob = tuple[str, float | None, Parameter]
"""(how it is shown, its value or None for off, its parameter)."""

SWITCHES = {p.name: p for p in (CLIP_NORM, CLIP_VALUE, replace(WEIGHT_DECAY, default=0.01))}
"""Knobs that put an equation before the rule, and take it away again."""


_LEAST_SWITCH = 1e-4
"""Turned down below this, a switch goes off; a smaller value can be typed."""


def knobs_of(setup: Setup) -> dict[str, Knob]:
    """By name: the optimizer's, the stopping rules, and what may be put before the rule."""
    of_rule = [p for p in setup.pipeline.parameters if not is_switch(setup, p.name)]
    found: dict[str, Knob] = {p.name: (p.symbol, setup.values[p.name], p) for p in of_rule}
    for name, parameter in PARAMETERS.items():
        found[name] = (name.replace("_", " "), getattr(setup.stopping, name), parameter)
    for name, parameter in SWITCHES.items():
        if is_switch(setup, name):
            found[name] = (name.replace("_", " "), setup.values.get(name), parameter)
    return found


def is_switch(setup: Setup, name: str) -> bool:
    """Whether a knob puts an equation before the rule; a weight decay may be the rule's own."""
    return name in SWITCHES and not (name == "weight_decay" and setup.pipeline.rule.has_weight_decay)


def turn_knob(setup: Setup, name: str, up: bool) -> Setup:
    """The setup with a knob one notch on; one that is off comes on. Raises ParameterError at a bad value."""
    _, value, parameter = knobs_of(setup)[name]
    if value is None:
        return set_knob(setup, name, f"{parameter.default:.17g}")
    turned = parameter.turned(value, up)
    if is_switch(setup, name) and turned < _LEAST_SWITCH:
        return set_knob(setup, name, "off")
    return set_knob(setup, name, f"{turned:.17g}")


def set_knob(setup: Setup, name: str, text: str) -> Setup:
    """The setup with a knob at what was typed. Raises ParameterError, which says the range."""
    off = text.lower() in ("", "off", "-", "–", "none")
    if is_switch(setup, name):
        off = off or text == "0"
        switched: dict[str, Any] = {name: not off}
        pipeline = replace(setup.pipeline, **switched)
        value = None if off else SWITCHES[name].check(text)
        return setup.with_pipeline(pipeline, {} if value is None else {name: value})
    if name in PARAMETERS:
        return setup.with_stopping(name, None if off else text)
    return setup.with_value(name, text)
