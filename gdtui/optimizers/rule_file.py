"""A rule of one's own: a TOML file -> UpdateRule. Nothing in the file is executed but its equations."""

import math
import re
from pathlib import Path
from typing import Any

from gdtui.formula import graph
from gdtui.formula.language import Scope, parse
from gdtui.formula.parameter import Parameter, ParameterError, Scale
from gdtui.formula.symbols import RULE_SYMBOLS, name_of
from gdtui.formula.tokens import FormulaError, printable
from gdtui.optimizers.rule import RESERVED, LrMeans, UpdateRule, build

MAX_BYTES = 20_000
_STRINGS = (
    "name", "edited_from", "label", "convention", "reference", "help", "stability", "preconditioner", "lr_means",
)  # fmt: skip
_KEYS = (*_STRINGS, "equations", "hyperparameters", "init")
_LR_MEANS: tuple[LrMeans, ...] = ("factor", "length", "fraction")
_SCALES: tuple[Scale, ...] = ("linear", "log", "complement")


class RuleFileError(ValueError):
    """A rule file that cannot be taken: which file, where in it, and why."""


def load_rule(path: Path) -> UpdateRule:
    """The rule in a TOML file. Raises RuleFileError."""
    shown = printable(str(path))
    import tomllib  # here, since few runs read a file, and every start would pay for it

    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for
            raise RuleFileError(f"{shown}: this is no regular file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RuleFileError(f"{shown}: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise RuleFileError(f"{shown}: a rule file has at most {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8")
        found = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleFileError(f"{shown}: {printable(str(error))}") from None
    except RecursionError:
        raise RuleFileError(f"{shown}: nested too deep") from None
    except ValueError:  # Python's own bound on the digits of an integer
        raise RuleFileError(f"{shown}: a number in it has too many digits") from None
    try:
        rule = read_rule(found, printable(path.stem), str(path))
        check_rule(rule)
    except FormulaError as error:
        where = _place(text, found.get("equations"), error)
        raise RuleFileError(f"{shown}{where}: {error}") from None
    except (ParameterError, ValueError) as error:
        raise RuleFileError(f"{shown}: {error}") from None
    return rule


def read_rule(found: dict[str, Any], name: str, source: str | None = None) -> UpdateRule:
    """A rule from the tables of a TOML file. Raises ValueError, ParameterError or FormulaError."""
    for key in found:
        if key not in _KEYS:
            raise ValueError(f"'{printable(key)}' is no part of a rule; known are {', '.join(_KEYS)}")
    strings = {key: _string(found, key) for key in _STRINGS if key in found}
    if "equations" not in found:
        raise ValueError("a rule needs its equations")
    hyperparameters = read_parameters(_table(found, "hyperparameters"))
    means = next((m for m in _LR_MEANS if m == strings.get("lr_means", "factor")), None)
    if means is None:
        raise ValueError(f"lr_means is one of {', '.join(_LR_MEANS)}")
    init = {}
    for key, value in _table(found, "init").items():
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(f"init.{printable(key)} is a number or an expression")
        init[name_of(key)] = value if isinstance(value, str) else str(value)
    own = strings.get("name", name)
    return UpdateRule(
        own, strings.get("label", own), _string(found, "equations"), hyperparameters, init,
        stability=strings.get("stability"), preconditioner=strings.get("preconditioner"),
        lr_means=means, convention=strings.get("convention", ""), reference=strings.get("reference", ""),
        help=strings.get("help", ""), source=source, edited_from=strings.get("edited_from", ""),
    )  # fmt: skip


def check_rule(rule: UpdateRule) -> None:
    """Refuse a rule that cannot run. Raises FormulaError at the place in its equations."""
    shapes: dict[str, tuple[int, ...]] = {
        "theta": (2,),
        "grad": (2,),
        "g": (2,),
        "loss": (),
        "t": (),
        "k": (),
        "f_min": (),
    }
    shapes |= {p.name: () for p in rule.hyperparameters}
    equations = build(rule.equations, shapes, 2)
    names = {e.name: e for e in equations}
    if "theta" not in names:
        raise FormulaError(
            "a rule says what the new theta is: theta = theta + delta", rule.equations, len(rule.equations) - 1
        )
    if "delta" in names and names["theta"].text.replace(" ", "") not in ("theta=theta+delta", "theta=delta+theta"):
        raise FormulaError("delta is new θ − θ: where a rule names it, theta = theta + delta", rule.equations)
    for name in rule.init:
        if name not in names:
            raise FormulaError(f"init gives '{printable(name)}' a value, but no equation does", rule.equations)
    for parameter in rule.hyperparameters:
        if parameter.name in names:
            raise ValueError(
                f"'{parameter.name}' is a hyperparameter, and an equation assigns it: give one another name"
            )
    defaults = {p.name: graph.constant(p.default) for p in rule.hyperparameters}
    stability = {} if rule.stability is None else {"stability": rule.stability}
    for place, text in {**{f"init.{name}": text for name, text in rule.init.items()}, **stability}.items():
        try:
            value = parse(text, Scope(defaults, symbols=RULE_SYMBOLS))
        except FormulaError as error:
            raise ValueError(f"{place}: {error}") from None
        if value.known is None:
            raise ValueError(f"{place} is a number, or an expression over the hyperparameters")
    if rule.preconditioner is not None:
        terms = {name: graph.name(name, equation.node.shape) for name, equation in names.items() if name != "theta"}
        scope = Scope({"t": graph.name("t"), **defaults, **terms}, symbols=RULE_SYMBOLS)
        try:
            parse(rule.preconditioner, scope)
        except FormulaError as error:
            raise ValueError(f"preconditioner: {error}") from None


def read_parameters(found: dict[str, Any]) -> tuple[Parameter, ...]:
    """Parameters by name, each a number or a table. Raises ValueError or ParameterError."""
    return tuple(_parameter(key, value) for key, value in found.items())


def _parameter(key: str, value: Any) -> Parameter:
    name = name_of(key)
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise ValueError(f"hyperparameters: '{printable(key)}' is not a name")
    if name in (*RESERVED, "theta", "g", "delta"):
        raise ValueError(f"hyperparameters: '{name}' is given; a hyperparameter has another name")
    if not isinstance(value, dict):
        value = {"default": value}
    for part in value:
        if part not in ("default", "low", "high", "scale", "help", "whole"):
            raise ValueError(
                f"hyperparameters.{printable(key)} has no '{printable(part)}': default, low, high, scale, help, whole"
            )
    numbers: dict[str, float] = {}
    for part, without in (("default", None), ("low", -math.inf), ("high", math.inf)):
        given = value.get(part, without)
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise ValueError(f"hyperparameters.{printable(key)}: {part} is a number")
        try:
            numbers[part] = float(given)
        except OverflowError:
            raise ValueError(f"hyperparameters.{printable(key)}: {part} is too large a number") from None
        if math.isnan(numbers[part]) and part != "default":
            raise ValueError(f"hyperparameters.{printable(key)}: {part} is a number, not NaN")
    if numbers["low"] > numbers["high"]:
        raise ValueError(f"hyperparameters.{printable(key)}: low is above high")
    scale = value.get("scale", "linear")
    if scale not in _SCALES:
        raise ValueError(f"hyperparameters.{printable(key)}: scale is one of {', '.join(_SCALES)}")
    help_text = value.get("help", "")
    if not isinstance(help_text, str):
        raise ValueError(f"hyperparameters.{printable(key)}: help is a string")
    whole = value.get("whole", False)
    if not isinstance(whole, bool):
        raise ValueError(f"hyperparameters.{printable(key)}: whole is true or false")
    bounds = numbers["low"], numbers["high"]
    parameter = Parameter(name, numbers["default"], *bounds, scale, printable(help_text), whole)
    parameter.check(parameter.default)
    return parameter


def _string(found: dict[str, Any], key: str) -> str:
    value = found[key]
    if not isinstance(value, str):
        raise ValueError(f"{key} is a string")
    return value if key == "equations" else printable(value)


def _table(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key, {})
    if not isinstance(value, dict):
        raise ValueError(f"{key} is a table: [{key}]")
    return value


def _place(text: str, equations: Any, error: FormulaError) -> str:
    """``:line:column`` of an error in the equations, where they stand in the file as they are."""
    if not isinstance(equations, str) or equations not in text:
        return ""
    return f":{text[: text.index(equations)].count(chr(10)) + error.line}:{error.column}"
