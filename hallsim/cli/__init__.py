"""The command `hallsim`.

Exit codes: 0 done, 1 the run failed, 2 the input is wrong (a scenario, an option, a path), 130 stopped by
Ctrl-C. Results go to standard output, everything else to standard error. What the user can cause ends in
one line per complaint; a traceback appears only with HALLSIM_DEBUG=1.

Nothing here may import numba, pandas, scipy or plotly before a command needs them: `hallsim --help` has to
answer in under 0.3 s.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from hallsim import __version__
from hallsim.cli import (
    backtest,
    calibrate,
    channels,
    compare,
    counts,
    fit,
    grade,
    import_log,
    report,
    results,
    run,
    scenario,
    select,
    staff,
    sweep,
    trace,
    warmup,
)
from hallsim.cli.console import BAD_INPUT, INTERRUPTED, RUN_FAILED, say, use_utf8
from hallsim.errors import HallsimError, LogError, ScenarioError, UsageError

app = typer.Typer(
    name="hallsim",
    help="Simulate the days of a service hall and tell how long customers wait and what the staff does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", short_help="Simulate many days of a hall and print its figures.")(run.run)
app.command("compare", short_help="Simulate halls with the same customers, and tell them apart.")(compare.compare)
app.command("select", short_help="Select the best of several halls, and say how sure that is.")(select.select)
app.command("staff", short_help="Find how many people a hall needs by half-hour, and on which shifts.")(staff.staff)
app.command("sweep", short_help="Simulate many variants of a hall by a sweep file, resumably.")(sweep.sweep)
app.command("results", short_help="List, filter and export what was kept in folders.")(results.results)
app.command("grade", short_help="Grade halls, and fill in the template of a grade.")(grade.grade)
app.command("report", short_help="Write a run or a log as one HTML file with charts.")(report.report)
app.command("check", short_help="Check scenario files, line by line.")(scenario.check)
app.command("channels", short_help="Print whom the people of a catchment ask first, and why.")(channels.channels)
app.command("new", short_help="Write a commented scenario to start from.")(scenario.new)
app.command("schema", short_help="Print the JSON Schema of scenario files.")(scenario.schema)
app.command("import-log", short_help="Read a queue machine's log, and report what was cleaned.")(import_log.import_log)
app.command("calibrate", short_help="Fit a hall to its log, and write the scenario.")(calibrate.calibrate)
app.command("backtest", short_help="Fit on some days of a log, predict others.")(backtest.backtest)
app.command("counts", short_help="Fit a hall to half-hour summaries or display snapshots.")(counts.counts)
app.command("fit", short_help="Find by simulation what a log does not show.")(fit.fit)
app.command("trace", short_help="Print one day event by event, or compare engines.")(trace.trace)
app.command("warmup", short_help="Compile the kernels now, not in the first run.")(warmup.warmup)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"hallsim {__version__}")
        raise typer.Exit()


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; `arguments` default to those of the process."""
    use_utf8()
    gc.set_threshold(500_000)  # half of them is made by loading numba, and stays: to look through that takes 0.1 s
    sys.exit(exit_code(arguments))


def exit_code(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, report what went wrong on standard error, and return the exit code."""
    try:
        try:
            app(arguments, prog_name="hallsim")
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else RUN_FAILED
        else:
            code = 0
        sys.stdout.flush()  # here, because a full disk found by the interpreter's own flush ends in a traceback
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("HALLSIM_DEBUG"):
            raise
        return _report(error)


def _report(error: Exception) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, ScenarioError):
        for complaint in error.complaints:
            say(str(complaint))
        return BAD_INPUT
    if isinstance(error, LogError | UsageError):
        say(f"hallsim: {error}")
        return BAD_INPUT
    if isinstance(error, HallsimError):
        say(f"hallsim: {error}")
    elif isinstance(error, BrokenPipeError):
        _drop_output()  # the reader of a pipe, such as `head`, has had enough
    elif isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        say(f"hallsim: cannot read or write{where}: {error.strerror or error}")
        _drop_output()
    elif isinstance(error, MemoryError):
        say("hallsim: not enough memory")
    else:
        say(f"hallsim: unexpected {type(error).__name__}: {error}")
        say("This is a fault in hallsim; set HALLSIM_DEBUG=1 and run again for the traceback.")
    return RUN_FAILED


def _drop_output() -> None:
    """Throw away what standard output cannot take, so that the interpreter does not fail on it once more."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
