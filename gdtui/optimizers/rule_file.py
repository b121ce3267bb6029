"""A rule of one's own: a TOML file -> UpdateRule. Nothing in the file is executed but its equations."""

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from gdtui.formula.language import nearest
from gdtui.formula.parameter import Parameter, Scale
from gdtui.formula.symbols import RULE_SYMBOLS, name_of
from gdtui.formula.tokens import FormulaError, printable
from gdtui.optimizers.assignment import RESERVED
from gdtui.optimizers.rule import LrMeans, UpdateRule
from gdtui.optimizers.rule_check import check_meaning, check_rule
from gdtui.optimizers.rule_mistake import EntryError, RuleTextError, of_formula, of_toml, place_of_key

MAX_BYTES = 20_000
_STRINGS = (
    "name", "edited_from", "label", "convention", "reference", "help", "stability", "preconditioner", "lr_means",
)  # fmt: skip
_KEYS = (*_STRINGS, "equations", "hyperparameters", "init")
_LR_MEANS, _SCALES = get_args(LrMeans), get_args(Scale)


class RuleFileError(ValueError):
    """A rule file that cannot be taken: which file, where in it, and why."""


def load_rule(path: Path) -> UpdateRule:
    """The rule in a TOML file. Raises RuleFileError."""
    shown = printable(str(path))
    if "\0" in str(path):
        raise RuleFileError(f"{shown}: a file's name has no NUL in it")
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for
            raise RuleFileError(f"{shown}: this is no regular file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise RuleTextError(f"a rule file has at most {MAX_BYTES} bytes")
        return rule_of(content.decode("utf-8"), printable(path.stem), str(path))
    except OSError as error:
        raise RuleFileError(f"{shown}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise RuleFileError(f"{shown}: {printable(str(error))}") from None
    except RuleTextError as error:
        where = f":{error.place.line}:{error.place.column}" if error.place else ""
        raise RuleFileError(f"{shown}{where}: {error}") from None


def rule_of(text: str, name: str, source: str | None = None) -> UpdateRule:
    """The rule that the text of a file is; ``name``: for one that has none in it. Raises RuleTextError."""
    import tomllib  # here, since few runs read a file, and every start would pay for it

    text = text.replace("\r\n", "\n")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise of_toml(text, error) from None
    except RecursionError:
        raise RuleTextError("nested too deep") from None
    except ValueError:  # Python's own bound on the digits of an integer
        raise RuleTextError("a number in it has too many digits") from None
    try:
        rule = read_rule(found, name, source)
        check_rule(rule)
        check_meaning(rule)
    except FormulaError as error:
        raise of_formula(text, found["equations"], error) from None
    except EntryError as error:
        raise RuleTextError(str(error), place_of_key(text, error.key)) from None
    # Only now, since a mistake is looked for in the text as it is: a comment may have them too.
    return replace(rule, equations="".join(c if c in "\n\t" else printable(c) for c in rule.equations))


def read_rule(found: dict[str, Any], name: str, source: str | None = None) -> UpdateRule:
    """A rule from the tables of a TOML file. Raises EntryError."""
    for key in found:
        if key not in _KEYS:
            likely = nearest(key.lower(), _KEYS)
            message = f"'{printable(key)}' is no part of a rule{likely}; known are {', '.join(_KEYS)}"
            raise EntryError(message, name_of(key, RULE_SYMBOLS))
    strings = {key: _string(found, key) for key in _STRINGS if key in found}
    if "equations" not in found:
        below = next((key for key, value in found.items() if isinstance(value, dict) and "equations" in value), "")
        where = f": they stand below [{below}], and belong to that table so; move them above it" if below else ""
        raise EntryError(f"a rule needs its equations{where}", *((below, "equations") if below else ()))
    hyperparameters = read_parameters(_table(found, "hyperparameters"))
    means = strings.get("lr_means", "factor")
    if means not in _LR_MEANS:
        raise EntryError(f"lr_means is one of {', '.join(_LR_MEANS)}", "lr_means")
    init = {}
    for key, value in _table(found, "init").items():
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise EntryError(f"init.{printable(key)} is a number or an expression", "init", name_of(key, RULE_SYMBOLS))
        init[name_of(key, RULE_SYMBOLS)] = value if isinstance(value, str) else str(value)
    own = strings.get("name", name)
    words: dict[str, Any] = {"label": own} | strings | {"name": own, "lr_means": means}
    equations = _string(found, "equations")
    return UpdateRule(equations=equations, hyperparameters=hyperparameters, init=init, source=source, **words)


def read_parameters(found: dict[str, Any]) -> tuple[Parameter, ...]:
    """Parameters by name, each a number or a table. Raises EntryError."""
    made: list[Parameter] = []
    for key, value in found.items():
        try:
            made.append(_parameter(key, value))
            if [p.name for p in made].count(made[-1].name) > 1:
                raise ValueError(f"hyperparameters: {made[-1].name} is there twice, once as {printable(key)}")
        except ValueError as error:
            raise EntryError(str(error), "hyperparameters", name_of(key, RULE_SYMBOLS)) from None
    return tuple(made)


def _parameter(key: str, value: Any) -> Parameter:
    name = name_of(key, RULE_SYMBOLS)
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
            advice = {bool: ": write 1 or 0", str: ", without quotes"}.get(type(given), "")
            raise ValueError(f"hyperparameters.{printable(key)}: {part} is a number{advice}")
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
    help_text, whole = value.get("help", ""), value.get("whole", False)
    if not isinstance(help_text, str):
        raise ValueError(f"hyperparameters.{printable(key)}: help is a string")
    if not isinstance(whole, bool):
        raise ValueError(f"hyperparameters.{printable(key)}: whole is true or false")
    parameter = Parameter(name, **numbers, scale=scale, help=printable(help_text), whole=whole)
    parameter.check(parameter.default)
    return parameter


def _string(found: dict[str, Any], key: str) -> str:
    value = found[key]
    if not isinstance(value, str):
        raise EntryError(f"{key} is a string", key)
    return value if key == "equations" else printable(value)


def _table(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key, {})
    if not isinstance(value, dict):
        raise EntryError(f"{key} is a table: [{key}]", key)
    return value
