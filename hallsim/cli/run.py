"""`hallsim run`: simulate many days of a hall and print what customers and staff go through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import INTERRUPTED, check_output, load_kernels, progress, say, table_width
from hallsim.cli.options import (
    ALLOW_CODE,
    AS_JSON,
    CLUSTER,
    DATE,
    FOLDER,
    JOBS,
    LANG,
    MOST,
    PRECISION,
    REPS,
    RESUME,
    SEED,
    Language,
    check_report,
    halls_of,
    keeping,
    say_kept,
    where_of,
)
from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.experiment import Results
    from hallsim.experiment.bench import Where
    from hallsim.experiment.one_more import OneMore
    from hallsim.scenario import Scenario

LOG_SUFFIXES = (".csv", ".parquet")


class Engine(StrEnum):
    """Engines that `hallsim run` knows."""

    batch = "batch"
    reference = "reference"


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
    jobs: JOBS = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change an entry, as in stations.counter.servers=9."),
    ] = None,
    folder: FOLDER = None,
    resume: RESUME = False,
    cluster: CLUSTER = None,
    as_json: AS_JSON = False,
    why: Annotated[bool, typer.Option("--why", help="Say, too, what customers waited for, minute by minute.")] = False,
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
    where = where_of(folder, resume, cluster)
    table_lang = Language.zh if lang is Language.zh else Language.en
    (hall,) = halls_of([scenario], changes)
    days = (most or 0) if precision else days_of(hall, reps)
    engine = engine_of(hall, engine, allow_code, cluster is not None)
    keep_log = log is not None and engine is Engine.reference and folder is None and cluster is None
    with keeping(folder, " before a day was finished"):
        results = simulate(hall, days, seed, engine, jobs, keep_log, allow_code, precision, where)
        if why:
            results = with_reasons(hall, results)
    written = log is None or (results.complete and write_log(hall, results, log, table_lang, allow_code))
    reported = report is None or write_report(
        hall, results, report, lang or Language.both, scenario, changes or (), date or "", jobs
    )
    if as_json:
        print(results.to_json())
    else:
        print(results.table(lang=table_lang.value, width=table_width()))
    if not results.complete:
        say(f"stopped by Ctrl-C: the figures are those of the {results.replications} finished days of {results.wanted}")
        say_kept(folder, "stopped by Ctrl-C")
    if not written:
        say(f"stopped by Ctrl-C: {log} was not written")
    if not (results.complete and written and reported):
        raise typer.Exit(INTERRUPTED)


def with_reasons(hall: Scenario, results: Results) -> Results:
    """Return results that say, too, what the waits of the first days are booked to."""
    from hallsim.experiment.profile import gather

    return replace(results, attribution=gather(hall, results).attribution)


def engine_of(hall: Scenario, engine: Engine | None, allow_code: bool, elsewhere: bool = False) -> Engine:
    """Return the engine that was asked for, or the one that a hall needs; it is ready to run, if not elsewhere.

    Raises
    ------
    UsageError
        If Python code decides in the hall, and it is not allowed or the engine cannot run it.
    """
    from hallsim.engines.reference_policies import rules_of

    engine = engine or (Engine.reference if hall.model.policies else Engine.batch)
    rules_of(hall.model, engine.value, allow_code)  # before anything is compiled
    if engine is Engine.batch and not elsewhere:
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
    where: Where | None = None,
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
            where=where,
        )
    if not (hall.model.steady and found.complete and engine is Engine.batch):
        return found
    from hallsim.experiment.steady import steady_of

    return replace(found, steady=steady_of(hall, seed))


def with_one_more(hall: Scenario, results: Results, jobs: int | None) -> OneMore | None:
    """Return what one server more, or fewer, would change; None of a run that was stopped."""
    from hallsim.experiment.one_more import one_more

    if not results.complete:
        return None
    with progress(0, "days with one more or fewer") as shown:
        return one_more(hall, results, jobs, shown.update)


def write_report(
    hall: Scenario,
    results: Results,
    path: Path,
    lang: Language,
    scenario: Path,
    changes: Sequence[str],
    date: str,
    jobs: int | None = None,
) -> bool:
    """Write the report of a run, or of the finished days of one that was stopped; False if Ctrl-C cut this short.

    Whoever stops the look at one more or fewer gets the rest of the report.
    """
    from hallsim.report import origin_of_run, report

    origin = origin_of_run(scenario, results, changes, path, lang.value, date)
    steps, whole = None, True
    try:
        steps = with_one_more(hall, results, jobs)
    except KeyboardInterrupt:
        whole = False
        say(f"stopped by Ctrl-C: {path} says nothing of one more or fewer")
    try:
        report(hall, results, path, lang.value, origin, one_more=steps)
    except KeyboardInterrupt:
        say(f"stopped by Ctrl-C: {path} was not written")
        return False
    return whole


def write_log(hall: Scenario, results: Results, path: Path, lang: Language, allow_code: bool = False) -> bool:
    """Write all visits: Parquet day by day in flat memory, or a queue machine's CSV; False if Ctrl-C stopped it.

    The days of the compiled engine are simulated once more rather than kept: that is quicker than writing
    them, and leaves memory flat.
    """
    from hallsim.experiment import replicate
    from hallsim.visits import build, save

    reps, seed = results.replications, results.seed
    with progress(reps, "days written") as shown:

        def tables() -> Iterator[pd.DataFrame]:
            days = results.logs or replicate(hall, reps, seed or 0, results.engine, allow_code=allow_code)
            in_each = hall.model.horizon.days if hall.model.horizon is not None else 1
            for i, day in enumerate(days):
                yield build(hall.model, day, replication=i // in_each, seed=seed)
                shown.update(i // in_each + 1)

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
