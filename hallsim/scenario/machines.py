"""Machines: how the servers of a station break down, and the calendar of outages.

Out: the kinds that `hallsim.scenario.declaration` puts into the whole, and what becomes of what they read: `Breakdowns`
and stretches of the model.
"""

from __future__ import annotations

from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Breakdowns
from hallsim.scenario.kinds import SPAN, Choice, Key, ListOf, Record, Text, Whole
from hallsim.scenario.laws import LAW
from hallsim.scenario.routing import Routes
from hallsim.scenario.servers import span_text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path

BREAKDOWNS = Record(
    "breakdowns",
    (
        Key("every", LAW, "time from a repair to the next breakdown of a server", example="exponential 60 min"),
        Key("after_uses", Whole(1), "a breakdown after so many services, instead of `every`", example="500"),
        Key(
            "counting",
            Choice("a time to count", ("up", "busy")),
            "`every` counts the time on duty and up, idle or busy; or only the time with customers",
            "up",
        ),
        Key("repair", LAW, "time of a repair", required=True, example="exponential 15 min"),
        Key("crew", Whole(1, 10_000), "how many can be repaired at once", "everything"),
        Key(
            "send_to",
            Text(),
            "station to whose line the customer of a broken server goes; his step has failed",
            "back to the head of the same line",
            example="counter",
        ),
        Key(
            "when_down",
            Text(),
            "station to which everybody goes who waits or comes while no server is up",
            "they wait",
            example="counter",
        ),
    ),
    "How servers break down and are repaired, each by draws of its own.",
)
OUTAGE = Record(
    "an outage",
    (
        Key("from_to", SPAN, "when", required=True, example='"10:00-10:40"'),
        Key("stations", ListOf(Text(), "stations"), "what is down", "every station", example="[counter, kiosk]"),
    ),
    "A stretch of time in which all servers of some stations are down at once.",
)


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
