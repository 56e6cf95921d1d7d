"""A model's call rules in flat arrays: whom a free server calls, station by station.

In: `Model`. Out: `CallTables`, a field of `Compiled`. A station without call rules has no rows here: its free servers
call by the lines' ranks alone, or by those of their pool.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hallsim.arrays import I64, i64
from hallsim.model import Model, Pool, Station
from hallsim.parts.calls import SCORES
from hallsim.parts.calls.rule import GRACE_BY, CallRule


class CallTables(NamedTuple):
    """Call rules as arrays; `[a, b]` are flat 2-D tables.

    A rule belongs to a station and has one row of `order_*` for each row of the station's skills ([pool, line]), in
    the same order: row r of the skills has row `rule_first_order + r`.
    """

    station_ruled: I64  # 1 if a station has call rules
    rule_firsts: I64  # [station + 1] station s has the rules from s to s + 1; the last of them holds always
    rule_term_first: I64  # into the terms of all conditions
    rule_term_count: I64
    rule_first_order: I64
    rule_grace: I64  # 1 if appointments go first
    rule_early: I64
    rule_late: I64
    rule_by_calling: I64  # 1 if the call may not be later; else the customer
    order_rank: I64  # -1: is not called
    order_score: I64  # code of the score
    order_weight: I64
    order_head_start: I64
    order_after: I64  # called only when somebody has waited so long; 0: at once, NEVER_CALLED: not for that
    order_waiting: I64  # or when so many wait
    skill_later: I64  # [pool, line of the station] 1 if the pool calls the line when somebody has waited long enough
    station_helped: I64  # 1 if some pool of a station calls a line only then, or when enough wait
    line_first_limit: I64  # [line] into limit_after
    line_n_limits: I64
    limit_after: I64  # microseconds, each once a line, in order
    expected: I64  # [work, type] microseconds


NEVER_CALLED = 1 << 62
"""A wait or a length that nobody reaches."""
OVERFLOW_RANK = 1 << 20
"""Rank of the first line that a pool helps out with: behind all its own."""


def everything(station: Station) -> Pool:
    """Return the pool that all servers of a station without pools are in."""
    ranks = tuple(line.rank for line in station.lines)
    return Pool(station.name, ranks, (0,) * len(ranks), by="call")


def line_order(station: Station) -> list[int]:
    """Return the lines of a station in the order of the compiled hall: by rank, then as given."""
    return sorted(range(len(station.lines)), key=lambda j: (station.lines[j].rank, j))


def call_tables(model: Model, n_terms: int) -> CallTables:
    """Return the call rules of a model; their terms come behind `n_terms` others.

    Raises
    ------
    ValueError
        If the last rule of a station has a condition, or another has none.
    """
    rules: list[tuple[CallRule, int]] = []
    orders: list[tuple[int, ...]] = []
    later: list[bool] = []
    limits: list[list[int]] = []
    firsts = [0]
    skill = 0  # first row of the station's skills
    for station in model.stations:
        pools, lines = station.pools or (everything(station),), line_order(station)
        if [bool(rule.when) for rule in station.call_rules] != [True] * (len(station.call_rules) - 1) + [False] * bool(
            station.call_rules
        ):
            raise ValueError(f"station {station.name}: the last call rule, and no other, has no condition")
        for rule in _rules(station):
            rules.append((rule, len(orders) - skill))
            orders += [_order(rule, pool, j) for pool in pools for j in lines]
        skill += len(pools) * len(lines)
        overflows = [[pool.overflow[j] if pool.overflow else None for j in lines] for pool in pools]
        later += [bool(o and o.after >= 0) for row in overflows for o in row]
        limits += [sorted({o.after for o in column if o and o.after >= 0}) for column in zip(*overflows, strict=True)]
        firsts.append(len(rules))
    term_counts = [len(rule.when) for rule, _ in rules]
    graces = [rule.grace for rule, _ in rules]
    works = [(s.per_transaction, s.service) for s in model.stations]
    works += [(s.per_transaction, pool.service) for s in model.stations for pool in s.pools if pool.service]
    means = [
        [round(law.mean) * (kind.count if each else 1) for law, kind in zip(service, model.types, strict=True)]
        for each, service in (works if rules else ())
    ]
    rank, score, weight, head_start, after, waiting = zip(*orders, strict=True) if orders else ((),) * 6
    return CallTables(
        station_ruled=i64([bool(_rules(s)) for s in model.stations]),
        rule_firsts=i64(firsts),
        rule_term_first=i64(n_terms + np.cumsum([0, *term_counts])[:-1]),
        rule_term_count=i64(term_counts),
        rule_first_order=i64([first for _, first in rules]),
        rule_grace=i64([g is not None for g in graces]),
        rule_early=i64([g.early if g else 0 for g in graces]),
        rule_late=i64([g.late if g else 0 for g in graces]),
        rule_by_calling=i64([GRACE_BY.index(g.by) if g else 0 for g in graces]),
        order_rank=i64(rank),
        order_score=i64(score),
        order_weight=i64(weight),
        order_head_start=i64(head_start),
        order_after=i64(after),
        order_waiting=i64(waiting),
        skill_later=i64(later),
        station_helped=i64([_is_helped(s) for s in model.stations]),
        line_first_limit=i64(np.cumsum([0, *(len(own) for own in limits)])[:-1]),
        line_n_limits=i64([len(own) for own in limits]),
        limit_after=i64([x for own in limits for x in own]),
        expected=i64(means),
    )


def _is_helped(station: Station) -> bool:
    return any(any(pool.overflow) for pool in station.pools)


def _rules(station: Station) -> tuple[CallRule, ...]:
    """Return the call rules of a station; one that says what ranks say where only pools help each other out."""
    if station.call_rules or not _is_helped(station):
        return station.call_rules
    n = len(station.lines)
    return (CallRule(tuple(line.rank for line in station.lines), "fifo", (0,) * n, (0,) * n),)


def _order(rule: CallRule, pool: Pool, j: int) -> tuple[int, ...]:
    """Return a row of `order_*`: a line under a rule for the servers of a pool."""
    score = "fifo" if pool.by == "longest_waiting" else rule.score
    rank = rule.ranks[j] if pool.by == "call" and pool.ranks[j] >= 0 else pool.ranks[j]
    after, waiting = 0, NEVER_CALLED
    overflow = pool.overflow[j] if pool.overflow else None
    if overflow:
        rank = OVERFLOW_RANK + overflow.place
        after, waiting = (NEVER_CALLED if x < 0 else x for x in (overflow.after, overflow.waiting))
    return rank, SCORES[score][0], rule.weights[j], rule.head_starts[j], after, waiting
