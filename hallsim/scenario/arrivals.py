"""Arrivals: the parsed `arrivals` -> `Source`s of the model, clipped to the opening hours.

In: parsed sources, customers, open and close. Out: `Source`s, with planner's warnings about customers who
would come while the doors are closed: they are left out of the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any, NamedTuple

from hallsim.errors import not_one_of
from hallsim.model import US_PER_HOUR, CustomerType, RatePiece, Source
from hallsim.scenario.annexes import source_hours
from hallsim.scenario.coming import ARRIVAL_FORMS, Stream, streams
from hallsim.scenario.crowd import with_crowd
from hallsim.scenario.customers import Customers, add_types, sum_to_one
from hallsim.scenario.follow_ons import read_follow_ons
from hallsim.scenario.logged_arrivals import of_each_day, read_logged
from hallsim.scenario.tables import Reading, Table, duration_of, unit_of
from hallsim.scenario.tree import Path
from hallsim.units import UNITS_US, format_clock, parse_moment, plain, show, to_ticks

COLUMNS = {
    "time": (
        ("time", "t_arrive", "时间", "到达时间", "取号时间"),
        "when the customer comes: a clock time or a duration",
    ),
    "segment": (("segment", "客户类型", "客户分群", "品牌"), "name or label of the segment"),
    "transaction": (("transaction", "业务", "业务类型"), "name or label of the transaction"),
    "service": (
        ("service", "办理时长"),
        "duration of the first service at each station, before the server's speed",
    ),
    "patience": (("patience", "耐心时长"), "how long the customer waits at the first stay at each station"),
    "place": (("place", "位次"), "whole number by which lines are kept, lower first; customers without one come last"),
}
"""The columns of a table of arrivals: the headers under which they are found, and what a cell says.

Headers of durations may end in a unit, such as `service_min`; then plain numbers are in that unit.
"""
DURATIONS = ("service", "patience")
RATES = ("per_hour", "per_month", "rate", "rates")
OF_A_MONTH = ("days_per_month", "profile")
SMALLEST_CV = 0.01
MOST_BOOKINGS = 10_000_000
_PLACE = re.compile(r"[0-9]{1,18}")


class Entry(NamedTuple):
    """A row of a table of arrivals; -1 is drawn, for a place: none."""

    time: int
    pair: tuple[int, int] = (-1, -1)  # segment and transaction
    service: int = -1
    patience: int = -1
    place: int = -1
    day: int = -1  # of a log


class Coming(NamedTuple):
    """Who comes: sources; of a log its dates and the sources of each of its days; the sources of day types."""

    sources: tuple[Source, ...]
    dates: tuple[str, ...] = ()
    by_day: tuple[tuple[Source, ...], ...] = ()
    by_type: Mapping[str, tuple[Source, ...]] = MappingProxyType({})  # of the types that differ from the others


def read_sources(
    data: dict[str, Any], customers: Customers, hours: tuple[int, int], annexes: tuple[tuple[int, int], ...] = ()
) -> Coming:
    """Build every source, on the hours of the hall or of one of its annexes; complaints go to `customers.ctx`."""
    ctx = customers.ctx
    sources, entries_of, day_types = [], [], []
    dates: tuple[str, ...] = ()
    known = list(data.get("arrivals") or ())
    for stream in streams(data, ctx.root):
        given, path = stream.given, stream.path
        if not given or (stream.day_type and ctx.errors):
            continue  # what is wrong on every day need not be said again
        if stream.name not in known:
            ctx.add(path, not_one_of(stream.name, "a source under arrivals", known))
            continue
        if given.get("log") is not None and (dates or data.get("day_types")):
            text = "a second log: the days of one are the replications"
            if data.get("day_types"):
                text = "the days of a log are what they are, so they have no day_types"
            ctx.add((*path, "log"), text)
            continue
        own_hours = source_hours(given, path, hours, annexes, ctx)
        source, entries, own_dates = _source(stream, customers, own_hours)
        dates = dates or own_dates
        if source is not None:
            sources.append(source)
            entries_of.append(entries)
            day_types.append(stream.day_type)
    named_pairs = {entry.pair for entries in entries_of for entry in entries if entry.pair != (-1, -1)}
    if named_pairs and customers.skills:
        ctx.add(
            ("skills",), "customers of a table or a log come with segment and transaction, but nothing says their skill"
        )
    add_types(customers, named_pairs, data.get("tickets"))
    read_follow_ons(data, customers, named_pairs)
    index = {(t.segment, t.transaction): i for i, t in enumerate(customers.types) if t.count == 1}
    result = []
    for source, entries, day_type in zip(sources, entries_of, day_types, strict=True):
        key = f"{day_type} {source.name}" if day_type else source.name
        mix, counts = customers.mixes.get(key) or {}, customers.counts.get(key) or {}
        shares = tuple(float(_share_of(t, mix, counts, customers)) for t in customers.types)
        result.append(
            replace(
                source,
                mix=shares,
                table_types=tuple(index.get(entry.pair, -1) for entry in entries),
                table_services=_stated(entry.service for entry in entries),
                table_patiences=_stated(entry.patience for entry in entries),
                table_places=_stated(entry.place for entry in entries),
            )
        )
    if result and not any(s.pieces or s.gap or s.table_times for s in result) and not ctx.errors:
        ctx.warn(("arrivals",), "nobody arrives")
    if dates and not ctx.errors:
        return _by_day(result, entries_of, dates)
    usual = tuple(s for s, day_type in zip(result, day_types, strict=True) if not day_type)
    by_type: dict[str, tuple[Source, ...]] = {}
    for wanted in dict.fromkeys(day_type for day_type in day_types if day_type):
        own = {s.name: s for s, day_type in zip(result, day_types, strict=True) if day_type in ("", wanted)}
        by_type[wanted] = tuple(own.values())
    return Coming(usual, by_type=by_type)


def _share_of(
    kind: CustomerType, mix: Mapping[tuple[int, int], Any], counts: Mapping[int, Any], customers: Customers
) -> Fraction:
    """Return which part of a source's customers are of a type: of its pair, its number of transactions, its skill."""
    skills = customers.skill_shares[kind.segment]
    return Fraction(
        mix.get((kind.segment, kind.transaction), 0) * counts.get(kind.count, 0) * skills.get(kind.skill, 0)
    )


def _by_day(sources: list[Source], entries_of: list[list[Entry]], dates: tuple[str, ...]) -> Coming:
    """Give each day of a log its own customers; the hall itself, which is only looked at, has the busiest day's."""
    own = [
        list(of_each_day(source, [e.day for e in entries], len(dates))) if any(e.day >= 0 for e in entries) else None
        for source, entries in zip(sources, entries_of, strict=True)
    ]
    by_day = [
        tuple(source if days is None else days[i] for source, days in zip(sources, own, strict=True))
        for i in range(len(dates))
    ]
    busiest = max(by_day, key=lambda day: sum(len(source.table_times) for source in day))
    return Coming(busiest, dates, tuple(by_day))


def _stated(column: Iterable[int]) -> tuple[int, ...]:
    """Return a column of a table, empty where it says nothing at all."""
    entries = tuple(column)
    return entries if any(x >= 0 for x in entries) else ()


def _source(
    stream: Stream, customers: Customers, hours: tuple[int, int]
) -> tuple[Source | None, list[Entry], tuple[str, ...]]:
    """Return a source, the entries of its table, and the dates of its log."""
    ctx, name, path, given = customers.ctx, stream.name, stream.path, stream.given
    mix = customers.mixes.get(stream.key) or {}
    opens, closes = hours
    forms = [form for form in ARRIVAL_FORMS if form in given]
    if len(forms) != 1:
        if not forms:
            ctx.add(path, f"does not say how customers come; one of {', '.join(ARRIVAL_FORMS)}")
        else:
            ctx.add((*path, forms[1]), f"{' and '.join(forms)} are both given; a source has one of them")
        return None, [], ()
    form, value = forms[0], given[forms[0]]
    if value is None:
        return None, [], ()
    here = (*path, form)
    sizes = _group_sizes(given, form, path, ctx)
    base = Source(name, "poisson", (), start=opens, end=closes, group_sizes=sizes)
    if form in RATES:
        return _stream(base, given, form, here, customers.counts.get(stream.key) or {}, ctx), [], ()
    for key in ("crowd", "day_cv", "hour_cv"):
        if key in given:
            ctx.add((*path, key), f"belongs to customers who come by a rate, not to {form}")
    if form == "gaps":
        if not value.mean > 0:
            ctx.add(here, "gaps of no length: all customers would come at once")
            return None, [], ()
        return replace(base, kind="renewal", gap=value), [], ()
    dates: tuple[str, ...] = ()
    if form == "times":
        found = [Entry(t) for t in value if t is not None]
    elif form == "appointments":
        found = [Entry(t) for t in _slots(value, here, ctx, hours)]
        show, early, late = (value.get(key) for key in ("show", "early", "late"))
        base = replace(base, booked=True, show=1.0 if show is None else float(show), early=early, late=late)
    elif form == "log":
        found, dates = _logged(value, here, customers, mix)
    else:
        table = ctx.table(here, value)
        if table is None:
            return None, [], ()
        found = _table(table, here, customers, mix)
    inside = sorted((e for e in found if opens <= e.time < closes), key=lambda entry: (entry.day, entry.time))
    if len(inside) < len(found):
        outside = [entry.time for entry in found if not opens <= entry.time < closes]
        who = "1 customer comes" if len(outside) == 1 else f"{len(outside)} customers come"
        ctx.warn(here, f"{who} while the doors are closed, the first at {format_clock(min(outside))}; left out")
    return replace(base, kind="table", table_times=tuple(entry.time for entry in inside)), inside, dates


def _stream(
    base: Source, given: dict[str, Any], form: str, here: Path, counts: Mapping[int, Fraction], ctx: Reading
) -> Source:
    """Return a Poisson source with its rates, who waits before the doors, and how the rates vary.

    `counts` says how many transactions a customer brings, and with which probability.
    """
    hours, value = (base.start, base.end), given[form]
    for key in OF_A_MONTH:
        if key in given and form != "per_month":
            ctx.add((*here[:-1], key), f"belongs to per_month, not to {form}")
    if form == "per_hour":
        pieces = _per_hour(value, here, ctx, hours)
    elif form == "per_month":
        together = float(sum(n * share for n, share in counts.items()) or 1) * (
            sum(n * share for n, share in base.group_sizes) or 1.0
        )
        pieces = _per_month(value / together, given, here[:-1], ctx, hours)
    elif form == "rate":
        pieces = (RatePiece(*hours, float(value)),) if value > 0 else ()
    else:
        pieces = _rates(value, here, ctx, hours)
    day_cv, hour_cv = given.get("day_cv") or 0.0, given.get("hour_cv") or 0.0
    for key, cv in (("day_cv", day_cv), ("hour_cv", hour_cv)):
        if 0 < cv < SMALLEST_CV:
            ctx.add((*here[:-1], key), f"{cv:g} is too small; 0, or at least {SMALLEST_CV:g}")
    return replace(base, pieces=with_crowd(pieces, given.get("crowd"), base.start), day_cv=day_cv, hour_cv=hour_cv)


def _group_sizes(given: dict[str, Any], form: str, path: Path, ctx: Reading) -> tuple[tuple[int, float], ...]:
    """Return sizes of groups and their probabilities; nothing where customers come one by one."""
    if not given.get("group_size"):
        return ()
    here = (*path, "group_size")
    if form in ("times", "table", "log", "appointments"):
        ctx.add(here, f"{form} list every customer; write a time as often as customers come then")
        return ()
    shares = sum_to_one({str(n): share for n, share in given["group_size"].items()}, here, ctx) or {}
    sizes = tuple((int(n), float(share)) for n, share in shares.items() if share > 0)
    return () if sizes == ((1, 1.0),) else sizes


def _slots(value: dict[str, Any], path: Path, ctx: Reading, hours: tuple[int, int]) -> list[int]:
    """Return the time of every booking, in order."""
    every, per_slot = value.get("every"), value.get("per_slot", 1)
    if every is None or per_slot is None or (isinstance(per_slot, list) and None in per_slot):
        return []
    first = value["first"] if value.get("first") is not None else hours[0]
    until = value["until"] if value.get("until") is not None else hours[1]
    n_slots = max(0, -(-(until - first) // every))
    if isinstance(per_slot, list):
        if len(per_slot) > n_slots:
            last = first + (len(per_slot) - 1) * every
            ctx.add((*path, "per_slot"), f"the last of {len(per_slot)} slots is at {format_clock(last)}, too late")
            return []
        return [first + k * every for k, n in enumerate(per_slot) for _ in range(n)]
    if n_slots * per_slot > MOST_BOOKINGS:
        ctx.add(path, f"{n_slots * per_slot:,} appointments are too many; at most {MOST_BOOKINGS:,}")
        return []
    return [first + k * every for k in range(n_slots) for _ in range(per_slot)]


def _per_hour(value: list[Any], path: Path, ctx: Reading, hours: tuple[int, int]) -> tuple[RatePiece, ...]:
    opens, closes = hours
    n_hours = -(-(closes - opens) // US_PER_HOUR)
    if len(value) != n_hours:
        span = f"{format_clock(opens)}-{format_clock(closes)}"
        ctx.add(path, f"has {_plural(len(value), 'number')}, but {span} has {_plural(n_hours, 'hour')}")
        return ()
    pieces = []
    for i, count in enumerate(value):
        start = opens + i * US_PER_HOUR
        end = min(start + US_PER_HOUR, closes)
        if count:
            pieces.append(RatePiece(start, end, count / (end - start)))
    return tuple(pieces)


def _per_month(
    number: float, given: dict[str, Any], path: Path, ctx: Reading, hours: tuple[int, int]
) -> tuple[RatePiece, ...]:
    """Return the rates of a day that has its part of a month's customers, hour by hour as the profile says."""
    opens, closes = hours
    a_day = number / (given.get("days_per_month") or 30.0)
    profile = given.get("profile")
    if profile is None:
        return (RatePiece(opens, closes, a_day / (closes - opens)),) if a_day > 0 else ()
    if None in profile:
        return ()
    if not sum(profile) > 0:
        ctx.add((*path, "profile"), "has no hour in which anybody comes")
        return ()
    return _per_hour([a_day * part / sum(profile) for part in profile], (*path, "profile"), ctx, hours)


def _rates(
    value: list[tuple[int, Any, str]], path: Path, ctx: Reading, hours: tuple[int, int]
) -> tuple[RatePiece, ...]:
    opens, closes = hours
    pieces = []
    ends = [t for t, _, _ in value[1:]] + [closes]
    for (start, rate, key), end in zip(value, ends, strict=True):
        if rate > 0 and start >= closes:
            ctx.warn(
                (*path, key), f"arrivals outside opening hours: the doors close at {format_clock(closes)}; left out"
            )
        elif rate > 0 and start < opens:
            ctx.warn((*path, key), f"arrivals outside opening hours: the doors open at {format_clock(opens)}; left out")
        start, end = max(start, opens), min(end, closes)
        if rate > 0 and start < end:
            pieces.append(RatePiece(start, end, float(rate)))
    return tuple(pieces)


def _logged(
    name: object, path: Path, customers: Customers, mix: dict[tuple[int, int], Any]
) -> tuple[list[Entry], tuple[str, ...]]:
    """Return the customers of every day of a log, and its dates; complain about names that the hall lacks.

    A hall that knows only one segment, or one transaction, takes everybody for it.
    """
    logged, dates = read_logged(path, name, customers.ctx)
    pairs: dict[tuple[str, str], tuple[int, int]] = {}
    told = {"segment": len(customers.segments) > 1, "transaction": len(customers.transactions) > 1}
    heads = {key: key if several else "" for key, several in told.items()}
    for cells in dict.fromkeys((one.segment, one.transaction) for one in logged):
        try:
            pairs[cells] = _pair(dict(zip(told, cells, strict=True)), heads, customers, mix)
        except ValueError as problem:
            customers.ctx.add(path, f"{name}: {problem}")
    known = [one for one in logged if (one.segment, one.transaction) in pairs]
    return [Entry(one.time, pairs[one.segment, one.transaction], day=one.day) for one in known], dates


def _table(table: Table, path: Path, customers: Customers, mix: dict[tuple[int, int], Any]) -> list[Entry]:
    """Return every row that can be read; complain about the others."""
    ctx = customers.ctx
    heads = {key: _head(key, names, table) for key, (names, _) in COLUMNS.items()}
    if not heads["time"]:
        ctx.add(path, not_one_of("time", f"a column of {FilePath(table.file).name}", table.columns))
        return []
    problems: list[tuple[int, str]] = []
    found = []
    for line, cells in table.rows:
        try:
            moment = parse_moment(cells.get(heads["time"], ""))
            pair = _pair(cells, heads, customers, mix)
            service, patience = (_duration(cells, heads[key]) for key in DURATIONS)
            found.append(Entry(moment, pair, service, patience, _place(cells, heads["place"])))
        except ValueError as problem:
            problems.append((line, str(problem)))
    ctx.rows_wrong(table, problems)
    return found


def _pair(
    cells: dict[str, str], heads: dict[str, str], customers: Customers, mix: dict[tuple[int, int], Any]
) -> tuple[int, int]:
    segment = _named(cells, heads["segment"], customers.segments, "a segment")
    transaction = _named(cells, heads["transaction"], customers.transactions, "a transaction")
    if segment is None and transaction is None:
        return -1, -1
    possible = [
        pair
        for pair, share in mix.items()
        if share > 0 and segment in (None, pair[0]) and transaction in (None, pair[1])
    ]
    if segment is not None and transaction is not None:
        return segment, transaction
    if len(possible) == 1:
        return possible[0]
    missing = "transaction" if transaction is None else "segment"
    raise ValueError(f"names no {missing}, and the mix leaves {len(possible)} possible; fill the column {missing}")


def _head(key: str, names: tuple[str, ...], table: Table) -> str:
    """Return the header of a column, empty if the table lacks it."""
    endings = ("", *(f"_{unit}" for unit in UNITS_US)) if key in DURATIONS else ("",)
    return next((c for name in names for end in endings if (c := name + end) in table.columns), "")


def _duration(cells: dict[str, str], head: str) -> int:
    text = cells.get(head, "") if head else ""
    if not text:
        return -1
    try:
        return to_ticks(duration_of(text, unit_of(head)))
    except ValueError as problem:
        raise ValueError(f"{head}: {problem}") from problem


def _place(cells: dict[str, str], head: str) -> int:
    text = plain(cells.get(head, "")) if head else ""
    if not text:
        return -1
    if not _PLACE.fullmatch(text):
        raise ValueError(f"{head}: {show(text)} is not a place; write a whole number from 0 with at most 18 digits")
    return int(text)


def _named(cells: dict[str, str], head: str, known: tuple[Any, ...], what: str) -> int | None:
    text = cells.get(head, "") if head else ""
    if not text:
        return None
    for i, entry in enumerate(known):
        if text in (entry.name, entry.label.en, entry.label.zh):
            return i
    raise ValueError(not_one_of(text, what, [entry.name for entry in known]))


def _plural(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
