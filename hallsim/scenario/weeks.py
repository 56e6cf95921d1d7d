"""A horizon of days and who comes again on a later one: the keys `horizon` and `returns` -> `Horizon`.

In: the parsed keys, the calendar, and the customers whose types the shares go by. Out: the horizon of the model, and
the source that brings those who come again, behind all others.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hallsim.model import MOST_DAYS, RETURNING, USUALLY_MOST, WEEK, Horizon, Model, Return, Source
from hallsim.scenario.customers import Customers, sum_to_one
from hallsim.scenario.groups import Sizes
from hallsim.scenario.kinds import SHARE, ByType, Either, Key, Record, Whole
from hallsim.scenario.tables import Reading

MOST_RETURNS = 20
_ENDS = {
    "gave_up": "gave up waiting, or did not come when called",
    "balked": "did not want to wait",
    "turned_away": "found no room, or came to closed doors",
    "closed_out": "were still waiting at closing",
    "partly_served": "left after a failure, such as an error or a missing document",
    "served": "were served, and find an error or have misunderstood something",
    "diverted": "were sent to another channel, which did not do",
    "intercepted": "were won for another channel before the door, which did not do",
    "elsewhere": "went to another channel first, which did not do after all",
}
"""How visits end (rule 17) -> whose visits those are."""
_BY_A_WAY_OUT = ("partly_served", "diverted", "intercepted", "elsewhere")
"""Ends that only exist where a routing table leads to them."""

RETURN = Record(
    "who comes again",
    (
        Key("share", ByType(SHARE), "part of those whose visits end so", required=True, example="60 %"),
        Key("after", Sizes(), "after how many days: a number or shares of numbers", "1", example="{1: 60 %, 7: rest}"),
    ),
    "Who comes again on another day. A share alone may stand for the mapping: `gave_up: 60 %`.",
)
RETURNS = Record(
    "returns",
    (
        *(
            Key(name, Either((SHARE, RETURN)), f"part of those who {who}, who come again another day", "0 %")
            for name, who in _ENDS.items()
        ),
        Key("most", Whole(1, MOST_RETURNS), "how often one person comes again at most", f"{USUALLY_MOST}", example="2"),
    ),
    "Who comes again on a later day of the horizon, by how the visit ended: with the same business, at a time of day "
    "when others come.",
)
HORIZON = Record(
    "a horizon",
    (
        Key("days", Whole(1, MOST_DAYS), "days in sequence", "those of the calendar", example="28"),
        Key("weeks", Whole(1, MOST_DAYS // WEEK), "weeks of seven days, instead of `days`", example="4"),
        Key("warm_up", Whole(0, MOST_DAYS), "days at the beginning that no figure counts", "0", example="7"),
    ),
    "Days in sequence, on which people come again. One replication is one horizon: intervals come from independent "
    "horizons, figures a day are of their days.",
)


def read_horizon(
    data: dict[str, Any], customers: Customers, sources: Sequence[Source], logged: bool, dates: Sequence[str]
) -> Horizon | None:
    """Return the horizon, None without one or after a complaint.

    Parameters
    ----------
    data : dict
        The parsed scenario.
    customers : Customers
    sources : sequence of Source
        Who comes for the first time.
    logged : bool
        Whether they come from a log.
    dates : sequence of str
        Those of the calendar.
    """
    ctx, given = customers.ctx, data.get("horizon")
    if "horizon" not in data:
        if "returns" in data:
            ctx.add(("returns",), "needs a horizon, on whose days they come, such as horizon: {weeks: 4}")
        return None
    if given is None:
        return None
    if "run_for" in data:
        ctx.add(("horizon",), "a steady-state run has no days; give open instead of run_for")
    if logged:
        ctx.add(("horizon",), "the customers come from a log, whose days have happened: nobody comes again")
    if any(source.name == RETURNING for source in sources):
        ctx.add(("arrivals", RETURNING), f"{RETURNING!r} names those who come again; give the source another name")
    days = _days(given, len(dates), ctx)
    warm_up = given.get("warm_up") or 0
    if days and warm_up >= days:
        ctx.add(("horizon", "warm_up"), f"{warm_up} days leave none of {days}")
    returns = data.get("returns") or {}
    causes = {name: _return(entry, ("returns", name), customers) for name, entry in returns.items() if name != "most"}
    if ctx.errors:
        return None
    told = tuple((name, found) for name, found in causes.items() if found is not None)
    ordinals = tuple(datetime.date.fromisoformat(date).toordinal() for date in dates[:days])
    open_days = tuple(day - ordinals[0] for day in ordinals)
    return Horizon(days, warm_up, told, returns.get("most") or USUALLY_MOST, open_days)


def _days(given: dict[str, Any], dated: int, ctx: Reading) -> int:
    """Return how many days a horizon has; complain where that is not said, or said twice."""
    if "days" in given and "weeks" in given:
        ctx.add(("horizon", "weeks"), "stands beside days: one of them says how long the horizon is")
    days = given.get("days") or WEEK * (given.get("weeks") or 0)
    if "days" not in given and "weeks" not in given:
        if not dated:
            ctx.add(("horizon",), "needs days or weeks: without a calendar nothing says how long it is")
        elif dated > MOST_DAYS:
            ctx.add(
                ("horizon",), f"the calendar has {dated} days, and a horizon at most {MOST_DAYS}: give days or weeks"
            )
        return dated
    if dated and days > dated:
        ctx.add(("horizon", "days" if "days" in given else "weeks"), f"is {days} days, but the calendar has {dated}")
    return int(days)


def _return(entry: Any, path: tuple[str, ...], customers: Customers) -> Return | None:
    """Return who comes again after visits of one outcome."""
    if entry is None:
        return None
    record = entry if isinstance(entry, dict) else {"share": {"": entry}}
    if record.get("share") is None:
        return None
    share = tuple(float(x) for x in customers.shares(record["share"], (*path, "share")))
    after = {str(days): part for days, part in (record.get("after") or {1: 1}).items()}
    parts = sum_to_one(after, (*path, "after"), customers.ctx)
    return Return(share, tuple((int(days), float(part)) for days, part in (parts or {}).items()))


def with_horizon(model: Model, horizon: Horizon | None, ctx: Reading) -> Model:
    """Return a model with a horizon, and the source of those who come again; warn of ends that no visit has."""
    if horizon is None:
        return model
    ways_out = {way_out.outcome for way_out in model.exits}
    for name, _ in horizon.returns:
        if name in _BY_A_WAY_OUT and name not in ways_out:
            ctx.warn(("returns", name), "has no effect: no visit to this hall ends so")
    again = Source(RETURNING, "table", model.sources[0].mix)
    days = tuple(replace(day, sources=(*day.sources, again)) for day in model.days)
    return replace(model, horizon=horizon, sources=(*model.sources, again), days=days)
