"""`hallsim backtest`: fit on some days of a log, predict others, and say how far to trust it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from hallsim.cli.console import MOST_SEED, say, whole
from hallsim.cli.log_input import asked_of, read_asked
from hallsim.cli.options import FITTED_REPORT, TABLE_LANGUAGE, TableLanguage, check_report
from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.calibrate.backtest import Backtest
    from hallsim.calibrate.calling.predicted import CallBacktest
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
    report: FITTED_REPORT = None,
    lang: TABLE_LANGUAGE = TableLanguage.en,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Simulate days of a log with its people; what they cannot tell is fitted on other days."""
    check_report(report, None, None)
    if report is not None and how is How.calls:
        raise UsageError("--report shows replays and forecasts; for --how calls read the table")
    asked = asked_of(logs, mapping)
    given = read_asked(asked)
    from hallsim.calibrate.periods import fitted_and_predicted

    days = fitted_and_predicted(fit or asked.fit, on or asked.predict, given.dates(asked.leave_out))
    found = _found(given.visits, *days, how, given.choices.roster, seed)
    if report is not None:
        from hallsim.report import command_of, report_backtest

        options = [("--mapping", mapping or ""), ("--fit", fit), ("--on", on), ("--how", how.value)]
        first = ["hallsim", "backtest"]
        command = command_of(first, logs, [*options, ("--seed", str(seed))], report)
        report_backtest(cast("Backtest", found), report, command=command)  # calls have no report, see above
        say(f"wrote {report}")
    print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2) if as_json else _table(found, lang.value))


def _found(
    visits: pd.DataFrame, fitted: Period, predicted: list[Period], how: How, roster: Roster, seed: int
) -> Backtest | CallBacktest:
    """Return what a back-test found."""

    def progress(what: str) -> None:
        say(f"{what} ...")

    if roster and not roster.by:
        raise UsageError("the roster names nobody; a back-test needs its column staff or counter")
    if how is How.calls:
        if roster:
            raise UsageError("the call rule is told by who was called; a roster has no part in it")
        from hallsim.calibrate.calling.predicted import backtest_calls

        return backtest_calls(visits, fitted, predicted, seed=seed, progress=progress)
    from hallsim.calibrate import backtest as back

    return back.backtest(visits, fitted, predicted, how.value, seed=seed, progress=progress, roster=roster)


def _table(found: Backtest | CallBacktest, lang: str) -> str:
    from hallsim.calibrate.backtest import Backtest
    from hallsim.calibrate.backtest_text import table
    from hallsim.calibrate.calling import words

    return table(found, lang) if isinstance(found, Backtest) else words.table(found, lang)
