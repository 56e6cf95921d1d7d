"""Servers as a planner writes them: numbers, names, pools, extra counters, breaks. A part of the declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hallsim.model import MEASURES, SHIFT_END_MODES
from hallsim.parts.calls.rule import POOL_BY
from hallsim.scenario.kinds import (
    LENGTH,
    MOMENT,
    PAUSE,
    SHARE,
    SPAN,
    ByType,
    Choice,
    Either,
    Key,
    Kind,
    ListOf,
    NameMap,
    Number,
    Record,
    Schema,
    Text,
    TimeMap,
    Whole,
    Words,
)
from hallsim.scenario.laws import LAW
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


@dataclass(frozen=True)
class NumberOrTime(Kind):
    """A whole number of people from `low`, or a duration. Reads into (number or microseconds, whether it is a time)."""

    low: int

    def read(self, data: Any, path: Path, ctx: Reading) -> tuple[int, bool] | None:
        kind = PAUSE if isinstance(data, str) else Whole(self.low)
        value = kind.read(data, path, ctx)
        return None if value is None else (value, isinstance(data, str))

    def describe(self) -> str:
        return f"{Whole(self.low).describe()}, or duration"

    def schema(self) -> Schema:
        return {"anyOf": [Whole(self.low).schema(), PAUSE.schema()]}


NOVICE = Record(
    "a novice",
    (
        Key("factor", Number(low=0.01, high=100), "on the time of the first service", required=True, example="1.6"),
        Key(
            "services",
            Number(above=0, high=1000),
            "after so many services 37 % of what is above 1 is left, after twice as many 14 %",
            required=True,
            example="15",
        ),
    ),
    "Who learns: after n services of the day the next takes 1 + (factor - 1) * exp(-n / services) times as long.",
)
TIRES = Record(
    "somebody who tires",
    (
        Key("per_hour", SHARE, "services take so much longer after an hour", required=True, example="3 %"),
        Key("at_most", SHARE, "but not more than this", required=True, example="15 %"),
    ),
    "Who becomes slower with the time since the beginning of the shift or the last break.",
)
SERVER = Record(
    "a server",
    (
        Key("name", Text(), "name of the person or machine", required=True, example="Counter 1"),
        Key(
            "shifts", ListOf(SPAN, "shifts"), "when on duty", "open to close", example='["09:00-12:00", "13:00-18:00"]'
        ),
        Key(
            "speed",
            ByType(Number(above=0, high=100)),
            "1.1 serves in 1/1.1 of the time; by transaction if need be",
            "1",
            example="{payment: 1.1, rest: 1}",
        ),
        Key("novice", NOVICE, "learns during the day", "no", example="{factor: 1.6, services: 15}"),
        Key("tires", TIRES, "becomes slower without a break", "no", example="{per_hour: 3 %, at_most: 15 %}"),
        Key("absent", SHARE, "probability that he is away for the whole day", "the station's", example="6 %"),
        Key(
            "person",
            Text(),
            "servers of the same person are one person who works at several places in turn",
            "somebody of his own",
            example="Li",
        ),
    ),
    "One server by name.",
)
STAFF = Record(
    "servers",
    (
        Key(
            "staff",
            TimeMap("numbers", Whole(0, 10_000)),
            "number on duty from a time to the next, the last one to close; nobody before the first",
            required=True,
            example='{"09:00": 6, "10:00": 9}',
        ),
        Key(
            "shift_end",
            Choice("a way to end a shift", SHIFT_END_MODES),
            "`named`: server i is on duty while the "
            "number is at least i, finishes the customer and leaves; `pooled`: idle ones leave first; `preemptive`: "
            "leave at once, the customer goes back to the head of the line",
            "named",
        ),
    ),
    "A number of servers that changes over the day.",
)
SERVERS = Either((Whole(1, 10_000), STAFF, ListOf(SERVER, "servers")))
OVERFLOW = Record(
    "overflow",
    (
        Key("after", LENGTH, "once somebody in that line has waited so long", "not for that", example="10 min"),
        Key("waiting", Whole(1), "or when so many wait in that line", "not for that", example="6"),
    ),
    "When servers who are kept for others help out. A duration alone stands for `after`.",
)
POOL = Record(
    "a pool",
    (
        Key(
            "servers",
            SERVERS,
            "as `servers` of a station; shifts end in the way `named`",
            required=True,
            example="2",
        ),
        Key(
            "calls",
            Words(("all",), ListOf(Text(), "ticket classes or segments")),
            "whom its servers may call, in this order; `rest` at the end stands for all others, `all` for everybody "
            "by the station's `call`",
            "all",
            example="[vip, general]",
        ),
        Key(
            "by",
            Choice("an order of calling", POOL_BY),
            "`order`: as written under `calls`; `longest_waiting`: the oldest ticket of those it may call; `call`: by "
            "the station's `call`",
            "order",
        ),
        Key(
            "overflow",
            NameMap("ticket class or segment", Either((LENGTH, OVERFLOW))),
            "others whom its servers call, too, once somebody of them has waited so long; behind all under `calls`, in "
            "the order written",
            "nobody",
            example="{general: 10 min}",
        ),
        Key("time", ByType(LAW), "service time in this pool", "the station's", example="lognormal 6 min cv 0.8"),
    ),
    "Servers of one station that may call the same tickets: `pools: {vip_room: {servers: 2, calls: [vip]}, open_plan: "
    "{servers: 5, calls: [general, vip]}}`. Nobody else serves a ticket that no pool calls. A pool may be one person, "
    "`{li: {servers: [{name: Li}], calls: [vip, general]}}`: then everybody has an order of his own in which he calls, "
    "and with `tries` customers have one in which they choose.",
)
CALLED = Record(
    "somebody who can be called",
    (
        Key("name", Text(), "name of the person", required=True, example="Zhao"),
        Key("shifts", ListOf(SPAN, "stretches"), "when he can be called", "always", example='["09:00-12:00"]'),
    ),
    "Somebody from the back office who can be called to an extra counter.",
)
EXTRA = Record(
    "extra counters",
    (
        Key(
            "open_at",
            ListOf(NumberOrTime(1), "numbers waiting, or waits"),
            "the first opens when a customer makes so many wait, the second at the next number, and so on; waits where "
            "they go `by` one",
            required=True,
            example="[8, 14]",
        ),
        Key(
            "close_at",
            ListOf(NumberOrTime(0), "numbers waiting, or waits"),
            "and closes again when at most so many wait",
            required=True,
            example="[2, 6]",
        ),
        Key(
            "closing",
            Choice("a way to close", ("own", "any")),
            "looked at when the extra counter has finished a customer (`own`), or when any counter has (`any`)",
            "own",
        ),
        Key("set_up", LAW, "time from the decision to open until it does", "none", example="5 min"),
        Key(
            "by",
            Choice("something to go by", MEASURES),
            "`waiting`: how many wait; `longest_wait`: how long somebody has waited now; `estimated_wait`: those who "
            "wait times the mean service, by the servers on duty",
            "waiting",
        ),
        Key(
            "when",
            Text(),
            "they open only while a condition holds, as in [cases](#a-case)",
            "always",
            example="after 11:30",
        ),
        Key("every", LENGTH, "looked at only so often; then all open, or close, that should", "at joins and services"),
        Key(
            "staff",
            ListOf(CALLED, "people"),
            "who is called to the counters, the first first",
            "somebody without a name",
            example='[{name: Zhao, shifts: ["09:00-12:00"]}]',
        ),
        Key("back", LAW, "time after closing until the same person can be called again", "none", example="2 min"),
    ),
    "Counters that open when the line is long, beside the `servers`.",
)
BREAK = Record(
    "a break",
    (
        Key("at", MOMENT, "when it is due", example='"12:00"'),
        Key("from_to", SPAN, "or in which time servers take it, by turns", example='"11:30-13:30"'),
        Key("length", LAW, "how long it is", required=True, example="30 min"),
        Key(
            "at_once",
            Whole(1, 10_000),
            "it is begun while fewer than so many of the station are on a break",
            "any number",
            example="2",
        ),
        Key(
            "paid",
            Choice("an answer", ("yes", "no")),
            "`no`: it is no part of the paid time that utilisation goes by",
            "yes",
        ),
        Key("who", ListOf(Text(), "servers or pools"), "whose break it is", "everybody's", example="[Li, Wang]"),
    ),
    "A break or a meal. It is due to who is on duty then; who has a customer goes when that is finished.",
)
