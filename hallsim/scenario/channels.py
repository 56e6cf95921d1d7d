"""Channels around the hall: whom customers ask first, what other channels can do, and who comes after all.

In: the parsed `channels` and `catchment`, and the routes as read. Out: `Channel`s of the model, and changed routes. Who
sets out for the hall passes the *door*, a delay of no time that has the routes of `entry`, so that what happens to him
there is a draw of its own, whatever the channels' shares. A channel that may fail is tried at a delay outside the hall,
whose failures lead to the door (semantics 49).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import CHANNEL_KINDS, Channel, Exit, Label, Route
from hallsim.parts.distributions import Deterministic
from hallsim.scenario.conditions import Cased
from hallsim.scenario.customers import Customers, sum_to_one
from hallsim.scenario.kinds import SHARE, ByType, Choice, Key, ListOf, NameMap, Portion, Record, Routing, Text
from hallsim.scenario.labels import LABEL
from hallsim.scenario.laws import LAW
from hallsim.scenario.names import chinese_of, label_of
from hallsim.scenario.routing import DOOR, FAILED, Routes, Row, diverted_to, served_by
from hallsim.scenario.tree import Path

HALL = "hall"
"""What a share of customers who ask the hall first is called."""
THE_DOOR = "the_door"
FIRST, INSTEAD = "_asked_first", "_instead"
"""Ends of the names of the delays in which customers try a channel: before they set out, and sent from the hall."""
DEFAULT_PAYMENTS = "payment"
TO_THE_HALL: dict[str, Any] = {"": {HALL: Fraction(1)}}

CHANNEL = Record(
    "a channel",
    (
        Key("kind", Choice("a kind of channel", CHANNEL_KINDS), "what it counts as in reports", required=True),
        Key("label", LABEL, "name in reports", "the key"),
        Key(
            "can",
            ListOf(Text(), "transactions"),
            "transactions, or kinds of them, that it can do; with others customers ask the hall, and nobody may be sent"
            " to it",
            "everything",
            example="[payment, query]",
        ),
        Key("fails", ByType(SHARE), "part of those who try it without success", "0 %", example="15 %"),
        Key("takes", LAW, "time that trying it takes", "nothing", example="exponential 10 min"),
        Key(
            "on_failure",
            Routing(),
            "where those without success go: to the `hall`, to another channel, or nowhere (`leave`)",
            "hall",
            example="{hall: 60 %, agent: rest}",
        ),
    ),
    "Another way to have a transaction done. `electronic`, `hotline` and `self_service` count as electronic.",
)
SHIFT = Record(
    "a shift of demand",
    (
        Key("to", Text(), "the channel that gains", required=True, example="app"),
        Key("points", SHARE, "by so many percentage points of each sort of customers", required=True, example="23 %"),
        Key(
            "taken_from",
            NameMap("channel", Portion(), also=(HALL,)),
            "which part of it is taken from which channel",
            required=True,
            example="{hall: 60 %, agent: rest}",
        ),
    ),
    "Customers who change their habit: those whom the channel cannot serve stay where they are.",
)
CATCHMENT = Record(
    "catchment",
    (
        Key(
            "first_choice",
            Routing(),
            "which channel customers ask first; `hall` is the hall itself",
            required=True,
            example="{hall: 40 %, app: 27 %, agent: rest}",
        ),
        Key("shift", SHIFT, "a change of it", "none", example="{to: app, points: 23 %, taken_from: {hall: all}}"),
        Key(
            "payments",
            ListOf(Text(), "transactions"),
            "transactions that are payments: the electronic share is given with and without them",
            "those called `payment`",
            example="[payment, top_up]",
        ),
    ),
    "The demand around the hall: `arrivals` are then all who want a transaction done, and who asks another channel "
    "first does not come, unless that fails. Such visits end as *elsewhere*.",
)


def channel_stations(data: dict[str, Any], customers: Customers) -> dict[str, dict[str, Any]]:
    """Return the stations that the channels of a scenario need, in the form of parsed ones, by name."""
    channels, catchment = data.get("channels") or {}, data.get("catchment")
    found: dict[str, dict[str, Any]] = {}
    tried = [name for name, given in channels.items() if (given or {}).get("fails")]
    sent = _destinations({key: value for key, value in data.items() if key not in ("channels", "catchment")})
    asked = _asked_at_all(catchment or {})
    for name in tried:
        takes = channels[name].get("takes") or Deterministic(0.0)
        label = label_of(name, channels[name].get("label"))
        first = {"en": f"{label.en}, asked first", "zh": f"先用{label.zh}"}
        instead = {"en": f"{label.en}, instead", "zh": f"改用{label.zh}"}
        if name in asked:
            found[name + FIRST] = {"role": "orbit", "time": {"": takes}, "label": first}
        if f"divert {name}" in sent:
            found[name + INSTEAD] = {"role": "online", "time": {"": takes}, "label": instead}
    if tried or catchment:
        found[THE_DOOR] = {"role": "orbit", "time": {"": Deterministic(0.0)}, "label": {"en": "door", "zh": "厅门"}}
    for name in found:
        if name in (data.get("stations") or {}):
            customers.ctx.add(
                ("stations", name), f"{name!r} is a name that channels need; give the station another one"
            )
    return found


def _asked_at_all(catchment: dict[str, Any]) -> set[str]:
    """Return the channels that somebody asks first."""
    rows = [row or {} for row in (catchment.get("first_choice") or {}).values()]
    found = {name for row in rows for name, share in row.items() if share != 0}
    shift = catchment.get("shift") or {}
    return found | ({shift["to"]} if shift.get("points") and shift.get("to") else set())


def _destinations(given: Any) -> set[str]:
    """Return every text that stands for a destination somewhere in parsed data: the keys of its mappings."""
    if isinstance(given, Cased):
        return _destinations([given.otherwise, *(table for _, table in given.cases)])
    if isinstance(given, dict):
        return {key for key in given if isinstance(key, str)}.union(*map(_destinations, given.values()))
    return set().union(*map(_destinations, given)) if isinstance(given, list | tuple) else set()


def read_channels(data: dict[str, Any], customers: Customers) -> tuple[Channel, ...]:
    """Return the channels; complaints go to the customers' `Reading`."""
    found = []
    for name, given in (data.get("channels") or {}).items():
        given = given or {}
        able = [True] * len(customers.types)
        if given.get("can") is not None:
            able = _able([w for w in given["can"] if w is not None], ("channels", name, "can"), customers)
        if name == HALL:
            customers.ctx.add(("channels", name), "hall is the hall itself; give the channel another name")
        for key in ("takes", "on_failure"):
            if key in given and "fails" not in given:
                customers.ctx.warn(("channels", name, key), "has no effect without fails")
        kind = given.get("kind") or CHANNEL_KINDS[0]
        found.append(Channel(name, label_of(name, given.get("label")), kind, tuple(able)))
    return tuple(found)


def read_payments(data: dict[str, Any], customers: Customers) -> tuple[int, ...]:
    """Return the indices of the transactions that are payments."""
    given = (data.get("catchment") or {}).get("payments")
    known = [t.name for t in customers.transactions]
    if given is None:
        return tuple(i for i, name in enumerate(known) if name == DEFAULT_PAYMENTS)
    for i, name in enumerate(given):
        if name is not None and name not in known:
            customers.ctx.add(("catchment", "payments", i), not_one_of(name, "a transaction", known))
    return tuple(known.index(name) for name in given if name in known)


def _able(names: list[str], path: Path, customers: Customers) -> list[bool]:
    """Return for every type whether its transaction, or the kind of it, is among the names."""
    kinds = [t.kind for t in customers.transactions if t.kind]
    known = [*(t.name for t in customers.transactions), *dict.fromkeys(kinds)]
    for i, name in enumerate(names):
        if name not in known:
            customers.ctx.add((*path, i), not_one_of(name, "a transaction or a kind of them", known))
    business = [customers.transactions[kind.transaction] for kind in customers.types]
    return [t.name in names or t.kind in names for t in business]


def route_channels(data: dict[str, Any], channels: tuple[Channel, ...], routes: Routes) -> None:
    """Change the routes: who asks first, who is sent instead, who comes after all."""
    given, customers = data.get("channels") or {}, routes.customers
    if not customers.ctx.errors:
        _complain_of_unable(channels, routes)
    if customers.ctx.errors or THE_DOOR not in routes.stations:
        return
    door = routes.stations.index(THE_DOOR)
    routes.rows[door], routes.cases[door] = routes.rows[DOOR], routes.cases.get(DOOR, [])
    tried = [channel for channel in channels if (given[channel.name] or {}).get("fails")]
    for channel in tried:  # before there are routes of those who fail, which lead to channels themselves
        if channel.name + INSTEAD in routes.stations:
            _send_instead(channel.name, routes)
    for channel in tried:
        _route_tries(channel, given[channel.name], channels, routes, door)
    catchment = data.get("catchment")
    if catchment:
        routes.cases[DOOR] = []
        routes.rows[DOOR] = list(_first_choice(catchment, channels, routes, door))
    labels = {c.name: c.label for c in channels}
    routes.exits[:] = [_named_by(way_out, labels) for way_out in routes.exits]


def _route_tries(
    channel: Channel, own: dict[str, Any], channels: tuple[Channel, ...], routes: Routes, door: int
) -> None:
    """Give the delays in which customers try a channel their routes."""
    customers, path, name = routes.customers, ("channels", channel.name), channel.name
    others = [c for c in channels if c is not channel]
    fails = customers.shares(own["fails"], (*path, "fails"))
    known = [HALL, *(c.name for c in others), "leave"]
    onward = _resolved(own.get("on_failure") or TO_THE_HALL, (*path, "on_failure"), known, customers)
    for other in others:
        unable = [
            kind.name
            for t, kind in enumerate(customers.types)
            if onward[t].get(other.name) and channel.able[t] and not other.able[t]
        ]
        if unable:
            text = f"{other.name} cannot serve {', '.join(unable[:5])}, who are sent there all the same"
            customers.ctx.add((*path, "on_failure"), text)
    if customers.ctx.errors:
        return
    for ending, done, unserved in ((FIRST, served_by, _unserved(channel)), (INSTEAD, diverted_to, FAILED)):
        if name + ending in routes.stations:
            out, places = routes.exit_index(done(name)), {HALL: door}
            if any("leave" in row for row in onward):
                places["leave"] = routes.exit_index(unserved)
            gone_to = (c.name for c in others if any(c.name in row for row in onward))
            places |= {other: routes.exit_index(done(other)) for other in gone_to}
            tried = [_tried(part, out, row, places) for part, row in zip(fails, onward, strict=True)]
            routes.rows[routes.stations.index(name + ending)] = list(tried)


def _named_by(way_out: Exit, labels: dict[str, Label]) -> Exit:
    """Return an exit whose label has the channel's own instead of its key."""
    label = labels.get(way_out.channel)
    if label is None:
        return way_out
    english = f"{way_out.label.en.removesuffix(way_out.channel)}{label.en}"
    key = chinese_of(way_out.channel, way_out.channel)
    return replace(way_out, label=Label(english, f"{way_out.label.zh.removesuffix(key)}{label.zh}"))


def _unserved(channel: Channel) -> Exit:
    label = Label(f"{channel.label.en} failed, did not come", f"{channel.label.zh}未办成且未来厅")
    return Exit(f"unserved {channel.name}", label, "elsewhere")


def _tried(fails: Fraction, done: int, onward: dict[str, Fraction], places: dict[str, int]) -> Row:
    """Return where somebody goes who tries a channel: served, or to where who has no success goes."""
    served = (Route(float(1 - fails), done),) if fails < 1 else ()
    return (*served, *(Route(float(fails * p), places[to], "failed") for to, p in onward.items() if fails * p > 0))


def _resolved(table: dict[str, Any], path: Path, known: list[str], customers: Customers) -> list[dict[str, Fraction]]:
    """Return the shares of each type in a table of channels; complaints leave them empty."""
    ctx, nothing = customers.ctx, [dict[str, Fraction]() for _ in customers.types]
    for selector, shares in table.items():
        here = (*path, selector) if selector else path
        for name in shares or {}:
            if name not in known:
                bare = shares == {name: Fraction(1)}
                ctx.add(here if bare else (*here, name), not_one_of(name, "a channel, or hall", known))
    chosen = customers.by_type(table, path)
    without = [kind.name for kind, who in zip(customers.types, chosen, strict=True) if who is None]
    if without:
        ctx.add(path, f"does not say whom {', '.join(without)} asks; add {without[0]} or rest")
    if ctx.errors:
        return nothing
    sums = {who: sum_to_one(shares, (*path, who) if who else path, ctx) for who, shares in table.items() if shares}
    return nothing if ctx.errors else [dict(sums[who or ""] or {}) for who in chosen]


def _send_instead(channel: str, routes: Routes) -> None:
    """Let whoever is diverted to a channel that may fail try it: its exit becomes the delay in which he does."""
    out = routes.exit_index(diverted_to(channel))
    instead = routes.stations.index(channel + INSTEAD)

    def elsewhere(route: Route) -> Route:
        return replace(route, destination=instead) if route.destination == out else route

    def through(rows: list[Row | None]) -> list[Row | None]:
        return [row and tuple(elsewhere(route) for route in row) for row in rows]

    for place in routes.rows:
        routes.rows[place] = through(routes.rows[place])
        routes.cases[place] = [(when, through(rows)) for when, rows in routes.cases.get(place, [])]
    for key, rows in routes.endings.items():
        routes.endings[key] = tuple(row or () for row in through(list(rows)))


def _first_choice(catchment: dict[str, Any], channels: tuple[Channel, ...], routes: Routes, door: int) -> list[Row]:
    """Return the rows of the door: of each type who sets out for the hall, and who asks which channel.

    The hall comes first and what gains by a shift next: who changes then are those at the edges of their shares, and
    nobody else.
    """
    customers = routes.customers
    known = [HALL, *(c.name for c in channels)]
    resolved = _resolved(catchment.get("first_choice") or {}, ("catchment", "first_choice"), known, customers)
    shift = _read_shift(catchment, known, customers)
    rows = []
    for t, own in enumerate(resolved if not customers.ctx.errors else []):
        shares = dict.fromkeys(known, Fraction(0)) | own
        for channel in channels:
            if not channel.able[t]:
                shares[HALL] += shares[channel.name]
                shares[channel.name] = Fraction(0)
        if shift is not None and channels[known.index(shift[0]) - 1].able[t]:
            _move(shares, shift, customers.types[t].name, customers)
        order = dict.fromkeys([HALL, *([shift[0]] if shift else []), *known])
        places = {name: door if name == HALL else _asked(name, routes) for name in order if shares[name] > 0}
        rows.append(tuple(Route(float(shares[name]), place) for name, place in places.items()))
    return rows or [()] * len(customers.types)


def _asked(name: str, routes: Routes) -> int:
    """Return where somebody goes who asks a channel first."""
    if name + FIRST in routes.stations:
        return routes.stations.index(name + FIRST)
    return routes.exit_index(served_by(name))


def _read_shift(
    catchment: dict[str, Any], known: list[str], customers: Customers
) -> tuple[str, Fraction, dict[str, Fraction]] | None:
    """Return which channel gains, by how much, and which part of it from which; None if there is no shift."""
    given, path = catchment.get("shift"), ("catchment", "shift")
    if not given or given.get("to") is None or given.get("points") is None or not given.get("taken_from"):
        return None
    ctx, to = customers.ctx, given["to"]
    if to not in known[1:]:
        ctx.add((*path, "to"), not_one_of(to, "a channel", known[1:]))
        return None
    for name in given["taken_from"]:
        if name not in known:
            ctx.add((*path, "taken_from", name), not_one_of(name, "a channel, or hall", known))
        elif name == to:
            ctx.add((*path, "taken_from", name), f"{to} cannot gain from itself")
    parts = sum_to_one(given["taken_from"], (*path, "taken_from"), ctx)
    return None if parts is None else (to, given["points"], parts)


def _move(
    shares: dict[str, Fraction], shift: tuple[str, Fraction, dict[str, Fraction]], who: str, customers: Customers
) -> None:
    to, points, parts = shift
    for name, part in parts.items():
        if shares[name] < points * part:
            has, needs = (f"{float(100 * x):.3g} %" for x in (shares[name], points * part))
            text = f"takes {needs} of {who} from {name}, which only {has} of them ask first"
            customers.ctx.add(("catchment", "shift", "points"), text)
            return
    for name, part in parts.items():
        shares[name] -= points * part
    shares[to] += points


def _complain_of_unable(channels: tuple[Channel, ...], routes: Routes) -> None:
    """Complain of routes that send customers to a channel which is not among them, or cannot do their transaction."""
    able, n, ctx = {c.name: c.able for c in channels}, len(routes.stations), routes.customers.ctx
    found: dict[str, dict[str, None]] = {}
    tables: list[Sequence[Row | None]] = [*routes.rows.values(), *routes.endings.values()]
    for table in [*tables, *(rows for cases in routes.cases.values() for _, rows in cases)]:
        for t, row in enumerate(table):
            for route in row or ():
                channel = routes.exits[route.destination - n].channel if route.destination >= n else ""
                if able and channel and not (channel in able and able[channel][t]):
                    found.setdefault(channel, {})[routes.customers.types[t].name] = None
    for channel, names in found.items():
        if channel not in able:
            ctx.add(("channels",), f"customers are sent to {channel}: {not_one_of(channel, 'a channel', able)}")
        else:
            text = f"{channel} cannot serve {', '.join(list(names)[:5])}, who are sent there all the same"
            ctx.add(("channels", channel, "can"), text)
