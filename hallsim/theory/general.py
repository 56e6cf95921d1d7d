"""Mean waits with services and arrivals of any law: exact for M/G/1, else approximations and bounds, named as such."""

from __future__ import annotations

import math

from hallsim.theory.delay import ErlangC
from hallsim.theory.numbers import check, check_positive


def pollaczek_khinchine(arrival_rate: float, mean_service: float, cv_service: float) -> float:
    """Return the exact mean wait of M/G/1; infinite if overloaded.

    lambda E[S^2] / (2 (1 - rho)) (Gross et al. 2008, eq. 5.11; Pollaczek 1930, Khinchine 1932).
    """
    check(arrival_rate=arrival_rate, mean_service=mean_service, cv_service=cv_service)
    rho = arrival_rate * mean_service
    return rho / (1.0 - rho) * mean_service * (1.0 + cv_service**2) / 2.0 if rho < 1.0 else math.inf


def allen_cunneen(
    arrival_rate: float, mean_service: float, servers: int, cv_arrival: float = 1.0, cv_service: float = 1.0
) -> float:
    """Return the Allen-Cunneen approximation of the mean wait of G/G/n: that of M/M/n times (ca^2 + cs^2) / 2.

    Exact for M/M/n and M/G/1. With other interarrival times or several servers it is an approximation, off by
    some per cent when busy and by much more in light traffic (Allen 1990, "Probability, Statistics, and Queueing
    Theory", 2nd ed., sec. 5.2.3). For one server it is Kingman's formula.
    """
    check(cv_arrival=cv_arrival, cv_service=cv_service)
    check_positive(mean_service=mean_service)
    return ErlangC(arrival_rate, 1.0 / mean_service, servers).mean_wait * (cv_arrival**2 + cv_service**2) / 2.0


def kingman_bound(arrival_rate: float, mean_service: float, cv_arrival: float, cv_service: float) -> float:
    """Return Kingman's upper bound of the mean wait of GI/G/1: lambda (var A + var S) / (2 (1 - rho)).

    Kingman 1962, "Some inequalities for the queue GI/G/1", Biometrika 49, 315-324. Infinite if overloaded.
    """
    check_positive(arrival_rate=arrival_rate)
    check(mean_service=mean_service, cv_arrival=cv_arrival, cv_service=cv_service)
    rho = arrival_rate * mean_service
    if rho >= 1.0:
        return math.inf
    variances = (cv_arrival / arrival_rate) ** 2 + (cv_service * mean_service) ** 2
    return arrival_rate * variances / (2.0 * (1.0 - rho))
