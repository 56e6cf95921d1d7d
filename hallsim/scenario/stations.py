"""Stations: lines, servers or pools of them, service and patience by customer type.

In: one parsed station with the resolved customers and routes. Out: a `Station` of the model.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import Numbers, Pool, Station
from hallsim.parts.distributions import Deterministic
from hallsim.scenario.call_rules import read_call
from hallsim.scenario.calls import read_calls
from hallsim.scenario.capacity import OUTSIDE_ROLES
from hallsim.scenario.customers import Customers
from hallsim.scenario.declaration import DELAY_ROLES, PER_TRANSACTION
from hallsim.scenario.experience import read_experience
from hallsim.scenario.extra import read_extra, read_opening
from hallsim.scenario.helping import read_helps
from hallsim.scenario.joining import read_joining
from hallsim.scenario.machines import read_breakdowns
from hallsim.scenario.names import label_of, role_of
from hallsim.scenario.pools import read_pools
from hallsim.scenario.preparation import read_preparation
from hallsim.scenario.quotes import read_quotes
from hallsim.scenario.routing import ENDINGS, Routes
from hallsim.scenario.servers import read_laws, read_servers
from hallsim.scenario.staff import read_absence, read_breaks, read_work
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


def read_station(
    name: str,
    number: int,
    given: dict[str, Any],
    customers: Customers,
    routes: Routes,
    reached: set[tuple[int, int]],
    hours: tuple[int, int],
    outages: tuple[tuple[int, int], ...],
) -> Station:
    """Build one station; complaints go to the customers' `Reading`, and gaps are filled to go on."""
    path: Path = given.get("written") or ("stations", name)
    role = given.get("role") or role_of(name)
    delay, outside = role in DELAY_ROLES, role in OUTSIDE_ROLES
    _refuse_by_role(given, role, number, path, routes, customers.ctx)
    here = [t for t in range(len(customers.types)) if (number, t) in reached]
    call = read_call(name, given.get("call"), here, customers, routes.stations)
    lines, line_of_type = call.lines, call.line_of_type
    service = read_laws(given.get("time"), (*path, "time"), here, customers, required="time" in given)
    if role in ("pda", "experience") and here and "time" not in given:
        customers.ctx.add(path, f"time is missing: customers come to {name}; or let none come")
    pools: tuple[Pool, ...] = ()
    levels: tuple[tuple[int, int], ...] = ()
    _refuse_beside_pools(given, path, customers.ctx)
    if given.get("pools"):
        servers, pools = read_pools(name, given, lines, service, here, customers, hours)
        shift_end = "named"
    else:
        servers, shift_end, levels = read_servers(name, given.get("servers"), (*path, "servers"), customers, hours)
    patience = read_laws(given.get("patience"), (*path, "patience"), here, customers, required=False)
    breakdowns = read_breakdowns(name, number, given.get("breakdowns"), shift_end, routes, customers.ctx)
    extra, counters = read_extra(name, given, shift_end, customers.ctx)
    servers = read_absence(name, given, servers, shift_end, customers.ctx)
    breaks = read_breaks(name, given, servers, pools, shift_end, hours, customers.ctx)
    if outages:
        _refuse_beside_outages(path, shift_end, extra is not None, bool(breaks), customers.ctx)
    servers += counters
    numbers = _numbers(given, shift_end, bool(outages), path, customers)
    room_total, room_waiting = _room(given, len(servers), path, customers.ctx)
    some = next((law for law in service if law is not None), Deterministic(0.0))
    leave: list[Any] = [row or () for row in routes.rows[number]]
    return Station(
        name=name,
        role=role,
        label=label_of(name, given.get("label")),
        lines=lines,
        line_of_type=line_of_type,
        servers=servers,
        service=tuple(law or some for law in service),
        routes=tuple(tuple(row) for row in leave),
        patience=tuple(patience),
        shift_end=shift_end,
        levels=levels,
        interrupted=given.get("interrupted") or ("resample" if breakdowns else "resume"),
        idle_choice=given.get("idle_choice") or "longest_idle",
        room_total=room_total,
        room_waiting=room_waiting,
        join_probability=tuple(p for p in given.get("join_probability") or () if p is not None),
        joining=read_joining(given, path, customers, routes.stations),
        pools=pools,
        on_reneged=routes.endings.get(("on_reneged", number), ()),
        on_balked=routes.endings.get(("on_balked", number), ()),
        on_blocked=routes.endings.get(("on_blocked", number), ()),
        cases=routes.cases_at(number),
        delay=delay,
        outside=outside,
        breakdowns=breakdowns,
        outages=outages,
        extra=extra,
        opens_when=read_opening(given, path, routes.stations, customers.ctx),
        numbers=numbers,
        breaks=breaks,
        calls=read_calls(given, shift_end, bool(outages), path, customers),
        on_no_show=routes.endings.get(("on_no_show", number), ()),
        on_follow_on=() if outside else routes.endings.get(("on_follow_on", number), ()),
        goes_on=number in routes.goes_on and not delay,
        quotes=read_quotes(given, len(lines), path, customers),
        helps=read_helps(name, given, routes.stations, customers.ctx),
        preparation=read_preparation(name, given, here, customers, routes.stations),
        experience=read_experience(name, given, here, customers, routes.stations),
        per_transaction=role in PER_TRANSACTION,
        **read_work(name, given, here, shift_end, bool(outages), customers),
        preempts=call.preempts,
        call_rules=call.rules,
    )


def _refuse_by_role(given: dict[str, Any], role: str, number: int, path: Path, routes: Routes, ctx: Reading) -> None:
    """Complain about what a station of a role cannot have."""
    for key in ("accepts", "on_declining") if role != "offer" else ("time", "fails", "on_failure"):
        if key in given:
            ctx.add((*path, key), f"a station of the role {role} has no {key}")
    if role not in DELAY_ROLES:
        return
    _refuse_servers(given, role, path, ctx)
    tables = [routes.rows[number], *(row for _, row in routes.cases.get(number, []))]
    if any(r.step_outcome == "transferred" for table in tables for row in table for r in row or ()):
        text = f"nobody is served at a station of the role {role}, so no ticket is transferred; name the station"
        ctx.add((*path, "then"), text)


def _refuse_beside_pools(given: dict[str, Any], path: Path, ctx: Reading) -> None:
    """Complain about servers beside pools, and about what only pools have."""
    if given.get("pools") and "servers" in given:
        ctx.add((*path, "pools"), "servers and pools are both given; only one of them can hold")
    if given.get("tries") and not given.get("pools"):
        ctx.add((*path, "tries"), "has no effect without pools")


def _refuse_beside_outages(path: Path, shift_end: str, extra: bool, breaks: bool, ctx: Reading) -> None:
    """Complain about what a station with outages cannot have."""
    if shift_end != "named":
        ctx.add((*path, "servers", "shift_end"), f"an outage needs shifts that end as named, not {shift_end}")
    if extra:
        ctx.add((*path, "extra"), "extra counters cannot stand beside outages")
    if breaks:
        ctx.add((*path, "breaks"), "breaks cannot stand beside outages")


def _room(given: dict[str, Any], n_servers: int, path: Path, ctx: Reading) -> tuple[int, int]:
    """Return how many people there is room for at a station, and how many may wait; -1: any number."""
    room = given.get("room") or {}
    total, waiting = room.get("total"), room.get("waiting")
    if total is not None and total < n_servers:
        ctx.warn((*path, "room", "total"), f"room for {total} people is less than the {n_servers} servers")
    return -1 if total is None else total, -1 if waiting is None else waiting


def _refuse_servers(given: dict[str, Any], role: str, path: Path, ctx: Reading) -> None:
    """Complain about what a delay cannot have."""
    for key in (
        "servers",
        "pools",
        "breaks",
        "absent",
        "walk",
        "wrap_up",
        "tries",
        "call",
        "patience",
        "idle_choice",
        "interrupted",
        "room",
        *ENDINGS,
        "join_probability",
        "joining",
        "quote",
        "calls",
        "preparation",
        "experience",
        "helps",
    ):
        if key in given:
            ctx.add((*path, key), f"a station of the role {role} has no {key}: nobody waits or serves there")


def _numbers(given: dict[str, Any], mode: str, outages: bool, path: Path, customers: Customers) -> Numbers | None:
    """Return how numbers stay in line, None where they do not."""
    numbers = given.get("numbers")
    if numbers is None:
        return None
    if given.get("breakdowns") or outages or mode == "preemptive":
        other = "shifts that end preemptive" if mode == "preemptive" else "breakdowns or outages"
        customers.ctx.add((*path, "numbers"), f"numbers that stay cannot stand beside {other}")
    most = numbers.get("most")
    return Numbers(numbers.get("call_time"), -1 if most is None else most)
