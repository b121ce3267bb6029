"""The plane in which many parameters are seen: to the bit along coordinates, and along what a path mainly does."""

import numpy as np
import pytest

from gdtui.formula.parameter import ParameterError
from gdtui.objectives.resolve import resolve
from gdtui.objectives.section import along_coordinates, along_path, coordinates_of

OBJECTIVE = resolve("rosenbrock:dim=5")
RANDOM = np.random.default_rng(3)


def test_coordinates_are_seen_to_the_bit() -> None:
    through = RANDOM.normal(size=5)
    section = along_coordinates(OBJECTIVE, 3, 1, through, 12)
    points = RANDOM.normal(size=(5, 40)) * 1e3
    assert np.array_equal(section.seen(points), points[[3, 1]].T)
    u, v = RANDOM.normal(size=(2, 7))
    back = section.at(u, v)
    assert np.array_equal(back[[3, 1]], [u, v])
    assert np.array_equal(back[[0, 2, 4]], np.repeat(through[[0, 2, 4], None], 7, axis=1))
    assert section.symbols == ("x₄", "x₂") and section.bounds == (OBJECTIVE.domain[3], OBJECTIVE.domain[1])
    assert section.held == "x₁, x₃, x₅ as"


def test_two_parameters_hold_none() -> None:
    assert along_coordinates(resolve("himmelblau"), 0, 1, np.zeros(2), 4).held == ""


def test_a_path_in_a_plane_is_seen_whole() -> None:
    basis, _ = np.linalg.qr(RANDOM.normal(size=(5, 2)))
    flat = RANDOM.normal(size=(2, 300)) * [[5.0], [1.0]]
    path = RANDOM.normal(size=(5, 1)) + basis @ flat
    section = along_path(OBJECTIVE, path, path[:, 7], 7)
    seen = section.seen(path)
    assert section.axes.T @ section.axes == pytest.approx(np.eye(2), abs=1e-12)
    assert section.at(*seen.T) == pytest.approx(path, abs=1e-9)
    assert seen[7] == pytest.approx(np.zeros(2), abs=1e-12)
    assert seen[:, 0].std() > 3 * seen[:, 1].std()
    for column, (low, high) in zip(seen.T, section.bounds, strict=True):
        assert low < column.min() < column.max() < high


def test_main_directions_point_the_same_way_whichever_way_a_path_went() -> None:
    """Of each direction the longest part is positive: the map of the same run is not mirrored from one row to the next.

    They are those of the covariance, but for the sign.
    """
    random = np.random.default_rng(8)
    for _ in range(20):
        path = random.normal(size=(5, 5)) @ np.diag([9.0, 5.0, 1.0, 0.5, 0.1]) @ random.normal(size=(5, 60))
        axes = along_path(OBJECTIVE, path, path[:, 0], 0).axes
        assert (axes[np.abs(axes).argmax(axis=0), [0, 1]] > 0).all()
        _, vectors = np.linalg.eigh(np.cov(path))
        assert np.abs((vectors[:, [-1, -2]] * axes).sum(axis=0)) == pytest.approx([1.0, 1.0], abs=1e-9)
        for other in (-path, path[:, ::-1], 1e-3 * path + 7.0):
            assert along_path(OBJECTIVE, other, other[:, 0], 0).axes == pytest.approx(axes, abs=1e-9)


def test_what_is_not_finite_or_huge_does_not_turn_it() -> None:
    path = RANDOM.normal(size=(5, 50))
    section = along_path(OBJECTIVE, path, path[:, 0], 0)
    broken = np.concatenate([path, np.full((5, 1), np.nan), np.full((5, 1), np.inf)], axis=1)
    assert np.array_equal(along_path(OBJECTIVE, broken, path[:, 0], 0).axes, section.axes)
    assert np.isfinite(along_path(OBJECTIVE, path * 1e300, path[:, 0], 0).axes).all()


@pytest.mark.parametrize("path", [np.zeros((5, 0)), np.ones((5, 1)), np.outer(np.ones(5), np.arange(9.0))])
def test_a_path_without_two_directions_is_refused(path: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="two directions"):
        along_path(OBJECTIVE, path, np.ones(5), 0)


def test_coordinates_by_name() -> None:
    assert coordinates_of("x1, x3", OBJECTIVE) == (0, 2)
    assert coordinates_of("x₅ x1", OBJECTIVE) == (4, 0)
    for text, message in [("x1", "two coordinates"), ("x1,x1", "two coordinates"), ("x1,x9", "no coordinate 'x9'")]:
        with pytest.raises(ParameterError, match=message):
            coordinates_of(text, OBJECTIVE)
