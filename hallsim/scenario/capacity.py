"""Channels with a capacity: the agents of a hotline, the counters of partner outlets.

In: the parsed `capacity` of a channel. Out: a station out of the hall with these people as its servers, in the form of
a parsed one (semantics 48). How customers come to it and go on from it is `hallsim.scenario.channels`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hallsim.model import US_PER_HOUR
from hallsim.parts.distributions import Deterministic
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import SHARE, ByType, Either, Key, Number, Record, Routing, Whole
from hallsim.scenario.laws import LAW
from hallsim.scenario.staffing import STAFF
from hallsim.scenario.tree import Path

REMOTE = "remote"
"""Role of a station with servers that is out of the hall."""
OUTSIDE_ROLES = ("online", "orbit", REMOTE)
"""Steps for which the customer is not in the hall."""
CAPACITY = Record(
    "the capacity of a channel",
    (
        Key(
            "servers",
            Either((Whole(1, 10_000), STAFF)),
            "agents of a hotline, counters of outlets: how many, or changing numbers",
            required=True,
            example="3",
        ),
        Key("at_work", SHARE, "part of each hour in which they take customers", "100 %", example="67 %"),
        Key("time", ByType(LAW), "talk or service time", required=True, unless="per_hour", example="exponential 75 s"),
        Key(
            "per_hour",
            Number(above=0, high=3600),
            "instead of time: as many customers an hour for each, one after the other in even time",
            "by time",
            example="30",
        ),
        Key(
            "automatic",
            ByType(SHARE),
            "part of those who try the channel whom a machine (IVR) handles, without anybody of these",
            "0 %",
            example="{query: 95 %, rest: 60 %}",
        ),
        Key("patience", ByType(LAW), "how long customers wait for somebody", "for ever", example="exponential 2 min"),
        Key("waiting", Whole(0), "most who wait", "no limit", example="10"),
        Key(
            "unanswered",
            Routing(),
            "where those go who find the line full or give up",
            "as on_failure of the channel",
            example="{hall: 40 %, leave: rest}",
        ),
    ),
    "People who do what a channel cannot do by machine, and the line in which customers wait for them.",
)


def has_capacity(own: dict[str, Any] | None) -> bool:
    """Return whether a parsed channel has people in it."""
    return bool((own or {}).get("capacity"))


def is_tried(own: dict[str, Any] | None) -> bool:
    """Return whether a parsed channel is one that customers try, with or without success."""
    return has_capacity(own) or bool((own or {}).get("fails"))


def station_of(
    name: str, station: str, own: dict[str, Any], hours: tuple[int, int], customers: Customers
) -> dict[str, Any]:
    """Return the station of a channel's people, in the form of a parsed one; complaints are about the channel."""
    path: Path = ("channels", name, "capacity")
    given, ctx = own["capacity"], customers.ctx
    servers = given.get("servers")
    if isinstance(servers, dict) and "shift_end" in servers:
        ctx.add((*path, "servers", "shift_end"), "the people of a channel finish the customer and leave; leave it out")
    found: dict[str, Any] = {"role": REMOTE, "written": path, "servers": servers}
    if "at_work" in given and not given["at_work"]:
        ctx.add((*path, "at_work"), "nobody is ever at work; leave the capacity out")
    elif "at_work" in given and isinstance(servers, int):
        found["servers"] = _at_work(station, servers * given["at_work"], hours)
    elif "at_work" in given and isinstance(servers, dict):
        ctx.add((*path, "at_work"), "needs servers as one number; else write who is at work as servers")
    if "time" in given and "per_hour" in given:
        ctx.add((*path, "per_hour"), "stands beside time: give one of them")
    if given.get("per_hour"):
        found["time"] = {"": Deterministic(US_PER_HOUR / given["per_hour"])}
    else:
        found["time"] = given.get("time")
    if "patience" in given:
        found["patience"] = given["patience"]
    if given.get("waiting") is not None:
        found["room"] = {"waiting": given["waiting"]}
    if "unanswered" in given and not {"patience", "waiting"} & set(given):
        ctx.warn((*path, "unanswered"), "has no effect without patience or waiting")
    return found


def _at_work(station: str, number: Fraction, hours: tuple[int, int]) -> list[dict[str, Any]]:
    """Return servers, so many on average in each hour: the last one only for the first part of it."""
    whole, part = divmod(number, 1)
    found: list[dict[str, Any]] = [{"name": f"{station} {i + 1}", "shifts": [hours]} for i in range(int(whole))]
    length = round(part * US_PER_HOUR)
    spans = [(t, min(t + length, hours[1])) for t in range(hours[0], hours[1], US_PER_HOUR)] if length else []
    return [*found, {"name": f"{station} {len(found) + 1}", "shifts": spans}] if spans else found
