"""Small random halls for holding the engines against each other: a seeded generator of scenarios and models.

Every feature of the scenario language that changes what happens in the hall appears with some
probability, sizes are small and loads high, so that ties, full rooms, giving up, shift ends with people in
service and people left at closing are all common.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from hallsim.model import Model
from hallsim.scenario import load
from tests.random_channels import with_channels
from tests.random_follow_ons import with_follow_ons
from tests.random_laws import clock, law
from tests.random_staff import attended, with_helpers, with_persons, with_staff
from tests.random_tables import with_tables
from tests.random_zones import with_zones


class Likely(NamedTuple):
    """How likely a random hall has each of the large features; `catchment`: whether channels have one around."""

    zones: float = 0.35
    offers: float = 0.4
    channels: float = 0.15
    catchment: bool = True


USUAL = Likely()


def _servers(rng: random.Random, minutes: int) -> Any:
    style = rng.randrange(4)
    if style == 0:
        return rng.randint(1, 3)
    if style == 1:
        times = sorted(rng.sample(range(0, minutes, 10), 3))
        return [
            {
                "name": f"person {i}",
                "shifts": [f"{clock(times[0])}-{clock(times[1])}", f"{clock(times[2])}-{clock(minutes)}"],
                "speed": rng.choice([0.8, 1.0, 1.25]),
            }
            if rng.random() < 0.5
            else {"name": f"person {i}", "shifts": [f"09:00-{clock(rng.choice([minutes, minutes - 20]))}"]}
            for i in range(rng.randint(1, 3))
        ]
    steps = sorted(rng.sample(range(10, minutes, 5), rng.randint(1, 3)))
    return {
        "staff": {"09:00": rng.randint(1, 4)} | {clock(t): rng.randint(0, 4) for t in steps},
        "shift_end": rng.choice(["named", "pooled", "preemptive"]),
    }


def _with_numbers(rng: random.Random, station: dict[str, Any]) -> dict[str, Any]:
    """Return the station, now and then with numbers that stay."""
    if rng.random() > 0.3 or "breakdowns" in station or "preemptive" in str(station.get("servers")):
        return station
    numbers: dict[str, Any] = {"call_time": law(rng, 1.0)} if rng.random() < 0.6 else {}
    if rng.random() < 0.3 or not numbers:
        numbers["most"] = rng.randint(1, 6)
    return station | {"numbers": numbers}


def _with_quotes(rng: random.Random, station: dict[str, Any], segments: list[str]) -> dict[str, Any]:
    """Return the station, now and then with a queue machine that tells customers what to expect."""
    if rng.random() > 0.3:
        return station
    tells = rng.choice(["ahead", "estimate"])
    bounds = ["0", "2", "5"] if tells == "ahead" else ["0 min", "3 min", "8 min"]

    def table(values: list[float]) -> Any:
        steps = {bound: rng.choice(values) for bound in rng.sample(bounds, rng.randint(1, 3))}
        return {segments[0]: steps} if rng.random() < 0.3 else steps

    quote: dict[str, Any] = {"tells": tells}
    if "join_probability" not in station:
        quote["joining"] = table([1, 0.9, 0.5, 0])
    if "patience" in station:
        quote["patience"] = table([0, 0.5, 1.5, 3])
    if tells == "estimate":
        quote |= {"factor": 1.5} if rng.random() < 0.5 else {}
        quote |= {"rounded_to": "10 s"} if rng.random() < 0.3 else {}
        quote |= {"mean_service": "4 min"} if rng.random() < 0.3 else {}
    return station | {"quote": quote}


def _with_calls(rng: random.Random, station: dict[str, Any], segments: list[str]) -> dict[str, Any]:
    """Return the station, now and then with customers who do not come when they are called."""
    if rng.random() > 0.25 or "breakdowns" in station or "preemptive" in str(station.get("servers")):
        return station
    share = f"{rng.choice([20, 60])} %"
    calls: dict[str, Any] = {"unanswered": {segments[0]: share} if rng.random() < 0.3 else share}
    calls |= {"time_out": rng.choice([law(rng, 0.5), "20 s"]), "recalls": rng.randint(0, 3)}
    calls |= {"unanswered_again": "50 %"} if rng.random() < 0.7 else {}
    calls |= {"comes_back": rng.choice(["end", "head", 1, 2, 4])} if rng.random() < 0.8 else {}
    return station | {"calls": calls}


def _with_extra(rng: random.Random, station: dict[str, Any]) -> dict[str, Any]:
    """Return the station, now and then with counters that open when the line is long."""
    if (
        rng.random() > 0.3
        or "servers" not in station
        or "breakdowns" in station
        or "shift_end" in str(station["servers"])
    ):
        return station
    close_at = sorted(rng.randint(0, 2) for _ in range(rng.randint(1, 2)))
    open_at = sorted(close + rng.randint(1, 3) for close in close_at)
    extra: dict[str, Any] = {"open_at": open_at, "close_at": close_at, "closing": rng.choice(["own", "any"])}
    if rng.random() < 0.5:
        extra["set_up"] = law(rng, 2.0)
    more = random.Random(rng.random())  # what else there is leaves the draws before as they were
    if more.random() < 0.4:
        del extra["closing"]
        extra["every"] = more.choice(["3 min", "7 min"])
    if (when := random.Random(more.random())).random() < 0.3:
        extra["when"] = when.choice(
            ["after 09:15", "at least 3 in the hall", "longest wait over 1 min", "fewer than 1 idle"]
        )
    if more.random() < 0.4:
        extra["by"] = more.choice(["longest_wait", "estimated_wait"])
        extra["open_at"] = [f"{n} min" for n in open_at]
        extra["close_at"] = [f"{n} min" for n in close_at]
    if more.random() < 0.4:
        extra["back"] = law(more, 4.0)
    if more.random() < 0.4:
        extra["staff"] = [{"name": f"back office {i}"} for i in range(len(open_at))]
        extra["staff"][0]["shifts"] = ["09:10-09:30", "09:35-09:50"]
    return station | {"extra": extra}


def _with_machines(rng: random.Random, station: dict[str, Any], later: list[str]) -> dict[str, Any]:
    """Return the station, now and then with servers who break down all the time."""
    if rng.random() > 0.3 or "shift_end" in str(station.get("servers")):
        return station
    given: dict[str, Any] = {"repair": law(rng, 4.0)}
    if rng.random() < 0.3:
        given["after_uses"] = rng.randint(1, 4)
    else:
        given |= {"every": law(rng, 12.0), "counting": rng.choice(["up", "busy"])}
    if rng.random() < 0.5:
        given["crew"] = 1
    for key in ("send_to", "when_down"):
        if later and rng.random() < 0.4:
            given[key] = rng.choice(later)
    return station | {"breakdowns": given}


def _with_pools(rng: random.Random, station: dict[str, Any], segments: list[str]) -> dict[str, Any]:
    """Return the station, now and then with pools of named servers who may not all call everybody."""
    if rng.random() > 0.3 or isinstance(station["servers"], dict):
        return station
    pools: dict[str, Any] = {}
    for i in range(rng.randint(1, 3)):
        pool: dict[str, Any] = {"servers": rng.randint(1, 2)}
        if i == 1:
            pool["servers"] = {"staff": {"09:00": rng.randint(0, 2), "09:20": rng.randint(1, 2), "09:40": 0}}
        if rng.random() < 0.8:
            chosen = rng.sample(segments, rng.randint(1, len(segments)))
            pool["calls"] = chosen if len(chosen) == len(segments) or i else [*chosen, "rest"]
        if rng.random() < 0.3:
            pool["by"] = "longest_waiting"
        if rng.random() < 0.3:
            pool["time"] = law(rng, 3.0)
        pools[f"pool{i}"] = pool
    changed = {key: value for key, value in station.items() if key != "servers"} | {"pools": pools}
    if rng.random() < 0.3:
        changed["tries"] = {segments[0]: rng.choice(["any", ["pool0"]])}
    return changed


def _with_preparation(stations: dict[str, Any], names: list[str], seed: int) -> None:
    """Let clerks prepare those who wait at some stations: clerks of their own, or servers of another station."""
    clerks = random.Random(f"clerks of {seed}")
    able = [
        name
        for name in names
        if "shift_end" not in str(stations[name].get("servers"))
        and stations[name].get("servers") != "none"
        and "preemptive" not in str(stations[name].get("call"))
        and not {"breakdowns", "extra"} & set(stations[name])
        and not attended(stations[name])
    ]
    for name in names:
        rng = random.Random(f"preparation of {seed} {name}")
        if rng.random() > 0.3 or {"numbers", "calls"} & set(stations[name]) or attended(stations[name]):
            continue
        others = [other for other in able if other != name]
        given: dict[str, Any] = {"time": law(rng, 2.0), "called": rng.choice(["abort", "finish"])}
        if rng.random() < 0.6 or not others:
            given["by"] = "pda"
            servers: Any = {"staff": {"09:00": clerks.randint(0, 2), "09:20": clerks.randint(1, 2), "09:50": 0}}
            servers = clerks.choice([1, 2, servers])
            choice = clerks.choice(["longest_idle", "lowest_number", "random"])
            pda = {"role": "pda", "servers": servers, "idle_choice": choice, "time": "2 min", "then": "leave"}
            stations.setdefault("pda", pda)
        else:
            given["by"] = rng.choice(others)
        if rng.random() < 0.5:
            given["saves"] = "40 %"
        elif rng.random() < 0.5:
            given["time_at_counter"] = law(rng, 1.5)
        given |= {key: "30 %" for key in ("done", "fails") if rng.random() < 0.4}
        if rng.random() < 0.3:
            given["rework"] = 1.5
        if rng.random() < 0.3:
            given["at_least_ahead"] = rng.randint(0, 2)
        if rng.random() < 0.3 and "shift_end" not in str(stations[name].get("servers")):
            given["at_most_ahead"] = rng.randint(2, 4)
        if rng.random() < 0.3 and "shift_end" not in str(stations[name].get("servers")):
            state = rng.choice([f"waiting at {name}", "in the hall", f"idle at {given['by']}"])
            given["when"] = f"{rng.choice(['at least', 'fewer than'])} {rng.randint(1, 4)} {state}"
        stations[name]["preparation"] = given


def _with_experience(stations: dict[str, Any], names: list[str], seed: int) -> None:
    """Let some try terminals while they wait, with or without clerks beside."""
    devices = random.Random(f"terminals of {seed}")
    for name in names:
        rng = random.Random(f"experience of {seed} {name}")
        if rng.random() > 0.25 or {"numbers", "calls"} & set(stations[name]) or attended(stations[name]):
            continue
        given: dict[str, Any] = {"at": "demo", "tries": rng.choice(["50 %", "100 %"]), "time": law(rng, 2.0)}
        given |= {"perceived_wait": rng.choice([0, 0.5, 1, 3]), "called": rng.choice(["abort", "finish"])}
        given |= {"buys": "50 %"} if rng.random() < 0.6 else {}
        given |= {"sale": law(rng, 1.0)} if rng.random() < 0.6 else {}
        given |= {"at_least_ahead": rng.randint(1, 2)} if rng.random() < 0.3 else {}
        if rng.random() < 0.3 and "shift_end" not in str(stations[name].get("servers")):
            given["when"] = f"at least {rng.randint(1, 3)} {rng.choice([f'waiting at {name}', 'in the hall'])}"
        stations[name]["experience"] = given
        number = devices.choice([1, 2, {"staff": {"09:00": 2, "09:30": devices.randint(0, 1)}}])
        stations.setdefault("demo", {"role": "experience", "servers": number, "time": "2 min", "then": "leave"})


def _with_call_rule(rng: random.Random, station: dict[str, Any], segments: list[str], name: str) -> dict[str, Any]:
    """Return the station, now and then with a call rule of its own, or several by cases."""
    if rng.random() > 0.25:
        return station
    preemptive = "preemptive" in str(station.get("call"))

    def rule() -> Any:
        if rng.random() < 0.4 and not preemptive:
            return rng.choice(["fifo", "longest_queue", "shortest_service"])
        order = {"priority": rng.sample(segments, rng.randint(1, len(segments)))}
        found: dict[str, Any] = dict(station["call"]) if preemptive else order if rng.random() < 0.4 else {}
        kind = rng.randrange(4)
        if kind == 0 and "priority" in found and not preemptive:
            found["ageing"] = f"{rng.randint(1, 4)} min"
        elif kind == 1:
            found["weights"] = {s: rng.choice([0, 0.5, 1, 2.125, 1000]) for s in rng.sample(segments, 1)}
        elif kind == 2:
            found["head_start"] = {rng.choice(segments): f"{rng.randint(0, 4)} min", "rest": "1 min"}
        if kind == 3 or not found:
            found["among_equals"] = rng.choice(["fifo", "longest_queue", "shortest_service"])
        if rng.random() < 0.4:
            grace = {"early": "2 min", "late": "1 min", "by": rng.choice(["coming", "calling"])}
            found["appointments"] = rng.choice(["within 3 min", grace])
        return found

    call = rule()
    if rng.random() < 0.3 and not preemptive:
        when = [f"more than 1 waiting at {name}", "before 09:30", "longest wait over 3 min", "at most 0 idle"]
        call = [*({"when": rng.choice(when), "call": rule()} for _ in range(rng.randint(1, 2))), {"call": call}]
    for pool in station.get("pools", {}).values():
        if "by" not in pool and rng.random() < 0.4:
            pool["by"] = "call"
    return station | {"call": call}


def _with_overflow(rng: random.Random, station: dict[str, Any], segments: list[str]) -> dict[str, Any]:
    """Return the station, now and then with pools that help others out."""
    if "pools" in station and len(segments) > 1 and rng.random() < 0.5:
        station["pools"]["reserve"] = {"servers": rng.randint(1, 2), "calls": rng.sample(segments, 1)}
    for pool in station.get("pools", {}).values():
        others = [s for s in segments if s not in pool.get("calls", segments)]
        if "rest" not in pool.get("calls", ["rest"]) and others and rng.random() < 0.7:
            given = [
                {"after": f"{rng.randint(1, 3)} min"},
                {"waiting": rng.randint(1, 4)},
                {"after": "90 s", "waiting": 4},
            ]
            if "preemptive" not in str(station.get("call")):
                pool["overflow"] = {who: rng.choice(given) for who in rng.sample(others, rng.randint(1, len(others)))}
    return station


def _routing(rng: random.Random, others: list[str]) -> Any:
    """Return a routing table: mostly out, sometimes on, back, or elsewhere."""
    if rng.random() < 0.4 or not others:
        return "leave"
    to = rng.choice(others)
    return {to: f"{rng.choice([10, 25, 40])} %", "divert app": "10 %", "leave": "rest"}


def _with_delays(rng: random.Random, stations: dict[str, Any], names: list[str]) -> None:
    """Put delays between some stations, and let some come back who were not served."""
    if rng.random() < 0.5:
        return
    first, times = names[0], ["0 min", "2 min", law(rng, 2.0), law(rng, 15.0)]
    stations["walk"] = {"role": "delay", "time": rng.choice(times[1:]), "then": rng.choice(names)}
    stations["app"] = {"role": "online", "time": rng.choice(times), "fails": "40 %", "then": "divert app"}
    stations["app"]["on_failure"] = rng.choice(["walk", first])
    stations["orbit"] = {"role": "orbit", "time": rng.choice(times[1:]), "then": {"walk": "50 %", first: "rest"}}
    after = ["orbit", "walk", {"orbit": "50 %", "app": "20 %", "leave": "rest"}, "divert hotline"]
    for name in names:
        station = stations[name]
        if station["then"] == "leave" and rng.random() < 0.3:
            station["then"] = {"walk": "20 %", "app": "20 %", "leave": "rest"}
        if "room" in station and "when_full" not in station and rng.random() < 0.7:
            station["when_full"] = rng.choice(after)
        if "join_probability" in station and rng.random() < 0.7:
            station["on_balking"] = rng.choice(after)
        if "patience" in station and rng.random() < 0.7:
            station["on_giving_up"] = rng.choice([*after, name])
            if station["on_giving_up"] == name and ": 0" in str(station.get("quote", {}).get("patience")):
                station["on_giving_up"] = "orbit"  # who always gives up at once and comes back would do so for ever
    if rng.random() < 0.3:
        stations[first]["room"] = {"total": 2}
        stations[first]["when_full"] = "orbit"


def _with_transfers(rng: random.Random, stations: dict[str, Any], names: list[str]) -> None:
    """Let some tickets be sent on to the next station, with their places or without."""
    for name in names:
        then = stations[name]["then"]
        if isinstance(then, dict) and rng.random() < 0.4:
            how = rng.choice(["transfer {}", "transfer {}", "transfer {} to the end"])
            stations[name]["then"] = {how.format(to) if to in stations else to: share for to, share in then.items()}


def _with_no_shows(rng: random.Random, stations: dict[str, Any]) -> None:
    """Let some come back who did not come when called."""
    for name in [name for name, station in stations.items() if "calls" in station]:
        if rng.random() < 0.8:
            stations[f"stroll_{name}"] = {"role": "delay", "time": law(rng, 3.0), "then": name}
            stations[name]["on_no_show"] = {f"stroll_{name}": f"{rng.choice([50, 90])} %", "leave": "rest"}
        elif rng.random() < 0.3:
            stations[name]["on_no_show"] = name


def _with_offers(rng: random.Random, stations: dict[str, Any], names: list[str], likely: float) -> None:
    """Let some be asked whether they want to go another way; conditions lead them there."""
    if rng.random() < likely:
        away = ["divert app", *(name for name in ("app", "walk") if name in stations)]
        share = f"{rng.choice([20, 60])} %"
        stations["offer"] = {"role": "offer", "accepts": share, "then": rng.choice(away)}
        stations["offer"]["on_declining"] = rng.choice([names[0], names[0], "leave"])


def _with_joining(stations: dict[str, Any], names: list[str], segments: list[str], seed: int) -> None:
    """Let it depend on conditions at some stations who joins."""
    for name in names:
        rng = random.Random(f"joining of {seed} {name}")
        if rng.random() < 0.2:
            conditions = [
                f"at least {rng.randint(1, 4)} waiting at {name}",
                f"longest wait over {rng.randint(1, 5)} min at {name}",
                f"fewer than {rng.randint(1, 2)} idle at {name}",
                "after 09:20",
            ]
            parts: list[Any] = ["0 %", "50 %", {segments[0]: "80 %"}, {segments[-1]: "40 %", "rest": "90 %"}]
            cases = zip(rng.sample(conditions, 2), rng.sample(parts, 2), strict=True)
            stations[name]["joining"] = [{"when": when, "joins": joins} for when, joins in cases]


def _with_cases(rng: random.Random, stations: dict[str, Any], names: list[str], segments: list[str]) -> Any:
    """Let some routes depend on conditions; return where customers go from the door."""

    def condition() -> str:
        bound, at = rng.choice(["more than", "at least", "fewer than", "at most"]), rng.choice([*names, *stations])
        counted = ["in the hall", "waiting", f"waiting at {at}", f"idle at {at}", f"on duty at {at}", f"at {at}"]
        counted += [f"down at {at}", f"up at {at}", "down"]
        terms = [f"{bound} {rng.randint(1, 6)} {rng.choice(counted)}"]
        quoting = [n for n in names if stations[n].get("quote", {}).get("tells") == "estimate"]
        if quoting and rng.random() < 0.5:
            terms.append(f"quoted wait over {rng.choice([0, 3])} min at {rng.choice(quoting)}")
        if rng.random() < 0.3:
            terms.append(
                rng.choice(["after 09:20", "before 09:40", "longest wait over 2 min", "longest wait under 4 min"])
            )
        return " and ".join(terms)

    entry: Any = names[0]
    if rng.random() < 0.4:
        away = {rng.choice([*stations]): "60 %", "divert app": "20 %", names[0]: "rest"}
        choices = [away, {segments[0]: rng.choice(list(stations))}, rng.choice(list(stations))]
        entry = [
            *({"when": condition(), "to": rng.choice(choices)} for _ in range(rng.randint(1, 3))),
            {"to": names[0]},
        ]
    for station in stations.values():
        if station["then"] == "leave" and rng.random() < 0.2:
            station["then"] = [
                {"when": condition(), "to": {rng.choice(list(stations)): "30 %", "leave": "rest"}},
                {"to": "leave"},
            ]
    return entry


def _hours_and_segments(rng: random.Random) -> tuple[int, list[str]]:
    """Return how many minutes a hall is open, and its segments."""
    minutes = rng.choice([60, 90, 120])
    return minutes, rng.sample(["vip", "general", "quick"], rng.randint(1, 3))


def random_hall(seed: int, customers_of: int | None = None, likely: Likely = USUAL) -> dict[str, Any]:
    """Return the scenario of hall number `seed`, as a mapping for `hallsim.load`.

    With `customers_of` its hours, kinds of day and sorts of customers are those of that hall, so that the two can
    stand in one network.
    """
    rng, town = random.Random(seed), seed if customers_of is None else customers_of
    minutes, segments = _hours_and_segments(rng)
    if customers_of is not None:
        minutes, segments = _hours_and_segments(random.Random(town))
    share = {name: f"{100 // len(segments)} %" for name in segments[:-1]} | {segments[-1]: "rest"}
    names = ["greeter", "kiosk", "counter", "desk"][: rng.randint(1, 4)]
    rng.shuffle(names)
    stations: dict[str, Any] = {}
    for i, name in enumerate(names):
        others = [n for n in names if n != name] if rng.random() < 0.3 else names[i + 1 :]
        if rng.random() < 0.1:
            others = [*others, name]
        station: dict[str, Any] = {
            "servers": _servers(rng, minutes),
            "time": {s: law(rng, 3.0) for s in segments} if rng.random() < 0.5 else law(rng, 3.0),
            "idle_choice": rng.choice(["longest_idle", "lowest_number", "random"]),
            "interrupted": rng.choice(["resume", "resample", "repeat"]),
            "then": _routing(rng, others),
        }
        if rng.random() < 0.6:
            station["patience"] = law(rng, 5.0)
        if rng.random() < 0.4:
            station["call"] = {"priority": rng.sample(segments, rng.randint(1, len(segments)))}
            if random.Random(f"preemption of {seed} {name}").random() < 0.3:
                station["call"]["preemptive"] = "yes"
        if rng.random() < 0.25:
            station["room"] = {rng.choice(["total", "waiting"]): rng.randint(1, 6)}
            later = names[i + 1 :]
            if later and rng.random() < 0.5:
                station["when_full"] = rng.choice(later)
        if rng.random() < 0.25:
            station["join_probability"] = [1, 0.9, 0.8, 0.5]
        if rng.random() < 0.3 and names[i + 1 :]:
            station |= {"fails": "20 %", "on_failure": rng.choice(names[i + 1 :])}
            if random.Random(f"failures of {seed} {name}").random() < 0.3:
                station["on_failure"] = {station["on_failure"]: "60 %", "divert hotline": "10 %", "leave": "rest"}
        station = _with_pools(random.Random(f"pools of {seed} {name}"), station, segments)
        station = _with_machines(random.Random(f"machines of {seed} {name}"), station, names[i + 1 :])
        station = _with_extra(random.Random(f"extra counters of {seed} {name}"), station)
        station = with_staff(random.Random(f"staff of {seed} {name}"), station, minutes)
        station = _with_calls(random.Random(f"calls of {seed} {name}"), station, segments)
        station = _with_quotes(random.Random(f"quotes of {seed} {name}"), station, segments)
        station = _with_numbers(random.Random(f"numbers of {seed} {name}"), station)
        station = _with_call_rule(random.Random(f"call rule of {seed} {name}"), station, segments, name)
        stations[name] = _with_overflow(random.Random(f"overflow of {seed} {name}"), station, segments)
    with_persons(random.Random(f"persons of {seed}"), stations, names)
    _with_delays(random.Random(f"delays of {seed}"), stations, names)
    _with_transfers(random.Random(f"transfers of {seed}"), stations, names)
    _with_no_shows(random.Random(f"no-shows of {seed}"), stations)
    helping = with_helpers(random.Random(f"helpers of {seed}"), stations, names)
    _with_preparation(stations, names, seed)
    _with_experience(stations, names, seed)
    _with_joining(stations, names, segments, seed)
    rate = rng.choice([20, 40, 80])
    walk_in: dict[str, Any] = {"rates": {"09:00": f"{rate}/h", "09:30": f"{rng.choice([0, rate, 2 * rate])}/h"}}
    arrivals: dict[str, Any] = {"walk_in": walk_in}
    if rng.random() < 0.3:
        arrivals["regular"] = {"gaps": law(rng, 4.0)}
    if rng.random() < 0.3:
        arrivals["listed"] = {"times": [clock(rng.randrange(minutes)) for _ in range(8)]}
        arrivals["listed"]["times"].sort()
    booking = random.Random(f"appointments of {seed}")
    if booking.random() < 0.3:
        booked = {"every": booking.choice(["5 min", "20 min"]), "per_slot": booking.choice([1, 2, [3, 0, 1]])}
        booked |= {"show": "80 %"} if booking.random() < 0.7 else {}
        booked |= {"early": booking.choice(["exponential 4 min", "3 min"])} if booking.random() < 0.5 else {}
        booked |= {"late": booking.choice(["exponential 4 min", "1 min"])} if booking.random() < 0.5 else {}
        arrivals["booked"] = {"appointments": booked}
    groups = random.Random(f"groups of {seed}")
    if groups.random() < 0.25:
        arrivals["families"] = {"rate": "10/h", "group_size": {"1": "30 %", "2": "30 %", "5": "rest"}}
    if groups.random() < 0.15 and "regular" in arrivals:
        arrivals["regular"]["group_size"] = groups.choice([2, {"1": "90 %", "20": "rest"}])
    demand = random.Random(f"demand of {seed}")
    if demand.random() < 0.3:
        walk_in |= {"crowd": demand.choice([4, "20 %"]), "day_cv": demand.choice([0, 0.3]), "hour_cv": 0.5}
    demand = random.Random(f"days of {town}")
    more: dict[str, Any] = {}
    able = random.Random(f"skills of {town}")
    if able.random() < 0.2:
        more["skills"] = {"novice": {segments[0]: "20 %", "rest": "50 %"}, "skilled": "rest"}
        for station in stations.values():
            if able.random() < 0.3 and "fails" in station:
                station["fails"] = {"novice": "40 %", "rest": "5 %"}
            if able.random() < 0.3 and not isinstance(station["time"], dict):
                station["time"] = {"novice": law(able, 4.0), "rest": station["time"]}
    before = random.Random(f"interception of {seed}")
    if before.random() < 0.2:
        more["interception"] = {"offered": "50 %", "accepted": {segments[0]: "20 %", "rest": "60 %"}, "to": "app"}
        if before.random() < 0.5:
            more["interception"]["when"] = "more than 3 in the hall"
    with_channels(seed, more, segments, likely.channels, likely.catchment)
    several = random.Random(f"transactions of {town}")
    if several.random() < 0.25:
        more["transactions_per_visit"] = several.choice([{"1": "60 %", "2": "30 %", "4": "rest"}, 2])
    if several.random() < 0.15 and customers_of is None:  # in a network all sources' customers are alike
        walk_in["transactions_per_visit"] = {"1": "50 %", "3": "rest"}
    if demand.random() < 0.3:
        peak = {"walk_in": {"rate": "60/h", "segments": {demand.choice(segments): "all"}}}
        more["day_types"] = {"weekday": {"share": "50 %"}, "peak": {"share": "rest", "demand": 1.3, "arrivals": peak}}
    if demand.random() < 0.3:
        own = {"lift": demand.choice(["40 %", {segments[0]: "80 %"}]), "at": [names[-1]]}
        own |= {"service_time": demand.choice([1.2, {segments[-1]: 0.7}])}
        if "orbit" in stations:
            own |= {"misunderstood": "30 %", "come_back": "orbit"}
        more["campaigns"] = {"province": own, "city": {"lift": "30 %", "service_time": 1.1, "at": names}}
        more["campaign_overlap"] = 1.15
        if "day_types" in more:
            more["campaigns"]["city"]["on"] = ["peak"]
    _with_offers(random.Random(f"offers of {seed}"), stations, names, likely.offers)
    entry = _with_cases(random.Random(f"cases of {seed}"), stations, names, segments)
    hall: dict[str, Any] = {
        "format": 1,
        "hall": f"Random hall {seed}",
        "open": f"09:00-{clock(minutes)}",
        "segments": share,
        "arrivals": arrivals,
        "stations": stations,
        "entry": entry,
        **more,
    }
    rng_outages = random.Random(f"outages of {seed}")
    clerks = {s["preparation"]["by"] for s in stations.values() if "preparation" in s} | {"demo"}
    named = [
        n
        for n, s in stations.items()
        if "shift_end" not in str(s.get("servers"))
        and not {"extra", "numbers", "breaks", "calls", "walk", "wrap_up"} & set(s)
        and n not in clerks | helping
        and "person'" not in str(s)
    ]
    if named and rng_outages.random() < 0.3:
        hall["outages"] = [
            {"from_to": f"09:{start:02d}-09:{start + 12:02d}", "stations": [rng_outages.choice(named)]}
            for start in rng_outages.sample(range(45), 2)
        ]
    with_follow_ons(random.Random(f"follow-ons of {town}"), hall, names)
    if (rng if customers_of is None else random.Random(f"minutes of {town}")).random() < 0.5:
        hall["resolution"] = "1 min"
    with_zones(random.Random(f"zones of {seed}"), hall, names, likely.zones)
    return hall


def random_model(seed: int) -> Model:
    """Return the model of hall number `seed`; in every other hall tables state more of their customers."""
    model = load(random_hall(seed)).model
    if model.days:
        model = model.of_day(random.Random(f"day of {seed}").randrange(len(model.days)))
    return with_tables(random.Random(f"tables of {seed}"), model)
