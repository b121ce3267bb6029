"""gdtui diff: two runs, each descended here or recorded in a file: where do they part?"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gdtui.cli.arguments import OneEach, mistakes_told, refuse, retyped
from gdtui.cli.options import descent_options
from gdtui.cli.output import stdout
from gdtui.cli.sessions import is_recorded, is_session, read_run, read_session, refuse_file
from gdtui.cli.starting import importing, prepared, settings

if TYPE_CHECKING:
    from gdtui.descent.session import Session

_OF_EACH = ("runs", "optimizers", "tolerance", "form")
_OF_THE_FILE = ("start", "steps", "domain")
_OF_A_FUNCTION = ("constants", "dim", "gtol", "patience", "min_delta", "diverge_at", "breakpoints")


@click.command(cls=OneEach)
@click.argument("runs", nargs=-1, metavar="OBJECTIVE|FILE...")
@click.option("-o", "--optimizer", "optimizers", multiple=True, metavar="NAME", help="Two; one beside a FILE.")
@descent_options
@click.option("--tolerance", default="0", metavar="F", help="Equal: |a − b| ≤ F·max(1, |a|, |b|). 0: the same number.")
@click.option("--format", "form", type=click.Choice(("table", "jsonl")), default="table", help="How it is written.")
@click.pass_context
def diff(
    context: click.Context, /, runs: Sequence[str], optimizers: Sequence[str], tolerance: str, form: str,
    **options: Any,
) -> None:  # fmt: skip
    """Compare two runs: where do they part?

    \b
    gdtui diff OBJECTIVE -o A -o B     two rules or two settings
    gdtui diff FILE OBJECTIVE -o A     a recorded run (.csv, .jsonl) and a rule on the objective
    gdtui diff FILE -o A               the same without the objective: its gradients are fed to the rule
    gdtui diff FILE FILE               two runs from files, .gdt too

    Says at which step, in which term and coordinate they differ first, and shows both side by side.
    Ends with status 0 where they do not differ, 1 where they do, 2 for usage.
    """
    files = [run for run in runs if is_recorded(run) or is_session(run)]
    objectives = [run for run in runs if run not in files]
    _check_two(files, objectives, optimizers)
    with importing():
        from gdtui.descent.difference import TOLERANCE
        from gdtui.storage.two_runs import FORMATS, compare

    with mistakes_told():
        allowed = TOLERANCE.check(tolerance)
    options |= {"watches": ()}
    if len(files) == 2:
        _check_left_out(context, _all_options(context), "both runs are as their files have them")
        a, b = _two_files(*files)
    elif files:
        _check_left_out(context, _OF_THE_FILE, f"{files[0]} says it")
        if not objectives:
            _check_left_out(context, _OF_A_FUNCTION, "there is no objective: name it behind the file")
        a, b = _file_and_rule(files[0], objectives, options | {"optimizer": optimizers[0]})
    else:
        a, b = _two_rules(objectives[0], optimizers, options | {"steps": options["steps"] or "1000"})
    with mistakes_told():
        comparison = compare(a, b, allowed)
    file = stdout()
    for line in FORMATS[form](comparison):
        click.echo(line, file=file)
    sys.exit(1 if comparison.differ else 0)


def _check_two(files: Sequence[str], objectives: Sequence[str], optimizers: Sequence[str]) -> None:
    """Refuse what are not two runs."""
    for objective in objectives:
        refuse_file(objective)
    if len(objectives) > 1:
        refuse(f"one objective at a time: {retyped(objectives[0], 'A')} or {retyped(objectives[1], 'B')}")
    if not files:
        if not objectives:
            refuse("an objective or a file is wanted: gdtui diff himmelblau -o A -o B; gdtui diff run.csv -o A")
        if len(optimizers) != 2:
            refuse(f"diff compares two runs: -o A -o B, say -o adam -o adam:beta1=0.8; {len(optimizers)} given")
        return
    file = retyped(files[0], "FILE")
    if len(files) > 2:
        refuse(f"diff compares two runs; these are {len(files)} files: {', '.join(files)}")
    if len(files) == 2 and (objectives or optimizers):
        refuse(f"two files are two runs: leave {'-o' if optimizers else objectives[0]} out, or one of the files")
    if len(files) == 1 and is_session(files[0]):
        refuse(f"{file}: an objective is wanted here, or a second file: a session is compared with another run")
    if len(files) == 1 and not optimizers:
        refuse(f"{file} is one run; the other is a rule, gdtui diff {file} -o adam, or a second file")
    if len(files) == 1 and len(optimizers) != 1:
        refuse(f"{file} is one run, and so is each -o: of {len(optimizers)} give one")


def _check_left_out(context: click.Context, names: Sequence[str], why: str) -> None:
    """Refuse options of these names."""
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and parameter.name in names:
            refuse(f"leave {parameter.opts[0]} out: {why}")


def _all_options(context: click.Context) -> list[str]:
    names = [parameter.name or "" for parameter in context.command.params]
    return [name for name in names if name not in _OF_EACH]


def _two_rules(objective: str, optimizers: Sequence[str], options: dict[str, Any]) -> tuple[Session, Session]:
    setups = [prepared(objective, _of_one(name, options)) for name in optimizers]
    with importing():
        from gdtui.descent.run import begin, run_to_end

    with mistakes_told():
        a, b = (begin(setup) for setup in setups)
    for session in (a, b):
        session.budget //= 2
        run_to_end(session)
    return a, b


def _of_one(optimizer: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of one of two runs: a setting that it is told itself goes before the one for both."""
    from gdtui.formula.parameter import split_settings

    with mistakes_told():
        own = split_settings(optimizer)[1]
    return options | {"optimizer": optimizer} | {name: None for name in settings() if name in own}


def _two_files(first: str, second: str) -> tuple[Session, Session]:
    from gdtui.storage.recorded_session import aligned, compared

    if not is_recorded(first):
        a = read_session(first)
    else:
        recording = read_run(first)
        a = compared(recording)
    if not is_recorded(second):
        b = read_session(second)
        if is_recorded(first):
            with mistakes_told():
                a = compared(aligned(recording, b.setup.objective.names, second))
        return a, b
    with mistakes_told():
        return a, compared(aligned(read_run(second), a.setup.objective.names, first))


def _file_and_rule(file: str, objectives: Sequence[str], options: dict[str, Any]) -> tuple[Session, Session]:
    """The run in a file, and the rule from its start on: by the objective, or by the gradients that the file has."""
    with importing():
        from gdtui.descent.fed import state_at_start
        from gdtui.descent.run import begin, run_to_end
        from gdtui.storage.recorded_session import aligned, compared, fed_session
    recording = read_run(file)
    if not all(map(math.isfinite, recording.start)):
        refuse(f"{file}, line {recording.lines[0]}: no rule begins where θ is no finite number")
    if not objectives:
        a = compared(recording)
        setup = prepared(a.setup.objective, options)
        with mistakes_told():
            return a, fed_session(a, setup)
    options |= {"steps": str(recording.steps)}
    setup = prepared(objectives[0], options | {"start": recording.start})
    with mistakes_told():
        in_order = aligned(recording, setup.objective.names, setup.objective.name)
    if in_order is not recording:
        setup = prepared(objectives[0], options | {"start": in_order.start})
    a = compared(in_order)
    with mistakes_told():
        b = begin(setup, state_at_start(a.branch.last, setup.program))
    run_to_end(b)
    return a, b
