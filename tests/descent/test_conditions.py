"""A condition tested in the loop and one evaluated backwards over columns are one condition."""

import re

import numpy as np
import pytest

import gdtui
from gdtui.descent.breakpoints import rows_held
from gdtui.descent.conditions import expression, values_over
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.formula.tokens import FormulaError

STEPS = 60
CONDITIONS = [
    "loss > prev(loss)",
    "loss > 1.02*prev(loss)",
    "loss < prev(loss, 5)/2",
    "prev(loss, 3) > 100 and loss < 100",
    "t == 7 or t > 55",
    "t/5 == floor(t/5)",
    "x > 2 and y < 1.9",
    "x < prev(x)",
    "prev(y, 4) > y",
    "any(theta > 3)",
    "all(grad < 0) or all(grad > 0)",
    "norm(delta) > prev(norm_of_nothing)",
    "norm(delta) < 0.05",
    "dot(delta, prev(delta)) < 0",
    "any(m > prev(m, 2))",
    "m_hat[0]*v_hat[1] > 0",
    "norm(grad) < norm(prev(grad))*0.9",
    "not loss < 20",
    "lr < 0.2",
    "dot(g, delta) > 0",
    "isnan(loss)",
    "loss > f_min + 1e-3",
    "abs(theta[1] - prev(theta)[1]) > 0.1",
]
OBJECTIVES = {
    "floats": {"objective": "himmelblau", "start": (-0.4, -0.65)},
    "arrays": {"objective": "sum(x**4 - 3*x**2) + sum(x[1:]*x[:-1])", "dim": 20},
    "own functions": {"objective": lambda p: float(p @ p), "grad": lambda p: 2 * p, "start": (1.0, -2.0)},
}


def by_hand(text, run, k):
    """The condition at row k by Python's eval over the recorded columns."""
    columns = {"theta": run.params, "loss": run.loss, "grad": run.grad, "g": run.grad, **run.terms}
    columns |= {name: run.params[:, j] for names in (("x", "y"), ("x1", "x2")) for j, name in enumerate(names)}
    first = {name: 1 if name in run.terms else 0 for name in columns}
    here = {name: Quantity(values, k, first[name]) for name, values in columns.items()}
    functions = {
        "any": np.any,
        "all": np.all,
        "norm": np.linalg.norm,
        "dot": np.dot,
        "floor": np.floor,
        "isnan": np.isnan,
    }
    functions |= {"abs": np.abs, "prev": lambda q, steps=1: q.values[max(q.first, q.k - steps)]}
    scope = functions | {name: q if f"prev({name}" in text else q.values[k] for name, q in here.items()}
    scope |= {"t": k, "lr": 0.3, "f_min": 0.0}
    return bool(eval(text, {"__builtins__": {}}, scope))


class Quantity(np.ndarray):
    """The value at a row that still knows its column, so that prev can look back."""

    def __new__(cls, values, k, first):
        made = np.asarray(values[k]).view(cls)
        made.values, made.k, made.first = values, k, first
        return made


@pytest.mark.parametrize("text", CONDITIONS)
@pytest.mark.parametrize("kind", OBJECTIVES)
def test_forward_is_backward_is_by_hand(kind, text):
    options = {"optimizer": "adam", "settings": {"lr": 0.3}, "stopping": {"steps": STEPS}} | OBJECTIVES[kind]
    if kind == "arrays":
        text = re.sub(r"\b([xy])\b", lambda name: {"x": "x1", "y": "x2"}[name[0]], text)
    try:
        setup = prepare(**options, breakpoints=[text])
    except FormulaError:
        assert "norm_of_nothing" in text or "f_min" in text
        return
    session = begin(setup)
    forward = []
    while session.advance(17):
        if "breakpoint: " in session.end.reason:  # at the last row of all the end comes first, and tells of it
            assert session.end.row == session.cursor and text in session.end.reason
            forward.append(session.cursor)
    assert session.branch.count == STEPS + 1 and session.end.status == "max_steps"
    assert session.hits.get(text, 0) == len(forward)
    backward = np.flatnonzero(values_over(setup.breakpoints[0], session.branch, 1, STEPS + 1)) + 1
    assert forward == backward.tolist()
    run = gdtui.descend(**{k: v for k, v in options.items() if k not in ("settings", "stopping")}, lr=0.3, steps=STEPS)
    assert forward == [k for k in range(1, STEPS + 1) if by_hand(text, run, k)]


def test_the_conditions_above_are_sometimes_true_and_sometimes_not():
    session = begin(prepare("himmelblau", "adam", settings={"lr": 0.3}, stopping={"steps": STEPS}))
    session.advance(STEPS)
    mixed = 0
    for text in CONDITIONS:
        try:
            found = prepare("himmelblau", "adam", settings={"lr": 0.3}, breakpoints=[text]).breakpoints[0]
        except FormulaError:
            continue
        values = values_over(found, session.branch, 1, STEPS + 1)
        mixed += values.any() and not values.all()
    assert mixed > 0.7 * len(CONDITIONS)


def previous(session):
    """Back to the breakpoint before; whether there was one."""
    looking = session.looking_back()
    while True:
        try:
            next(looking)
        except StopIteration as end:
            return end.value


def test_continue_and_back_to_breakpoints():
    session = begin(prepare("himmelblau", "adam", settings={"lr": 0.3}, breakpoints=["t == 10", "t == 20"]))
    assert session.advance(100) == 10 and session.end.reason == "breakpoint: t == 10 at t = 10"
    assert session.advance(100) == 10 and session.cursor == 20
    session.advance(30)
    assert session.cursor == 50
    assert previous(session) and session.cursor == 20
    assert previous(session) and session.cursor == 10
    assert not previous(session) and session.cursor == 0
    assert session.to_breakpoint(100) and session.cursor == 10
    assert not session.to_breakpoint(5) and session.cursor == 15
    session.set_breakpoints(["loss < 1e9"])
    assert session.to_breakpoint(5) and session.cursor == 16
    with pytest.raises(FormulaError):
        session.set_breakpoints(["loss"])
    assert [b.text for b in session.setup.breakpoints] == ["loss < 1e9"]


def test_a_condition_looks_back_over_a_fork():
    session = begin(prepare("x**2", start=1.0, settings={"lr": 0.1}))
    session.advance(5)
    session.change(session.setup.with_value("lr", 0.9))
    session.set_breakpoints(["prev(loss, 3) > 3*loss and t > 5"])
    session.advance(20)
    loss = session.branch.quantity("loss", 0, session.branch.count)
    expected = next(k for k in range(6, 30) if loss[k - 3] > 3 * loss[k])
    assert session.cursor == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loss", "a breakpoint is a condition; this is a value: compare it"),
        ("theta > 1", "any"),
        ("lss < 1", "did you mean loss"),
        ("grad(theta)[0] > 1", r"grad\(u\) is for rules"),
        ("normal()[0] > 1", r"normal\(\) is for rules"),
        ("prev(loss, 65) > 1", "1 to 64 steps"),
        ("prev(lr) > lr", "'lr' has no earlier values"),
        ("prev(t) > 1", "'t' has no earlier values"),
        ("", "empty"),
        ("loss = 1", "=="),
    ],
)
def test_what_is_no_breakpoint(text, message):
    with pytest.raises(FormulaError, match=message):
        prepare("himmelblau", breakpoints=[text])


def test_watches_over_rows():
    session = begin(
        prepare("himmelblau", "adam", watches=["norm(delta)/norm(theta)", "theta", "prev(loss) - loss", "2", "loss<9"])
    )
    session.advance(20)
    branch = session.branch
    ratio, theta, gain, two, low = (session.values_of(w, 0, 21) for w in session.setup.watches)
    step, place = branch.quantity("delta", 0, 21), branch.quantity("theta", 0, 21)
    assert np.isnan(ratio[0])
    assert ratio[1:] == pytest.approx(np.linalg.norm(step, axis=0)[1:] / np.linalg.norm(place, axis=0)[1:])
    assert theta.shape == (2, 21) and (theta == place).all()
    assert gain[0] == 0 and gain[1:] == pytest.approx(-np.diff(branch.quantity("loss", 0, 21)))
    assert two.tolist() == [2.0] * 21 and set(low.tolist()) <= {0.0, 1.0}


def test_row_0_has_no_terms_to_watch():
    texts = ["any(isnan(delta))", "isnan(delta)", "prev(m) - m", "where(all(delta < 1), 2, 3)", "any(isnan(theta))"]
    session = begin(prepare("himmelblau", "adam", watches=texts, breakpoints=["any(isnan(delta)) or t > 4"]))
    session.advance(9)
    for watch in session.setup.watches:
        values = session.values_of(watch, 0, session.branch.count)
        assert np.isnan(values[..., 0]).all() == (watch.text != "any(isnan(theta))")
        assert np.isfinite(values[..., 1:]).all()
        assert (session.values_of(watch, 1, 2) == values[..., 1:2]).all()
    assert session.cursor == 5
    assert not previous(session) and session.cursor == 0


LINES = "u = x + 1; w = sin(y)*u; u**2 + w**2"
OVER_LINES = {
    "u": lambda x, y, k: x[k] + 1,
    "u*w": lambda x, y, k: (x[k] + 1) ** 2 * np.sin(y[k]),
    "prev(u)": lambda x, y, k: x[max(0, k - 1)] + 1,
    "prev(w, 3) - w": lambda x, y, k: np.sin(y[max(0, k - 3)]) * (x[max(0, k - 3)] + 1) - np.sin(y[k]) * (x[k] + 1),
}


@pytest.mark.parametrize("optimizer", ["gd", "momentum"])
@pytest.mark.parametrize("text", OVER_LINES)
def test_a_line_of_the_objective_is_watched_by_its_name(text, optimizer):
    run = gdtui.descend(LINES, optimizer, steps=20, watches=[text])
    x, y = run.params.T
    by_hand = [OVER_LINES[text](x, y, k) for k in range(21)]
    assert run.watches[text] == pytest.approx(by_hand, rel=1e-12, abs=1e-12)
    own = gdtui.descend(LINES, optimizer, steps=20, watches=[text], grad="numeric")
    assert own.watches[text] == pytest.approx(by_hand, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("text", ["u < 3", "w > prev(w) and t > 5", "prev(u, 3) - u > 0.4"])
def test_a_breakpoint_on_a_line_holds_forward_and_backward_alike(text):
    session = begin(prepare(LINES, "gd", breakpoints=[text], stopping={"steps": 40}))
    met = []
    while session.advance(9):
        if "breakpoint: " in session.end.reason:
            met.append(session.cursor)
    x, y = gdtui.descend(LINES, steps=40).params.T

    def at(k):
        return {"u": x[k] + 1, "w": np.sin(y[k]) * (x[k] + 1)}

    by_hand = {
        "u < 3": lambda k: at(k)["u"] < 3,
        "w > prev(w) and t > 5": lambda k: at(k)["w"] > at(k - 1)["w"] and k > 5,
        "prev(u, 3) - u > 0.4": lambda k: at(max(0, k - 3))["u"] - at(k)["u"] > 0.4,
    }[text]
    assert met == [k for k in range(1, 41) if by_hand(k)] and 0 < len(met) < 40
    assert met == (np.flatnonzero(values_over(session.setup.breakpoints[0], session.branch, 1, 41)) + 1).tolist()


def test_a_line_that_is_a_name_of_the_rule_too_is_never_read_in_silence():
    text = "m = x + 1; m**2"
    assert prepare(text, "gd", watches=["m"]).watches[0].notation == "m"
    with pytest.raises(FormulaError, match="'m' is a line of the objective, and a name of adam too") as caught:
        prepare(text, "adam", watches=["2*m"])
    assert caught.value.text[caught.value.position] == "m"
    with pytest.raises(FormulaError, match="a name of gd too"):
        prepare("lr = x + 1; lr**2", "gd", watches=["lr"])
    with pytest.raises(FormulaError, match="a ready-made breakpoint too"):
        prepare("plateau = x < 1; where(plateau, x, x**2)", "gd", breakpoints=["plateau"])


def test_a_watch_of_a_line_waits_while_the_rule_has_the_name():
    from gdtui.optimizers.catalogue import BY_NAME
    from gdtui.optimizers.pipeline import Pipeline

    setup = prepare("m = x + 1; m**2", "gd", watches=["m"])
    other = setup.with_pipeline(Pipeline(BY_NAME["adam"]), {})
    assert not other.watches and other.resting[0].text == "m" and "a name of adam too" in other.resting[0].why
    assert [w.text for w in other.with_pipeline(setup.pipeline, {}).watches] == ["m"]


@pytest.mark.parametrize("text", ["u", "prev(u)", "prev(u, 2) + w", "2*prev(w, 3)", "x + u"])
def test_what_is_watched_is_shown_by_the_names_of_lines(text):
    shown = prepare(LINES, "gd", watches=[text]).watches[0].notation
    assert shown == text.replace("*", "").replace("x", "θ[0]")


def test_a_line_that_is_a_condition_is_a_breakpoint_by_its_name():
    run = gdtui.descend("near = x < 1; where(near, x**2, 2*x - 1)", start=3.0, lr=0.1, steps=50, breakpoints=["near"])
    assert run.reason.startswith("breakpoint: near at t = ") and (run.params[:-1] >= 1).all() and run.params[-1] < 1


@pytest.mark.parametrize("dim", [2, 9, 18, 19])
def test_a_condition_over_a_stretch_has_the_bits_of_one_over_a_row(dim):
    session = begin(prepare("sum(x^2)", "gd", start=(0.1,) * dim, settings={"lr": 0.01}))
    session.advance(60)
    for text in ("dot(prev(theta), prev(theta))", "norm(theta - prev(theta, 3))", "sum(delta*grad)", "mean(theta)"):
        watch = expression(text, session.setup.program)
        stretch = values_over(watch, session.branch, 5, 61)
        alone = [values_over(watch, session.branch, row, row + 1)[0] for row in range(5, 61)]
        assert stretch.tobytes() == np.array(alone).tobytes(), text


def test_what_stands_still_is_no_longer_than_it_was():
    breakpoint_ = "dot(prev(theta), prev(theta)) > dot(theta, theta)"
    session = begin(prepare("sum(x^2)", "gd", start=tuple(np.linspace(0.1, 1.7, 18)), settings={"lr": 1e-30},
                            breakpoints=[breakpoint_]))  # fmt: skip
    session.advance(40)
    assert not session.hits and rows_held(1, session.branch.count, session.setup.breakpoints, session.branch) == []
