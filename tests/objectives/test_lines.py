"""Objectives of several lines: the function that is written out, by names that are shown and stepped into."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gdtui
from gdtui.formula import graph
from gdtui.formula.evaluate import function_of
from gdtui.formula.notation import notation
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.objectives.functions import central_differences
from gdtui.objectives.resolve import resolve
from gdtui.storage.describe import objective_text

LONGEST = 260
NAMES = ("u", "v_1", "w", "h")
OPERATIONS = (
    "({a} + {b})", "({a} - 2*{b})", "({a}*{b})", "sin({a})", "({a}**2 + 1)", "tanh({a} - {b})", "{a}/({b}**2 + 1)",
    "sqrt({a}**2 + {b}**2 + 1)", "where({a} < {b}, {a}, {b}**2)",
)  # fmt: skip


@st.composite
def formulas(draw):
    """Lines of names, each over what is above it, and the same as one expression."""
    whole = {"x": "x", "y": "y"}
    lines = []
    for name in (*NAMES[: draw(st.integers(1, 4))], ""):
        a, b, c = (draw(st.sampled_from(list(whole))) for _ in range(3))
        first, second = (draw(st.sampled_from(OPERATIONS)) for _ in range(2))
        text = second.format(a=first.format(a=a, b=b), b=c)
        written_out = second.format(a=first.format(a=f"({whole[a]})", b=f"({whole[b]})"), b=f"({whole[c]})")
        if name:
            whole[name] = written_out
        lines.append(f"{name} = {text}" if name else text)
    lines[-1] += " + x*y"  # both are parameters
    divide = draw(st.sampled_from(["; ", "\n", ";\n", " # a comment; of no = account\n"]))
    return divide.join(lines), written_out + " + x*y"


def with_parts_put_back(objective):
    """The partial derivatives as they are read, with what each name in them stands for."""
    whole = {line.name: line.node for line in objective.lines}

    def back(node):
        return graph.substitute([node], lambda item: whole.get(item.text) if item.op == "name" else None)[0]

    for part in objective.read.parts:
        whole[part.name] = back(part.node)
    return [back(node) for node in objective.read.partials], back(objective.read.loss)


def check_what_is_read(objective, theta):
    """It is what runs: the very graphs, or by the chain rule over lines the same numbers."""
    partials, loss = with_parts_put_back(objective)
    derived = [objective.partial(k) for k in range(len(partials))]
    assert loss == objective.graph and (partials == derived or objective.lines)
    by_lines, whole = (function_of(graphs, objective.names)(*theta) for graphs in (partials, derived))
    assert np.ravel(by_lines) == pytest.approx(np.ravel(whole), rel=1e-9, abs=1e-12, nan_ok=True)


@given(formulas())
def test_it_is_the_function_that_is_written_out(pair):
    text, written_out = pair
    lines, one = resolve(text), resolve(written_out)
    assert lines.graph is one.graph and lines.gradient == one.gradient and lines.names == one.names
    theta = np.array([0.7, -1.3])
    check_what_is_read(lines, theta)
    _, grad = lines.value_and_grad(theta)
    assert grad == pytest.approx(central_differences(lines.value, theta), rel=1e-4, abs=1e-6)


@given(formulas())
def test_each_line_is_over_the_names_above_it_and_has_its_value(pair):
    objective = resolve(pair[0])
    theta = np.array([0.7, -1.3])
    known = {"x": 0.7, "y": -1.3}
    functions = {name: getattr(np, name) for name in ("sin", "tanh", "sqrt", "where")}
    values = objective.read.values(theta)
    for line in re.split(r";\s*", "; ".join(objective.texts[:-1])):
        name, _, expression = line.partition(" = ")
        known[name] = float(eval(expression, {"__builtins__": {}, **functions}, known))
        assert values[name] == pytest.approx(known[name], rel=1e-12)
    assert [line.name for line in objective.lines] == [name for name in known if name not in "xy"]
    trace = dict(zip((op.name for op in objective.trace.operations), objective.trace.values(theta), strict=True))
    for name in set(trace).intersection(known):
        assert trace[name] == pytest.approx((known[name],), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("u = x + 1; u*sin(", "", "ends where a number"),
        ("u = x +* 1; u", "*", "expected a number"),
        ("u = x + 1\nv = u*\nv**2", "", "ends where a number"),
        ("f(x) = x**2; u = 3", "x**2", "the loss is the last line"),
        ("u = v; v = x; u", "v", "put v = ... before"),
        ("x = x + 1; x**2", "x", "a parameter has another name"),
        ("u = x; x**2; u", "x**2", "the loss is the last line; one before it has a name: u = x**2"),
        ("u = x; u = 2*u; u", "u", "'u' is assigned twice; a name is assigned once: write u_1 = x first"),
        ("u = x; v = u", "v =", "the last line is the loss: leave 'v =' out, or write loss = ..."),
        ("u = x; u += 1; u", "+", "there is no '+='"),
        ("sin = x; sin*x", "sin", "'sin' is a function: give the line another name"),
        ("e = x; e", "e", "'e' is the number 2.71828...: give the line another name"),
        ("theta = x; theta", "theta", "'theta' is all of the parameters"),
        ("g = x; g**2", "g", "the gradient that a rule receives"),
        ("t = x; t**2", "t", "the number of the step"),
        ("prev = x; prev**2", "prev", "'prev' is a function"),
        ("u = x < 1; u", "u", "an objective is one number; this is a condition"),
        ("u = x[0]*x; u", "u", "this is a vector of 2: sum(...) or norm(...) makes it one"),
        ("x_1 = y; x1*x_1", "x_1", "x1 and x_1 are both shown as x₁"),
        ("u = y; f(u, y) = u*y", "u", "'u' is a parameter, or a constant"),
        ("u = x; f(x) = u*y*u", "y*u", "'y' is none of x"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place_in_the_whole_text(text, marked, message):
    with pytest.raises(FormulaError) as caught:
        resolve(text)
    error = caught.value
    assert message in error.message, error.message
    assert error.text == text
    if marked:
        assert text[error.position :].startswith(marked)
    else:  # where something is missing the line ends
        assert text[error.position : error.position + 1] in ("", "\n", ";")


def test_a_place_behind_a_head_is_counted_in_the_text_that_was_typed():
    text = "u = x + 1; f(x) = u + sinn(x)"
    with pytest.raises(FormulaError) as caught:
        resolve(text)
    assert text[caught.value.position : caught.value.end] == "sinn"


@pytest.mark.parametrize(
    "text", ["u = x + 1; u**2", "u = x + 1\nloss = u**2", "u := x + 1; f = u**2;", "f(x) = (x + 1)**2", "(x + 1)\n**2",
             "u = x + 1\n\n# then\nf(x) = u**2 # the loss", "u = (x\n + 1)\nu**2", "$u = x + 1; u**2$",
     "(x + 1)**2  # not; f(y) = 3"],
)  # fmt: skip
def test_the_ways_to_write_it(text):
    objective = resolve(text)
    assert objective.graph is resolve("(x + 1)**2").graph and objective.names == ("x",)
    assert "\n" not in objective.name and objective.title.endswith(f"f(x) = {objective.texts[-1]}")


def test_blanks_in_a_formula_stay_as_a_session_has_them():
    objective = resolve("x**2  +  3*x")
    assert objective.is_typed and objective.name == "x**2  +  3*x" and objective.title == "f(x) = x**2  +  3*x"


def test_lines_are_no_parameters_and_constants_no_lines():
    assert resolve("b = k*x; b*y + z", {"k": 2.0}).names == ("x", "y", "z")
    assert resolve("xy = x*y; xy**2 + x").names == ("x", "y")
    assert resolve("u = width; (x + 1)*u").names == ("width", "x")  # no call of the name that ends a line
    with pytest.raises(FormulaError, match="'u' is a parameter, or a constant: give the line another name"):
        resolve("u = x; u**2", {"u": 1.0})
    with pytest.raises(ParameterError, match="'u', which is no parameter"):
        resolve("u = x; u**2", start={"u": 1.0})
    with pytest.raises(FormulaError, match="xy would be one name"):
        resolve("u = x + y; xy*u")


def test_lines_may_be_vectors_and_conditions():
    objective = resolve("d = x[1:] - x[:-1]; near = norm(x) < 2; where(near, sum(d**2), sum(x**2))", dim=3)
    assert [line.node.shape for line in objective.lines] == [(2,), ()] and objective.lines[1].node.boolean
    run = gdtui.descend("d = x[1:] - x[:-1]; sum(d**2)", start=(1.0, 2.0, 4.0), steps=3, watches=["d"])
    assert run.watches["d"].tolist() == (run.params[:, 1:] - run.params[:, :-1]).tolist()


def test_hostile_texts_are_bounded():
    many = "; ".join(f"u{k} = x" for k in range(70))
    with pytest.raises(FormulaError, match="an objective has at most 64 equations"):
        resolve(f"{many}; x**2")
    with pytest.raises(FormulaError, match="at most 2000 characters; this one has 4008"):
        resolve("u = x" + " " * 4000 + "; u")
    doubling = [f"u{k} = sin(u{k - 1}) + cos(u{k - 1})*u{k - 1}" for k in range(1, 45)]  # written out: 3**k terms
    with pytest.raises(FormulaError, match="nested more than 64 deep"):
        resolve("; ".join(["u0 = x", *doubling, "u44**2"]))
    objective = resolve("; ".join(["u0 = x", *doubling[:30], "u30**2"]))
    assert np.isfinite(objective.value_and_grad(np.array([0.3]))[1]).all()
    assert max(map(len, objective_text(objective))) <= LONGEST


def test_what_gradcheck_reads_has_the_lines_too():
    from gdtui.analysis.gradcheck import compare

    assert not compare(resolve("u = x + 1; v = u*y; u**2 + v"), "2*u + y; u").partings


FAMILIES = [o.name for o in OBJECTIVES if o.family]
EVERY = [*OBJECTIVES, *(resolve(f"{name}:dim={dim}") for name in FAMILIES for dim in (2, 3))]
TYPED = (
    "log(1 + exp(sin(x*y + x)*tanh(exp(x)*y**2 + 1/(1 + x**2*y**2))))**3/(1 + sqrt(x**4 + y**2))",
    " + ".join(f"sin({k}*x*y + {k})**2" for k in range(1, 60)),
    "u = exp(x*y)/(1 + x**2 + y**2); v = tanh(u + x)*sqrt(1 + u**2); log(1 + u**2*v**2 + x**2)*v/(1 + exp(u*v))",
    "*".join(f"(x{k}**2 + {k}*x{k + 1} + 1)" for k in range(1, 14)),
)


@pytest.mark.parametrize("objective", [*EVERY, *map(resolve, TYPED)], ids=lambda o: f"{o.name[:30]} {o.dim}")
def test_no_line_of_what_show_tells_is_too_long_to_read(objective):
    assert max(map(len, objective_text(objective))) <= LONGEST
    if not objective.vector:
        check_what_is_read(objective, np.linspace(0.3, 1.1, objective.dim))


@pytest.mark.parametrize("name", ["goldstein-price", "goldstein-price-log"])
def test_goldstein_price_reads_in_lines_that_are_short(name):
    read = resolve(name).read
    shown = [notation(node) for node in (*(e.node for e in read.ahead), read.loss, *read.partials)]
    assert max(map(len, shown)) <= 80 and [part.name for part in read.parts] == ["A", "B"]
    assert notation(read.partials[0]) == {"goldstein-price": "2A + B", "goldstein-price-log": "4(2A+B)"}[name]


def test_a_slope_by_a_line_is_written_over_lines_and_once():
    read = resolve("u = x^2 + y; v = sin(u)*x; u*v + v^2").read
    assert [(part.name, notation(part.node)) for part in read.parts] == [("A", "v + (u+2v)·x·cos(u)")]
    assert [notation(partial) for partial in read.partials] == ["(u+2v)·sin(u) + 2A·x", "A"]
    assert [notation(p) for p in resolve("a = x - 1; b = y - x^2; a^2 + 100*b^2").read.partials] == (
        ["2a − 400b·x", "200b"])  # fmt: skip


def test_a_long_loss_is_over_the_common_parts_too():
    whole = "(cos(x*y) + exp(x)/(1 + y**2) + sin(y)**2)"
    objective = resolve(" + ".join(f"{whole}**{k}" for k in range(2, 7)))
    assert len(notation(objective.graph)) > 160 and notation(objective.read.loss) == "A² + A³ + A⁴ + A⁵ + A⁶"
    assert notation(resolve("himmelblau").read.loss) == notation(resolve("himmelblau").graph)


def test_the_logarithm_is_that_of_the_reference_on_the_unit_square():
    """Picheny, Wagner & Ginsbourger 2013, with its expanded polynomials, at x̄ = 4x − 2."""

    def by_hand(x, y):
        a, b = 4 * x - 2, 4 * y - 2
        first = 1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a**2 - 14 * b + 6 * a * b + 3 * b**2)
        second = 30 + (2 * a - 3 * b) ** 2 * (18 - 32 * a + 12 * a**2 + 48 * b - 36 * a * b + 27 * b**2)
        return (np.log(first * second) - 8.693) / 2.427

    objective = resolve("goldstein-price-log")
    points = np.random.default_rng(3).random((2, 200))
    assert objective.value(points) == pytest.approx(by_hand(*points), rel=1e-9, abs=1e-9)
    assert objective.domain == ((0.0, 1.0), (0.0, 1.0))
    end = gdtui.descend("goldstein-price-log", gtol=1e-6)
    assert end.status == "converged" and end.params[-1] == pytest.approx((0.5, 0.25), abs=1e-6)


@pytest.mark.parametrize("text", [
    "v = (x - 1)^2\n    + 3*y^2", "u = x^2 + y^2\n- 4*x", "u = x + 1\nloss = u^2\n  + y^2", "u = x\nu^2\n− y",
])  # fmt: skip
def test_a_row_that_may_go_on_from_the_one_above_is_refused(text):
    with pytest.raises(FormulaError, match="put brackets around both rows, or a ; between") as refused:
        resolve(text)
    assert text[refused.value.position] in "+-−"


def test_but_one_expression_on_rows_and_brackets_and_semicolons_are_read():
    assert notation(resolve("x^2\n + 3*y^2").graph) == "x² + 3y²" == notation(resolve("f(x, y) = x^2\n + 3*y^2").graph)
    assert notation(resolve("u = (x^2\n + 3*y^2); u").graph) == "x² + 3y²"
    assert notation(resolve("u = x;\n-u + u^2").read.loss) == "−u + u²"


@pytest.mark.parametrize(("text", "message"), [
    ("let u = x; u^2", "'let u' is not a name"), ("u' = x + 1; u'^2", "is not a name"),
    ("u^2 +\ny^2\nu = 3; u", "put brackets around the whole"),
])  # fmt: skip
def test_a_line_ahead_of_the_loss_that_has_no_name_is_told_what_it_lacks(text, message):
    with pytest.raises(FormulaError, match=re.escape(message)):
        resolve(text)
