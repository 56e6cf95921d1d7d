"""The sums that figures of money are made of, from the sums of everything else.

In: a model's costs, and aggregated sums of some replications. Out: a row for each of `base.MONEY_STATS`: amounts in
millionths of the scenario's money, times in microseconds, counts. Each amount is rounded once, by replication and
kind, so that they are whole numbers and sum without rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import F64, I64
from hallsim.kpis.base import (
    JOINED,
    MONEY_STATS,
    N_STAY,
    N_VISIT,
    OVERTIME,
    PAID,
    STAY_STATS,
    TRANSACTIONS,
    VISIT_STATS,
    WAIT_CALLED,
    WAIT_GIVEN_UP,
)
from hallsim.kpis.features import costs_of
from hallsim.kpis.items import Item
from hallsim.model import US_PER_HOUR, Churn, Costs, Model

MILLION = 1_000_000.0
_DIVERTED = VISIT_STATS.index("diverted")
_LOST = tuple(VISIT_STATS.index(name) for name in ("gave_up", "balked", "closed_out"))
_FINISHED = tuple(STAY_STATS.index(name) for name in ("served", "transferred"))
_BY_CLERK, _SOLD = STAY_STATS.index("prepared_done"), STAY_STATS.index("cross_sold")


class Sums(NamedTuple):
    """Sums of whole days, of a hall or of one hall of a network; the last axis is the replication.

    counters : int64[cell, n]; of stays at the counters
    stays : int64[station, cell, n]
    servers : int64[station, N_SERVER, n]
    paid : int64[station, hour, n]; paid time inside the opening hours, by hour
    hours : the beginning of each of these hours, microseconds
    visits : int64[type, N_VISIT, n]
    exits : int64[type, exit, n]; visits by the way out
    thresholds : int64[k]; that a cell counts waits within
    """

    counters: I64
    stays: I64
    servers: I64
    paid: I64
    hours: tuple[int, ...]
    visits: I64
    exits: I64
    thresholds: I64

    def of_branch(self, own: range, counters: I64, visits: I64, exits: I64) -> Sums:
        """Return the sums of the hall with the stations `own`, whose counters, visits and ways out are given."""
        here = np.zeros(len(self.stays), dtype=np.int64)
        here[own.start : own.stop] = 1
        stays, servers, paid = (part * here[:, None, None] for part in (self.stays, self.servers, self.paid))
        return self._replace(counters=counters, stays=stays, servers=servers, paid=paid, visits=visits, exits=exits)


def money_items(model: Model) -> Iterator[Item]:
    """Yield what money is counted for: the hall, or all halls of a network and each; members are halls."""
    n = len(costs_of(model))
    if n:
        yield Item("hall", model.name, model.label, tuple(range(n)))
        for b, branch in enumerate(model.network.branches if model.network else ()):
            yield Item("branch", branch.name, branch.label, (b,))


def area_of(model: Model, halls: tuple[int, ...]) -> int:
    """Return the floor area of some halls, in hundredths of a square metre; 0 if it is not said of all."""
    areas = [costs_of(model)[b].area for b in halls]
    return round(100 * sum(areas)) if all(areas) else 0


def fill_accounts(model: Model, whole: Sums, counters: Sequence[I64], by_branch: I64, into: I64) -> None:
    """Write the stats of money int64[item, len(MONEY_STATS), n]: of a hall, or of a network and each of its halls.

    Parameters
    ----------
    whole : Sums
        Of everything.
    counters : sequence of int64[cell, n]
        Of stays at the counters of each hall of a network.
    by_branch : int64[branch, type, N_VISIT + exit, n]
        Visits and ways out of each.
    """
    if model.network is None:
        (costs,) = costs_of(model)
        into[0] = accounts(model, costs, whole)
        return
    for b, (branch, costs) in enumerate(zip(model.network.branches, costs_of(model), strict=True)):
        visits, exits = by_branch[b, :, :N_VISIT], by_branch[b, :, N_VISIT:]
        own = whole.of_branch(range(branch.first, branch.beyond), counters[b], visits, exits)
        into[1 + b] = accounts(model, costs, own)
    into[0] = into[1:].sum(axis=0)


def accounts(model: Model, costs: Costs, x: Sums) -> I64:
    """Return the stats of money, int64[len(MONEY_STATS), n], of a hall, or of one hall of a network."""
    found = _of_business(model, costs, x) | _of_time(model, costs, x)
    found["cost_rent"] = _money(costs.rent, np.ones(x.exits.shape[2]))
    paid = ("cost_wages", "cost_rent", "cost_equipment", "cost_channels")
    found["cost"] = np.sum([found[name] for name in paid], axis=0)
    return np.stack([found[name] for name in MONEY_STATS])


def _of_time(model: Model, costs: Costs, x: Sums) -> dict[str, I64]:
    """Return what goes by time: wages, machines, waiting."""
    hours = _paid_at_wage(costs, x) + (costs.overtime - 1.0) * x.servers[:, OVERTIME]
    staff = np.array([s.role not in ("kiosk", "experience") and not s.outside for s in model.stations])
    counter = np.array([s.role == "counter" for s in model.stations])
    number = np.array([len(s.servers) for s in model.stations])
    waited = (x.stays[:, WAIT_CALLED] + x.stays[:, WAIT_GIVEN_UP]).sum(axis=0)
    return {
        "cost_wages": _money(np.array(costs.wage)[:, None] / US_PER_HOUR, hours).sum(axis=0),
        "cost_equipment": _money(float(np.array(costs.equipment) @ number), np.ones(x.exits.shape[2])),
        "cost_waiting": _money(costs.waiting / US_PER_HOUR, waited),
        "counter_time": x.servers[counter, PAID].sum(axis=0),
        "staff_time": x.servers[staff, PAID].sum(axis=0),
    }


def _paid_at_wage(costs: Costs, x: Sums) -> F64:
    """Return paid time float64[station, n], as much longer as its hours cost more; after closing as in the last one."""
    paid = x.servers[:, PAID].astype(np.float64)
    if not costs.wage_factors or not x.hours:
        return paid
    factors = np.array([costs.wage_factor(start) for start in x.hours])
    later = factors[-1] * (paid - x.paid.sum(axis=1))
    return np.asarray((factors[:, None] * x.paid).sum(axis=1) + later)


def _of_business(model: Model, costs: Costs, x: Sums) -> dict[str, I64]:
    """Return what goes by customers and transactions."""
    numbers = np.array([kind.count for kind in model.types])
    done = x.visits[:, TRANSACTIONS]
    by_channel = (x.exits * numbers[:, None, None]).sum(axis=0)
    worth = np.array([costs.sale[kind.transaction] for kind in model.types])
    paper, avoidable = (np.array([getattr(c, name) for c in costs.channels]) for name in ("paper", "avoidable"))
    hall_done, lost = done.sum(axis=0), x.visits[:, list(_LOST)].sum(axis=(0, 1))
    kiosk = np.array([s.role == "kiosk" for s in model.stations])
    by_clerk = x.counters[_BY_CLERK]
    sold, diverted = x.stays[:, _SOLD].sum(axis=0), x.visits[:, _DIVERTED].sum(axis=0)
    return {
        "cost_channels": _money(1.0, avoidable @ by_channel),
        "cost_lost": _money(costs.lost, lost),
        "cost_churn": _churn(costs.churn, x, lost),
        "sales_value": _money(1.0, worth @ done + costs.cross_sale * sold),
        "paper_cost": _money(1.0, costs.hall.paper * hall_done + paper @ by_channel),
        "avoidable_cost": _money(1.0, costs.hall.avoidable * hall_done + avoidable @ by_channel),
        "hall_done": hall_done,
        "at_counters": x.counters[list(_FINISHED)].sum(axis=0) - by_clerk,
        "at_others": x.stays[kiosk][:, list(_FINISHED)].sum(axis=(0, 1)) + by_clerk + diverted,
    }


def _churn(churn: Churn | None, x: Sums, lost: I64) -> I64:
    if churn is None:
        return np.zeros_like(lost)
    leave = churn.lost * lost
    if churn.over >= 0:
        n, k = len(x.thresholds), int(np.searchsorted(x.thresholds, churn.over))
        within = sum(x.counters[N_STAY + i * n + k] for i in range(3))  # called, left or closed out by then
        leave = leave + churn.waited * (x.counters[JOINED] - within)
    return _money(churn.value, leave)


def _money(rate: float | F64, amount: NDArray[Any]) -> I64:
    return np.rint(MILLION * rate * amount).astype(np.int64)
