"""Where a run would lead, and what bounds it: the rows ahead are those that the run then makes."""

import math

import numpy as np
import pytest

from tests.descent.test_session import made, same


@pytest.mark.parametrize("dim", [1, 30])  # by floats, and by arrays
@pytest.mark.parametrize("bounds", [(1e3, 1e7), (1e7, 1e3)])
def test_the_future_ends_beyond_the_bound_where_the_run_does_and_with_another_bound_elsewhere(dim, bounds):
    """x doubles, with turning sign, and the loss is four times as large each time."""
    stopping = {"diverge_at": bounds[0], "steps": 99}
    session = made("sum(x**2)", "gd", dim=dim, start=(1.0,) * dim, settings={"lr": 1.5}, stopping=stopping)
    session.advance(2)
    for bound in bounds:
        session.change(session.setup.with_stopping("diverge_at", bound))
        ahead = session.future(60)
        assert len(ahead) - 1 == math.ceil(math.log(bound / dim, 4)) - 2
        assert np.square(ahead[-2]).sum() <= bound < np.square(ahead[-1]).sum()
        assert session.peek().theta.tolist() == ahead[1].tolist() and session.branch.count == 3
    session.advance(60)
    assert session.end.status == "diverged"
    assert same(np.ascontiguousarray(session.branch.quantity("theta", 2, session.branch.count).T), ahead)
    assert session.peek() is None
