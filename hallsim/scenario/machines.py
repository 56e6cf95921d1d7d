"""Machines: how the servers of a station break down, and the calendar of outages.

In: parsed `breakdowns` of a station and `outages` of the hall. Out: `Breakdowns` and stretches of the model.
"""

from __future__ import annotations

from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Breakdowns
from hallsim.scenario.routing import Routes
from hallsim.scenario.servers import span_text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


def read_breakdowns(name: str, number: int, given: Any, mode: str, routes: Routes, ctx: Reading) -> Breakdowns | None:
    """Return how the servers of a station break down, None if they do not or after a complaint."""
    if not given:
        return None
    path: Path = ("stations", name, "breakdowns")
    if mode != "named":
        ctx.add(path, f"servers whose shifts end {mode} cannot break down; leave shift_end out")
    if ("every" in given) == ("after_uses" in given):
        both = "every and after_uses are both given; only one of them can hold"
        ctx.add(path, both if "every" in given else "every is missing: time to the next breakdown; or after_uses")
        return None
    if "after_uses" in given and "counting" in given:
        ctx.warn((*path, "counting"), "has no effect with after_uses")
    if given.get("repair") is None or (given.get("every") is None and given.get("after_uses") is None):
        return None
    return Breakdowns(
        by="uses" if "after_uses" in given else given.get("counting") or "up",
        every=given.get("every"),
        repair=given["repair"],
        uses=given.get("after_uses") or 0,
        crew=given.get("crew") or 0,
        send_to=routes.send_to.get(number, -1),
        when_down=routes.when_down.get(number, -1),
    )


def read_outages(
    given: Any, stations: list[str], hours: tuple[int, int], ctx: Reading
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return the outages of each station, in order; those that overlap hold it down until the last is over."""
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in stations}
    for i, outage in enumerate(given or []):
        if not outage or outage.get("from_to") is None:
            continue
        start, end = outage["from_to"]
        if end <= hours[0] or start >= hours[1]:
            ctx.warn(("outages", i, "from_to"), f"{span_text((start, end))} is outside the opening hours")
        for j, name in enumerate(outage.get("stations") or stations):
            if name in found:
                found[name].append((start, end))
            elif name is not None:
                ctx.add(("outages", i, "stations", j), not_one_of(name, "a station", stations))
    return {name: tuple(sorted(spans)) for name, spans in found.items()}
