"""The command line. Thin: each command imports what it needs when it runs."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gdtui import __version__
from gdtui.cli.arguments import OneEach, Whole, as_typed, constants_of, guarded, mistakes_told, refuse, retyped
from gdtui.cli.comparing import diff
from gdtui.cli.options import explorer_options, formula_options
from gdtui.cli.output import leave, stdout, write_file, write_rows
from gdtui.cli.plot import CHARTS, finish, plot
from gdtui.cli.sessions import is_recorded, is_session, recorded_in, refuse_file, run_to_show, to_show, verify
from gdtui.cli.starting import begun, kernel_source, prepared

if TYPE_CHECKING:
    from gdtui.descent.setup import Setup
    from gdtui.storage.opening import Shown

_FORMATS = ("table", "jsonl", "csv")


class _Commands(click.Group):
    """Commands; a first word that is none is the objective of the explorer."""

    command_class = OneEach

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        args = [guarded(a) for a in args]
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h", "--version")):
            if len(args) > 1 and is_recorded(args[0]) and not args[1].startswith("-"):
                both = " ".join(retyped(word, "B") for word in args[:2])
                rule = "" if is_recorded(args[1]) or is_session(args[1]) else " -o RULE"
                refuse(f"{args[0]} is opened alone; gdtui diff {both}{rule} compares the two")
            args = ["explore", *args]
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **named: Any) -> Any:
        """As a program: left at once when it has answered, and nothing that cannot be written makes a traceback."""
        try:
            return super().main(*args, **named)
        except OSError as error:
            if args or named or "textual" in sys.modules:
                raise
            click.echo(f"gdtui: {error.filename or 'stdout'}: {error.strerror}", err=True)
            return leave(2)
        except SystemExit as end:
            if args or named or "textual" in sys.modules or not isinstance(end.code, int):
                raise
            return leave(end.code)

    def invoke(self, ctx: click.Context) -> Any:
        """ctrl+c ends it without a word, also while it still starts."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gdtui")
def main() -> None:
    """A debugger for gradient descent, in the terminal.

    \b
    gdtui                           open the explorer on Himmelblau's function
    gdtui rosenbrock -o adam        the same on another function
    gdtui "x**2 + 3*y**2"           on a formula of your own
    gdtui run "x**2" --start 1.8    without a screen: rows to stdout
    gdtui FILE.gdt                  open a saved session; gdtui --resume the one that saved itself last
    gdtui FILE.csv                  look at a recorded run, whoever wrote it; also FILE.jsonl
    """


main.add_command(verify)
main.add_command(diff)


@main.command()
@click.argument("objective", default="himmelblau")
@explorer_options
@click.option("--resume", is_flag=True, help="Open the session that saved itself last.")
@click.pass_context
def explore(context: click.Context, /, objective: str, resume: bool, **options: Any) -> None:
    """Open the explorer (also without this word: gdtui OBJECTIVE, gdtui FILE.gdt)."""
    options["gtol"] = options["gtol"] or "1e-6"
    found: Setup | Shown
    if resume or is_session(objective):
        found = to_show(context, None if resume else objective)
    elif is_recorded(objective):
        found = run_to_show(context, objective, options["breakpoints"], options["watches"])
    else:
        found = prepared(objective, options)
    from gdtui.tui.launch import NoTerminalError, launch, need_a_terminal

    try:
        need_a_terminal()
    except NoTerminalError as error:
        refuse(str(error))
    launch(found)


@main.command()
@click.argument("objective", default="himmelblau")
@explorer_options
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", help="How rows are written.")
@click.option("--every", type=Whole(1), default=1, metavar="N", help="Only every Nth row, and the last.")
@click.option("--output", metavar="FILE", help="Write to FILE instead of stdout.")
@click.option("--plot", "chart", type=click.Choice(CHARTS), help="A picture of the run instead of its rows.")
@click.pass_context
def run(
    context: click.Context, /, objective: str, form: str, every: int, output: str | None, chart: str | None,
    **options: Any,
) -> None:  # fmt: skip
    """Descend without a screen: rows to stdout. Of a saved session (FILE.gdt): the rows that it has.

    Ends with status 0 where the run ended well, 1 where it diverged or went non-finite, 2 for usage.
    """
    import signal

    options["steps"] = options["steps"] or "1000"
    recorded = is_session(objective)
    session = recorded_in(context, objective) if recorded else begun(objective, options)
    for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):  # leave through the finally clauses
        signal.signal(number, lambda *_, code=code: sys.exit(code))
    try:
        if output is not None:
            write_file(session, form, every, output, recorded)
        elif chart is None:
            write_rows(session, form, every, stdout(), recorded)
        if chart is not None:
            if not recorded:
                finish(session)
            plot(session, chart, stdout())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        with contextlib.suppress(OSError):  # what is left in the buffer cannot be written either
            sys.stdout.close()
        refuse(f"stdout: {error.strerror}")
    sys.exit(1 if session.branch.end.status.failed else 0)


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
@formula_options
@click.option("--kernel", metavar="FUNCTION", help="The Python source by which the optimizer NAME runs on FUNCTION.")
def show(name: str, constants: Sequence[str], dim: int | None, start: str | None, kernel: str | None) -> None:
    """All about one objective, optimizer, schedule, rule file or formula.

    With --kernel: the Python that `gdtui run FUNCTION -o NAME` runs, compiled from the text of both.
    """
    from gdtui.formula.language import nearest
    from gdtui.formula.parameter import split_settings, with_settings
    from gdtui.objectives import catalogue as objectives
    from gdtui.objectives.resolve import canonical, resolve
    from gdtui.objectives.start import read_start
    from gdtui.optimizers import catalogue as optimizers
    from gdtui.optimizers import schedules
    from gdtui.optimizers.resolve import resolve_rule, resolve_schedule
    from gdtui.optimizers.settings import check_settings
    from gdtui.storage.describe import objective_text, rule_text, schedule_text

    def is_optimizer(text: str) -> bool:
        word = canonical(split_settings(text)[0])
        return word in optimizers.BY_NAME or word in optimizers.ALIASES or word.endswith(".toml")

    with mistakes_told():
        if kernel is not None:
            if is_optimizer(kernel) and not is_optimizer(name):
                typed = f"gdtui show {retyped(kernel, 'OPTIMIZER')} --kernel {retyped(name, 'FUNCTION')}"
                raise ValueError(f"NAME is the optimizer and --kernel the function; the other way round: {typed}")
            click.echo(kernel_source(name, kernel, constants, dim, start), nl=False)
            return
        word = canonical(split_settings(name)[0])
        if is_optimizer(name):
            rule, settings = resolve_rule(name)
            check_settings(rule.name, [p.name for p in rule.hyperparameters], settings)
            lines = rule_text(rule, with_settings(rule.hyperparameters, settings, rule.name), "lr" in settings)
        elif word in schedules.BY_NAME:
            resolve_schedule(name)
            lines = schedule_text(schedules.BY_NAME[word])
        else:
            refuse_file(name)
            known = [*objectives.BY_NAME, *optimizers.BY_NAME, *optimizers.ALIASES, *schedules.BY_NAME]
            if re.fullmatch(r"[a-z][a-z0-9-]+", word) and not re.fullmatch(r"[a-z]\d+", word) and word not in known:
                raise ValueError(f"there is nothing called '{name}'{nearest(word, known)}; gdtui list has everything")
            lines = objective_text(resolve(as_typed(name), constants_of(constants), dim, read_start(start)))
        for line in lines:
            click.echo(line)


@main.command()
@click.argument("objective")
@click.option("--gradient", required=True, metavar="'A; B'", help="Your gradient: a formula a coordinate, ';' between.")
@formula_options
@click.option("--points", type=Whole(1, 10_000), default=200, metavar="N", help="Random points, 200 if not told.")
@click.option("--seed", type=Whole(0, 2**64 - 1), default=0, metavar="N", help="Seed of the points.")
def gradcheck(
    objective: str, gradient: str, constants: Sequence[str], dim: int | None, start: str | None, points: int, seed: int
) -> None:
    """Compare a gradient of your own with the derived one, at random points and at the start.

    Ends with status 0 where they agree, 1 where they part, 2 for usage.
    """
    from gdtui.analysis.gradcheck import compare, comparison_text
    from gdtui.objectives.resolve import resolve
    from gdtui.objectives.start import placed_start, read_start

    refuse_file(objective)
    with mistakes_told():
        place = read_start(start)
        target = resolve(as_typed(objective), constants_of(constants), dim, place)
        found = compare(target, as_typed(gradient), points, seed, placed_start(place, target, seed))
        for line in comparison_text(found):
            click.echo(line)
    sys.exit(1 if found.parted else 0)
