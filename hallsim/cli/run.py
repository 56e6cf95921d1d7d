"""`hallsim run`: simulate many days of a hall and print what customers and staff go through."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import INTERRUPTED, MOST_SEED, check_output, day, load_kernels, progress, say, whole
from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.experiment import Results
    from hallsim.scenario import Scenario

LOG_SUFFIXES = (".csv", ".parquet")
REPORT_SUFFIXES = (".html", ".htm")
MOST_REPS = 10_000_000  # as `experiment.run.MOST_REPLICATIONS`, which --help must not import
MOST_JOBS = 1024


class Engine(StrEnum):
    """Engines that `hallsim run` knows."""

    batch = "batch"
    reference = "reference"


class Language(StrEnum):
    """Languages of tables and reports; only a report can have both."""

    en = "en"
    zh = "zh"
    both = "both"


REPS = Annotated[
    int | None,
    typer.Option(
        parser=whole(1, MOST_REPS),
        metavar="N",
        help="Number of days (replications).",
        show_default="200, or every day of a log that is re-enacted",
    ),
]
SEED = Annotated[int, typer.Option(parser=whole(0, MOST_SEED), metavar="N", help="Seed of all random numbers.")]
JOBS = Annotated[
    int | None, typer.Option(parser=whole(1, MOST_JOBS), metavar="N", help="Cores to use; all if left out.")
]
AS_JSON = Annotated[bool, typer.Option("--json", help="Print what was found as JSON, not as a table.")]
ALLOW_CODE = Annotated[
    bool, typer.Option("--allow-code", help="Let Python files that the scenario names decide; read them first.")
]
PRECISION = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="'WAIT 2 %'",
        help="Instead of --reps: days until the 95 % interval of a figure is so narrow, as 'abandonment 0.2 points', "
        "'service level 10 min 1 %'; may be repeated.",
    ),
]
MOST = Annotated[
    int | None,
    typer.Option(
        "--most",
        parser=whole(1, MOST_REPS),
        metavar="N",
        help="Most days to reach the precision with.",
        show_default="100000",
    ),
]
LANG = Annotated[
    Language | None,
    typer.Option(
        help="Language of the table and of the report; both: a switch in the report.",
        show_default="en for the table, both for the report",
    ),
]
DATE = Annotated[
    str | None,
    typer.Option(parser=day, metavar="YYYY-MM-DD", help="Date to print in the report; none if left out."),
]


def check_report(report: Path | None, lang: Language | None, date: str | None) -> None:
    """Refuse a report that could not be written, and options for reports where none is asked for.

    Raises
    ------
    UsageError
    """
    if report is not None:
        check_output(report, REPORT_SUFFIXES)
    elif lang is Language.both or date is not None:
        option = "--lang both" if date is None else "--date"
        raise UsageError(f"{option} is for reports: name one with --report FILE.html")


def run(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")],
    reps: REPS = None,
    precision: PRECISION = None,
    most: MOST = None,
    seed: SEED = 1,
    engine: Annotated[
        Engine | None,
        typer.Option(
            help="batch: compiled and fast; reference: readable SimPy, same numbers.",
            show_default="batch; reference with --allow-code",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            parser=whole(1, MOST_JOBS),
            metavar="N",
            help="Cores to use; all if left out. The numbers do not depend on it.",
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change an entry, as in stations.counter.servers=9."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON, not as a table.")] = False,
    log: Annotated[
        Path | None, typer.Option(help="Write every visit to this file: .parquet, or .csv as a queue machine writes.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a report with charts: one HTML file, no network.")
    ] = None,
    lang: LANG = None,
    date: DATE = None,
    allow_code: ALLOW_CODE = False,
) -> None:
    """Simulate a hall and print waits, service levels and utilisation with 95 % intervals."""
    if log is not None:
        check_output(log, LOG_SUFFIXES)
    check_report(report, lang, date)
    check_precision(reps, precision, most)
    table_lang = Language.zh if lang is Language.zh else Language.en
    from hallsim.scenario import load

    hall = load(scenario, set_=tuple(changes or ()))
    for warning in hall.warnings:
        say(f"warning: {warning}")
    days = (most or 0) if precision else days_of(hall, reps)
    engine = engine_of(hall, engine, allow_code)
    try:
        keep_log = log is not None and engine is Engine.reference
        results = simulate(hall, days, seed, engine, jobs, keep_log, allow_code, precision)
    except KeyboardInterrupt:
        say("stopped by Ctrl-C before a day was finished")
        raise typer.Exit(INTERRUPTED) from None
    written = log is None or (results.complete and write_log(hall, results, log, table_lang))
    reported = report is None or write_report(
        hall, results, report, lang or Language.both, scenario, changes or (), date or ""
    )
    if as_json:
        print(results.to_json())
    else:
        print(results.table(lang=table_lang.value, width=max(80, min(shutil.get_terminal_size().columns, 120))))
    if not results.complete:
        say(f"stopped by Ctrl-C: the figures are those of the {results.replications} finished days of {results.wanted}")
    if not written:
        say(f"stopped by Ctrl-C: {log} was not written")
    if not (results.complete and written and reported):
        raise typer.Exit(INTERRUPTED)


def engine_of(hall: Scenario, engine: Engine | None, allow_code: bool) -> Engine:
    """Return the engine that was asked for, or the one that a hall needs; it is ready to run.

    Raises
    ------
    UsageError
        If Python code decides in the hall, and it is not allowed or the engine cannot run it.
    """
    from hallsim.engines.reference_policies import rules_of

    engine = engine or (Engine.reference if hall.model.policies else Engine.batch)
    rules_of(hall.model, engine.value, allow_code)  # before anything is compiled
    if engine is Engine.batch:
        load_kernels()
    return engine


def check_precision(reps: int | None, precision: Sequence[str] | None, most: int | None) -> None:
    """Refuse options that exclude each other, and aims that cannot be read, before any work is done."""
    if precision and reps is not None:
        raise UsageError("--reps and --precision exclude each other: the one says how many days, the other how exact")
    if most is not None and not precision:
        raise UsageError("--most is for runs with --precision; the number of days is --reps")
    if precision:
        from hallsim.experiment.precision import aims_of

        aims_of(precision)


def days_of(hall: Scenario, reps: int | None) -> int:
    """Return how many days to simulate; a hall whose days come from a log has no others."""
    from hallsim.experiment.days import replications_of

    return replications_of(hall.model, reps)


def simulate(
    hall: Scenario,
    reps: int,
    seed: int,
    engine: Engine,
    jobs: int | None,
    keep_log: bool,
    allow_code: bool = False,
    precision: Sequence[str] | None = None,
) -> Results:
    """Run the replications behind a progress line; with a precision to reach, `reps` is the most, 0 the usual most."""
    from hallsim.experiment import run as run_experiment

    with progress(reps, "days") as shown:
        found = run_experiment(
            hall,
            replications=None if precision else reps,
            seed=seed,
            engine=engine.value,
            jobs=jobs,
            keep_log=keep_log,
            progress=shown.update,
            allow_code=allow_code,
            precision=precision or None,
            most=(reps or None) if precision else None,
        )
    if not (hall.model.steady and found.complete and engine is Engine.batch):
        return found
    from hallsim.experiment.steady import steady_of

    return replace(found, steady=steady_of(hall, seed))


def write_report(
    hall: Scenario,
    results: Results,
    path: Path,
    lang: Language,
    scenario: Path,
    changes: Sequence[str],
    date: str,
) -> bool:
    """Write the report of a run, or of the finished days of one that was stopped; False if Ctrl-C stopped this."""
    from hallsim.report import origin_of_run, report

    try:
        report(hall, results, path, lang.value, origin_of_run(scenario, results, changes, path, lang.value, date))
    except KeyboardInterrupt:
        say(f"stopped by Ctrl-C: {path} was not written")
        return False
    return True


def write_log(hall: Scenario, results: Results, path: Path, lang: Language) -> bool:
    """Write all visits: Parquet day by day in flat memory, or a queue machine's CSV; False if Ctrl-C stopped it.

    The days of the compiled engine are simulated once more rather than kept: that is quicker than writing
    them, and leaves memory flat.
    """
    from hallsim.experiment import replicate
    from hallsim.visits import build, save

    reps, seed = results.replications, results.seed
    with progress(reps, "days written") as shown:

        def tables() -> Iterator[pd.DataFrame]:
            for i, day in enumerate(results.logs or replicate(hall, reps, seed or 0, results.engine)):
                yield build(hall.model, day, replication=i, seed=seed)
                shown.update(i + 1)

        try:
            if path.suffix.lower() == ".parquet":
                save(tables(), path)
            else:
                import pandas as pd

                from hallsim.ticket_machine import export_csv

                export_csv(pd.concat(tables(), ignore_index=True), path, lang=lang.value)
        except KeyboardInterrupt:
            return False
    return True
