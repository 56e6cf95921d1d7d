"""`hallsim report`: a run or a log as one HTML file with charts that opens anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import INTERRUPTED, MOST_SEED, check_output, load_kernels, say, whole
from hallsim.cli.options import ALLOW_CODE, DATE, JOBS, REPORT_SUFFIXES, REPS, Language
from hallsim.cli.run import LOG_SUFFIXES, days_of, engine_of, simulate, write_report
from hallsim.errors import UsageError


def report(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SCENARIO|LOG",
            help="Scenario to simulate (YAML), or log to report as it was, from import-log (.parquet, .csv).",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="The report.", show_default="the source's name, in the present folder"),
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language; both: a switch at the top of the page.")] = Language.both,
    reps: REPS = None,
    seed: Annotated[
        int | None,
        typer.Option(parser=whole(0, MOST_SEED), metavar="N", help="Seed of all random numbers.", show_default="1"),
    ] = None,
    jobs: JOBS = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change an entry, as in stations.counter.servers=9."),
    ] = None,
    date: DATE = None,
    allow_code: ALLOW_CODE = False,
) -> None:
    """Simulate a hall, or take a log of real days as they were, and write figures and charts as one HTML file."""
    path = out or Path(f"{source.stem}.html")
    check_output(path, REPORT_SUFFIXES)
    if source.suffix.lower() in LOG_SUFFIXES:
        given = {"--reps": reps, "--seed": seed, "--jobs": jobs, "--set": changes or None}
        given["--allow-code"] = allow_code or None
        if wrong := [name for name, value in given.items() if value is not None]:
            raise UsageError(f"{source} is a log and is not simulated: {', '.join(wrong)} cannot be used with it")
        _of_log(source, path, lang, date or "")
    else:
        seed = 1 if seed is None else seed
        _of_scenario(source, path, lang, reps, seed, jobs, changes or (), date or "", allow_code)
    print(path)


def _of_log(source: Path, path: Path, lang: Language, date: str) -> None:
    """Write the report of a log."""
    if not source.is_file():
        raise UsageError(f"{source}: no such file")
    load_kernels()
    from hallsim.report import report_log

    report_log(source, path, lang.value, date)


def _of_scenario(
    source: Path,
    path: Path,
    lang: Language,
    reps: int | None,
    seed: int,
    jobs: int | None,
    changes: Sequence[str],
    date: str,
    allow_code: bool,
) -> None:
    """Simulate and write the report, that of the finished days if Ctrl-C has stopped it."""
    from hallsim.scenario import load

    hall = load(source, set_=tuple(changes))
    for warning in hall.warnings:
        say(f"warning: {warning}")
    days = days_of(hall, reps)
    engine = engine_of(hall, None, allow_code)
    try:
        results = simulate(hall, days, seed, engine, jobs, keep_log=False, allow_code=allow_code)
    except KeyboardInterrupt:
        say("stopped by Ctrl-C before a day was finished")
        raise typer.Exit(INTERRUPTED) from None
    written = write_report(hall, results, path, lang, source, changes, date, jobs)
    if written and not results.complete:
        print(path)
        say(f"stopped by Ctrl-C: the report is of the {results.replications} finished days of {days}")
    if not (written and results.complete):
        raise typer.Exit(INTERRUPTED)
