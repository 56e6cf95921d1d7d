"""Services of a hall: by which customers they are told apart, the law of each, who is faster, what is around them.

In: a `Sample`. Out: `Services` of every station. Customers are told apart by transaction, by class, by both or not at
all: the split with the lowest Bayesian criterion of lognormal laws. A server's speed is what his services should have
taken over what they took, the mean of all servers being 1; speeds are believed where they differ by more than chance
explains. Where the scenario has the servers by name, laws are those of a server of speed 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.figure import Interval, Z
from hallsim.calibrate.hall.laws import Fitted, choose, fit_laws
from hallsim.calibrate.hall.sample import Sample
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_MINUTE, US_PER_SECOND
from hallsim.stats import t_quantile

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST = 30
"""Services of a kind; rarer kinds have one law together."""
SURE = 0.01
"""Level of the test that servers differ."""
LEAST_TURNS = 30
LEAST_TURN_S = 1.0
"""A mean turn-around that is worth a law."""


@dataclass(frozen=True, slots=True)
class Services:
    """Services at one station.

    Attributes
    ----------
    by : tuple of str
        Columns that tell customers apart: of "ticket_class" and "transaction".
    laws : dict
        Their values -> candidates, the one taken first; () stands for all others.
    speeds : dict
        Server -> factor; empty where none can be told.
    speeds_differ : bool
        Whether they do by more than chance.
    by_name : bool
        Whether laws are those of a server of speed 1, and the scenario has servers by name.
    walk, wrap_up : Fitted or None
        Time from the call to the start of service, and after it; None: hardly any, or servers go on with customers,
        which a scenario does not take beside it: then the walk is part of the services, and the work after them is left
        to the workload.
    zeros : int
        Services without any length, which are left out.
    """

    by: tuple[str, ...]
    laws: dict[tuple[int, ...], list[Fitted]]
    speeds: dict[int, tuple[Interval, int]]
    speeds_differ: bool
    by_name: bool
    walk: Fitted | None
    wrap_up: tuple[float, Fitted] | None
    zeros: int


def fit_services(sample: Sample, station: int, seed: int = 1, by_name: bool = False) -> Services:
    """Fit the services of one station; `by_name` says that the scenario has its servers, with their speeds.

    Raises
    ------
    CalibrationError
        If there are none.
    """
    legs, parts = sample.legs, sample.parts.of(sample.legs.station == station)
    going_on = bool(parts.goes_on.any())
    walk = None if going_on else _walk(sample, (legs.station == station) & (sample.service > 0))
    time = parts.time - (np.maximum(sample.walk, 0)[parts.leg] if walk else 0)
    here = parts.time > 0
    zeros = int(np.count_nonzero(~here))
    time_s = _unrounded(np.maximum(time, 0)[here] / US_PER_SECOND, sample.tick, seed)
    keep = time_s > 0
    if not keep.any():
        raise CalibrationError(f"no service at {sample.names.stations[station]} took any time")
    rows, time_s = parts.leg[here][keep], time_s[keep]
    by, group = _split(sample, rows, parts.transaction[here][keep], time_s)
    speeds, differ = _speeds(legs.counter[rows], group, time_s)
    if by_name and differ:
        time_s = time_s * np.array([speeds[s][0].value if s in speeds else 1.0 for s in legs.counter[rows].tolist()])
    laws = {}
    known = [g for g in np.unique(group, axis=0).tolist() if np.count_nonzero((group == g).all(axis=1)) >= FEWEST]
    rare = np.ones(len(time_s), dtype=bool)
    for g in known:
        own = (group == g).all(axis=1)
        rare &= ~own
        laws[tuple(g)] = _candidates(time_s[own])
    if rare.any() or not laws:
        laws[()] = _candidates(time_s[rare] if np.count_nonzero(rare) >= FEWEST else time_s)
    return Services(
        by, laws, speeds, differ, by_name and differ, walk, None if going_on else _wrap_up(sample, station), zeros
    )


def _candidates(time_s: F64) -> list[Fitted]:
    found = fit_laws(time_s)
    taken = choose(found)
    return [taken, *(fit for fit in found if fit is not taken)]


def _unrounded(time_s: F64, tick: int, seed: int) -> F64:
    """Return durations between clock times cut to a minute, with what was cut off put back by chance."""
    if tick < US_PER_MINUTE:
        return time_s
    u = np.random.default_rng(seed).random((2, len(time_s)))
    return np.asarray(np.abs(time_s + (u[0] - u[1]) * tick / US_PER_SECOND))


def _split(sample: Sample, rows: I64, transaction: I64, time_s: F64) -> tuple[tuple[str, ...], I64]:
    """Return by which columns services are told apart, and the values of these for each."""
    legs, n = sample.legs, len(rows)
    columns = {"ticket_class": legs.ticket_class[rows], "transaction": transaction}
    logs = np.log(time_s)
    best: tuple[float, tuple[str, ...], I64] | None = None
    for by in ((), ("transaction",), ("ticket_class",), ("ticket_class", "transaction")):
        values = np.stack([columns[c] for c in by], axis=1) if by else np.zeros((n, 0), dtype=np.int64)
        _, group, size = np.unique(values, axis=0, return_inverse=True, return_counts=True)
        group = np.where(size[group.reshape(-1)] >= FEWEST, group.reshape(-1), -1)
        cost = 0.0
        for g in np.unique(group).tolist():
            own = logs[group == g]
            cost += len(own) * math.log(max(float(own.var()), 1e-9)) + 2.0 * math.log(max(n, 2))
        if best is None or cost < best[0] - 1e-9:
            best = (cost, by, values)
    assert best is not None
    return best[1], best[2]


def _speeds(server: I64, group: I64, time_s: F64) -> tuple[dict[int, tuple[Interval, int]], bool]:
    """Return the speed of each server with enough services, and whether speeds differ."""
    named = [s for s in np.unique(server[server >= 0]).tolist() if np.count_nonzero(server == s) >= FEWEST]
    if len(named) < 2:
        return {}, False
    _, kind = np.unique(group, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    speed = dict.fromkeys(named, 1.0)
    expected = np.ones_like(time_s)
    for _ in range(20):  # a slow server may have had the long kinds: both are fitted in turn
        factor = np.array([speed.get(int(s), 1.0) for s in server])
        for k in np.unique(kind).tolist():
            own = kind == k
            expected[own] = float((time_s * factor)[own].mean())
        speed = {s: float(expected[server == s].sum() / time_s[server == s].sum()) for s in named}
        level = sum(speed.values()) / len(speed)
        speed = {s: v / level for s, v in speed.items()}
    found, chi = {}, 0.0
    for s in named:
        own = server == s
        n = int(own.sum())
        relative = time_s[own] * speed[s] / expected[own]
        error = float(relative.std(ddof=1)) / math.sqrt(n) / float(relative.mean())
        half = t_quantile(0.975, n - 1) * error
        found[s] = (Interval(speed[s], speed[s] * math.exp(-half), speed[s] * math.exp(half)), n)
        chi += (math.log(speed[s]) / error) ** 2 if error else 0.0
    from scipy.stats import chi2

    return found, bool(chi2.sf(chi, len(named) - 1) < SURE)


def _walk(sample: Sample, here: Bools) -> Fitted | None:
    walk_s = sample.walk[here] / US_PER_SECOND
    known = walk_s[walk_s >= 0]
    if len(known) < LEAST_TURNS or float(known.mean()) < LEAST_TURN_S or not (known > 0).mean() > 0.5:
        return None
    return choose(fit_laws(known[known > 0]))


def _called_in_vain(sample: Sample) -> float:
    """Return how long numbers were called that nobody answered, in seconds for each service: part of its gap."""
    calls = sample.call_time[sample.call_time >= 0]
    return float(calls.sum()) / US_PER_SECOND / max(int(np.count_nonzero(sample.served)), 1)


def _wrap_up(sample: Sample, station: int) -> tuple[float, Fitted] | None:
    """Return the share of services with work after them, and its law: as logged, else from turn-arounds."""
    if logged_work(sample, station):
        wrap_s = sample.wrap[sample.served & (sample.legs.station == station)] / US_PER_SECOND
        return float((wrap_s > 0).mean()), choose(fit_laws(wrap_s[wrap_s > 0]))
    return _turn_around(sample)


def logged_work(sample: Sample, station: int) -> bool:
    """Tell whether the log itself says how long servers worked on after services."""
    wrap_s = sample.wrap[sample.served & (sample.legs.station == station)] / US_PER_SECOND
    return int(np.count_nonzero(wrap_s > 0)) >= LEAST_TURNS and float(wrap_s.mean()) >= LEAST_TURN_S


def _turn_around(sample: Sample) -> tuple[float, Fitted] | None:
    """Return how often there is work between services, and its law, from gaps with customers waiting."""
    from hallsim.calibrate.patience_laws import fit_patience

    staffing = sample.log.staffing
    if not sample.named or len(sample.names.stations) > 1:
        return None
    turns, over = staffing.turn_arounds / US_PER_SECOND, staffing.turned
    some = turns >= LEAST_TURN_S
    if np.count_nonzero(over & some) < LEAST_TURNS or float(turns.mean()) < LEAST_TURN_S:
        return None
    best = fit_patience(turns[some], over[some])[0]
    mean, n = best.parameters["mean_s"] - _called_in_vain(sample), int(np.count_nonzero(some))
    if mean < LEAST_TURN_S:
        return None
    half = Z * best.law.cv / math.sqrt(np.count_nonzero(over & some)) * mean
    law = Fitted(
        best.name,
        Interval(mean, mean - half, mean + half),
        Interval(best.law.cv, math.nan, math.nan),
        n,
        best.aic,
        math.nan,
        mean,
        best.law.cv,
    )
    return float(some.mean()), law
