"""`hallsim backtest`: fit on some days of a log, predict others, and say how far to trust it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hallsim.cli.console import MOST_SEED, say, whole
from hallsim.cli.import_log import ReportLanguage
from hallsim.cli.log_input import asked_of, read_asked
from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.calibrate.periods import Period
    from hallsim.replay.rostered import Roster


class How(StrEnum):
    """Ways to predict days."""

    replay = "replay"
    forecast = "forecast"
    calls = "calls"


def backtest(
    logs: Annotated[
        list[Path],
        typer.Argument(
            metavar="LOG...|FILE.yaml", help="Raw files of one log, tables of visits, or a calibration file."
        ),
    ],
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", metavar="NAME|FILE", help="How to read raw files.")
    ] = None,
    fit: Annotated[
        str,
        typer.Option(metavar="DAYS", help="Days to fit on: 2024-03, or 2024-03-05..2024-03-20. Default: first 2/3."),
    ] = "",
    on: Annotated[
        str, typer.Option(metavar="DAYS,...", help="Periods to predict, each by itself. Default: the days after.")
    ] = "",
    how: Annotated[
        How,
        typer.Option(
            help="replay: their own customers and services; forecast: only their staff is known; calls: their own "
            "customers, services and counters, and the call rule that the days fitted on show."
        ),
    ] = How.replay,
    seed: Annotated[int, typer.Option(parser=whole(0, MOST_SEED), metavar="N", help="Seed of the simulations.")] = 1,
    lang: Annotated[ReportLanguage, typer.Option(help="Language of the report.")] = ReportLanguage.en,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Simulate days of a log with its people; what they cannot tell is fitted on other days."""
    asked = asked_of(logs, mapping)
    given = read_asked(asked)
    from hallsim.calibrate.periods import fitted_and_predicted

    days = fitted_and_predicted(fit or asked.fit, on or asked.predict, given.dates(asked.leave_out))
    figures, text = _found(given.visits, *days, how, given.choices.roster, seed, lang.value)
    print(json.dumps(figures, ensure_ascii=False, indent=2) if as_json else text)


def _found(
    visits: pd.DataFrame, fitted: Period, predicted: list[Period], how: How, roster: Roster, seed: int, lang: str
) -> tuple[dict[str, Any], str]:
    """Return the figures of a back-test, and the same as text."""

    def progress(what: str) -> None:
        say(f"{what} ...")

    if roster and not roster.by:
        raise UsageError("the roster names nobody; a back-test needs its column staff or counter")
    if how is How.calls:
        if roster:
            raise UsageError("the call rule is told by who was called; a roster has no part in it")
        from hallsim.calibrate.calling import words
        from hallsim.calibrate.calling.predicted import backtest_calls

        calls = backtest_calls(visits, fitted, predicted, seed=seed, progress=progress)
        return calls.as_dict(), words.table(calls, lang)
    from hallsim.calibrate import backtest as back
    from hallsim.calibrate.backtest_text import table

    found = back.backtest(visits, fitted, predicted, how.value, seed=seed, progress=progress, roster=roster)
    return found.as_dict(), table(found, lang)
