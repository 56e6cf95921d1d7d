"""Pools: servers of a station who differ in what they may call, and in which order customers try them.

In: one parsed station with `pools`, its lines and the customers who come there. Out: servers with their pools.
What is complained of: customers whom no pool calls, words that name nobody, and orders that cannot be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Line, Pool, Server
from hallsim.parts.calls.rule import Overflow
from hallsim.parts.distributions import Deterministic, Law
from hallsim.scenario.call_rules import is_preemptive
from hallsim.scenario.customers import Customers
from hallsim.scenario.servers import read_laws, read_servers
from hallsim.scenario.tree import Path

NEVER = -1


def read_pools(
    station: str,
    given: dict[str, Any],
    lines: tuple[Line, ...],
    service: list[Law | None],
    here: list[int],
    customers: Customers,
    hours: tuple[int, int],
) -> tuple[tuple[Server, ...], tuple[Pool, ...]]:
    """Return the servers of a station and its pools; `here` are the types that come, `service` the station's laws."""
    path: Path = ("stations", station, "pools")
    servers: list[Server] = []
    pools: list[Pool] = []
    positions: list[list[int]] = []  # [pool][line] place in `calls`
    for number, (name, record) in enumerate(given["pools"].items()):
        pool = record or {}
        own, mode, _ = read_servers(name, pool.get("servers"), (*path, name, "servers"), customers, hours)
        if mode != "named":
            customers.ctx.add((*path, name, "servers", "shift_end"), f"shifts in a pool end as named, not {mode}")
        for server in own:
            if any(server.name == other.name for other in servers):
                customers.ctx.add((*path, name, "servers"), f"two servers are called {server.name!r}")
            servers.append(replace(server, pool=number))
        places = _places(pool.get("calls") or "all", (*path, name, "calls"), lines, customers)
        positions.append(places)
        by = pool.get("by") or "order"
        if by == "order" and (pool.get("calls") or "all") == "all":
            by = "call"
        ranks = _ranks(by, places, lines)
        law = _service(pool, service, (*path, name, "time"), here, customers)
        overflow = _overflow(pool.get("overflow") or {}, places, (*path, name, "overflow"), lines, customers)
        if overflow and isinstance(given.get("call"), tuple) and is_preemptive(given["call"]):
            customers.ctx.add((*path, name, "overflow"), "overflow cannot stand beside a call that is preemptive")
        pools.append(Pool(name, ranks, (), law, by, overflow))
    turns = _turns(station, given.get("tries") or {}, positions, list(given["pools"]), lines, customers)
    unserved = [line for i, line in enumerate(lines) if here and not any(_ends_up_calling(p, i) for p in pools)]
    if unserved:
        names = ", ".join(customers.classes[line.ticket_class].name for line in unserved)
        customers.ctx.add(path, f"no pool calls {names}, who come to {station}; let one call them")
    return tuple(servers), tuple(
        replace(pool, turns=tuple(row[number] for row in turns)) for number, pool in enumerate(pools)
    )


def _ends_up_calling(pool: Pool, line: int) -> bool:
    """Return whether a line is called by a pool at once, or when somebody has waited long enough."""
    overflow = pool.overflow[line] if pool.overflow else None
    return pool.ranks[line] >= 0 or bool(overflow and overflow.after >= 0)


def _overflow(
    given: dict[str, Any], places: list[int], path: Path, lines: tuple[Line, ...], customers: Customers
) -> tuple[Overflow | None, ...]:
    """Return for every line when a pool helps out, nothing where it never does."""
    found: dict[int, Overflow] = {}
    for i, (word, when) in enumerate(given.items()):
        chosen = customers.classes_meant(word, (*path, word))
        if when is None:
            continue
        if isinstance(when, int):
            when = {"after": when}
        after, waiting = when.get("after", -1), when.get("waiting", -1)
        if not when:
            customers.ctx.add((*path, word), "says nothing; write {after: 10 min}, or {waiting: 6}")
        if after is None or waiting is None:
            continue
        for line, place in enumerate(places):
            if lines[line].ticket_class not in chosen:
                continue
            if place >= 0:
                customers.ctx.add((*path, word), f"{word} is called by this pool anyway")
                break
            if line in found:
                customers.ctx.add((*path, word), f"{word} is named twice")
                break
            found[line] = Overflow(i, after, waiting)
        if chosen and not any(line.ticket_class in chosen for line in lines):
            customers.ctx.warn((*path, word), f"{word} does not come here")
    return tuple(found.get(line) for line in range(len(lines))) if found else ()


def _ranks(by: str, places: list[int], lines: tuple[Line, ...]) -> tuple[int, ...]:
    """Return the rank of every line for a pool: its place in the order, 0, or by the station's call rule."""
    if by == "order":
        return tuple(places)
    return tuple(
        place if place < 0 else line.rank if by == "call" else 0 for place, line in zip(places, lines, strict=True)
    )


def _service(
    pool: dict[str, Any], service: list[Law | None], path: Path, here: list[int], customers: Customers
) -> tuple[Law, ...]:
    """Return the law of every type in this pool, nothing where the station's hold for all."""
    if not pool.get("time"):
        return ()
    own = read_laws(pool["time"], path, here, customers, required=False)
    some = next((law for law in (*own, *service) if law is not None), Deterministic(0.0))
    return tuple(mine or theirs or some for mine, theirs in zip(own, service, strict=True))


def _places(calls: Any, path: Path, lines: tuple[Line, ...], customers: Customers) -> list[int]:
    """Return for every line its place in what a pool calls, -1 where it does not."""
    if calls == "all":
        return [line.rank for line in lines]
    order: dict[int, int] = {}
    for i, word in enumerate(calls):
        if word is None:
            continue
        if word == "rest":
            if i < len(calls) - 1:
                customers.ctx.add((*path, i), "rest stands for all others; it belongs at the end")
                return [0] * len(lines)
            chosen = {line.ticket_class for line in lines} - set(order)
        else:
            chosen = customers.classes_meant(word, (*path, i))
            if any(c in order for c in chosen):
                customers.ctx.add((*path, i), f"{word} is in the order twice")
        for c in chosen:
            order.setdefault(c, i)
    if not any(line.ticket_class in order for line in lines):
        customers.ctx.warn(path, "nobody whom this pool calls comes here")
    return [order.get(line.ticket_class, NEVER) for line in lines]


def _turns(
    station: str,
    tries: dict[str, Any],
    positions: list[list[int]],
    pools: list[str],
    lines: tuple[Line, ...],
    customers: Customers,
) -> list[list[int]]:
    """Return turns[line][pool]: first the pools that call the line earlier, then as written; or as `tries` says."""
    turns: list[list[int]] = []
    for i in range(len(lines)):
        able = [p for p in range(len(pools)) if positions[p][i] >= 0]
        able.sort(key=lambda p: positions[p][i])
        turns.append([able.index(p) if p in able else 0 for p in range(len(pools))])
    said: set[int] = set()
    for word, wanted in tries.items():
        path: Path = ("stations", station, "tries", word)
        chosen = customers.classes_meant(word, path)
        if chosen & said:
            customers.ctx.add(path, f"{word} is named twice")
        said |= chosen
        for i, line in enumerate(lines):
            if line.ticket_class in chosen and wanted is not None:
                callers = [pools[p] for p in range(len(pools)) if positions[p][i] >= 0]
                turns[i] = _wanted(wanted, pools, callers, word, path, customers)
        if chosen and not any(line.ticket_class in chosen for line in lines):
            customers.ctx.warn(path, f"{word} does not come here")
    return turns


def _wanted(wanted: Any, pools: list[str], able: list[str], word: str, path: Path, customers: Customers) -> list[int]:
    """Return the turn of every pool by one entry of `tries`; pools it does not name come last."""
    if wanted == "any":
        return [0] * len(pools)
    for i, name in enumerate(wanted):
        if name is None:
            continue
        if name not in pools:
            customers.ctx.add((*path, i), not_one_of(name, "a pool", pools))
        elif name not in able:
            customers.ctx.add((*path, i), f"{name} does not call {word}")
        elif name in wanted[:i]:
            customers.ctx.add((*path, i), f"{name} is in the order twice")
    return [wanted.index(name) if name in wanted else len(wanted) + i for i, name in enumerate(pools)]
