"""The sample that a hall is fitted to: the legs of a log's days, who served them, and what the clock cuts to.

In: a table of visits, and the days wanted. Out: `Sample`. Days with hardly any customers are left out, and named. Where
the log names who served, staffing is inferred from it (`hallsim.replay.staffing`); where it does not, it has no team.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.forecast import LEAST_SHARE, weekday_of
from hallsim.calibrate.hall.parts import Parts, read_parts
from hallsim.errors import CalibrationError, LogError
from hallsim.model import US_PER_MINUTE, US_PER_SECOND
from hallsim.replay.legs import SERVED, Legs, Names, read_legs
from hallsim.replay.rostered import Differences, Roster, rostered
from hallsim.replay.staffing import StaffingRules, infer_staffing, kinds_of_legs
from hallsim.replay.team import StaffedLog

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sample:
    """Legs by day, times in microseconds.

    Attributes
    ----------
    log : StaffedLog
        Legs, names, kinds and staffing of the days that are used.
    dates : tuple of str
        Of the days, "" where there is none.
    left_out : tuple of str
        Dates that hardly had customers.
    walk : int64[n_legs], microseconds
        From the call to the start of service; -1 where the log does not tell.
    wrap : int64[n_legs], microseconds
        Work after the service that the log tells; 0 where it tells none, -1 for who was not served.
    call_time : int64[n_legs], microseconds
        How long a number was called that nobody answered; -1 elsewhere.
    tick : int
        What the log's clock cuts to: a minute, a second, or 1.
    named : bool
        Whether the log names who served.
    parts : Parts
        The transactions of all services, one after the other.
    covered : frozenset of int
        Days whose duty is that of a roster that names people.
    differences : Differences or None
        How far such a roster and the log are apart.
    """

    log: StaffedLog
    dates: tuple[str, ...]
    left_out: tuple[str, ...]
    walk: I64
    wrap: I64
    call_time: I64
    tick: int
    named: bool
    parts: Parts
    covered: frozenset[int] = frozenset()
    differences: Differences | None = None

    @property
    def legs(self) -> Legs:
        """The legs."""
        return self.log.legs

    @property
    def names(self) -> Names:
        """What their numbers mean."""
        return self.log.names

    @property
    def served(self) -> Bools:
        """Which legs were served."""
        return np.isin(self.legs.outcome, SERVED)

    @property
    def first_legs(self) -> I64:
        """The numbers of the first legs of visits, in the order of days."""
        return np.flatnonzero(self.legs.ticket == self.legs.first_ticket)

    @property
    def left(self) -> I64:
        """When each leg left its line: called, or gone."""
        return np.asarray(np.where(self.served, self.legs.begin, self.legs.end))

    @property
    def service(self) -> I64:
        """How long each service took, walk included; -1 for who was not served."""
        return self.log.staffing.service


def read_sample(
    visits: pd.DataFrame,
    dates: tuple[str, ...] = (),
    rules: StaffingRules | None = None,
    roster: Roster | None = None,
) -> Sample:
    """Read the days of a log; the duty of a roster's people is the roster's.

    Raises
    ------
    LogError
        If times of the log cannot be (see `read_legs`), nobody joined a line, or nobody of the roster serves.
    CalibrationError
        If nobody was served.
    """
    legs, names, _ = read_legs(visits, dates)
    kept = _ordinary(legs, names)
    left_out = tuple(date or f"#{number + 1}" for i, (date, number) in enumerate(names.days) if i not in kept)
    if left_out:
        if not all(date for date, _ in names.days):
            raise LogError("some days of the log have dates and others do not")
        legs, names, _ = read_legs(visits, tuple(names.days[i][0] for i in kept))
    served = np.isin(legs.outcome, SERVED)
    if not served.any():
        raise CalibrationError("nobody in the log was served, so there is no hall to fit")
    kind, kinds = kinds_of_legs(legs, names)
    favoured = ((legs.priority == 0) & (legs.priority.max(initial=-1) > 0)).astype(np.int64)
    staffing, covered, differences = rostered(infer_staffing(legs, names, rules), legs, names, roster or Roster())
    log = StaffedLog(visits, legs, names, kind, kinds, favoured, staffing, {})
    table = visits.iloc[legs.row]
    columns = ("t_call_last", "t_start", "t_end", "t_wrap_end")
    call, start, end, free = (table[c].fillna(-1).to_numpy(dtype=np.int64) for c in columns)
    return Sample(
        log,
        tuple(date for date, _ in names.days),
        left_out,
        walk=np.where(served & (call >= 0) & (start >= call), start - call, -1),
        wrap=np.where(served, np.maximum(free - end, 0), -1),
        call_time=np.where(~served & (call >= 0) & (end >= call), end - call, -1),
        tick=_tick(legs),
        named=bool(names.counters),
        parts=read_parts(visits, legs, names, staffing.service),
        covered=covered,
        differences=differences,
    )


def _ordinary(legs: Legs, names: Names) -> list[int]:
    """Return the days with at least half of the customers that their weekday usually has."""
    n = np.bincount(legs.day, minlength=len(names.days))
    key = [weekday_of(date) if date else -1 for date, _ in names.days]
    usual = {k: float(np.median([x for x, own in zip(n, key, strict=True) if own == k])) for k in set(key)}
    return [i for i in range(len(names.days)) if n[i] >= LEAST_SHARE * usual[key[i]]]


def _tick(legs: Legs) -> int:
    """Return the coarsest of a minute and a second that all tickets and ends are multiples of, else 1."""
    times = np.concatenate([legs.ticket, legs.end, legs.begin[legs.begin >= 0]])
    return next((unit for unit in (US_PER_MINUTE, US_PER_SECOND) if not (times % unit).any()), 1)
