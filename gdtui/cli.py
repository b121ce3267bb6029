"""The command line. Thin: each command imports what it needs when it runs."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from gdtui import __version__

if TYPE_CHECKING:
    from gdtui.descent.session import Session
    from gdtui.descent.setup import Setup

_FORMATS = ("table", "jsonl", "csv")
_SLICE = 1000
_DIGITS = 30
_PASSED_ON = ("dim", "schedule", "clip_norm", "clip_value", "weight_decay", "maximize", "seed")


class _Whole(click.IntRange):
    """A whole number; one that is too long to be meant is not repeated in the message."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if len(str(value)) > _DIGITS:
            self.fail(f"a whole number has at most {_DIGITS} digits", param, ctx)
        return super().convert(value, param, ctx)


class _Commands(click.Group):
    """Commands; a first word that is none is the objective of the explorer."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        args = [_guarded(a) for a in args]
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h", "--version")):
            args = ["explore", *args]
        return super().parse_args(ctx, args)


def _guarded(argument: str) -> str:
    """A formula that begins with a minus sign is no option: ``-cos(x)``. A space in front tells click so."""
    formula = re.match(r"-[^-]", argument) and re.search(r"[()*/^²³]|^-\w$", argument) and "=" not in argument
    return " " + argument if formula and argument not in ("-o", "-c", "-h") else argument


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that the explorer and ``run`` share."""
    for option in reversed(
        [
            click.option(
                "-o", "--optimizer", default="gd", metavar="NAME", help="Optimizer: NAME, NAME:k=v,... or FILE.toml."
            ),
            click.option("--lr", metavar="F", help="Learning rate."),
            click.option("--start", metavar="X,Y", help="Where to begin: numbers, or 'random'."),
            click.option(
                "-c", "--constant", "constants", multiple=True, metavar="NAME=VALUE", help="Make a name a constant."
            ),
            click.option("--dim", type=_Whole(), metavar="N", help="Parameters of a formula over the vector x."),
            click.option("--steps", metavar="N", help="Updates at most."),
            click.option("--gtol", metavar="F", help="Stop when ‖∇f‖ < F."),
            click.option("--patience", metavar="N", help="Stop after N steps without a better loss."),
            click.option("--min-delta", metavar="F", help="How much better counts as better."),
            click.option("--diverge-at", metavar="F", help="|θ| or |loss| beyond F has diverged."),
            click.option("--clip-norm", metavar="F", help="Shorten the gradient to F."),
            click.option("--clip-value", metavar="F", help="Cut each coordinate of the gradient off at F."),
            click.option("--weight-decay", metavar="F", help="Weight decay: the rule's own, or L2."),
            click.option("--schedule", metavar="NAME", help="Learning rate schedule: NAME or NAME:k=v,..."),
            click.option("--maximize", is_flag=True, help="Gradient ascent."),
            click.option("--seed", type=_Whole(), default=0, metavar="N", help="Seed of everything random."),
            click.option("--break", "breakpoints", multiple=True, metavar="EXPR", help="Breakpoint (repeatable)."),
            click.option("--watch", "watches", multiple=True, metavar="EXPR", help="Watch (repeatable)."),
        ]
    ):
        command = option(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gdtui")
def main() -> None:
    """A debugger for gradient descent, in the terminal.

    \b
    gdtui                           open the explorer on Himmelblau's function
    gdtui rosenbrock -o adam        the same on another function
    gdtui "x**2 + 3*y**2"           on a formula of your own
    gdtui run "x**2" --start 1.8    without a screen: rows to stdout
    """


@main.command()
@click.argument("objective", default="himmelblau")
@_options
def explore(objective: str, **options: Any) -> None:
    """Open the explorer (also without this word: gdtui OBJECTIVE)."""
    options["gtol"] = options["gtol"] or "1e-6"
    setup = _prepared(objective, options)
    _need_a_terminal()
    from gdtui.tui.launch import launch

    launch(setup)


@main.command()
@click.argument("objective", default="himmelblau")
@_options
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", help="How rows are written.")
@click.option("--every", type=_Whole(1), default=1, metavar="N", help="Only every Nth row, and the last.")
@click.option("--output", metavar="FILE", help="Write to FILE instead of stdout.")
def run(objective: str, form: str, every: int, output: str | None, **options: Any) -> None:
    """Descend without a screen: rows to stdout.

    Ends with status 0 where the run ended well, 1 where it diverged or went non-finite, 2 for usage.
    """
    options["steps"] = options["steps"] or "1000"
    setup = _prepared(objective, options)
    with _importing():
        from gdtui.descent.run import begin

    with _told():  # an init may divide by a hyperparameter
        session = begin(setup)
    for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):  # leave through the finally clauses
        signal.signal(number, lambda *_, code=code: sys.exit(code))
    try:
        if output is None:
            _write_rows(session, form, every, _stdout())
        else:
            _write_file(session, form, every, output)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        with contextlib.suppress(OSError):  # what is left in the buffer cannot be written either
            sys.stdout.close()
        _refuse(f"stdout: {error.strerror}")
    sys.exit(1 if session.branch.end.status.failed else 0)


def _stdout() -> TextIO:
    """Symbols are written in UTF-8, whatever the locale says."""
    if sys.stdout is None:
        _refuse("stdout is closed; --output FILE writes to a file")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    return sys.stdout


def _write_file(session: Session, form: str, every: int, output: str) -> None:
    """All rows to a temporary file beside it, which then takes the name: an old file is never left half."""
    target = os.path.realpath(output)
    temporary = f"{target}.part-{os.getpid()}"
    try:
        if os.path.exists(target) and not os.path.isfile(target):  # a pipe or a device keeps its place
            with open(target, "w", encoding="utf-8") as file:
                _write_rows(session, form, every, file)
            return
        with open(temporary, "x", encoding="utf-8") as file:
            _write_rows(session, form, every, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        _refuse(f"{output}: {error.strerror}")
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _write_rows(session: Session, form: str, every: int, file: Any) -> None:
    from gdtui.storage.rows import FORMATS

    writer = FORMATS[form]()
    for line in writer.head(session):
        file.write(line + "\n")
    written = -1
    with _progress(session.setup.stopping.steps or 1000) as advance:
        going = True
        while True:
            count = session.branch.count
            wanted = range(-(-(written + 1) // every) * every, count, every)
            file.writelines(writer.row(session.branch.row(number), session) + "\n" for number in wanted)
            written = count - 1
            if not going:
                break
            made = session.advance(_SLICE)
            going = made == _SLICE and session.branch.end.status == "running"
            advance(made)
    if written % every:
        file.write(writer.row(session.branch.row(written), session) + "\n")
    for line in writer.tail(session):
        file.write(line + "\n")
    file.flush()
    if form == "csv" and sys.stderr.isatty():
        click.echo(session.branch.end.reason, err=True)


@contextlib.contextmanager
def _progress(length: int) -> Iterator[Callable[[int], object]]:
    """A progress bar on stderr for people; elsewhere not even the modules that draw it are loaded."""
    if not sys.stderr.isatty():
        yield lambda made: None
        return
    with click.progressbar(length=length, file=sys.stderr, label="descending") as bar:
        yield bar.update


@contextlib.contextmanager
def _importing() -> Iterator[None]:
    """Around the import of NumPy and the engine, which is most of what a start takes.

    What an import makes lives as long as the program: it is never looked through for garbage, neither meanwhile nor
    at the end (a fifth of the whole). And BLAS would start a thread for every core, for matrices of 18 by 18.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


@main.command("list")
@click.argument("kind", type=click.Choice(["objectives", "optimizers", "schedules"]), required=False)
def list_(kind: str | None) -> None:
    """What there is: objectives, optimizers, schedules."""
    from gdtui.storage.describe import listing

    for each in [kind] if kind else ["objectives", "optimizers", "schedules"]:
        if kind is None:
            click.echo(f"{each}\n")
        for line in listing(each):
            click.echo(line if kind else f"  {line}")
        if kind is None:
            click.echo()


@main.command()
@click.argument("name")
@click.option("-c", "--constant", "constants", multiple=True, metavar="NAME=VALUE", help="Make a name a constant.")
@click.option("--dim", type=_Whole(), metavar="N", help="Parameters of a formula over the vector x.")
def show(name: str, constants: Sequence[str], dim: int | None) -> None:
    """All about one objective, optimizer, schedule, rule file or formula."""
    from gdtui.formula.language import nearest
    from gdtui.formula.parameter import split_settings
    from gdtui.objectives import catalogue as objectives
    from gdtui.objectives.resolve import canonical, resolve
    from gdtui.optimizers import catalogue as optimizers
    from gdtui.optimizers import schedules
    from gdtui.optimizers.resolve import resolve_rule
    from gdtui.storage.describe import objective_text, rule_text, schedule_text

    word = canonical(split_settings(name)[0])
    with _told():
        if word in optimizers.BY_NAME or word in optimizers.ALIASES or word.endswith(".toml"):
            lines = rule_text(resolve_rule(name)[0])
        elif word in schedules.BY_NAME:
            lines = schedule_text(schedules.BY_NAME[word])
        else:
            known = [*objectives.BY_NAME, *optimizers.BY_NAME, *optimizers.ALIASES, *schedules.BY_NAME]
            if re.fullmatch(r"[a-z][a-z0-9-]+", word) and not re.fullmatch(r"[a-z]\d+", word) and word not in known:
                raise ValueError(f"there is nothing called '{name}'{nearest(word, known)}; gdtui list has everything")
            lines = objective_text(resolve(_as_typed(name), _constants(constants), dim))
        for line in lines:
            click.echo(line)


def _prepared(objective: str, options: dict[str, Any]) -> Setup:
    """The Setup that the options describe; what is wrong with them goes to stderr, exit 2."""
    with _importing():
        from gdtui.descent.setup import prepare
        from gdtui.descent.stopping import PARAMETERS

    if objective.endswith(".gdt"):
        _refuse(f"{objective}: sessions cannot be opened by this version yet")
    settings = {} if options["lr"] is None else {"lr": options["lr"]}
    with _told():
        return prepare(
            _as_typed(objective),
            options["optimizer"],
            start=options["start"],
            settings=settings,
            constants=_constants(options["constants"]),
            stopping={name: options[name] for name in PARAMETERS},
            **{name: options[name] for name in _PASSED_ON},
            breakpoints=[*map(_as_typed, options["breakpoints"])],
            watches=[*map(_as_typed, options["watches"])],
        )


def _constants(pairs: Sequence[str]) -> dict[str, float]:
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"a constant is written -c NAME=VALUE with a number; '{pair[:40]}' is not") from None
    return found


def _as_typed(argument: str) -> str:
    """What was typed in UTF-8, also where the locale made something else of it."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Bad input becomes one clear message on stderr and exit 2; no traceback."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        _refuse(str(error))


def _refuse(message: str) -> NoReturn:
    shown = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in message)
    click.echo(f"gdtui: {shown}", err=True)
    sys.exit(2)


def _need_a_terminal() -> None:
    """The explorer draws on a terminal; anything else is told of ``gdtui run``."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _refuse("the explorer needs a terminal on stdin and stdout; without one, use: gdtui run")
    if os.environ.get("TERM", "") in ("dumb", ""):
        _refuse("this terminal (TERM=dumb) cannot show the explorer; use: gdtui run")
