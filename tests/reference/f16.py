"""F16: numbers printed in papers, handbooks, packages and their tests, recomputed by theory.

What is asked is in the names of the quantities: a model (`C_`, `A_`; Erlang A where patience is given, a finite room
where one is), a word of `_measures`, and the unit of a time (`_sec`, `_min`, `_hour`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hallsim import theory
from hallsim.theory import ErlangA, ErlangC, FiniteRoom
from tests.reference.answer import Calculation, exactly
from tests.reference.plan import Case, NotCovered

MINUTES = {"second": 1 / 60, "minute": 1.0, "hour": 60.0}
UNITS = {"s": 1 / 60, "sec": 1 / 60, "seconds": 1 / 60, "min": 1.0, "minutes": 1.0, "h": 60.0, "hour": 60.0}

Line = ErlangC | ErlangA | FiniteRoom
Make = Callable[[int], Line]
"""Number of servers -> the line with them."""

_AGENTS = re.compile(r"n?_?(?:min_)?(?:agents|servers)(?:_needed)?_(\d+)_(\d+)(?:_.*)?")
_AGENTS_BY_DELAY = re.compile(r"min_(?:agents|servers)_ASA_([\d.]+)s")
_SERVICE_LEVEL = re.compile(r"(?:service_level|SL)_([\d.]+)s?(?:ec)?")
_PERCENTILE = re.compile(r"p(\d+)_(?:wait|time_in_queue)")
_PROBABILITY = re.compile(r"p_?(\d+)")


def _unit(case: Case) -> float:
    """Return the minutes of a unit of time."""
    unit = case["params"].get("time_unit", "minute")
    if unit not in MINUTES:
        raise NotCovered(f"time unit {unit!r}")
    return MINUTES[unit]


def printed(case: Case) -> Calculation:
    """Tables without words, and steady states of a line, told apart by their parameters."""
    p = case["params"]
    if set(p) == {"erlang_c", "erlang_b", "asa"}:
        return _asserted(case)
    if set(p) == {"blocking", "N"}:
        return _blocking_table(case)
    if not {"arrival_rate", "service_rate"} <= set(p):
        raise NotCovered(f"no semantics, and parameters {', '.join(sorted(p))}")
    minutes, limit, _ = _unit(case), p.get("T"), p.get("target")  # names say the target
    models = _models(p)
    found: dict[str, Any] = {}
    for name in case["quantities"]:
        model, _, rest = name.partition("_")
        make, word = (models[model], rest) if model in models and rest else (models[""], name)
        value = _quantity(word, make, p, minutes, limit)
        if value is not None:
            found[name] = value
    return exactly(**found)


def _models(p: Mapping[str, Any]) -> dict[str, Make]:
    """Return how to make the lines of a case: "" for the one that the parameters describe, "C" and "A" by name."""
    lam, mu = p["arrival_rate"], p["service_rate"]
    made: dict[str, Make] = {"C": partial(ErlangC, lam, mu)}
    made[""] = made["C"]
    if p.get("patience_rate", 0.0) > 0:
        made[""] = made["A"] = partial(ErlangA, lam, mu, p["patience_rate"])
    if (room := p.get("capacity_total")) is not None:
        made[""] = lambda n: FiniteRoom(lam, mu, n, room)
    return made


def _quantity(word: str, make: Make, p: Mapping[str, Any], minutes: float, limit: float | None) -> Any:
    """Return the quantity that a word names, or None."""
    if wanted := _AGENTS.fullmatch(word):
        time = _limit(wanted[2], minutes, limit)
        return theory.fewest_servers(lambda n: _served_within(make(n), time) >= int(wanted[1]) / 100)
    if wanted := _AGENTS_BY_DELAY.fullmatch(word):
        most = float(wanted[1]) / 60 / minutes
        return theory.fewest_servers(lambda n: make(n).mean_wait <= most)
    if "servers" not in p:
        return None
    line = make(p["servers"])
    if wanted := _SERVICE_LEVEL.fullmatch(word):
        return _served_within(line, _limit(wanted[1], minutes, limit))
    if (wanted := _PROBABILITY.fullmatch(word)) and int(wanted[1]) == 0 and isinstance(line, ErlangC):
        return line.p_empty
    measures = _measures(line, p)
    if word in measures:
        return measures[word]
    stem, _, unit = word.rpartition("_")
    if unit not in UNITS:
        return None
    factor = minutes / UNITS[unit]
    if (wanted := _PERCENTILE.fullmatch(stem)) and not isinstance(line, FiniteRoom):
        return line.wait_percentile(int(wanted[1]) / 100) * factor
    return measures[stem] * factor if stem in _TIMES and stem in measures else None


def _limit(seconds: str, minutes: float, limit: float | None) -> float:
    """Return the limit of a name in the case's unit; where a parameter rounds to it, that is the full number."""
    if limit is not None and round(limit * minutes * 60) == float(seconds):
        return limit
    return float(seconds) / 60 / minutes


def _served_within(line: Line, time: float) -> float:
    return line.service_level(time) if isinstance(line, ErlangA) else line.within(time)


_TIMES = ("mean_wait", "Wq", "ASA", "W")


def _measures(line: Line, p: Mapping[str, Any]) -> dict[str, float]:
    """Return everything about a line by the words for it; times in the case's own unit."""
    wait, queue, lam, mu = line.mean_wait, line.mean_queue, p["arrival_rate"], p["service_rate"]
    lost = line.p_abandon if isinstance(line, ErlangA) else line.p_blocked if isinstance(line, FiniteRoom) else 0.0
    found = {
        **dict.fromkeys(("P_wait", "wait_probability"), line.p_wait),
        **dict.fromkeys(("util", "utilisation", "occupancy", "rho"), line.utilisation),
        **dict.fromkeys(("mean_wait", "Wq", "ASA"), wait),
        **dict.fromkeys(("mean_queue", "Lq"), queue),
        "L": queue + lam * (1 - lost) / mu,
    }
    if isinstance(line, ErlangA):
        return found | {"P_ab": line.p_abandon}
    found["W"] = wait + 1 / mu
    return found | {"P_block": line.p_blocked} if isinstance(line, FiniteRoom) else found


def _asserted(case: Case) -> Calculation:
    p = case["params"]
    asa, (n, load) = p["asa"], p["erlang_c"]
    line = partial(ErlangC, asa["calls_per_hour"] / 3600, 1 / asa["aht_sec"])
    agents = theory.fewest_servers(lambda k: line(k).mean_wait <= asa["asa_sec"])
    values = {f"ErlangC_{n}_{load}": theory.erlang_c(load, n), f"min_agents_ASA_{asa['asa_sec']}s": agents}
    values |= {f"ErlangB_{n}_{load}": theory.erlang_b(load, n) for n, load in p["erlang_b"]}
    return exactly(**values)


def _blocking_table(case: Case) -> Calculation:
    p = case["params"]
    share = p["blocking"]
    return exactly(**{f"A_for_{100 * share:g}pct_N{n}": theory.load_for_blocking(share, n) for n in p["N"]})


ADAPTERS = dict.fromkeys(
    (
        "",
        "Erlang A.",
        "Erlang B.",
        "Erlang C.",
        "Steady state.",
        "Steady state; waits in seconds; A_mean_wait over all customers.",
    ),
    printed,
)
