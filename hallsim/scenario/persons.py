"""Persons whose visits the customers of a horizon are: the key `persons` (semantics 56).

In: the parsed key, and how a changed tree becomes a model. Out: a model whose customer types are stages of the plain
ones: the hall that the scenario gives with the share raised by a habit, and with offers held back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from hallsim.errors import not_one_of
from hallsim.model import ELECTRONIC_KINDS, Model, Persons, Route, Station
from hallsim.scenario.customers import MOST_TYPES, Customers
from hallsim.scenario.kinds import SHARE, Either, Key, NameMap, Number, Record, Text, Whole
from hallsim.scenario.publicity import KEY as PUBLICITY
from hallsim.scenario.raising import DAYS, days_in, share_at, with_more
from hallsim.scenario.stages import side_by_side
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Node, Path, nearest, patch

KEY = "persons"
MOST_PERSONS = 200_000
MOST_LEVELS = 20
MOST_OFFERS = 20

HABIT = Record(
    "a habit",
    (
        Key(
            "raises",
            Text(),
            "the share that it raises for its person, by its path: `catchment.shift.points`, or `accepts` of an offer",
            required=True,
            example="catchment.shift.points",
        ),
        Key("by", SHARE, "percentage points for each electronic transaction", required=True, example="4 %"),
        Key("up_to", SHARE, "percentage points at most", required=True, example="20 %"),
        Key(
            "fades",
            DAYS,
            "after so many days without an electronic transaction one of them counts no more, after as many again "
            "another",
            "never",
            example="60 days",
        ),
    ),
    "Whoever has had something done in an electronic channel does so more often.",
)
CAP = Record(
    "a cap on offers",
    (
        Key("offers", Whole(1, MOST_OFFERS), "so many offers to one person at most", required=True, example="1"),
        Key("within", DAYS, "within so many days, today included", required=True, example="30 days"),
    ),
    "A cap on offers: who has been made so many is not asked, and goes where whoever declines goes.",
)
PERSONS = Record(
    "persons",
    (
        Key(
            "number",
            Either((Whole(1, MOST_PERSONS), NameMap("segment", Whole(1, MOST_PERSONS)))),
            "how many persons the customers are drawn from; of each segment, where there are several",
            required=True,
            example="9000",
        ),
        Key(
            "cv",
            Number(above=0, high=5),
            "coefficient of variation of how often they come (gamma); with 1 a tenth makes a third of the visits",
            "all come equally often",
            example="0.8",
        ),
        Key("habit", HABIT, "habit of electronic channels", "none grows", example="{...}"),
        Key("cap", CAP, "cap on offers to one person", "no cap", example="{offers: 1, within: 30 days}"),
    ),
    "The persons of a horizon, each with a stream of needs of his own. Each visit of somebody who has not been "
    "sent by an earlier one is that of a person of his segment, drawn anew.",
)


class Plan(NamedTuple):
    """What a scenario says of its persons; `steps` is the share that a habit raises, by level so many points."""

    persons: Persons
    steps: Path = ()
    raises: tuple[Fraction, ...] = ()


def read_persons(data: dict[str, Any], customers: Customers) -> Plan | None:
    """Return the persons of a scenario, None without any or after a complaint."""
    ctx, given = customers.ctx, data.get(KEY)
    if KEY in data and "horizon" not in data:
        ctx.add((KEY,), "needs a horizon, over whose days they persist, such as horizon: {weeks: 8}")
    if not given:
        return None
    before = len(ctx.errors)
    numbers = _numbers(given.get("number"), customers)
    habit, cap = given.get("habit") or {}, given.get("cap") or {}
    if all(habit.get(key) is not None for key in ("raises", "by", "up_to")):
        steps, raises = _habit(habit, ctx)
    else:
        steps, raises = (), ()
    offers = [name for name, said in (data.get("stations") or {}).items() if (said or {}).get("role") == "offer"]
    if cap and not offers:
        ctx.add((KEY, "cap"), "holds offers back, but no station has the role offer")
    if cap.get("within") is not None and days_in(cap["within"]) < 2:
        ctx.add(
            (KEY, "cap", "within"), "holds nobody back: what happens on a day counts from the next on; 2 days or more"
        )
    if len(ctx.errors) > before:
        return None
    persons = Persons(
        numbers,
        len(customers.types),
        cv=float(given.get("cv") or 0.0),
        levels=len(raises),
        fades=days_in(habit.get("fades")),
        offers=cap.get("offers") or 0,
        within=days_in(cap.get("within")),
    )
    if persons.stages * persons.types > MOST_TYPES:
        text = f"make {persons.stages} stages of {persons.types} customer types; at most {MOST_TYPES} in all"
        ctx.add((KEY,), text)
    return Plan(persons, steps, raises)


def _numbers(given: Any, customers: Customers) -> tuple[int, ...]:
    """Return how many persons each segment has."""
    names, path = [s.name for s in customers.segments], (KEY, "number")
    if not isinstance(given, dict):
        if given is not None and len(names) > 1:
            customers.ctx.add(path, f"needs a number for each segment: {', '.join(names)}")
        return (int(given or 0),) * len(names)
    strangers = [name for name in given if name not in names]
    for name in strangers:
        customers.ctx.add((*path, name), not_one_of(name, "a segment", names))
    for name in names if not strangers else ():
        if name not in given:
            customers.ctx.add(path, f"does not say how many persons {name} has")
    return tuple(int(given.get(name) or 0) for name in names)


def _habit(given: dict[str, Any], ctx: Reading) -> tuple[Path, tuple[Fraction, ...]]:
    """Return the share that a habit raises, and by how much at each level from the first on."""
    path, by, up_to = (KEY, "habit"), given["by"], given["up_to"]
    if not by:
        ctx.add((*path, "by"), "is 0 %, so that a transaction adds nothing; leave the habit out")
        return (), ()
    if up_to < by:
        ctx.add((*path, "up_to"), "is less than by, which is what the first electronic transaction adds")
        return (), ()
    levels = math.ceil(up_to / by)
    if levels > MOST_LEVELS:
        ctx.add((*path, "by"), f"takes {levels} electronic transactions to the ceiling; at most {MOST_LEVELS}")
        return (), ()
    steps = share_at(given["raises"], (*path, "raises"), "habit", ctx) or ()
    return steps, tuple(min(by * level, up_to) for level in range(1, levels + 1))


def with_persons(
    model: Model, plan: Plan | None, build: Callable[[Node, Reading], Model | None], ctx: Reading
) -> Model:
    """Return a model with a horizon whose customers are persons at stages of their habit, and of offers.

    Parameters
    ----------
    model : Model
        As written, without habit.
    plan : Plan, optional
    build : callable
        (tree, complaints) -> the model of a changed tree, None after a complaint.
    ctx : Reading
    """
    if plan is None or model.horizon is None:
        return model
    stages, names = [model], [""]
    for level, more in enumerate(plan.raises, start=1):
        own = Reading(with_more(_without_stages(ctx.root), plan.steps, more), [], halls=ctx.halls)
        raised = build(own.root, own)
        if raised is None:
            problem = own.errors[0]
            ctx.add((KEY, "habit"), f"asks too much at level {level}: {problem.path}: {problem.message}")
            return model
        stages.append(raised)
        names.append(f"habit {level}")
    if plan.raises and not any(channel.kind in ELECTRONIC_KINDS for channel in model.channels):
        ctx.warn(
            (KEY, "habit"), "has no effect: no channel is electronic; say so, as in channels: {app: {kind: electronic}}"
        )
    if plan.persons.within:
        stages += [_held_back(stage) for stage in stages]
        names += [f"{name} capped".lstrip() for name in names]
    return replace(side_by_side(stages, names), persons=plan.persons)


def _without_stages(root: Node) -> Node:
    """Return the tree with persons who have neither habit nor cap, and without publicity."""
    given = nearest(root, (KEY,))
    assert isinstance(given.value, dict), "persons are a mapping"
    plain = {name: node for name, node in given.value.items() if name not in ("habit", "cap")}
    root = patch(root, (KEY,), Node(plain, given.file, given.line), frozenset())
    return patch(root, (PUBLICITY,), Node([], root.file, root.line), frozenset({PUBLICITY}))


def _held_back(model: Model) -> Model:
    """Return a model in which nobody is asked at an offer: whoever comes there goes where those go who decline."""

    def kept(rows: tuple[tuple[Route, ...], ...]) -> tuple[tuple[Route, ...], ...]:
        return tuple(
            tuple(Route(1.0, r.destination, "held_back") for r in row if r.step_outcome == "declined") or row
            for row in rows
        )

    def of(stations: tuple[Station, ...]) -> tuple[Station, ...]:
        return tuple(
            replace(s, routes=kept(s.routes), cases=tuple(replace(case, routes=kept(case.routes)) for case in s.cases))
            if s.role == "offer"
            else s
            for s in stations
        )

    days = tuple(replace(day, stations=of(day.stations)) for day in model.days)
    return replace(model, stations=of(model.stations), days=days)
