"""Network files, declared: the halls, where customers live, how they choose (semantics 52)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hallsim.scenario.kinds import (
    GRAIN,
    PAUSE,
    SHARE,
    Either,
    Key,
    Kind,
    ListOf,
    NameMap,
    Number,
    Record,
    Schema,
    Text,
    Whole,
)
from hallsim.scenario.labels import LABEL
from hallsim.scenario.tables import Reading
from hallsim.scenario.targets import MEASURES
from hallsim.scenario.tree import Path
from hallsim.units import show

WORD = "network"
"""The key by which a network file is known."""
DEFAULT_WAIT = 1.0


@dataclass(frozen=True)
class HallFile(Kind):
    """A hall of a network: the name of its file, whose content stands in its place when the tree has been read."""

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        if not isinstance(data, dict):
            ctx.add(path, f"needs the file of a hall, such as main.yaml, not {show(data)}")
            return None
        return data

    def describe(self) -> str:
        return "scenario file, or what would stand in it"

    def schema(self) -> Schema:
        return {"type": ["string", "object"]}


TRAVEL = NameMap("hall", PAUSE)
POINT = ListOf(Number(), "kilometres")
AREA = Record(
    "an area",
    (
        Key("label", LABEL, "name in reports", "the key", example="{en: Old town, zh: 老城}"),
        Key(
            "customers_of",
            Either((Text(), NameMap("hall", SHARE))),
            "whose customers live here: those of a hall's `arrivals`, or a part of them",
            required=True,
            example="{main: 60 %, north: 10 %}",
        ),
        Key(
            "travel",
            TRAVEL,
            "how long the way to each hall takes; nobody goes to a hall that is named neither here nor in `where`",
            "by `where` and `speed`",
            example="{main: 6 min, north: 14 min}",
        ),
        Key("where", POINT, "east and north of some point, km", "not asked", example="[0.4, 1.2]"),
    ),
    "Where customers live who choose among the same halls. Customers of a hall that no area names go to it at once.",
)
CHOICE = Record(
    "a choice",
    (
        Key(
            "wait",
            Number(low=0, high=1000),
            "how many minutes of travel a minute of the published wait counts; 0: they go by travel alone",
            "1",
            example="1.5",
        ),
        Key(
            "renewed",
            PAUSE,
            "published waits are renewed every so long from opening on; 0 min: they are those of the moment",
            "0 min",
            example="15 min",
        ),
        Key(
            "liking",
            PAUSE,
            "how much what a customer likes of a hall differs: the scale of a Gumbel law (a multinomial logit)",
            "0 min",
            example="3 min",
        ),
        Key(
            "at",
            NameMap("hall", Text()),
            "the station whose wait a hall publishes",
            "its first station with the role counter",
            example="{main: counter}",
        ),
    ),
    "Customers go to the hall with the least travel, plus what they make of the published wait, less what they like.",
)
PROMISES = Record("targets of a hall", MEASURES, "Promises to hold the results of a hall against.")
NETWORK = Record(
    "a network",
    (
        Key("format", Whole(1), "version of this language", required=True, example="1"),
        Key("extends", Text(), "another network file that this one changes", example="three_halls.yaml"),
        Key(WORD, LABEL, "name of the network", required=True, example="Three halls"),
        Key("description", Text(), "what the scenario shows"),
        Key("question", LABEL, "what the reader of the report wants to know", "whether the targets are met"),
        Key("source", Text(), "where the figures come from"),
        Key("resolution", GRAIN, "times in all halls are rounded to it", "as the halls have it", example="1 s"),
        Key(
            "halls",
            NameMap("hall", HallFile(), least=2),
            "the halls, each a scenario of its own",
            required=True,
            example="{main: main.yaml, north: north.yaml}",
        ),
        Key(
            "between",
            NameMap("hall", TRAVEL),
            "how long the way from a hall to another takes; back it takes as long, unless that is said, too",
            "by `where` and `speed`",
            example="{main: {north: 11 min, west: 20 min}}",
        ),
        Key("where", NameMap("hall", POINT), "where the halls are, as in areas", "not asked", example="{main: [0, 0]}"),
        Key("speed", Number(above=0, high=200), "speed of travel as the crow flies, km/h", "4.5", example="15"),
        Key(
            "areas",
            NameMap("area", AREA),
            "where customers live",
            "everybody goes to his own hall at once",
            example="{old_town: {customers_of: main, travel: {main: 6 min, north: 14 min}}}",
        ),
        Key(
            "choice", CHOICE, "how customers choose a hall", "by travel and the wait of the moment", example="{wait: 1}"
        ),
        Key(
            "targets",
            NameMap("hall", PROMISES, also=("all",)),
            "promises of a whole hall, at its counters together, in the place of those in its own file; `all`: of all "
            "halls together",
            "those of the halls' own files",
            example="{north: {wait: 90 % within 10 min}}",
        ),
    ),
    "A network file has `network:` where a scenario has `hall:`, and names the files of its halls, which keep all that "
    "they have. In a hall's file `divert north` sends customers on to the hall that the network calls `north`, "
    "`divert another_hall` to the one of the others that they like best; simulated alone, such a hall loses them, "
    "or, with `channels` of its own, is refused.",
)
NETWORK_RECORDS = {"networks": NETWORK, "areas": AREA, "a choice": CHOICE, "targets of a hall": PROMISES}
