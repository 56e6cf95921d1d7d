"""Staff: breaks and meals.

In: parsed keys of a station, and its servers. Out: `Break`s of the model.
"""

from __future__ import annotations

from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import EVER, Break, Pool, Server
from hallsim.scenario.servers import span_text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.staff import MOST_BREAKS
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
