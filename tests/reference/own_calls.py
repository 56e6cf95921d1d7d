"""Cases of our own for call rules: accumulating priority, conservation of work, Markov chains of who waits.

Kleinrock (1964), A delay dependent queue discipline, Naval Research Logistics Quarterly 11; Stanford, Taylor and
Ziedins (2014), Waiting time distributions in the accumulating priority queue, Queueing Systems 77.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.reference import call_rules
from tests.reference.chains import State, mean, stationary
from tests.reference.laws import moments

EXPONENTIAL = {"dist": "exp", "mean": 1.0}
F4, F7 = "F4 priority", "F7 skills"


def _case(
    name: str, family: str, adapter: Any, params: dict[str, Any], source: str, values: dict[str, float]
) -> dict[str, Any]:
    adapters = call_rules.ADAPTERS_F4 | call_rules.ADAPTERS_F7
    return {
        "id": name,
        "family": family,
        "params": params,
        "semantics": next(text for text, known in adapters.items() if known is adapter),
        "quantities": {k: {"value": float(f"{v:.10g}"), "definition": ""} for k, v in values.items()},
        "source": source,
    }


def conserved(rates: list[float], services: list[dict[str, Any]]) -> float:
    """Return the mean work of those in line, measured by the means of their classes: the same under every rule."""
    both = [moments(s) for s in services]
    rho = sum(r * m for r, (m, _) in zip(rates, both, strict=True))
    residual = sum(r * m * m * (1 + v) for r, (m, v) in zip(rates, both, strict=True)) / 2
    return rho * residual / (1 - rho)


def accumulating() -> dict[str, Any]:
    """Return M/G/1 whose customers gather priority at the rates of their classes."""
    rates, weights = [0.2, 0.15, 0.25], [4.0, 2.0, 0.5]
    services = [EXPONENTIAL, {"dist": "erlang", "mean": 1.4, "shape": 2}, {"dist": "deterministic", "value": 1.2}]
    both = [moments(s) for s in services]
    rho = [r * m for r, (m, _) in zip(rates, both, strict=True)]
    residual = sum(r * m * m * (1 + v) for r, (m, v) in zip(rates, both, strict=True)) / 2
    waits: dict[int, float] = {}
    for p in sorted(range(3), key=lambda i: weights[i]):  # the slowest first
        passed = sum(rho[i] * waits[i] * (1 - weights[i] / weights[p]) for i in waits)
        passing = sum(rho[i] * (1 - weights[p] / weights[i]) for i in range(3) if weights[i] > weights[p])
        waits[p] = (residual / (1 - sum(rho)) - passed) / (1 - passing)
    values = {f"Wq_class{i + 1}": waits[i] for i in range(3)} | {"work_in_line": conserved(rates, services)}
    call = {"weights": {f"class{i + 1}": w for i, w in enumerate(weights)}}
    params = {"arrival_rates": rates, "services": services, "call": call}
    return _case("F4-own-accumulating", F4, call_rules.single_server, params, "Kleinrock (1964)", values)


def conservation(name: str, call: Any) -> dict[str, Any]:
    """Return M/G/1 under a rule that neither idles nor looks at the services drawn."""
    rates = [0.25, 0.1, 0.15]
    services = [EXPONENTIAL, {"dist": "erlang", "mean": 2.0, "shape": 3}, {"dist": "uniform", "low": 0.4, "high": 2.4}]
    values = {"work_in_line": conserved(rates, services)}
    params = {"arrival_rates": rates, "services": services, "call": call}
    return _case(name, F4, call_rules.single_server, params, "Kleinrock (1965), a conservation law", values)


def in_order(name: str, call: Any, chosen: Callable[[State], int]) -> dict[str, Any]:
    """Return M/M/1 with a waiting room, by the chain of who is served and who waits, class by class in order."""
    rates, means, room = [0.5, 0.4], [0.7, 1.3], 5

    def moves(state: State) -> Iterator[tuple[float, State]]:
        served, *line = state
        for kind, lam in enumerate(rates, start=1):
            if not served:
                yield lam, (kind,)
            elif len(line) < room:
                yield lam, (*state, kind)
        if served:
            following: list[int] = [0]
            if line:
                kind = chosen(tuple(line))
                line.remove(kind)  # the first of that class
                following = [kind, *line]
            yield 1 / means[served - 1], tuple(following)

    found = stationary((0,), moves)
    values = {"P_block": mean(found, lambda s: len(s) == room + 1)}
    for kind, lam in enumerate(rates, start=1):
        queue = mean(found, lambda s, kind=kind: sum(k == kind for k in s[1:]))  # type: ignore[misc]
        values[f"Wq_class{kind}"] = queue / (lam * (1 - values["P_block"]))
    params = {
        "arrival_rates": rates,
        "services": [{"dist": "exp", "mean": m} for m in means],
        "call": call,
        "room": room,
    }
    source = "Markov chain of the classes of those who wait, in order"
    return _case(name, F4, call_rules.single_server, params, source, values)


def longest(line: State) -> int:
    """Return the class of which most wait, of equal ones that of the first in line."""
    return max(line, key=lambda kind: (line.count(kind), -line.index(kind)))


def longest_if_many(line: State) -> int:
    """Return that of the longest queue if more than three wait, else class 2 before class 1."""
    return longest(line) if len(line) > 3 else max(line)


def shortest(line: State) -> int:
    """Return class 1, whose services are shorter, before class 2."""
    return min(line)


def helped() -> dict[str, Any]:
    """Return two servers, of whom the first helps class 2 out while three of them wait."""
    a, b, mu, theta, most, limit = 0.4, 1.3, [1.0, 0.8], 0.2, 40, 3

    def moves(state: State) -> Iterator[tuple[float, State]]:
        one, two, q1, q2 = state  # one: whom the first server serves, 0 nobody, else the class
        if not one:
            yield a, (1, two, q1, q2)
        elif q1 < most:
            yield a, (one, two, q1 + 1, q2)
        if not two:
            yield b, (one, 1, q1, q2)
        elif not one and q2 + 1 >= limit:
            yield b, (2, two, q1, q2)
        elif q2 < most:
            yield b, (one, two, q1, q2 + 1)
        if one:
            helps = q1 == 0 and q2 >= limit
            to = (1, two, q1 - 1, q2) if q1 else (2, two, 0, q2 - 1) if helps else (0, two, 0, q2)
            yield mu[one - 1], to
        if two:
            yield mu[1], (one, 1, q1, q2 - 1) if q2 else (one, 0, q1, q2)
        yield q1 * theta, (one, two, q1 - 1, q2)
        yield q2 * theta, (one, two, q1, q2 - 1)

    found = stationary((0, 0, 0, 0), moves)
    q1, q2 = mean(found, lambda s: s[2]), mean(found, lambda s: s[3])
    values = {
        "W_class1": q1 / a,
        "W_class2": q2 / b,
        "P_ab_class2": theta * q2 / b,
        "util_pool1": mean(found, lambda s: s[0] > 0),
        "util_pool2": mean(found, lambda s: s[1] > 0),
        "cross_served_class2": mu[1] * mean(found, lambda s: s[0] == 2) / (b - theta * q2),
    }
    params = {
        "arrival_rates": [a, b],
        "service_rates": mu,
        "patience_rate": theta,
        "pool1": 1,
        "pool2": 1,
        "overflow": {"waiting": limit},
    }
    return _case("F7-own-help", F7, call_rules.helped, params, "Markov chain of who is served where", values)


def late_help() -> dict[str, Any]:
    """Return M/M/1 whose customers come to the server, as it were, so much later than to the line."""
    lam, mu, after = 0.7, 1.0, 2.5
    values = {"W_class1": after + lam / mu / (mu - lam), "util_pool1": lam / mu}
    params = {"arrival_rate": lam, "service_rate": mu, "after": after}
    return _case("F7-own-late-help", F7, call_rules.late_help, params, "M/M/1 with arrivals shifted", values)


def call_cases() -> list[dict[str, Any]]:
    """Return all of them."""
    ageing = {"priority": ["class2", "class1"], "ageing": "3 min"}
    switching = [
        {"when": "more than 3 waiting", "call": "longest_queue"},
        {"call": {"head_start": {"class1": "2 min"}, "weights": {"class3": 2.5}}},
    ]
    cases = [
        {"when": "more than 3 waiting", "call": "longest_queue"},
        {"call": {"priority": ["class2", "class1"]}},
    ]
    return [
        accumulating(),
        conservation("F4-own-ageing", ageing),
        conservation("F4-own-switching", switching),
        conservation("F4-own-shortest-work", "shortest_service"),
        in_order("F4-own-longest", "longest_queue", longest),
        in_order("F4-own-shortest", "shortest_service", shortest),
        in_order("F4-own-cases", cases, longest_if_many),
        helped(),
        late_help(),
    ]
