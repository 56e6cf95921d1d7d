"""From a run or a log to its report: what charts read is gathered here."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hallsim.charts.base import Material
from hallsim.errors import LogError
from hallsim.experiment.beside import notes
from hallsim.experiment.measure import measure
from hallsim.experiment.profile import gather, profile_of
from hallsim.experiment.results import Results
from hallsim.report.build import write
from hallsim.report.cleaning import Cleaning, cleaning_of
from hallsim.report.origin import Origin, files_of, origin_of_log
from hallsim.report.texts import text

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.experiment.compare import Differences
    from hallsim.experiment.one_more import OneMore
    from hallsim.experiment.staffing import Plan
    from hallsim.replay import Replay
    from hallsim.scenario import Scenario


def report(
    hall: Scenario,
    results: Results,
    path: str | os.PathLike[str],
    lang: str = "both",
    origin: Origin | None = None,
    differences: Differences | None = None,
    plan: Plan | None = None,
    one_more: OneMore | None = None,
) -> None:
    """Write the report of a run as one HTML file that opens anywhere.

    Parameters
    ----------
    hall : Scenario
        What was run.
    results : Results
        What came out.
    path : the file; replaced as a whole or not at all
    lang : {"zh", "en", "both"}
        The language of the page; "both" has a switch.
    origin : Origin, optional
        The command line and the date to print; the scenario's files are added if it has none.
    differences : Differences, optional
        Of other halls from this one (`hallsim.compare`), which a section of its own shows.
    plan : Plan, optional
        Of the hall's staff (`hallsim.staff`), likewise.
    one_more : OneMore, optional
        Of the hall with one server more or fewer (`hallsim.experiment.one_more`), which has a chart.

    Raises
    ------
    UsageError
        For another language.
    """
    origin = origin or Origin()
    if not origin.files:
        origin = replace(origin, files=files_of(hall))
    if hall.replay is not None:
        origin = replace(origin, cleaning=origin.cleaning or _cleaning(hall))
    material = replace(material_of(hall, results), differences=differences, plan=plan, one_more=one_more)
    write(material, path, lang, origin)


def material_of(hall: Scenario | Replay, results: Results) -> Material:
    """Return what charts read of a run, and of the log that it re-enacts."""
    observed = results.observed
    profile = gather(hall.model, results)
    if observed is None or observed.logs is None:
        return Material(results, profile)
    return Material(results, profile, observed, profile_of(observed.model, observed.logs))


def report_log(log: str | os.PathLike[str], path: str | os.PathLike[str], lang: str = "both", made: str = "") -> None:
    """Write the report of a log alone: the figures of its days as they were.

    Parameters
    ----------
    log : the file, a table of visits as Parquet or CSV
    path, lang : as in `report`
    made : the date to print

    Raises
    ------
    LogError
        If the log cannot be read.
    """
    from hallsim.replay import Settings, build, summarise
    from hallsim.visits import load

    origin = origin_of_log(Path(log), Path(path), lang, made)
    visits, n_wrong = _possible(load(log))
    # with one line per station nobody is left out: whoever gave up belongs to no counter
    days = build(visits, Settings(lines="station"), name=Path(log).stem)
    results = measure(days, days.observed)
    said = notes(summarise(days, days.observed), days.model)
    if n_wrong:
        said.insert(0, text("impossible", n=n_wrong))
    material = Material(results, profile_of(days.model, days.observed))
    write(material, path, lang, replace(origin, notes=tuple(said)))


def _possible(visits: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the rows of a log whose times can be, and how many others there are.

    A re-enactment refuses a log that has one such row in ten thousand; what the log says of all other rows can be
    told all the same. A service may begin, and end, before its call: how long it took is known then, too.
    """
    joined, start, end = visits["t_ticket"], visits["t_start"], visits["t_end"]
    begin = visits["t_call_last"].fillna(start)
    untimed = ~(start <= end).fillna(False)
    wrong = joined.notna() & (end.isna() | (begin < joined) | (((end < joined) | (end < begin)) & untimed))
    wrong = wrong.fillna(False).astype(bool)
    return (visits[~wrong].reset_index(drop=True), int(wrong.sum())) if wrong.any() else (visits, 0)


def _cleaning(hall: Scenario) -> Cleaning | None:
    """Return the cleaning report of the log that a scenario re-enacts, if one lies beside it."""
    for file in hall.files:
        # the run is done: a file beside the log that is something else must not cost its report
        with contextlib.suppress(LogError):
            if found := cleaning_of(file):
                return found
    return None
