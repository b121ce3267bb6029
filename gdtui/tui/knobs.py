"""The knobs of a setup, in the order in which tab goes through them, and what turning one makes of it."""

from __future__ import annotations

from dataclasses import replace

from gdtui.descent.setup import Setup
from gdtui.descent.stopping import PARAMETERS
from gdtui.formula.parameter import Parameter
from gdtui.optimizers.before_rule import STAGES, numbered

Knob = tuple[str, float | None, Parameter]
"""(how it is shown, its value or None for off, its parameter)."""

_LEAST_SWITCH = 1e-4
"""Turned down below this, a switch goes off; a smaller value can be typed."""


def knobs_of(setup: Setup) -> dict[str, Knob]:
    """By name: the optimizer's, the stopping rules, and what may be put before the rule."""
    of_rule = [p for p in setup.pipeline.parameters if not is_switch(setup, p.name)]
    found: dict[str, Knob] = {p.name: (p.symbol, setup.values[p.name], p) for p in of_rule}
    for name, parameter in PARAMETERS.items():
        found[name] = (name.replace("_", " "), getattr(setup.stopping, name), parameter)
    for stage in numbered():
        if is_switch(setup, stage.name):
            found[stage.name] = (stage.name.replace("_", " "), setup.values.get(stage.name), stage.parameter)
    return found


def is_switch(setup: Setup, name: str) -> bool:
    """Whether a knob puts an equation before the rule, and takes it away again; its number may be the rule's own."""
    return name in STAGES and not setup.pipeline.rule.has(name)


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
        before = setup.pipeline.before - {name} if off else setup.pipeline.before | {name}
        settings = {} if off else {name: STAGES[name].parameter.check(text)}
        return setup.with_pipeline(replace(setup.pipeline, before=before), settings)
    if name in PARAMETERS:
        return setup.with_stopping(name, None if off else text)
    return setup.with_value(name, text)
