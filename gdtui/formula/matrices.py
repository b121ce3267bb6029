"""Matrices in rules: what is refused, since nobody means it entry by entry, and what to write instead.

A matrix is hess(), identity(), or a sum of these and their multiples by numbers. ``A @ v``, ``solve(A, b)`` and
``diag(A)`` make a vector of one.
"""

from gdtui.formula.graph import Node

NO_DIVISOR = "nothing is divided by a matrix: solve(A, b) is the x with A @ x = b"


def not_multiplied(before: str, rank: int, after: str, factor: Node) -> str:
    """What to write for ``before*after``, a matrix times a vector or another matrix. ``rank``: that of ``before``."""
    if rank == len(factor.shape):
        return f"{before} and {after} are matrices: write {before} @ ({after} @ g), or diag({after}) for a diagonal"
    matrix, vector = (before, after) if rank > 1 else (after, before)
    return f"{matrix} is a matrix: write {matrix} @ {vector}"


def not_applied(left: Node, before: str, right: Node, after: str, in_rule: bool) -> str:
    """What to write for ``before @ after``, which is no matrix times a vector."""
    if not in_rule:
        return "'@' does not belong in a formula: it is a rule's, for hess() @ g; a product is written *"
    match len(left.shape), len(right.shape):
        case 2, 2:
            return f"'@' takes a matrix and a vector: multiply from the right, {before} @ ({after} @ g)"
        case 1, 1:
            return f"'@' takes a matrix such as hess() and a vector: write dot({before}, {after})"
        case 1, 2:
            return f"'@' takes the matrix first: write {after} @ {before}"
    return "'@' takes a matrix such as hess() and a vector; a number times something is written *"


def not_by_entries(node: Node) -> str:
    """Why an operation on a matrix is refused: entry by entry it would be another thing than it looks.

    "" where it is not: sums of matrices and their products with numbers are what they look like.
    """
    ranks = [len(argument.shape) for argument in node.args]
    if node.op in ("neg", "mul", "div") or (node.op == "add" and set(ranks) == {2}):
        return ""
    if node.op == "add":
        return "a matrix and a number do not add: write hess() + a*identity() to add a to the diagonal"
    if node.op == "pow":
        return "a matrix has no powers here: write hess() @ (hess() @ g), or solve(hess(), g) for its inverse"
    return f"'{node.op}' takes no matrix: A @ v, solve(A, b) and diag(A) make a vector of one"
