"""Appointments: which customers were booked, how many a slot has, how many of them come, and how early.

In: a `Sample` and a list of `Booking`s. Out: `Booked`, and `Appointments` for a kind of day. A booking whose ticket the
log has is a customer who came; one without a ticket is a no-show; one whose ticket the log does not have came, but when
is not known. How early customers come is told by slots half an hour after the opening or later: who is booked for the
opening and comes before it stands at the doors, so that his time is not his own. Earliness may be negative and the laws
of a scenario are not, so that all are taken to be late by the longest lateness, rounded up to minutes, and early by
what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.figure import Interval, Z, mean_of_days, ratio_of_days
from hallsim.calibrate.hall.laws import Fitted, choose, fit_laws
from hallsim.calibrate.hall.rates import PIECE
from hallsim.calibrate.hall.sample import Sample
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_MINUTE, US_PER_SECOND

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST = 20
"""Customers by whom a law of earliness is fitted."""


class Booking(NamedTuple):
    """One appointment: its date, its time in microseconds, and the ticket that its customer took, "" for none."""

    date: str
    time: int
    ticket: str


@dataclass(frozen=True, eq=False)
class Booked:
    """The bookings of a sample's days; int64[n_bookings].

    Attributes
    ----------
    day : of each booking
    time : microseconds
    came : bool[n_bookings], whether it has a ticket
    leg : the first leg of its customer; -1 where the log does not have the ticket
    """

    day: I64
    time: I64
    came: Bools
    leg: I64

    @property
    def legs(self) -> I64:
        """The first legs of customers with appointments."""
        return np.unique(self.leg[self.leg >= 0])


@dataclass(frozen=True, slots=True)
class Appointments:
    """Appointments of one kind of day.

    Attributes
    ----------
    first, every : int, microseconds
        The first slot, and from one slot to the next.
    per_slot : tuple of int
        Bookings of each slot; their sums are those of the mean day, rounded.
    booked : Interval
        Bookings of a day.
    spread : float
        Standard deviation of the bookings of days over their mean.
    show : Interval or None
        Part that comes; None where every booking has a ticket, so that the list may lack those who did not come.
    late : int, microseconds
        What is taken off `early`.
    early : tuple of Fitted
        Laws of the earliness and `late`, the one chosen first; empty where too few came.
    mean, sd : Interval, seconds
        Of the earliness itself; negative is late.
    n : int
        Bookings.
    lost : int
        Tickets that the log does not have.
    outside : int
        Bookings outside the opening hours; they are in no slot.
    bare : int
        Days without a booking.
    """

    first: int
    every: int
    per_slot: tuple[int, ...]
    booked: Interval
    spread: float
    show: Interval | None
    late: int
    early: tuple[Fitted, ...]
    mean: Interval
    sd: Interval
    n: int
    lost: int
    outside: int
    bare: int


def read_booked(sample: Sample, bookings: tuple[Booking, ...]) -> Booked:
    """Find the customers of bookings; those of other days are left out.

    Raises
    ------
    CalibrationError
        If no booking is of a day of the log, or the log has none of the tickets.
    """
    legs, day_of = sample.legs, {date: i for i, date in enumerate(sample.dates)}
    known = [one for one in bookings if one.date in day_of]
    if bookings and not known:
        raise CalibrationError(f"none of the {len(bookings)} bookings is of a day of the log")
    tickets = sample.log.visits["ticket_no"].iloc[legs.row].fillna("").tolist()
    visit = list(zip(legs.day.tolist(), legs.visit.tolist(), strict=True))
    of_ticket = {(day, ticket): (day, who) for (day, who), ticket in zip(visit, tickets, strict=True) if ticket}
    first = {visit[leg]: leg for leg in sample.first_legs.tolist()}
    leg = [first.get(of_ticket.get((day_of[one.date], one.ticket), (-1, -1)), -1) for one in known]
    came = np.array([bool(one.ticket) for one in known], dtype=bool)
    if came.any() and max(leg) < 0:
        ticket = next(one.ticket for one in known if one.ticket)
        raise CalibrationError(f"the log has none of the tickets of the bookings, such as {ticket!r}")
    return Booked(
        np.array([day_of[one.date] for one in known], dtype=np.int64),
        np.array([one.time for one in known], dtype=np.int64),
        came,
        np.array(leg, dtype=np.int64),
    )


def fit_appointments(
    sample: Sample, booked: Booked, days: tuple[int, ...], opens: int, closes: int
) -> Appointments | None:
    """Fit the appointments of one kind of day; None where nobody is booked within its opening hours.

    Parameters
    ----------
    days : its days, numbers of the sample
    opens, closes : microseconds
    """
    here = np.isin(booked.day, days)
    inside = here & (booked.time >= opens) & (booked.time < closes)
    if not inside.any():
        return None
    time = booked.time[inside]
    first = int(time.min())
    every = math.gcd(*(time - first).tolist()) or PIECE
    slots = np.bincount((time - first) // every)
    number = np.array([np.count_nonzero(booked.day[inside] == day) for day in days], dtype=np.float64)
    came = np.array([np.count_nonzero(booked.came[inside & (booked.day == day)]) for day in days], dtype=np.float64)
    late, early, mean, sd = _earliness(sample, booked, inside, opens)
    return Appointments(
        first,
        every,
        tuple(np.diff(np.rint(np.append(0, np.cumsum(slots)) / len(days)).astype(np.int64)).tolist()),
        mean_of_days(number),
        float(number.std(ddof=1) / number.mean()) if len(days) > 1 else 0.0,
        ratio_of_days(came, number) if came.sum() < number.sum() else None,
        late,
        early,
        mean,
        sd,
        int(number.sum()),
        int(np.count_nonzero(booked.came[inside] & (booked.leg[inside] < 0))),
        int(np.count_nonzero(here & ~inside)),
        int(np.count_nonzero(number == 0)),
    )


def _earliness(
    sample: Sample, booked: Booked, inside: Bools, opens: int
) -> tuple[int, tuple[Fitted, ...], Interval, Interval]:
    """Return the lateness of all, the laws of what they are early then, and mean and deviation of the earliness."""
    known = inside & (booked.leg >= 0) & (booked.time >= opens + PIECE)
    early = booked.time[known] - sample.legs.ticket[booked.leg[known]]
    none = Interval(math.nan, math.nan, math.nan)
    if len(early) < FEWEST:
        return 0, (), none, none
    least = int(early.min())
    late = 0 if least > 0 else (-least // US_PER_MINUTE + 1) * US_PER_MINUTE
    found = fit_laws((early + late) / US_PER_SECOND)
    taken = choose(found)
    seconds = early / US_PER_SECOND
    mean, sd, n = float(seconds.mean()), float(seconds.std(ddof=1)), len(seconds)
    off_mean = Z * sd / math.sqrt(n)
    # of a variance whatever the law, by the fourth moment; a deviation's error is that over twice itself
    off_sd = Z * math.sqrt(max(float(((seconds - mean) ** 4).mean()) - sd**4, 0.0) / n) / (2.0 * sd) if sd else 0.0
    return (
        late,
        (taken, *(one for one in found if one is not taken)),
        Interval(mean, mean - off_mean, mean + off_mean),
        Interval(sd, max(sd - off_sd, 0.0), sd + off_sd),
    )
