"""gradient -> clip -> decay -> schedule -> rule: one ordered list of equations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from gdtui.formula import graph
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse
from gdtui.formula.parameter import Parameter, ParameterError
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.optimizers.assignment import split_equations
from gdtui.optimizers.rule import Equation, UpdateRule, build, init_shapes, read_init
from gdtui.optimizers.schedules import Schedule

CLIP_NORM = Parameter("clip_norm", 1.0, 1e-12, 1e12, "log", "the gradient is shortened to this length")
CLIP_VALUE = Parameter("clip_value", 1.0, 1e-12, 1e12, "log", "each coordinate of the gradient is cut off here")
WEIGHT_DECAY = Parameter("weight_decay", 0.0, 0.0, 1e6, "log", "pulls the parameters to 0")
# torch.nn.utils.clip_grad_norm_ has the 1e-6 too; without it the two part by 6e-7.
_CLIP_NORM_TEXT = "g*minimum(1, clip_norm/(norm(g) + 1e-6))"
_CLIP_VALUE_TEXT = "minimum(maximum(g, -clip_value), clip_value)"


@dataclass(frozen=True)
class Pipeline:
    """What happens to a gradient until the parameters have moved.

    The switches say which equations there are; their numbers are `parameters` like those of the rule.
    """

    rule: UpdateRule
    maximize: bool = False
    clip_value: bool = False
    clip_norm: bool = False
    weight_decay: bool = False
    schedule: Schedule | None = None

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All that may be turned: the rule's first. Raises ParameterError where two have one name."""
        found = list(self.rule.hyperparameters)
        own = {p.name for p in found}
        if self.schedule is not None:
            if "lr" not in own:
                raise ParameterError(f"{self.rule.name} has no lr to be scheduled")
            if clash := own & {p.name for p in self.schedule.parameters}:
                raise ParameterError(
                    f"{self.rule.name} and the schedule {self.schedule.name} both have {', '.join(clash)}"
                )
            found += self.schedule.parameters
        found += [CLIP_VALUE] * self.clip_value + [CLIP_NORM] * self.clip_norm
        found += [WEIGHT_DECAY] * (self.weight_decay and not self.rule.has_weight_decay)
        return tuple(found)

    @property
    def lr_name(self) -> str | None:
        """The name that holds the learning rate of a step, or None for a rule that has none."""
        if self.schedule is not None:
            return "lr_t"
        return "lr" if any(p.name == "lr" for p in self.rule.hyperparameters) else None

    def lines(self) -> list[tuple[str, str, str]]:
        """The equations before the rule's, as (name, what later ones read it by, expression).

        ``g`` and ``lr`` read the last of those before them. What clipping is given is a term too, beside what it makes.
        """
        clips = self.clip_value or self.clip_norm
        found = [("g", "g", "-grad" if self.maximize else "grad")] * (self.maximize or clips)
        if self.clip_value:
            found.append(("clipped_value" if self.clip_norm else "clipped", "g", _CLIP_VALUE_TEXT))
        if self.clip_norm:
            found.append(("clipped", "g", _CLIP_NORM_TEXT))
        if self.weight_decay and not self.rule.has_weight_decay:
            found.append(("decayed", "g", "g + weight_decay*theta"))
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
        names = [p.name for p in self.parameters]
        begins = [read_init(text, names, dim) for text in self.rule.init.values()]
        return frozenset(names) - graph.names_in([*(e.node for e in self.equations(dim)), *begins])


@lru_cache(maxsize=256)
def _equations(pipeline: Pipeline, dim: int) -> tuple[Equation, ...]:
    shapes = pipeline.shapes(dim)
    lines = pipeline.lines()
    _check_names(pipeline, [name for name, _, _ in lines])
    # Where nothing comes before the rule, g is the gradient itself.
    bindings: dict[str, Node] = {"g": graph.name("grad" if lines else "g", (dim,))}
    bindings["k"] = graph.apply("add", graph.name("t"), graph.constant(-1.0))
    found: list[Equation] = []
    for name, read_by, text in lines:
        names = {key: graph.name(key, shape) for key, shape in shapes.items()} | bindings
        node = parse(text, Scope(names, rule=True, symbols=RULE_SYMBOLS, saved=True))
        found.append(Equation(name, node, f"{name} = {text}", -1))
        bindings[read_by] = graph.name(name, node.shape)
    if bindings["g"].text == "grad":
        bindings["g"] = graph.name("g", (dim,))
    begins = init_shapes(pipeline.rule, [p.name for p in pipeline.parameters], dim)
    built = build(pipeline.rule.equations, shapes, dim, bindings, begins)
    if not any(read_by == "g" for _, read_by, _ in lines):
        built = [e._replace(node=graph.substitute([e.node], _raw_past)[0]) for e in built]
    made = [e._replace(node=node) for e, node in zip(built, _elsewhere(pipeline, found, built), strict=True)]
    return (*found, *made)


def _elsewhere(pipeline: Pipeline, found: list[Equation], built: list[Equation]) -> list[Node]:
    """The rule's graphs, in which grad(u) is turned, clipped and decayed as g is, at u; and hess() turned as g is."""
    done: dict[Node, Node] = {}  # grad(grad(u)): what is within is made once

    def change(node: Node) -> Node | None:
        if node.op == "hess" and pipeline.maximize:
            return graph.apply("neg", node)
        if node.op == "grad_at" and node not in done:
            (point,) = graph.substitute([node.args[0]], change)
            made = {"theta": point, "grad": graph.look_ahead("grad_at", point)}
            last = made["grad"]
            for equation in (e for e in found if e.node.shape):
                (last,) = graph.substitute([equation.node], lambda n: made.get(n.text) if n.op == "name" else None)
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
            message = f"'{name}' is a name of {rule.name} and of what comes before it (clipping, decay, schedule)"
            raise ParameterError(f"{message}: give the rule's another")


def _raw_past(node: Node) -> Node | None:
    """prev(g) where nothing comes before the rule: what is recorded is the gradient."""
    if node.op != "prev" or node.args[0].text != "g":
        return None
    assert isinstance(node.payload, int)
    return graph.previous("grad", node.payload, node.shape)
