"""What is compiled can be read: by inspect, in tracebacks; and it is forgotten with what it was compiled for."""

import gc
import inspect
import linecache
import re
import traceback
from textwrap import dedent

import numpy as np
import pytest

from gdtui.descent import arrays, lanes, loop_source
from gdtui.descent.arrays import ArrayStep
from gdtui.descent.kernel import FloatLoop, source_of
from gdtui.descent.lanes.loop import LaneTests
from gdtui.descent.lanes.source import LaneWriter
from gdtui.descent.setup import prepare
from gdtui.formula.emit import define
from gdtui.formula.emit_arrays import ARRAY_NAMESPACE
from gdtui.formula.emit_floats import FLOAT_NAMESPACE
from gdtui.objectives.resolve import resolve


def compiled():
    """The names of the sources that linecache has of gdtui."""
    return {name for name in linecache.cache if name.startswith("<gdtui ")}


def test_inspect_shows_the_loop_over_floats():
    setup = prepare("himmelblau", "adam")
    loop = FloatLoop(setup.program)
    assert inspect.getsource(loop._loop) == loop.source == source_of(setup.program)


def test_inspect_shows_the_update_by_arrays():
    setup = prepare("sphere:dim=30", "noisy-gd")
    step = ArrayStep(setup.program)
    update = inspect.getsource(step._update)
    assert update.startswith("def update(row, last, ") and "wanted['normal']" in update
    assert step.source == f"{update}\n\n{setup.objective.source}" == source_of(setup.program)


def test_the_update_of_ones_own_function_stands_alone():
    setup = prepare(lambda x: float(x @ x), "gd", grad=lambda x: 2 * x, start=[1.0, 2.0])
    step = ArrayStep(setup.program)
    assert step.source == inspect.getsource(step._update) == source_of(setup.program)


def test_inspect_shows_the_loop_over_lanes():
    setup = prepare("rosenbrock", "adam")
    loop = LaneWriter(setup.program, frozenset(["lr"]), LaneTests(gtol=True)).loop()
    assert loop.source.startswith("def lanes(") and inspect.getsource(loop.run) == loop.source


def test_inspect_shows_value_and_gradient_and_hessian_product():
    objective = resolve("x**2 + sin(y)")
    assert inspect.getsource(objective._value_and_grad) == objective.source
    assert objective.source.startswith("def objective(theta, slopes=True):\n") and "cos(" in objective.source
    assert "along[0]" in inspect.getsource(objective._hessian_vector)


def test_sources_of_one_name_are_told_apart():
    x, y = resolve("x**2 + 1"), resolve("y**2 + 2")
    assert x.source != y.source and "+ 1.0" in x.source and "+ 2.0" in y.source


def test_a_traceback_shows_the_line():
    function = define("def f(x):\n    y = x - 1.0\n    return 1.0/y\n", "f", FLOAT_NAMESPACE)
    linecache.checkcache()  # as traceback and pdb do: what has no file on the disk is not dropped
    try:
        function(1.0)
    except ZeroDivisionError:
        shown = traceback.format_exc()
    assert "line 3, in f\n    return 1.0/y\n" in shown


def test_a_traceback_shows_the_line_of_an_update():
    setup = prepare("x**2 + y**2", "gd", start=[1.0, 2.0])
    step = ArrayStep(setup.program)
    with pytest.raises(ValueError) as caught:
        step._update(np.zeros((7, 1)), np.zeros(7), np.zeros((7, 1)), 1.0, (0.1,), {}, {})
    assert "p_lr, f_min, = numbers" in "".join(traceback.format_exception(caught.value))


def test_a_traceback_that_outlives_its_function_shows_the_line():
    with pytest.raises(ZeroDivisionError) as caught:
        define("def f(x):\n    return 1.0/x\n", "f", FLOAT_NAMESPACE)(0.0)
    gc.collect()
    assert "return 1.0/x" in "".join(traceback.format_exception(caught.value))


def test_a_source_stays_while_its_code_does():
    source = "def f(x):\n    return x\n"
    code = define(source, "f", ARRAY_NAMESPACE).__code__
    gc.collect()
    assert inspect.getsource(code) == source


def test_a_source_goes_with_its_function_and_waits_for_no_collector():
    before = compiled()
    gc.disable()
    try:
        function = define("def f(x):\n    return x\n", "f", ARRAY_NAMESPACE)
        assert len(compiled() - before) == 1
        del function
        assert compiled() <= before
    finally:
        gc.enable()


def test_a_thousand_formulas_leave_no_sources():
    gc.collect()
    before = len(compiled())
    for k in range(1000):
        assert resolve(f"x**2 + {k}*y").value(np.array([1.0, 1.0])) == 1.0 + k
    gc.collect()
    assert len(compiled()) <= before + 5


def test_a_cache_that_was_emptied_does_no_harm():
    kept = dict(linecache.cache)
    function = define("def f(x):\n    return x\n", "f", ARRAY_NAMESPACE)
    linecache.clearcache()
    try:
        del function
        assert not compiled()
    finally:
        linecache.cache.update(kept)


def shown_at_the_head(module):
    """The source in a module's docstring."""
    return dedent(re.search(r"\n\n(    def .*)", module.__doc__, re.S)[1])


def test_what_stands_at_the_head_of_a_file_is_what_it_writes_for_gd_on_a_square():
    program = prepare("x**2", "gd").program
    assert shown_at_the_head(loop_source) == FloatLoop(program).source
    assert shown_at_the_head(arrays) == ArrayStep(program).source
    assert shown_at_the_head(lanes) == LaneWriter(program, frozenset(), LaneTests(gtol=True)).loop().source
