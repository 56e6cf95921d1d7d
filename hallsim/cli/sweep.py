"""`hallsim sweep`: many variants of a hall, as a sweep file says, into a folder that can be gone on with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import INTERRUPTED, Progress, load_kernels, progress, say, table_width
from hallsim.cli.options import ALLOW_CODE, AS_JSON, DATE, JOBS, LANG, Language, check_report
from hallsim.errors import HallsimError, ScenarioError, UsageError


def sweep(
    file: Annotated[Path, typer.Argument(metavar="SWEEP", help="Sweep file (YAML): base, factors, design.")],
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where results go.", show_default="the sweep file's name, here"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on in a folder that holds part of this sweep; nothing is done twice.")
    ] = False,
    jobs: JOBS = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Simulate on a Dask cluster, as tcp://10.0.0.5:8786; the same numbers."),
    ] = None,
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
    with progress(wanted.points.n, "design points") as shown:
        try:
            found = simulate(wanted, folder, resume, jobs, cluster, partial(_show, shown), allow_code)
        except KeyboardInterrupt:
            shown.close()
            _say_kept(folder, "stopped by Ctrl-C")
            raise typer.Exit(INTERRUPTED) from None
        except (OSError, HallsimError) as problem:
            shown.close()
            if not isinstance(problem, UsageError | ScenarioError):
                _say_kept(folder, "stopped")
            raise
    if report is not None:
        from hallsim.report import origin_of_sweep, report_sweep

        page_lang = (lang or Language.both).value
        report_sweep(found, report, page_lang, figure, origin_of_sweep(file, figure, report, page_lang, date or ""))
    table_lang = Language.zh if lang is Language.zh else Language.en
    print(found.to_json() if as_json else render(found, table_lang.value, table_width(), figure))


def _show(shown: Progress, done: int, note: str) -> None:
    shown.update(done, None, note)


def _say_kept(folder: Path, why: str) -> None:
    """Tell what a sweep that was stopped has kept, and how it goes on."""
    from hallsim.experiment.folder import read_folder

    try:
        kept = read_folder(folder)
    except UsageError:  # it was not even begun
        say(f"{why}: nothing was simulated")
        return
    done = sum(last - first + 1 for first, last in kept.finished())
    say(f"{why}: {done} of {kept.manifest['n']} design points are kept in {folder}; go on with --resume")
