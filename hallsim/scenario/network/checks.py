"""What halls need to stand in one network: the same hours and days, the same sorts of customers where they meet.

In: the halls' models, then their layout. Out: complaints to the `Reading`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hallsim.model import Model
from hallsim.scenario.network.layout import Layout, types_by_key
from hallsim.scenario.tables import Reading
from hallsim.units import format_clock, format_duration, format_share


def check_alike(halls: dict[str, Model], ctx: Reading) -> None:
    """Complain of halls that cannot stand in a network, or not beside the first."""
    first_name, first = next(iter(halls.items()), ("", None))
    for name, model in halls.items():
        assert first is not None
        path = ("halls", name)
        if model.network is not None:
            ctx.add(path, "is a network itself; name its halls here instead")
        if model.logged:
            ctx.add(path, "its customers come from a log, day by day; a network needs days that can be drawn")
        if model.catchment:
            ctx.add(path, "has a catchment, whose customers have not set out for a hall yet; leave it out in a network")
        if model.horizon is not None and model.horizon.levels:
            ctx.add(path, "has publicity, which in a network has no place; leave it out")
        if model.persons is not None:
            ctx.add(path, "has persons, which in a network have no place; leave them out")
        if any(station.hours is not None for station in model.stations):
            ctx.add(path, "has stations with hours of their own; in a network all keep the hall's")
        if (model.costs is None) != (first.costs is None):
            has, lacks = ("has costs", "has none") if model.costs else ("has no costs", "has some")
            ctx.add(path, f"{has}, but {first_name} {lacks}; all halls need them, or none, to be added up")
        if any(policy.station < 0 for policy in model.policies):
            ctx.add(path, "has Python code for its door; in a network there are several ways to it")
        for what, mine, theirs in zip(_ALIKE, _traits(model), _traits(first), strict=True):
            if mine != theirs:
                ctx.add(path, f"{what} {_said(mine)}, but in {first_name} {_said(theirs)}; all halls need the same")
                break
        if _weeks(first) != _weeks(model):
            ctx.add(path, f"its horizon, or who comes again, is not as in {first_name}; all halls need the same")
    _check_returns(halls, ctx)
    with_days = {name: model for name, model in halls.items() if model.day_types}
    for name, model in list(with_days.items())[1:]:
        other_name, other = next(iter(with_days.items()))
        if _days(model) != _days(other):
            text = f"its kinds of day are not those of {other_name}: day types, shares, calendar, campaigns must agree"
            ctx.add(("halls", name), text)


_ALIKE = ("its days are", "it is open", "its resolution is")


def _traits(model: Model) -> tuple[object, ...]:
    hours = f"{format_clock(model.open)}-{format_clock(model.close)}"
    return "a steady run" if model.steady else "drawn", (hours, model.warm_up), model.resolution


def _said(trait: Any) -> str:
    if isinstance(trait, tuple):
        return f"{trait[0]}" + (f" with a warm-up of {format_duration(trait[1])}" if trait[1] else "")
    return format_duration(trait) if isinstance(trait, int) else str(trait)


def _days(model: Model) -> object:
    return [t.name for t in model.day_types], model.calendar, [(day.kind, day.share) for day in model.days]


def _weeks(model: Model) -> object:
    """Return a hall's horizon without the parts of its types that come again."""
    if model.horizon is None:
        return None
    returns = sorted((name, found.after) for name, found in model.horizon.returns)
    return replace(model.horizon, returns=()), returns


def _check_returns(halls: dict[str, Model], ctx: Reading) -> None:
    """Complain of customers of two halls who come again more often after visits to the one than to the other."""
    known: dict[object, tuple[str, float]] = {}
    for name, model in halls.items():
        for outcome, found in model.horizon.returns if model.horizon else ():
            for key, t in types_by_key(model).items():
                other, share = known.setdefault((outcome, key), (name, found.share[t]))
                if share != found.share[t]:
                    mine, theirs = format_share(found.share[t]), format_share(share)
                    text = f"of {_words(key)} {mine} come again (returns.{outcome}), but in {other} {theirs}; "
                    ctx.add(("halls", name), f"{text}customers are the same in all halls")
                    break


def check_known(layout: Layout, ctx: Reading) -> None:
    """Complain of customers who may come to a hall that does not know their type, or whose home is not settled."""
    plan = layout.plan
    for b, (name, model) in enumerate(zip(layout.names, layout.models, strict=True)):
        if sum(share > 0 for share in plan.shares[b]) > 1 and any(t >= 0 for s in model.sources for t in s.table_types):
            text = f"a table says who comes to {name}, but not where they live; let them all live in one area"
            ctx.add(("areas",), text)
        for other, coming in _coming(layout, b).items():
            missing = [_words(key) for key in layout.own[other] if key not in layout.own[b] and coming]
            if missing:
                text = f"does not know {', '.join(missing[:3])}, who come from {layout.names[other]}; all halls that "
                ctx.add(("halls", name), f"{text}customers can choose or are sent to need the same customers")


def _coming(layout: Layout, b: int) -> dict[int, bool]:
    """Return of every other hall whether customers of its arrivals may come to hall b."""
    plan, n = layout.plan, len(layout.names)
    near = [{to for (area, to) in plan.travel if plan.shares[origin][area] > 0} for origin in range(n)]
    for reached in near:
        fresh = set(reached)
        while fresh:
            fresh = {to for i in fresh for to in layout.others(i) if layout.sends(i, to)} - reached
            reached |= fresh
    return {origin: b in reached for origin, reached in enumerate(near) if origin != b}


def _words(key: tuple[str, str, int, str]) -> str:
    segment, transaction, count, skill = key
    return " ".join(x for x in (segment, transaction, f"x{count}" if count > 1 else "", skill) if x)
