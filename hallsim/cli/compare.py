"""`hallsim compare`: several halls with the same customers, and how each differs from the first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import INTERRUPTED, load_kernels, progress, say, table_width
from hallsim.cli.options import (
    ALLOW_CODE,
    AS_JSON,
    CHANGES,
    CLUSTER,
    DATE,
    FOLDER,
    JOBS,
    LANG,
    REPS,
    RESUME,
    SEED,
    VARIANTS,
    Language,
    check_report,
    halls_of,
    keeping,
    say_kept,
    variants_of,
    where_of,
)
from hallsim.cli.run import days_of
from hallsim.errors import UsageError


def compare(
    scenarios: Annotated[
        list[Path], typer.Argument(metavar="BASE [SCENARIO]...", help="Scenario files (YAML); the first is the base.")
    ],
    variants: VARIANTS = None,
    reps: REPS = None,
    seed: SEED = 1,
    jobs: JOBS = None,
    kpis: Annotated[
        list[str] | None,
        typer.Option(
            "--kpi", metavar="NAME", help="One more figure, as overtime or 'service level 5 min'; repeatable."
        ),
    ] = None,
    changes: CHANGES = None,
    folder: FOLDER = None,
    resume: RESUME = False,
    cluster: CLUSTER = None,
    as_json: AS_JSON = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a report of the base with the comparison in it: one HTML file."),
    ] = None,
    lang: LANG = None,
    date: DATE = None,
    allow_code: ALLOW_CODE = False,
) -> None:
    """Simulate halls with the same customers; print how each differs from the first, and whether that is noise."""
    check_report(report, lang, date)
    where = where_of(folder, resume, cluster)
    from hallsim.experiment.compare import compare as compare_halls

    wanted = variants_of(variants)
    if len(scenarios) + len(wanted) < 2:
        raise UsageError(
            "a comparison takes two halls: name a second scenario, or --variant 'NAME: stations.counter.servers=10'"
        )
    halls = halls_of(scenarios, changes)
    days = days_of(halls[0], reps)
    if cluster is None:
        load_kernels()
    with keeping(folder, ": nothing was compared"), progress(days * (len(halls) + len(wanted)), "days") as shown:
        found = compare_halls(
            *halls,
            variants=wanted,
            replications=days,
            seed=seed,
            kpis=tuple(kpis or ()),
            jobs=jobs,
            progress=shown.update,
            allow_code=allow_code,
            where=where,
        )
    if report is not None:
        from hallsim.report import origin_of_comparison
        from hallsim.report import report as write_report

        page_lang = (lang or Language.both).value
        origin = origin_of_comparison(
            scenarios, variants or (), found.results[0], changes or (), kpis or (), report, page_lang, date or ""
        )
        try:
            write_report(halls[0], found.results[0], report, page_lang, origin, found)
        except KeyboardInterrupt:
            say(f"stopped by Ctrl-C: {report} was not written")
            raise typer.Exit(INTERRUPTED) from None
    table_lang = Language.zh if lang is Language.zh else Language.en
    if as_json:
        print(found.to_json())
    else:
        print(found.table(lang=table_lang.value, width=table_width()))
    if not found.complete:
        if found.replications < found.wanted:
            say(f"stopped by Ctrl-C: the comparison is of {found.replications} finished days of {found.wanted}")
        if found.missing:
            say(f"stopped by Ctrl-C: missing are {'; '.join(label.en for label in found.missing)}")
        say_kept(folder, "stopped by Ctrl-C")
        raise typer.Exit(INTERRUPTED)
