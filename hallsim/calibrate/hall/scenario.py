"""A fitted hall -> scenario files, one for each kind of day, with a comment on every figure saying where it is from.

In: `Hall`, its figures, and a factor on all services. Out: plain data that `hallsim.scenario.load` takes, and text.
What the log tells with an interval stands under `uncertain`, so that runs and comparisons carry it on.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.customers import Customers, scenario_names
from hallsim.calibrate.hall.day_kinds import span_of
from hallsim.calibrate.hall.figure import Figure
from hallsim.calibrate.hall.fit import BOOKED, Day, Hall, surely
from hallsim.calibrate.hall.laws import Fitted
from hallsim.calibrate.hall.patience import Patience
from hallsim.calibrate.hall.staffing import Posts
from hallsim.model import US_PER_SECOND
from hallsim.scenario.names import role_of
from hallsim.scenario.writing import text_of
from hallsim.units import format_clock

I64 = NDArray[np.int64]

LEAST, MOST = 0.001, 0.5
"""Half-widths, as shares, that are worth an entry under `uncertain`, and that a scenario believes."""
MOST_LIFT = 1000.0
"""Per cent, that a scenario takes."""


def file_of(path: Path, hall: Hall, day: Day) -> Path:
    """Return the file of a kind of day: the commonest has the name asked for, others their own added."""
    return path if day is hall.days[0] else path.with_name(f"{path.stem}_{day.kind.name}{path.suffix}")


def text(hall: Hall, day: Day, figures: Sequence[Figure], workload: float = 1.0) -> str:
    """Return the scenario file of a kind of day."""
    data = tree(hall, day, workload)
    own = [figure for figure in figures if figure.day in ("", day.kind.name)]
    if uncertain := _uncertain(data, own):
        data["uncertain"] = uncertain
    comments = {figure.path: [sentence(figure)] for figure in own if _at(data, figure.path) is not None}
    about = f"Fitted by `hallsim calibrate` to {len(day.dates)} days of a log ({day.kind.label.en})."
    comments["format",] = [about, "Comments say what each figure is: estimate (95 % interval), source, method."]
    if workload != 1.0:
        comments["stations",] = [
            f"All service times are multiplied by {workload:.3f}, the workload found by simulation."
        ]
    if uncertain:
        comments["uncertain",] = ["How far the log leaves these open; `hallsim run` and `compare` carry it on."]
    return text_of(data, comments)


def sentence(figure: Figure) -> str:
    """Return what is known of a figure, in one line of English."""
    from hallsim.calibrate.hall.words import number

    found = figure.found
    ends = f" ({number(found.low)} to {number(found.high)})" if math.isfinite(found.low + found.high) else ""
    warned = "".join(f"; beware: {w.en}" for w in figure.warnings)
    unit = f" {figure.unit}" if figure.unit else ""
    said = f"{figure.label.en}: {number(found.value)}{unit}{ends}; {figure.source.en}; {figure.method.en}{warned}"
    return re.sub(r"\s+", " ", said)


def tree(hall: Hall, day: Day, workload: float = 1.0) -> dict[str, Any]:
    """Return the scenario of a kind of day as plain data."""
    customers = hall.customers
    stations = [s for s in hall.services if s in day.posts]
    data: dict[str, Any] = {
        "format": 1,
        "hall": hall.name,
        "source": f"Queue log, {len(day.dates)} days ({day.kind.label.en}), {span_of(day.dates)}.",
        "open": f"{format_clock(day.rates.open)}-{format_clock(day.rates.close)}",
        **_who(customers),
        "arrivals": _sources(hall, day),
        **_campaigns(hall, day),
    }
    if tickets := _tickets(hall, day):
        data["tickets"] = tickets
    if follow_ons := _follow_ons(hall, stations):
        data["follow_ons"] = follow_ons
    if len(stations) > 1:
        data["entry"] = _entry(customers, stations)
    data["stations"] = {customers.stations[s]: _station(hall, day, s, stations, workload) for s in stations}
    return data


def law(fitted: Fitted, workload: float = 1.0) -> Any:
    """Return a law as a scenario takes it."""
    one = fitted.scaled(workload)
    if one.values:
        return {"law": "empirical", "values": [duration(v) for v in one.values]}
    if one.atom is not None and one.body is not None:
        part = f"{100 * one.atom[0]:.2f}"
        body = f"lognormal {duration(one.body[0])} cv {one.body[1]:.4g}"
        shares = [f"{part} %", f"{100 - float(part):.2f} %"]
        return {"law": "mixture", "shares": shares, "of": [f"uniform 0 s to {duration(one.atom[1])}", body]}
    mean = duration(one.mean.value)
    if one.name == "deterministic":
        return mean
    if one.name == "exponential":
        return f"exponential {mean}"
    if one.name == "weibull":
        from hallsim.calibrate.hall.laws import weibull_shape

        return f"weibull {mean} shape {weibull_shape(one.cv.value):.4g}"
    return f"{one.name} {mean} cv {one.cv.value:.4g}"


def duration(seconds: float) -> str:
    """Return a duration for a scenario.

    >>> duration(187.25), duration(12.5)
    ('3.1208 min', '12.5 s')
    """
    return f"{_plain(seconds / 60.0)} min" if seconds >= 60.0 else f"{_plain(seconds)} s"


def _plain(x: float) -> str:
    return f"{x:.{max(5 - 1 - math.floor(math.log10(x)), 0) if x > 0 else 0}f}".rstrip("0").rstrip(".") if x else "0"


def _percentages(counts: dict[str, int]) -> dict[str, str]:
    """Return shares that add up to 100 %, the largest as the rest."""
    total = sum(counts.values())
    largest = max(counts, key=lambda key: counts[key])
    found = {key: f"{100.0 * n / total:.2f} %" for key, n in counts.items() if n and key != largest}
    return {**found, largest: "rest"} if found else {largest: "all"}


def _who(customers: Customers) -> dict[str, Any]:
    """Return segments and transactions."""
    classes = sorted({c for c, _ in customers.mix})
    every, counts = customers.every_transaction, customers.first_transactions
    found: dict[str, Any] = {}
    if len(classes) > 1:
        sizes = {customers.classes[c]: sum(n for (k, _), n in customers.mix.items() if k == c) for c in classes}
        shares: dict[str, Any] = dict(_percentages(sizes))
        for c in classes if len(every) > 1 else ():
            own = {customers.transactions[t]: n for (k, t), n in customers.told.items() if k == c}
            if own:
                shares[customers.classes[c]] = {
                    "share": shares[customers.classes[c]],
                    "transactions": _percentages(own),
                }
        found["segments"] = shares
    if len(every) > 1:
        later = {customers.transactions[t]: "0 %" for t in every if t not in counts}
        found["transactions"] = {**later, **_percentages({customers.transactions[t]: n for t, n in counts.items()})}
    return found


def _follow_ons(hall: Hall, stations: Sequence[int]) -> dict[str, Any]:
    """Return which transactions customers go on with, at the same counter."""
    customers, parts = hall.customers, hall.sample.parts
    share = {
        customers.transactions[a]: {
            customers.transactions[b]: f"{100.0 * n / sum(nexts.values()):.2f} %" for b, n in nexts.items() if b >= 0
        }
        for a, nexts in sorted(customers.follow_ons.items())
    }
    going_on = np.unique(hall.sample.legs.station[parts.leg[parts.goes_on]])
    counters = [customers.stations[s] for s in going_on.tolist() if s in stations]
    if not counters:
        return {}
    return {"share": {a: own for a, own in share.items() if own}, "then": counters[0], "same_counter": counters}


def _sources(hall: Hall, day: Day) -> dict[str, Any]:
    """Return how customers come: by rates, and beside them those with appointments."""
    known = day.appointments
    if known is None:
        return _arrivals(day)
    appointments: dict[str, Any] = {
        "first": format_clock(known.first),
        "every": duration(known.every / US_PER_SECOND),
        "per_slot": list(known.per_slot),
    }
    if known.show is not None:
        appointments["show"] = f"{100.0 * known.show.value:.2f} %"
    if known.early:
        appointments["early"] = law(known.early[0])
    if known.late:
        appointments["late"] = duration(known.late / US_PER_SECOND)
    walk_ins = np.setdiff1d(hall.sample.first_legs, hall.booked.legs)
    return {
        day.walk_in[-1]: _arrivals(day) | _mix_of(hall, walk_ins),
        BOOKED[-1]: {"appointments": appointments} | _mix_of(hall, hall.booked.legs),
    }


def _mix_of(hall: Hall, legs: I64) -> dict[str, Any]:
    """Return the mix of a source by its customers' first legs: of classes, or of transactions where there is one."""
    customers, of_log = hall.customers, hall.sample.legs
    if len({c for c, _ in customers.mix}) > 1:
        key, column, names = "segments", of_log.ticket_class[legs], customers.classes
    elif len(customers.every_transaction) > 1:
        key, column, names = "transactions", of_log.transaction[legs], customers.transactions
        column = column[column != customers.untold]
    else:
        return {}
    which, counts = np.unique(column, return_counts=True)
    known = {names[i]: n for i, n in zip(which.tolist(), counts.tolist(), strict=True)}
    return {key: _percentages(known)} if known else {}


def _arrivals(day: Day) -> dict[str, Any]:
    rates = day.rates
    found: dict[str, Any] = {
        "rates": {
            format_clock(start): f"{_plain(rate.value)}/h"
            for start, rate in zip(rates.starts, rates.rates, strict=True)
        }
    }
    if rates.crowd.value:
        found["crowd"] = round(rates.crowd.value, 2)
    for key, cv in (("day_cv", day.day_cv), ("hour_cv", day.hour_cv)):
        if surely(cv) and cv.value >= 0.01:
            found[key] = min(round(cv.value, 3), 5.0)
    return found


def _campaigns(hall: Hall, day: Day) -> dict[str, Any]:
    """Return campaigns with the effects that are sure, and as types of day which of them run together how often."""
    customers, found, names = hall.customers, hall.campaigns, hall.campaign_names
    together = Counter(found.running(i) for i in day.kind.days) if len(day.usual) < len(day.kind.days) else Counter()
    if len(together) < 2:
        return {}
    sets = sorted(together, key=lambda running: (len(running), running))
    types = ["_".join(("with", *(names[i] for i in running))) if running else "usual" for running in sets]
    day_types = dict(zip(sets, scenario_names(types, names), strict=True))
    one = len(customers.every_transaction) == 1
    campaigns: dict[str, Any] = {}
    for effect in found.written():
        on = [day_types[running] for running in sets if effect.campaign in running]
        if not on or effect.transaction not in customers.first_transactions:
            continue
        record = campaigns.setdefault(names[effect.campaign], {"on": on})
        lift, longer = f"{_plain(min(100.0 * effect.lift.value, MOST_LIFT))} %", round(effect.longer.value, 4)
        effects = (("lift", effect.lifts, lift), ("service_time", effect.changes_services, longer))
        for key, sure, value in effects:
            if sure and one:
                record[key] = value
            elif sure:
                record.setdefault(key, {})[customers.transactions[effect.transaction]] = value
    shares = _percentages({day_types[running]: n for running, n in together.items()})
    return {"day_types": {name: {"share": share} for name, share in shares.items()}, "campaigns": campaigns}


def _by_transaction(hall: Hall, day: Day) -> bool:
    """Tell whether skills are by transaction, so that every transaction needs a ticket class of its own."""
    return hall.sample.log.kinds == hall.sample.names.transactions and any(len(p.pools) > 1 for p in day.posts.values())


def _tickets(hall: Hall, day: Day) -> dict[str, Any]:
    customers = hall.customers
    if _by_transaction(hall, day):
        names = [customers.transactions[t] for t in customers.every_transaction]
        return {name: {"transactions": [name]} for name in names}
    classes = sorted({c for c, _ in customers.mix})
    if len({customers.ranks[c] for c in classes}) < 2:
        return {}
    ranked = sorted(classes, key=lambda c: (customers.ranks[c], c))
    return {customers.classes[c]: {"segments": [customers.classes[c]], "rank": customers.ranks[c]} for c in ranked}


def _entry(customers: Customers, stations: Sequence[int]) -> Any:
    def table(first: dict[int, int]) -> dict[str, str]:
        known = {customers.stations[s]: n for s, n in first.items() if s in stations}
        return _percentages(known or {customers.stations[stations[0]]: 1})

    if len(customers.entry) == 1:
        return table(next(iter(customers.entry.values())))
    return {customers.classes[c]: table(first) for c, first in sorted(customers.entry.items())}


def _station(hall: Hall, day: Day, station: int, stations: Sequence[int], workload: float) -> dict[str, Any]:
    name, services = hall.customers.stations[station], hall.services[station]
    found: dict[str, Any] = {}
    if hall.sample.names.stations[station] != name:
        found["label"] = hall.sample.names.stations[station]
    if role_of(name) == "other":
        found["role"] = "counter"
    found |= _servers(hall, day.posts[station], station)
    found["time"] = _times(hall, station, workload)
    if services.walk is not None:
        found["walk"] = law(services.walk)
    if services.wrap_up is not None:
        part, work = services.wrap_up
        shares = [f"{100 - 100 * part:.1f} %", f"{100 * part:.1f} %"]
        some = {"law": "mixture", "shares": shares, "of": ["0 s", law(work)]}
        found["wrap_up"] = law(work) if part > 0.95 else some
    found |= _waiting(hall, station)
    onward = {hall.customers.stations[s]: n for s, n in hall.customers.onward.get(station, {}).items() if s in stations}
    if onward:
        gone = hall.customers.onward[station].get(-1, 0)
        found["then"] = _percentages({**onward, "leave": gone} if gone else onward)
    return found


def _times(hall: Hall, station: int, workload: float) -> Any:
    services, customers = hall.services[station], hall.customers
    if not services.by:
        return law(next(iter(services.laws.values()))[0], workload)
    names = {"ticket_class": customers.classes, "transaction": customers.transactions}
    present = {"ticket_class": {c for c, _ in customers.mix}, "transaction": set(customers.every_transaction)}
    known = {
        key: found[0]
        for key, found in services.laws.items()
        if all(v in present[column] and len(present[column]) > 1 for column, v in zip(services.by, key, strict=False))
    }
    # classes that come only with later legs are no customers of the scenario, and one class has no name in it
    most = max(services.laws.values(), key=lambda found: found[0].n)[0]
    rest = known.pop((), None) or max(known.values(), key=lambda one: one.n, default=most)
    found = {
        " ".join(names[column][v] for column, v in zip(services.by, key, strict=True)): law(one, workload)
        for key, one in known.items()
    }
    return {**found, "rest": law(rest, workload)}


def _servers(hall: Hall, posts: Posts, station: int) -> dict[str, Any]:
    names, services = hall.sample.names, hall.services[station]
    if len(posts.pools) > 1:
        return {"pools": {f"pool_{i + 1}": _pool(hall, posts, i) for i in range(len(posts.pools))}}
    if services.by_name and posts.regular:
        people = [
            {"name": names.counters[s]}
            | ({"speed": round(services.speeds[s][0].value, 3)} if s in services.speeds else {})
            for s in posts.regular
        ]
        return {"servers": people}
    return {"servers": _staff(posts.starts, posts.pools[0].open)}


def _pool(hall: Hall, posts: Posts, which: int) -> dict[str, Any]:
    customers, pool = hall.customers, posts.pools[which]
    by_transaction = hall.sample.log.kinds == hall.sample.names.transactions
    names = customers.transactions if by_transaction else customers.classes
    known = set(customers.every_transaction) if by_transaction else {c for c, _ in customers.mix}
    return {
        "servers": {"staff": _steps(posts.starts, pool.open)},
        "calls": [names[k] for k in pool.kinds if k in known],
        "by": "call",
    }


def _staff(starts: tuple[int, ...], numbers: tuple[int, ...]) -> Any:
    if len(set(numbers)) == 1 and numbers[0] > 0:
        return numbers[0]
    return {"staff": _steps(starts, numbers)}


def _steps(starts: tuple[int, ...], numbers: tuple[int, ...]) -> dict[str, int]:
    """Return where the number changes."""
    return {
        format_clock(start): n
        for i, (start, n) in enumerate(zip(starts, numbers, strict=True))
        if i == 0 or n != numbers[i - 1]
    }


def _waiting(hall: Hall, station: int) -> dict[str, Any]:
    """Return patience, and what becomes of numbers whose holders are gone."""
    known = hall.patience[station]
    if not known:
        return {}
    every = known[None]
    present = {c for c, _ in hall.customers.mix}
    named: dict[str, Any] = {hall.customers.classes[c]: patience_law(p) for c, p in known.items() if c in present}
    found: dict[str, Any] = {"patience": {**named, "rest": patience_law(every)} if named else patience_law(every)}
    here = hall.sample.legs.station == station
    calls = hall.sample.call_time[here & (hall.sample.call_time >= 0)] / 1e6
    call_time = duration(max(float(calls.mean()), 1.0)) if len(calls) else "10 s"
    if every.absent.value > 0.0:
        found["calls"] = {"unanswered": f"{100 * every.absent.value:.2f} %", "time_out": call_time}
    if every.silent:
        found["numbers"] = {"call_time": call_time}
    return found


def patience_law(found: Patience) -> Any:
    """Return patience as a scenario takes it."""
    if found.values:
        return {"law": "empirical", "values": [duration(v) for v in found.values]}
    mean = duration(found.mean.value)
    return f"exponential {mean}" if found.name == "exponential" else f"weibull {mean} shape {found.shape.value:.4g}"


def _uncertain(data: dict[str, Any], figures: Sequence[Figure]) -> dict[str, str]:
    """Return the entries that a run is to vary."""
    found = {}
    for figure in figures:
        value = _at(data, figure.path)
        off = figure.found.relative
        if not figure.varies or value is None or not LEAST <= off <= MOST:
            continue
        of_parts = isinstance(value, dict) and value.get("law") == "mixture"
        path = (*figure.path, "of") if of_parts else figure.path
        found[".".join(path)] = f"± {math.ceil(1000 * off) / 10:g} %"
    return found


def _at(data: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(data, dict) or step not in data:
            return None
        data = data[step]
    return data
