"""Kinds of day: weekdays of like level, or those that a calendar names.

In: a `Sample`, and a calendar if there is one. Out: `DayKind`s, the commonest first. Weekdays are put together that
have like numbers of customers (`forecast.like_levels`), and told apart only where chance does not explain the
difference: an analysis of variance of the roots of the days' counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.forecast import like_levels, weekday_of
from hallsim.calibrate.hall.sample import Sample
from hallsim.errors import CalibrationError
from hallsim.model import Label

F64 = NDArray[np.float64]

SURE = 0.001
"""Level of the test that kinds of day differ; they were chosen by the same days."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class DayKind:
    """A kind of day: its name, its label, and which days of the sample are of it."""

    name: str
    label: Label
    days: tuple[int, ...]


def day_kinds(sample: Sample, calendar: Mapping[str, str] | None = None) -> list[DayKind]:
    """Return the kinds of day of a sample.

    Parameters
    ----------
    sample : the days
    calendar : date -> name of its kind

    Raises
    ------
    CalibrationError
        If a day of the sample is not in the calendar.
    """
    if calendar:
        return _given(sample, calendar)
    every = tuple(range(len(sample.dates)))
    if not all(sample.dates):
        return [DayKind("day", Label("every day", "每日"), every)]
    weekdays = [weekday_of(date) for date in sample.dates]
    n = np.bincount(sample.legs.day[sample.first_legs], minlength=len(every)).astype(np.float64)
    usual = {w: float(np.median(n[np.array(weekdays) == w])) for w in sorted(set(weekdays))}
    groups = [[i for i in every if weekdays[i] in group] for group in like_levels(usual)]
    if not _differ([n[group] for group in groups]):
        groups = [list(every)]
    kinds = [_of_weekdays(tuple(group), sorted({weekdays[i] for i in group})) for group in groups]
    return sorted(kinds, key=lambda kind: (-len(kind.days), kind.name))


def _given(sample: Sample, calendar: Mapping[str, str]) -> list[DayKind]:
    if missing := [date for date in sample.dates if date not in calendar]:
        raise CalibrationError(f"the calendar does not say what kind of day {missing[0] or 'a day without date'} is")
    names = list(dict.fromkeys(calendar[date] for date in sample.dates))
    kinds = [
        DayKind(name, Label(name, name), tuple(i for i, date in enumerate(sample.dates) if calendar[date] == name))
        for name in names
    ]
    return sorted(kinds, key=lambda kind: (-len(kind.days), kind.name))


def _differ(groups: list[F64]) -> bool:
    from scipy.stats import f_oneway

    roots = [np.sqrt(group) for group in groups]
    if len(roots) < 2 or sum(map(len, roots)) <= len(roots) or not any(float(np.ptp(group)) for group in roots):
        return len(roots) > 1 and sum(map(len, roots)) > len(roots)
    return bool(f_oneway(*roots).pvalue < SURE)


def _of_weekdays(days: tuple[int, ...], weekdays: list[int]) -> DayKind:
    if len(weekdays) == 7:
        return DayKind("day", Label("every day", "每日"), days)
    if weekdays == [0, 1, 2, 3, 4]:
        return DayKind("weekday", Label("Monday to Friday", "周一至周五"), days)
    if weekdays == [5, 6]:
        return DayKind("weekend", Label("weekend", "周末"), days)
    names = [WEEKDAYS[w] for w in weekdays]
    english = ", ".join(name.capitalize() for name in names)
    chinese = "、".join(f"周{_CHINESE[w]}" for w in weekdays)
    return DayKind("_".join(name[:3] for name in names), Label(english, chinese), days)


def span_of(dates: tuple[str, ...]) -> str:
    """Return the first and the last of some dates, as text.

    >>> span_of(("2024-03-05", "2024-03-04"))
    '2024-03-04..2024-03-05'
    """
    known = sorted(date for date in dates if date)
    if not known:
        return "days without dates"
    return known[0] if known[0] == known[-1] else f"{known[0]}..{known[-1]}"
