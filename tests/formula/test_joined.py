"""A name that reads as a product is refused, a word stays a name."""

import pytest

from gdtui.formula.joined import product_in
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.resolve import resolve


@pytest.mark.parametrize(
    ("text", "name", "product"),
    [
        ("x^2 - xy", "xy", "x*y"),
        ("2x^2+3xy+y^2", "xy", "x*y"),
        ("x1^2+x1x2+x2^2", "x1x2", "x1*x2"),
        ("x_1^2 + x_1x_2", "x_1x_2", "x_1*x_2"),
        ("x+sinx", "sinx", "sin(x)"),
        ("3sinx", "sinx", "sin(x)"),
        ("3sin2x", "sin2x", "sin(2*x)"),
        ("1 + sina", "sina", "sin(a)"),
        ("2logb", "logb", "log(b)"),
        ("1 + expx", "expx", "exp(x)"),
        ("1 + xexpx", "xexpx", "x*exp(x)"),
        ("1 + sinxcosx", "sinxcosx", "sin(x)*cos(x)"),
        ("ax^2 + bx + c", "ax", "a*x"),
        ("1 + pix", "pix", "pi*x"),
        ("xyz + 1", "xyz", "x*y*z"),
        ("1 + alphax", "alphax", "alpha*x"),
        ("mu^2 + lambda2 + mulambda2", "mulambda2", "mu*lambda2"),
        ("a^2 + ab + b^2", "ab", "a*b"),
        ("e^(-kt) + t", "kt", "k*t"),
    ],
)
def test_a_product_without_signs_is_refused_with_the_product(text, name, product):
    with pytest.raises(FormulaError) as caught:
        resolve(text)
    error = caught.value
    assert f"{name} would be one name; for a product write {product} (" in error.message
    assert text[error.position : error.end] == name


@pytest.mark.parametrize("text", ["xy", "sinx", "ax", "x1x2"])
def test_a_lone_product_is_no_objective_either(text):
    with pytest.raises(ValueError, match=r"for a product write"):
        resolve(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lr^2 + mu", ("lr", "mu")),
        ("alpha*x", ("alpha", "x")),
        ("width*height", ("width", "height")),
        ("w0 + w1*x", ("w0", "w1", "x")),
        ("theta_0 + theta1", ("theta_0", "theta1")),
        ("xi + eta + psi2", ("xi", "eta", "psi2")),
        ("x_max*rate", ("x_max", "rate")),
        ("size*price", ("size", "price")),
        ("ab + c", ("ab", "c")),
        ("small*wall", ("small", "wall")),
    ],
)
def test_words_stay_names(text, names):
    assert resolve(text).names == names


def test_a_name_that_is_declared_is_a_name():
    assert resolve("vx^2", start={"vx": 1.0}).names == ("vx",)
    assert resolve("x^2 - xy", {"xy": 2.0}).names == ("x",)
    assert resolve("f(vx, vy) = vx^2 + vy^2").names == ("vx", "vy")


def test_the_message_names_the_way_out_and_that_works():
    with pytest.raises(FormulaError) as caught:
        resolve("x^2 - xy")
    assert "--start x=1,xy=1 or f(x, xy) = ..." in caught.value.message
    assert resolve("x^2 - xy", start={"x": 1.0, "xy": 1.0}).names == ("x", "xy")
    assert resolve("f(x, xy) = x^2 - xy").names == ("x", "xy")


def test_where_x_is_a_vector_a_product_is_pointed_at_too():
    with pytest.raises(FormulaError, match=r"'xi' is unknown; -c xi=VALUE"):
        resolve("sum(x[0:]) + xi")
    with pytest.raises(FormulaError, match=r"'xx' is unknown; for a product write x\*x"):
        resolve("sum(x[0:]) + xx")


def test_at_most_three_letters_are_a_product():
    assert product_in("xyz") == "x*y*z" and product_in("wxyz") == ""
    assert product_in("kt") == "" and product_in("kt", {"t"}) == "k*t"
    assert product_in("max") == product_in("pi") == product_in("beta1") == product_in("x12") == ""
