"""Staff: breaks and meals, the work around services.

In: parsed keys of a station, and its servers. Out: `Break`s and laws of the model.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hallsim.compiling.staff import MOST_BREAKS, attended
from hallsim.errors import not_one_of
from hallsim.model import EVER, Break, Pool, Server, Station
from hallsim.scenario.customers import Customers
from hallsim.scenario.servers import read_laws, span_text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import format_clock


def read_breaks(
    name: str,
    given: dict[str, Any],
    servers: tuple[Server, ...],
    pools: tuple[Pool, ...],
    mode: str,
    hours: tuple[int, int],
    ctx: Reading,
) -> tuple[Break, ...]:
    """Return the breaks of a station, none after a complaint; `servers` are those with shifts."""
    breaks = given.get("breaks")
    if not breaks:
        return ()
    path: Path = ("stations", name, "breaks")
    if mode != "named":
        ctx.add(path, f"servers whose shifts end {mode} have no breaks; leave shift_end out")
    if "breakdowns" in given:
        ctx.add(path, "breaks cannot stand beside breakdowns")
    if len(breaks) > MOST_BREAKS:
        ctx.add(path, f"{len(breaks)} breaks are too many; at most {MOST_BREAKS}")
        return ()
    found = [_break(one, (*path, i), servers, pools, hours, ctx) for i, one in enumerate(breaks) if one is not None]
    return tuple(b for b in found if b is not None)


def read_absence(
    name: str, given: dict[str, Any], servers: tuple[Server, ...], mode: str, ctx: Reading
) -> tuple[Server, ...]:
    """Return the servers with the probability that each is absent, the station's unless they have their own."""
    if mode != "named" and given.get("absent") is not None:
        ctx.add(("stations", name, "absent"), f"servers whose shifts end {mode} are never absent; leave shift_end out")
    usual = float(given.get("absent") or 0)
    own = [i for i, s in enumerate(servers) if s.person]
    if own and "breakdowns" in given:
        path = ("stations", name, "servers", own[0], "person")
        ctx.add(path, "a person of several places cannot stand beside breakdowns")
    return tuple(replace(s, absent=usual if s.absent < 0 else s.absent) for s in servers)


def check_persons(stations: tuple[Station, ...], steady: bool, ctx: Reading) -> None:
    """Complain about persons who would be at two places at once, or absent at one of them only, or without days."""
    for station in stations:
        if steady and any(x.absent for x in station.servers):
            ctx.add(("stations", station.name), "a steady-state run has no days on which somebody could be absent")
    text = "walk, wrap_up, speeds by customer, novices, fatigue and people of several places cannot stand beside"
    for what, rows in (
        ("preparations", [(s.preparation.by, s) for s in stations if s.preparation]),
        ("experience terminals", [(s.experience.at, s) for s in stations if s.experience]),
    ):
        for station in {s.name: s for by, own in rows for s in (own, stations[by])}.values():
            if attended(station) or any(x.person for x in station.servers):
                ctx.add(("stations", station.name), f"{text} {what}")
    for name in dict.fromkeys(x.person for s in stations for x in s.servers if x.person):
        places = [(s, x) for s in stations for x in s.servers if x.person == name]
        shifts = sorted((shift, s.name) for s, x in places for shift in x.shifts)
        for (before, here), (after, there) in pairwise(shifts):
            if after[0] < before[1]:
                text = f"{name} is on duty at {here} {span_text(before)} and at {there} {span_text(after)}"
                ctx.add(("stations", there), f"{text}; nobody is at two places at once")
        if len({x.absent for _, x in places}) > 1:
            text = f"{name} is absent with one probability at {places[0][0].name} and another at {places[1][0].name}"
            ctx.add(("stations", places[1][0].name), f"{text}; give the same one")
        for s, _ in places:
            if s.outages:
                ctx.add(("stations", s.name), f"{name} works at several places, which cannot stand beside outages")


def read_work(
    name: str,
    given: dict[str, Any],
    here: list[int],
    mode: str,
    outages: bool,
    customers: Customers,
) -> dict[str, Any]:
    """Return the laws of the work around services, as fields of a station; complain where they cannot be."""
    path: Path = ("stations", name)
    found: dict[str, Any] = {}
    call = given.get("call")
    preempts = isinstance(call, dict) and call.get("preemptive") == "yes"
    for key in ("walk", "wrap_up"):
        if key not in given:
            continue
        found[key] = tuple(read_laws(given[key], (*path, key), here, customers, required=False))
        if mode != "named":
            customers.ctx.add((*path, key), f"cannot stand beside servers whose shifts end {mode}; leave shift_end out")
        for other, stands in (("breakdowns", "breakdowns" in given), ("outages", outages), ("preemption", preempts)):
            if stands:
                customers.ctx.add((*path, key), f"cannot stand beside {other}, which interrupt services")
    return found


def _break(
    one: dict[str, Any],
    path: Path,
    servers: tuple[Server, ...],
    pools: tuple[Pool, ...],
    hours: tuple[int, int],
    ctx: Reading,
) -> Break | None:
    if ("at" in one) == ("from_to" in one):
        both = "at and from_to are both given; only one of them can hold"
        ctx.add(path, both if "at" in one else "at is missing: when the break is due; or from_to")
        return None
    span = (one["at"], EVER) if "at" in one else one["from_to"]
    who = _who(one.get("who"), (*path, "who"), servers, pools, ctx)
    if span is None or span[0] is None or one.get("length") is None:
        return None
    if not hours[0] <= span[0] < hours[1]:
        text = format_clock(span[0]) if "at" in one else span_text(span)
        ctx.warn((*path, "at" if "at" in one else "from_to"), f"{text} is outside the opening hours")
    return Break(span[0], one["length"], who, span[1], one.get("at_once") or 0, one.get("paid") != "no")


def _who(
    given: list[Any] | None, path: Path, servers: tuple[Server, ...], pools: tuple[Pool, ...], ctx: Reading
) -> tuple[int, ...]:
    """Return the numbers of the servers that are named, themselves or by their pools."""
    if given is None:
        return tuple(range(len(servers)))
    known = [s.name for s in servers]
    of_pools = [p.name for p in pools]
    found: set[int] = set()
    for i, word in enumerate(given):
        if word in known:
            found.add(known.index(word))
        elif word in of_pools:
            found |= {j for j, s in enumerate(servers) if s.pool == of_pools.index(word)}
        elif word is not None:
            ctx.add((*path, i), not_one_of(word, "a server or pool", [*known, *of_pools]))
    return tuple(sorted(found))
