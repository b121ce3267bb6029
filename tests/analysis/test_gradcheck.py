"""Gradients that are right, written otherwise; and every slip that is made in writing one down."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

from gdtui.analysis.gradcheck import MOST_PARTINGS, Parting, compare
from gdtui.cli import main
from gdtui.formula.notation import notation
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.objectives.functions import own_functions
from gdtui.objectives.resolve import resolve

HIMMELBLAU = ("4*x*(x**2 + y - 11) + 2*(x + y**2 - 7)", "2*(x**2 + y - 11) + 4*y*(x + y**2 - 7)")


def of(objective, text, dim=None, **options):
    return compare(resolve(objective, dim=dim), text, **options)


@pytest.mark.parametrize(
    ("objective", "text", "dim"),
    [
        ("himmelblau", "; ".join(HIMMELBLAU), None),
        ("himmelblau", "4*x**3 + 4*x*y - 42*x + 2*y**2 - 14; 4*y**3 + 4*x*y - 26*y + 2*x**2 - 22;", None),
        ("x**2", "x + x", None),
        ("a*x**2", "(a + a)*x", None),
        ("sin(x)*cos(x)", "cos(2x)", None),
        ("exp(x)/(1 + exp(x))", "1/(2 + exp(x) + exp(-x))", None),
        ("sum(x**2)", "2x", 3),
        ("sum(x**2)", "2x[0]; 2x[1]; 2x[2]", 3),
        ("rosenbrock:dim=2", "-400*x*(y - x**2) - 2*(1 - x); 200*(y - x**2)", None),
        ("abs(x)", "x/abs(x)", None),
    ],
)
def test_a_right_one_agrees_however_it_is_written(objective, text, dim):
    constants = {"a": 3.0} if objective.startswith("a*") else {}
    found = compare(resolve(objective, constants, dim), text)
    assert found.parted == () and found.partings == () and found.left_out == 0


@pytest.mark.parametrize("objective", [o for o in OBJECTIVES if o.name != "drop-wave"], ids=lambda o: o.name)
def test_the_derived_gradient_typed_back_agrees(objective):
    found = compare(objective, "; ".join(notation(objective.partial(k)) for k in range(objective.dim)), seed=3)
    assert found.parted == ()
    assert found.left_out == (objective.name in ("ackley", "bukin-6")), "the minimizers that are kinks"


@pytest.mark.parametrize(
    ("objective", "text", "coordinate", "remark"),
    [
        ("x**2", "-2x", 0, "the sign is wrong: yours is −1 times the derived one everywhere"),
        ("x**2", "x", 0, "yours is 0.5 times the derived one everywhere"),
        ("3x", "4", 0, "yours is 1.333 times the derived one everywhere"),
        ("x**2 + 3x", "2x", 0, "yours is the derived one minus 3 everywhere"),
        ("x**2", "2x + 0.25", 0, "yours is the derived one plus 0.25 everywhere"),
        ("x**2 + y**3", "2x; 0", 1, "yours is 0 everywhere"),
        ("x**2 + y**3", "2x; 2x", 1, "yours is the derived ∂f/∂x"),
        ("himmelblau", f"{HIMMELBLAU[0]}; {HIMMELBLAU[1].replace(' + 4', ' - 4')}", 1, ""),
        ("himmelblau", f"4*x*(x**2 + y - 11); {HIMMELBLAU[1]}", 0, ""),
        ("x**4 - x", "4x**3 - 1 + 1e-6*x", 0, ""),
    ],
)
def test_slips(objective, text, coordinate, remark):
    found = of(objective, text)
    assert found.parted == (coordinate,)
    (parting,) = found.partings
    assert parting.remark == remark and parting.sides_with == "the derived one"
    point = parting.point
    assert parting.derived == pytest.approx(found.objective.value_and_grad(point)[1][coordinate])
    assert parting.differences == pytest.approx(parting.derived, rel=1e-6, abs=1e-6)
    assert 1 <= parting.count <= found.compared


def test_swapped_coordinates_are_told_for_both():
    found = of("himmelblau", "; ".join(reversed(HIMMELBLAU)))
    assert [p.remark for p in found.partings] == ["yours is the derived ∂f/∂y", "yours is the derived ∂f/∂x"]
    assert found.parted == (0, 1)
    assert found.partings[0].point.tolist() == [-0.4, -0.65], "at the start, to be checked by hand"


def test_where_the_loss_is_no_number_nothing_is_compared():
    found = of("x*log(x)", "log(x) + 1")
    assert found.parted == () and found.left_out > 50 and found.compared > 50
    assert found.compared + found.left_out == 201
    assert of("log(x)", "exp(-log(x))").parted == ()
    with pytest.raises(ParameterError, match=r"at none of 201 points .* nothing to compare"):
        of("log(-1 - x**2)", "1")


def test_yours_is_no_number_where_the_derived_one_is():
    found = of("x**3", "3*x**2.5*sqrt(x)/x")
    (parting,) = found.partings
    assert parting.remark.startswith("yours is no number at ") and np.isnan(parting.yours)
    assert parting.sides_with == "the derived one"
    (at_the_minimizer,) = of("sphere", "2*x**2/x; 2y").partings
    assert at_the_minimizer.count == 1 and at_the_minimizer.point.tolist() == [0.0, 0.0]


def test_a_kink_says_nothing():
    found = of("ackley", "; ".join(notation(resolve("ackley").partial(k)) for k in (0, 1)))
    assert found.left_out == 1 and found.parted == ()


def test_the_third_witness_can_side_with_either_or_none():
    def witness(differences, error):
        return Parting(0, 1, np.zeros(1), 2.0, 3.0, differences, error, "").sides_with

    assert witness(2.0, 1e-9) == "yours" and witness(3.0, 1e-9) == "the derived one"
    assert witness(2.5, 1e-9) == witness(2.5, 10.0) == witness(np.nan, np.nan) == "neither"


def test_the_points_are_those_of_the_seed():
    first, again, other = (of("himmelblau", "x; y", seed=s).partings[0] for s in (1, 1, 2))
    assert (first.point == again.point).all() and first.count == again.count
    assert of("himmelblau", "x; y", points=7).compared == 7 + 1 + 4
    assert other.derived == first.derived, "shown at the start"


def test_many_coordinates():
    found = of("sum(x**2)", "3x", dim=30)
    assert found.parted == tuple(range(30)) and len(found.partings) == MOST_PARTINGS


@pytest.mark.parametrize(
    ("objective", "text", "dim", "message"),
    [
        ("himmelblau", "x", None, "2 formulas separated by ';', one for each of x, y; 1 is given"),
        ("himmelblau", "x; y; x", None, "3 are given"),
        ("x**2", "x; x", None, "one formula, the derivative by x; 2 are given"),
        ("sum(x**2)", "x; x", 2, "or one that is a vector of 2; 2 are given, 2 of them a vector"),
        ("sum(x**2)", "1", 2, "1 is given"),
    ],
)
def test_a_wrong_number_of_formulas(objective, text, dim, message):
    with pytest.raises(ParameterError, match=message):
        of(objective, text, dim)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("x; z*y", "formula 2 of the gradient: there is no name 'z'", 3),
        ("sin(x; y", "formula 1 of the gradient: expected", 5),
        (" ; y", "formula 1 of the gradient: this formula is empty", 0),
        ("x; y > 0", "formula 2 of the gradient is a condition", 2),
        ("x; sqr(y)", "did you mean sqrt", 3),
        ("x; prev(y)", "there is no function 'prev'", 3),
    ],
)
def test_mistakes_are_pointed_at(text, message, place):
    with pytest.raises(FormulaError, match=message.replace("(", r"\(")) as caught:
        of("himmelblau", text)
    assert (caught.value.position, caught.value.text) == (place, text)


def test_functions_have_no_derived_gradient():
    own = own_functions(lambda p: p @ p, lambda p: 2 * p, (1.0, 2.0))
    with pytest.raises(ParameterError, match="is no formula"):
        compare(own, "2x; 2y")


def invoke(*arguments):
    return CliRunner().invoke(main, ["gradcheck", *arguments])


def test_what_it_says():
    result = invoke("a*x**2 + y", "--gradient", "-a*x; 1", "-c", "a=2", "--points", "20", "--seed", "5")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "a*x**2 + y: 21 points compared, random ones and the start",
        "  ∂f/∂x parts at 21 of 21 points",
        "    yours    −2·x",
        "    derived  4x",
        "    at (x, y) = (3, −2.25)",
        "      yours −6, derived 12,",
        "      by differences of the loss 12: they side with the derived one",
        "    yours is −0.5 times the derived one everywhere",
        "  ∂f/∂y agrees",
        "they part in ∂f/∂x",
    ]
    agreeing = invoke("x*log(x)", "--gradient", "log(x) + 1")
    assert agreeing.exit_code == 0 and agreeing.stdout.splitlines()[1:] == ["  ∂f/∂x agrees", "they agree"]
    assert "left out, where the loss is no number or has a kink" in agreeing.stdout
    many = invoke("sum(x**2)", "--gradient", "3x", "--dim", "30").stdout.splitlines()
    assert many[-1].endswith("∂f/∂x₆ and 24 more") and many[1:3] == ["  yours    3x", "  derived  2x"]


def test_values_that_differ_are_shown_so_far_that_it_is_seen():
    found = re.search("yours (.*), derived (.*),", invoke("x**2", "--gradient", "2x + 1e-7").stdout)
    assert found and found[1] != found[2] and found[1].startswith(found[2][:6])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["himmelblau", "--gradient", "x"], "2 formulas separated by ';'"),
        (["himmelblau", "--gradient", "x; q"], "'q'"),
        (["himelblau", "--gradient", "x"], "did you mean himmelblau"),
        (["x**2"], "--gradient"),
        (["x**2", "--gradient", "x", "--points", "0"], "--points"),
        (["x**2", "--gradient", "x", "--seed", "-1"], "--seed"),
        (["a*x**2", "--gradient", "x", "-c", "a"], "-c NAME=VALUE"),
    ],
)
def test_usage(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2 and message in result.stderr and result.stdout == ""
