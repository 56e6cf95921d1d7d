"""What a day costs, in millionths of the money: reckoned from its log row by row, apart from the reducer's sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hallsim import compiled as c
from hallsim.compiled import STATE_BREAK, STATE_DUTY, STATE_OVERTIME, Log
from hallsim.experiment.measure import measure
from hallsim.model import US_PER_HOUR, Model
from hallsim.rows import unpack

MILLION = 1_000_000.0
PAID_OUT = ("cost_wages", "cost_rent", "cost_equipment", "cost_channels")
LOST = ("gave_up", "balked", "closed_out")
GRAIN = 2
"""Millionths by which a kind may differ: each is rounded once, from another order of sums."""


def not_accounted(model: Model, log: Log) -> list[str]:
    """Return what is wrong with the money of a day, in plain sentences; empty if nothing is."""
    results = measure(replace(model, horizon=None), [log])
    found = {kind: results.sides(kind)[0] for kind in ("cost", *PAID_OUT, "cost_waiting", "cost_lost")}
    wrong = [
        f"{kind} is {found[kind]:.0f} millionths, its log says {x:.1f}"
        for kind, x in _reckoned(model, log).items()
        if abs(found[kind] - x) > GRAIN
    ]
    if found["cost"] != sum(found[kind] for kind in PAID_OUT):
        wrong.append(f"kinds of cost sum to {sum(found[kind] for kind in PAID_OUT):.0f}, not {found['cost']:.0f}")
    return wrong


def _reckoned(model: Model, log: Log) -> dict[str, float]:
    """Return what each kind of cost comes to."""
    costs, s = model.costs, unpack(log.rows)
    assert costs is not None
    left = np.where(s.t_call >= 0, s.t_call, s.t_end)
    waited = (left - s.t_join).sum()  # at delays, too: before a zone that has no place
    ways = [(model.types[t].count, way) for t, way in zip(s.type.tolist(), s.exit.tolist(), strict=True) if way >= 0]
    outcomes = [c.VISIT_OUTCOMES[i] for i in s.visit_outcome.tolist()]
    machines = sum(x * len(station.servers) for x, station in zip(costs.equipment, model.stations, strict=True))
    return {
        "cost_wages": MILLION * _wages(model, log),
        "cost_rent": MILLION * costs.rent,
        "cost_equipment": MILLION * machines,
        "cost_channels": MILLION * sum(n * costs.channels[way].avoidable for n, way in ways),
        "cost_waiting": MILLION * costs.waiting * float(waited) / US_PER_HOUR,
        "cost_lost": MILLION * costs.lost * sum(outcomes.count(name) for name in LOST),
    }


def _wages(model: Model, log: Log) -> float:
    """Return the wages of a day: hour by hour of the clock, after closing as in the last one."""
    costs, station_of = model.costs, [i for i, station in enumerate(model.stations) for _ in station.servers]
    assert costs is not None
    total = 0.0
    for server, state, begin, end, _ in log.server_rows.tolist():
        if state not in (STATE_DUTY, STATE_OVERTIME, STATE_BREAK):
            continue
        sign = -1.0 if state == STATE_BREAK else 1.0
        wage, t = costs.wage[station_of[server]] / US_PER_HOUR, begin
        while t < end:
            until = min(end, (t // US_PER_HOUR + 1) * US_PER_HOUR)
            total += sign * wage * (until - t) * costs.wage_factor(min(t, model.close - 1))
            t = until
        total += (costs.overtime - 1.0) * wage * (end - begin) * (state == STATE_OVERTIME)
    return total
