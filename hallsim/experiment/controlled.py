"""Comparisons sharpened by how busy their days happened to be: control variates whose means are known exactly.

In: the days of the base hall, and the days of a figure in two halls. Out: `Controlled`: the same difference as in
`hallsim.experiment.paired`, estimated from the same days with less noise.

Pairing cancels what the same customers do to both halls alike. A busy day however lengthens the longer waits more, so
that the difference itself is larger on it. Two things that make a day busy have a mean that the scenario gives exactly,
whatever the hall does with its customers:

- the number who come, of Poisson sources, less its mean;
- the time that the services of a station took, less what the law gives to as many: how long a service takes is drawn
  independently of everything that led to its call, so that this has the mean 0 (a martingale, as in Wald's identity).

Times that are rounded to a resolution have other means than their laws, and a service that always takes the same is no
control: what rounding to microseconds leaves of it would be taken for one, many standard deviations away from 0.

The residuals e_i of the difference (`paired`) are regressed on these controls c_i; the regression at c = 0 is the
difference of a day that is as busy as the scenario says. With q controls the error is that of the regression's
constant, with n - q - 1 degrees of freedom (Lavenberg and Welch 1981, doi:10.1287/mnsc.27.3.322; Nelson 1990,
doi:10.1287/opre.38.6.974). It is exact where everything is normal; docs/statistics.md has its coverage where it is not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.paired import Paired, residuals
from hallsim.experiment.results import Key
from hallsim.kpis.layout import LONGEST_DAY
from hallsim.model import US_PER_HOUR, Model, Station
from hallsim.stats import t_quantile

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

LEAST_DAYS = 30
"""Days for each control: with fewer the regression is not worth its error."""
VISITS = "visits"
_LEAST_CV = 1e-6
"""Services that differ by less are all the same but for rounding to microseconds."""


class Controlled(NamedTuple):
    """A difference with its controls.

    Attributes
    ----------
    difference, variance : float
    degrees : int
        Of freedom.
    variance_ratio : float
        How many times the days would be needed with customers of their own for each hall and no controls.
    """

    difference: float
    variance: float
    degrees: int
    variance_ratio: float

    def over(self, unit: float) -> Controlled:
        """Return it in another unit."""
        return self._replace(difference=self.difference / unit, variance=self.variance / unit**2)

    def as_dict(self, low: float, high: float) -> dict[str, float]:
        """Return it for JSON, with the ends of an interval that is corrected for several."""
        return {
            "difference_controlled": self.difference,
            "low_controlled": low,
            "high_controlled": high,
            "variance_ratio_controlled": self.variance_ratio,
        }

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of its interval."""
        half = t_quantile(0.5 + confidence / 2.0, self.degrees) * math.sqrt(self.variance)
        return self.difference - half, self.difference + half


def keys_of(model: Model) -> list[Key]:
    """Return what `run` watches of the base hall for its controls: services by station, and who comes by hour."""
    services: list[Key] = [("mean_service", "station", name, None) for name in _mean_services(model)]
    hours = len(_mean_arrivals(model))
    return [*services, *((VISITS, "hall", None, None, i if hours > 1 else -1) for i in range(hours))]


def controls_of(model: Model, watched: I64) -> F64:
    """Return the controls of each day of a hall, each with a mean of 0.

    Who comes is one control for each hour; where there are too few days for so many, one for the day.

    Parameters
    ----------
    model : Model
    watched : int64[n_days, k, 2]
        Of `keys_of`.

    Returns
    -------
    float64[n_days, q]
    """
    means, arrivals = np.array(list(_mean_services(model).values())), _mean_arrivals(model)
    q = len(means)
    services = watched[:, :q, 0] - means * watched[:, :q, 1]
    come = watched[:, q:, 0] - arrivals
    if len(watched) < LEAST_DAYS * (q + len(arrivals)):
        come = come.sum(axis=1, keepdims=True)
    found = np.concatenate([services, come], axis=1)
    return np.asarray(found[:, found.any(axis=0)])


def _mean_arrivals(model: Model) -> F64:
    """Return how many come in each hour on average, where that is known exactly; empty else."""
    rounded = model.resolution > 1
    poisson = all(source.kind == "poisson" for source in model.sources)
    if model.steady or model.days or model.catchment or rounded or not poisson:
        return np.zeros(0)
    from hallsim.scenario.cross_checks import arrivals_in

    hours = [(model.open, model.close)]
    if model.close - model.open <= LONGEST_DAY:
        first = model.open // US_PER_HOUR * US_PER_HOUR
        starts = range(first, model.close, US_PER_HOUR)
        hours = [(max(t, model.open), min(t + US_PER_HOUR, model.close)) for t in starts]
    return np.array([sum(arrivals_in(source, model, *hour).sum() for source in model.sources) for hour in hours])


def _mean_services(model: Model) -> dict[str, float]:
    """Return the mean service of stations, microseconds, where it is known exactly.

    That is where all customers are served by the same law, by servers who are alike, nothing else is part of the time
    from the call to the end, and services differ at all.
    """
    given = any(source.table_services for source in model.sources)
    if model.steady or model.days or model.policies or model.follow_ons or given or model.resolution > 1:
        return {}
    from hallsim.scenario.flows import Flows

    helped = {i for station in model.stations for i in station.helps}
    comes = Flows(model).expected(np.ones(len(model.types))) > 0.0
    found: dict[str, float] = {}
    for i, station in enumerate(model.stations):
        counts = [kind.count if station.per_transaction else 1 for kind in model.types]
        times = [law.mean * n for law, n in zip(station.service, counts, strict=True)]
        means = {time for time, there in zip(times, comes[:, i].tolist(), strict=True) if there}
        varies = any(
            law.cv > _LEAST_CV for law, there in zip(station.service, comes[:, i].tolist(), strict=True) if there
        )
        if len(means) == 1 and varies and i not in helped and _plain(station):
            found[station.name] = means.pop()
    return found


def _plain(station: Station) -> bool:
    """Tell whether a service at a station takes what its law draws, and nothing else."""
    more = (station.pools, any(station.walk), station.helps, station.experience, station.preparation, station.calls)
    broken_off = station.preempts or station.breakdowns or station.outages or station.shift_end == "preemptive"
    alike = all(
        s.time_factor == 1.0 and not s.type_factors and s.novice is None and s.fatigue is None for s in station.servers
    )
    return alike and not any(more) and not broken_off and not station.delay


def controlled(a: I64 | F64, b: I64 | F64, controls: F64, pair: Paired) -> Controlled | None:
    """Return a difference with its controls; None without any, with too few days for them, or without noise.

    Parameters
    ----------
    a, b : int64 or float64[n, 2]
        As in `paired`, of which `pair` is the answer.
    controls : float64[n, q]
        Of a mean of 0.
    """
    n, q = controls.shape
    if q == 0 or n < LEAST_DAYS * q or not pair.variance > 0.0:
        return None
    e_a, e_b = residuals(a, pair.base), residuals(b, pair.value)
    x = np.column_stack([np.ones(n), controls / controls.std(axis=0)])
    coefficients, _, rank, _ = np.linalg.lstsq(x, e_b - e_a, rcond=None)
    if rank < q + 1:
        return None
    rest = e_b - e_a - x @ coefficients
    degrees = n - q - 1
    variance = float(rest @ rest) / degrees * float(np.linalg.inv(x.T @ x)[0, 0])
    ratio = pair.variance_apart / variance if variance > 0.0 else math.nan
    return Controlled(pair.difference + float(coefficients[0]), variance, degrees, ratio)
