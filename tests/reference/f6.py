"""F6: networks in steady state: greeter, kiosk and counter with fall-back; tandem; a kiosk group without room."""

from __future__ import annotations

from typing import Any

import numpy as np

import hallsim as hs
from hallsim.compiled import Log, compile_model
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, exponential, law, moments, percent, rate, shares, ticks
from tests.reference.plan import Case, Counts, Plan
from tests.reference.single import CUSTOMERS, Horizon, Single, horizon, relaxation, steady_plan, thresholds_of

STATIONS = ("greeter", "kiosk", "counter")


def _routing(p: dict[str, Any]) -> dict[str, str]:
    """Return the routing table after the greeter; what the three probabilities leave over leaves."""
    parts = {"kiosk": p["p_kiosk"], "counter": p["p_counter"], "divert app": p.get("p_diverted", 0.0)}
    left = 1 - sum(parts.values())
    table = {name: percent(x) for name, x in parts.items() if x > 0}
    if abs(left) < 1e-9:
        table[list(table)[-1]] = "rest"
    else:
        table["leave"] = "rest"
    return table


def _station(p: dict[str, Any]) -> dict[str, Any]:
    return {"servers": p["servers"], "time": exponential(p["rate"])}


def _segment(i: int) -> str:
    """Return our name of class i: what cases call their classes need not be a name in a scenario."""
    return f"class{i + 1}"


def _hall(
    case: Case, routes: dict[str, Any], visit_share: dict[str, float], segments: dict[str, float] | None = None
) -> Plan:
    """Build greeter, kiosk, counter; `visit_share` is the mean number of visits a customer pays to each."""
    p = case["params"]
    lam = p["external_rate"]
    fail = p.get("kiosk_fail_to_counter", 0.0)
    back = p.get("counter_return_to_greeter", 0.0)
    stations = {name: _station(p[name]) for name in STATIONS}
    stations["greeter"]["then"] = routes
    if fail > 0:
        stations["kiosk"].update(fails=percent(fail), on_failure="counter")
    if back > 0:
        stations["counter"]["then"] = {"greeter": percent(back), "leave": "rest"}
    memory = sum(
        relaxation(lam * visit_share[s] / (p[s]["servers"] * p[s]["rate"]), p[s]["servers"], 1 / p[s]["rate"])
        for s in STATIONS
        if visit_share[s] > 0
    )
    when = horizon(memory, lam, 2 * CUSTOMERS)
    more = {"segments": shares({_segment(i): x for i, x in enumerate(segments.values())})} if segments else {}
    scenario = when.scenario(stations, {"rate": rate(lam)}, entry="greeter", **more)
    lines = _lines(scenario)
    return Plan(
        scenario=scenario,
        measure=lambda log: _counts(log, case, when, list(segments or {}), lines),
        rows=when.length * lam * sum(visit_share.values()),
    )


def _lines(scenario: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return the first line of each station and the one after its last: they have one per class they serve."""
    model = hs.load(scenario).model
    compiled = compile_model(model)
    first, n = compiled.station_first_line.tolist(), compiled.station_n_lines.tolist()
    return {s.name: (first[i], first[i] + n[i]) for i, s in enumerate(model.stations)}


def _counts(log: Log, case: Case, when: Horizon, segments: list[str], lines: dict[str, tuple[int, int]]) -> Counts:
    window = float(np.diff(when.edges)[0])
    start, stop = (int(t) for t in when.edges)
    nothing = np.zeros(0, dtype=np.int64)
    out: dict[str, tuple[Any, Any]] = {}
    for name, (low, high) in lines.items():
        total, _ = measure.count(log.rows, low, high, -1, start, stop, 0.0, nothing, True)
        area = measure.areas(log.rows, low, high, -1, when.edges)[0]
        joined = total[measure.N_JOINED]
        servers = case["params"][name]["servers"]
        out[f"{name}_rate"] = (joined, window / US_PER_UNIT)
        out[f"{name}_util"] = (area[1], window * servers)
        out[f"{name}_Wq"] = (total[measure.SUM_WAIT] / US_PER_UNIT, joined)
        out[f"{name}_Lq"] = (area[0], window)
        out[f"{name}_P_wait"] = (total[measure.N_DELAYED], joined)
        out[f"{name}_L"] = (area[0] + area[1], window)
    n, time = measure.visits(log.rows, -1, start, stop, nothing)
    out["mean_time_in_hall"] = (time / US_PER_UNIT, n)
    for kind, name in enumerate(segments):
        n, time = measure.visits(log.rows, kind, start, stop, nothing)
        out[f"time_in_hall_{name}"] = (time / US_PER_UNIT, n)
    return out


def jackson(case: Case) -> Plan:
    """Greeter, then kiosk, counter or out; failed kiosks to the counter; some back to the greeter."""
    p = case["params"]
    per_greeting = p["p_counter"] + p["p_kiosk"] * p.get("kiosk_fail_to_counter", 0.0)
    greetings = 1 / (1 - p.get("counter_return_to_greeter", 0.0) * per_greeting)
    visit_share = {"greeter": greetings, "kiosk": greetings * p["p_kiosk"], "counter": greetings * per_greeting}
    return _hall(case, _routing(p), visit_share)


def multiclass(case: Case) -> Plan:
    """The same without return, routed by class, FIFO over classes everywhere."""
    p = case["params"]
    weight = {name: k["share"] for name, k in p["classes"].items()}
    kiosk = sum(k["share"] * k["p_kiosk"] for k in p["classes"].values())
    counter = sum(k["share"] * k["p_counter"] for k in p["classes"].values())
    visit_share = {"greeter": 1.0, "kiosk": kiosk, "counter": counter + kiosk * p.get("kiosk_fail_to_counter", 0.0)}
    routes = {_segment(i): _routing(k) for i, k in enumerate(p["classes"].values())}
    return _hall(case, routes, visit_share, weight)


def tandem(case: Case) -> Plan:
    """M/M/1 stations in a row."""
    p = case["params"]
    lam, rates = p["arrival_rate"], p["rates"]
    when = horizon(sum(relaxation(lam / mu, 1, 1 / mu) for mu in rates), lam)
    names = [f"station{i + 1}" for i in range(len(rates))]
    stations: dict[str, Any] = {}
    for i, (name, mu) in enumerate(zip(names, rates, strict=True)):
        stations[name] = {"servers": 1, "time": exponential(mu)}
        if i + 1 < len(names):
            stations[name]["then"] = names[i + 1]
    known = thresholds_of(case)
    limits = np.array([ticks(t) for t in known.values()], dtype=np.int64)
    start, stop = (int(t) for t in when.edges)

    def counts(log: Log) -> Counts:
        out = measure.visits(log.rows, -1, start, stop, limits)
        over = {f"P_total_gt_{text}": (out[2 + k], out[0]) for k, text in enumerate(known)}
        return {"W_total": (out[1] / US_PER_UNIT, out[0]), **over}

    return Plan(
        scenario=when.scenario(stations, {"rate": rate(lam)}),
        measure=counts,
        rows=when.length * lam * len(rates),
    )


def loss(case: Case) -> Plan:
    """Kiosks without a waiting room; who finds all busy leaves."""
    p = case["params"]
    lam, c = p["arrival_rate"], p["kiosks"]
    station = {"servers": c, "time": law(p["service"]), "room": {"total": c}, "when_full": "leave"}
    when = horizon(3 * moments(p["service"])[0], lam)
    return steady_plan(Single(case, when, c, lam), station, {"rate": rate(lam)})


ADAPTERS = {
    "Open Jackson network: exponential service, FIFO single-class, zero walking time. After greeter: "
    "kiosk/counter/diverted (leaves). After kiosk: fails to counter tail with prob f else leaves. After counter: back "
    "to greeter tail with prob r (then re-triaged) else leaves. Steady state.": jackson,
    "FIFO at every station, NO priority, class-independent exponential service at each station; class keeps its "
    "identity.": multiclass,
    "FIFO both, infinite buffers. Sojourn times at the two stations of the same customer are independent (waits are "
    "not).": tandem,
    "An arrival finding all kiosks busy leaves (overflow is counted). Insensitive to the service law.": loss,
}
