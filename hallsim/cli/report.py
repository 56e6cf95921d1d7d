"""`hallsim report`: a run as one HTML file with charts that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import INTERRUPTED, MOST_SEED, check_output, load_kernels, say, whole
from hallsim.cli.run import (
    DATE,
    MOST_JOBS,
    REPORT_SUFFIXES,
    REPS,
    Engine,
    Language,
    days_of,
    simulate,
    write_report,
)


def report(
    source: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="The report.", show_default="the source's name, in the present folder"),
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language; both: a switch at the top of the page.")] = Language.both,
    reps: REPS = None,
    seed: Annotated[int, typer.Option(parser=whole(0, MOST_SEED), metavar="N", help="Seed of all random numbers.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(parser=whole(1, MOST_JOBS), metavar="N", help="Cores to use; all if left out.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change an entry, as in stations.counter.servers=9."),
    ] = None,
    date: DATE = None,
) -> None:
    """Simulate a hall and write its figures and charts as one HTML file."""
    path = out or Path(f"{source.stem}.html")
    check_output(path, REPORT_SUFFIXES)
    from hallsim.scenario import load

    hall = load(source, set_=tuple(changes or ()))
    for warning in hall.warnings:
        say(f"warning: {warning}")
    days = days_of(hall, reps)
    load_kernels()
    try:
        results = simulate(hall, days, seed, Engine.batch, jobs, keep_log=False)
    except KeyboardInterrupt:
        say("stopped by Ctrl-C before a day was finished")
        raise typer.Exit(INTERRUPTED) from None
    written = write_report(hall, results, path, lang, source, changes or (), date or "")
    if written:
        print(path)
    if not results.complete:
        say(f"stopped by Ctrl-C: the report is of the {results.replications} finished days of {days}")
    if not (written and results.complete):
        raise typer.Exit(INTERRUPTED)
