"""`hallsim sweep`: many variants of a hall, as a sweep file says, into a folder that can be gone on with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import Progress, load_kernels, progress, say, table_width
from hallsim.cli.options import (
    ALLOW_CODE,
    AS_JSON,
    CLUSTER,
    DATE,
    JOBS,
    LANG,
    RESUME,
    Language,
    check_report,
    keeping,
)


def sweep(
    file: Annotated[Path, typer.Argument(metavar="SWEEP", help="Sweep file (YAML): base, factors, design.")],
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where results go.", show_default="the sweep file's name, here"),
    ] = None,
    resume: RESUME = False,
    jobs: JOBS = None,
    cluster: CLUSTER = None,
    figure: Annotated[
        str, typer.Option(metavar="FIGURE", help="Figure whose effects are shown, as mean_wait or abandonment.")
    ] = "mean_wait",
    as_json: AS_JSON = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a report with charts: one HTML file, no network.")
    ] = None,
    lang: LANG = None,
    date: DATE = None,
    allow_code: ALLOW_CODE = False,
) -> None:
    """Simulate every design point of a sweep file; print what each factor does and which points are best."""
    check_report(report, lang, date)
    from hallsim.experiment.sweeps import read_sweep
    from hallsim.experiment.sweeps import sweep as simulate
    from hallsim.experiment.sweeps.swept import figure_named
    from hallsim.experiment.sweeps.words import render

    wanted = read_sweep(file)
    figure_named(wanted.figures, figure)
    for warning in wanted.base.warnings:
        say(f"warning: {warning}")
    folder = folder or Path(file.stem)
    if cluster is None:
        load_kernels()
    with keeping(folder, ": nothing was simulated"), progress(wanted.points.n, "design points") as shown:
        found = simulate(wanted, folder, resume, jobs, cluster, partial(_show, shown), allow_code)
    if report is not None:
        from hallsim.report import origin_of_sweep, report_sweep

        page_lang = (lang or Language.both).value
        report_sweep(found, report, page_lang, figure, origin_of_sweep(file, figure, report, page_lang, date or ""))
    table_lang = Language.zh if lang is Language.zh else Language.en
    print(found.to_json() if as_json else render(found, table_lang.value, table_width(), figure))


def _show(shown: Progress, done: int, note: str) -> None:
    shown.update(done, None, note)
