"""Channels around the hall: whom customers ask first, what other channels can do, and who comes after all.

In: the parsed `channels`, the first choices of the catchment, and the routes as read. Out: `Channel`s of the model, and
changed routes. Who sets out for the hall passes the *door*, a delay of no time that has the routes of `entry`, so that
what happens to him there is a draw of its own, whatever the channels' shares. A channel that may fail is tried at a
delay outside the hall, whose failures lead to the door (semantics 49); one with a capacity has a station out of the
hall, too (semantics 48).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import ALLOWED, CHANNEL_KINDS, HALL, Channel, Exit, Label, Route
from hallsim.parts.distributions import Deterministic
from hallsim.scenario.capacity import CAPACITY, has_capacity, is_tried, station_of
from hallsim.scenario.catchment import Choices, resolved
from hallsim.scenario.conditions import Cased
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import SHARE, ByType, Choice, Key, ListOf, Record, Routing, Text
from hallsim.scenario.labels import LABEL
from hallsim.scenario.laws import LAW
from hallsim.scenario.names import chinese_of, label_of
from hallsim.scenario.routing import DOOR, FAILED, Routes, Row, diverted_to, served_by
from hallsim.scenario.tree import Path

THE_DOOR = "the_door"
TO_THE_HALL: dict[str, Any] = {"": {HALL: Fraction(1)}}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to come to a channel: before anybody sets out for the hall, or sent from there.

    `tried` and `people` end the names of the delay in which customers try it, and of the station of its people; `role`
    is that of the delay, `en` and `zh` are words for it, and `whose` for the line of those who came this way.
    """

    tried: str
    people: str
    role: str
    en: str
    zh: str
    whose: Label
    done: Callable[[str], Exit]


ASKED = Way("_asked_first", "_agents", "orbit", "asked first", "先用", Label("", ""), served_by)
SENT = Way(
    "_instead", "_agents_instead", "online", "instead", "改用", Label(" (from the hall)", "（厅内引导）"), diverted_to
)
_PEOPLE = {"hotline": Label("agents", "坐席"), "": Label("counters", "台席")}

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
            "everything that its kind may do: business of the kinds strategic and retention is for `personal` and "
            "`own` channels, sensitive for `own` ones, incentive for `own` and electronic ones, sales and service for "
            "all but `personal`",
            example="[payment, query]",
        ),
        Key(
            "reach",
            ByType(SHARE),
            "part of the customers whom it reaches; only a `match` asks",
            "100 %",
            example="{vip: 60 %, rest: 40 %}",
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
        Key(
            "capacity",
            CAPACITY,
            "people in it, for whom customers may have to wait",
            "as many as needed, at once",
            example="{servers: 3, time: exponential 75 s, patience: exponential 2 min}",
        ),
    ),
    "Another way to have a transaction done. `electronic`, `hotline` and `self_service` count as electronic.",
)


def channel_stations(
    data: dict[str, Any], choices: Choices, hours: tuple[int, int], customers: Customers
) -> dict[str, dict[str, Any]]:
    """Return the stations that the channels of a scenario need, in the form of parsed ones, by name."""
    given: dict[str, Any] = data.get("channels") or {}
    sent_to = _destinations({key: value for key, value in data.items() if key not in ("channels", "catchment")})
    first = {name for shares in choices for name in shares}
    instead = {name for name in given if f"divert {name}" in sent_to}
    found: dict[str, dict[str, Any]] = {}
    for name, own in given.items():
        if not is_tried(own):
            continue
        takes = own.get("takes") or Deterministic(0.0)
        label = label_of(name, own.get("label"))
        for way, who in ((ASKED, first), (SENT, instead)):
            if name in who:
                tried = {"en": f"{label.en}, {way.en}", "zh": f"{way.zh}{label.zh}"}
                found[name + way.tried] = {"role": way.role, "time": {"": takes}, "label": tried}
        if not has_capacity(own):
            continue
        ways = [way for way, who in ((ASKED, first), (SENT, instead)) if name in _lead_to(given, who)]
        for way in ways:
            people = _PEOPLE.get(own.get("kind") or "", _PEOPLE[""])
            words = {"en": f"{label.en}, {people.en}{way.whose.en}", "zh": f"{label.zh}{people.zh}{way.whose.zh}"}
            station = station_of(name, name + way.people, own, hours, customers)
            found[name + way.people] = station | {"label": words if len(ways) > 1 else _one_line(label, people)}
        if len(ways) > 1:  # one staff with two lines: of the two each station ends in its own way
            found[name + ASKED.people]["helps"] = [name + SENT.people]
            found[name + SENT.people]["servers"] = "none"
    if found or data.get("catchment"):
        found[THE_DOOR] = {"role": "orbit", "time": {"": Deterministic(0.0)}, "label": {"en": "door", "zh": "厅门"}}
    for name in found:
        if name in (data.get("stations") or {}):
            customers.ctx.add(
                ("stations", name), f"{name!r} is a name that channels need; give the station another one"
            )
    return found


def _one_line(label: Label, people: Label) -> dict[str, str]:
    return {"en": f"{label.en}, {people.en}", "zh": f"{label.zh}{people.zh}"}


def _lead_to(given: dict[str, Any], asked: set[str]) -> set[str]:
    """Return these channels, and those where customers who had no success in them go on, and so on."""
    found, todo = set(asked), sorted(asked)
    while todo:
        own = given.get(todo.pop()) or {}
        tables = [own.get("on_failure"), (own.get("capacity") or {}).get("unanswered")]
        onward = {name for table in tables for row in (table or {}).values() for name in row or {}} - found
        found |= onward
        todo.extend(sorted(onward))
    return found


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
        kind = given.get("kind") or CHANNEL_KINDS[0]
        able = _able(name, kind, given.get("can"), customers)
        if name == HALL:
            customers.ctx.add(("channels", name), "hall is the hall itself; give the channel another name")
        for key in ("takes", "on_failure"):
            if key in given and not is_tried(given):
                customers.ctx.warn(("channels", name, key), "has no effect without fails or capacity")
        reach = [Fraction(1)] * len(customers.types)
        if given.get("reach"):
            reach = customers.shares(given["reach"], ("channels", name, "reach"))
        found.append(Channel(name, label_of(name, given.get("label")), kind, tuple(able), tuple(reach)))
    return tuple(found)


def _able(name: str, kind: str, can: list[str | None] | None, customers: Customers) -> list[bool]:
    """Return for every type whether a channel of some kind can, and by the kind of business may, do its transaction."""
    path: Path = ("channels", name, "can")
    business = customers.transactions
    forbidden = {i for i, t in enumerate(business) if t.kind and kind not in ALLOWED[t.kind]}
    done = set(range(len(business))) if can is None else customers.business(can, path)
    for i in sorted(done & forbidden) if can is not None else ():
        where = next(n for n, word in enumerate(can or []) if word in (business[i].name, business[i].kind))
        allowed = ", ".join(ALLOWED[business[i].kind])
        text = f"{business[i].name} is {business[i].kind} business, which beside the hall only these may do: {allowed}"
        customers.ctx.add((*path, where), f"{text}; {name} is {kind}")
    return [t.transaction in done - forbidden for t in customers.types]


def route_channels(data: dict[str, Any], channels: tuple[Channel, ...], choices: Choices, routes: Routes) -> None:
    """Change the routes: who asks first, who is sent instead, who comes after all."""
    given, customers = data.get("channels") or {}, routes.customers
    if not customers.ctx.errors:
        _complain_of_unable(channels, routes)
    if customers.ctx.errors or THE_DOOR not in routes.stations:
        return
    door = routes.stations.index(THE_DOOR)
    routes.rows[door], routes.cases[door] = routes.rows[DOOR], routes.cases.get(DOOR, [])
    tried = [channel for channel in channels if is_tried(given[channel.name])]
    for channel in tried:  # before there are routes of those who fail, which lead to channels themselves
        if channel.name + SENT.tried in routes.stations:
            _send_instead(channel.name, routes)
    for channel in tried:
        _route_tries(channel, given, channels, routes)
    _complain_of_circles(given, customers)
    if data.get("catchment"):
        routes.cases[DOOR] = []
        places = {name: _asked(name, routes) for shares in choices for name in shares}
        routes.rows[DOOR] = [
            tuple(Route(float(share), places[name]) for name, share in shares.items()) for shares in choices
        ] or [()] * len(customers.types)
    labels = {c.name: c.label for c in channels}
    routes.exits[:] = [_named_by(way_out, labels) for way_out in routes.exits]


def _asked(name: str, routes: Routes) -> int:
    """Return where somebody goes who asks the hall or a channel first."""
    if name == HALL:
        return routes.stations.index(THE_DOOR)
    if name + ASKED.tried in routes.stations:
        return routes.stations.index(name + ASKED.tried)
    return routes.exit_index(served_by(name))


def _route_tries(channel: Channel, given: dict[str, Any], channels: tuple[Channel, ...], routes: Routes) -> None:
    """Give the delays in which customers try a channel, and the stations of its people, their routes."""
    customers, path, name = routes.customers, ("channels", channel.name), channel.name
    own = given[name]
    capacity = own.get("capacity") or {}
    fails = customers.shares(own.get("fails") or {}, (*path, "fails"))
    alone = [Fraction(1)] * len(customers.types)
    if capacity:
        alone = customers.shares(capacity.get("automatic") or {}, (*path, "capacity", "automatic"))
    onward = _onward(own.get("on_failure"), (*path, "on_failure"), channel, channels, customers)
    unanswered = onward
    if capacity.get("unanswered"):
        table = capacity["unanswered"]
        unanswered = _onward(table, (*path, "capacity", "unanswered"), channel, channels, customers)
    if customers.ctx.errors:
        return
    for way, unserved in ((ASKED, _unserved(channel)), (SENT, FAILED)):
        tried, people = (
            routes.stations.index(n) if n in routes.stations else -1 for n in (name + way.tried, name + way.people)
        )
        if tried < 0 and people < 0:
            continue
        places = _places(way, unserved, [*onward, *unanswered], given, routes)
        done = routes.exit_index(way.done(name))
        by_all = [_tried(part, done, row, places) for part, row in zip(fails, onward, strict=True)]
        if tried >= 0:
            rows = zip(by_all, alone, strict=True)
            routes.rows[tried] = [_shared(row, part, people) for row, part in rows]
        if people >= 0:
            routes.rows[people] = list(by_all)
            lost = tuple(tuple(Route(float(p), places[to]) for to, p in row.items() if p) for row in unanswered)
            routes.endings |= {(ending, people): lost for ending in ("on_reneged", "on_blocked")}


def _onward(
    table: dict[str, Any] | None, path: Path, channel: Channel, channels: tuple[Channel, ...], customers: Customers
) -> Choices:
    """Return where those of each type go whom a channel did not serve."""
    others = [c for c in channels if c is not channel]
    onward = resolved(table or TO_THE_HALL, path, [HALL, *(c.name for c in others), "leave"], customers)
    for other in others:
        unable = [
            kind.name
            for t, kind in enumerate(customers.types)
            if onward[t].get(other.name) and channel.able[t] and not other.able[t]
        ]
        if unable:
            text = f"{other.name} cannot serve {', '.join(unable[:5])}, who are sent there all the same"
            customers.ctx.add(path, text)
    return onward


def _places(way: Way, unserved: Exit, onward: Choices, given: dict[str, Any], routes: Routes) -> dict[str, int]:
    """Return where each destination in some tables of a channel lies, for those who came to it this way."""
    found: dict[str, int] = {}
    for name in dict.fromkeys(name for row in onward for name, share in row.items() if share):
        if name == HALL:
            found[name] = routes.stations.index(THE_DOOR)
        elif name == "leave":
            found[name] = routes.exit_index(unserved)
        elif has_capacity(given[name]):
            found[name] = routes.stations.index(name + way.people)
        else:
            found[name] = routes.exit_index(way.done(name))
    return found


def _complain_of_circles(given: dict[str, Any], customers: Customers) -> None:
    """Complain of channels with people who send those whom they could not serve round in a circle."""
    for name in (name for name, own in given.items() if has_capacity(own)):
        for other in (other for other in given if other != name and has_capacity(given[other])):
            if other in _lead_to(given, {name}) and name in _lead_to(given, {other}):
                text = f"{name} and {other} send each other whom they could not serve; let one of them end it"
                customers.ctx.add(("channels", name), text)
                return


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
    """Return where somebody goes who is handled by a channel: served, or to where who has no success goes."""
    served = (Route(float(1 - fails), done),) if fails < 1 else ()
    return (*served, *(Route(float(fails * p), places[to], "failed") for to, p in onward.items() if fails * p > 0))


def _shared(row: Row, part: Fraction, people: int) -> Row:
    """Return a row of which only a part holds, the rest goes to the people of the channel."""
    if people < 0 or part == 1:
        return row
    kept = (replace(r, probability=float(Fraction(r.probability) * part)) for r in row if part)
    return (*kept, Route(float(1 - part), people))


def _send_instead(channel: str, routes: Routes) -> None:
    """Let whoever is diverted to a channel that may fail try it: its exit becomes the delay in which he does."""
    out = routes.exit_index(diverted_to(channel))
    instead = routes.stations.index(channel + SENT.tried)

    def elsewhere(route: Route) -> Route:
        return replace(route, destination=instead) if route.destination == out else route

    def through(rows: list[Row | None]) -> list[Row | None]:
        return [row and tuple(elsewhere(route) for route in row) for row in rows]

    for place in routes.rows:
        routes.rows[place] = through(routes.rows[place])
        routes.cases[place] = [(when, through(rows)) for when, rows in routes.cases.get(place, [])]
    for key, rows in routes.endings.items():
        routes.endings[key] = tuple(row or () for row in through(list(rows)))


def _complain_of_unable(channels: tuple[Channel, ...], routes: Routes) -> None:
    """Complain of routes that send customers to a channel which is not among them, or cannot do their transaction."""
    able, n, ctx = {c.name: c.able for c in channels}, len(routes.stations), routes.customers.ctx
    found: dict[str, dict[str, None]] = {}
    tables: list[Sequence[Row | None]] = [*routes.rows.values(), *routes.endings.values()]
    for table in [*tables, *(rows for cases in routes.cases.values() for _, rows in cases)]:
        for t, row in enumerate(table):
            for route in row or ():
                channel = routes.exits[route.destination - n].channel if route.destination >= n else ""
                if able and channel not in ("", *ctx.halls) and not (channel in able and able[channel][t]):
                    found.setdefault(channel, {})[routes.customers.types[t].name] = None
    for channel, names in found.items():
        if channel not in able:
            ctx.add(("channels",), f"customers are sent to {channel}: {not_one_of(channel, 'a channel', able)}")
        else:
            text = f"{channel} cannot serve {', '.join(list(names)[:5])}, who are sent there all the same"
            ctx.add(("channels", channel, "can"), text)
