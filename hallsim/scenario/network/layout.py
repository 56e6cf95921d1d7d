"""Where everything of some halls stands in the model of their network: stations, ways, types, classes, ways out.

In: the halls' models and a `Plan`. Out: `Layout`. The stations of a hall follow one another; behind its own stands, if
its customers choose where they are sent on, the place where they do, and then the ways to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from hallsim.model import ENDINGS, Exit, Label, Model
from hallsim.scenario.network.areas import Plan
from hallsim.scenario.network.relocate import Place
from hallsim.scenario.tables import Reading

ANOTHER = "another_hall"
"""The channel that stands for whichever other hall a customer likes best."""
CHOSEN = -1
"""Hall to which customers are sent on who choose it."""

Key = tuple[str, str, int, str]
"""What customers of a type have in common in all halls: segment, transaction, how many of them, skill."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """A way to a hall: from an area, or (`sent`) from another hall."""

    origin: str
    label: Label
    travel: int
    sent: bool


class Layout:
    """Everything that the halls have together.

    Attributes
    ----------
    names, models : of the halls
    segments, transactions, skills, classes, exits : what they have, each name once
    kinds : list of (Key, int)
        The network's customer types: what they are, and the area where they live.
    firsts : list of int
        First station of each hall; behind them the number of all.
    arriving : list of list of Arriving
        The ways to each hall.
    own : list of dict from Key to int
        The type of each hall that it is there; a hall may lack some.
    places : list of Place
        Where each hall stands. A type that it lacks has another one's tables there.
    """

    def __init__(self, halls: dict[str, Model], plan: Plan, ctx: Reading) -> None:
        self.names, self.models, self.plan = list(halls), list(halls.values()), plan
        self.segments, self.transactions = self._union("segments"), self._union("transactions")
        self.skills, self.classes = self._union("skills"), self._union("ticket_classes")
        self.own = [types_by_key(model) for model in self.models]
        keys = dict.fromkeys(key for own in self.own for key in own)
        self.kinds = [(key, area) for key in keys for area in range(len(plan.areas))]
        self.sent = {(b, to) for b in range(len(self.names)) for to in self._sent_by(b, ctx)}
        self.arriving = [self._ways_to(b) for b in range(len(self.names))]
        sizes = [self.before_ways(b) + len(ways) for b, ways in enumerate(self.arriving)]
        self.firsts = [0, *accumulate(sizes)]
        out = (e for model in self.models for e in model.exits if self._hall(e) is None)
        self.exits = list({way_out.name: way_out for way_out in out}.values())
        self.places = [self._place(b) for b in range(len(self.names))]

    def _union(self, field: str) -> list[Any]:
        """Return what the halls have of some sort, each name once, as the first hall has it."""
        found: dict[str, Any] = {}
        for model in self.models:
            for one in getattr(model, field):
                found.setdefault(one.name, one)
        return list(found.values())

    def _hall(self, way_out: Exit) -> int | None:
        """Return to which hall a way out of a hall leads, or CHOSEN; None if out of the network."""
        if way_out.outcome != "diverted" or way_out.channel not in (ANOTHER, *self.names):
            return None
        return CHOSEN if way_out.channel == ANOTHER else self.names.index(way_out.channel)

    def _sent_by(self, b: int, ctx: Reading) -> list[int]:
        """Return to which halls one sends customers on, complaining about ways that are missing."""
        model, name = self.models[b], self.names[b]
        used = {r.destination - len(model.stations) for r in routes_of(model)}
        found = []
        for to in (self._hall(e) for i, e in enumerate(model.exits) if i in used):
            if to is None:
                continue
            other = ANOTHER.replace("_", " ") if to == CHOSEN else self.names[to]
            if to == b:
                ctx.add(("halls", name), f"{name} sends customers on to itself (divert {name})")
            elif (to == CHOSEN and not self.others(b)) or (to >= 0 and (b, to) not in self.plan.between):
                text = (
                    f"{name} sends customers on to {other}, but no way leads there; say under between how long it takes"
                )
                ctx.add(("halls", name), text)
            found.append(to)
        return found

    def knowing(self, key: Key) -> int:
        """Return the first hall that knows a type."""
        return next(b for b, own in enumerate(self.own) if key in own)

    def others(self, b: int) -> list[int]:
        """Return the halls to which a way leads from a hall."""
        return [to for to in range(len(self.names)) if (b, to) in self.plan.between]

    def _ways_to(self, b: int) -> list[Arriving]:
        plan = self.plan
        found = [
            Arriving(area.name, area.label, plan.travel[i, b], False)
            for i, area in enumerate(plan.areas)
            if (i, b) in plan.travel
        ]
        for i, name in enumerate(self.names):
            if (i, b) in plan.between and self.sends(i, b):
                found.append(Arriving(name, self.models[i].label, plan.between[i, b], True))
        return found

    def sends(self, b: int, to: int) -> bool:
        """Return whether a hall sends customers on to another one, or they may choose it."""
        return (b, to) in self.sent or (b, CHOSEN) in self.sent

    def chooses(self, b: int) -> bool:
        """Return whether customers of a hall choose another one."""
        return (b, CHOSEN) in self.sent

    def before_ways(self, b: int) -> int:
        """Return how many stations of a hall stand before the ways to it: its own, and where customers choose."""
        return len(self.models[b].stations) + self.chooses(b)

    def way(self, origin: str, b: int) -> int:
        """Return the station that is the way to a hall from an area or another hall."""
        return self.firsts[b] + self.before_ways(b) + [way.origin for way in self.arriving[b]].index(origin)

    def _place(self, b: int) -> Place:
        model = self.models[b]
        names, classes = [e.name for e in self.exits], [c.name for c in self.classes]
        exits = []
        for way_out in model.exits:
            to = self._hall(way_out)
            if to is None:
                exits.append(self.firsts[-1] + names.index(way_out.name))
            elif to == CHOSEN:
                exits.append(self.firsts[b] + len(model.stations))
            else:
                known = any(way.origin == self.names[b] for way in self.arriving[to])
                exits.append(self.way(self.names[b], to) if known else self.firsts[b])  # else nobody takes it
        return Place(
            b,
            self.firsts[b],
            tuple(self.own[b].get(key, 0) for key, _ in self.kinds),
            tuple(exits),
            tuple(classes.index(c.name) for c in model.ticket_classes),
            sum(len(earlier.zones) for earlier in self.models[:b]),
        )


def types_by_key(model: Model) -> dict[Key, int]:
    """Return the types of a hall by what they have in common with those of others."""
    return {
        (
            model.segments[kind.segment].name,
            model.transactions[kind.transaction].name,
            kind.count,
            model.skills[kind.skill].name if kind.skill >= 0 else "",
        ): t
        for t, kind in enumerate(model.types)
    }


def routes_of(model: Model) -> list[Any]:
    """Return every route of a hall."""
    tables = [model.entry, *(case.routes for case in model.entry_cases)]
    for station in model.stations:
        tables += [station.routes, *(case.routes for case in station.cases)]
        tables += [getattr(station, f"on_{ending}") for ending in ENDINGS]
    return [route for table in tables for row in table for route in row]
