"""Networks against queueing theory: thinned Poisson streams, a logit, and loss halls that overflow into each other.

Steady runs; the unit of every interval is the replication. A difference is held against 3.3 standard errors of the
mean, which are below the size that each test says it would see.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.experiment.results import Results
from hallsim.scenario import load
from hallsim.theory import ErlangC

MINUTE_MEAN = 5.0
"""Mean service in minutes."""


def steady(rate: float, servers: int, **counter: Any) -> dict[str, Any]:
    """Return a hall in a steady run with so many customers a minute."""
    counter = {"servers": servers, "time": f"exponential {MINUTE_MEAN:g} min", **counter}
    arrivals = {"rate": f"{60 * rate:g}/h"}
    return {"run_for": "20000 min", "warm_up": "500 min", "arrivals": arrivals, "stations": {"counter": counter}}


def agrees(results: Results, measure: str, hall: str, exact: float, seen: float) -> None:
    """Hold an estimate at a hall's counter against an exact value; differences of `seen` of it must be visible."""
    found = results.estimate(measure, "station", f"{hall}/counter")
    error = found.half_width / 1.96
    assert 3.3 * error < seen * exact, "too few customers to see anything"
    assert abs(found.value - exact) < 3.3 * error


def test_by_distance_alone_each_hall_is_an_erlang_c_queue_with_its_part_of_the_stream() -> None:
    # a Poisson stream split by where customers live is two independent ones
    areas = {
        "east": {"customers_of": {"main": "60 %"}, "travel": {"main": "4 min", "north": "9 min"}},
        "west": {"customers_of": {"main": "40 %"}, "travel": {"main": "9 min", "north": "6 min"}},
    }
    given = {"network": "n", "halls": {"main": steady(0.8, 3), "north": steady(0.0, 2)}, "areas": areas}
    results = hs.run(load({**given, "choice": {"wait": 0}}), 40, seed=3)
    for hall, rate, servers in (("main", 0.48, 3), ("north", 0.32, 2)):
        agrees(results, "mean_wait", hall, ErlangC(rate, 1 / MINUTE_MEAN, servers).mean_wait, seen=0.08)


def test_what_customers_like_makes_a_multinomial_logit() -> None:
    # shares go as exp(-travel / scale), McFadden 1974
    travel = {"main": 6.0, "north": 9.0, "west": 4.0}
    halls = {name: steady(0.5 if name == "main" else 0.0, 9) for name in travel}
    area = {"customers_of": "main", "travel": {name: f"{t:g} min" for name, t in travel.items()}}
    choice = {"wait": 0, "liking": "3 min"}
    results = hs.run(load({"network": "n", "halls": halls, "areas": {"town": area}, "choice": choice}), 10, seed=4)
    weight = {name: math.exp(-t / 3.0) for name, t in travel.items()}
    for hall in travel:
        share = weight[hall] / sum(weight.values())
        agrees(results, "joined", hall, 0.5 * 19_500 * share, seen=0.05)


def overflow(first: int, second: int, to_first: float, to_second: float) -> tuple[float, float]:
    """Return the rates at which customers are taken by two loss halls, the first of which overflows into the second.

    With i and j busy counters (of `first`, `second`) the pair is a Markov chain: whoever comes to the first finds
    i < first and makes it i + 1, or else j < second and makes it j + 1, or else is lost; whoever comes to the second
    finds j < second or is lost; services end at the rates i and j over their mean. Its stationary law p solves p Q = 0,
    and the second takes to_second P(j < second) + to_first P(i = first, j < second).
    """
    states = [(i, j) for i in range(first + 1) for j in range(second + 1)]
    number = {state: k for k, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for (i, j), k in number.items():
        to = (i + 1, j) if i < first else (i, j + 1)
        for state, rate in ((to, to_first), ((i, j + 1), to_second), ((i - 1, j), i), ((i, j - 1), j)):
            if state in number:
                q[k, number[state]] += rate if state[0] + state[1] > i + j else rate / MINUTE_MEAN
    q -= np.diag(q.sum(axis=1))
    p = np.linalg.solve(np.vstack([q.T[:-1], np.ones(len(states))]), np.eye(len(states))[-1])
    free = sum(p[number[i, j]] for i, j in states if j < second)
    sent = sum(p[number[first, j]] for j in range(second))
    busy = sum(p[number[first, j]] for j in range(second + 1))
    return to_first * (1 - busy), to_second * free + to_first * sent


@pytest.mark.parametrize("way", ["when_full", "condition"])
def test_a_full_loss_hall_overflows_into_the_next_as_a_markov_chain_says(way: str) -> None:
    rates, sizes = (0.7, 0.3), (3, 2)
    main = steady(rates[0], sizes[0], room={"total": sizes[0]}, when_full="divert north")
    if way == "condition":
        del main["stations"]["counter"]["when_full"]
        main["entry"] = [{"when": f"at least {sizes[0]} at counter", "to": "divert north"}, {"to": "counter"}]
    north = steady(rates[1], sizes[1], room={"total": sizes[1]})
    given = {"network": "n", "halls": {"main": main, "north": north}, "between": {"main": {"north": "0 min"}}}
    results = hs.run(load(given), 40, seed=5)
    for hall, exact in zip(("main", "north"), overflow(*sizes, *rates), strict=True):
        agrees(results, "joined", hall, 19_500 * exact, seen=0.01)


def test_the_chain_of_loss_halls_has_the_erlang_loss_of_the_first() -> None:
    taken, _ = overflow(3, 2, 0.7, 0.3)
    load_of_first = 0.7 * MINUTE_MEAN
    terms = [load_of_first**i / math.factorial(i) for i in range(4)]
    assert taken == pytest.approx(0.7 * (1 - terms[3] / sum(terms)), abs=1e-12)
