"""gradient -> noise -> clip -> decay -> schedule -> rule: one ordered list of equations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gdtui.formula import graph
from gdtui.formula.equations import Equation, Line, read
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope
from gdtui.formula.parameter import Parameter, ParameterError
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.optimizers.assignment import split_equations
from gdtui.optimizers.before_rule import STAGES, Stage, StageLine
from gdtui.optimizers.rule import UpdateRule, build, init_shapes, read_init
from gdtui.optimizers.schedules import Schedule

_STREAM = 1
"""What is drawn before a rule is drawn in a stream of its own: a rule that draws is not given the same numbers."""


@dataclass(frozen=True)
class Pipeline:
    """What happens to a gradient until the parameters have moved.

    ``before``: the names of what is put before the rule, of the table in `before_rule`; which of it has equations is
    said by `stages`. Their numbers are `parameters` like those of the rule. ``recorded``: of rows that were only
    recorded, the names and shapes of the terms that stand in them; then there are no equations.
    """

    rule: UpdateRule
    before: frozenset[str] = frozenset()
    schedule: Schedule | None = None
    recorded: tuple[tuple[str, graph.Shape], ...] | None = None

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """What stands before the rule, in order, ahead of the schedule: what the rule has itself is its own."""
        return tuple(s for s in STAGES.values() if s.name in self.before and not self.rule.has(s.name))

    def has(self, name: str) -> bool:
        """Whether an equation of this name's is put before the rule."""
        return any(stage.name == name for stage in self.stages)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All that may be turned: the rule's first. Raises ParameterError where two have one name."""
        rule, schedule = self.rule, self.schedule
        if schedule is not None and not rule.has("lr"):
            raise ParameterError(f"{rule.name} has no lr to be scheduled")
        scheduled = schedule.parameters if schedule is not None else ()
        if schedule is not None and (clash := [p.name for p in scheduled if rule.has(p.name)]):
            raise ParameterError(f"{rule.name} and the schedule {schedule.name} both have {', '.join(clash)}")
        return (*rule.hyperparameters, *scheduled, *(stage.parameter for stage in self.stages if stage.numbers))

    @property
    def maximize(self) -> bool:
        """Whether it goes up: loss and gradient stay the objective's."""
        return "maximize" in self.before

    @property
    def lr_name(self) -> str | None:
        """The name that holds the learning rate of a step, or None for a rule that has none."""
        if self.schedule is not None and self.recorded is None:
            return "lr_t"
        return "lr" if self.rule.has("lr") else None

    def lines(self) -> list[StageLine]:
        """The equations before the rule's. ``g`` and ``lr`` read the last of those before them.

        A name is assigned once: of two results of one name the earlier has the last word of its stage behind it.
        """
        lines = [(stage, line) for stage in self.stages for line in stage.lines]
        results = [name for _, (name, _, _) in lines]
        found: list[StageLine] = [("g", "g", "grad")] * (results[:1] != ["g"] and any(s.keeps_g for s in self.stages))
        for k, (stage, (name, read_by, text)) in enumerate(lines):
            again = f"_{stage.name.rpartition('_')[2]}" if name in results[k + 1 :] else ""
            found.append((name + again, read_by, text))
        if self.schedule is not None:
            found += [(name, "lr" if name == "lr_t" else name, text) for name, text in self.schedule.lines]
        return found

    def shapes(self, dim: int) -> dict[str, graph.Shape]:
        """What an equation is given, and its shape: parameters of this run, and the hyperparameters."""
        given: dict[str, graph.Shape] = {"theta": (dim,), "grad": (dim,), "loss": (), "t": (), "f_min": ()}
        return given | {p.name: () for p in self.parameters}

    def equations(self, dim: int) -> tuple[Equation, ...]:
        """The whole list for a theta of ``dim``, ending with theta. Raises FormulaError."""
        return _equations(self, dim)

    def unread(self, dim: int) -> frozenset[str]:
        """The parameters that neither an equation reads nor what a state begins with: to set one does nothing."""
        if self.recorded is not None:
            return frozenset()
        names = [p.name for p in self.parameters]
        begins = [read_init(text, names, dim) for text in self.rule.init.values()]
        return frozenset(names) - graph.names_in([*(e.node for e in self.equations(dim)), *begins])


def _equations(pipeline: Pipeline, dim: int) -> tuple[Equation, ...]:
    shapes = pipeline.shapes(dim)
    lines = pipeline.lines()
    _check_names(pipeline, [name for name, _, _ in lines])
    # Where nothing comes before the rule, g is the gradient itself.
    bindings: dict[str, Node] = {"g": graph.name("grad" if lines else "g", (dim,))}
    bindings["k"] = graph.apply("add", graph.name("t"), graph.constant(-1.0))
    names = {key: graph.name(key, shape) for key, shape in shapes.items()} | bindings
    later = {name: read_by for name, read_by, _ in lines}

    def take(line: Line, node: Node) -> Node:
        names[later[line.name]] = bindings[later[line.name]] = graph.name(line.name, node.shape)
        return graph.substitute([node], _in_its_stream)[0]

    text = "\n".join(f"{name} = {expression}" for name, _, expression in lines)
    written = [Line(row, name, expression, 0, "", (0, 0)) for row, (name, _, expression) in enumerate(lines)]
    scope = Scope(names, rule=True, symbols=RULE_SYMBOLS, saved=True)
    found = [e._replace(line=-1) for e in read(text, written, scope, take)]
    if bindings["g"].text == "grad":
        bindings["g"] = graph.name("g", (dim,))
    begins = init_shapes(pipeline.rule, [p.name for p in pipeline.parameters], dim)
    built = build(pipeline.rule.equations, shapes, dim, bindings, begins)
    if not any(read_by == "g" for _, read_by, _ in lines):
        built = [e._replace(node=graph.substitute([e.node], _raw_past)[0]) for e in built]
    made = [e._replace(node=node) for e, node in zip(built, _elsewhere(pipeline, found, built), strict=True)]
    return (*found, *made)


def _in_its_stream(node: Node) -> Node | None:
    """normal() ahead of the rule, which is not that of the rule."""
    return graph.normal(node.shape, _STREAM) if node.op == "normal" else None


def _elsewhere(pipeline: Pipeline, found: list[Equation], built: list[Equation]) -> list[Node]:
    """The rule's graphs, in which grad(u) comes of the gradient at u as g of that here, and hess() is turned."""
    done: dict[Node, Node] = {}  # grad(grad(u)): what is within is made once

    def change(node: Node) -> Node | None:
        if node.op == "hess" and pipeline.maximize:
            return graph.apply("neg", node)
        if node.op == "grad_at" and node not in done:
            (point,) = graph.substitute([node.args[0]], change)
            made = {"theta": point, "grad": graph.look_ahead("grad_at", point)}
            last = made["grad"]
            for equation in (e for e in found if e.node.shape):
                last = graph.with_names(equation.node, made)
                made[equation.name] = last
            done[node] = last
        return done.get(node)

    return graph.substitute([e.node for e in built], change)


def _check_names(pipeline: Pipeline, before: list[str]) -> None:
    """Refuse a rule that has a name which something before it has too. Raises ParameterError."""
    rule = pipeline.rule
    own = {p.name for p in rule.hyperparameters} | {line.name for line in split_equations(rule.equations)}
    others = {p.name for p in pipeline.parameters if p not in rule.hyperparameters}
    for name in before + sorted(others):
        if name in own:
            both = f"'{name}' is a name of {rule.name} and of what comes before it (noise, clipping, decay, schedule)"
            raise ParameterError(f"{both}: give the rule's another")


def _raw_past(node: Node) -> Node | None:
    """prev(g) where nothing comes before the rule: what is recorded is the gradient."""
    if node.op != "prev" or node.args[0].text != "g":
        return None
    assert isinstance(node.payload, int)
    return graph.previous("grad", node.payload, node.shape)
