"""Rules that multiply by the Hessian: hess() @ g against NumPy by hand, and what is refused with the word to type."""

import numpy as np
import pytest

import gdtui
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.formula import graph
from gdtui.formula.language import Scope, parse
from gdtui.formula.notation import notation
from gdtui.formula.tokens import FormulaError
from gdtui.tui.frame import Frame
from tests.optimizers.independent import himmelblau

START = np.array([-0.4, -0.65])
STARTS = [START, np.array([3.0, 1.0]), np.array([0.2, -2.0])]
RATES = [0.001, 0.002, 0.0005]


def curvature(p):
    x, y = p
    return np.array([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 4 * x + 12 * y * y - 26]])


def straight(p, g, h, lr):
    return p - lr * (h @ g) / 10


def damped(p, g, h, lr):
    return p - lr * (h + 30 * np.eye(2)) @ g / 10


def cauchy(p, g, h, lr):
    """The exact step to the minimum of the parabola along g, where it has one."""
    bend = g @ h @ g
    return p - (g @ g / bend if bend > 0 else lr) * g


def squared(p, g, h, lr):
    return p - lr * (h @ (h @ g)) / 1000


def by_diagonal(p, g, h, lr):
    return p - lr * g / np.maximum(np.abs(np.diag(h)), 1)


def negated(p, g, h, lr):
    return p + (-h / 2 @ g) * lr / 100


CASES = {
    "theta = theta - lr*(hess() @ g)/10": straight,
    "theta = theta - lr*hess() @ g/10": straight,
    "a = 30\ntheta = theta - lr*(hess() + a*identity()) @ g/10": damped,
    "bend = dot(g, hess() @ g)\nlr_now = where(bend > 0, dot(g, g)/bend, lr)\ntheta = theta - lr_now*g": cauchy,
    "theta = theta - lr*(hess() @ (hess() @ g))/1000": squared,
    "h = diag(hess())\ntheta -= lr*g/maximum(abs(h), 1)": by_diagonal,
    "theta += (-hess()/2 @ g)*lr/100": negated,
}


@pytest.fixture
def rule(tmp_path):
    def write(equations):
        path = tmp_path / "mine.toml"
        path.write_text(f'equations = """\n{equations}\n"""\n[hyperparameters]\nlr = 0.001\n')
        return str(path)

    return write


def by_hand(step, start, lr, steps=12):
    points = [start]
    for _ in range(steps):
        points.append(step(points[-1], himmelblau(points[-1])[1], curvature(points[-1]), lr))
    return np.array(points)


@pytest.mark.parametrize("equations", CASES)
def test_a_matrix_times_a_vector_is_numpys(equations, rule):
    path = rule(equations)
    run = gdtui.descend("himmelblau", path, lr=0.001, start=START, steps=12)
    assert run.params == pytest.approx(by_hand(CASES[equations], START, 0.001), rel=1e-10)
    together = gdtui.descend_many("himmelblau", path, starts=STARTS, lr=RATES, steps=12, record=True)
    for k, (start, lr) in enumerate(zip(STARTS, RATES, strict=True)):
        assert together.history.params[:, k] == pytest.approx(by_hand(CASES[equations], start, lr), rel=1e-10)


def test_of_many_parameters_too(rule):
    start = np.linspace(-1, 1, 25)
    run = gdtui.descend("rosenbrock:dim=25", rule("theta = theta - lr*hess() @ g"), lr=1e-8, start=start, steps=3)
    objective = run.session.setup.objective
    p = start
    for k in range(4):
        assert run.params[k] == pytest.approx(p, rel=1e-12)
        p = p - 1e-8 * objective.hessian(p) @ objective.value_and_grad(p)[1]


def test_gradient_ascent_turns_the_hessian_too(rule):
    path = rule("theta = theta - lr*hess() @ g")
    run = gdtui.descend("himmelblau", path, lr=1e-4, start=START, steps=1, maximize=True)
    g, h = himmelblau(START)[1], curvature(START)
    assert run.params[1] == pytest.approx(START - 1e-4 * h @ g, rel=1e-12)  # (−H)(−g)


def test_it_is_stepped_into_with_its_numbers(rule):
    from gdtui.tui.update_text import shown_update

    session = begin(prepare("himmelblau", rule("bend = hess() @ g\ntheta = theta - lr*bend"), start=START.tolist()))
    session.step()
    branch = session.branch
    frame = Frame(session.setup, branch, (), 1, branch.count, branch.end, session.upcoming())
    bend = next(item for item in shown_update(frame) if item.symbol == "bend")
    assert bend.notation == "hess() @ g" and "(" in bend.numbers
    assert bend.value == pytest.approx(tuple(curvature(START) @ himmelblau(START)[1]))


NAMES = {
    "theta": graph.name("theta", (3,)), "g": graph.name("g", (3,)), "lr": graph.name("lr"), "a": graph.name("a"),
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["hess() @ g", "lr*hess() @ g", "(hess()+a*identity()) @ g", "dot(g, hess() @ g)", "hess()/2 @ g*a", "-hess() @ g",
     "g - lr*hess() @ (g + 1)", "2*(hess() @ g)", "(hess() - identity()) @ (hess() @ g)", "diag(hess())*g"],
)  # fmt: skip
def test_its_notation_reads_back(text):
    node = parse(text, Scope(NAMES, rule=True))
    assert parse(notation(node), Scope(NAMES, rule=True)) is node


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("hess()*g", "hess() is a matrix: write hess() @ g", "hess()*g"),
        ("a + hess() g", "hess() is a matrix: write hess() @ g", "hess() g"),
        ("g*hess()", "hess() is a matrix: write hess() @ g", "g*hess()"),
        ("lr*g*hess()", "hess() is a matrix: write hess() @ (lr*g)", "lr*g*hess()"),
        ("2*hess()*g", "(2*hess()) is a matrix: write (2*hess()) @ g", "2*hess()*g"),
        ("g*(hess() + a*identity())", "write (hess() + a*identity()) @ g", "g*(hess() + a*identity())"),
        ("hess()*hess()", "write hess() @ (hess() @ g), or diag(hess()) for a diagonal", "hess()*hess()"),
        ("hess() @ hess() @ g", "multiply from the right, hess() @ (hess() @ g)", "hess() @ hess()"),
        ("g @ g", "write dot(g, g)", "g @ g"),
        ("g @ hess()", "write hess() @ g", "g @ hess()"),
        ("hess() @ lr", "a number times something is written *", "hess() @ lr"),
        ("hess() + lr", "write hess() + a*identity()", "hess() + lr"),
        ("hess() + g", "a matrix and a vector do not go together", "hess() + g"),
        ("1/hess()", "solve(A, b) is the x with A @ x = b", "1/hess()"),
        ("g/hess()", "solve(A, b) is the x with A @ x = b", "g/hess()"),
        ("hess()**2", "a matrix has no powers here", "hess()**2"),
        ("sqrt(hess())", "'sqrt' takes no matrix", "sqrt(hess())"),
        ("norm(hess())", "'norm' takes a vector; this is a matrix", "norm(hess())"),
        ("maximum(hess(), 0)", "'maximum' takes no matrix", "maximum(hess(), 0)"),
        ("diag(g)", "'diag' takes a matrix such as hess()", "diag(g)"),
    ],
)
def test_what_is_no_product_says_what_to_write(text, message, marked):
    with pytest.raises(FormulaError) as caught:
        parse(text, Scope(NAMES, rule=True))
    assert message in caught.value.message and text[caught.value.position : caught.value.end] == marked


@pytest.mark.parametrize("text", ["x @ x", "x@y", "@ x", "x @", "sum(x @ x)"])
def test_formulas_have_no_matrices(text):
    with pytest.raises(FormulaError):
        parse(text, Scope(free=True))
    with pytest.raises(ValueError, match="@"):
        gdtui.descend(text)


def test_a_breakpoint_has_none_either(rule):
    with pytest.raises(FormulaError, match="for rules"):
        gdtui.descend("himmelblau", breakpoints=["norm(hess() @ theta) > 1"])
