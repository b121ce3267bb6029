"""Writes the source of the loop over lanes: equations, objective, gradient and tests, in NumPy calls with ``out=``.

What a step needs is bound ahead of the loop. The tests only find out that some lane is to be looked at; which, and
why, `Lanes` then says.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gdtui.descent.lanes.averages import averages
from gdtui.descent.lanes.emitter import LaneEmitter
from gdtui.descent.lanes.loop import LaneLoop, LaneTests, kept_of, lane_arrays
from gdtui.descent.lanes.memory import pieces
from gdtui.descent.lanes.namespace import LANE_NAMESPACE
from gdtui.descent.lanes.registers import Value, buffer
from gdtui.descent.program import Program
from gdtui.formula import graph
from gdtui.formula.emit import define, filled
from gdtui.formula.graph import Node
from gdtui.objectives.objective import FormulaObjective

FAR = 1e50
"""Numbers up to here are looked at no further, where they are not bounded more closely."""


_SKELETON = """\
def lanes(n, t, last, arrays, registers, numbers, limits, drawn):
    checked, every = arrays['checked'][:, :n], pieces(arrays['checked'])
    c_loss, c_theta, c_square = checked[0], checked[1:{square}], checked[{square}]
    {bound}
    diverge_at, gtol2, min_delta, deadline, anchor_at = limits
    high = diverge_at if diverge_at > {far} else {far}
    high = high*high
    bounded = checked[:{square}]
    {ahead}
    while t < last:
        t += 1
        tf = number(t)
        {step}
        if {ask}:
            return t
    return t
"""


class LaneWriter:
    """Writes the loop of one objective and pipeline. ``varied``: the hyperparameters that differ between lanes."""

    def __init__(
        self, program: Program, varied: frozenset[str], tests: LaneTests, own_draws: bool = False
    ):
        self.program, self.objective = program, program.objective
        self.varied, self.tests, self.own_draws = varied, tests, own_draws
        self.layout, self.equations, self.past = program.layout, program.equations, program.past
        self.nodes = [*program.graphs]
        self.squared = self._squared_gradients()
        numbers = {p.name for p in self.program.pipeline.parameters} - varied
        states = set(self.layout.states) - {*self.program.pipeline.rule.init, *self.past}
        found = averages(self.equations, self.nodes, states, numbers)
        self.kept = kept_of(program)
        self.averages = {name: average for name, average in found.items() if name in self.kept}
        self.nodes = [
            self.averages[e.name].node if e.name in self.averages else node
            for e, node in zip(self.equations, self.nodes, strict=True)
        ]
        self.draws = {key: node.payload for key, node in program.asked.items() if node.op == "normal"}

    def loop(self) -> LaneLoop:
        emitter = LaneEmitter(self._given(), [*self.nodes, *(average.factor for average in self.averages.values())])
        emitter.lines = self._remember()
        squares = emitter.register((self.objective.dim,)) if self.squared else ""  # never given back
        for node in self.squared:
            emitter.known(node, buffer(squares, (self.objective.dim,)))
        emitter = self._update(emitter)
        update, emitter.lines = emitter.lines, []
        if squares:
            emitter.ahead.append(f"multiply(q_grad, q_grad, {squares})")
        source = self._source(emitter, update, *self._tests(emitter, squares))
        namespace = LANE_NAMESPACE | {"number": np.float64, "pieces": pieces}
        run: Callable[..., int] = define(source, "lanes", namespace)
        factors = {name: average.factor for name, average in self.averages.items()}
        arrays = lane_arrays(self.program, self.varied, self.tests)
        return LaneLoop(source, run, arrays, dict(emitter.registers), factors)

    def _squared_gradients(self) -> list[Node]:
        """Where the update reads g²: the tests of the step before have it, from ‖∇f‖²."""
        raw = {"grad"} if any(e.name == "g" for e in self.equations) else {"grad", "g"}
        found = []
        for node in graph.topological(self.nodes) if self.objective.dim > 1 else ():
            base, *exponent = node.args or (node,)
            if node.op == "pow" and base.op == "name" and base.text in raw and exponent[0].known == 2.0:
                found.append(node)
        return found

    # names: c_NAME in the checked rows, q_NAME in an array of its own, h_NAME_k as it was k rows before

    def _place(self, name: str) -> Value:
        shape = self.layout.shapes[name]
        return buffer(f"{'c' if name in ('loss', 'theta') else 'q'}_{name}", shape)

    def _given(self) -> dict[str, Value]:
        dim = self.objective.dim
        given = {"theta": self._place("theta"), "loss": self._place("loss"), "grad": self._place("grad")}
        given["g"] = given["grad"]
        given |= {"t": Value("tf", moves=True), "f_min": Value("f_min")}
        for parameter in self.program.pipeline.parameters:
            lanes = parameter.name in self.varied
            given[parameter.name] = Value(f"p_{parameter.name}", lanes=lanes, bound=lanes)
        given |= {f"state {name}": self._place(name) for name in self.layout.states}
        for name, back, key in self.program.earlier():
            given[key] = buffer(f"h_{name}_{back}", self.layout.shapes[name])
        given |= {key: Value(f"drawn_{k}", (dim,), self.own_draws, True) for key, k in self.draws.items()}
        return given

    def _remember(self) -> list[str]:
        """Move the past by one step, the oldest first."""
        lines = []
        for name, steps in self.past.items():
            lines += [f"copyto(h_{name}_{k}, h_{name}_{k - 1})" for k in range(steps, 1, -1)]
            lines.append(f"copyto(h_{name}_1, {self._place(name).source})")
        return lines

    def _update(self, emitter: LaneEmitter) -> LaneEmitter:
        """The equations, and the objective at the new theta."""
        late: list[tuple[Value, Value]] = []  # buffers whose old content was still read: written at the end
        changing = {self._place(name).source for name in (*self.kept, "theta")}
        for equation, node in zip(self.equations, self.nodes, strict=True):
            name = equation.name
            stored = name in self.kept or (name == "theta" and equation is self.equations[-1])
            target = self._place(name) if stored or name == "theta" else None
            value = emitter.value(node, target if stored else None)
            if stored and target is not None and emitter.store(value, target):
                emitter.consume(value)
                value = target
                if name in self.averages:
                    value.scale = emitter.value(self.averages[name].factor)
                changing.discard(target.source)
            elif target is not None or value.base in changing:
                value = self._copied(emitter, value)
                if target is not None:
                    late.append((target, value))
                    value.uses += 1
            if name != "theta":
                emitter.name(name, graph.name(name, equation.node.shape, equation.node.boolean), value)
        emitter.lines += [f"copyto({target.source}, {value.source})" for target, value in late]
        return self._objective_lines(emitter)

    def _copied(self, emitter: LaneEmitter, value: Value) -> Value:
        """A value in a register of its own: nobody's buffer, which may change before it is read."""
        emitter.settle(value)
        if value.register is not None:
            return value
        name = emitter.register(value.shape)
        emitter.lines.append(f"copyto({name}, {value.source})")
        emitter.consume(value)
        return Value(name, value.shape, True, True, True, register=name, base=name)

    def _objective_lines(self, emitter: LaneEmitter) -> LaneEmitter:
        objective, theta, grad = self.objective, self._place("theta"), self._place("grad")
        loss = self._place("loss")
        assert isinstance(objective, FormulaObjective)
        given = {"x": theta}
        if not objective.vector:
            given = {name: emitter.part(theta, str(k)) for k, name in enumerate(objective.names)}
        roots = [objective.graph, *objective.gradient]
        after = emitter.following(given, roots)
        targets = [loss, grad] if objective.vector else [
            loss, *(after.part(grad, str(k)) for k in range(objective.dim))
        ]  # fmt: skip
        for root, target in zip(roots, targets, strict=True):
            target.base = target.source  # coordinates apart
            value = after.value(root, target)
            stored = after.store(value, target)
            assert stored, "nobody reads a gradient while it is written"
            after.consume(value)
        return after

    def _tests(self, emitter: LaneEmitter, squares: str) -> tuple[list[str], list[str]]:
        """Whether some lane is to be looked at: what holds for none is asked of all at once."""
        dim = self.objective.dim
        vector = squares or emitter.register((dim,))
        lines = [f"multiply(q_grad, q_grad, {vector})"]
        if dim == 1:
            lines = ["multiply(q_grad[0], q_grad[0], c_square)"]
        elif dim <= 8:
            rows = [emitter.part(buffer(vector, (dim,)), str(k)).source for k in range(dim)]
            lines.append(f"add({rows[0]}, {rows[1]}, c_square)")
            lines += [f"add(c_square, {row}, c_square)" for row in rows[2:]]
        else:
            lines.append(f"add_reduce({vector}, 0, None, c_square)")
        # One pass over memory: it is neither NaN nor large only where none of them is. Lanes not in use are 0.
        lines += ["squares = 0.0", "for piece in every:", "    squares += dot(piece, piece)"]
        ask = ["not squares < high"]
        if self.tests.near:
            ask.append("maximum_reduce(bounded, None) > diverge_at or minimum_reduce(bounded, None) < -diverge_at")
        if self.tests.gtol:
            ask.append("not c_square[c_square.argmin()] > gtol2")  # a third faster than a minimum; NaN is found first
        if self.tests.patience:
            worse = emitter.register((), True)
            less, best, subtract, no_better = (
                ("greater", "maximum", "add", "less_equal") if self.program.pipeline.maximize
                else ("less", "minimum", "subtract", "greater_equal")
            )  # fmt: skip
            if self.tests.min_delta:
                scalar, better = emitter.register(()), emitter.register((), True)
                lines += [f"{less}(c_loss, bar, {better})", f"logical_not({better}, {worse})",
                          f"{subtract}(c_loss, min_delta, {scalar})",
                          f"copyto(bar, {scalar}, where={better})"]  # fmt: skip
            else:
                lines += [f"{no_better}(c_loss, bar, {worse})", f"{best}(c_loss, bar, out=bar)"]
            lines += ["add(age, one, age)", f"multiply(age, {worse}_8, age)"]
            self._worse = worse
            ask.append("t >= deadline")
        if self.tests.returns:
            same = emitter.register((), True)
            lines.append(f"equal({emitter.part(self._place('theta'), '0').source}, anchor[0], {same})")
            if dim > 1:
                other = emitter.register((), True)
                lines += [f"equal({emitter.part(self._place('theta'), '1').source}, anchor[1], {other})",
                          f"logical_and({same}, {other}, {same})"]  # fmt: skip
            ask += [f"{same}[{same}.argmax()]", "t == anchor_at"]
        return lines, ask

    def _source(self, emitter: LaneEmitter, update: list[str], tests: list[str], ask: list[str]) -> str:
        bound = []
        for name in lane_arrays(self.program, self.varied, self.tests):
            if name != "checked":
                bound.append(f"{_variable(name)} = arrays['{name}'][..., :n]")
        bound += [f"{name} = registers['{name}'][..., :n]" for name in emitter.registers]
        shared = [p.name for p in self.program.pipeline.parameters if p.name not in self.varied]
        bound += [f"p_{name} = number(numbers['{name}'])" for name in shared]
        if self.tests.patience:
            bound += [f"{self._worse}_8 = {self._worse}.view('uint8')", "one = age.dtype.type(1)"]
        if "f_min" in self.program.names_read:
            bound.append("f_min = numbers['f_min']")
        views = [f"{name} = {source}" for source, name in emitter.views.items()]
        draws = [f"drawn_{k} = drawn(t, {k})" for k in self.draws.values()]
        return filled(
            _SKELETON, square=str(1 + self.program.dim), far=str(FAR), bound=bound, ahead=[*views, *emitter.ahead],
            step=[*draws, *update, *tests], ask=" or ".join(ask),
        )  # fmt: skip


def _variable(name: str) -> str:
    kind, _, rest = name.partition(" ")
    prefix = {"kept": "q", "past": "h", "value": "p", "grad": "q_grad"}.get(kind, kind)
    return f"{prefix}_{rest.replace(' ', '_')}" if rest else prefix
