"""From a run or a log to its report: what charts read is gathered here."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from hallsim.charts.base import Material
from hallsim.experiment.profile import gather
from hallsim.experiment.results import Results
from hallsim.report.build import write
from hallsim.report.origin import Origin, files_of

if TYPE_CHECKING:
    from hallsim.scenario import Scenario


def report(
    hall: Scenario,
    results: Results,
    path: str | os.PathLike[str],
    lang: str = "both",
    origin: Origin | None = None,
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

    Raises
    ------
    UsageError
        For another language.
    """
    origin = origin or Origin()
    if not origin.files:
        origin = replace(origin, files=files_of(hall))
    write(Material(results, gather(hall, results)), path, lang, origin)
