"""A team: what re-enacting other days by their people takes from the days of a log.

In: a `StaffedLog`. Out: `hallsim.replay.team.Team` with skills, services and patience by kind of customer, the time
between services, and the head start of favoured customers; its workload is 1 (`workload` finds it).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.call_order import call_order
from hallsim.calibrate.patience_laws import product_limit_law
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_SECOND
from hallsim.parts.distributions import Deterministic, Empirical, Law
from hallsim.replay.legs import SERVED
from hallsim.replay.staffing import StaffingRules
from hallsim.replay.team import StaffedLog, Team

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

FEWEST = 50
"""Customers of a kind who gave up; with fewer the kind has the patience of all."""
MOST_VALUES = 2000
"""Of an empirical law of services."""


def fit_team(log: StaffedLog, rules: StaffingRules | None = None) -> Team:
    """Fit a team to a log.

    Raises
    ------
    CalibrationError
        If nobody in the log was served.
    """
    legs = log.legs
    served = np.isin(legs.outcome, SERVED)
    if not served.any():
        raise CalibrationError("nobody in the log was served")
    services: dict[str, Law] = {"": sample_law(log.staffing.service[served])}
    wait_s, gave_up = waits_of(log)
    patiences: dict[str, Empirical | None] = {"": _patience(wait_s, gave_up)}
    kind = log.kind[_waited(log)]
    for k, name in enumerate(log.kinds):
        own = log.kind == k
        if (own & served).any():
            services[name] = sample_law(log.staffing.service[own & served])
        if np.count_nonzero(gave_up[kind == k]) >= FEWEST:
            patiences[name] = _patience(wait_s[kind == k], gave_up[kind == k])
    turns, turned = log.staffing.turn_arounds, log.staffing.turned
    return Team(
        skills=log.staffing.skills,
        services=services,
        patiences=patiences,
        turn_around=product_limit_law(turns / US_PER_SECOND, turned) if turned.any() else None,
        head_start=call_order(log).head_start if log.favoured.any() else 0,
        rules=rules or StaffingRules(),
    )


def sample_law(times: I64, most: int = MOST_VALUES) -> Law:
    """Return the empirical law of a sample in microseconds; of a large one, with the means of as many equal parts.

    The mean of the law is that of the sample.

    >>> sample_law(np.array([1, 2, 3, 10]), most=2).values
    (1.5, 6.5)
    """
    in_order = np.sort(times)
    if in_order[0] == in_order[-1]:
        return Deterministic(float(in_order[0]))
    parts = np.array_split(in_order, min(most, len(in_order)))
    sizes = tuple(float(len(part)) for part in parts)
    return Empirical(tuple(float(part.mean()) for part in parts), () if len(set(sizes)) == 1 else sizes)


def waits_of(log: StaffedLog) -> tuple[F64, Bools]:
    """Return the waits in seconds of all who waited at all, and who gave up: what is known of patience."""
    waited = _waited(log)
    return _left(log)[waited] / US_PER_SECOND, ~np.isin(log.legs.outcome[waited], SERVED)


def _left(log: StaffedLog) -> I64:
    """Return how long each leg waited, in microseconds."""
    legs = log.legs
    return np.asarray(np.where(np.isin(legs.outcome, SERVED), legs.begin, legs.end) - legs.ticket)


def _waited(log: StaffedLog) -> Bools:
    return np.asarray(_left(log) > 0)


def _patience(wait_s: F64, gave_up: Bools) -> Empirical | None:
    return product_limit_law(wait_s, gave_up) if len(wait_s) else None
