"""Cases of our own whose answers come from a Markov chain that is solved here: pools, machines, opening counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

from tests.reference import f7, f8, f13

State = tuple[int, ...]
Moves = Callable[[State], Iterator[tuple[float, State]]]


def stationary(start: State, moves: Moves) -> dict[State, float]:
    """Return the stationary probabilities of the states that can be reached, by a sparse linear solve.

    `moves(state)` yields rates and the states they lead to; a truncated chain yields nothing beyond its end.
    """
    index, todo = {start: 0}, [start]
    entries: list[tuple[int, int, float]] = []
    while todo:
        state = todo.pop()
        for rate, to in moves(state):
            if rate > 0 and to != state:
                if to not in index:
                    index[to] = len(index)
                    todo.append(to)
                entries += [(index[to], index[state], rate), (index[state], index[state], -rate)]
    n = len(index)
    kept = [(i, j, x) for i, j, x in entries if i < n - 1] + [(n - 1, j, 1.0) for j in range(n)]
    rows, columns, values = zip(*kept, strict=True)
    right = np.zeros(n)
    right[n - 1] = 1.0
    solved = spsolve(csc_matrix((values, (rows, columns)), shape=(n, n)), right)
    return {state: float(solved[i]) for state, i in index.items()}


def mean(law: dict[State, float], of: Callable[[State], float]) -> float:
    """Return the mean of a function of the state, to the ten digits that any solver gives."""
    return float(f"{sum(p * of(s) for s, p in law.items()):.10g}")


def nested_pools(name: str, family: str) -> dict[str, Any]:
    """One server for class 1 alone, one for both who calls class 2 first; everybody has patience."""
    a, b, mu, theta, most = 0.9, 0.5, 1.0, 0.4, 40

    def moves(state: State) -> Iterator[tuple[float, State]]:
        one, two, q1, q2 = state  # two: whom the second pool serves, 0 nobody, else the class
        if not one:
            yield a, (1, two, q1, q2)
        elif not two:
            yield a, (one, 1, q1, q2)
        elif q1 < most:
            yield a, (one, two, q1 + 1, q2)
        if not two:
            yield b, (one, 2, q1, q2)
        elif q2 < most:
            yield b, (one, two, q1, q2 + 1)
        if one:
            yield mu, (1, two, q1 - 1, q2) if q1 else (0, two, q1, q2)
        if two:
            yield mu, (one, 2, q1, q2 - 1) if q2 else (one, 1, q1 - 1, q2) if q1 else (one, 0, q1, q2)
        yield q1 * theta, (one, two, q1 - 1, q2)
        yield q2 * theta, (one, two, q1, q2 - 1)

    law = stationary((0, 0, 0, 0), moves)
    taken = mean(law, lambda s: a * (s[0] == 1 and s[1] == 0) + mu * (s[1] > 0 and s[3] == 0 and s[2] > 0))
    queue1, queue2 = mean(law, lambda s: s[2]), mean(law, lambda s: s[3])
    served = a - theta * queue1
    return {
        "id": name,
        "family": family,
        "params": {
            "pool1": 1,
            "pool2": 1,
            "arrival_rates": [a, b],
            "service_rates_by_class": [mu, mu],
            "patience_rates": [theta, theta],
            "pool2_priority_class": 2,
        },
        "semantics": next(text for text in f7.ADAPTERS if "calls class 2 first" in text),
        "quantities": {
            key: {"value": float(f"{value:.10g}"), "definition": ""}
            for key, value in {
                "W_class1": queue1 / a,
                "W_class2": queue2 / b,
                "P_wait_class1": mean(law, lambda s: s[0] > 0 and s[1] > 0),
                "P_wait_class2": mean(law, lambda s: s[1] > 0),
                "P_ab_class1": theta * queue1 / a,
                "P_ab_class2": theta * queue2 / b,
                "util_pool1": mean(law, lambda s: s[0]),
                "util_pool2": mean(law, lambda s: s[1] > 0),
                "frac_class1_served_by_pool2": taken / served,
            }.items()
        },
        "source": "Markov chain of who is served where and of the two queues",
    }


def broken_servers(name: str, family: str) -> dict[str, Any]:
    """Two servers who fail idle or busy, and one hand to repair them."""
    lam, mu, fail, fix, n, most = 0.8, 1.0, 0.1, 0.5, 2, 400

    def moves(state: State) -> Iterator[tuple[float, State]]:
        inside, up = state
        if inside < most:
            yield lam, (inside + 1, up)
        yield min(inside, up) * mu, (inside - 1, up)
        yield up * fail, (inside, up - 1)
        if up < n:
            yield fix, (inside, up + 1)

    law = stationary((0, n), moves)
    inside, busy = mean(law, lambda s: s[0]), mean(law, min)
    up = mean(law, lambda s: s[1])
    params = {
        "arrival_rate": lam,
        "service_rate": mu,
        "servers": n,
        "failure_rate_per_server": fail,
        "repair_rate": fix,
        "failures": "any time while up (idle or busy)",
        "repair_crew": 1,
    }
    values = {
        "W_not_in_service": (inside - busy) / lam,
        "W_sojourn": inside / lam,
        "L": inside,
        "mean_up": up,
        "P_all_down": mean(law, lambda s: s[1] == 0),
        "P_delay": mean(law, lambda s: s[0] >= s[1]),
        "busy": busy,
        "failures_per_minute": fail * up,
    }
    semantics = next(text for text, known in f8.ADAPTERS.items() if known is f8.breakdowns)
    return _case(name, family, params, semantics, values, "Markov chain of the numbers inside and up")


def prepared_line(name: str, family: str) -> dict[str, Any]:
    """One counter and one clerk, who finishes what he has begun; everybody has patience."""
    lam, slow, fast, prepare, theta, most = 0.8, 1.0, 1.6, 1.2, 0.3, 60
    idle, unprepared, ready, blocked = 0, 1, 2, 3

    def moves(state: State) -> Iterator[tuple[float, State]]:
        counter, n, done = state  # the first `done` of n in line are prepared; the next one is being prepared
        if counter == idle:
            yield lam, (unprepared, 0, 0)
        elif n < most:
            yield lam, (counter, n + 1, done)
        then = (ready, n - 1, done - 1) if done else (blocked, n - 1, 0) if n else (idle, 0, 0)
        yield {unprepared: slow, ready: fast}.get(counter, 0.0), then
        if counter == blocked:
            yield prepare, (ready, n, done)
        elif n > done:
            yield prepare, (counter, n, done + 1)
        yield done * theta, (counter, n - 1, done - 1)
        yield (n - done) * theta, (counter, n - 1, done)

    law = stationary((idle, 0, 0), moves)
    queue = mean(law, lambda s: s[1])
    services = [mean(law, lambda s, on=on: s[0] == on) * rate for on, rate in ((unprepared, slow), (ready, fast))]  # type: ignore[misc]
    params = {
        "counters": 1,
        "arrival_rate": lam,
        "rate_unprepared": slow,
        "rate_prepared": fast,
        "preservice_rate": prepare,
        "helpers": 1,
        "variant": "finish",
        "patience_rate": theta,
    }
    values = {
        "Wq": queue / lam,
        "Lq": queue,
        "P_prepared": services[1] / sum(services),
        "util_counters": mean(law, lambda s: s[0] != idle),
        "util_helper": mean(law, lambda s: s[0] == blocked or s[1] > s[2]),
        "mean_prepared_waiting": mean(law, lambda s: s[2]),
        "mean_counters_blocked": mean(law, lambda s: s[0] == blocked),
        "P_wait": mean(law, lambda s: s[0] != idle),
        "P_ab": theta * queue / lam,
    }
    semantics = next(text for text in f13.ADAPTERS if "FINISH" in text and "Patience" in text)
    return _case(name, family, params, semantics, values, "Markov chain of the counter and the line")


def _case(
    name: str, family: str, params: dict[str, Any], semantics: str, values: dict[str, float], source: str
) -> dict[str, Any]:
    return {
        "id": name,
        "family": family,
        "params": params,
        "semantics": semantics,
        "quantities": {k: {"value": float(f"{v:.10g}"), "definition": ""} for k, v in values.items()},
        "source": source,
    }


def chain_cases() -> list[dict[str, Any]]:
    """Return all of them."""
    return [
        nested_pools("F7-own-N", "F7 skills"),
        broken_servers("F8-own-mm2", "F8 breakdowns"),
        prepared_line("F13-own-finish", "F13 PDA pre-service"),
    ]
