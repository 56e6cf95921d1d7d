"""Periods: the days that a back-test fits on, and those that it predicts.

In: words such as `1999-02`, `1999-02-07` or `1999-02-07..1999-03-06`, several with commas between them. Out: dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hallsim.errors import UsageError, did_you_mean

SHARE_FITTED = 2 / 3
"""Of the days, the first ones, where nobody says which."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a log, by a name for readers."""

    name: str
    dates: tuple[str, ...]


def read_periods(text: str, dates: Sequence[str]) -> list[Period]:
    """Return the periods that a text names, of the dates that a log has.

    >>> read_periods("2024-03,2024-04-01..2024-04-02", ["2024-03-30", "2024-04-01", "2024-04-03"])[1].dates
    ('2024-04-01',)

    Raises
    ------
    UsageError
        If there is no day of the log in one of them.
    """
    found = []
    for word in (part.strip() for part in text.split(",")):
        first, _, last = word.partition("..")
        known = tuple(date for date in dates if date >= first and (not last or date[: len(last)] <= last))
        if not last:
            known = tuple(date for date in known if date.startswith(first))
        if not word or not known:
            months = list(dict.fromkeys(date[:7] for date in dates))
            has = f"the log has {len(dates)}, {dates[0]} to {dates[-1]}" if dates else "the log's days have no dates"
            raise UsageError(
                f"{word!r} names no day of the log; {has}; write a month as 2024-03, a day as 2024-03-05 or "
                f"days as 2024-03-05..2024-03-20{did_you_mean(word, months)}"
            )
        found.append(Period(word, known))
    return found


def fitted_and_predicted(fit: str, on: str, dates: Sequence[str]) -> tuple[Period, list[Period]]:
    """Return the days to fit on, as one period, and the periods to predict.

    Without `fit` these are the first two thirds of the days; without `on` all days after the last fitted one, or
    where there are none, all others.

    Raises
    ------
    UsageError
        If a day is in both, or one of them has no days.
    """
    if fit:
        fitted = tuple(sorted({date for period in read_periods(fit, dates) for date in period.dates}))
    else:
        fitted = tuple(dates[: max(round(SHARE_FITTED * len(dates)), 1)])
    if on:
        predicted = read_periods(on, dates)
    else:
        others = [date for date in dates if date not in fitted]
        later = tuple(date for date in others if date > fitted[-1]) or tuple(others)
        if not later:
            raise UsageError("every day of the log is fitted on, so none is left to predict")
        predicted = [Period(f"{later[0]}..{later[-1]}", later)]
    for period in predicted:
        if both := [date for date in period.dates if date in fitted]:
            raise UsageError(f"{both[0]} is both fitted on and predicted")
    return Period(fit or f"{fitted[0]}..{fitted[-1]}", fitted), predicted
