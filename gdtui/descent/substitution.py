"""The numbers that stand for the names in an update's equations: what `notation` puts in their place."""

from __future__ import annotations

from gdtui.descent.rows import Row, Rows
from gdtui.formula.notation import Value


def numbers_read(segment: Rows, before: Row, arrived: Row | None) -> dict[str, Value]:
    """What each name of the equations was in the update from ``before`` to ``arrived``, states as ``"state NAME"``.

    Without ``arrived`` the update is to come: what it will compute is not among them.
    """
    first = before.number == segment.first
    entry = segment.trajectory.row(before.number - segment.first) if first or arrived is None else None
    values: dict[str, Value] = {name: float(value) for name, value in segment.values.items()}
    values |= {"theta": before.theta.tolist(), "grad": before.grad.tolist(), "g": before.grad.tolist()}
    values |= {"loss": before.loss, "t": float(segment.t_of(before.number) + 1)}
    if "g" in segment.layout.shapes:  # a term like others: what clipping is given, or the gradient turned round
        del values["g"]
    for name in segment.layout.states:
        if entry is not None:
            state = entry[segment.layout.columns[name]].reshape(segment.layout.shapes[name])
        else:
            state = before.terms[name]
        values[f"state {name}"] = state.tolist()
    if arrived is not None:
        values |= {name: term.tolist() for name, term in arrived.terms.items()}
    return values
