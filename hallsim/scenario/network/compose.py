"""The models of some halls and a plan of who goes where -> one model of the network (semantics 52).

Each hall keeps all that it has. Its stations are called `hall/station`; what customers draw there goes by the station's
own name, so that needs and patience are theirs wherever they go, while sources and servers draw by names of the
network: the kiosks of two halls do not break down together. To every hall lead ways, delays out of the hall with the
routes of its door.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hallsim.model import (
    RETURNING,
    Branch,
    Campaign,
    Case,
    CustomerType,
    Day,
    FollowOn,
    Horizon,
    Label,
    Line,
    Model,
    Network,
    Route,
    Source,
    Station,
    Way,
)
from hallsim.parts.distributions import Deterministic
from hallsim.scenario.network.areas import Plan
from hallsim.scenario.network.costs import costs_of
from hallsim.scenario.network.layout import ANOTHER, Layout
from hallsim.scenario.network.relocate import relocated


def compose(layout: Layout, head: dict[str, Any]) -> Model:
    """Return the model of a network; `head` is what it says of itself, by fields of `Model`."""
    first, channels = layout.models[0], [model.channels for model in layout.models]
    moved = [_own_stations(layout, b, model.stations) for b, model in enumerate(layout.models)]
    campaigns = _campaigns(layout.models)
    entry = tuple(_first_choice(layout, area) for _, area in layout.kinds)
    model = Model(
        **head,
        open=first.open,
        close=first.close,
        segments=tuple(layout.segments),
        transactions=tuple(layout.transactions),
        skills=tuple(layout.skills),
        types=tuple(_type(layout, t) for t in range(len(layout.kinds))),
        ticket_classes=tuple(layout.classes),
        sources=_sources(layout, [model.sources for model in layout.models]),
        stations=tuple(s for b, own in enumerate(moved) for s in (*own, *_ways(layout, b))),
        exits=tuple(layout.exits),
        entry=entry,
        entry_cases=(Case((), entry, chosen=True),) if any(len(row) > 1 for row in entry) else (),
        steady=first.steady,
        warm_up=first.warm_up,
        resolution=first.resolution,
        policies=tuple(
            replace(policy, station=layout.places[b].station(policy.station))
            for b, model in enumerate(layout.models)
            for policy in model.policies
        ),
        days=_days(layout, campaigns),
        day_types=next((model.day_types for model in layout.models if model.day_types), ()),
        calendar=next((model.calendar for model in layout.models if model.calendar), ()),
        campaigns=tuple(campaigns),
        follow_ons=_follow_ons(layout),
        uncertain=tuple(
            replace(entry, path=f"halls.{name}.{entry.path}")
            for name, model in zip(layout.names, layout.models, strict=True)
            for entry in model.uncertain
        ),
        channels=tuple(
            {c.name: relocated(c, layout.places[b], 0) for b, own in enumerate(channels) for c in own}.values()
        ),
        zones=tuple(
            replace(
                relocated(zone, layout.places[b], 0),
                name=f"{name}/{zone.name}",
                label=_label_in(layout.models[b].label, zone.label),
            )
            for b, name in enumerate(layout.names)
            for zone in layout.models[b].zones
        ),
        horizon=_horizon(layout),
        network=_network(layout),
    )
    return model


def _network(layout: Layout) -> Network:
    plan, firsts = layout.plan, layout.firsts
    ways = (
        Way(layout.way(way.origin, b), way.origin, b, way.travel, way.sent)
        for b, arriving in enumerate(layout.arriving)
        for way in arriving
    )
    branches = (
        Branch(name, model.label, firsts[b], firsts[b + 1], firsts[b] + plan.published[b], costs=costs_of(layout, b))
        for b, (name, model) in enumerate(zip(layout.names, layout.models, strict=True))
    )
    return Network(tuple(branches), plan.areas, tuple(ways), plan.wait, plan.liking, plan.renewed)


def _type(layout: Layout, t: int) -> CustomerType:
    key, area = layout.kinds[t]
    b = layout.knowing(key)
    hall, own = layout.models[b], layout.own[b][key]
    segment, transaction, count, skill = key
    return CustomerType(
        f"{hall.types[own].name} {layout.plan.areas[area].name}",
        [s.name for s in layout.segments].index(segment),
        [x.name for x in layout.transactions].index(transaction),
        count,
        ["", *(s.name for s in layout.skills)].index(skill) - 1,
        area,
    )


# --- stations ---------------------------------------------------------------------------------------------------------


def _own_stations(layout: Layout, b: int, stations: Sequence[Station]) -> tuple[Station, ...]:
    """Return the stations of a hall as they stand in the network."""
    hall, label, place = layout.names[b], layout.models[b].label, layout.places[b]
    found = []
    for own in stations:
        servers = tuple(replace(s, person=f"{hall}/{s.person}" if s.person else "") for s in own.servers)
        lines = tuple(replace(line, name=f"{hall}/{line.name}") for line in own.lines)
        found.append(
            replace(
                relocated(replace(own, servers=servers, lines=lines), place, len(stations)),
                name=f"{hall}/{own.name}",
                label=_label_in(label, own.label),
                drawn_as=own.luck,
            )
        )
    return tuple(found)


def _label_in(hall: Label, own: Label) -> Label:
    return Label(f"{hall.en}: {own.en}", f"{hall.zh}·{own.zh}")


def _ways(layout: Layout, b: int) -> tuple[Station, ...]:
    """Return what stands behind the own stations of a hall: where customers choose another one, and the ways to it."""
    model, place, name = layout.models[b], layout.places[b], layout.names[b]
    n = len(model.stations)
    entry, cases = relocated(model.entry, place, n), relocated(model.entry_cases, place, n)
    rows = tuple(entry[own] for own in place.types)
    found = []
    if layout.chooses(b):
        others = _by_liking({layout.way(name, to): layout.plan.between[b, to] for to in layout.others(b)}, layout.plan)
        onward = (others,) * len(layout.kinds)
        label = Label(f"{model.label.en}: {ANOTHER.replace('_', ' ')}", f"{model.label.zh}·选择其他营业厅")
        choosing = _delay(layout, f"{name}/{ANOTHER}", label, 0, onward)
        found.append(replace(choosing, cases=(Case((), onward, chosen=True),)))
    for way in layout.arriving[b]:
        label = Label(f"{way.label.en} to {model.label.en}", f"{way.label.zh}→{model.label.zh}")
        station = _delay(layout, f"{name}/from_{way.origin}", label, way.travel, rows)
        found.append(replace(station, cases=cases, door=not way.sent))
    return tuple(found)


def _delay(layout: Layout, name: str, label: Label, time: int, routes: tuple[tuple[Route, ...], ...]) -> Station:
    n = len(layout.kinds)
    return Station(
        name=name,
        role="orbit",
        label=label,
        lines=(Line(name, 0, 0),),
        line_of_type=(0,) * n,
        servers=(),
        service=(Deterministic(float(time)),) * n,
        routes=routes,
        patience=(None,) * n,
        delay=True,
        outside=True,
    )


def _first_choice(layout: Layout, area: int) -> tuple[Route, ...]:
    """Return the ways that customers of an area choose from."""
    plan = layout.plan
    near = {b: plan.travel[area, b] for b in range(len(layout.names)) if (area, b) in plan.travel}
    return _by_liking({layout.way(plan.areas[area].name, b): travel for b, travel in near.items()}, plan)


def _by_liking(ways: dict[int, int], plan: Plan) -> tuple[Route, ...]:
    """Return routes to some ways, with the shares of a multinomial logit by travel alone: what is expected of them."""
    least, scale = min(ways.values()), plan.liking
    worth = [math.exp((least - travel) / scale) if scale else float(travel == least) for travel in ways.values()]
    return tuple(Route(x / sum(worth), way) for way, x in zip(ways, worth, strict=True))


# --- customers --------------------------------------------------------------------------------------------------------


def _sources(layout: Layout, of_halls: Sequence[Sequence[Source]]) -> tuple[Source, ...]:
    """Return the halls' sources, whose customers live in the areas."""
    found = []
    for b, sources in enumerate(of_halls):
        name, shares, own = layout.names[b], layout.plan.shares[b], layout.own[b]
        home = next((area for area, share in enumerate(shares) if share > 0), 0)  # the only one, where types are stated
        stated = {own[key]: t for t, (key, area) in enumerate(layout.kinds) if area == home and key in own}
        for source in (s for s in sources if s.name != RETURNING):
            found.append(
                replace(
                    source,
                    name=f"{name}/{source.name}",
                    varies_with=f"{name}/{source.varies_with}" if source.varies_with else "",
                    mix=tuple(source.mix[own[key]] * shares[area] if key in own else 0.0 for key, area in layout.kinds),
                    table_types=tuple(stated[t] if t >= 0 else t for t in source.table_types),
                )
            )
    if any(source.name == RETURNING for sources in of_halls for source in sources):
        found.append(Source(RETURNING, "table", found[0].mix))  # whoever comes again, to whichever hall
    return tuple(found)


def _follow_ons(layout: Layout) -> tuple[tuple[FollowOn, ...], ...]:
    """Return what may follow, by type: as in the first hall that knows the type, within the area."""
    if not any(any(model.follow_ons) for model in layout.models):
        return ()
    number = {kind: t for t, kind in enumerate(layout.kinds)}
    found = []
    for key, area in layout.kinds:
        b = layout.knowing(key)
        keys, table = list(layout.own[b]), layout.models[b].follow_ons
        rows = table[layout.own[b][key]] if table else ()
        found.append(tuple(FollowOn(row.probability, number[keys[row.type], area]) for row in rows))
    return tuple(found)


# --- days -------------------------------------------------------------------------------------------------------------


def _horizon(layout: Layout) -> Horizon | None:
    """Return the halls' horizon, on which a type comes again as in the first hall that knows it."""
    horizon = layout.models[0].horizon
    if horizon is None:
        return None
    shares = [_shares_of_returns(model) for model in layout.models]
    knowing = [(b, layout.own[b][key]) for key, _ in layout.kinds for b in (layout.knowing(key),)]
    returns = ((name, replace(r, share=tuple(shares[b][name][t] for b, t in knowing))) for name, r in horizon.returns)
    return replace(horizon, returns=tuple(returns))


def _shares_of_returns(model: Model) -> dict[str, tuple[float, ...]]:
    assert model.horizon is not None, "all halls have a horizon, or none"
    return {name: found.share for name, found in model.horizon.returns}


def _campaigns(models: Sequence[Model]) -> list[Campaign]:
    """Return the campaigns of all halls, each name once."""
    return list({campaign.name: campaign for model in models for campaign in model.campaigns}.values())


def _days(layout: Layout, campaigns: list[Campaign]) -> tuple[Day, ...]:
    """Return the kinds of day: those of the halls that have any, side by side; the others are alike every day."""
    own = next((model.days for model in layout.models if model.days), ())
    return tuple(_day(layout, i, campaigns) for i in range(len(own)))


def _day(layout: Layout, i: int, campaigns: list[Campaign]) -> Day:
    names = [campaign.name for campaign in campaigns]
    days = [model.days[i] if model.days else None for model in layout.models]
    plain = [model.of_day(i) for model in layout.models]
    moved = [_own_stations(layout, b, model.stations) for b, model in enumerate(plain)]
    stations = tuple(s for b, own in enumerate(moved) for s in (*own, *_ways(layout, b)))
    first = next(day for day in days if day is not None)
    return replace(
        first,
        sources=_sources(layout, [model.sources for model in plain]),
        shifts=tuple(tuple(server.shifts for server in s.servers) for s in stations),
        levels=tuple(s.levels for s in stations),
        campaigns=tuple(
            sorted(
                {
                    names.index(model.campaigns[c].name)
                    for model, day in zip(layout.models, days, strict=True)
                    for c in (day.campaigns if day else range(len(model.campaigns)))
                }
            )
        ),
        stations=stations if any(day is not None and day.stations for day in days) else (),
    )
