"""How many servers: square-root rules, and the smallest or cheapest number by any formula."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from hallsim.errors import UsageError
from hallsim.theory.numbers import MOST_SERVERS, bisect, check, check_share


def square_root_beta(p_wait: float, patience_ratio: float = 0.0) -> float:
    """Return beta at which staffing load + beta sqrt(load) makes about this share of customers wait.

    Without abandonment P(wait) = 1 / (1 + beta Phi(beta) / phi(beta)) (Halfin and Whitt 1981,
    doi:10.1287/opre.29.3.567); with it 1 / (1 + sqrt(r) h(beta / sqrt(r)) / h(-beta)), h the hazard rate of the
    normal law and r = patience_ratio (Garnett, Mandelbaum and Reiman 2002, doi:10.1287/msom.4.3.208.7753).

    Parameters
    ----------
    p_wait : float inside (0, 1)
    patience_ratio : float
        Patience rate over service rate (theta / mu); 0: nobody gives up.
    """
    check_share(p_wait=p_wait)
    check(patience_ratio=patience_ratio)
    root = math.sqrt(patience_ratio)

    def too_many(beta: float) -> float:
        others = root * _hazard(beta / root) if root else beta
        return p_wait - 1.0 / (1.0 + others / _hazard(-beta))

    low, high = (-1.0, 1.0) if root else (0.0, 1.0)
    while too_many(high) < 0.0:
        high *= 2.0
    while root and too_many(low) > 0.0:
        low *= 2.0
    return bisect(too_many, low, high)


def square_root_staffing(load: float, beta: float) -> int:
    """Return ceil(load + beta sqrt(load)), at least 1.

    >>> square_root_staffing(100.0, 1.0615)
    111
    """
    check(load=load)
    return max(1, math.ceil(load + beta * math.sqrt(load)))


def fewest_servers(enough: Callable[[int], bool], guess: int = 1) -> int:
    """Return the smallest number of servers, from 1, that is enough.

    Parameters
    ----------
    enough : callable
        n -> bool, from False to True as n grows: `lambda n: ErlangC(lam, mu, n).within(5.0) >= 0.8`.
    guess : int
        Where to look first, such as the offered load; it changes the work, not the result.

    Raises
    ------
    UsageError
        If a million are not enough.
    """
    low, high, step = 0, min(max(1, guess), MOST_SERVERS), 1
    while not enough(high):
        if high == MOST_SERVERS:
            raise UsageError(f"not even {MOST_SERVERS} servers are enough")
        low, high, step = high, min(high + step, MOST_SERVERS), 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


class Cheapest(NamedTuple):
    """The number of servers with the lowest cost, and that cost."""

    servers: int
    cost: float


def cheapest_servers(cost: Callable[[int], float], guess: int = 1) -> Cheapest:
    """Return the number of servers, from 1, with the lowest cost; the lower one of a tie.

    Parameters
    ----------
    cost : callable
        n -> cost, falling and then rising (infinite where a system is overloaded), as for M/M/n with linear costs
        (Dyer and Proll 1977, doi:10.1287/mnsc.23.9.1019).
    guess : int
        Where to look first.

    Raises
    ------
    UsageError
        If the cost is infinite up to a million servers.
    """
    n = fewest_servers(lambda k: math.isfinite(cost(k)), guess)
    best = cost(n)
    while (after := cost(n + 1)) < best:
        n, best = n + 1, after
    return Cheapest(n, best)


def _hazard(x: float) -> float:
    """Return phi(x) / (1 - Phi(x)) of the normal law."""
    if x > 25.0:  # the asymptotic series of the Mills ratio, to 1e-11
        y = 1.0 / (x * x)
        return x / (1.0 - y * (1.0 - y * (3.0 - y * (15.0 - 105.0 * y))))
    return math.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi) / (0.5 * math.erfc(x / math.sqrt(2.0)))
