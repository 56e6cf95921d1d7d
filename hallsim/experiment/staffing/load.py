"""The requirement by formula: offered load by half-hour, and the servers that an Erlang model asks for.

In: days of the hall with staff in abundance at the posts. Nobody waits there then, so that arrivals at a post are those
that its own staffing cannot disturb (whatever routes, kiosks and greeters do before it), and the time a server gives a
customer is seen. Out: `Load`. The offered load is that of M(t)/G/inf (Eick, Massey and Whitt 1993): it follows arrivals
with a lag of about a service, and in it the number needed is looked up half-hour by half-hour as if it were a steady
state (the lagged stationary independent period by period approach; Green, Kolesar and Soares 2001,
doi:10.1287/opre.49.4.549.11228), with patience (Erlang A) where customers have it, else without (Erlang C).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.run import replicate
from hallsim.experiment.staffing.posts import Post, with_staff
from hallsim.kpis import kpi_of
from hallsim.model import US_PER_MINUTE, Model, Target
from hallsim.rows import unpack, wrapped
from hallsim.scenario import Scenario
from hallsim.theory import (
    ErlangA,
    ErlangC,
    fewest_servers,
    infinite_server_load,
    sample_up_to,
    square_root_beta,
    square_root_staffing,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

DAYS = 100
POINTS = 6
"""Moments of a half-hour whose mean is its offered load."""
AMPLE_FACTOR, AMPLE_MORE = 10, 20
"""So many times today's largest number, and so many more, are enough that nobody waits."""


class Load(NamedTuple):
    """What a post has to do, and what formulas ask for.

    arrivals : float64[n_slots], customers who join per half-hour
    work_min : float, mean time that a server gives a customer
    offered : float64[n_slots], erlangs
    square_root : int64[n_slots], load + beta sqrt(load) so that the share who wait at all is the share who may miss
        the target's time
    erlang : int64[n_slots], by Erlang A or C; 0 where nobody comes, and everywhere without a target
    """

    arrivals: F64
    work_min: float
    offered: F64
    square_root: I64
    erlang: I64


def ample(hall: Scenario, posts: Sequence[Post]) -> Scenario:
    """Return the hall with so many servers at the posts that nobody waits for them, as far as allowed."""
    staff = {post: min(post.most, math.ceil(AMPLE_FACTOR * post.today.max(initial=0.0)) + AMPLE_MORE) for post in posts}
    return with_staff(hall, staff)


def loads_of(hall: Scenario, posts: Sequence[Post], targets: Sequence[Target], slots: I64, seed: int) -> list[Load]:
    """Return the load of every post; `hall` has staff in abundance there."""
    model, n = hall.model, len(slots)
    line_station = np.array([i for i, s in enumerate(model.stations) for _ in s.lines], dtype=np.int64)
    arrivals = np.zeros((len(posts), n))
    work: list[list[F64]] = [[] for _ in posts]
    for log in replicate(hall, DAYS, seed):
        steps = unpack(log.rows)
        free = wrapped(steps, log.server_rows)
        for k, post in enumerate(posts):
            mine = (steps.line >= 0) & (line_station[steps.line] == post.station)
            at = np.clip(np.searchsorted(slots[:, 0], steps.t_join[mine], side="right") - 1, 0, n - 1)
            arrivals[k] += np.bincount(at, minlength=n)
            taken = mine & (steps.t_call >= 0)
            work[k].append((free - steps.t_call)[taken] / US_PER_MINUTE)
    return [
        _load(model, post, targets, slots, arrivals[k] / DAYS, np.concatenate(work[k])) for k, post in enumerate(posts)
    ]


def _load(model: Model, post: Post, targets: Sequence[Target], slots: I64, arrivals: F64, work: F64) -> Load:
    n = len(slots)
    if not work.size:
        return Load(arrivals, 0.0, np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64))
    edges = [*(slots[:, 0] / US_PER_MINUTE).tolist(), float(slots[-1, 1] / US_PER_MINUTE)]
    lengths = np.diff(edges)
    times = np.array(edges[:-1])[:, None] + lengths[:, None] * (np.arange(POINTS) + 0.5) / POINTS
    load = infinite_server_load(times, edges, (arrivals / lengths).tolist(), sample_up_to(work)).mean(axis=1)
    mean = float(work.mean())
    mine = [t for t in targets if t.station in (-1, post.station)]
    patience = _patience_min(model, post)
    erlang = [max((_fewest(x, mean, patience, t) for t in mine), default=0) if x > 0.0 else 0 for x in load.tolist()]
    missing = [1.0 - t.at_least for t in mine if t.at_least is not None and 0.0 < t.at_least < 1.0]
    beta = square_root_beta(min(missing), mean / patience if patience else 0.0) if missing else 0.0
    root = [square_root_staffing(x, beta) if x > 0.0 else 0 for x in load.tolist()]
    return Load(arrivals, mean, load, np.array(root, dtype=np.int64), np.array(erlang, dtype=np.int64))


def _patience_min(model: Model, post: Post) -> float:
    """Return the mean patience of those who have one, 0 without."""
    laws = [law for law in model.stations[post.station].patience if law is not None]
    return float(np.mean([law.mean for law in laws])) / US_PER_MINUTE if laws else 0.0


def _fewest(load: float, mean: float, patience: float, target: Target) -> int:
    """Return the fewest servers in steady state that keep a target, by Erlang A, or C without patience."""

    def enough(n: int) -> bool:
        rate = load / mean
        line = ErlangA(rate, 1.0 / mean, 1.0 / patience, n) if patience else ErlangC(rate, 1.0 / mean, n)
        if target.measure == "service_level":
            within = target.within / US_PER_MINUTE
            level = line.served_within(within) if isinstance(line, ErlangA) else line.within(within)
            return bool(level >= (target.at_least or 0.0))
        assert target.at_most is not None
        if share := kpi_of(target.measure).percentile:
            return line.within(target.at_most) >= share
        if target.measure == "mean_wait":
            return line.mean_wait <= target.at_most
        return not isinstance(line, ErlangA) or line.p_abandon <= target.at_most

    try:
        return fewest_servers(enough, math.ceil(load))
    except UsageError:  # a target that no number keeps, such as 100 %
        return 0
