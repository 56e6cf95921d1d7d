"""Publicity, which raises shares of customers from day to day of a horizon: the key `publicity` (semantics 55).

In: the parsed key, the tree of the scenario, and how a changed tree becomes a model. Out: a kind of day for each level
of the shares that some day has, and the level of every day of the horizon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from hallsim.model import WEEK, Day, Horizon, Model
from hallsim.scenario.kinds import SHARE, Key, Phrase, Record, Text
from hallsim.scenario.raising import DAYS, days_in, share_at, with_more
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Node, Path, patch

KEY = "publicity"
GRAIN = Fraction(1, 1000)
"""Raises are rounded to it: a tenth of a percentage point."""

_STRETCH = Phrase(
    r"(days|weeks)\s*(\d{1,4})\s*(?:-|to)\s*(\d{1,4})", (Text(), Text(), Text()), "weeks 1-6", "a stretch of days"
)

PUBLICITY = Record(
    KEY,
    (
        Key(
            "from_to",
            _STRETCH,
            "the days or weeks of the horizon on which it is kept up, counted from 1; with a calendar, days after its "
            "first date",
            required=True,
            example="weeks 1-6",
        ),
        Key(
            "raises",
            Text(),
            "the share that it raises, by its path: `catchment.shift.points`, or `accepts` of an offer, of everybody "
            "or of some customers",
            required=True,
            example="stations.offer.accepts",
        ),
        Key("by", SHARE, "by so many percentage points once the ramp is over", required=True, example="5 %"),
        Key("ramp", DAYS, "how long the share rises, in a straight line", "raised at once", example="3 weeks"),
        Key("fades", DAYS, "how long it falls afterwards, in a straight line", "gone at once", example="2 weeks"),
        Key(
            "half_life",
            DAYS,
            "in what time half of it is gone afterwards, instead of `fades`",
            "none",
            example="5 days",
        ),
    ),
    "Publicity raises a share while it is kept up; once it is stopped the share falls. What is on the same share "
    "adds up.",
)


class Effort(NamedTuple):
    """One entry of publicity: a share, and the days from `first` to `last`, from 0, on which it is kept up."""

    steps: Path
    by: Fraction
    first: int
    last: int
    ramp: int
    fades: int
    half_life: int

    def raises_by(self, day: int) -> Fraction:
        """Return by how much the share is raised on a day."""
        if day < self.first:
            return Fraction(0)
        risen = min(Fraction(min(day, self.last) - self.first + 1, max(self.ramp, 1)), Fraction(1))
        after = max(day - self.last, 0)
        if not after:
            left = Fraction(1)
        elif self.half_life:
            left = Fraction(0.5 ** (after / self.half_life))
        else:
            left = max(1 - Fraction(after, max(self.fades, 1)), Fraction(0))
        return self.by * risen * left


def read_publicity(data: dict[str, Any], horizon: Horizon | None, ctx: Reading) -> tuple[Effort, ...]:
    """Return the publicity of a scenario; without that which is complained about."""
    if KEY in data and "horizon" not in data:
        ctx.add((KEY,), "needs a horizon, on whose days it works, such as horizon: {weeks: 8}")
    efforts = []
    for i, given in enumerate(data.get(KEY) or []):
        path: Path = (KEY, i)
        if not given or any(given.get(key) is None for key in ("from_to", "raises", "by")):
            continue
        if "fades" in given and "half_life" in given:
            ctx.add((*path, "half_life"), "stands beside fades: one of them says how the share falls")
        unit, *ends = given["from_to"]
        first, last = (int(end) for end in ends)
        steps = share_at(given["raises"], (*path, "raises"), "publicity", ctx)
        if not 1 <= first <= last:
            ctx.add(
                (*path, "from_to"),
                f"{unit} {first}-{last} is no stretch; {unit} count from 1, the first before the last",
            )
        elif steps is not None:
            a_unit = WEEK if unit == "weeks" else 1
            lengths = (days_in(given.get(key)) for key in ("ramp", "fades", "half_life"))
            effort = Effort(steps, given["by"], (first - 1) * a_unit, last * a_unit - 1, *lengths)
            efforts.append(effort)
            if horizon is not None and effort.first > _day_of(horizon, horizon.days - 1):
                ctx.add((*path, "from_to"), f"begins after the horizon, which has {horizon.days} days")
    return tuple(efforts)


def _day_of(horizon: Horizon, d: int) -> int:
    """Return how many days after the first a day of the horizon is."""
    return horizon.open_days[d] if horizon.open_days else d


def with_publicity(
    model: Model, efforts: Sequence[Effort], build: Callable[[Node, Reading], Model | None], ctx: Reading
) -> Model:
    """Return a model with a horizon whose days have the shares that publicity gives them.

    Parameters
    ----------
    model : Model
        As written, without publicity.
    efforts : sequence of Effort
    build : callable
        (tree, complaints) -> the model of a changed tree, None after a complaint.
    ctx : Reading
    """
    if not efforts or model.horizon is None:
        return model
    shares = list(dict.fromkeys(effort.steps for effort in efforts))
    numbers: dict[tuple[Fraction, ...], int] = {(Fraction(0),) * len(shares): 0}
    levels = []
    for d in range(model.horizon.days):
        day = _day_of(model.horizon, d)
        exact = [sum((e.raises_by(day) for e in efforts if e.steps == steps), Fraction(0)) for steps in shares]
        levels.append(numbers.setdefault(tuple(round(x / GRAIN) * GRAIN for x in exact), len(numbers)))
    kinds: list[Day] = []
    for raises, number in numbers.items():
        root = patch(ctx.root, (KEY,), Node([], ctx.root.file, ctx.root.line), frozenset())
        for steps, more in zip(shares, raises, strict=True):
            root = with_more(root, steps, more)
        own = Reading(root, [], halls=ctx.halls)
        level = build(root, own)
        if level is None:
            problem = own.errors[0]
            ctx.add((KEY,), f"asks too much on day {levels.index(number) + 1}: {problem.path}: {problem.message}")
            return model
        kinds.extend(_kinds_at(level))
    return replace(model, days=tuple(kinds), horizon=replace(model.horizon, levels=tuple(levels)))


def _kinds_at(level: Model) -> list[Day]:
    """Return the kinds of day of a level: as many as the hall has without publicity, one where all are alike."""
    alike = Day(
        "",
        level.close,
        level.sources,
        tuple(tuple(server.shifts for server in station.servers) for station in level.stations),
        tuple(station.levels for station in level.stations),
        share=1.0,
    )
    return [replace(day, stations=day.stations or level.stations, entry=level.entry) for day in level.days or (alike,)]
