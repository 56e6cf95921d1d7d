"""Options that several commands have, and what is done with them everywhere.

Nothing of an experiment is imported before a command runs, so that `--help` is quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import INTERRUPTED, MOST_SEED, check_output, day, say, whole
from hallsim.errors import HallsimError, ScenarioError, UsageError

if TYPE_CHECKING:
    from hallsim.experiment.bench import Where
    from hallsim.scenario import Scenario

REPORT_SUFFIXES = (".html", ".htm")
MOST_REPS = 10_000_000  # as `experiment.run.MOST_REPLICATIONS`, which --help must not import
MOST_JOBS = 1024


class Language(StrEnum):
    """Languages of tables and reports; only a report can have both."""

    en = "en"
    zh = "zh"
    both = "both"


class TableLanguage(StrEnum):
    """Languages of tables."""

    en = "en"
    zh = "zh"


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
    int | None,
    typer.Option(
        parser=whole(1, MOST_JOBS), metavar="N", help="Cores to use; all if left out. The numbers do not depend on it."
    ),
]
FITTED_REPORT = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Write a report with charts, in Chinese and English: one HTML file, no network.",
    ),
]
TABLE_LANGUAGE = Annotated[TableLanguage, typer.Option(help="Language of the table.")]
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


VARIANTS = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="'NAME: PATH=VALUE'",
        help="The first hall with changes, as 'two more counters: stations.counter.servers=10'; several changes are "
        "parted by semicolons; may be repeated.",
    ),
]
CHANGES = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change an entry in every hall, as in open=09:00-17:00."),
]
FOLDER = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Keep what is finished there, and the table in the end; see --resume."),
]
RESUME = Annotated[
    bool, typer.Option("--resume", help="Go on in a folder that holds part of this very work; nothing is done twice.")
]
CLUSTER = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Simulate on a Dask cluster, as tcp://10.0.0.5:8786; the same numbers."),
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


def where_of(folder: Path | None, resume: bool, cluster: str | None) -> Where:
    """Return where work is done and kept.

    Raises
    ------
    UsageError
        If work shall go on in no folder.
    """
    from hallsim.experiment.bench import Where

    if resume and folder is None:
        raise UsageError("--resume goes on in a folder: name it with --folder")
    return Where(folder, resume, cluster)


@contextmanager
def keeping(folder: Path | None, nothing: str) -> Iterator[None]:
    """Tell what a folder has kept if work in it is stopped; on Ctrl-C exit, with `nothing` said where there is none."""
    try:
        yield
    except KeyboardInterrupt:
        if not say_kept(folder, "stopped by Ctrl-C"):
            say(f"stopped by Ctrl-C{nothing}")
        raise typer.Exit(INTERRUPTED) from None
    except (OSError, HallsimError) as problem:
        if not isinstance(problem, UsageError | ScenarioError):
            say_kept(folder, "stopped")
        raise


def say_kept(folder: Path | None, why: str) -> bool:
    """Tell what a folder has kept of work that was stopped, and how it goes on; False if that is nothing."""
    from hallsim.experiment.folder import read_folder

    try:
        kept = None if folder is None else read_folder(folder)
    except UsageError:  # it was not even begun
        kept = None
    if kept is None or not kept.done:
        return False
    say(f"{why}: {kept.so_far} are kept in {folder}; go on with --resume")
    return True


def variants_of(texts: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """Return the changes of each --variant by its name.

    Raises
    ------
    UsageError
        If one cannot be read, or two have the same name.
    """
    from hallsim.experiment.compare import variant_of

    wanted: dict[str, tuple[str, ...]] = {}
    for name, change in map(variant_of, texts or ()):
        if name in wanted:
            raise UsageError(f"two variants are called {name!r}")
        wanted[name] = change
    return wanted


def halls_of(scenarios: Sequence[Path], changes: Sequence[str] | None) -> list[Scenario]:
    """Load scenarios with changes laid over them, and say what they warn of."""
    from hallsim.scenario import load

    halls = [load(path, set_=tuple(changes or ())) for path in scenarios]
    for hall in halls:
        for warning in hall.warnings:
            say(f"warning: {warning}")
    return halls
