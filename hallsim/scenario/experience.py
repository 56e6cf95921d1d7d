"""Experience terminals: what customers may try while they wait, for how long, and what that sells.

In: parsed `experience` of a station. Out: `Experience` of the model. What it can stand beside is checked on the
finished hall, with preparations.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import CALLED_MEANWHILE, Experience
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import SHARE, ByType, Choice, Key, Number, Record, Text
from hallsim.scenario.laws import LAW
from hallsim.scenario.preparation import AT_LEAST_AHEAD, WHEN, another_station, shares_by_type, waiting_condition
from hallsim.scenario.servers import read_laws
from hallsim.scenario.tree import Path

EXPERIENCE = Record(
    "experience terminals",
    (
        Key("at", Text(), "station whose servers are the terminals", required=True, example="demo"),
        Key(
            "tries",
            ByType(SHARE),
            "part of those who wait that want to try one",
            required=True,
            example="{general: 25 %, rest: 10 %}",
        ),
        Key("time", ByType(LAW), "how long they stay there", required=True, example="exponential 6 min"),
        Key(
            "perceived_wait",
            Number(low=0, high=10),
            "patience runs so many times as fast meanwhile",
            "1",
            example="0.5",
        ),
        Key("buys", ByType(SHARE), "part of those who stay to the end that buy", "0 %", example="8 %"),
        Key("sale", ByType(LAW), "time that this adds to their service", "none", example="4 min"),
        Key(
            "called",
            Choice("what a call does", CALLED_MEANWHILE),
            "a call meanwhile: with `abort` they come at once, and have not bought; with `finish` they stay to the "
            "end, and the server waits",
            "abort",
        ),
        AT_LEAST_AHEAD,
        WHEN,
    ),
    "Demo devices for customers who keep their place in line: `experience: {at: demo, tries: 20 %, time: "
    "exponential 6 min, perceived_wait: 0.5, buys: 8 %, sale: 4 min}`.",
)


def read_experience(
    name: str, given: dict[str, Any], here: list[int], customers: Customers, stations: list[str]
) -> Experience | None:
    """Return what the customers of a station may try, None if nothing or after a complaint."""
    record = given.get("experience")
    if not record:
        return None
    path: Path = ("stations", name, "experience")
    ctx = customers.ctx
    itself = f"{name} cannot be its own terminals; they belong to a station of their own"
    at = another_station(record.get("at"), (*path, "at"), name, stations, itself, ctx)
    if at < 0:
        return None
    tries = shares_by_type(record.get("tries"), (*path, "tries"), customers)
    if here and not any(tries[t] for t in here):
        ctx.warn((*path, "tries"), f"nobody who comes to {name} tries a terminal")
    perceived = record.get("perceived_wait")
    return Experience(
        at=at,
        tries=tries,
        time=tuple(read_laws(record.get("time"), (*path, "time"), here, customers, required=True)),
        buys=shares_by_type(record.get("buys"), (*path, "buys"), customers),
        sale=tuple(read_laws(record.get("sale"), (*path, "sale"), here, customers, required=False)),
        perceived=1.0 if perceived is None else float(perceived),
        called=record.get("called") or "abort",
        ahead=record.get("at_least_ahead") or 0,
        when=waiting_condition(record.get("when"), (*path, "when"), stations, ctx),
    )
