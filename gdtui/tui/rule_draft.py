"""A rule as it is being typed: the setup that its text makes, or the mistake in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from textwrap import dedent

from gdtui.descent.setup import Setup
from gdtui.formula.notation import number
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.optimizers.assignment import split_equations
from gdtui.optimizers.catalogue import BY_NAME
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.rule_check import remarks_on
from gdtui.optimizers.rule_file import MAX_BYTES, rule_of
from gdtui.optimizers.rule_mistake import Place, RuleTextError, of_formula, place_of_equations, place_of_key
from gdtui.storage.describe import beginning_text, equation_texts, stability_text
from gdtui.storage.rule_text import named, toml_of


@dataclass(frozen=True)
class Draft:
    """A text, and the setup that it makes; where it makes none, ``mistake`` says why and ``place`` where.

    ``lines``: the line of each equation by its name, from 0.
    """

    text: str
    setup: Setup | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    mistake: str = ""
    place: Place | None = None

    @property
    def rule(self) -> UpdateRule | None:
        return self.setup.pipeline.rule if self.setup else None

    @property
    def told(self) -> str:
        where = f"line {self.place.line}, column {self.place.column}: " if self.place else ""
        return where + self.mistake


def drafted(text: str, setup: Setup) -> Draft:
    """What a text makes of a setup whose rule it was, in about 5 ms."""
    if len(text.encode()) > MAX_BYTES:
        return Draft(text, mistake=f"a rule has at most {MAX_BYTES} bytes")
    running = setup.pipeline.rule
    try:
        typed = rule_of(text, running.name)
        try:
            return Draft(text, with_rule(setup, edited(typed, running), text), _lines(text, typed.equations))
        except FormulaError as error:  # of so many parameters
            raise of_formula(text, typed.equations, error) from None
    except RuleTextError as error:
        return Draft(text, mistake=error.message, place=error.place)
    except ParameterError as error:
        return Draft(text, mistake=str(error))


def _lines(text: str, equations: str) -> dict[str, int]:
    first = place_of_equations(text, equations)
    if first < 0:
        return {}
    return {line.name: text.count("\n", 0, first) + line.number for line in split_equations(equations)}


def edited(rule: UpdateRule, running: UpdateRule) -> UpdateRule:
    """A rule as it was typed under the name that it may bear: a rule of the catalogue that was edited gets another."""
    if _same(rule, running):
        return running
    of_that_name = BY_NAME.get(rule.name)
    if of_that_name and _same(rule, of_that_name):
        return of_that_name
    name = f"{rule.name}-edited" if of_that_name else rule.name
    return replace(rule, name=name, edited_from=running.origin if running.origin != name else "")


def _same(one: UpdateRule, other: UpdateRule) -> bool:
    """Whether two rules differ in no more than where their equations begin, and where they are from."""
    bare = [replace(r, equations=dedent(r.equations).strip(), source=None, edited_from="") for r in (one, other)]
    return bare[0] == bare[1]


def with_rule(setup: Setup, rule: UpdateRule, text: str) -> Setup:
    """The setup with an edited rule in it. Hyperparameters stay as they are, but for those whose default was edited.

    Raises ParameterError, FormulaError, or RuleTextError at the place in ``text``.
    """
    pipeline = replace(setup.pipeline, rule=rule)
    if not rule.has("lr"):
        pipeline = replace(pipeline, schedule=None)
    defaults = {p.name: p.default for p in setup.pipeline.parameters}
    kept, typed = {}, {}
    for parameter in pipeline.parameters:
        name = parameter.name
        if name in defaults and parameter.default == defaults[name]:
            kept[name] = setup.values[name]
        elif name in defaults:
            typed[name] = parameter.default
        try:
            parameter.check(kept.get(name, parameter.default))
        except ParameterError as error:
            raise RuleTextError(f"in force: {error}", place_of_key(text, ("hyperparameters", name))) from None
    found = setup.with_pipeline(pipeline, kept | typed)
    chosen = {name: value for name, value in found.chosen.items() if name in setup.chosen or name in typed}
    return replace(found, chosen=chosen)


def text_of(draft: Draft) -> str:
    """The text of a draft without a mistake under the name of its rule: what is kept, and what a file gets."""
    rule = draft.rule
    assert rule is not None
    text = named(draft.text, rule)
    try:
        same = _same(rule_of(text, rule.name), rule)
    except RuleTextError:  # a name of several lines, say
        same = False
    return text if same else toml_of(rule)


def notation_lines(setup: Setup) -> Iterator[tuple[str, str]]:
    """(an equation's name, its notation), in the order in which they run; then what is in force, begins, is claimed."""
    yield from equation_texts(setup.program.equations)
    yield "", ""
    symbols = {p.name: p.symbol for p in setup.pipeline.parameters}
    if symbols:
        yield "", "in force: " + ", ".join(f"{symbols[name]} = {number(setup.values[name], 6)}" for name in symbols)
    rule = setup.pipeline.rule
    for name in sorted(setup.pipeline.unread(setup.objective.dim)):
        yield "", f"no equation reads {symbols[name]}: to set it does nothing"
    for line in (*beginning_text(rule, setup.program.equations), *remarks_on(rule)):
        yield "", line
    if rule.stability is not None:
        yield "", f"stable: {stability_text(rule)}"


def doubt(setup: Setup) -> str:
    """What an edited rule still claims of the one that it was: that learning rates up to a limit are stable."""
    rule = setup.pipeline.rule
    origin = BY_NAME.get(rule.origin)
    if origin is None or origin.stability is None or rule is origin:
        return ""
    if (rule.stability, rule.preconditioner) != (origin.stability, origin.preconditioner):
        return ""
    if [e.node for e in Pipeline(rule).equations(2)] == [e.node for e in Pipeline(origin).equations(2)]:
        return ""
    return f"stability is still {origin.name}'s: does it hold for these equations?"
