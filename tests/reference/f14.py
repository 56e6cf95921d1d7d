"""F14: the fewest and the cheapest servers by formula, shifts that cover a requirement, and a hall's best day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from hallsim import theory
from hallsim.compiled import Log
from hallsim.experiment.selection import eliminate
from hallsim.theory import ErlangA, ErlangC
from tests.reference import measure
from tests.reference.answer import Calculation, Found, exactly
from tests.reference.laws import US_PER_UNIT, duration, exponential, rate
from tests.reference.paired import observer
from tests.reference.plan import Case, NotCovered
from tests.reference.single import EVERY_LINE

ON_THE_EDGE = 1e-9


def fewest_for_delay(case: Case) -> Calculation:
    """M/M/s: the smallest s with the service level."""
    p = case["params"]
    time, target = p["T"], p["target"]
    line = partial(ErlangC, p["arrival_rate"], p["service_rate"])
    s = theory.fewest_servers(lambda n: line(n).within(time) >= target)
    return exactly(
        s_min=s, SL_at_s_min=line(s).within(time), SL_at_s_min_minus_1=line(s - 1).within(time) if s > 1 else 0.0
    )


def fewest_with_abandonment(case: Case) -> Calculation:
    """M/M/s+M: the smallest s with the service level, and with the abandonment."""
    p = case["params"]
    time, level, lost = p["T"], p["SL_target"], p["ab_target"]
    line = partial(ErlangA, p["arrival_rate"], p["service_rate"], p["patience_rate"])
    table = [int(row[0]) for row in case["quantities"]["table"]["value"]]
    return exactly(
        s_min_SL=theory.fewest_servers(lambda n: line(n).service_level(time) >= level),
        s_min_ab=theory.fewest_servers(lambda n: line(n).p_abandon <= lost),
        table=[[n, line(n).service_level(time), line(n).p_abandon, line(n).mean_wait] for n in table],
    )


def cheapest(case: Case) -> Calculation:
    """M/M/s: counters cost, and so do those who wait."""
    p = case["params"]
    line = partial(ErlangC, p["arrival_rate"], p["service_rate"])
    per_server, per_waiting = p["cost_per_counter_hour"], p["cost_per_waiting_customer_hour"]

    def cost(n: int) -> float:
        return float(per_server * n + per_waiting * line(n).mean_queue)

    best = theory.cheapest_servers(cost)
    table = [int(row[0]) for row in case["quantities"]["table"]["value"]]
    return exactly(s_opt=best.servers, cost_opt=best.cost, table=[[n, cost(n)] for n in table])


def square_root(case: Case) -> Calculation:
    """The square-root rule for many servers, with and without abandonment, beside the exact number.

    Where load + beta sqrt(load) is a whole number but for rounding, its ceiling hangs on the last bit; the exact
    formula then decides between that number and the next.
    """
    p = case["params"]
    load, target, ratio = p["offered_load"], p["target_P_wait"], p.get("theta_over_mu", 0.0)

    def p_wait(n: int) -> float:
        return ErlangA(load, 1.0, ratio, n).p_wait if ratio else theory.erlang_c(load, n)

    beta = theory.square_root_beta(target, ratio)
    n = theory.square_root_staffing(load, beta)
    by_rule = load + beta * np.sqrt(load)
    if abs(by_rule - round(by_rule)) < ON_THE_EDGE:
        n = round(by_rule) if p_wait(round(by_rule)) <= target else round(by_rule) + 1
    return exactly(
        beta=beta,
        s_sqrt=n,
        P_wait_at_s_sqrt=p_wait(n),
        s_exact=theory.fewest_servers(lambda k: p_wait(k) <= target),
    )


def shifts(case: Case) -> Calculation:
    """Whole numbers of people per shift. Any solution that covers at our cost is as good as ours."""
    p = case["params"]
    slots = [shift["slots"] for shift in p["shifts"]]
    costs = np.array([shift["cost"] for shift in p["shifts"]])
    best = theory.cover(p["requirement"], slots, costs.tolist())
    stated = np.array(case["quantities"]["one_optimal_solution"]["value"])
    covers = theory.on_duty_matrix(len(p["requirement"]), slots) @ stated >= np.array(p["requirement"])
    as_good = bool(covers.all()) and abs(float(costs @ stated) - best.cost) < ON_THE_EDGE
    return exactly(optimal_cost=best.cost, one_optimal_solution=stated if as_good else best.counts, lp_bound=best.bound)


INDIFFERENCE = 0.25
"""Of the cost of a day: what a selection may miss by, where the case does not show that less tells staffings apart."""


def best_day(case: Case) -> Calculation:
    """The cheapest staffing by the hour, selected by simulating days of all of them on common random numbers.

    The ten cheapest are taken as listed; their costs are estimated. That the first two are the best and the second
    of all is what the selection finds.
    """
    p = case["params"]
    per_hour, mu, theta = p["hourly_arrivals"], p["service_rate"], p["patience_rate"]
    per_server, per_wait, per_lost = p["cost_per_counter_hour"], p["cost_per_waiting_hour"], p["cost_per_abandonment"]
    low, high = p["choices"]
    staffings = list(product(range(low, high + 1), repeat=len(per_hour)))
    rows = case["quantities"].get("top10", {"value": []})["value"]
    listed = [tuple(int(s) for s in row[:-1]) for row in rows]
    apart = np.diff([row[-1] for row in rows[:3]])
    indifference = min([INDIFFERENCE, *(apart / 2).tolist()])
    if not set(listed) <= set(staffings):
        raise NotCovered("a staffing that is not among the choices")
    no_limits = np.zeros(0, dtype=np.int64)

    def scenario(staffing: Sequence[int]) -> dict[str, Any]:
        servers = {"staff": {duration(60 * i): s for i, s in enumerate(staffing)}, "shift_end": "preemptive"}
        return {
            "format": 1,
            "hall": "Reference case",
            "run_for": duration(60 * len(per_hour)),
            "arrivals": {"rates": {duration(60 * i): rate(n / 60) for i, n in enumerate(per_hour)}},
            "stations": {
                "counter": {
                    "servers": servers,
                    "interrupted": "resample",
                    "time": exponential(mu),
                    "patience": exponential(theta),
                }
            },
        }

    def cost(system: int, log: Log) -> float:
        total, _ = measure.count(log.rows, 0, EVERY_LINE, -1, 0, 1 << 62, 0.0, no_limits, False)
        hours = total[measure.SUM_WAIT] / US_PER_UNIT / 60
        return float(per_server * sum(staffings[system]) + per_wait * hours + per_lost * total[measure.N_RENEGED])

    def find(seed: int, effort: float) -> dict[str, Found]:
        observe = observer([scenario(s) for s in staffings], cost, seed)
        best = eliminate(observe, len(staffings), indifference, 0.999, stage=200).best
        others = [i for i in range(len(staffings)) if i != best]
        second = others[
            eliminate(
                lambda systems, first, count: observe([others[i] for i in systems], first, count),
                len(others),
                indifference,
                0.999,
                stage=200,
            ).best
        ]
        days = int(4000 * effort)
        chosen = [best, second, *(staffings.index(s) for s in listed)]
        values = np.column_stack([observe([i], 0, days)[:, 0] for i in chosen])
        means, errors = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(days)
        costs = [[*s, m] for s, m in zip(listed, means[2:], strict=True)]
        return {
            "best": Found(staffings[best]),
            "second": Found(staffings[second]),
            "best_cost": Found(means[0], errors[0]),
            "second_cost": Found(means[1], errors[1]),
            "top10": Found(costs, [[0.0] * len(s) + [e] for s, e in zip(listed, errors[2:], strict=True)]),
        }

    return Calculation(find)


ADAPTERS = {
    "Smallest s with P(wait<=T)>=target in M/M/s FIFO, steady state.": fewest_for_delay,
    "SL = P(served and wait<=T)/all arrivals; abandonment fraction of all arrivals; M/M/s+M steady "
    "state.": fewest_with_abandonment,
    "Cost rate per hour = cs*s + cw*E[number waiting] (one waiting customer costs cw per hour).": cheapest,
    "beta solves [1+beta*Phi(beta)/phi(beta)]^-1 = alpha; s=ceil(R+beta*sqrt(R)).": square_root,
    "P(wait>0)~[1+sqrt(theta/mu) h(beta sqrt(mu/theta))/h(-beta)]^-1, h=phi/(1-Phi).": square_root,
    "Choose non-negative integer numbers of each shift so that in every slot at least 'requirement' workers are on "
    "duty; minimise total cost. Only the optimal cost is unique.": shifts,
    "As shift cover; # cyclic shifts of # consecutive days; minimise number of workers.": shifts,
    "Horizon # min then drain with the last level; start empty; MODE P (pre-emptive) staffing changes as in F5. Cost "
    "= cs*sum(s) + cw*E[customer waiting hours incl. drain] + cab*E[abandonments]. Counter hours during the drain are "
    "free.": best_day,
}
