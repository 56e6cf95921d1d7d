"""Staffing of a kind of day: who may call whom, and how many are open in each half-hour.

In: a `Sample`. Out: `Posts` of every station. People with the same skills are one pool. A skill is missing only where
five of its customers would have been expected by chance, and none came. Open in a half-hour is how many are on duty on
the middle day, over its length, rounded so that the pools add up to the hall. A log without names says only how many
services went on at once; then that is the number, at its largest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.rates import PIECE
from hallsim.calibrate.hall.sample import Sample
from hallsim.replay.staffing import NAMELESS

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

EXPECTED = 5.0
"""Customers of a kind that would have come to somebody by chance; with none of them he lacks the skill."""
MOST_POOLS = 6
REGULAR = 0.8
"""A server who is there on so large a share of the days is a regular one."""


@dataclass(frozen=True, slots=True)
class PoolOf:
    """Servers of equal skills: the kinds they serve, who they are, and how many are open by half-hour."""

    kinds: tuple[int, ...]
    servers: tuple[int, ...]
    open: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Posts:
    """Servers of a station on one kind of day.

    Attributes
    ----------
    starts : tuple of int, microseconds
        Of the half-hours.
    pools : tuple of PoolOf
        One, with all kinds, where skills do not differ.
    regular : tuple of int
        Servers who are there all day on nearly all days, if those are all there are; else empty.
    mean : tuple of float
        Mean number on duty by half-hour.
    spread : float
        Standard deviation of the number on duty over days, mean of the half-hours.
    n_days : int
    rostered : int
        Days of which the number is a given roster's.
    """

    starts: tuple[int, ...]
    pools: tuple[PoolOf, ...]
    regular: tuple[int, ...]
    mean: tuple[float, ...]
    spread: float
    n_days: int
    rostered: int

    def total(self) -> tuple[int, ...]:
        """Return how many are open in each half-hour."""
        return tuple(int(x) for x in np.sum([pool.open for pool in self.pools], axis=0))


def fit_posts(
    sample: Sample,
    station: int,
    days: tuple[int, ...],
    opens: int,
    closes: int,
    roster: Mapping[int, Sequence[tuple[int, int]]] | None = None,
) -> Posts:
    """Fit the staffing of one station on some days; numbers of a roster without names override what its log shows."""
    starts = np.arange(opens, closes, PIECE)
    ends = np.append(starts[1:], closes)
    on_duty = _on_duty(sample, station, days, starts, ends)
    groups: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), tuple(sorted(on_duty)))]
    if sample.named:
        groups = _pools(sample, station, sorted(on_duty))
    total = np.sum(list(on_duty.values()), axis=0) if on_duty else np.zeros((len(days), len(starts)))
    counted = [day for day in days if day in (roster or {})]
    if roster and counted:
        total[[days.index(day) for day in counted]] = [_of_roster(roster[day], starts, ends) for day in counted]
    if sample.named or len(counted) == len(days):
        wanted = np.floor(np.median(total, axis=0) + 0.5).astype(np.int64)
    else:
        wanted = np.median(_at_once(sample, station, days, starts, ends), axis=0).astype(np.int64)
    wanted = np.where(total.sum(axis=0) > 0, np.maximum(wanted, 1), wanted)
    means = [np.mean(np.sum([on_duty[s] for s in own], axis=0), axis=0) for _, own in groups]
    return Posts(
        tuple(starts.tolist()),
        _staffed(groups, _allotted(wanted, np.array(means)), means),
        _regular(on_duty, wanted),
        tuple(total.mean(axis=0).tolist()),
        float(total.std(axis=0).mean()),
        len(days),
        len({*counted, *(sample.covered & {*days})}),
    )


def _on_duty(sample: Sample, station: int, days: tuple[int, ...], starts: I64, ends: I64) -> dict[int, F64]:
    """Return for each server the part of each half-hour that he was on duty, float64[n_days, n_half_hours]."""
    place = {day: i for i, day in enumerate(days)}
    found: dict[int, F64] = {}
    for duty in sample.log.staffing.duty:
        if duty.worker.station != station or duty.day not in place:
            continue
        server = duty.worker.staff if duty.worker.staff != NAMELESS else -1 - duty.worker.seat
        on, off = duty.whole(PIECE) if duty.worker.staff != NAMELESS else (duty.on, duty.off)
        inside = np.clip(np.minimum(ends, off) - np.maximum(starts, on), 0, None) / (ends - starts)
        own = found.setdefault(server, np.zeros((len(days), len(starts))))
        own[place[duty.day]] = np.minimum(own[place[duty.day]] + inside, 1.0)
    return found


def _of_roster(shifts: Sequence[tuple[int, int]], starts: I64, ends: I64) -> F64:
    """Return how many a roster has on duty in each half-hour, over its length."""
    found = np.zeros(len(starts))
    for on, off in shifts:
        found += np.clip(np.minimum(ends, off) - np.maximum(starts, on), 0, None) / (ends - starts)
    return found


def _at_once(sample: Sample, station: int, days: tuple[int, ...], starts: I64, ends: I64) -> I64:
    """Return the largest number of services at once, int64[n_days, n_half_hours]."""
    legs = sample.legs
    here = sample.served & (legs.station == station)
    found = np.zeros((len(days), len(starts)), dtype=np.int64)
    for i, day in enumerate(days):
        own = here & (legs.day == day)
        begin, end = legs.begin[own], legs.begin[own] + sample.service[own]
        at = np.concatenate([begin, starts])
        n = np.array([np.count_nonzero((begin <= t) & (end > t)) for t in at])
        for j, (a, b) in enumerate(zip(starts, ends, strict=True)):
            found[i, j] = n[(at >= a) & (at < b)].max(initial=0)
    return found


def _pools(sample: Sample, station: int, servers: list[int]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return kinds and servers of each pool; () stands for all kinds."""
    legs, kind = sample.legs, sample.log.kind
    here = sample.served & (legs.station == station)
    kinds = np.unique(kind[here])
    share = np.array([np.count_nonzero(kind[here] == k) for k in kinds]) / max(np.count_nonzero(here), 1)
    seen = np.array([[np.count_nonzero(here & (legs.counter == s) & (kind == k)) for k in kinds] for s in servers])
    able = (seen > 0) | (seen.sum(axis=1, keepdims=True) * share < EXPECTED)
    sets: dict[tuple[int, ...], list[int]] = {}
    for server, row in zip(servers, able, strict=True):
        sets.setdefault(tuple(int(k) for k, can in zip(kinds, row, strict=True) if can), []).append(server)
    size = {s: int(n) for s, n in zip(servers, seen.sum(axis=1), strict=True)}
    while len(sets) > MOST_POOLS:
        least = min(sets, key=lambda key: sum(size[s] for s in sets[key]))
        moved = sets.pop(least)
        nearest = max(sets, key=lambda key: len(set(key) & set(least)) / len(set(key) | set(least)))
        sets[nearest] += moved
    if len(sets) == 1:
        return [((), tuple(sorted(next(iter(sets.values())))))]
    return [(key, tuple(sorted(own))) for key, own in sorted(sets.items(), key=lambda one: (len(one[0]), one[0]))]


def _allotted(total: I64, means: F64) -> list[list[int]]:
    """Return whole numbers by pool and half-hour that add up to the total, by largest remainders.

    >>> _allotted(np.array([3]), np.array([[1.4], [1.8]]))
    [[1], [2]]
    """
    found = np.zeros(means.shape, dtype=np.int64)
    for j, n in enumerate(total.tolist()):
        column = means[:, j]
        if not column.sum():
            continue
        exact = n * column / column.sum()
        found[:, j] = np.floor(exact)
        missing = n - int(found[:, j].sum())
        found[np.argsort(-(exact - found[:, j]), kind="stable")[:missing], j] += 1
    return [row.tolist() for row in found]


def _staffed(
    groups: list[tuple[tuple[int, ...], tuple[int, ...]]], numbers: list[list[int]], means: list[F64]
) -> tuple[PoolOf, ...]:
    """Return the pools without those that are never open; one that nobody stands in for is open when it mostly is."""
    covered = {kind for (kinds, _), own in zip(groups, numbers, strict=True) if any(own) for kind in kinds}
    found = []
    for (kinds, servers), own, mean in zip(groups, numbers, means, strict=True):
        if not any(own) and not set(kinds) <= covered:
            own[int(np.argmax(mean))] = 1
        if any(own):
            found.append(PoolOf(kinds, servers, tuple(own)))
    return tuple(found)


def _regular(on_duty: dict[int, F64], wanted: I64) -> tuple[int, ...]:
    """Return the servers who are there all day on nearly all days, if they are all that the hall has."""
    often = tuple(s for s, own in sorted(on_duty.items()) if s >= 0 and (own.sum(axis=1) > 0).mean() >= REGULAR)
    return often if len(often) == len(on_duty) and (wanted == len(often)).all() else ()
