"""Names for common parts: what would be long to read is written over A, B, …, each a line of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from string import ascii_uppercase

from gdtui.formula import graph
from gdtui.formula.equations import Equation
from gdtui.formula.graph import Node
from gdtui.formula.notation import literal
from gdtui.formula.symbols import symbol_of

LONG = 160
"""Characters of a line that are read as one; what is longer is divided."""
_SHORT = 10  # what has fewer is not worth a name
_SIGNS = {"add": (3, 0), "mul": (1, 0), "div": (1, 0), "div0": (1, 0), "pow": (1, 0), "neg": (0, 1), "sqrt": (0, 1),
          "abs": (0, 2), "element": (0, 3)}  # fmt: skip
"""How many characters are between the operands of an operation, and how many around them."""
_LETTERS = [letter for letter in ascii_uppercase if letter not in "EIJO"]  # 2E and 2J would be read as numbers
_MOST_NODES = 3000  # of a graph that anybody reads


def part_name(number: int, node: Node) -> Node:
    """What stands for a part until it has its letter."""
    return graph.name(f"part {number}", node.shape, node.boolean)


def with_parts(
    roots: Sequence[Node], taken: Collection[str], known: Mapping[str, Node] = {}
) -> tuple[list[Equation], list[Node]]:
    """Parts of the graphs, operands before what uses them, and the graphs over their names, which none of ``taken`` is.

    ``known``: parts that there are already, called as `part_name` says, by what they are; their equations have that as
    text. While a graph is longer than 160 characters the part by which most is saved gets a name, as long as that is a
    fortieth of all; then the longest that makes a line. Put in the place of their names, the parts give the graphs.
    """
    bodies = [*known.values()]
    written = [*roots, *bodies]
    letters = [letter for letter in _LETTERS if letter not in taken]
    while len(bodies) < len(letters):
        order = graph.topological(written)
        lengths = _lengths(order)
        if len(order) > _MOST_NODES or max(lengths[node] for node in written) <= LONG:
            break
        part = _part(order, written, lengths)
        if part is None:
            break
        written = graph.substitute(written, {part: part_name(len(bodies), part)}.get)
        bodies.append(part)
        written.append(part)
    texts = [*known] + [""] * (len(bodies) - len(known))
    return _named(written[: len(roots)], written[len(roots) :], letters, texts)


def _lengths(order: Sequence[Node]) -> dict[Node, int]:
    """About how many characters each node is written with; exact ones would have to be written."""
    lengths: dict[Node, int] = {}
    for node in order:
        if node.op == "const":
            lengths[node] = len(literal(node.number))
        elif not node.args:
            lengths[node] = len(symbol_of(str(node.payload or "")))
        elif node.op in _SIGNS:
            between, around = _SIGNS[node.op]
            exponent = node.op == "pow" and node.args[1].is_constant
            operands = node.args[:1] if exponent else node.args
            lengths[node] = sum(lengths[a] for a in operands) + between * (len(node.args) - 1) + around
        else:
            lengths[node] = sum(lengths[a] + 1 for a in node.args) + len(node.op) + 1
    return lengths


def _part(order: Sequence[Node], lines: Sequence[Node], lengths: dict[Node, int]) -> Node | None:
    """The part that is named next."""
    times = dict.fromkeys(order, 0)  # how often each stands in the text
    for line in lines:
        times[line] += 1
    for node in reversed(order):
        for argument in node.args:
            times[argument] += times[node]
    worth = [n for n in order if n.args and n.known is None and n.op != "neg" and lengths[n] >= _SHORT]
    saved = {node: (times[node] - 1) * (lengths[node] - 1) for node in worth}
    part = max(worth, key=lambda node: saved[node], default=None)
    if part is not None and saved[part] > max(6, sum(lengths[line] for line in lines) // 40):
        return part
    inside = set(graph.topological([line for line in lines if lengths[line] > LONG])).difference(lines)
    fitting = [node for node in worth if node in inside and LONG // 4 <= lengths[node] <= LONG]
    return max(fitting, key=lambda node: lengths[node], default=None)


def _named(
    roots: Sequence[Node], bodies: Sequence[Node], letters: Sequence[str], texts: Sequence[str]
) -> tuple[list[Equation], list[Node]]:
    """The parts in an order in which each is read below its own line, and named in that order."""
    names = [part_name(k, body) for k, body in enumerate(bodies)]
    body_of = dict(zip(names, bodies, strict=True))
    new: dict[Node, Node] = {}
    parts: list[Equation] = []

    def add_below(graphs: Sequence[Node]) -> None:
        for name in graph.topological(graphs):
            if name in body_of and name not in new:
                add_below([body_of[name]])
                letter, text = letters[len(parts)], texts[names.index(name)]
                new[name] = graph.name(letter, name.shape, name.boolean)
                parts.append(Equation(letter, graph.substitute([body_of[name]], new.get)[0], text))

    add_below(roots)
    return parts, graph.substitute(list(roots), new.get)
