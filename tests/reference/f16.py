"""F16: numbers printed in papers, handbooks, packages and their tests, recomputed by theory."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from hallsim import theory
from hallsim.theory import ErlangA, ErlangC
from tests.reference.answer import Calculation, exactly
from tests.reference.plan import Case, NotCovered

MINUTES = {"second": 1 / 60, "minute": 1.0, "hour": 60.0}
AGENTS = re.compile(r"agents_needed_(\d+)_(\d+)")


def _unit(case: Case) -> float:
    """Return the minutes of a unit of time."""
    unit = case["params"].get("time_unit", "minute")
    if unit not in MINUTES:
        raise NotCovered(f"time unit {unit!r}")
    return MINUTES[unit]


def with_and_without_abandonment(case: Case) -> Calculation:
    """Erlang C beside Erlang A."""
    p, seconds = case["params"], 60 * _unit(case)
    lam, mu, n = p["arrival_rate"], p["service_rate"], p["servers"]
    patient, human = ErlangC(lam, mu, n), ErlangA(lam, mu, p["patience_rate"], n)
    return exactly(
        C_mean_wait_sec=patient.mean_wait * seconds,
        C_p90_wait_sec=patient.wait_percentile(0.9) * seconds,
        C_mean_queue=patient.mean_queue,
        C_util=patient.utilisation,
        A_P_ab=human.p_abandon,
        A_mean_wait_sec=human.mean_wait * seconds,
        A_mean_queue=human.mean_queue,
        A_util=human.utilisation,
        A_p90_time_in_queue_sec=human.wait_percentile(0.9) * seconds,
    )


def delay(case: Case) -> Calculation:
    """Erlang C for a given staff, and the staff needed for a service level in the quantity's name."""
    p, minutes = case["params"], _unit(case)
    lam, mu, time = p["arrival_rate"], p["service_rate"], p["T"]
    line = ErlangC(lam, mu, p["servers"])
    seconds = round(time * minutes * 60)
    values: dict[str, Any] = {
        "wait_probability": line.p_wait,
        f"service_level_{seconds}s": line.within(time),
        "ASA_sec": line.mean_wait * minutes * 60,
        "occupancy": line.utilisation,
    }

    def agents(target: float, limit: float) -> int:
        return theory.fewest_servers(lambda n: ErlangC(lam, mu, n).within(limit) >= target)

    for name in case["quantities"]:
        if wanted := AGENTS.fullmatch(name):
            values[name] = agents(int(wanted[1]) / 100, int(wanted[2]) / 60 / minutes)
    return exactly(**values)


def without_words(case: Case) -> Calculation:
    """Tell the cases that state no semantics apart by their parameters."""
    p = case["params"]
    for names, adapter in (
        ({"erlang_c", "erlang_b", "asa"}, _asserted),
        ({"blocking", "N"}, _blocking_table),
        ({"arrival_rate", "service_rate", "servers"}, _textbook),
        ({"arrival_rate", "service_rate", "T", "target"}, _agents),
    ):
        if set(p) - {"time_unit"} == names:
            return adapter(case)
    raise NotCovered(f"no semantics, and parameters {', '.join(sorted(p))}")


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


def _textbook(case: Case) -> Calculation:
    p, minutes = case["params"], _unit(case)
    line = ErlangC(p["arrival_rate"], p["service_rate"], p["servers"])
    return exactly(
        p0=line.p_empty,
        rho=line.utilisation,
        P_wait=line.p_wait,
        Lq=line.mean_queue,
        L=line.mean_queue + line.load,
        Wq_min=line.mean_wait * minutes,
        W_min=line.mean_time * minutes,
    )


def _agents(case: Case) -> Calculation:
    p, minutes = case["params"], _unit(case)
    lam, mu, time, target = p["arrival_rate"], p["service_rate"], p["T"], p["target"]
    agents = theory.fewest_servers(lambda n: ErlangC(lam, mu, n).within(time) >= target)
    window = f"{lam / minutes * 10:g}per10min"
    return exactly(**{f"n_agents_{100 * target:g}_{time * minutes * 60:g}_{window}": agents})


ADAPTERS = {
    "Steady state; waits in seconds; A_mean_wait over all customers.": with_and_without_abandonment,
    "Erlang C.": delay,
    "": without_words,
}
