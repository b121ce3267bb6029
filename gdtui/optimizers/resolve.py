"""What a user writes for an optimizer or a schedule -> UpdateRule, Schedule: a name, NAME:k=v, or FILE.toml."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from gdtui.formula.language import nearest
from gdtui.formula.parameter import ParameterError, split_settings, with_settings
from gdtui.formula.tokens import printable
from gdtui.formula.vocabulary import CONSTANTS
from gdtui.optimizers import catalogue, schedules
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.rule_file import load_rule
from gdtui.optimizers.schedules import Schedule


def resolve_rule(text: str) -> tuple[UpdateRule, dict[str, str]]:
    """The rule and its settings. Raises ParameterError, or RuleFileError for a file."""
    name, settings = split_settings(text.strip())
    if name.endswith(".toml"):
        return load_rule(Path(os.path.expanduser(name))), settings  # that of Path raises for ~ and a user who is none
    word = name.lower().replace("_", "-")
    word = catalogue.ALIASES.get(word, word)
    if word not in catalogue.BY_NAME:
        known = [*catalogue.BY_NAME, *catalogue.ALIASES]
        raise ParameterError(
            f"there is no optimizer '{printable(name)[:40]}'{nearest(word, known)} (gdtui list optimizers has them all)"
        )
    return catalogue.BY_NAME[word], settings


def resolve_schedule(text: str, also: Iterable[str] = ()) -> tuple[Schedule, dict[str, str]]:
    """The schedule and its settings: of the catalogue, or a formula of k. Raises ParameterError, FormulaError.

    It is behind a warm-up where its settings speak of one, or the names of those that are set elsewhere (``also``).
    """
    name, settings = split_settings(text.strip())
    word = name.strip().lower().replace("_", "-")
    if word in schedules.BY_NAME:
        schedule = schedules.BY_NAME[word]
    elif _is_word(word):
        raise ParameterError(
            f"there is no schedule '{printable(name)[:40]}'{nearest(word, schedules.BY_NAME)}"
            " (gdtui list schedules has them all)"
        )
    else:
        schedule = schedules.formula(name)
    with_settings(schedule.settable, settings, f"the schedule {schedule.name}")
    asked = {schedules.WARMUP.name, schedules.WARMUP_BEGIN.name}.intersection([*settings, *also])
    return schedules.warmed(schedule) if asked else schedule, settings


def _is_word(text: str) -> bool:
    """Whether a text is meant for a name: letters and hyphens, where something else stands than lr, k and t."""
    words = re.split(r"[-\s:]+", text)
    return not text or (all(map(str.isidentifier, words)) and not {*words} <= {*schedules.FORMULA_NAMES, *CONSTANTS})
