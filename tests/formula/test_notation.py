"""What is shown can be read back; numbers as people read them."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gdtui.formula import derivative, graph
from gdtui.formula.language import Scope, parse
from gdtui.formula.notation import MOST_CHARACTERS, apart, digits_apart, notation, number, vector
from gdtui.formula.symbols import RULE_SYMBOLS, name_of, symbol_of
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.optimizers.catalogue import RULES
from gdtui.optimizers.pipeline import Pipeline
from tests.formula.compiling import FORMULAS, POINT, SMOOTH, by_floats, free, over_vector


def same_value(one, other, point):
    try:
        expected = by_floats(one, **point)
    except (ArithmeticError, ValueError):
        with pytest.raises((ArithmeticError, ValueError)):
            by_floats(other, **point)
        return
    assert by_floats(other, **point) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@given(FORMULAS, POINT, POINT, POINT)
def test_the_notation_of_a_formula_reads_back(text, x, y, x1):
    try:
        node = free(text)
    except FormulaError:
        assume(False)
    same_value(node, free(notation(node)), {"x": x, "y": y, "x1": x1})


@given(SMOOTH, POINT, POINT, POINT)
def test_the_notation_of_a_derivative_reads_back(text, x, y, x1):
    try:
        partials = derivative.gradient(free(text), [graph.name(n) for n in ("x", "y", "x1")])
    except FormulaError:
        assume(False)
    for partial in partials:
        same_value(partial, free(notation(partial)), {"x": x, "y": y, "x1": x1})


@pytest.mark.parametrize(
    ("value", "written"),
    [(20 * math.pi, "20π"), (math.pi / 4, "π/4"), (3 * math.pi / 16, "3π/16"), (math.pi, "π"), (math.e, "e"),
     (math.pi * math.pi, "π²"), (62.831853, "62.831853"), (math.nextafter(2 * math.pi, 7), "6.283185307179587"),
     (1e-8, "1e-08"), (7.0, "7")],
)  # fmt: skip
@pytest.mark.parametrize(
    "around",
    ["{}", "{}*x", "x*{}", "{}*(x + 1)", "x/{}", "{}/x", "{}**x", "x**{}", "{}**2", "sin({})*x", "{}*{}", "x - {}",
     "-{}*x", "{}*sin(x)", "{}*x**2", "1 - {}"],
)  # fmt: skip
def test_a_multiple_of_pi_is_written_as_one_and_reads_back_to_the_same_number(value, written, around):
    assert notation(graph.constant(value)) == written
    node = parse(around.replace("{}", "c"), Scope({"c": graph.constant(value), "x": graph.name("x")}))
    same_value(node, parse(notation(node), Scope({"x": graph.name("x")})), {"x": 0.7})


@pytest.mark.parametrize(
    "text", ["(2*e + 3)*x**2", "sin(5*e + 1)", "2*e2x", "2*E3a", "2*j", "2*J*x", "3*e**2", "2*exp(x)", "2*pi*e"]
)
def test_a_name_behind_digits_is_not_read_as_their_end(text):
    assert free(notation(free(text))) is free(text)


def test_no_number_in_base_16_is_written():
    assert notation(free("0*x + 0*b**2")) == "0·x + 0·b²"


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)
def test_the_notation_of_the_catalogue_reads_back(objective):
    names = {n: graph.name(n) for n in objective.names}
    point = dict(zip(objective.names, objective.start, strict=True))
    for node in (objective.graph, *objective.gradient):
        same_value(node, parse(notation(node), Scope(names)), point)


@pytest.mark.parametrize(
    "text",
    ["sum(x**2)", "norm(x)**2", "2*norm(x[1:])", "dot(x[:2], x[2:])", "x[0]*x[-1] + x[1:][0]", "prod(abs(x - 1))",
     "sum(x[::2])",
     "sum(where(x > 1 and x[0] < 2, x, -x))", "mean(minimum(x, i))/n", "any(x >= 1) or not all(x != 2)", "sum(x[1:3])",
     "x[:-1] - x[1:]", "x[1::2]", "sum(-(x + 1)**2)", "norm(x*norm(x))", "abs(x)[0]", "norm(abs(x)[1:])",
      "abs(x[0] + abs(x[1]))*3", "(x + 1)[2]"],
)  # fmt: skip
def test_the_notation_of_vectors_reads_back_to_the_same_graph(text):
    node = over_vector(text)
    assert over_vector(notation(node)) is node


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_the_notation_of_the_rules_reads_back_to_the_same_graph(rule):
    pipeline = Pipeline(rule)
    names = {n: graph.name(n, shape) for n, shape in pipeline.shapes(2).items()} | {"g": graph.name("g", (2,))}
    equations = pipeline.equations(2)
    names |= {e.name: graph.state(e.name, e.node.shape) for e in equations if e.name != "theta"}
    for equation in equations:
        scope = Scope(names, rule=True, symbols=RULE_SYMBOLS)
        assert parse(notation(equation.node, RULE_SYMBOLS), scope) is equation.node
        if equation.name != "theta":
            names[equation.name] = graph.name(equation.name, equation.node.shape)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", "(x²+y−11)² + (x+y²−7)²"),
        ("6*x**2 - 12*x + 3", "6x² − 12x + 3"),
        ("-cos(x)*cos(y)", "−cos(x)·cos(y)"),
        ("2*pi*x", "2π·x"),
        ("sqrt(x)/(y + 1)", "√x/(y+1)"),
        ("x**-2", "x^(−2)"),
        ("x**0.5", "x^0.5"),
        ("alpha1*x_hat", "α₁·x̂"),
        ("x <= y and x != 2", "x ≤ y and x ≠ 2"),
        ("abs(x)*2", "|x|·2"),
    ],
)
def test_what_is_shown(text, shown):
    assert notation(free(text)) == shown


@pytest.mark.parametrize(
    ("objective", "k", "shown"),
    [
        ("himmelblau", 0, "4x(x²+y−11) + 2(x+y²−7)"),
        ("parabola", 0, "12x − 12"),
        ("bowl", 1, "18y − 14"),
        ("log-cosh", 0, "tanh(x)"),
    ],
)
def test_gradients_are_what_a_person_would_write(objective, k, shown):
    from gdtui.objectives.catalogue import BY_NAME

    found = notation(BY_NAME[objective].partial(k))
    assert found.replace(" ", "") == shown.replace(" ", "")


def test_numbers_in_place_of_names():
    names = {"m": graph.state("m", (2,)), "beta1": graph.name("beta1"), "g": graph.name("g", (2,))}
    node = parse("beta1*m + (1 - beta1)*g", Scope(names))
    values = {"beta1": 0.9, "state m": (1.25, -3.5), "g": (5.0, 6.0)}
    assert notation(node, RULE_SYMBOLS, values) == "0.9·(1.25, −3.5) + (1−0.9)·(5, 6)"
    assert notation(node, RULE_SYMBOLS, values, coordinate=1) == "0.9·(−3.5) + (1−0.9)·6"
    assert notation(node, RULE_SYMBOLS) == "β₁·m + (1−β₁)·g"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.1, "0.1"), (-22.8, "−22.8"), (1.02e18, "1.02e+18"), (-1e-7, "−1e-07"), (math.nan, "NaN"), (math.inf, "∞"),
     (-math.inf, "−∞"), (-0.0, "0"), (123456.0, "1.235e+05")],
)  # fmt: skip
def test_numbers(value, shown):
    assert number(value) == shown


def test_a_long_vector_shows_its_first_coordinates():
    assert vector((1.0, -2.5)) == "(1, −2.5)"
    assert vector(range(9)) == "(0, 1, 2, 3, …)"


@pytest.mark.parametrize(
    "name", ["beta1", "theta", "m_hat", "v_hat", "g_bar", "x10", "lr", "lr_t", "delta", "eps", "x", "S", "mu_3"]
)
def test_symbols_and_names_are_one_to_one(name):
    assert name_of(symbol_of(name, RULE_SYMBOLS), RULE_SYMBOLS).replace("_", "") == name.replace("_", "")


@pytest.mark.parametrize("text", ["(" * 60 + "x" + ")**2" * 60, "sqrt(" * 60 + "x" + ")" * 60, "**".join(["x"] * 60)])
def test_a_text_that_would_be_exponentially_long_is_cut(text):
    node = parse(text, Scope({"x": graph.name("x")}))
    (slope,) = derivative.gradient(node, [graph.name("x")])
    assert len(notation(slope)) <= MOST_CHARACTERS


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.floats(-1e-6, 1e-6))
def test_two_numbers_that_are_compared_are_told_apart_and_in_order(one, other, share):
    for a, b in ((one, other), (one, one * (1 + share))):
        a_text, b_text = (float(text.replace("−", "-")) for text in apart(a, b, 3))
        assert (a_text < b_text) == (a < b) and (a_text == b_text) == (a == b)


def test_no_more_digits_than_that():
    assert apart(0.012, 0.5, 3) == ("0.012", "0.5") and apart(2.002, 2, 3) == ("2.002", "2")
    assert digits_apart((1.0, 1.0), 4) == 4 and digits_apart((1e6 + 1e-3, 1e6), 4) == 10
