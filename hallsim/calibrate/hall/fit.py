"""A hall fitted to a log: every part of it, and what each was read off.

In: a table of visits. Out: `Hall`, which `scenario` writes as files and `words` as a table. One way: log, visits,
`Sample`, parts, scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.appointments import Appointments, Booked, Booking, fit_appointments, read_booked
from hallsim.calibrate.hall.campaigns import Campaign, Campaigns, fit_campaigns
from hallsim.calibrate.hall.customers import Customers, read_customers, scenario_names
from hallsim.calibrate.hall.day_factors import day_cv, hour_cv
from hallsim.calibrate.hall.day_kinds import DayKind, day_kinds
from hallsim.calibrate.hall.figure import Interval
from hallsim.calibrate.hall.patience import Patience, endings
from hallsim.calibrate.hall.patience import fit as fit_patience
from hallsim.calibrate.hall.rates import Rates, fit_rates, opening
from hallsim.calibrate.hall.sample import Sample, read_sample
from hallsim.calibrate.hall.services import Services, fit_services
from hallsim.calibrate.hall.staffing import Posts, fit_posts
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_HOUR, US_PER_SECOND
from hallsim.replay.rostered import Roster

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

BOOKED = ("arrivals", "by_appointment")
"""Where the scenario has the customers with appointments, if there are any."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the planner knows better than the log.

    Attributes
    ----------
    name : str
        Of the hall; "" takes the log's.
    open : tuple of int, or None
        Opening hours, microseconds.
    calendar : dict
        Date -> kind of day; empty: found from the weekdays.
    roster : Roster
        Who was on duty when; days, stations and people that it does not name are inferred.
    bookings : tuple of Booking
        Customers with appointments; empty: nobody is known to have one.
    campaigns : tuple of Campaign
        What ran when; their effects are fitted, and taken out of everything else.
    seed : int
        Of un-rounding.
    """

    name: str = ""
    open: tuple[int, int] | None = None
    calendar: Mapping[str, str] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    bookings: tuple[Booking, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Day:
    """A kind of day: its staff, and arrivals of its `usual` days; rates are without the booked."""

    kind: DayKind
    dates: tuple[str, ...]
    usual: tuple[int, ...]
    rates: Rates
    day_cv: Interval
    hour_cv: Interval
    posts: dict[int, Posts]
    appointments: Appointments | None = None

    @property
    def walk_in(self) -> tuple[str, ...]:
        """Where the scenario has the rates of arrivals."""
        return ("arrivals",) if self.appointments is None else ("arrivals", "walk_in")


@dataclass(frozen=True, eq=False)
class Hall:
    """All that was read off a log; stations, classes and servers by their numbers in the sample's names."""

    name: str
    sample: Sample
    customers: Customers
    days: tuple[Day, ...]
    services: dict[int, Services]
    patience: dict[int, dict[int | None, Patience]]
    campaigns: Campaigns
    choices: Choices
    booked: Booked

    @property
    def usual_dates(self) -> tuple[str, ...]:
        """The days that arrivals, shares and services were read off: those without campaigns."""
        return tuple(self.sample.dates[i] for i in sorted(i for day in self.days for i in day.usual))

    @property
    def campaign_names(self) -> tuple[str, ...]:
        """The names of its campaigns in scenarios."""
        customers = self.customers
        taken = (*customers.classes, *customers.transactions, *customers.stations)
        return scenario_names(self.campaigns.names, taken)


def fit_hall(
    visits: pd.DataFrame,
    dates: tuple[str, ...] = (),
    choices: Choices | None = None,
    progress: Callable[[str], object] | None = None,
) -> Hall:
    """Fit a hall to the days of a log.

    Parameters
    ----------
    visits : the log
    dates : days to fit on; empty: all
    choices : what is known beside it
    progress : is told what is done next

    Raises
    ------
    LogError, CalibrationError
        If the log's times cannot be, nobody was served, or nobody came within opening hours.
    UsageError
        If the log does not have one of the dates, or a transaction that a campaign concerns.
    """
    choices = choices or Choices()
    say = progress or (lambda what: None)
    say("reading the days of the log")
    sample = read_sample(visits, dates, roster=choices.roster)
    kinds = day_kinds(sample, choices.calendar)
    say("fitting arrivals and staffing")
    booked = read_booked(sample, choices.bookings)
    campaigns = fit_campaigns(sample, kinds, choices.campaigns, booked.legs)
    days = tuple(_day(sample, kind, campaigns.usual(kind), choices, booked) for kind in kinds)
    usual = [i for day in days for i in day.usual]
    without = replace(sample, parts=sample.parts.of(np.isin(sample.legs.day, usual)))
    say("fitting services and patience")
    stations = [s for s in range(len(sample.names.stations)) if (sample.served & (sample.legs.station == s)).any()]
    return Hall(
        name=choices.name or sample.names.hall or "calibrated hall",
        sample=sample,
        customers=read_customers(sample, usual),
        days=days,
        services={s: fit_services(without, s, choices.seed, all(d.posts[s].regular for d in days)) for s in stations},
        patience={s: _patience(sample, s) for s in stations},
        campaigns=campaigns,
        choices=choices,
        booked=booked,
    )


def _day(sample: Sample, kind: DayKind, usual: tuple[int, ...], choices: Choices, booked: Booked) -> Day:
    legs, first = sample.legs, sample.first_legs
    hours_open = choices.open or opening(_times(sample, usual, first))
    times = _times(sample, usual, np.setdiff1d(first, booked.legs))
    if not sum(map(len, times)):
        raise CalibrationError("every customer is booked: a hall without walk-in customers has no rates to fit")
    rates = fit_rates(times, sample.tick, hours_open, choices.seed)
    hours = np.arange(rates.open // US_PER_HOUR, -(-rates.close // US_PER_HOUR) + 1) * US_PER_HOUR
    opens = rates.open + (US_PER_HOUR // 60 if rates.crowd.value else 0)
    counts = np.array([np.histogram(t[(t >= opens) & (t < rates.close)], hours)[0] for t in times], dtype=np.float64)
    of_hours = hour_cv(counts)
    shape = counts.sum(axis=0) / max(counts.sum(), 1.0)
    from_hours = of_hours.value**2 * float((shape**2).sum()) if surely(of_hours) else 0.0
    stations = [s for s in range(len(sample.names.stations)) if (sample.served & (legs.station == s)).any()]
    return Day(
        kind,
        tuple(sample.dates[day] for day in kind.days),
        usual,
        rates,
        day_cv(counts.sum(axis=1), from_hours),
        of_hours,
        {s: fit_posts(sample, s, kind.days, rates.open, rates.close, _given(sample, s, choices)) for s in stations},
        fit_appointments(sample, booked, kind.days, rates.open, rates.close),
    )


def _times(sample: Sample, days: tuple[int, ...], first_legs: I64) -> list[I64]:
    """Return when the customers of some first legs came, by day."""
    legs = sample.legs
    return [legs.ticket[first_legs[legs.day[first_legs] == day]] for day in days]


def _given(sample: Sample, station: int, choices: Choices) -> dict[int, list[tuple[int, int]]]:
    """Return the shifts that a roster without names has for a station, by day."""
    found: dict[int, list[tuple[int, int]]] = {}
    for shift in choices.roster.duty if not choices.roster.by else ():
        if shift.date in sample.dates and shift.station in ("", sample.names.stations[station]):
            found.setdefault(sample.dates.index(shift.date), []).append((shift.on, shift.off))
    return found


def surely(found: Interval) -> bool:
    """Tell whether a parameter is surely above 0."""
    return found.low > 0.0


def _patience(sample: Sample, station: int) -> dict[int | None, Patience]:
    """Return patience at a station, of all (None) and of classes that tell their own."""
    legs = sample.legs
    here = legs.station == station
    wait = (sample.left - legs.ticket) / US_PER_SECOND
    ended = endings(legs.outcome, sample.served)
    every = fit_patience(wait[here], ended[here])
    if every is None:
        return {}
    own = {int(c): here & (legs.ticket_class == c) for c in np.unique(legs.ticket_class[here])}
    each = {c: fit_patience(wait[rows], ended[rows]) for c, rows in own.items()} if len(own) > 1 else {}
    found: dict[int | None, Patience] = {c: one for c, one in each.items() if one is not None and _differs(one, every)}
    others = here & ~np.isin(legs.ticket_class, [c for c in found if c is not None])
    found[None] = fit_patience(wait[others], ended[others]) or every
    return found


def _differs(one: Patience, every: Patience) -> bool:
    """Tell whether a class's patience is surely not that of all."""
    return one.mean.low > every.mean.high or one.mean.high < every.mean.low
