"""Lines in steady state whose customers give up: M/M/n+M, the Erlang A model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.theory.erlang import erlang_b
from hallsim.theory.numbers import bisect, check, check_positive, check_servers, check_share

F64 = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PANELS = 32
_NEGLIGIBLE = 60.0
"""Integrands below exp(-60) of their largest value are left out: 1e-26."""


@dataclass(frozen=True)
class ErlangA:
    """M/M/n+M: like `ErlangC`, but who waits gives up after an exponential patience.

    With V the wait that a customer of endless patience would have, P(V > 0) and the density of V are

        f(x) = lambda / (E + lambda J) * exp(g(x)),  g(x) = lambda (1 - exp(-theta x)) / theta - n mu x,
        J = integral of exp(g),  E = 1 / ErlangB(lambda / mu, n - 1)

    (Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum 2005, doi:10.1007/s11134-005-3699-8, sec. 5). The integrals
    are taken by Gauss-Legendre rules over the stretch where the log-concave integrand counts.

    Service levels come with the three denominators of rule 5: all who joined, those served, and all less those
    who gave up within the time.
    """

    arrival_rate: float
    service_rate: float
    patience_rate: float
    servers: int

    def __post_init__(self) -> None:
        check_positive(arrival_rate=self.arrival_rate, service_rate=self.service_rate, patience_rate=self.patience_rate)
        check_servers(self.servers)

    @property
    def load(self) -> float:
        """Offered load, erlangs; any, since customers give up."""
        return self.arrival_rate / self.service_rate

    @property
    def utilisation(self) -> float:
        """Share of time that a server is busy."""
        return self.load * (1.0 - self.p_abandon) / self.servers

    @cached_property
    def p_wait(self) -> float:
        """Share of customers who cannot be served at once."""
        return self._share(0.0, math.inf)

    @cached_property
    def p_abandon(self) -> float:
        """Share of customers who give up."""
        return self._share(0.0, math.inf, lambda x: -np.expm1(-self.patience_rate * x))

    @property
    def mean_wait(self) -> float:
        """Mean time in the line of all customers, served or not."""
        return self.p_abandon / self.patience_rate

    @cached_property
    def mean_wait_served(self) -> float:
        """Mean wait of those who are served."""
        theta = self.patience_rate
        return self._share(0.0, math.inf, lambda x: x * np.exp(-theta * x)) / (1.0 - self.p_abandon)

    @property
    def mean_queue(self) -> float:
        """Mean number of customers who wait."""
        return self.arrival_rate * self.mean_wait

    def within(self, time: float) -> float:
        """Return P(time in the line <= time) of all customers, whether it ended in service or not."""
        check(time=time)
        return 1.0 - math.exp(-self.patience_rate * time) * self._share(time, math.inf)

    def wait_percentile(self, p: float) -> float:
        """Return inf{t >= 0: P(time in the line <= t) >= p} of all customers."""
        check_share(p=p)
        if self.within(0.0) >= p:
            return 0.0
        return bisect(lambda t: self.within(t) - p, 0.0, -math.log1p(-p) / self.patience_rate)

    def served_within(self, time: float) -> float:
        """Return the share of all customers who are served after at most `time`."""
        check(time=time)
        return 1.0 - self.p_wait + self._share(0.0, time, lambda x: np.exp(-self.patience_rate * x))

    def gave_up_within(self, time: float) -> float:
        """Return the share of all customers who give up after at most `time`."""
        check(time=time)
        # of those who would wait longer than `time`, and of those who would have been served by then
        early = self._share(0.0, time, lambda x: -np.expm1(-self.patience_rate * x))
        return early - math.expm1(-self.patience_rate * time) * self._share(time, math.inf)

    def service_level(self, time: float, among: str = "joined") -> float:
        """Return the service level within `time`.

        Parameters
        ----------
        among : {"joined", "served", "patient"}
            The denominator: all who joined, those served, or all less those who gave up within `time`.
        """
        served = self.served_within(time)
        if among == "joined":
            return served
        if among == "served":
            return served / (1.0 - self.p_abandon)
        if among == "patient":
            return served / (1.0 - self.gave_up_within(time))
        raise UsageError(f"{among!r} is not a denominator of the service level; known: joined, served, patient")

    # the integrals: all are of factor(x) exp(g(x) - top), so that nothing overflows

    def _g(self, x: F64) -> F64:
        theta = self.patience_rate
        return np.asarray(self.arrival_rate * -np.expm1(-theta * x) / theta - self.servers * self.service_rate * x)

    @cached_property
    def _peak(self) -> float:
        """Where g is largest."""
        return max(0.0, math.log(self.load / self.servers)) / self.patience_rate

    @cached_property
    def _top(self) -> float:
        return float(self._g(np.array(self._peak)))

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """From where to where the integrand is not negligible."""

        def negligible(x: float) -> bool:
            return float(self._g(np.array(x))) <= self._top - _NEGLIGIBLE

        step = 1.0 / (self.servers * self.service_rate)
        low = high = self._peak
        reach = step
        while low > 0.0 and not negligible(low):
            low, reach = max(0.0, self._peak - reach), 2.0 * reach
        while not negligible(high):
            high, step = self._peak + step, 2.0 * step
        return low, high

    def _integral(self, low: float, high: float, factor: Callable[[F64], F64] | None) -> float:
        low, high = max(low, self._ends[0]), min(high, self._ends[1])
        if high <= low:
            return 0.0
        ends = [low, *([self._peak] if low < self._peak < high else []), high]
        edges = np.unique(np.concatenate([np.linspace(a, b, _PANELS + 1) for a, b in pairwise(ends)]))
        half = np.diff(edges)[:, None] / 2.0
        x = edges[:-1, None] + half * (1.0 + _NODES)
        values = np.exp(self._g(x) - self._top)
        if factor is not None:
            values *= factor(x)
        return float((values * _WEIGHTS * half).sum())

    @cached_property
    def _total(self) -> float:
        """E + lambda J, times exp(-top)."""
        idle = math.exp(-self._top) / erlang_b(self.load, self.servers - 1)
        return idle + self.arrival_rate * self._integral(0.0, math.inf, None)

    def _share(self, low: float, high: float, factor: Callable[[F64], F64] | None = None) -> float:
        """Return the integral of factor(x) f(x) from low to high."""
        if self._no_wait:
            return 0.0
        return self.arrival_rate * self._integral(low, high, factor) / self._total

    @cached_property
    def _no_wait(self) -> bool:
        return erlang_b(self.load, self.servers - 1) == 0.0
