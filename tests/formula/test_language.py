"""What may be written, what it means, and what is refused."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdtui.formula import graph
from gdtui.formula.language import Scope, nearest, parse, variables_in
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.formula.tokens import FormulaError
from tests.formula.compiling import FORMULAS, POINT, by_floats, by_python, free, over_vector

BOUNDS = ("this divides by zero", "this is no finite number", "exponents go up to 64")


@given(FORMULAS, POINT, POINT, POINT)
def test_a_formula_means_what_python_makes_of_it(text, x, y, x1):
    point = {"x": x, "y": y, "x1": x1}
    try:
        node = free(text)
    except FormulaError as error:
        assert error.message in BOUNDS
        return
    try:
        expected = by_python(text, **point)
    except OverflowError:
        return
    except (ZeroDivisionError, ValueError):
        with pytest.raises((ArithmeticError, ValueError)):
            by_floats(node, **point)
        return
    assert by_floats(node, **point) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_most_random_formulas_are_taken():
    """The property above would say nothing if they were refused."""
    taken = []

    @given(FORMULAS)
    def count(text):
        try:
            free(text)
            taken.append(True)
        except FormulaError:
            taken.append(False)

    count()
    assert sum(taken) > 0.8 * len(taken)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x**2", -9.0),
        ("2**-x", 0.125),
        ("2**3**2/x**5", 512 / 243),
        ("2*-x", -6.0),
        ("x/2*4", 6.0),
        ("x - 1 - 1", 1.0),
        ("1/2 x", 1.5),
        ("not x < 1 and x < 4 or x < 0", True),
        ("x < 1 or x > 2 and x > 5", False),
        ("x + 1 < 2*x", True),
    ],
)
def test_precedence_is_pythons(text, expected):
    assert by_floats(free(text), x=3.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("x²", "x**2"),
        ("x³ − 2·x", "x**3 - 2*x"),
        ("x^2", "x**2"),
        ("x⁻¹²", "x**-12"),
        ("3×x ÷ 2", "3*x/2"),
        ("6x²−12x+3", "6*x**2 - 12*x + 3"),
        ("2(x + 1)", "2*(x + 1)"),
        ("(x + 1)(x − 1)", "(x + 1)*(x - 1)"),
        ("x(x + 1)", "x*(x + 1)"),
        ("x²y", "x**2*y"),
        ("2x²y³", "2*x**2*y**3"),
        ("|x − y|", "abs(x - y)"),
        ("2|x|", "2*abs(x)"),
        ("(x + 1)|y|", "(x + 1)*abs(y)"),
        ("|x − 2|", "abs(x - 2)"),
        ("|x + |y||", "abs(x + abs(y))"),
        ("|sin(2|x|)|", "abs(sin(2*abs(x)))"),
        ("√x", "sqrt(x)"),
        ("(√(x + 1))²", "sqrt(x + 1)**2"),
        ("2√x", "2*sqrt(x)"),
        ("sin(πx)", "sin(pi*x)"),
        ("sin(π·x)", "sin(pi*x)"),
        ("α·x", "alpha*x"),
        ("x₁ + x₁₀", "x1 + x10"),
        ("x ≤ y", "x <= y"),
        ("x ≠ y and x ≥ 1", "x != y and x >= 1"),
        ("min(x, y) + max(x, y)", "minimum(x, y) + maximum(x, y)"),
        (" x\n + \t1 ", "x+1"),
    ],
)
def test_symbols_are_read_as_the_ascii_they_stand_for(written, same):
    assert free(written) is free(same)


def test_a_norm_in_bars_and_an_implied_product_before_it():
    assert over_vector("‖x − 1‖") is over_vector("norm(x - 1)")
    assert over_vector("2‖x‖") is over_vector("2*norm(x)")


@pytest.mark.parametrize(
    ("written", "same"),
    [("β₁·m + (1 − β₁)·g", "beta1*m + (1 - beta1)*g"), ("−η·m̂/(√v̂ + ε)", "-lr*m_hat/(sqrt(v_hat) + eps)")],
)
def test_the_symbols_of_a_rule_are_read_back(written, same):
    names = {n: graph.name(n) for n in ("beta1", "m", "g", "lr", "m_hat", "v_hat", "eps")}
    scope = Scope(names, rule=True, symbols=RULE_SYMBOLS)
    assert parse(written, scope) is parse(same, scope)


def test_a_sum_or_product_keeps_its_operands_in_one_node():
    node = free("+".join(f"x{k}*y" for k in range(200)))
    assert node.op == "add" and len(node.args) == 200
    assert len(free("x*y*x*y").args) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(x)", 10.0),
        ("prod(x)", 24.0),
        ("mean(x)", 2.5),
        ("norm(x)", 30**0.5),
        ("dot(x, x)", 30.0),
        ("sum(x[1:]*x[:-1])", 20.0),
        ("x[0] + x[-1]", 5.0),
        ("sum(x[::2])", 4.0),
        ("sum(i)", 6.0),
        ("n", 4.0),
        ("sum(where(x > 2, x, 0))", 7.0),
        ("any(x > 3) and not all(x > 3)", True),
        ("x[1:3][1]", 3.0),
        ("(x + 1)[0]", 2.0),
    ],
)
def test_vectors(text, expected):
    assert by_floats(over_vector(text), x=[1.0, 2.0, 3.0, 4.0]) == pytest.approx(expected)


HOSTILE = [
    "__import__('os').system('x')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "9**9**9**9",
    "x**10**10",
    "x**1e308",
    "1e999*x",
    "+".join(["x"] * 500_000),
    "(" * 5000 + "x" + ")" * 5000,
    "-" * 20_000 + "x",
    "(" * 900 + "x" + ")" * 900,
    "-" * 1900 + "x",
    "not " * 400 + "x < 1",
    "2**" * 600 + "x",
    "(lambda: x)()",
    "f'{x}'",
    "'a'*10**9",
    "factorial(10**9)",
    "[x for x in range(10**9)]",
    "{x: x}",
    "x := 3",
    "x; import os",
    "open('/etc/passwd').read()",
    "eval('1')",
    "globals()",
    "x @ x",
    "1/0",
    "x/(1 - 1)",
    "log(-1)",
    "sqrt(-1)*x",
    "1e60**2*1e60**2*1e60**2",
    "7" * 5000,
    "x*" + "7" * 1000,
    "2e100",
    "x\0",
    "\x1b[2Jx",
    "x\u202e",
    "sin(*[x])",
    "sin(x=1)",
    "x < y < x",
    "...",
    "None",
    "1j*x",
    "yield x",
    "breakpoint()",
    "__builtins__",
    "х**2",  # a Cyrillic letter
    "ｘ**2",  # a full-width one
    "x**²",
    "1_0**400",
    "inf",
    "nan*x",
    "True",
    "x if x else y",
    "x % 2",
    "x // 2",
    "x & y",
    "~x",
    "x = 3",
    "x,",
    "x, y",
    "()",
    "sin()",
    "sin(x, y)",
    "sin",
    "where(x, 1, 2)",
    "x + (x < 1)",
    "sin(x < 1)",
    "sum(x)",
    "x and y",
    "x +",
    "(x",
    "x)",
    "|x",
    "√",
    "x 2",
    "width height",
    "x 2",
    "x..y",
    "0x10",
    "1e+",
    "hess()",
    "normal()",
    "prev(x)",
    "a" * 41,
    "\ud800",
    "",
    "   ",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_is_refused_at_its_place(text):
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        with pytest.raises(FormulaError) as caught:
            free(text)
    finally:
        sys.setprofile(None)
    error = caught.value
    assert len(calls) < 100_000  # some 10 ms
    assert 0 <= error.position <= len(text) and error.position < error.end
    if not text.strip():
        assert str(error) == error.message
        return
    assert error.text == text
    message, shown, marks = str(error).split("\n")
    assert message == error.message and len(message) < 200
    assert message.isprintable() and shown.isprintable()
    assert shown.startswith("  ") and set(marks.strip()) == {"^"}
    assert len(shown) <= 78 and len(marks) <= len(shown) + 1


@pytest.mark.parametrize(
    ("text", "line", "column", "marked"),
    [
        ("x + @", 1, 5, "@"),
        ("x + nosuch(y)", 1, 5, "nosuch"),
        ("x +\n y**65", 2, 2, "y**65"),
        ("x + log(0)*y", 1, 5, "log(0)"),
    ],
)
def test_an_error_points_at_the_character(text, line, column, marked):
    with pytest.raises(FormulaError) as caught:
        free(text)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert text[error.position : error.end] == marked


def test_an_error_far_into_a_long_line_shows_the_piece_around_it():
    text = "x + " * 100 + "§ + x"
    with pytest.raises(FormulaError) as caught:
        free(text)
    _, shown, marks = str(caught.value).split("\n")
    assert shown[marks.index("^")] == "§"


@pytest.mark.parametrize(
    "text",
    [
        "exp(exp(exp(x*1000)))",
        "(x+y)**64*(x-y)**64",
        "+".join(f"{k}*x" for k in range(200)),
        "*".join(["x"] * 900),
        "(" * 60 + "x" + ")" * 60,
        "1e100*x",
        "x**64",
        "2**-64*x",
        "x**x**x",
        "0.1 + 1e-300*x",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_only_large_is_taken(text):
    assert free(text).shape == ()


def test_bounds():
    assert free("(" * 64 + "x" + ")" * 64).op == "name"
    with pytest.raises(FormulaError, match="nested more than 64"):
        free("(" * 200 + "x" + ")" * 200)
    with pytest.raises(FormulaError, match="nested more than 64"):
        free("sin(" * 140 + "x" + ")" * 140)
    with pytest.raises(FormulaError, match="at most 2000 characters; this one has 2001"):
        free("x" + " " * 2000)
    with pytest.raises(FormulaError, match="at most 2000 operations"):
        parse("+".join(["-x"] * 2500), Scope(free=True, max_characters=100_000))


@given(st.text(max_size=60))
def test_any_text_is_a_graph_or_an_error_at_a_place(text):
    try:
        free(text)
    except FormulaError as error:
        assert 0 <= error.position <= len(text)
        assert str(error).replace("\n", "").isprintable()


WORDS = ["x", "2", "(", ")", "|", "‖", "√", "+", "-", "*", "/", "**", "²", "<", " and ", "not ", ",", "[", "]", ":"]
WORDS += ["sin", "where", "sum", "1e", ".", "π", "x₁"]


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_run_of_words_is_a_graph_or_an_error(pieces):
    try:
        node = free("".join(pieces))
    except FormulaError as error:
        assert error.message
    else:
        assert node.depth >= 1


def test_variables_stand_in_the_order_in_which_they_are_first_written():
    for text, names, vector, least, reduced in [
        ("y*x + sin(z) + y*pi*e", ["y", "x", "z"], False, 1, False),
        ("x[0]**2 + x[4] + n", ["x", "n"], True, 5, False),
        ("x[1:] - x[:-1]", ["x"], True, 2, False),
        ("x(x + 1) and not a", ["x", "a"], False, 1, False),
        ("sum(x**2)*c + ‖x‖", ["x", "c"], False, 1, True),
    ]:
        variables = variables_in(text)
        assert ([*variables.places], *variables[2:5]) == (names, vector, least, reduced)
        assert all(text[start:end] == name for name, (start, end) in variables.places.items())


def test_nearest_names_are_told():
    assert nearest("momntum", ["momentum", "adam"]) == "; did you mean momentum?"
    assert nearest("zzz", ["momentum", "adam"]) == ""
    with pytest.raises(FormulaError, match=r"there is no function 'sqr'; did you mean sqrt"):
        free("sqr(x)")
    with pytest.raises(FormulaError, match=r"there is no name 'beta'.*beta1"):
        parse("beta", Scope({"beta1": graph.name("beta1")}))


def test_rule_words_only_in_rules():
    with pytest.raises(FormulaError, match=r"'grad' outside of a rule|outside of a rule"):
        parse("grad(x)", Scope({"x": graph.name("x")}))
    scope = Scope({"theta": graph.name("theta", (3,)), "loss": graph.name("loss")}, rule=True)
    assert parse("grad(theta)", scope).shape == (3,)
    assert parse("solve(hess(), theta)", scope).shape == (3,)
    assert parse("solve(hess() + 2*identity(), theta)", scope).shape == (3,)
    assert parse("identity()", scope).shape == (3, 3)
    assert parse("normal()", scope).shape == (3,)
    assert parse("prev(loss, 3)", scope).payload == 3
    for wrong in ("prev(loss, 0)", "prev(loss, 65)", "prev(loss, loss)", "prev(2)", "prev(loss + 1)", "grad(loss)",
                  "solve(theta, theta)", "hess(1)", "identity(2)", "identity() + theta"):  # fmt: skip
        with pytest.raises(FormulaError):
            parse(wrong, scope)


def test_a_negative_zero_and_a_zero_are_two_constants():
    assert graph.constant(-0.0) is not graph.constant(0.0)
    assert free("x + 1") is free("x + 1.0")


@pytest.mark.parametrize(
    ("text", "message"),
    [("x" + "\u0302" * 1990, "names have"), ("x" + "⁹" * 400, "exponents have"), ("2θ" + "_ab" * 600, "names have")],
)
def test_marks_and_superscripts_without_end_are_refused_at_their_place(text, message):
    with pytest.raises(FormulaError, match=message) as caught:
        free(text)
    assert caught.value.position <= 1
