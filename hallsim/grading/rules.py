"""A file of rules for grading halls -> `Rules`.

In: a YAML file, or the one that comes with hallsim, whose numbers are assumptions. Out: figures with their ends and
weights, and the grades with their templates. What is wrong is complained about at once, with file and line.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from hallsim.model import Label
from hallsim.scenario.kinds import SHARE, Choice, Key, Kind, NameMap, Number, Record, Schema, Text, Whole
from hallsim.scenario.labels import LABEL
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path, plain_data
from hallsim.scenario.whole import read_whole
from hallsim.units import format_share, show

DEFAULT_RULES = FilePath(__file__).with_name("rules.yaml")
SIDES = ("outer", "inner")
DEMAND = "transactions"
"""The figure from which the demand of a hall is made: transactions a month."""


@dataclass(frozen=True)
class Template(Kind):
    """A part of a scenario, which is read when its demand is known."""

    takes = frozenset({"mapping"})

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        if isinstance(data, dict) and isinstance(data.get("stations"), dict):
            return data
        ctx.add(path, f"needs a scenario with stations, not {show(data)}")
        return None

    def describe(self) -> str:
        return "part of a scenario"

    def schema(self) -> Schema:
        return {"type": "object"}


FIGURE = Record(
    "a figure",
    (
        Key("side", Choice("a side", SIDES), "of the surroundings (`outer`) or of the hall (`inner`)", required=True),
        Key("weight", SHARE, "its part of the score; weights sum to 100 %", required=True, example="20 %"),
        Key("from", Number(), "where it scores 0", required=True, example="40"),
        Key("to", Number(), "where it scores 100; below `from` where less is better", required=True, example="600"),
        Key("label", LABEL, "name in tables", "the key"),
    ),
)
GRADE = Record(
    "a grade",
    (
        Key("least", Number(low=0, high=100), "score from which a hall is of this grade", required=True, example="35"),
        Key("label", LABEL, "name in tables", "the key"),
        Key("zones", LABEL, "zones of such a hall", "none"),
        Key("may_wait", SHARE, "share of customers who may wait, for the square-root rule", required=True),
        Key("hall", Template(), "a scenario, where `servers: demand` are found from the demand", required=True),
    ),
)
RULES = Record(
    "a file of rules",
    (
        Key("format", Whole(1, 1), "version of this language", required=True, example="1"),
        Key("source", Text(), "where the figures come from"),
        Key("figures", NameMap("figure", FIGURE), "what is scored", required=True),
        Key("grades", NameMap("grade", GRADE), "the grades, the best first", required=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What of a hall is scored: 0 at `at_0`, 100 at `at_100`, with a weight."""

    name: str
    label: Label
    side: str
    weight: Fraction
    at_0: float
    at_100: float

    def score(self, value: float) -> float:
        """Return the score of a value, 0 to 100."""
        return 100.0 * min(max((value - self.at_0) / (self.at_100 - self.at_0), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade of halls: from which score on, and its template."""

    name: str
    label: Label
    least: float
    zones: Label
    may_wait: float
    hall: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """How halls are graded; the grades from the best to the worst."""

    file: str
    figures: tuple[Figure, ...]
    grades: tuple[Grade, ...]

    @property
    def assumed(self) -> bool:
        """Whether these are the rules that come with hallsim, all of whose numbers are assumptions."""
        return FilePath(self.file) == DEFAULT_RULES


def read_rules(file: str | os.PathLike[str] = DEFAULT_RULES) -> Rules:
    """Read a file of rules.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """

    def built(ctx: Reading) -> Rules | None:
        data = RULES.read(plain_data(ctx.root), (), ctx)
        return _rules(str(file), data, ctx) if data is not None and not ctx.errors else None

    return read_whole(file, "file of rules", built)


def _rules(file: str, data: dict[str, Any], ctx: Reading) -> Rules:
    figures = tuple(
        Figure(name, label_of(name, f.get("label")), f["side"], f["weight"], f["from"], f["to"])
        for name, f in data["figures"].items()
    )
    for figure in figures:
        if figure.at_0 == figure.at_100:
            ctx.add(("figures", figure.name, "to"), f"is {figure.at_100:g} as `from` is; nothing lies between them")
    total = sum((figure.weight for figure in figures), Fraction(0))
    if total != 1:
        ctx.add(("figures",), f"the weights sum to {format_share(total)}, not 100 %")
    if not any(figure.name == DEMAND for figure in figures):
        ctx.add(
            ("figures",),
            f"{DEMAND} is missing, from which a hall's demand is made; with a weight of 0 % it counts nothing",
        )
    grades = tuple(
        Grade(
            name,
            label_of(name, g.get("label")),
            g["least"],
            label_of("", g.get("zones") or "-"),
            float(g["may_wait"]),
            g["hall"],
        )
        for name, g in data["grades"].items()
    )
    for before, grade in pairwise(grades):
        if grade.least >= before.least:
            text = f"{grade.least:g} is not below the {before.least:g} of {before.name}; write the best grade first"
            ctx.add(("grades", grade.name, "least"), text)
    if grades[-1].least > 0:
        ctx.add(
            ("grades", grades[-1].name, "least"),
            "is above 0, so some halls have no grade; let the last grade begin at 0",
        )
    for grade in grades:
        if not 0.0 < grade.may_wait < 1.0:
            ctx.add(("grades", grade.name, "may_wait"), "needs a share between 0 % and 100 %")
    return Rules(file, figures, grades)
