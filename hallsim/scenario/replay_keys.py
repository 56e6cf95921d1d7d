"""The keys of `replay`, which re-enacts a log, and what has no place beside it."""

from __future__ import annotations

from hallsim.model import REPLAY_LINES, REPLAY_ORDERS
from hallsim.scenario.kinds import LENGTH, PAUSE, Choice, Date, Key, ListOf, NameMap, Record, Text
from hallsim.scenario.labels import LABEL

REPLAY = Record(
    "a replay",
    (
        Key(
            "log",
            Text(),
            "table of visits that `hallsim import-log` wrote, or `hallsim run --log` as .parquet",
            required=True,
            example="august.parquet",
        ),
        Key(
            "order",
            Choice("an order of calls", REPLAY_ORDERS),
            "who is called next: `ticket`: whose first ticket was drawn first; `line`: who joined the line first; "
            "`observed`: as the log has it",
            "ticket",
        ),
        Key(
            "lines",
            Choice("a kind of lines", REPLAY_LINES),
            "what customers wait for: `counter`: the counter that served them in the log; `station`: any counter of "
            "the station",
            "counter, if every leg that was served names one, else station",
        ),
        Key(
            "priority",
            ListOf(Text(), "ticket classes"),
            "ticket classes that are called before all others, the first one first; not beside `order: observed`",
            "as the log ranks them, if it does",
            example="[V]",
        ),
        Key("longest_service", LENGTH, "longer services are cut", "1 h"),
        Key("turn_around", PAUSE, "the longest gap between two services that is work, not absence", "10 min"),
        Key("days", ListOf(Date(), "dates"), "days to re-enact", "all days of the log", example='["2024-03-05"]'),
        Key(
            "labels",
            NameMap("name in the log", LABEL, any_text=True),
            "names in reports, by name of a station, counter, ticket class, segment or transaction in the log",
            "the names in the log",
            example="{Desk 4: {en: Desk 4, zh: 4 号台席}}",
        ),
    ),
    "Re-enacts the days of a log (docs/replay.md): customers, services, counters and opening hours are the log's, and "
    "each day is one replication. Beside it stand only `hall`, `description`, `question`, `source`, `resolution` and "
    "`targets`.",
)
REPLACED_BY_A_LOG = (
    "open",
    "run_for",
    "warm_up",
    "segments",
    "transactions",
    "arrivals",
    "day_types",
    "calendar",
    "horizon",
    "returns",
    "publicity",
    "persons",
    "campaigns",
    "skills",
    "transactions_per_visit",
    "follow_ons",
    "campaign_overlap",
    "tickets",
    "stations",
    "triage",
    "entry",
    "interception",
    "channels",
    "catchment",
    "zones",
    "walking",
    "outages",
    "policies",
    "uncertain",
)
"""Keys of a scenario that have no place beside `replay`."""
