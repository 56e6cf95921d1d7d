"""Fresh cases of the families: parameters drawn at random, answers from Markov chains and textbook formulas.

What the file of our own cases fixes by hand is drawn here, at the edges too: heavy loads, one server, patience of one
class alone, laws given by other parameters, repairs one at a time, several thresholds, two helpers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.reference import f1, f2, f3, f4, f6, f8, f9, f11, f13
from tests.reference.chains import State, mean, stationary
from tests.reference.textbook import birth_death, case, erlang_c

Random = np.random.Generator
Made = dict[str, Any]


def _servers_and_load(random: Random, most: float = 0.93) -> tuple[int, float]:
    return int(random.choice([1, 1, 2, 3, 5, 12])), float(random.uniform(0.3, most))


def delay(random: Random) -> Made:
    """M/M/c (Gross and Harris, section 2.3)."""
    c, load = _servers_and_load(random)
    mu = float(random.uniform(0.05, 3))
    lam = load * c * mu
    p_wait, wait = erlang_c(lam, mu, c)
    params = {"arrival_rate": lam, "service_rate": mu, "servers": c, "time_unit": "minute"}
    values = {"Wq": wait, "Lq": lam * wait, "P_wait": p_wait, "util": load, "W": wait + 1 / mu}
    return case("fresh-mmc", "F1", f1.ADAPTERS, f1.steady, params, "Erlang C", **values)


def _line(p: np.ndarray, lam: float, mu: float, c: int, joins: Callable[[int], float]) -> dict[str, float]:
    """Return the usual values of a birth-death line whose customers join with a probability."""
    n = np.arange(p.size)
    share = np.array([joins(int(k)) for k in n])
    joined = float(p @ share)
    queue = float(p @ np.maximum(n - c, 0))
    return {
        "lost": 1 - joined,
        "wait": queue / lam / joined,
        "P_wait": float(p[c:] @ share[c:]) / joined,
        "Lq": queue,
        "util": lam * joined / (c * mu),
    }


def finite(random: Random) -> Made:
    """M/M/c/K, with as little room as servers and overloaded."""
    c, mu = int(random.integers(1, 6)), float(random.uniform(0.1, 2))
    room = c + int(random.choice([1, 2, 7]))
    lam = float(random.uniform(0.4, 2.5)) * c * mu
    p = birth_death(lambda n: lam, lambda n: min(n, c) * mu, room)
    line = _line(p, lam, mu, c, lambda n: float(n < room))
    params = {"arrival_rate": lam, "service_rate": mu, "servers": c, "capacity_total": room}
    values = {"P_block": line["lost"], "Wq_accepted": line["wait"], "P_wait_accepted": line["P_wait"], "Lq": line["Lq"]}
    return case("fresh-mmck", "F2", f2.ADAPTERS, f2.finite_room, params, "birth and death", **values)


def balking(random: Random) -> Made:
    """Chances of joining by a formula that holds from n = 0 or from n = c."""
    c, mu, slope = int(random.integers(1, 5)), 1.0, float(random.uniform(0.05, 0.4))
    lam = float(random.uniform(0.8, 1.5)) * c * mu
    first = int(random.choice([0, c]))
    joins = (lambda n: math.exp(-slope * n)) if first == 0 else (lambda n: math.exp(-slope * max(n - c + 1, 0)))
    text = f"exp(-{slope!r}*n)" if first == 0 else f"exp(-{slope!r}*(n-c+1)) for n >= c, else 1"
    line = _line(birth_death(lambda n: lam * joins(n), lambda n: min(n, c) * mu, 150), lam, mu, c, joins)
    params = {"arrival_rate": lam, "service_rate": mu, "servers": c, "join_probability": text}
    values = {"P_balk": line["lost"], "Wq_joined": line["wait"], "P_wait_joined": line["P_wait"], "Lq": line["Lq"]}
    return case("fresh-balk", "F2", f2.ADAPTERS, f2.balking, params, "birth and death", **values)


def giving_up(random: Random) -> Made:
    """M/M/c+M, from hardly patient to very patient, and overloaded."""
    c, mu = int(random.choice([1, 3, 20])), 1.0
    lam, theta = float(random.uniform(0.6, 1.4)) * c, float(random.choice([0.1, 1.0, 8.0]))
    p = birth_death(lambda n: lam, lambda n: min(n, c) * mu + max(n - c, 0) * theta, c + 400)
    queue = float(p @ np.maximum(np.arange(p.size) - c, 0))
    params = {"arrival_rate": lam, "service_rate": mu, "servers": c, "patience_rate": theta, "T": []}
    lost = theta * queue / lam
    values = {"P_ab": lost, "P_wait": float(p[c:].sum()), "W_all": queue / lam, "util": lam * (1 - lost) / c}
    return case("fresh-erlA", "F2", f2.ADAPTERS, f2.erlang_a, params, "birth and death", **values)


def one_server(random: Random) -> Made:
    """M/G/1 by Pollaczek and Khinchine, with laws given by parameters of many kinds."""
    m, k = float(random.uniform(0.5, 9)), float(random.uniform(0.6, 3))
    laws: list[tuple[dict[str, Any], float, float]] = [  # with mean and mean square
        ({"dist": "gamma", "shape": k, "scale": m / k}, m, m * m * (1 + 1 / k)),
        ({"dist": "erlang", "shape": 3, "rate": 3 / m}, m, m * m * 4 / 3),
        ({"dist": "lognormal", "mean": m, "sd": 1.3 * m}, m, m * m * 2.69),
        ({"dist": "weibull", "shape": k, "scale": m}, m * math.gamma(1 + 1 / k), m * m * math.gamma(1 + 2 / k)),
        ({"dist": "hyperexp2", "p": 0.3, "mean1": 2 * m, "mean2": m / 2}, 0.95 * m, m * m * 2 * (1.2 + 0.175)),
        ({"dist": "uniform", "mean": m, "half_width": m}, m, m * m * 4 / 3),
        ({"dist": "phase-type", "alpha": [0.5, 0.5], "T": [[-1 / m, 1 / m], [0.0, -1 / m]]}, 1.5 * m, 4 * m * m),
    ]
    spec, first, second = laws[int(random.integers(len(laws)))]
    load = float(random.uniform(0.4, 0.85))
    lam = load / first
    wait = lam * second / 2 / (1 - load)
    params = {"arrival_rate": lam, "service": spec, "servers": 1, "rho": load}
    values = {"Wq": wait, "Lq": lam * wait, "P_wait": load, "W": wait + first}
    return case("fresh-mg1", "F3", f3.ADAPTERS, f3.general_service, params, "Pollaczek and Khinchine", **values)


def ranked(random: Random) -> Made:
    """M/M/c with up to six classes in order (Cobham 1954)."""
    c, load = _servers_and_load(random)
    mu = float(random.uniform(0.1, 2))
    rates = (random.dirichlet(np.full(int(random.integers(1, 7)), 3.0)) * load * c * mu).tolist()
    p_wait, _ = erlang_c(sum(rates), mu, c)
    below, values = 0.0, {"P_wait": p_wait}
    for i, r in enumerate(rates, start=1):
        above, below = below, below + r / (c * mu)
        values[f"Wq_class{i}"] = p_wait / (c * mu) / ((1 - above) * (1 - below))
    params = {"arrival_rates": rates, "service_rate": mu, "servers": c}
    return case("fresh-np", "F4", f4.ADAPTERS, f4.common_service, params, "Cobham (1954)", **values)


def one_patient_class(random: Random) -> Made:
    """Two classes of which only the second gives up, in an overload that the first alone would not make."""
    c, mu, a = 2, 1.0, float(random.uniform(0.3, 1.2))
    b, theta = float(random.uniform(2.1, 2.6)) - a, float(random.uniform(0.3, 1.0))

    def moves(state: State) -> Iterator[tuple[float, State]]:
        busy, one, two = state
        if busy < c:
            yield a + b, (busy + 1, one, two)
        else:
            if one < 60:
                yield a, (busy, one + 1, two)
            if two < 40:
                yield b, (busy, one, two + 1)
        if busy:
            yield busy * mu, (busy, one - 1, two) if one else (busy, 0, two - 1) if two else (busy - 1, 0, 0)
        yield two * theta, (busy, one, two - 1)

    law = stationary((0, 0, 0), moves)
    waits = mean(law, lambda s: s[1]) / a, mean(law, lambda s: s[2]) / b
    params = {"servers": c, "arrival_rates": [a, b], "service_rates": [mu, mu], "patience_rates": [0.0, theta]}
    values = {"W_class1_all": waits[0], "W_class2_all": waits[1], "P_ab_class2": theta * waits[1]}
    return case("fresh-2class", "F4", f4.ADAPTERS, f4.two_classes, params, "Markov chain", **values)


def classes_by_name(random: Random) -> Made:
    """A network of classes with names of any kind (Jackson 1957)."""
    lam, fail = float(random.uniform(0.6, 1.2)), float(random.choice([0.0, 0.1, 1.0]))
    to_kiosk = random.uniform(0.0, 0.5, 3)
    names, share = ("贵宾", "leave", "no card"), random.dirichlet([4.0, 4.0, 4.0])
    stations = {"greeter": (2, 1.5), "kiosk": (4, 0.4), "counter": (12, 0.125)}
    kiosk = float(share @ to_kiosk)
    flows = {"greeter": lam, "kiosk": lam * kiosk, "counter": lam * (1 - kiosk + fail * kiosk)}
    stay = {s: erlang_c(flows[s], mu, n)[1] + 1 / mu for s, (n, mu) in stations.items()}
    classes = {
        name: {"share": float(x), "p_kiosk": float(k), "p_counter": float(1 - k), "p_diverted": 0.0}
        for name, x, k in zip(names, share, to_kiosk, strict=True)
    }
    params: dict[str, Any] = {s: {"servers": n, "rate": mu} for s, (n, mu) in stations.items()}
    params |= {"external_rate": lam, "classes": classes, "kiosk_fail_to_counter": fail}
    values = {
        f"time_in_hall_{name}": stay["greeter"]
        + k * (stay["kiosk"] + fail * stay["counter"])
        + (1 - k) * stay["counter"]
        for name, k in zip(names, to_kiosk.tolist(), strict=True)
    }
    return case("fresh-classes", "F6", f6.ADAPTERS, f6.multiclass, params, "Jackson (1957)", **values)


def broken(random: Random) -> Made:
    """Machines that fail while idle or only while busy, repaired by a crew."""
    n, mu, r = int(random.integers(1, 5)), 1.0, float(random.uniform(0.3, 1.0))
    fails, crew = float(random.uniform(0.01, 0.3)), int(random.integers(1, n + 1))
    busy_only = bool(random.integers(2))
    lam = 0.5 * n * min(1.0, crew * r / (n * fails + r))

    def moves(state: State) -> Iterator[tuple[float, State]]:
        inside, up = state
        busy = min(inside, up)
        if inside < 300:
            yield lam, (inside + 1, up)
        yield busy * mu, (inside - 1, up)
        yield (busy if busy_only else up) * fails, (inside, up - 1)
        yield min(n - up, crew) * r, (inside, up + 1)

    law = stationary((0, n), moves)
    params = {
        "arrival_rate": lam,
        "service_rate": mu,
        "servers": n,
        "failure_rate_per_server": fails,
        "repair_rate": r,
        "failures": "only while serving" if busy_only else "any time while up (idle or busy)",
        "repair_crew": crew,
    }
    values = {
        "L": mean(law, lambda s: s[0]),
        "mean_up": mean(law, lambda s: s[1]),
        "P_all_down": mean(law, lambda s: s[1] == 0),
        "P_delay": mean(law, lambda s: s[0] >= s[1]),
    }
    return case("fresh-broken", "F8", f8.ADAPTERS, f8.breakdowns, params, "Markov chain", **values)


def extra_counters(random: Random) -> Made:
    """Several counters that open at growing lengths of the line."""
    c, mu = int(random.integers(1, 4)), float(random.choice([0.125, 1.0]))
    lam = float(random.uniform(0.6, 1.1)) * c * mu
    opens = np.cumsum(random.integers(1, 4, int(random.integers(1, 4)))) + 1
    levels = [(int(n), int(random.integers(0, n - 1)) if n > 1 else 0) for n in opens]

    def moves(state: State) -> Iterator[tuple[float, State]]:
        queue, busy, extra = state
        if busy < c:
            yield lam, (queue, busy + 1, extra)
        elif extra < len(levels) and queue + 1 >= levels[extra][0]:
            yield lam, (queue, busy, extra + 1)
        elif queue < 250:
            yield lam, (queue + 1, busy, extra)
        yield busy * mu, (queue - 1, busy, extra) if queue else (0, busy - 1, extra)
        if extra:
            closes = queue <= levels[extra - 1][1]
            yield extra * mu, (queue, busy, extra - 1) if closes else (queue - 1, busy, extra)

    law = stationary((0, 0, 0), moves)
    queue = mean(law, lambda s: s[0])
    params = {"regular": c, "arrival_rate": lam, "service_rate": mu, "thresholds_open_close": [list(x) for x in levels]}
    values = {
        "W_all": queue / lam,
        "P_wait": mean(law, lambda s: s[1] == c),
        "mean_extra_open": mean(law, lambda s: s[2]),
        "util_regular": mean(law, lambda s: s[1]) / c,
    }
    return case("fresh-extra", "F9", f9.ADAPTERS, f9.by_own, params, "Markov chain", **values)


def coming_back(random: Random) -> Made:
    """Who gives up comes back, some of them or all."""
    c, mu, theta = int(random.integers(1, 4)), 1.0, float(random.uniform(0.3, 1.5))
    back, r = float(random.choice([0.0, 0.5, 0.9])), float(random.uniform(0.1, 1.0))
    lam = float(random.uniform(0.5, 0.9)) * c

    def moves(state: State) -> Iterator[tuple[float, State]]:
        inside, away = state
        waiting = max(inside - c, 0)
        if inside < 50:
            yield lam, (inside + 1, away)
            yield away * r, (inside + 1, away - 1)
        yield min(inside, c) * mu, (inside - 1, away)
        yield waiting * theta * (1 - back), (inside - 1, away)
        if away < 60:
            yield waiting * theta * back, (inside - 1, away + 1)

    law = stationary((0, 0), moves)
    queue, away = mean(law, lambda s: max(s[0] - c, 0)), mean(law, lambda s: s[1])
    visits = lam + r * away
    params = {
        "arrival_rate": lam,
        "service_rate": mu,
        "servers": c,
        "patience_rate": theta,
        "p_return": back,
        "return_rate": r,
    }
    values = {
        "P_ab_per_visit": theta * queue / visits,
        "visit_rate": visits,
        "mean_orbit": away,
        "W_per_visit": queue / visits,
        "lost_fraction": theta * queue * (1 - back) / lam,
    }
    return case("fresh-back", "F11", f11.ADAPTERS, f11.returning, params, "Markov chain", **values)


Line = tuple[int, ...]
NOT_YET, UNDER_WAY, READY = 0, 1, 2


def helpers(random: Random) -> Made:
    """One or two helpers who prepare customers in line, and are called away or finish; everybody has patience."""
    c, n_helpers, most = int(random.integers(1, 3)), int(random.integers(1, 3)), 9
    mu, prepared, nu = 1.0, float(random.uniform(0.8, 2.5)), float(random.uniform(0.4, 3.0))
    theta, lam = float(random.uniform(0.2, 0.6)), float(random.uniform(0.5, 0.8)) * c
    finish = bool(random.integers(2))

    def begin(line: Line, at_counters: int) -> Line:
        line_ = list(line)
        while line_.count(UNDER_WAY) + at_counters < n_helpers and NOT_YET in line_:
            line_[line_.index(NOT_YET)] = UNDER_WAY
        return tuple(line_)

    def call(slow: int, fast: int, held: int, line: Line) -> State:
        if line:
            slow += line[0] == NOT_YET or (line[0] == UNDER_WAY and not finish)
            fast += line[0] == READY
            held += line[0] == UNDER_WAY and finish
        return (slow, fast, held, *begin(line[1:], held))

    def moves(state: State) -> Iterator[tuple[float, State]]:
        slow, fast, held, *rest = state
        line = tuple(rest)
        if slow + fast + held < c:
            yield lam, (slow + 1, fast, held, *line)
        elif len(line) < most:
            yield lam, (slow, fast, held, *begin((*line, NOT_YET), held))
        if slow:
            yield slow * mu, call(slow - 1, fast, held, line)
        if fast:
            yield fast * prepared, call(slow, fast - 1, held, line)
        if held:
            yield held * nu, (slow, fast + 1, held - 1, *begin(line, held - 1))
        for i, how_far in enumerate(line):
            yield theta, (slow, fast, held, *begin((*line[:i], *line[i + 1 :]), held))
            if how_far == UNDER_WAY:
                yield nu, (slow, fast, held, *begin((*line[:i], READY, *line[i + 1 :]), held))

    law = stationary((0, 0, 0), moves)
    queue = mean(law, lambda s: len(s) - 3)
    slow, fast, held = (mean(law, lambda s, i=i: s[i]) for i in range(3))  # type: ignore[misc]
    params = {
        "counters": c,
        "arrival_rate": lam,
        "rate_unprepared": mu,
        "rate_prepared": prepared,
        "preservice_rate": nu,
        "helpers": n_helpers,
        "variant": "finish" if finish else "abort",
        "patience_rate": theta,
    }
    values = {
        "Wq": queue / lam,
        "P_ab": theta * queue / lam,
        "P_prepared": fast * prepared / (slow * mu + fast * prepared),
        "util_counters": (slow + fast + held) / c,
        "util_helper": (held + mean(law, lambda s: s[3:].count(UNDER_WAY))) / n_helpers,
    }
    found = case("fresh-helpers", "F13", f13.ADAPTERS, f13.prepared, params, "Markov chain", **values)
    word = "FINISH" if finish else "ABORT"
    found["semantics"] = next(t for t in f13.ADAPTERS if word in t and t.endswith("the helper is free)."))
    return found


MAKERS: tuple[Callable[[Random], Made], ...] = (
    delay,
    finite,
    balking,
    giving_up,
    one_server,
    ranked,
    one_patient_class,
    classes_by_name,
    broken,
    extra_counters,
    coming_back,
    helpers,
)
