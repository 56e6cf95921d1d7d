"""The tree of a scenario -> `Model`, with every complaint in one pass.

In: the merged tree. Out: the model, warnings, and the hash. Values are read first, key by key (`declaration`);
then names are resolved across the file; then the finished hall is looked at as a whole (`cross_checks`). A later
stage skips what an earlier one has complained about, so that one slip gives one complaint.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from hallsim.errors import Complaint
from hallsim.model import Label, Model
from hallsim.scenario import cross_checks
from hallsim.scenario.annexes import check_annexes, read_annexes, station_hours, whole_day
from hallsim.scenario.arrivals import read_sources
from hallsim.scenario.campaigns import leave_exit, note_returns, read_campaigns, sources_with, stations_with
from hallsim.scenario.catchment import read_first_choices, read_payments
from hallsim.scenario.channels import channel_stations, read_channels, route_channels
from hallsim.scenario.costs import read_costs
from hallsim.scenario.customers import read_customers
from hallsim.scenario.days import days_of_types, read_calendar
from hallsim.scenario.declaration import FORMAT, SCENARIO
from hallsim.scenario.interception import intercept
from hallsim.scenario.logged_arrivals import days_of_hall
from hallsim.scenario.machines import read_outages
from hallsim.scenario.names import label_of
from hallsim.scenario.network import network_of
from hallsim.scenario.network.declaration import NETWORK
from hallsim.scenario.network.declaration import WORD as NETWORK_WORD
from hallsim.scenario.network.layout import ANOTHER
from hallsim.scenario.persons import read_persons, with_persons
from hallsim.scenario.policies import read_policies
from hallsim.scenario.publicity import read_publicity, with_publicity
from hallsim.scenario.quotes import check_quotes_asked, with_means
from hallsim.scenario.replays import read_replay, without_replaced
from hallsim.scenario.routing import Routes
from hallsim.scenario.staff import check_persons
from hallsim.scenario.stations import read_station
from hallsim.scenario.tables import Reading
from hallsim.scenario.targets import read_targets
from hallsim.scenario.tree import MOST_ERRORS, Node, TooManyErrors, in_file_order, nearest, plain_data, walk
from hallsim.scenario.uncertain import KEY as UNCERTAIN
from hallsim.scenario.uncertain import read_uncertain, scaled
from hallsim.scenario.walking import add_walks
from hallsim.scenario.weeks import read_horizon, with_horizon
from hallsim.scenario.zones import check_zones, read_zones, with_zones
from hallsim.units import UNITS_US, format_duration

if TYPE_CHECKING:
    from hallsim.replay import Replay


SHARED = ("format", "resolution")
"""What a network file says for its halls, too; the format of a hall's own file counts for that."""


@dataclass(frozen=True, slots=True)
class Built:
    """What building gives: `model` is None if there are errors; `replay` is that of a scenario that has one."""

    model: Model | None
    errors: tuple[Complaint, ...]
    warnings: tuple[Complaint, ...]
    replay: Replay | None = None


def build(root: Node, name: str, before: list[Complaint] | None = None, halls: frozenset[str] = frozenset()) -> Built:
    """Build the model of a tree; `before` are complaints about the text itself, `halls` as in `Reading`."""
    ctx = Reading(root, list(before or []), halls=halls)
    raw = plain_data(root)
    replay, model = None, None
    try:
        if isinstance(raw, dict) and NETWORK_WORD in raw:
            model = _network(root, raw, name, ctx)
        elif isinstance(raw, dict) and "replay" in raw:
            replay = _replay(root, raw, name, ctx)
            model = replay.model if replay is not None else None
        else:
            model = _model(root, raw, name, ctx)
    except TooManyErrors:
        ctx.found.append(Complaint(root.file, 0, "", f"has more than {MOST_ERRORS} errors; these are the first"))
    if model is not None and model.uncertain and not ctx.errors:
        _both_ends(root, name, model, ctx)
    errors = tuple(in_file_order(ctx.errors))
    if errors:
        return Built(None, errors, tuple(ctx.warnings))
    return Built(model, errors, tuple(ctx.warnings), replay)


def _network(root: Node, raw: dict[str, Any], name: str, ctx: Reading) -> Model | None:
    """Return the model of a network of halls, each of which is built as if it stood alone; None after a complaint."""
    data: dict[str, Any] = NETWORK.read(raw, (), ctx) or {}
    _format(data, ctx)
    halls: dict[str, Model] = {}
    names = frozenset((ANOTHER, *(data.get("halls") or {})))
    for hall in data.get("halls") or {}:
        node = nearest(root, ("halls", hall))
        if isinstance(node.value, dict):
            shared = {key: nearest(root, (key,)) for key in SHARED if key in raw}
            written = {key: own for key, own in node.value.items() if key != "resolution" or key not in shared}
            own = build(replace(node, value={**shared, **written}), hall, halls=names)
            found = (*own.errors, *own.warnings)
            ctx.found.extend(replace(c, path=f"halls.{hall}.{c.path}".removesuffix(".")) for c in found)
            if own.model is not None:
                halls[hall] = own.model
    if ctx.errors:
        return None
    head = _head(root, raw, {**data, "hall": data[NETWORK_WORD]}, name, ctx)
    head["files"] = tuple(dict.fromkeys([*head["files"], *(file for m in halls.values() for file in m.files)]))
    head["scenario_hash"] = _hash([raw, [m.scenario_hash for m in halls.values()]], {})  # their tables count, too
    model = network_of(data, halls, head, ctx)
    return with_means(model) if model is not None else None


def _both_ends(root: Node, name: str, model: Model, ctx: Reading) -> None:
    """Complain of uncertain entries that at one of their ends make no scenario."""
    assert isinstance(root.value, dict)
    certain = Node({key: node for key, node in root.value.items() if key != UNCERTAIN}, root.file, root.line)
    for entry in model.uncertain:
        for end in (entry.low, entry.high):
            problems = build(scaled(certain, entry, end), name, halls=ctx.halls).errors
            if problems:
                what = f"{entry.path} cannot be {100.0 * (end - 1.0):+g} %: {problems[0].message}"
                ctx.add((UNCERTAIN, entry.path), what)
                break


def _replay(root: Node, raw: dict[str, Any], name: str, ctx: Reading) -> Replay | None:
    """Return what re-enacts a log, None after a complaint."""
    data = SCENARIO.read(without_replaced(raw, ctx), (), ctx) or {}
    _format(data, ctx)
    found = read_replay(data, name, ctx)
    if found is None:
        return None
    own = _head(root, raw, data, name, ctx)
    if "hall" not in data:
        own["label"] = found.model.label
    own["costs"] = read_costs(data, found.model.stations, found.model.transactions, found.model.exits, ctx)
    return replace(found, model=replace(found.model, **own))


def _model(root: Node, raw: object, name: str, ctx: Reading) -> Model | None:
    """Return the model, None after a complaint."""
    data: dict[str, Any] = SCENARIO.read(raw, (), ctx) or {}
    hours = _hours(data, ctx)
    customers = read_customers(data, ctx)
    annexes = read_annexes(data, ctx)
    day = whole_day(hours, annexes)
    coming = read_sources(data, customers, hours, annexes)
    if coming.dates and "run_for" in data:
        ctx.add(("run_for",), "the customers come from a log, whose days have opening hours: give open instead")
    calendar = read_calendar(data, ctx)
    has_dates = bool(calendar.dates)
    names_of_types = [day_type.name for day_type in calendar.types]
    horizon = read_horizon(data, customers, coming.sources, bool(coming.dates), [date for date, _ in calendar.dates])
    efforts = read_publicity(data, horizon, ctx)
    persons = read_persons(data, customers)
    campaigns = read_campaigns(data, customers, coming.sources, names_of_types, has_dates)
    channels = read_channels(data, customers)
    asked = read_first_choices(data, channels, customers)
    around = channel_stations(data, asked.choices, hours, customers)
    data["stations"] = {**(data.get("stations") or {}), **around}
    names = list(data["stations"])
    _no_double_names(names, customers, ctx)
    routes = Routes(customers, names, data.get("triage"))
    model = None
    if names:
        routes.read(data)
        intercept(data, routes)
        route_channels(data, channels, asked.choices, routes)
        note_returns(campaigns, routes)
        add_walks(data, routes)
        reached = routes.reached()
        routes.complain_of_gaps(reached)
        outages = read_outages(data.get("outages"), names, day, ctx)
        stations = tuple(
            replace(
                read_station(n, i, data["stations"][n] or {}, customers, routes, reached, own or hours, outages[n]),
                hours=own,
            )
            for i, (n, own) in enumerate((n, station_hours(n, data, hours, annexes)) for n in names)
        )
        zones = read_zones(data, stations, ctx)
        targets = read_targets(data.get("targets"), customers, stations, reached)
        policies = read_policies(data.get("policies"), stations, ctx)
        costs = read_costs(data, stations, customers.transactions, routes.exits, ctx)
        if not ctx.errors:
            stations = with_zones(data, cross_checks.fill_unreached(stations, reached, routes))
            leave = leave_exit(routes) if any(any(effects.misunderstood) for effects in campaigns) else -1
            days = days_of_types(calendar, coming, data, stations, campaigns, leave, day[1], ctx)
            always = () if days.kinds else tuple(range(len(campaigns)))
            stations = stations_with(stations, campaigns, always, data.get("campaign_overlap") or 1.0, leave)
            model = Model(
                **_head(root, raw, data, name, ctx),
                open=day[0],
                close=day[1],
                segments=customers.segments,
                transactions=customers.transactions,
                types=customers.types,
                ticket_classes=customers.classes,
                sources=sources_with(coming.sources, campaigns, always, coming.sources),
                stations=stations,
                exits=tuple(routes.exits),
                entry=tuple(tuple(row or ()) for row in routes.rows[-1]),
                entry_cases=routes.cases_at(-1),
                targets=targets,
                steady="run_for" in data,
                warm_up=data.get("warm_up") or 0,
                resolution=data.get("resolution") or 1,
                days=days.kinds or days_of_hall(coming.dates, coming.by_day, stations, day[1]),
                day_types=calendar.types,
                calendar=days.calendar,
                policies=policies,
                skills=customers.skills,
                follow_ons=customers.follow_ons,
                uncertain=read_uncertain(data.get("uncertain"), root, ctx),
                campaigns=tuple(effects.campaign for effects in campaigns),
                channels=channels,
                payments=read_payments(data, customers),
                catchment="catchment" in data,
                first_choices=asked.in_model(channels),
                costs=costs,
                zones=zones,
            )
            check_zones(data, model, ctx)
            check_annexes(model, horizon is not None, ctx)
            check_persons(stations, "run_for" in data, ctx)
            cross_checks.check_model(model, reached, ctx)
            check_quotes_asked(model, ctx)
            if not ctx.errors:
                model = with_horizon(with_means(model), horizon, ctx)

                def changed(tree: Node, own: Reading) -> Model | None:
                    return _model(tree, plain_data(tree), name, own)

                model = with_persons(model, persons, changed, ctx)
                model = with_publicity(model, efforts, changed, ctx)
    return model


def _head(root: Node, raw: object, data: dict[str, Any], name: str, ctx: Reading) -> dict[str, Any]:
    """Return what a model says of itself, by its fields."""
    return {
        "name": name,
        "label": label_of(name, data.get("hall")) if "hall" in data else Label(name, name),
        "description": data.get("description") or "",
        "source_note": data.get("source") or "",
        "question": label_of("", data["question"]) if data.get("question") else None,
        "scenario_hash": _hash(raw, ctx.tables),
        "files": tuple(dict.fromkeys([*(n.file for _, n in walk(root) if n.line), *ctx.tables])),
    }


def _format(data: dict[str, Any], ctx: Reading) -> None:
    """Complain about a version of the language that is not known."""
    given = data.get("format")
    if given is not None and given != FORMAT:
        newer = f"; this hallsim reads formats up to {FORMAT}, a newer one is needed" if given > FORMAT else ""
        ctx.add(("format",), f"format {given} is not known{newer}")


def _hours(data: dict[str, Any], ctx: Reading) -> tuple[int, int]:
    """Return open and close; a stand-in of nine hours after a complaint."""
    _format(data, ctx)
    stand_in = (9 * UNITS_US["h"], 18 * UNITS_US["h"])
    if "open" in data and "run_for" in data:
        ctx.add(("run_for",), "open and run_for are both given; a scenario is a day or a steady-state run")
        return data["open"] or stand_in
    if "run_for" in data:
        length, warm_up = data["run_for"], data.get("warm_up")
        if length is not None and warm_up is not None and warm_up >= length:
            ctx.add(
                ("warm_up",), f"a warm-up of {format_duration(warm_up)} leaves nothing of {format_duration(length)}"
            )
        return (0, length) if length else stand_in
    if "open" not in data:
        ctx.add((), 'open is missing: opening hours, such as open: "09:00-18:00" (or run_for: for a steady-state run)')
        return stand_in
    if "warm_up" in data:
        ctx.add(("warm_up",), "a day has no warm-up; it belongs to a steady-state scenario with run_for")
    return data["open"] or stand_in


def _no_double_names(stations: list[str], customers: Any, ctx: Reading) -> None:
    for name in stations:
        if customers.segment_index(name) >= 0 or customers.transaction_index(name) >= 0:
            ctx.add(("stations", name), f"{name!r} is a segment or transaction already; give the station another name")


def _hash(raw: object, tables: dict[str, str]) -> str:
    """Return the scenario's hash: over the merged content and every table, not over comments or line ends."""
    digest = hashlib.sha256(json.dumps([FORMAT, raw], ensure_ascii=True, separators=(",", ":")).encode("utf-8"))
    for file in sorted(tables, key=lambda f: FilePath(f).name):
        digest.update(b"\0")
        digest.update("\n".join(tables[file].splitlines()).encode("utf-8"))
    return digest.hexdigest()[:16]
