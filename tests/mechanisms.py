"""What occurs in a hall and on its days, and a few random halls and mixed cases that have all of it between them.

`python -m tests.mechanisms` chooses them anew, after a change of the random halls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

from hallsim import compiled as c
from hallsim.engines import reference
from hallsim.experiment.days import kinds_of
from hallsim.experiment.horizons import Horizons
from hallsim.kpis.features import has_bookings
from hallsim.model import WHEN_FULL, Model, Server, Source, Station
from tests.random_halls import random_model
from tests.random_mixed import random_mixed_model

HALLS = (184, 54, 95, 147, 125, 131, 44, 65, 204, 79, 124, 1, 5, 0)
"""Numbers of random halls in which, taken together, everything occurs."""
MIXED = (65, 11, 203, 188, 29, 136, 113, 157, 118, 220, 26, 189, 46, 148, 232, 227, 34)
"""Numbers of mixed cases in which, taken together, everything occurs, and each two large things together."""

OF_STATIONS: dict[str, Callable[[Station], object]] = {
    "named shifts": lambda s: s.shift_end == "named",
    "pooled shifts": lambda s: s.shift_end == "pooled",
    "pre-emptive shifts": lambda s: s.shift_end == "preemptive",
    "room": lambda s: s.room_total >= 0 or s.room_waiting >= 0,
    "balking": lambda s: s.join_probability,
    "conditions on joining": lambda s: s.joining,
    "patience": lambda s: any(law is not None for law in s.patience),
    "delays": lambda s: s.delay,
    "outside delays": lambda s: s.outside,
    "offers": lambda s: s.role == "offer",
    "ways on after giving up": lambda s: s.on_reneged,
    "routes by cases": lambda s: s.cases,
    "pools": lambda s: len(s.pools) > 1,
    "overflow": lambda s: any(any(p.overflow) for p in s.pools),
    "pre-emptive priority": lambda s: s.preempts,
    "breakdowns": lambda s: s.breakdowns,
    "outages": lambda s: s.outages,
    "numbers that stay": lambda s: s.numbers,
    "quotes": lambda s: s.quotes,
    "calls in vain": lambda s: s.calls,
    "call rules": lambda s: s.call_rules,
    "extra counters": lambda s: s.extra,
    "conditions on opening": lambda s: s.opens_when,
    "reviews": lambda s: s.extra is not None and s.extra.every > 0,
    "pre-acceptance": lambda s: s.preparation,
    "experience terminals": lambda s: s.experience,
    "help elsewhere": lambda s: s.helps,
    "breaks": lambda s: s.breaks,
    "walks": lambda s: s.walk,
    "wrap-ups": lambda s: s.wrap_up,
    "servers who go on": lambda s: s.goes_on,
    "transfers": lambda s: any(r.keeps for row in s.routes for r in row),
    "zones": lambda s: s.zone >= 0 and not s.waits_in_zone,
    "zones that are waited in": lambda s: s.waits_in_zone,
}
OF_SERVERS: dict[str, Callable[[Server], object]] = {
    "absence": lambda x: x.absent,
    "novices": lambda x: x.novice,
    "fatigue": lambda x: x.fatigue,
    "speed by type": lambda x: x.type_factors,
    "people of several places": lambda x: x.person,
}
OF_SOURCES: dict[str, Callable[[Source], object]] = {
    "groups": lambda s: s.group_sizes,
    "demand that varies": lambda s: s.day_cv or s.hour_cv,
    "appointments": has_bookings,
    "stated services": lambda s: s.table_services,
    "stated patiences": lambda s: s.table_patiences,
    "stated places": lambda s: s.table_places,
    "campaigns": lambda s: s.varies_with,
}
OF_HALLS: dict[str, Callable[[Model], object]] = {
    "cases at the door": lambda m: m.entry_cases,
    "several transactions": lambda m: any(t.count > 1 for t in m.types),
    "skills": lambda m: m.skills,
    "follow-on transactions": lambda m: any(m.follow_ons),
    "minutes": lambda m: m.resolution > 1,
    **{
        f"zones that {mode}": lambda m, mode=mode: any(zone.when_full == mode for zone in m.zones)  # type: ignore[misc]
        for mode in WHEN_FULL
    },
    "overflowing zones": lambda m: any(zone.overflow >= 0 for zone in m.zones),
}
LARGE: dict[str, Callable[[Model], object]] = {
    "a network": lambda m: m.network is not None,
    "days that hang together": lambda m: m.horizon is not None,
    "publicity": lambda m: m.horizon is not None and m.horizon.levels,
    "floor space": lambda m: m.zones,
    "people of channels": lambda m: any(s.role == "remote" for s in m.stations),
    "customers who walk": lambda m: any("walk_to_" in s.name for s in m.stations),
    "hours of their own": lambda m: any(s.hours for s in m.stations),
    "persons": lambda m: m.persons is not None,
}
AROUND: dict[str, Callable[[Model], object]] = {
    "a catchment": lambda m: m.catchment,
    "a match": lambda m: any(choice.reason for choice in m.first_choices),
    "costs": lambda m: m.costs is not None,
    "areas": lambda m: m.network is not None and any(not way.sent for way in m.network.ways),
    "customers sent to other halls": lambda m: m.network is not None and any(way.sent for way in m.network.ways),
    "choice by the wait": lambda m: m.network is not None and m.network.wait > 0,
    "waits that are renewed": lambda m: m.network is not None and m.network.renewed > 0,
    "kinds of day": lambda m: m.day_types,
}
REFUSED = tuple(("a network", other) for other in ("publicity", "hours of their own", "persons"))
"""What the scenario does not let stand together."""
OF_DAYS: dict[str, tuple[str, ...]] = {
    "step": c.STEP_OUTCOMES[1:],
    "visit": c.VISIT_OUTCOMES[1:],
    "server": c.SERVER_STATES[1:],
    "preparation": ("prepared", "dropped", "in_vain", "done"),
    "trial": ("tried", "bought", "broken_off"),
    "note": ("quoted", "first_call", "calls", "outside"),
}
"""Codes of a log from 1 on, by what they are about."""
EVERYTHING = frozenset(
    {
        *(*OF_STATIONS, *OF_SERVERS, *OF_SOURCES, *OF_HALLS),
        *(f"{what} {name}" for what, names in OF_DAYS.items() for name in names),
    }
) - {"step held_back"}
"""That can occur in a random hall; offers are held back from persons alone, who need days that hang together."""
PAIRS = [f"{a} with {b}" for a, b in combinations(LARGE, 2) if (a, b) not in REFUSED]
EVERYTHING_MIXED = EVERYTHING | {*LARGE, *AROUND, *PAIRS, "step held_back"}


def mechanisms_of(model: Model) -> set[str]:
    """Return the names of the mechanisms that a model has."""
    servers = [server for station in model.stations for server in station.servers]
    of_hall = {name for name, has in OF_HALLS.items() if has(model)}
    of_stations = {name for name, has in OF_STATIONS.items() if any(map(has, model.stations))}
    of_servers = {name for name, has in OF_SERVERS.items() if any(map(has, servers))}
    of_sources = {name for name, has in OF_SOURCES.items() if any(map(has, model.sources))}
    return of_hall | of_stations | of_servers | of_sources


def large_things_of(model: Model) -> set[str]:
    """Return the large things that a model has, alone and together, and what there is around its halls."""
    large = [name for name, has in LARGE.items() if has(model)]
    around = {name for name, has in AROUND.items() if has(model)}
    return around | {*large, *(f"{a} with {b}" for a, b in combinations(large, 2))}


def facts_of(log: c.Log) -> set[str]:
    """Return the names of what occurs in a log: outcomes, states of servers, results of preparations, notes."""
    what, who = log.rows[:, c.ROW_WHAT], log.rows[:, c.ROW_WHO]
    codes = {
        "step": (what >> 32) & 0xFF,
        "visit": (what >> 40) & 0xFF,
        "server": log.server_rows[:, c.SERVER_ROW_STATE],
        "preparation": (who >> 56) & 7,
        "trial": who >> 59,
        "note": log.notes[:, c.NOTE_WHAT],
    }
    return {f"{of} {OF_DAYS[of][code - 1]}" for of, column in codes.items() for code in set(column.tolist()) if code}


def occurring_in(seed: int) -> tuple[set[str], int]:
    """Return everything that occurs in random hall number `seed`, and how many rows its log has."""
    model = random_model(seed)
    log = reference.simulate(c.compile_model(model), seed, 0)
    return mechanisms_of(model) | facts_of(log), len(log.rows)


def occurring_in_mixed(model: Model, logs: Iterable[c.Log]) -> set[str]:
    """Return everything that occurs in a mixed case and on its days."""
    return (mechanisms_of(model) | large_things_of(model)).union(*map(facts_of, logs))


def _mixed(seed: int) -> tuple[set[str], int]:
    """Return everything that occurs in mixed case number `seed`, and how many rows its logs have."""
    model = random_mixed_model(seed)
    if model.horizon is not None:
        logs = list(Horizons(kinds_of(model)).logs(seed, 0, "reference"))
    else:
        logs = [reference.simulate(c.compile_model(model), seed, 0)]
    return occurring_in_mixed(model, logs), sum(len(log.rows) for log in logs)


def choose(found: dict[int, tuple[set[str], int]]) -> list[int]:
    """Return few and small ones of these in which everything occurs that does in any; the best first."""
    missing, chosen = set().union(*(names for names, _ in found.values())), []
    while missing:
        chosen.append(max(found, key=lambda seed: len(found[seed][0] & missing) / (found[seed][1] + 60)))
        missing -= found[chosen[-1]][0]
    return chosen


if __name__ == "__main__":
    print(choose({seed: occurring_in(seed) for seed in range(300)}))
    print(choose({seed: _mixed(seed) for seed in range(240)}))
