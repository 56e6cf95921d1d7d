"""Pre-acceptance: who prepares waiting customers, how long it takes and what it saves.

In: parsed `preparation` of a station. Out: `Preparation` of the model; and, on the finished hall, complaints about
who cannot prepare, or be prepared.
"""

from __future__ import annotations

import re
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import CALLED_MEANWHILE, EVER, Model, Preparation, Station, Term
from hallsim.scenario.conditions import FORMS, read_condition
from hallsim.scenario.customers import Customers
from hallsim.scenario.helping import cannot_leave
from hallsim.scenario.kinds import SHARE, ByType, Choice, Key, Number, Record, Text, Whole, Words
from hallsim.scenario.laws import LAW
from hallsim.scenario.servers import read_laws
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path

COUNTS = ("people", "waiting", "idle", "on_duty")
"""States that change only when something happens; time alone would have to wake a clerk."""

AT_LEAST_AHEAD = Key("at_least_ahead", Whole(0), "only who has so many ahead in the line", "0", example="2")
WHEN = Key(
    "when",
    Text(),
    "a condition on numbers of people or servers, as in [cases](#a-case)",
    "always",
    example="at least 5 waiting at counter",
)
PREPARATION = Record(
    "a preparation",
    (
        Key("by", Text(), "station whose servers do it", required=True, example="pda"),
        Key(
            "time",
            ByType(Words(("never",), LAW)),
            "time that it takes; customers without one are not prepared",
            required=True,
            example="exponential 3 min",
        ),
        Key("saves", SHARE, "part of the service time that it saves", "0 %", example="35 %"),
        Key(
            "time_at_counter",
            ByType(LAW),
            "service time of who is prepared, instead of `saves`",
            "the station's, less what it saves",
            example="lognormal 4 min cv 0.8",
        ),
        Key("done", ByType(SHARE), "part of the prepared who need no service any more", "0 %", example="15 %"),
        Key("fails", ByType(SHARE), "part of the preparations that are in vain", "0 %", example="10 %"),
        Key("rework", Number(above=0, high=100), "service time after those, in unprepared ones", "1", example="1.2"),
        Key(
            "called",
            Choice("what a call does", CALLED_MEANWHILE),
            "a call while it goes on: `abort` ends it, and the customer is served unprepared; `finish` lets it go on, "
            "and the server waits",
            "abort",
        ),
        AT_LEAST_AHEAD,
        Key("at_most_ahead", Whole(0), "only who has at most so many ahead in the line", "no limit", example="8"),
        WHEN,
    ),
    "What clerks with handhelds do for customers who keep their place in line: `preparation: {by: pda, time: {payment: "
    "2 min, rest: never}, saves: 35 %}`.",
)


def read_preparation(
    name: str, given: dict[str, Any], here: list[int], customers: Customers, stations: list[str]
) -> Preparation | None:
    """Return how the customers of a station are prepared, None if they are not or after a complaint."""
    record = given.get("preparation")
    if not record:
        return None
    path: Path = ("stations", name, "preparation")
    ctx = customers.ctx
    itself = f"{name} prepares its own customers; clerks belong to a station of their own"
    by = another_station(record.get("by"), (*path, "by"), name, stations, itself, ctx)
    if "saves" in record and "time_at_counter" in record:
        ctx.add((*path, "saves"), "saves and time_at_counter are both given; only one of them can hold")
    time = read_laws(record.get("time"), (*path, "time"), here, customers, required=False)
    if record.get("time") and here and all(time[t] is None for t in here):
        ctx.warn((*path, "time"), f"nobody who comes to {name} is prepared")
    after = read_laws(record.get("time_at_counter"), (*path, "time_at_counter"), here, customers, required=False)
    low, high = record.get("at_least_ahead") or 0, record.get("at_most_ahead")
    if high is not None and high < low:
        ctx.add((*path, "at_most_ahead"), f"{high} is less than at_least_ahead, {low}; nobody would be prepared")
    if by < 0:
        return None
    return Preparation(
        by=by,
        time=tuple(time),
        prepared=tuple(after),
        done=shares_by_type(record.get("done"), (*path, "done"), customers),
        fails=shares_by_type(record.get("fails"), (*path, "fails"), customers),
        factor=float(1 - (record.get("saves") or 0)),
        rework=record.get("rework") or 1.0,
        called=record.get("called") or "abort",
        ahead=(low, EVER if high is None else high),
        when=waiting_condition(record.get("when"), (*path, "when"), stations, ctx),
    )


def another_station(given: str | None, path: Path, name: str, stations: list[str], itself: str, ctx: Reading) -> int:
    """Return the number of the station given, which is to be another one than `name`; -1: none, or a complaint."""
    if given is None:
        return -1
    if given not in stations:
        ctx.add(path, not_one_of(given, "a station", stations))
        return -1
    if given == name:
        ctx.add(path, itself)
        return -1
    return stations.index(given)


def shares_by_type(entries: dict[str, Any] | None, path: Path, customers: Customers) -> tuple[float, ...]:
    """Return the share of every type, 0 where none is given."""
    if not entries:
        return (0.0,) * len(customers.types)
    chosen = customers.by_type(entries, path)
    return tuple(float(entries[s] or 0) if s is not None else 0.0 for s in chosen)


def waiting_condition(text: str | None, path: Path, stations: list[str], ctx: Reading) -> tuple[Term, ...]:
    """Read a condition for what may happen to those who wait; complain of one that time alone can fulfil."""
    if not text:
        return ()
    try:
        terms = read_condition(text, stations)
    except ValueError as problem:
        ctx.add(path, str(problem))
        return ()
    if any(term.what not in COUNTS for term in terms):
        forms = ", ".join(form for form in FORMS.split(", ") if not re.search("wait over| down | up |:", form))
        text = f"only numbers of people and servers can decide who is taken up, such as {forms.replace('`', '')}"
        ctx.add(path, f"{text}; when clerks are there is said by their shifts")
    return terms


def works_on_waiting(model: Model, i: int) -> bool:
    """Return whether the servers of a station prepare customers of others, or are terminals that these try."""
    by = {s.preparation.by for s in model.stations if s.preparation}
    return i in by | {s.experience.at for s in model.stations if s.experience}


def check_overlays(model: Model, ctx: Reading) -> None:
    """Complain of stations that cannot prepare, or be tried, or whose customers cannot be or try."""
    for station in model.stations:
        prepared, tried = station.preparation, station.experience
        if prepared:
            bound = "when" if prepared.when else "at_most_ahead" if prepared.ahead[1] < EVER else ""
            _check_overlay(station, model.stations[prepared.by], ("preparation", "by"), bound, ctx)
        if tried:
            at = model.stations[tried.at]
            _check_overlay(station, at, ("experience", "at"), "when" if tried.when else "", ctx)
            if any(other.preparation and other.preparation.by == tried.at for other in model.stations):
                path: Path = ("stations", station.name, "experience", "at")
                ctx.add(path, f"the servers of {at.name} prepare customers; terminals are a station of their own")


def _check_overlay(station: Station, by: Station, key: tuple[str, str], bound: str, ctx: Reading) -> None:
    """Complain of who cannot do it, of what it cannot stand beside, and of a bound that nobody could look at."""
    path: Path = ("stations", station.name, key[0])
    if problem := cannot_leave(by):
        what = "prepare customers" if key[0] == "preparation" else "be tried"
        ctx.add((*path, key[1]), f"{by.name} cannot {what}: {problem}")
    for other, given in (("numbers that stay", station.numbers), ("calls that nobody answers", station.calls)):
        if given:
            what = "a preparation" if key[0] == "preparation" else "experience terminals"
            ctx.add(path, f"{what} cannot stand beside {other}")
    if bound and station.shift_end != "named":
        ctx.add((*path, bound), f"needs servers whose shifts end as named, not {station.shift_end}")
