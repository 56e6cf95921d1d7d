"""A file of the shifts that people may work -> `Library`.

In: the path of a YAML file, or the opening hours for the shifts of a hall that says nothing. Out: kinds of shift,
times in microseconds. What is wrong is complained about at once, with file and line, as for scenarios.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from hallsim.scenario.kinds import LENGTH, MOMENT, SPAN, Choice, Key, ListOf, NameMap, Number, Record, Text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path, plain_data
from hallsim.scenario.whole import read_whole
from hallsim.units import UNITS_US, format_clock, format_duration

HALF_HOUR = 30 * UNITS_US["min"]

BREAK = Record(
    "a break",
    (
        Key("length", LENGTH, "how long it is, in half-hours", required=True, example="1 h"),
        Key("from_to", SPAN, "in which time it lies", "the middle half of the shift", example='"11:30-14:00"'),
        Key("paid", Choice("an answer", ("yes", "no")), "whether it is paid", "no"),
    ),
    "A break in the middle of a shift. People take it at any half-hour of the time given, as the plan needs them.",
)
SHIFT = Record(
    "a shift",
    (
        Key("length", LENGTH, "from its beginning to its end, breaks included", required=True, example="8 h"),
        Key(
            "starts",
            ListOf(MOMENT, "times of day"),
            "when it may begin",
            "every half-hour from which it ends by closing",
            example='["09:00", "10:00"]',
        ),
        Key("break", BREAK, "a break or a meal", "none", example='{length: 1 h, from_to: "11:30-14:00"}'),
        Key("wage", Number(above=0, high=1e6), "per paid hour", "the file's", example="28"),
        Key("stations", ListOf(Text(), "stations"), "whose people may work it", "all", example="[counter]"),
    ),
    "One kind of shift.",
)
LIBRARY = Record(
    "a file of shifts",
    (
        Key("wage", Number(above=0, high=1e6), "per paid hour, in any money", "1: cost is counted in paid hours"),
        Key("shifts", NameMap("shift", SHIFT), "the kinds of shift", required=True),
    ),
)
RECORDS = {"file": LIBRARY, "shifts": SHIFT, "break": BREAK}


@dataclass(frozen=True, slots=True)
class Shift:
    """One kind of shift: times in microseconds; `starts` empty: any half-hour; `stations` empty: any.

    `pause` is the length of its break (0: none), which lies in `window` (None: the middle half of the shift).
    """

    name: str
    length: int
    wage: float
    starts: tuple[int, ...] = ()
    pause: int = 0
    window: tuple[int, int] | None = None
    paid: bool = False
    stations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Library:
    """The shifts that people may work, and what an hour costs where no shift says so."""

    shifts: tuple[Shift, ...]
    wage: float = 1.0


def usual_shifts(open_us: int, close_us: int) -> Library:
    """Return the shifts of a hall that names none: whole days with an unpaid hour's break, six and four hours.

    >>> [s.name for s in usual_shifts(9 * UNITS_US["h"], 18 * UNITS_US["h"]).shifts]
    ['full', 'six_hours', 'four_hours']
    """
    hour, whole = UNITS_US["h"], (close_us - open_us) // HALF_HOUR * HALF_HOUR
    full = Shift("full", min(whole, 9 * hour), 1.0, pause=hour)
    shifts = [full] if full.length > 6 * hour else []
    shifts += [Shift(name, n * hour, 1.0) for name, n in (("six_hours", 6), ("four_hours", 4)) if n * hour <= whole]
    return Library(tuple(shifts) or (Shift("whole_day", whole, 1.0),))


def read_shifts(file: str | os.PathLike[str], open_us: int, close_us: int) -> Library:
    """Read a file of shifts for a hall with these opening hours.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """

    def built(ctx: Reading) -> Library | None:
        data = LIBRARY.read(plain_data(ctx.root), (), ctx)
        return None if data is None else _library(data, ctx, open_us, close_us)

    return read_whole(file, "file of shifts", built)


def _library(data: dict[str, Any], ctx: Reading, open_us: int, close_us: int) -> Library:
    wage = float(data.get("wage") or 1.0)
    shifts = []
    for name, given in (data.get("shifts") or {}).items():
        if given is None or given.get("length") is None:
            continue
        path: Path = ("shifts", name)
        pause = given.get("break") or {}
        shift = Shift(
            name,
            given["length"],
            float(given.get("wage") or wage),
            tuple(t for t in given.get("starts") or () if t is not None),
            pause.get("length") or 0,
            pause.get("from_to"),
            pause.get("paid") == "yes",
            tuple(given.get("stations") or ()),
        )
        _check(shift, path, ctx, open_us, close_us)
        shifts.append(shift)
    return Library(tuple(shifts), wage)


def _check(shift: Shift, path: Path, ctx: Reading, open_us: int, close_us: int) -> None:
    """Complain about shifts that are not made of half-hours, or end after closing."""
    for key, length in (("length", shift.length), ("break", shift.pause)):
        if length % HALF_HOUR:
            ctx.add((*path, key), f"{format_duration(length)} is not a number of half-hours")
    if shift.length <= shift.pause:
        ctx.add((*path, "break"), f"is as long as the shift, {format_duration(shift.length)}")
    if shift.length > close_us - open_us:
        text = f"{format_duration(shift.length)} is longer than the hall is open, {format_duration(close_us - open_us)}"
        ctx.add((*path, "length"), text)
    for i, start in enumerate(shift.starts):
        if start % HALF_HOUR and start != open_us:
            ctx.add((*path, "starts", i), f"{format_clock(start)} is no half-hour of the clock")
        elif start < open_us or start + shift.length > close_us:
            hours = f"{format_clock(open_us)}-{format_clock(close_us)}"
            text = f"a shift from {format_clock(start)} to {format_clock(start + shift.length)}"
            ctx.add((*path, "starts", i), f"{text} is outside the opening hours {hours}")
