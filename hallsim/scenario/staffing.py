"""Servers as a planner writes them: numbers, names, pools, extra counters, breaks. A part of the declaration."""

from __future__ import annotations

from hallsim.model import SHIFT_END_MODES
from hallsim.parts.calls.rule import POOL_BY
from hallsim.scenario.kinds import (
    LENGTH,
    MOMENT,
    SPAN,
    ByType,
    Choice,
    Either,
    Key,
    ListOf,
    NameMap,
    Number,
    Record,
    Text,
    TimeMap,
    Whole,
    Words,
)
from hallsim.scenario.laws import LAW

SERVER = Record(
    "a server",
    (
        Key("name", Text(), "name of the person or machine", required=True, example="Counter 1"),
        Key(
            "shifts", ListOf(SPAN, "shifts"), "when on duty", "open to close", example='["09:00-12:00", "13:00-18:00"]'
        ),
        Key("speed", Number(above=0, high=100), "1.1 serves in 1/1.1 of the time", "1", example="1.1"),
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
EXTRA = Record(
    "extra counters",
    (
        Key(
            "open_at",
            ListOf(Whole(1), "numbers waiting"),
            "the first opens when a customer makes so many wait, the second at the next number, and so on",
            required=True,
            example="[8, 14]",
        ),
        Key(
            "close_at",
            ListOf(Whole(0), "numbers waiting"),
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
