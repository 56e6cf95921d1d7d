"""Hidden parameters of a hall, fitted: from a request and days that were seen to values in the scenario's units.

In: `Request`, and a log's visits or counted days. Out: `HiddenFit`, which `words` shows and `scenario` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.day import CountedDay
from hallsim.calibrate.hidden.file import Request
from hallsim.calibrate.hidden.moments import Found, fit_moments
from hallsim.calibrate.hidden.parameters import Parameter, with_values
from hallsim.calibrate.hidden.posterior import Posterior, fit_posterior
from hallsim.calibrate.hidden.stays import stays_of_logs, stays_of_visits
from hallsim.calibrate.hidden.targets import Cell, Sums, cells_of, kept, sums_of_counts, sums_of_stays
from hallsim.calibrate.periods import read_periods
from hallsim.experiment.run import replicate
from hallsim.replay.legs import dates_of
from hallsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Seen:
    """Days that were seen: their dates, and the sums of the cells that have enough customers."""

    dates: tuple[str, ...]
    cells: tuple[Cell, ...]
    chosen: NDArray[np.bool_]
    sums: Sums


@dataclass(frozen=True, eq=False)
class HiddenFit:
    """What was found for a request, by simulated moments or by Bayes, in shares of the ranges."""

    request: Request
    seen: Seen
    found: Found | Posterior

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What was sought."""
        return self.request.parameters

    @property
    def values(self) -> list[float]:
        """The parameters in their own units, to five digits; medians of a posterior."""
        found = self.found
        shares = (found.quantile(0.5) if isinstance(found, Posterior) else found.value).tolist()
        return [float(f"{one.of_share(x):.5g}") for one, x in zip(self.parameters, shares, strict=True)]

    @property
    def half_widths(self) -> list[float]:
        """Half-widths of their 95 % intervals, in the same units."""
        return [
            (one.high - one.low) * h for one, h in zip(self.parameters, self.found.half_width.tolist(), strict=True)
        ]

    @property
    def scenario(self) -> Scenario:
        """The hall with what was found."""
        return with_values(self.request.base, self.parameters, self.values)


def seen_in_log(request: Request, visits: pd.DataFrame) -> Seen:
    """Return what the days asked for have in a log.

    Raises
    ------
    UsageError
        If the log has no such day, or names that the scenario does not know.
    CalibrationError
        If no target has enough customers.
    """
    dates = dates_of(visits)
    if request.fit:
        dates = sorted({date for period in read_periods(request.fit, dates) for date in period.dates})
    model = request.base.model
    return _seen(request, dates, sums_of_stays(stays_of_visits(model, visits, dates), request.targets, model))


def seen_in_counts(request: Request, days: Sequence[CountedDay]) -> Seen:
    """Return what the days asked for have in counts; errors as `seen_in_log`."""
    dates = sorted({day.date for day in days})
    if request.fit:
        dates = sorted({date for period in read_periods(request.fit, dates) for date in period.dates})
    own = [day for day in days if day.date in dates]
    return _seen(request, dates, sums_of_counts(own, request.targets, request.base.model))


def simulated(request: Request, seen: Seen, values: Sequence[float], days: int, seed: int, first: int = 0) -> Sums:
    """Return the sums of simulated days with values of the parameters."""
    model = with_values(request.base, request.parameters, values).model
    stays = stays_of_logs(model, replicate(model, days, seed, first=first))
    return sums_of_stays(stays, request.targets, model).of(seen.chosen)


def fit_hidden(request: Request, seen: Seen, progress: Callable[[str], object] | None = None) -> HiddenFit:
    """Find the parameters by simulated moments.

    Raises
    ------
    CalibrationError
        If there are too few days or targets.
    """
    done = 0

    def simulate(x: F64) -> Sums:
        nonlocal done
        done += 1
        if progress and done % 10 == 0:
            progress(f"{done} trials")
        values = [one.of_share(share) for one, share in zip(request.parameters, x.tolist(), strict=True)]
        return simulated(request, seen, values, request.days, request.seed)

    return HiddenFit(request, seen, fit_moments(seen.sums, simulate, len(request.parameters), request.seed))


def fit_by_bayes(request: Request, seen: Seen, progress: Callable[[str], object] | None = None) -> HiddenFit:
    """Find what the days leave likely of the parameters, if any value of their ranges was as likely before.

    Raises
    ------
    CalibrationError
        If there are too few draws, or no target changes.
    """

    def simulate(x: F64, draw: int) -> Sums:
        if progress and draw and draw % 100 == 0:
            progress(f"{draw} of {request.draws} draws")
        values = [one.of_share(share) for one, share in zip(request.parameters, x.tolist(), strict=True)]
        days = seen.sums.n_days
        return simulated(request, seen, values, days, request.seed, draw * days)

    found = fit_posterior(seen.sums, simulate, len(request.parameters), request.draws, request.seed)
    return HiddenFit(request, seen, found)


def _seen(request: Request, dates: Sequence[str], sums: Sums) -> Seen:
    cells = cells_of(request.targets, request.base.model)
    chosen = kept(sums, cells)
    return Seen(
        tuple(dates), tuple(cell for cell, own in zip(cells, chosen, strict=True) if own), chosen, sums.of(chosen)
    )
