"""How customers come, as the scenario language declares it: streams, tables, logs, appointments.

Out: the kinds that `hallsim.scenario.declaration` puts into the whole; `hallsim.scenario.arrivals` makes sources of
what they read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hallsim.scenario.crowd import Crowd
from hallsim.scenario.groups import Sizes
from hallsim.scenario.kinds import (
    LENGTH,
    MOMENT,
    RATE,
    SHARE,
    SPAN,
    Either,
    Key,
    Kind,
    ListOf,
    NameMap,
    Number,
    Portion,
    Record,
    Schema,
    Text,
    TimeMap,
    Whole,
)
from hallsim.scenario.laws import LAW
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Node, Path, nearest, plain_data

ARRIVAL_FORMS = ("per_hour", "per_month", "rate", "rates", "gaps", "times", "table", "log", "appointments")
CV = Number(low=0, high=5)
MIX = NameMap("transaction", Portion())
APPOINTMENTS = Record(
    "appointments",
    (
        Key("every", LENGTH, "from one slot to the next", required=True, example="10 min"),
        Key(
            "per_slot",
            Either((Whole(0, 10_000), ListOf(Whole(0, 10_000), "numbers"))),
            "bookings in every slot, or in each slot from the first on",
            "1",
            example="[2, 1, 1, 1]",
        ),
        Key("first", MOMENT, "time of the first slot", "open", example='"09:30"'),
        Key("until", MOMENT, "no slot begins then or later", "close", example='"16:00"'),
        Key("show", SHARE, "part of the booked customers who come", "100 %", example="85 %"),
        Key("early", LAW, "by how much they come before their time, not before the opening", "0 min"),
        Key("late", LAW, "by how much they come after it", "0 min", example="exponential 3 min"),
    ),
    "Customers with appointments. Who is booked for the same slot and comes at the same instant stands in the order of "
    "booking.",
)
SOURCE = Record(
    "arrivals",
    (
        Key(
            "hours",
            SPAN,
            "when these customers come: the hours of a station that has its own; opening and closing are then those",
            "open",
            example='"00:00-24:00"',
        ),
        Key(
            "per_hour",
            ListOf(Number(low=0, high=1e9), "numbers"),
            "mean number of customers in each hour from opening; the last hour may be shorter",
            example="[40, 70, 90, 75, 50, 65, 85, 80, 45]",
        ),
        Key(
            "per_month",
            Number(low=0, high=1e9),
            "mean number of transactions in a month, such as those of a catchment; customers are as many as bring them",
            example="20000",
        ),
        Key("days_per_month", Number(above=0, high=31), "days of a month, with `per_month`", "30", example="26"),
        Key(
            "profile",
            ListOf(Number(low=0, high=1e9), "numbers"),
            "how much of a day falls on each hour from opening, with `per_month`; only their ratios count",
            "evenly",
            example="[40, 70, 90, 75, 50, 65, 85, 80, 45]",
        ),
        Key("rate", RATE, "one rate from open to close", example="9/min"),
        Key(
            "rates",
            TimeMap("rates", RATE),
            "rates that hold from a time to the next, the last one to close",
            example='{"09:00": 40/h, "10:00": 70/h}',
        ),
        Key(
            "gaps",
            LAW,
            "law of the gaps between customers; the first comes one gap after opening",
            example="erlang 2 min shape 3",
        ),
        Key("times", ListOf(MOMENT, "times"), "every arrival", example='["09:01", "09:04:30"]'),
        Key(
            "table",
            Text(),
            "CSV file with one customer a row: time and, optionally, segment, transaction, service, patience, place",
            example="arrivals.csv",
        ),
        Key(
            "log",
            Text(),
            "table of visits that `hallsim import-log` wrote: customers come when they came in it, and each of its "
            "days is one replication",
            example="august.parquet",
        ),
        Key(
            "appointments",
            APPOINTMENTS,
            "booked customers, slot by slot",
            example="{every: 10 min, per_slot: 2, show: 85 %}",
        ),
        Key(
            "group_size",
            Sizes(),
            "how many customers come together, a number or shares of sizes; rates and gaps are then those of groups",
            "1",
            example="{1: 70 %, 2: 25 %, 4: rest}",
        ),
        Key(
            "crowd",
            Crowd(),
            "who waits before the doors and comes in when they open: a mean number, beside those of the hours; or a "
            "part of the source's customers, who are then taken out of the hours",
            "nobody",
            example="12",
        ),
        Key(
            "day_cv",
            CV,
            "by how much days differ: cv of a gamma factor of mean 1 on all rates of a day, from 0.01",
            "0",
            example="0.15",
        ),
        Key("hour_cv", CV, "the same for each hour of the clock, drawn apart", "0", example="0.1"),
        Key(
            "transactions_per_visit",
            Sizes(),
            "how many transactions a customer of this source brings, a number or shares of numbers",
            "the scenario's",
            example="{1: 80 %, 2: 15 %, 3: rest}",
        ),
        Key("segments", NameMap("segment", Portion()), "mix of segments of this source", "the shares under `segments`"),
        Key("transactions", MIX, "mix of transactions of this source", "the segments' mixes"),
    ),
    "How customers come: exactly one of `per_hour`, `per_month`, `rate`, `rates`, `gaps`, `times`, `table`, `log` and "
    "`appointments`. "
    'Several named streams may stand side by side: `{walk_in: {rate: 40/h}, tour: {times: ["10:00"]}}`. '
    "Poisson streams unless `gaps`, `times`, `table`, `log` or `appointments` say otherwise.",
)


@dataclass(frozen=True)
class Arrivals(Kind):
    """One stream of customers, or several by name. Reads into {name: source}; the only one is `arrivals`."""

    kinds: tuple[Kind, ...] = (SOURCE, NameMap("source", SOURCE))
    takes: frozenset[str] = field(init=False, default=frozenset({"mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        known = {key.name for key in SOURCE.keys}
        if is_one_source(data):
            return {"arrivals": SOURCE.read(data, path, ctx)}
        if set(data) & known:
            stray = next(name for name in data if name in known)
            ctx.add((*path, stray), "stands beside named sources; put it inside one of them")
            data = {name: value for name, value in data.items() if name not in known}
        return self.kinds[1].read(data, path, ctx)  # type: ignore[no-any-return]

    def describe(self) -> str:
        return (
            "mapping (" + ", ".join(f"`{form}`" for form in ARRIVAL_FORMS) + "), or a mapping from source names to it"
        )

    def schema(self) -> Schema:
        return {"anyOf": [kind.schema() for kind in self.kinds]}


class Stream(NamedTuple):
    """A source as a scenario gives it: that of every day, or of the days of one type, which says what is different."""

    name: str
    day_type: str
    path: Path
    given: dict[str, Any]
    own: frozenset[str]  # the keys that are written at the path; the others are those of every day

    @property
    def key(self) -> str:
        """What nobody else is called."""
        return f"{self.day_type} {self.name}" if self.day_type else self.name


def streams(data: dict[str, Any], root: Node) -> list[Stream]:
    """Return every source of the scenario, those of every day first."""
    places: list[tuple[str, Path, Any]] = [("", ("arrivals",), data.get("arrivals"))]
    for day_type, record in (data.get("day_types") or {}).items():
        places.append((day_type, ("day_types", day_type, "arrivals"), (record or {}).get("arrivals")))
    found: list[Stream] = []
    usual = {name: given or {} for name, given in (data.get("arrivals") or {}).items()}
    for day_type, place, sources in places:
        named = not is_one_source(plain_data(nearest(root, place)))
        for name, given in (sources or {}).items():
            if given is None and not day_type:
                given = {}
            whole = dict(given or {})
            if day_type:
                has_form = any(form in whole for form in ARRIVAL_FORMS)
                kept = {k: v for k, v in usual.get(name, {}).items() if not (has_form and k in ARRIVAL_FORMS)}
                whole = kept | whole
            path = (*place, name) if named else place
            found.append(Stream(name, day_type, path, whole, frozenset(given or ())))
    return found


def is_one_source(data: Any) -> bool:
    """Return whether the value of `arrivals` is one unnamed source rather than several named ones."""
    known = {key.name for key in SOURCE.keys}
    return not isinstance(data, dict) or not any(isinstance(v, dict) for k, v in data.items() if k not in known)
