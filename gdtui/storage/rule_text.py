"""A rule as the text of its TOML file: what `optimizers.rule_file` reads back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from textwrap import dedent

from gdtui.formula.parameter import Parameter
from gdtui.formula.tokens import printable
from gdtui.optimizers.rule import UpdateRule

_ENTRY = r"^[ \t]*{}[ \t]*=[ \t]*(?:\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')"


def toml_of(rule: UpdateRule, values: Mapping[str, float] | None = None) -> str:
    """The rule's file, its equations first; it reads back as an equal rule whose equations stand at the margin.

    ``values``: hyperparameters in force, which are written in the place of the defaults; other names in it are
    no matter.
    """
    return "\n".join([*_head(rule), *_hyperparameters(rule, values or {}), *_init(rule)]) + "\n"


def named(text: str, rule: UpdateRule) -> str:
    """A rule's text as it was typed, but for its name and what it was edited from, which are the rule's."""
    text = _with_entry(text, "name", rule.name)
    return _with_entry(text, "edited_from", rule.edited_from, behind="name") if rule.edited_from else text


def _with_entry(text: str, key: str, value: str, behind: str = "") -> str:
    """The text with a string of one line at the head of the file replaced, or put in: at the top, or behind another."""
    line = f"{key} = {_string(value)}"
    place = re.search(_ENTRY.format(key), text, re.MULTILINE)
    if place:
        return text[: place.start()] + line + text[place.end() :]
    before = re.search(_ENTRY.format(behind) + ".*\n?", text, re.MULTILINE) if behind else None
    at = before.end() if before else 0
    return f"{text[:at]}{line}\n{text[at:]}"


def _head(rule: UpdateRule) -> Iterator[str]:
    yield f"name = {_string(rule.name)}"
    if rule.edited_from:
        yield f"edited_from = {_string(rule.edited_from)}"
    if rule.label != rule.name:
        yield f"label = {_string(rule.label)}"
    yield f'equations = """\n{_lines(rule.equations)}\n"""'
    optional = {"stability": rule.stability, "preconditioner": rule.preconditioner}
    optional |= {"lr_means": rule.lr_means if rule.lr_means != "factor" else None}
    optional |= {"convention": rule.convention, "reference": rule.reference, "help": rule.help}
    for key, text in optional.items():
        if text:
            yield f"{key} = {_string(text)}"


def _hyperparameters(rule: UpdateRule, values: Mapping[str, float]) -> Iterator[str]:
    if rule.hyperparameters:
        yield "\n[hyperparameters]"
    for parameter in rule.hyperparameters:
        yield f"{parameter.name} = {_parameter(parameter, values.get(parameter.name, parameter.default))}"


def _parameter(parameter: Parameter, default: float) -> str:
    """A number alone, or a table of what there is to say beside it."""
    parts = {}
    if math.isfinite(parameter.low):
        parts["low"] = _number(parameter.low)
    if math.isfinite(parameter.high):
        parts["high"] = _number(parameter.high)
    if parameter.scale != "linear":
        parts["scale"] = _string(parameter.scale)
    if parameter.whole:
        parts["whole"] = "true"
    if parameter.help:
        parts["help"] = _string(parameter.help)
    if not parts:
        return _number(default)
    return "{ " + ", ".join(f"{key} = {text}" for key, text in {"default": _number(default), **parts}.items()) + " }"


def _init(rule: UpdateRule) -> Iterator[str]:
    if rule.init:
        yield "\n[init]"
    for name, text in rule.init.items():
        yield f"{name} = {text if _reads_back(text) else _string(text)}"


def _reads_back(text: str) -> bool:
    """Whether a number in the file is this text again; other expressions are strings."""
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and text in (repr(value), repr(int(value)))


def _number(value: float) -> str:
    """A number with as few characters as bring back the same bits."""
    short = f"{value:g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return short if float(short) == value and short != "-0" else repr(value)


def _string(text: str) -> str:
    """A text on one line. What reading would replace, control characters, is replaced."""
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(equations: str) -> str:
    """Equations for a string of several lines, at the margin and without empty lines around them."""
    text = dedent(equations).strip("\n").rstrip()
    shown = "".join(c if c in "\n\t" else printable(c) for c in text)
    return shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
