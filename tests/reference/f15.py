"""F15: constants of selection procedures, chances of a correct selection, budgets, and two problems of selection."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from hallsim.compiled import ROW_ARRIVE, ROW_END, Log
from hallsim.experiment import selection
from hallsim.theory import ErlangC
from tests.reference.answer import Calculation, Found, exactly
from tests.reference.laws import US_PER_UNIT, duration, exponential, rate
from tests.reference.paired import observer
from tests.reference.plan import Case, NotCovered

SAMPLE_SIZE = re.compile(r"n_for_sigma_over_delta_([\d.]+)")
OBJECTIVE = re.compile(r"objective_at_([\d.]+)")


def bechhofer(case: Case) -> Calculation:
    """The single-stage constant, and the sample size at the sigma / delta in the quantity's name."""
    p = case["params"]
    h = selection.bechhofer(p["k"], p["P_star"])
    values: dict[str, Any] = {"h": h}
    for name in case["quantities"]:
        if wanted := SAMPLE_SIZE.fullmatch(name):
            values[name] = int(np.ceil((float(wanted[1]) * h) ** 2))
    return exactly(**values)


def rinott(case: Case) -> Calculation:
    """The two-stage constant; the case's own is good to about a thousandth."""
    p = case["params"]
    h = selection.rinott(p["k"], p["n0"], p["P_star"])
    return Calculation(lambda seed, effort: {"h": Found(h, tolerance=1e-3)})


def kim_nelson(case: Case) -> Calculation:
    """Eta and h^2 for systems that depend on each other, and for independent ones."""
    p = case["params"]
    if p["c"] != 1:
        raise NotCovered(f"c = {p['c']}: hallsim's region is the triangle, c = 1")
    k, degrees, confidence = p["k"], p["n0"] - 1, 1 - p["alpha"]
    eta, apart = (selection.kim_nelson(k, degrees, confidence, independent=kind) for kind in (False, True))
    return exactly(eta=eta, h2=2 * eta * degrees, eta_indep=apart, h2_indep=2 * apart * degrees)


def _means(p: Any) -> list[float]:
    stated, k, delta, configuration = p["means"], p["k"], p["delta"], p["configuration"]
    by_rule = {
        ("slippage", "best=delta, others 0"): [delta] + [0.0] * (k - 1),
        ("monotone", "mean_j=-delta*j, j=0..k-1"): [-delta * j for j in range(k)],
    }
    if isinstance(stated, str):
        if (configuration, stated) not in by_rule:
            raise NotCovered(f"means {stated!r} in a configuration {configuration!r}")
        return by_rule[configuration, stated]
    means = [float(m) for m in stated]
    if len(means) != k or max(means) > means[0]:
        raise NotCovered(f"{len(means)} means for {k} systems, of which the first is to be the best")
    return means


def correct_selection(case: Case) -> Calculation:
    """The exact chance that equal allocation selects the best."""
    p = case["params"]
    if p["observations"] != "iid Normal(mean_j,sigma^2), independent":
        raise NotCovered(f"observations {p['observations']!r}")
    k = p["k"]
    chance = selection.p_correct(_means(p), [p["sigma"]] * k, [p["equal_allocation_n"]] * k)
    return exactly(PCS_equal_allocation=chance)


def budget(case: Case) -> Calculation:
    """OCBA's fractions, and the Bonferroni bound of the chance of a correct selection."""
    p = case["params"]
    if p["objective"] not in ("min", "max"):
        raise NotCovered(f"objective {p['objective']!r}")
    minimise = p["objective"] == "min"
    shares = selection.fractions(p["means"], p["stds"], minimise)
    bound = selection.p_correct_at_least(p["means"], p["stds"], p["budget"] * shares, minimise)
    return exactly(fractions=shares, APCS_B_at_budget=bound)


def counters(case: Case) -> Calculation:
    """The cheapest of several numbers of counters."""
    p = case["params"]
    line = partial(ErlangC, p["arrival_rate"], p["service_rate"])
    table = [[n, p["cs"] * n + p["cw"] * line(n).mean_queue] for n in p["systems"]]
    return exactly(best=min(table, key=lambda row: float(row[1]))[0], table=table)


REPLICATIONS = 10_000


def service_rate(case: Case) -> Calculation:
    """The service rate of a line from empty with the least mean time inside plus its own cost (SimOpt's MM1-1).

    The average over replications on common random numbers is a smooth function of the rate; its minimum estimates
    the optimum, with the standard error of its slope over its curvature. In steady state theory knows both.
    """
    p = case["params"]
    lam, cost, skipped, counted = p["arrival_rate"], p["cost"], p["warmup"], p["people"]
    n = skipped + counted
    length = (n + 9 * np.sqrt(n) + 40) / lam  # n customers have come by then but for a chance below 1e-12

    def scenario(mu: float) -> dict[str, Any]:
        return {
            "format": 1,
            "hall": "Reference case",
            "run_for": duration(length),
            "arrivals": {"rate": rate(lam)},
            "stations": {"counter": {"servers": 1, "time": exponential(mu)}},
        }

    def inside(system: int, log: Log) -> float:
        rows = log.rows[:n]  # one server, first come first served: customers leave in the order in which they came
        times = rows[skipped:, ROW_END] - rows[skipped:, ROW_ARRIVE]
        return float(times.mean()) / US_PER_UNIT

    # where the slope of 1 / (mu - lam) + cost mu^2 is zero
    steady = brentq(lambda mu: 2 * cost * mu * (mu - lam) ** 2 - 1, lam, lam + 1 / np.sqrt(2 * cost * lam), xtol=1e-12)

    def find(seed: int, effort: float) -> dict[str, Found]:
        size = int(REPLICATIONS * effort)

        def values(mu: float) -> Any:
            return observer([scenario(mu)], inside, seed)([0], 0, size)[:, 0] + cost * mu * mu

        def at(mu: float) -> Found:
            found = values(mu)
            return Found(found.mean(), found.std(ddof=1) / np.sqrt(size))

        best = float(
            minimize_scalar(
                lambda mu: values(mu).mean(),
                bounds=(steady / 2, 1.5 * steady),  # from empty, somewhat less than in steady state is enough
                method="bounded",
                options={"xatol": 3e-4 * steady},
            ).x
        )
        step = 0.05 * best
        left, middle, right = (values(mu) for mu in (best - step, best, best + step))
        curvature = (left - 2 * middle + right).mean() / step**2
        slope_error = ((right - left) / (2 * step)).std(ddof=1) / np.sqrt(size)
        return {
            "mu_opt": Found(best, slope_error / curvature),
            "objective_opt": Found(middle.mean(), middle.std(ddof=1) / np.sqrt(size)),
            "mu_opt_steady_state": Found(steady),
            "objective_opt_steady_state": Found(ErlangC(lam, steady, 1).mean_time + cost * steady**2),
            **{name: at(float(wanted[1])) for name in case["quantities"] if (wanted := OBJECTIVE.fullmatch(name))},
        }

    return Calculation(find)


ADAPTERS = {
    "Smallest h with int phi(x) Phi(x+h)^{k-1}dx = P*; single-stage sample size n=ceil((h sigma/delta)^2) per system "
    "(known common variance, independent normal).": bechhofer,
    "Two-stage Rinott: N_i=max(n0, ceil((h S_i/delta)^2)); int (int Phi(h/sqrt((n0-1)(1/x+1/y))) f(x)dx)^{k-1} "
    "f(y)dy=P*, f chi2_{n0-1}.": rinott,
    "KN: eta=1/2[(2alpha/(k-1))^(-2/(n0-1))-1] (general/CRN), h^2=2 c eta (n0-1), screening W_il(r)=max(0, "
    "delta/(2c)(h^2 S_il^2/delta^2 - r)). eta_indep uses 1-(1-alpha)^(1/(k-1)) instead of alpha/(k-1) (independent "
    "systems).": kim_nelson,
    "Larger is better; best is system 0. Equal allocation, select largest sample mean. Any KN/KN++/Rinott run with "
    "indifference delta'<=delta and confidence 1-alpha must have PCS>=1-alpha (check over >=1000 macro-replications "
    "with binomial CI).": correct_selection,
    "N_i/N_j=((s_i/d_bi)/(s_j/d_bj))^2 for non-best; N_b=s_b sqrt(sum N_i^2/s_i^2); d_bi=mean_i-mean_b.": budget,
    "As F14-cost; systems are the staffing levels; true means in the table; smallest is best.": counters,
    "Minimise over mu: E[mean sojourn of customers #..# of an M/M/1 started empty] + cost*mu^2 (SimOpt library "
    "problem MM1-1; library prints no optimum).": service_rate,
}
