"""Lines in steady state without abandonment: M/M/n, and M/M/n/K with finite room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.theory.erlang import erlang_c
from hallsim.theory.numbers import check, check_positive, check_servers, check_share

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class ErlangC:
    """M/M/n: Poisson arrivals, exponential services, first come first served, nobody gives up.

    Gross et al. 2008, sec. 2.4. Overloaded (load >= servers): nobody is served in time, waits are infinite.
    """

    arrival_rate: float
    service_rate: float
    servers: int

    def __post_init__(self) -> None:
        check(arrival_rate=self.arrival_rate)
        check_positive(service_rate=self.service_rate)
        check_servers(self.servers)

    @property
    def load(self) -> float:
        """Offered load, erlangs."""
        return self.arrival_rate / self.service_rate

    @property
    def utilisation(self) -> float:
        """Share of time that a server is busy, at most 1."""
        return min(1.0, self.load / self.servers)

    @cached_property
    def p_wait(self) -> float:
        """Share of customers who have to wait."""
        return erlang_c(self.load, self.servers)

    @cached_property
    def p_empty(self) -> float:
        """Share of time that nobody is there."""
        if self.load >= self.servers:
            return 0.0
        if self.load == 0.0:
            return 1.0
        logs = _log_poisson_terms(self.load, self.servers)
        logs[-1] -= math.log1p(-self.load / self.servers)  # all states with n or more
        return float(math.exp(-_log_sum(logs)))

    @property
    def mean_wait(self) -> float:
        """Mean wait of all customers, zeros included."""
        return self.p_wait / self._spare if self._spare > 0.0 else math.inf

    @property
    def mean_time(self) -> float:
        """Mean time from joining to leaving."""
        return self.mean_wait + 1.0 / self.service_rate

    @property
    def mean_queue(self) -> float:
        """Mean number of customers who wait."""
        return self.arrival_rate * self.mean_wait if self.arrival_rate else 0.0

    def within(self, time: float) -> float:
        """Return P(wait <= time): the service level within `time`."""
        check(time=time)
        return 1.0 - self.p_wait * math.exp(-self._spare * time) if self._spare > 0.0 else 0.0

    def wait_percentile(self, p: float) -> float:
        """Return inf{t >= 0: P(wait <= t) >= p}."""
        check_share(p=p)
        if self._spare <= 0.0:
            return math.inf
        return max(0.0, math.log(self.p_wait / (1.0 - p)) / self._spare) if self.p_wait > 0.0 else 0.0

    @property
    def _spare(self) -> float:
        return self.servers * self.service_rate - self.arrival_rate


@dataclass(frozen=True)
class FiniteRoom:
    """M/M/n/K: like `ErlangC`, but who finds K customers inside, those in service included, is turned away.

    Gross et al. 2008, sec. 2.5. Waits are those of the customers who get in.
    """

    arrival_rate: float
    service_rate: float
    servers: int
    room: int

    def __post_init__(self) -> None:
        check_positive(arrival_rate=self.arrival_rate, service_rate=self.service_rate)
        check_servers(self.servers)
        if self.room < self.servers:
            raise UsageError(f"room is {self.room}; it must hold the {self.servers} in service at least")

    @cached_property
    def states(self) -> F64:
        """Share of time with 0, 1, ... K customers inside; float64[K + 1]."""
        load = self.arrival_rate / self.service_rate
        logs = _log_poisson_terms(load, self.servers)
        beyond = logs[-1] + math.log(load / self.servers) * np.arange(1, self.room - self.servers + 1)
        logs = np.concatenate([logs, beyond])
        shares = np.exp(logs - logs.max())
        return np.asarray(shares / shares.sum())

    @property
    def p_blocked(self) -> float:
        """Share of customers turned away."""
        return float(self.states[-1])

    @property
    def p_wait(self) -> float:
        """Share of those who get in that have to wait."""
        return float(self.states[self.servers : -1].sum() / self.states[:-1].sum())

    @property
    def mean_queue(self) -> float:
        """Mean number of customers who wait."""
        waiting = self.states[self.servers :]
        return float((waiting * np.arange(waiting.size)).sum())

    @property
    def mean_wait(self) -> float:
        """Mean wait of those who get in, by Little's law."""
        return self.mean_queue / (self.arrival_rate * float(self.states[:-1].sum()))

    @property
    def utilisation(self) -> float:
        """Share of time that a server is busy."""
        return self.arrival_rate * float(self.states[:-1].sum()) / (self.servers * self.service_rate)

    def within(self, time: float) -> float:
        """Return P(wait <= time) of those who get in."""
        from scipy.special import gammaincc

        check(time=time)
        waiting = self.states[self.servers : -1]
        ahead = np.arange(1, waiting.size + 1)
        over = float((waiting * gammaincc(ahead, self.servers * self.service_rate * time)).sum())
        return 1.0 - over / float(self.states[:-1].sum())


def _log_poisson_terms(load: float, n: int) -> F64:
    """Return log(load^j / j!) for j = 0 ... n."""
    j = np.arange(1, n + 1)
    return np.concatenate([[0.0], np.cumsum(math.log(load) - np.log(j))])


def _log_sum(logs: F64) -> float:
    top = float(logs.max())
    return top + math.log(float(np.exp(logs - top).sum()))
