"""Returns over days against exact solutions (semantics 54): a renewal recursion, and losses that come back tomorrow."""

from __future__ import annotations

import math

import numpy as np
import pytest

import hallsim as hs
from hallsim.arrays import F64
from hallsim.experiment.results import Results

Z = 3.3
"""Standard errors that an estimate may be off."""


def assert_means(results: Results, kpi: str, exact: list[float], power: float) -> None:
    """A figure of each day is within Z standard errors of the exact one, which are at most `power` of it."""
    for day, mean in enumerate(exact, start=1):
        found = results.estimate(kpi, days=f"day {day}")
        error = found.half_width / 1.96
        assert error < power * mean
        assert abs(found.value - mean) < Z * error, (kpi, day, found.value, mean, error)


# --- failures that come back, and a loss system behind them ---------------------------------------------
#
# A day brings Poisson(LAMBDA) new customers. At a desk with room for all every visit fails with the probability FAILS,
# whatever else happens; of those who fail a part AGAIN comes again, after k days with the probability AFTER[k]. Thinned
# and moved, the visits of one day's new customers are Poisson on every later day, and independent of those of other
# days' new customers: the visits of day d are Poisson with the mean
#
#     m(d) = LAMBDA + sum over k of FAILS * AGAIN * AFTER[k] * m(d - k).
#
# They come at independent times, level over the day, so that who does not fail reaches the counters behind the desk as
# a Poisson process with the rate (1 - FAILS) m(d) / T, for as long as the hall is open. The counters, C of them without
# a waiting room, are empty at first: the part lost is the mean over the day of the probability that all are busy, by
# the forward equations of the birth and death process.

LAMBDA, FAILS, AGAIN, AFTER = 60.0, 0.4, 0.75, {1: 0.5, 3: 0.5}
HOURS, C, SERVICE_MIN = 4, 2, 15.0
DAYS = 6


def mean_visits() -> list[float]:
    """Return m(d) of every day, by the recursion."""
    found: list[float] = []
    for d in range(DAYS):
        found.append(LAMBDA + FAILS * AGAIN * sum(p * found[d - k] for k, p in AFTER.items() if d >= k))
    return found


def part_lost(rate: float, mu: float, length: float) -> float:
    """Return the part of a Poisson stream lost in [0, length) at C servers, empty at 0, by Runge and Kutta's rule."""
    generator = np.zeros((C + 1, C + 1))
    for busy in range(C):
        generator[busy, busy + 1] = rate
        generator[busy + 1, busy] = (busy + 1) * mu
    generator -= np.diag(generator.sum(axis=1))
    p, full, n = np.eye(C + 1)[0], 0.0, 4000
    h = length / n
    for _ in range(n):
        k1 = p @ generator
        k2 = (p + h / 2 * k1) @ generator
        k3 = (p + h / 2 * k2) @ generator
        k4 = (p + h * k3) @ generator
        after = p + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        full += h * (p[C] + after[C]) / 2
        p = after
    return float(full / length)


def test_failures_that_come_back_make_visits_by_a_recursion_and_losses_by_its_rate() -> None:
    hall = {
        "open": f"09:00-{9 + HOURS}:00",
        "arrivals": {"rate": f"{LAMBDA / HOURS}/h"},
        "entry": "desk",
        "stations": {
            "desk": {"servers": 200, "time": "1 min", "fails": f"{100 * FAILS} %", "then": "counter"},
            "counter": {"servers": C, "time": f"exponential {SERVICE_MIN} min", "room": {"total": C}},
        },
        "horizon": {"days": DAYS},
        "returns": {
            "partly_served": {"share": f"{100 * AGAIN} %", "after": {k: f"{100 * p} %" for k, p in AFTER.items()}},
            "most": 20,
        },
    }
    results = hs.run(hs.load(hall), replications=1500, seed=5, jobs=1)
    visits = mean_visits()
    assert_means(results, "visits", visits, 0.01)
    lost = [(1 - FAILS) * part_lost((1 - FAILS) * m / (60 * HOURS), 1 / SERVICE_MIN, 60 * HOURS) for m in visits]
    assert lost[-1] > 1.15 * lost[0], "those who come again make a difference"
    assert_means(results, "turned_away", lost, 0.02)
    arranged = [FAILS * AGAIN * m for m in visits]
    assert_means(results, "comes_again", arranged, 0.02)


# --- losses that come back tomorrow ---------------------------------------------------------------------
#
# One server without a waiting room. N(d) come on day d, each at a time of his own, level over [0, T); new ones are
# Poisson(NEW), and of those whom day d - 1 has lost a part TOMORROW comes again. Now the losses decide on the next day,
# and who comes is no Poisson process: but given N(d) = n the times are n independent level ones, so that r who have not
# come yet come at the rate r / (T - t). With s = -log(1 - t / T) each comes at the rate 1, and a service ends at the
# rate MU * T * exp(-s). (not yet come, busy, lost) is then a Markov chain on finitely many states, whose forward
# equations are solved for the distribution of losses, by which the next day's N is Poisson plus a binomial part of
# them: exact, day after day, up to the truncation at MOST customers.

NEW, TOMORROW, MU_T = 5.0, 0.8, 4.0
MOST, STEPS, END = 36, 1200, 12.0
LOSS_DAYS = 4


def losses_given(coming: F64) -> F64:
    """Return the distribution of losses of a day from that of who comes: float64[MOST + 1] both."""
    p = np.zeros((MOST + 1, 2, MOST + 1))  # not yet come, busy, lost
    p[:, 0, 0] = coming
    left = np.arange(MOST + 1.0)[:, None]

    def flow(p: F64, s: float) -> F64:
        out = np.zeros_like(p)
        comes_idle, comes_busy, ends = left * p[:, 0], left * p[:, 1], MU_T * math.exp(-s) * p[:, 1]
        out[:, 0] += ends - comes_idle
        out[:, 1] -= ends + comes_busy
        out[:-1, 1] += comes_idle[1:]
        out[:-1, 1, 1:] += comes_busy[1:, :-1]
        return out

    h = END / STEPS
    for i in range(STEPS):
        s = i * h
        k1 = flow(p, s)
        k2 = flow(p + h / 2 * k1, s + h / 2)
        k3 = flow(p + h / 2 * k2, s + h / 2)
        k4 = flow(p + h * k3, s + h)
        p = p + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return p.sum(axis=(0, 1))


def mean_visits_with_losses() -> tuple[list[float], list[float]]:
    """Return the mean number of visits and of losses of each day, by the chain."""
    counts = np.arange(MOST + 1)
    new = np.array([math.exp(-NEW) * NEW**n / math.factorial(n) for n in counts])
    back = np.array(
        [[math.comb(n, k) * TOMORROW**k * (1 - TOMORROW) ** (n - k) for k in range(MOST + 1)] for n in counts]
    )
    coming, visits, lost = new, [], []
    for _ in range(LOSS_DAYS):
        losses = losses_given(coming)
        visits.append(float(counts @ coming))
        lost.append(float(counts @ losses))
        coming = np.convolve(new, losses @ back)[: MOST + 1]
    return visits, lost


def test_the_chain_of_losses_is_exact_enough() -> None:
    two = np.zeros(MOST + 1)
    two[2] = 1.0
    # the gap between two level times has the density 2 (1 - x): the second comes while the first is served
    lost = 2.0 * (1.0 / MU_T - (1.0 - math.exp(-MU_T)) / MU_T**2)
    assert losses_given(two)[:3] == pytest.approx([1.0 - lost, lost, 0.0], abs=2e-5)


def test_losses_that_come_back_tomorrow_follow_the_chain() -> None:
    hall = {
        "open": "09:00-11:00",
        "arrivals": {"rate": f"{NEW / 2}/h"},
        "stations": {"desk": {"servers": 1, "time": f"exponential {120 / MU_T} min", "room": {"total": 1}}},
        "horizon": {"days": LOSS_DAYS},
        "returns": {"turned_away": f"{100 * TOMORROW} %", "most": 20},
    }
    results = hs.run(hs.load(hall), replications=8000, seed=3, jobs=1)
    visits, lost = mean_visits_with_losses()
    assert visits[-1] > 1.5 * visits[0]
    assert_means(results, "visits", visits, 0.01)
    assert_means(results, "comes_again", [TOMORROW * x for x in lost], 0.02)
