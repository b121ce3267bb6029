"""Graph -> Python source: what writing for floats (`emit_floats`) and for arrays (`emit_arrays`) have in common.

Both give IEEE results. Where floats would raise (1/0, exp(1000), log(-1)) the float code raises, and the
caller computes the step again with arrays. A value that is used twice is computed once.
"""

import linecache
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count
from types import FunctionType
from typing import Any, Generic, TypeVar

from gdtui.formula import graph
from gdtui.formula.graph import Node

Source = TypeVar("Source")  # what a value is written as

_MOST_PARENTHESES = 80  # in one expression; Python takes 200 nested ones
_LONGEST = 1500  # characters of one expression; Python takes some 3000 operators in each other
_FIRM = frozenset(["mul", "div", "pow"])  # what needs no parentheses in a sum

_numbers = count(1)  # of the sources that were compiled


class Emitter(Generic[Source]):
    """Writes the statements that compute graphs, in order, each shared value once.

    ``names`` gives the sources of what comes from outside, by name; a state NAME is looked up as
    ``"state NAME"``, ``prev(NAME, k)`` as ``"prev NAME k"``. The statements collect in ``lines``; ``needed`` is how
    many of them each root needs.
    """

    def __init__(self, names: Mapping[str, Source], prefix: str = "_"):
        self.names = dict(names)
        self.prefix = prefix
        self.lines: list[str] = []
        self.needed: dict[Node, int] = {}
        self._done: dict[Node, Source] = {}
        self._count = 0

    def emit(self, roots: Sequence[Node]) -> list[Source]:
        """Statements for what is new in these graphs; the sources of their values."""
        done, ends = dict(self._done), set(roots)
        order = graph.topological(roots)
        # Of prev(m) the operand is no value that is read: an earlier m is, where m itself may not be yet.
        uses = Counter(chain(roots, *[node.args for node in order if node.op != "prev"]))
        for node in order:
            if node in uses and node not in done:
                source = self.write(node, done)
                if uses[node] > 1 or self.is_deep(source):  # else it is inline, and no later call may paste it again
                    source = self._done[node] = self.kept(source)
                done[node] = source
                if node in ends:
                    self.needed[node] = len(self.lines)
        return [done[root] for root in roots]

    def named(self, source: str) -> str:
        """A name or a number for an expression, so that it can be repeated at no cost."""
        return source if source.isidentifier() or source.replace(".", "", 1).isdigit() else self.assign(source)

    def assign(self, source: str) -> str:
        self._count += 1
        target = f"{self.prefix}{self._count}"
        self.lines.append(f"{target} = {bare(source)}")
        return target

    def outside(self, node: Node) -> Source | None:
        match node.op:
            case "name":
                return self.names[node.text]
            case "state":
                return self.names[f"state {node.text}"]
            case "prev":
                return self.names[f"prev {node.args[0].text} {node.payload}"]
            case "normal" | "hess" | "identity":
                return self.names[asked(node)]
        return None

    def write(self, node: Node, done: Mapping[Node, Source]) -> Source:
        """The source of a node whose operands are ``done``."""
        raise NotImplementedError  # pragma: no cover - abstract

    def kept(self, source: Source) -> Source:
        """A source as it can be repeated at no cost."""
        raise NotImplementedError  # pragma: no cover - abstract

    def is_deep(self, source: Source) -> bool:
        """Whether a source is better given a name than put into another one."""
        raise NotImplementedError  # pragma: no cover - abstract

    def power(self, exponent: Node, args: list[str], function: str) -> str:
        """A small power as products; the function is some ten times slower."""
        if exponent.op == "const" and exponent.number in (2.0, 3.0, 4.0):
            return f"({'*'.join([self.named(args[0])] * int(exponent.number))})"
        return f"{function}({bare(args[0])}, {bare(args[1])})"


def asked(node: Node) -> str:
    """What a step is asked for by normal(), hess() and identity(): a draw of another stream than the rule's has its."""
    return f"{node.op} {node.payload}" if node.payload else node.op


def is_deep(source: str) -> bool:
    return len(source) > _MOST_PARENTHESES and (source.count("(") > _MOST_PARENTHESES or len(source) > _LONGEST)


def bare(source: str) -> str:
    """A source without the parentheses that every compound one stands in, where nothing else is near it."""
    return source[1:-1] if source[0] == "(" and source[-1] == ")" else source


def number(value: float) -> str:
    return repr(value) if value >= 0 else f"({value!r})"


def total(nodes: Sequence[Node], sources: Sequence[str]) -> str:
    """The terms of a sum; a negated one is subtracted."""
    written = _term(nodes[0], sources[0])
    for node, source in zip(nodes[1:], sources[1:], strict=True):
        if source[0] != "(":
            written += f" + {source}"
        elif source[1] == "-" and source[-1] == ")":
            written += f" - {_term(node.args[0], source[2:-1]) if node.op == 'neg' else source[2:-1]}"
        else:
            written += f" + {_term(node, source)}"
    return f"({written})"


def product(nodes: Sequence[Node], sources: Sequence[str]) -> str:
    return f"({'*'.join([_term(nodes[0], sources[0]), *sources[1:]])})"


def quotient(nodes: Sequence[Node], sources: Sequence[str]) -> str:
    return f"({_term(nodes[0], sources[0])}/{sources[1]})"


def _term(node: Node, source: str) -> str:
    """The source of a node as it stands in a sum, or at the beginning of a product. Python reads it faster bare."""
    return bare(source) if source[0] == "(" and node.op in _FIRM else source


def filled(skeleton: str, **holes: str | Sequence[str]) -> str:
    """Source as text with holes: ``{name}`` in a line is a text; alone in its line it is lines, each indented so."""
    lines: list[str] = []
    for line in skeleton.splitlines():
        hole = holes.get(line.strip()[1:-1], "") if line.strip().startswith("{") else ""
        if isinstance(hole, str):
            lines.append(line.format_map(holes))
        else:
            indent = line[: line.index("{")]
            lines += [indent + inner for inner in hole]
    return "\n".join(lines) + "\n"


def define(source: str, name: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """The function ``name`` of emitted source, which sees nothing but ``namespace``.

    While its code lives `linecache` has its source: tracebacks, pdb and `inspect.getsource` show it.
    """
    file = f"<gdtui {name} {next(_numbers)}>"  # of its own, so that no other source is shown in its place
    scope = dict(namespace)
    exec(compile(source, file, "exec"), scope)  # noqa: S102 - source that emit wrote, never a user's
    # The scope does not keep its function: in a cycle it would wait for the collector.
    function: FunctionType = scope.pop(name)
    # Without a time of change: there is no file that linecache could find changed.
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    # With the code, not the function: a traceback that is shown later has the code alone.
    weakref.finalize(function.__code__, linecache.cache.pop, file, None).atexit = False
    return function
