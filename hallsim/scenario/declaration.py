"""The scenario language, declared once: every key with its kind, meaning, default and example.

Validation (`build`), JSON Schema (`schema`), the generated page `hallsim/docs/scenario.md` (`docs`) and the
starter of `hallsim new` (`starter`) are all derived from `SCENARIO`. What the keys mean for each other is
checked in `customers`, `arrivals`, `stations`, `routing` and `cross_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from hallsim.model import IDLE_CHOICES, INTERRUPTED_WORK
from hallsim.scenario.call_rules import CALL_CASE, CALL_RULE, GRACE, CasedCall
from hallsim.scenario.calls import CALLS, NUMBERS
from hallsim.scenario.capacity import CAPACITY
from hallsim.scenario.catchment import CATCHMENT, SHIFT
from hallsim.scenario.channels import CHANNEL
from hallsim.scenario.coming import APPOINTMENTS, SOURCE, Arrivals
from hallsim.scenario.conditions import CASE, CasedRouting
from hallsim.scenario.costs import CHURN, COSTS, UNIT_COST
from hallsim.scenario.customers import SEGMENT, TICKET, TRANSACTION
from hallsim.scenario.demand import CAMPAIGN, DAY_TYPE, INTERCEPTION
from hallsim.scenario.experience import EXPERIENCE
from hallsim.scenario.follow_ons import FOLLOW_ONS
from hallsim.scenario.groups import Sizes
from hallsim.scenario.joining import JOIN_CASE
from hallsim.scenario.kinds import (
    GRAIN,
    LENGTH,
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
    Portion,
    Record,
    Routing,
    Text,
    Whole,
    Words,
)
from hallsim.scenario.labels import LABEL, LABEL_RECORD
from hallsim.scenario.laws import LAW
from hallsim.scenario.machines import BREAKDOWNS, OUTAGE
from hallsim.scenario.match import MATCH
from hallsim.scenario.network.declaration import NETWORK, NETWORK_RECORDS
from hallsim.scenario.persons import CAP, HABIT, PERSONS
from hallsim.scenario.preparation import PREPARATION
from hallsim.scenario.publicity import PUBLICITY
from hallsim.scenario.quotes import QUOTE
from hallsim.scenario.replay_keys import REPLAY
from hallsim.scenario.skills import BySegment
from hallsim.scenario.staffing import BREAK, CALLED, EXTRA, NOVICE, OVERFLOW, POOL, SERVER, SERVERS, STAFF, TIRES
from hallsim.scenario.targets import TARGET
from hallsim.scenario.walking import WALKING
from hallsim.scenario.weeks import HORIZON, RETURN, RETURNS
from hallsim.scenario.zones import ZONE

FORMAT = 1
"""The version of this language."""

ROLES = ("greeter", "kiosk", "counter", "pda", "experience", "other")
PER_TRANSACTION = ("counter", "kiosk")
"""Where services are made of the transactions of a visit."""
DELAY_ROLES = ("delay", "online", "orbit", "offer")
"""Steps without a server; during `online` and `orbit` the customer is not in the hall, an `offer` takes no time."""

ROOM = Record(
    "room",
    (
        Key("total", Whole(1), "most people inside the station, in service included", "no limit", example="30"),
        Key("waiting", Whole(0), "most people waiting", "no limit", example="5"),
    ),
    "Finite room at a station.",
)
STATION = Record(
    "a station",
    (
        Key(
            "role",
            Choice("a role", (*ROLES, *DELAY_ROLES)),
            "what it is in reports; targets are measured at counters. A `delay` (a walk, a form to fill in) has a "
            "`time` but no servers, and so have `online` and `orbit`, during which the customer is not in the hall; "
            "servers of a `pda` prepare customers of other stations, those of `experience` are tried by them",
            "from the name, else `other`",
            example="counter",
        ),
        Key("label", LABEL, "name in reports", "the key", example="{en: Counters, zh: 台席}"),
        Key(
            "hours",
            SPAN,
            "opening hours of its own: with all stations of the same hours it is an annex of the hall, into which "
            "nobody comes before or after them, from the door or from elsewhere in the hall; `servers` without a time "
            "are on duty then",
            "open",
            example='"00:00-24:00"',
        ),
        Key(
            "servers",
            Words(("none",), SERVERS),
            "how many, on duty from open to close; or changing numbers; or servers by name; `none` where only those of "
            "other stations help",
            required=True,
            unless="pools",
            not_with=("role", DELAY_ROLES),
            example="8",
        ),
        Key(
            "helps",
            ListOf(Text(), "stations"),
            "whose customers its servers serve, too, in this order, when nobody waits for them here",
            "nobody's",
            example="[assistance, greeter]",
        ),
        Key(
            "pools",
            NameMap("pool", POOL),
            "servers who differ in what they may call, instead of `servers`",
            "all servers call everybody",
            example="{vip_room: {servers: 2, calls: [vip]}, open_plan: {servers: 5, calls: [general, vip]}}",
        ),
        Key(
            "tries",
            NameMap("ticket class or segment", Words(("any",), ListOf(Text(), "pools"))),
            "in which order customers try the pools that may call them; `any`: whoever has been idle longest",
            "pools that name them earlier in `calls` first, then in the order written",
            example="{vip: [vip_room, open_plan]}",
        ),
        Key(
            "time",
            ByType(LAW),
            "service time; the length of a delay",
            required=True,
            not_with=("role", ("pda", "experience", "offer")),
            example="lognormal 8 min cv 0.8",
        ),
        Key(
            "walk",
            ByType(LAW),
            "time from the call to the start of the service: coming to the counter, getting ready",
            "none",
            example="20 s",
        ),
        Key(
            "wrap_up",
            ByType(LAW),
            "work that a customer leaves behind, before the server calls the next",
            "none",
            example="{card: exponential 1 min, rest: 10 s}",
        ),
        Key(
            "call",
            CasedCall(),
            "whom a free server calls: by age, by an order of priority, by how long they have waited ...",
            "by rank of the tickets",
            example="{priority: [vip]}",
        ),
        Key(
            "patience",
            ByType(Words(("never",), LAW)),
            "how long customers wait before they give up; `never` is endless",
            "never",
            example="exponential 40 min",
        ),
        Key(
            "idle_choice",
            Choice("a choice among idle servers", IDLE_CHOICES),
            "which idle server takes the next customer",
            "longest_idle",
        ),
        Key(
            "interrupted",
            Choice("a treatment of interrupted work", INTERRUPTED_WORK),
            "what happens to a service that was broken off",
            "resume; resample where there are breakdowns",
        ),
        Key(
            "numbers",
            NUMBERS,
            "numbers stay in line when their holders leave",
            "they do not",
            example="{call_time: 20 s}",
        ),
        Key(
            "calls",
            CALLS,
            "how customers answer when they are called from the line",
            "they come at once",
            example="{unanswered: 10 %, time_out: 30 s, recalls: 1}",
        ),
        Key(
            "quote",
            QUOTE,
            "what the queue machine tells customers, and what they make of it",
            "nothing",
            example='{tells: estimate, joining: {"15 min": 0.8}}',
        ),
        Key(
            "preparation",
            PREPARATION,
            "what clerks do for customers who wait",
            "nothing",
            example="{by: pda, time: exponential 3 min, saves: 35 %}",
        ),
        Key(
            "experience",
            EXPERIENCE,
            "terminals that customers may try while they wait",
            "nothing",
            example="{at: demo, tries: 20 %, time: exponential 6 min}",
        ),
        Key(
            "extra",
            EXTRA,
            "counters that open when the line is long",
            "none",
            example="{open_at: [8], close_at: [2]}",
        ),
        Key(
            "breaks",
            ListOf(BREAK, "breaks"),
            "breaks and meals of its servers",
            "none",
            example='[{from_to: "11:30-13:30", length: 30 min, at_once: 2}]',
        ),
        Key("absent", SHARE, "probability that a server is away for the whole day", "0 %", example="6 %"),
        Key(
            "breakdowns",
            BREAKDOWNS,
            "how its servers break down",
            "never",
            example="{every: exponential 8 h, repair: exponential 20 min, when_down: counter}",
        ),
        Key("room", ROOM, "finite room", "no limit", example="{waiting: 30}"),
        Key(
            "when_full", Routing(), "where customers go who find no room", "leave", example="{orbit: 60 %, leave: rest}"
        ),
        Key(
            "join_probability",
            ListOf(Number(low=0, high=1), "probabilities"),
            "probability to join by number inside (0, 1, 2, ...); the last one holds beyond",
            "always 1",
            example="[1, 1, 0.9]",
        ),
        Key(
            "joining",
            ListOf(JOIN_CASE, "cases of joining"),
            "part of the customers who join, by conditions",
            "by `join_probability`",
            example="[{when: longest wait over 15 min at counter, joins: 70 %}]",
        ),
        Key("on_balking", Routing(), "where customers go who do not want to join", "leave", example="orbit"),
        Key(
            "on_giving_up",
            Routing(),
            "where customers go who have waited too long",
            "leave",
            example="{orbit: 40 %, leave: rest}",
        ),
        Key(
            "on_no_show",
            Routing(),
            "where customers go who did not answer any call",
            "leave",
            example="{stroll: 60 %, leave: rest}",
        ),
        Key("accepts", ByType(SHARE), "of an `offer`: part of the customers who accept it", example="30 %"),
        Key(
            "on_declining",
            Text(),
            "of an `offer`: where customers go who decline: a station or `leave`",
            example="counter",
        ),
        Key("fails", ByType(SHARE), "part of the services that fail", "0 %", example="8 %"),
        Key(
            "on_failure",
            Routing(),
            "where customers go after a failed service: on to a counter, home for a document (an `orbit`), or away",
            "leave",
            example="{at_home: 60 %, leave: rest}",
        ),
        Key(
            "then",
            CasedRouting(),
            "where customers go after a service: a destination or a table",
            "leave",
            example="triage",
        ),
    ),
    "A place where customers wait for servers: greeter, kiosks, counters.",
)
SCENARIO = Record(
    "a scenario",
    (
        Key("format", Whole(1), "version of this language", required=True, example="1"),
        Key("extends", Text(), "another scenario file that this one changes", example="standard_hall.yaml"),
        Key("hall", LABEL, "name of the hall", "name of the file", example="Standard hall"),
        Key("description", Text(), "what the scenario shows", example="A hall with two greeters, kiosks and counters."),
        Key(
            "question",
            LABEL,
            "what the reader of the report wants to know",
            "whether the targets are met",
            example="Are ten counters enough at the peaks?",
        ),
        Key("source", Text(), "where the figures come from", example="Queue machine log of March; estimates."),
        Key("open", SPAN, "opening hours; the doors close at the end", example='"09:00-18:00"'),
        Key(
            "run_for",
            LENGTH,
            "length of a steady-state run, instead of opening hours; the clock starts at 0",
            example="100000 min",
        ),
        Key("warm_up", LENGTH, "deleted from the front of a steady-state run", "nothing", example="1000 min"),
        Key("resolution", GRAIN, "every time is rounded to it; at most 1 h", "1 us", example="1 min"),
        Key(
            "segments",
            NameMap("segment", Either((Portion(), SEGMENT))),
            "who comes; shares sum to 100 %",
            "one segment `customer`",
            example="{vip: 10 %, general: 60 %, quick: 30 %}",
        ),
        Key(
            "transactions",
            NameMap("transaction", Either((Portion(), TRANSACTION))),
            "what for; shares sum to 100 %",
            "one transaction `business`",
            example="{payment: 40 %, card: 25 %, plan: rest}",
        ),
        Key(
            "skills",
            NameMap("skill", BySegment()),
            "how well customers get on with machines; in tables a skill names customers as a segment does",
            "all alike",
            example="{novice: {vip: 10 %, rest: 40 %}, skilled: rest}",
        ),
        Key(
            "transactions_per_visit",
            Sizes(),
            "how many transactions a customer brings, all of one kind: a number or shares of numbers; services at "
            "counters and kiosks are the sum of their times. Those of other kinds are `follow_ons`",
            "1",
            example="{1: 80 %, 2: 15 %, 3: rest}",
        ),
        Key(
            "follow_ons",
            FOLLOW_ONS,
            "transactions of other kinds that customers go on with in the same visit",
            "none",
            example="{share: {payment: {plan: 15 %}}, then: counter}",
        ),
        Key(
            "arrivals",
            Arrivals(),
            "how customers come",
            required=True,
            unless="replay",
            example="{per_hour: [40, 70, 90, 75, 50, 65, 85, 80, 45]}",
        ),
        Key(
            "day_types",
            NameMap("day type", DAY_TYPE),
            "types of day, which differ in who comes; a replication is a day of one of them",
            "all days are alike",
            example="{weekday: {share: 70 %}, month_end: {share: rest, demand: 1.4}}",
        ),
        Key(
            "calendar",
            Text(),
            "CSV file with one day a row, date and day_type; replication i is its i-th day, and after the last it "
            "begins anew",
            "days are drawn by the shares of the day types",
            example="september.csv",
        ),
        Key("horizon", HORIZON, "days in sequence as one replication", "single days", example="{weeks: 4, warm_up: 7}"),
        Key(
            "returns",
            RETURNS,
            "who comes again on a later day of the horizon",
            "nobody",
            example="{gave_up: 60 %, partly_served: {share: 80 %, after: {2: 50 %, 7: rest}}}",
        ),
        Key(
            "publicity",
            ListOf(PUBLICITY, "publicity", least=0),
            "what raises shares of customers from day to day of the horizon, as long as it is kept up",
            "none",
            example="[{from_to: weeks 1-6, raises: stations.offer.accepts, by: 5 %, ramp: 3 weeks, fades: 2 weeks}]",
        ),
        Key(
            "persons",
            PERSONS,
            "the persons whose visits the customers of the horizon are; they remember what they have been offered, and "
            "what they have had done in electronic channels",
            "every first visit is somebody else's",
            example="{number: 9000, habit: {raises: catchment.shift.points, by: 4 %, up_to: 20 %}}",
        ),
        Key(
            "campaigns",
            NameMap("campaign", CAMPAIGN),
            "campaigns, which bring more customers and longer services",
            "none",
            example="{summer: {lift: {plan: 35 %}, service_time: 1.1}}",
        ),
        Key(
            "campaign_overlap",
            Number(above=0, high=10),
            "where several campaigns run on a day, the service times that they change are multiplied by it too, once "
            "for each campaign beyond the first",
            "1",
            example="1.15",
        ),
        Key(
            "tickets",
            NameMap("ticket class", TICKET),
            "classes of queue tickets",
            "one per segment, all of rank 0",
            example="{V: {segments: [vip], rank: 0}, Z: {rank: 1}}",
        ),
        Key(
            "stations",
            NameMap("station", STATION),
            "places where customers wait for servers",
            required=True,
            unless="replay",
        ),
        Key(
            "zones",
            NameMap("zone", ZONE),
            "parts of the hall with a number of places for people",
            "there is room for everybody",
            example="{waiting_area: {seats: 24, standing: 6, waiting_for: [counter]}}",
        ),
        Key(
            "walking",
            WALKING,
            "how long customers walk to the stations",
            "they are there at once",
            example="{minutes: {door: {counter: 40 s}}}",
        ),
        Key(
            "outages",
            ListOf(OUTAGE, "outages"),
            "when systems are down",
            "never",
            example='[{from_to: "10:00-10:40", stations: [counter]}]',
        ),
        Key(
            "triage",
            CasedRouting(),
            "the table that `triage` as a destination stands for",
            example="{counter: rest, kiosk: 15 %}",
        ),
        Key(
            "interception",
            INTERCEPTION,
            "people before the door who win customers for another channel",
            "nobody",
            example="{offered: 30 %, accepted: {vip: 10 %, rest: 40 %}, to: app}",
        ),
        Key(
            "channels",
            NameMap("channel", CHANNEL),
            "other channels, what they can do, and how often that fails",
            "those that routes name, which never fail",
            example="{app: {kind: electronic, can: [payment, query], fails: 15 %}}",
        ),
        Key(
            "catchment",
            CATCHMENT,
            "whom those around the hall ask first",
            "all who want something come to the hall",
            example="{first_choice: {hall: 40 %, app: 27 %, agent: rest}}",
        ),
        Key("entry", CasedRouting(), "where customers go from the door", "the first station", example="greeter"),
        Key(
            "targets",
            NameMap("ticket class", TARGET, also=("all",), any_text=True),
            "promises by ticket class, segment, or `all`",
            example="{all: {wait: 90 % within 10 min}}",
        ),
        Key("costs", COSTS, "what the hall costs and earns", "not asked", example="{wage: {counter: 38}, rent: 1200}"),
        Key(
            "uncertain",
            NameMap("path", Text(), any_text=True),
            "entries that are not known exactly, by path, and how far they may be off: `± 5 %`, or `-5 % to 10 %`; "
            "intervals then say how much of their width that is",
            "everything is as written",
            example="{stations.counter.time: ± 5 %, arrivals.per_hour: -5 % to 10 %}",
        ),
        Key(
            "policies",
            NameMap("decision", Text(), any_text=True),
            "decisions that functions of Python files beside the scenario take, on the reference engine and with "
            "`--allow-code` (docs/policies.md)",
            "the built-in rules",
            example="{counter.call: my_rules.py:call_vip_after_ten}",
        ),
        Key(
            "replay",
            REPLAY,
            "re-enacts the days of a log instead",
            "a hall of its own",
            example="{log: august.parquet, order: ticket}",
        ),
    ),
    "A scenario is one mapping.",
)
RECORDS = {
    "scenario": SCENARIO,
    "segments": SEGMENT,
    "transactions": TRANSACTION,
    "follow-on transactions": FOLLOW_ONS,
    "arrivals": SOURCE,
    "appointments": APPOINTMENTS,
    "day types": DAY_TYPE,
    "a horizon": HORIZON,
    "returns": RETURNS,
    "who comes again": RETURN,
    "publicity": PUBLICITY,
    "persons": PERSONS,
    "a habit": HABIT,
    "a cap on offers": CAP,
    "campaigns": CAMPAIGN,
    "tickets": TICKET,
    "stations": STATION,
    "servers, as a changing number": STAFF,
    "servers, by name": SERVER,
    "novices": NOVICE,
    "who tires": TIRES,
    "pools": POOL,
    "overflow": OVERFLOW,
    "a call rule": CALL_RULE,
    "a case of a call rule": CALL_CASE,
    "appointments first": GRACE,
    "extra counters": EXTRA,
    "who can be called": CALLED,
    "numbers": NUMBERS,
    "breaks": BREAK,
    "calls": CALLS,
    "quotes": QUOTE,
    "pre-acceptance": PREPARATION,
    "experience terminals": EXPERIENCE,
    "breakdowns": BREAKDOWNS,
    "outages": OUTAGE,
    "room": ROOM,
    "zones": ZONE,
    "walking": WALKING,
    "interception": INTERCEPTION,
    "channels": CHANNEL,
    "the capacity of a channel": CAPACITY,
    "catchment": CATCHMENT,
    "a shift of demand": SHIFT,
    "a match": MATCH,
    "a case": CASE,
    "a case of joining": JOIN_CASE,
    "targets": TARGET,
    "costs": COSTS,
    "a unit cost": UNIT_COST,
    "churn": CHURN,
    "replay": REPLAY,
    "labels": LABEL_RECORD,
    **NETWORK_RECORDS,
}
"""The mappings of the language in the order of the documentation."""


@cache
def all_keys() -> frozenset[str]:
    """Return every key of the language (not the names that planners choose)."""

    def inside(kind: Kind) -> Iterator[str]:
        if isinstance(kind, Record):
            for key in kind.keys:
                yield key.name
                yield from inside(key.kind)
        for part in ("value", "item", "other"):
            if isinstance(inner := getattr(kind, part, None), Kind):
                yield from inside(inner)
        for inner in getattr(kind, "kinds", ()):
            yield from inside(inner)

    return frozenset((*inside(SCENARIO), *inside(NETWORK)))
