"""Conditions in words, and routings that depend on them: `when: more than 6 in the hall`.

In: a list of `when` and `to`, the last without `when`. Out: `Cased`; and `read_condition`, which turns the words
into the `Term`s of the model once all stations are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from hallsim.errors import did_you_mean
from hallsim.model import EVER, Term
from hallsim.scenario.kinds import Key, Kind, Record, Routing, Schema, Text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import parse_duration, parse_moment, show, to_ticks

MOST_CASES = 50
FORMS = (
    "`more than 6 in the hall`, `at least 3 waiting at counter`, `fewer than 2 idle at kiosk`, `at most 4 on duty at "
    "counter`, `more than 20 at counter`, `longest wait over 15 min at counter`, "
    "`quoted wait over 20 min at counter`, `more than 1 down at kiosk`, `fewer than 1 up at kiosk`, `after 11:30`, "
    "`before 14:00`; several joined by `and`"
)
_BOUND = r"(?P<bound>more than|at least|fewer than|at most|over|under)"
_COUNT = re.compile(
    rf"{_BOUND} (?P<number>\d{{1,9}})(?: people| customers)?"
    r" (?:(?P<hall>in the hall)|(?P<what>waiting|idle|on duty|down|up)(?: at (?P<at>\S+))?|at (?P<place>\S+))"
)
_WAIT = re.compile(rf"longest wait {_BOUND} (?P<time>.+?)(?: at (?P<at>\S+))?")
_CLOCK = re.compile(r"(?P<side>after|before) (?P<time>\S+)")
_WHAT = {"waiting": "waiting", "idle": "idle", "on duty": "on_duty", "down": "down", "up": "up"}
_QUOTED = re.compile(rf"quoted wait {_BOUND} (?P<time>.+?) at (?P<at>\S+)")

CASE = Record(
    "a case",
    (
        Key("when", Text(), f"the condition; none in the last case: {FORMS}", example="more than 6 in the hall"),
        Key("to", Routing(), "where customers go then", required=True, example="{online: 50 %, counter: rest}"),
    ),
)


@dataclass(frozen=True)
class Cased:
    """A routing by cases: (words of the condition, routing) in order, and what holds if no condition does."""

    cases: tuple[tuple[str, Any], ...]
    otherwise: Any


@dataclass(frozen=True)
class CasedRouting(Kind):
    """A routing, or a list of cases, the first of which holds whose condition does. Reads as `Routing`, or `Cased`."""

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping", "list"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        if not isinstance(data, list):
            return Routing().read(data, path, ctx)
        found = read_cases(CASE, "to", data, path, ctx)
        return None if found is None else Cased(found[0], found[1])

    def describe(self) -> str:
        return f"{Routing().describe()}; or a list of [cases](#a-case)"

    def schema(self) -> Schema:
        cases = {"type": "array", "items": CASE.schema(), "minItems": 2, "maxItems": MOST_CASES}
        return {"anyOf": [Routing().schema(), cases]}


def read_cases(
    record: Record, key: str, data: list[Any], path: Path, ctx: Reading
) -> tuple[tuple[tuple[str, Any], ...], Any] | None:
    """Read a list of cases: (words of the condition, value of the key) in order, and the value of the last."""
    if not 2 <= len(data) <= MOST_CASES:
        ctx.add(path, f"has {len(data)} cases; needs 2 to {MOST_CASES}, the last without `when`")
        return None
    found = [record.read(one, (*path, i), ctx) or {} for i, one in enumerate(data)]
    for i, one in enumerate(found):
        if one.get(key) is None:
            return None
        if ("when" in one) == (i == len(found) - 1):
            text = "the last case holds for all others and has no `when`" if "when" in one else "`when` is missing"
            ctx.add((*path, i), text)
            return None
    if any(one["when"] is None for one in found[:-1]):
        return None
    return tuple((one["when"], one[key]) for one in found[:-1]), found[-1][key]


def read_condition(text: str, stations: list[str]) -> tuple[Term, ...]:
    """Read a condition; all its terms must hold.

    Raises
    ------
    ValueError
        With the whole message.

    >>> read_condition("more than 6 in the hall", [])
    (Term(what='people', station=-1, low=7, high=4611686018427387904),)
    """
    words = " ".join(str(text).split())
    return tuple(_term(part, stations) for part in words.split(" and "))


def _term(words: str, stations: list[str]) -> Term:
    if match := _CLOCK.fullmatch(words):
        t = parse_moment(match["time"])
        return Term("time", -1, t, EVER) if match["side"] == "after" else Term("time", -1, 0, t - 1)
    if match := _WAIT.fullmatch(words):
        low, high = _range(match["bound"], to_ticks(parse_duration(match["time"])))
        return Term("longest_wait", _station(match["at"], stations), low, high)
    if match := _QUOTED.fullmatch(words):
        low, high = _range(match["bound"], to_ticks(parse_duration(match["time"])))
        return Term("quoted_wait", _station(match["at"], stations), low, high)
    if match := _COUNT.fullmatch(words):
        low, high = _range(match["bound"], int(match["number"]))
        what = _WHAT.get(match["what"] or "", "people")
        return Term(what, _station(match["at"] or match["place"], stations), low, high)
    raise ValueError(f"{show(words)} is not a condition such as {FORMS.replace('`', '')}")


def _range(bound: str, x: int) -> tuple[int, int]:
    """Return the least and the largest value for which a comparison holds."""
    return {
        "more than": (x + 1, EVER),
        "over": (x + 1, EVER),
        "at least": (x, EVER),
        "fewer than": (0, x - 1),
        "under": (0, x - 1),
        "at most": (0, x),
    }[bound]


def _station(name: str | None, stations: list[str]) -> int:
    if name is None:
        return -1
    if name not in stations:
        raise ValueError(f"{name!r} is not a station; known: {', '.join(stations)}{did_you_mean(name, stations)}")
    return stations.index(name)
