"""What may stand in a sweep file: keys, kinds of values, defaults. Validation comes from these tables.

In: nothing. Out: `SWEEP`, made of the same kinds as the language of scenarios (`hallsim.scenario.kinds`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hallsim.scenario.kinds import Choice, Either, Key, Kind, ListOf, NameMap, Number, Record, Schema, Text, Whole
from hallsim.scenario.labels import LABEL
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import show

FORMAT = 1
MOST_POINTS = 1_000_000
MOST_DAYS = 10_000_000
MOST_SEED = 2**63 - 1

COLUMNS = (
    *("design", "kpi", "scope", "item", "within_min", "unit"),
    *("value", "half_width", "n_replications", "scenario_hash", "problem"),
)
"""Columns of the results that are not factors; no factor may be called like one."""


@dataclass(frozen=True)
class Values(Kind):
    """The values of a factor: a list of anything that a scenario may hold, or a mapping from names to such values."""

    takes = frozenset({"mapping", "list"})

    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        if not isinstance(data, (dict, list)):
            ctx.add(path, f"needs a list of values such as [6, 7, 8], or names with values, not {show(data)}")
            return None
        if not data:
            ctx.add(path, "is empty; a factor has at least one value")
            return None
        return data

    def describe(self) -> str:
        return "list of values, or mapping from names to values"

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "array", "minItems": 1}, {"type": "object", "minProperties": 1}]}


FACTOR = Record(
    "a factor",
    (
        Key(
            "path",
            Either((Text(), ListOf(Text(), "paths"))),
            "what it changes in the scenario; several entries that change together as a list",
            required=True,
            example="stations.counter.servers",
        ),
        Key("label", LABEL, "its name for readers", "its key", example="{en: counters, zh: 窗口数}"),
        Key("values", Values(), "its values, as they would stand in the scenario", example="[6, 7, 8]"),
        Key("from", Number(), "least of a range", example="6"),
        Key("to", Number(), "greatest of a range", example="12"),
        Key("step", Number(above=0.0), "step of a range", "1 for whole numbers, else any number between", example="2"),
        Key("as", Text(), "how a number of the range is written, with {} for it", example="exponential {} min"),
    ),
)

DESIGN = Either(
    (
        Choice("a design", ("grid",)),
        Record(
            "a design",
            (
                Key("latin_hypercube", Whole(1, MOST_POINTS), "points of a Latin hypercube", example="200"),
                Key("sobol", Whole(1, MOST_POINTS), "points of a scrambled Sobol sequence; best a power of 2"),
                Key("table", Text(), "CSV file with a column for each factor and a row for each design point"),
            ),
        ),
    )
)

SWEEP = Record(
    "a sweep",
    (
        Key("format", Whole(1), "version of this language", required=True, example="1"),
        Key("sweep", LABEL, "name of the sweep", "name of the file", example="Counters and kiosks"),
        Key("base", Text(), "the scenario file that is changed", required=True, example="s2_hall.yaml"),
        Key("factors", NameMap("factor", FACTOR), "what is changed", required=True),
        Key("design", DESIGN, "which combinations are simulated", "grid: all of them", example="grid"),
        Key("days", Whole(2, MOST_DAYS), "days (replications) of each design point", "200", example="100"),
        Key("seed", Whole(0, MOST_SEED), "seed of all random numbers: all points see the same customers", "1"),
        Key(
            "figures",
            ListOf(Text(), "figures"),
            "more figures than the usual ones and those of the base's targets",
            example="[overtime, service level 5 min]",
        ),
    ),
)
