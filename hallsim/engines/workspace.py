"""What one thread of the kernel works on: tables, slots, lists and buffers, made once, reused every day.

A customer lives in slot `number % ring`, from the moment the block of customers with it is drawn until
he leaves. If a slot is still taken when its turn comes again, or a buffer is full, the kernel says so
by a status, `grow` doubles what was too small, and the replication starts over: draws are pure functions
of their keys, so nothing is lost but the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    ENDING_RENEGED,
    IDLE_LONGEST,
    KIND_LEVEL,
    KIND_REPAIR,
    NOTE_FIELDS,
    ROW_FIELDS,
    SERVER_ROW_FIELDS,
    SHIFT_PREEMPTIVE,
    Compiled,
)
from hallsim.engines import far
from hallsim.engines.ahead import costly_last, drawn_ahead, expected_customers
from hallsim.engines.records import (
    ASKS_RULE,
    CHUNK,
    DAY,
    GREW,
    GUIDE,
    HEAP_FULL,
    HELPED,
    NOTES_FULL,
    NUMBERS_FULL,
    OUTAGE,
    OUTAGE_END,
    PREPARATION,
    PREPARED_TYPE,
    RING_FULL,
    ROWS_FULL,
    SERVER_ROWS_FULL,
    SHIFT_WATCHED,
    TABLES,
)
from hallsim.errors import EngineError
from hallsim.model import ENDINGS, EVER

MOST_ROWS = 1 << 27
"""Longest event buffer of one replication (8 GiB); its memory is taken only as rows are written."""


class Workspace:
    """The arrays of one thread, and the record by which compiled code finds them.

    Attributes
    ----------
    handle : recarray[1] of DAY
        What `run_day` takes; `handle[0]` holds the scalars of the day just run.
    rows : int64[row_room, ROW_FIELDS]
        The event buffer; the first `handle[0].n_rows` rows are filled.
    server_rows : int64[server_row_room, SERVER_ROW_FIELDS]
    notes : int64[note_room, NOTE_FIELDS]
    tables : dict of the arrays behind the handle, by their names in `records.TABLES`
    """

    def __init__(
        self, c: Compiled, ring: int, rows: int, heap: int, server_rows: int, numbers: int, notes: int
    ) -> None:
        if rows > MOST_ROWS:
            raise EngineError(
                f"one replication would fill {rows:,} rows of 64 bytes; at most {MOST_ROWS:,} are kept: simulate a "
                "shorter run more often"
            )
        self.rows = np.zeros((rows, ROW_FIELDS), dtype=np.int64)
        self.server_rows = np.zeros((server_rows, SERVER_ROW_FIELDS), dtype=np.int64)
        self.notes = np.zeros((notes, NOTE_FIELDS), dtype=np.int64)
        block = ring // 2 if ring > 2048 else ring
        tables = {**_hall_tables(c), **_customer_tables(c, ring, block, numbers)}
        tables["persons"] = _table("persons", rows + ring if c.has_persons else 0)
        tables["person_offset"] = c.persons.offset.copy()  # another one every day, in each thread
        tables["gap_times"] = np.zeros(c.source_kind.size * CHUNK, dtype=np.int64)
        tables["gaps"] = np.zeros(CHUNK)
        tables["machine_heap"] = _table(
            "machine_heap", (4 + c.outage_time.size) * (c.n_servers + 1) + c.change_time.size + c.n_stations + 16
        )
        tables["ends"] = _table("ends", c.n_servers + 2)
        tables["heap"] = _table("heap", heap)
        tables["rows"] = self.rows.reshape(-1)
        tables["server_rows"] = self.server_rows.reshape(-1)
        tables["notes"] = self.notes.reshape(-1)
        self.tables = tables  # keeps the memory behind the addresses alive
        self.handle = _handle(c, tables)
        sizes = {"ring": ring, "block": block, "row_room": rows, "server_row_room": server_rows, "heap_room": heap}
        sizes |= {"machine_room": tables["machine_heap"].size, "number_room": numbers, "note_room": notes}
        sizes |= {"loaded": ring}  # every slot is to be cleared before the first day
        for name, size in sizes.items():
            self.handle[name] = size


def make_workspace(c: Compiled, *, ring: int = 0, rows: int = 0, heap: int = 0, server_rows: int = 0) -> Workspace:
    """Lay out a workspace; sizes of 0 are chosen from the expected number of customers."""
    expected = float(expected_customers(c).sum())
    if not ring:
        wanted = min(expected + 6 * expected**0.5 + 16, 4096)
        ring = 1 << max(int(np.ceil(np.log2(wanted))), 4)
    rows = rows or int(expected * 3 + 1024)
    server_rows = server_rows or 4 * (c.change_time.size + c.n_servers) + 16
    numbers = 256 if c.station_numbered.any() else 0
    calls = bool((c.tickets.recalls >= 0).any())
    noted = bool(c.tickets.quotes.any()) or calls or c.zones.places.size > 0
    return Workspace(c, ring, rows, heap or 256, server_rows, numbers, rows if noted else 0)


def grow(c: Compiled, ws: Workspace, status: int) -> Workspace:
    """Double what was too small; the workspace itself grows, and is returned, so that whoever reuses it gains."""
    day = ws.handle[0]
    ring, rows, heap, server_rows = int(day.ring), int(day.row_room), int(day.heap_room), int(day.server_row_room)
    ws.__init__(  # type: ignore[misc]
        c,
        ring * (2 if status == RING_FULL else 1),
        rows * (2 if status == ROWS_FULL else 1),
        heap * (2 if status == HEAP_FULL else 1),
        server_rows * (2 if status == SERVER_ROWS_FULL else 1),
        int(day.number_room) * (2 if status == NUMBERS_FULL else 1),
        int(day.note_room) * (2 if status == NOTES_FULL else 1),
    )
    return ws


def _table(name: str, n: int, /, **columns: NDArray[Any]) -> Any:
    table = np.zeros(n, dtype=TABLES[name])
    for column, values in columns.items():
        table[column] = values
    return table


def _hall_tables(c: Compiled) -> dict[str, Any]:
    by_type = _table("by_type", (c.n_works + 1) * c.n_types)
    stations = slice(c.n_types, (c.n_stations + 1) * c.n_types)
    for field, rows, values in (
        ("route_first", slice(stations.stop), c.route_first),
        ("route_count", slice(stations.stop), c.route_count),
        ("line", stations, c.line_of),
        ("patience_law", stations, c.patience_law),
        ("service_law", slice(c.n_types, None), c.service_law),
        ("further", slice(c.n_types, None), c.further),
    ):
        by_type[field][rows] = values
    bounds, bound_first = _route_bounds(c)
    laws = {f"law_{name}": values for name, values in c.laws._asdict().items()}
    return {
        "stations": _stations(c),
        "by_type": by_type,
        "works": _works(c),
        "machines": _table("machines", c.n_servers, name=c.server_hash),
        **_staff(c),
        "preparations": _table(
            "preparations",
            c.preparation.by.size,
            **{name: getattr(c.preparation, name) for name in PREPARATION.names or ()},
        ),
        "prepared_types": _table(
            "prepared_types",
            c.preparation.law.size,
            **{name: getattr(c.preparation, name) for name in PREPARED_TYPE.names or ()},
        ),
        "help_at": c.helping.at,
        "seen": np.array([st for row in _seen(c) for st in row], dtype=np.int64),
        "thresholds": _table(
            "thresholds", c.threshold_open.size, opens_at=c.threshold_open, closes_at=c.threshold_close
        ),
        "outages": _table("outages", c.outage_time.size, time=c.outage_time, entity=_outage_entities(c)),
        "skills": _table(
            "skills", c.skill_rank.size, rank=c.skill_rank, turn=c.skill_turn, later=c.call_rules.skill_later
        ),
        "routes": _table(
            "routes", c.route_to.size, to=c.route_to, outcome=c.route_outcome, keeps=c.route_keeps, cum=c.route_cum
        ),
        "cases": _table(
            "cases",
            c.case_term_first.size,
            term_first=c.case_term_first,
            term_count=c.case_term_count,
            chosen=c.case_chosen,
            costly=costly_last(c),
        ),
        "branches": _table(
            "branches",
            c.network.first.size,
            first=c.network.first,
            beyond=c.network.beyond,
            published=c.network.published,
        ),
        "ways": _table(
            "ways",
            c.network.way_branch.size,
            branch=c.network.way_branch,
            travel=c.network.way_travel,
            wait=c.network.way_wait,
            liking=c.network.way_liking,
            key=c.network.way_key,
        ),
        "case_firsts": c.case_firsts,
        "case_routes": _table(
            "case_routes", c.case_route_first.size, route_first=c.case_route_first, route_count=c.case_route_count
        ),
        "terms": _table(
            "terms",
            c.term_what.size,
            what=c.term_what,
            station=c.term_station,
            low=c.term_low,
            high=c.term_high,
        ),
        **_calls(c),
        "zones": _table("zones", c.zones.places.size, places=c.zones.places, overflow=c.zones.overflow),
        "endings": _table("endings", c.ending_first.size, route_first=c.ending_first, route_count=c.ending_count),
        "ending_keys": c.ending_key,
        **_tickets(c),
        "lines": _table("lines", c.n_lines, station=c.line_station, rank=c.line_rank),
        "servers": _servers(c),
        "sources": _table(
            "sources",
            c.source_kind.size,
            kind=c.source_kind,
            first=c.source_first,
            count=c.source_count,
            start=c.source_start,
            opens=c.source_opens,
            end=c.source_end,
            law=c.source_law,
            name=c.source_hash,
            group_first=c.source_group_first,
            group_count=c.source_group_count,
            show=c.source_show,
            early=c.source_early,
            late=c.source_late,
            booked_first=c.source_booked_first,
            day_law=c.source_day_law,
            hour_law=c.source_hour_law,
            varies_with=c.source_varies_with,
            booked=c.source_booked,
        ),
        "booked": _table("booked", int(c.source_count[c.source_booked_first >= 0].sum())),
        "group_sizes": _table("group_sizes", c.group_size.size, number=c.group_size, cum=c.group_cum),
        "pieces": _table(
            "pieces",
            c.piece_start.size,
            start=c.piece_start,
            end=c.piece_end,
            hour=c.piece_hour,
            rate=c.piece_rate,
            mean_rate=c.piece_rate,
        ),
        "listed": _table(
            "listed",
            c.table_time.size,
            time=c.table_time,
            type=c.table_type,
            service=c.table_service,
            patience=c.table_patience,
            place=c.table_place,
            key=c.table_key,
        ),
        "changes": _table(
            "changes",
            c.change_time.size,
            time=c.change_time,
            kind=c.change_kind,
            entity=c.change_entity,
            value=c.change_value,
        ),
        "mixes": c.source_mix,
        "guides": _guides(c),
        "balk_join": c.balk_join,
        "exit_outcome": c.exit_outcome,
        "follow_ons": _table("follow_ons", c.follow_ons.cum.size, cum=c.follow_ons.cum, type=c.follow_ons.type),
        "follow_firsts": c.follow_ons.first,
        "goes_on": c.follow_ons.goes_on,
        **{f"person_{name}": values for name, values in c.persons._asdict().items()},
        "route_most": c.route_most,
        "route_bounds": bounds,
        "route_bound_first": bound_first,
        "reaches": c.reaches,
        **laws,
    }


def _tickets(c: Compiled) -> dict[str, Any]:
    tickets = c.tickets
    steps = {"at_least": tickets.quote_from, "join": tickets.quote_join, "patience": tickets.quote_patience}
    return {
        "unanswered": tickets.unanswered,
        "again": tickets.again,
        "quoted": _table("quoted", tickets.quote_first.size, first=tickets.quote_first, count=tickets.quote_count),
        "quote_steps": _table("quote_steps", tickets.quote_from.size, **steps),
        "line_quotes": tickets.line_quote,
    }


def _calls(c: Compiled) -> dict[str, Any]:
    """Return the tables of call rules."""
    known = c.call_rules._asdict()

    def table(name: str, of: str) -> Any:
        columns = {f.removeprefix(of): values for f, values in known.items() if f.startswith(of) and f != "rule_firsts"}
        return _table(name, next(iter(columns.values())).size, **columns)

    return {
        "rules": table("rules", "rule_"),
        "rule_firsts": c.call_rules.rule_firsts,
        "orders": table("orders", "order_"),
        "expected": c.call_rules.expected,
        "line_limits": _table(
            "line_limits", c.n_lines, first=c.call_rules.line_first_limit, count=c.call_rules.line_n_limits
        ),
        "limits": c.call_rules.limit_after,
    }


def _guides(c: Compiled) -> NDArray[np.int64]:
    """Return for each source how many types lie wholly below each of GUIDE equal steps of the mix."""
    steps = np.arange(GUIDE) / GUIDE
    mixes = c.source_mix.reshape(-1, c.n_types)
    return np.concatenate([np.searchsorted(mix, steps, side="right") for mix in mixes]).astype(np.int64)


def _route_bounds(c: Compiled) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the cumulative route probabilities laid out for vectorised counting, and where each station's are."""
    blocks, first, at = [], [], 0
    for station, most in enumerate(c.route_most.tolist()):
        block = np.full((most - 1, c.n_types), 2.0)
        rows = slice(station * c.n_types, (station + 1) * c.n_types)
        for k, row in enumerate(block):
            has = c.route_count[rows] > k + 1
            row[has] = c.route_cum[c.route_first[rows][has] + k]
        blocks.append(block.ravel())
        first.append(at)
        at += block.size
    return np.concatenate(blocks), np.array(first, dtype=np.int64)


def _stations(c: Compiled) -> Any:
    names = (
        *("room_total", "room_waiting", "delay", "outside", "balk_first", "balk_count", "interrupted", "shift_end"),
        *("idle_choice", "first_server", "n_servers", "first_line", "n_lines"),
        *("service_key", "patience_key", "route_key", "balk_key", "idle_key"),
        *("preempts", "numbered", "most_numbers", "call_law", "call_key"),
        *("first_extra", "n_extra", "closes_any", "set_up_law", "first_threshold"),
        *("machined", "fails_by", "fail_law", "uses", "repair_law", "crew", "send_to", "when_down"),
    )
    table = _table("stations", c.n_stations, **{name: getattr(c, f"station_{name}") for name in names})
    table["patience_code"] = c.patience_code
    for name in ("quotes", "quote_grain", "recalls", "time_out_law", "answer_key", "back"):
        table[name] = getattr(c.tickets, name)
    table["first_case"], table["n_join_cases"], table["first_join"] = c.join_cases
    table["attended"] = c.staff.station_attended
    table["staffed"] = _staffed(c)
    table["shift_end"][(c.station_machined != 0) | (c.station_n_extra > 0) | (table["staffed"] != 0)] = SHIFT_WATCHED
    table["choosy"] = (c.station_idle_choice != IDLE_LONGEST) | (c.station_skilled != 0)
    table["alike"] = [
        _alike(c, int(first), int(n)) for first, n in zip(table["first_server"], table["n_servers"], strict=True)
    ]
    overlaid = c.preparation.by.reshape(2, -1) >= 0
    table["line_watched"] = np.where((c.station_n_extra > 0) | overlaid.any(axis=0), GREW, 0)
    table["line_watched"] |= np.where(c.call_rules.station_helped, HELPED, 0)
    table["prepares"][c.preparation.by[overlaid.ravel()]] = 1
    for of in np.flatnonzero(overlaid)[::-1]:
        by = table[c.preparation.by[of]]
        by["first_of"] = of
        by["beyond_of"] = max(by["beyond_of"], of + 1)
    bounded = (c.preparation.case >= 0) | (c.preparation.high < EVER)
    table["bounded"] = (overlaid & bounded.reshape(2, -1)).any(axis=0)
    table["first_help"], table["n_helps"] = c.helping.first, c.helping.number
    table["n_seen"] = [len(row) for row in _seen(c)]
    table["first_seen"] = np.cumsum(table["n_seen"]) - table["n_seen"]
    table["helped"][c.helping.at] = 1
    table["line_watched"] |= np.where(table["helped"], GREW, 0)
    table["alike"] &= table["helped"] == 0
    table["zone"], table["waited_in"] = c.zones.of, c.zones.waited_in
    table["turns_away"], table["blocks"] = c.zones.turns_away, c.zones.blocks
    table["ahead"] = drawn_ahead(c)
    for name in ("opens", "closes", "annex", "overnight"):
        table[name] = getattr(c.hours, name)
    table["alike"] &= table["ahead"]
    for name in ("prepares", "bounded", "helped", "n_helps"):
        table["shift_end"][table[name] != 0] = SHIFT_WATCHED
    asks = (c.station_skilled != 0) | bool(c.has_places)
    table["asks"] = np.where(c.call_rules.station_ruled, ASKS_RULE, asks)
    table["forgiving"] = c.ending_count.reshape(len(ENDINGS), c.n_stations, -1)[ENDING_RENEGED].any(axis=1)
    return table


def _seen(c: Compiled) -> list[list[int]]:
    """Return for each station those where its idle servers help, or prepare who waits."""
    seen = [
        c.helping.at[first : first + n].tolist() for first, n in zip(c.helping.first, c.helping.number, strict=True)
    ]
    for of in np.flatnonzero(c.preparation.by >= 0).tolist():
        seen[c.preparation.by[of]].append(of % c.n_stations)
    return seen


def _staffed(c: Compiled) -> NDArray[np.bool_]:
    """Return at which stations servers do more than serve."""
    return (c.staff.station_n_breaks > 0) | (c.staff.station_attended != 0) | (c.staff.station_personal != 0)


def _staff(c: Compiled) -> dict[str, Any]:
    """Return the tables of what servers do beside serving."""
    staff = c.staff
    return {
        "people": _table(
            "people",
            c.n_servers,
            breaks=staff.server_breaks,
            factor=c.server_factor,
            curve=staff.server_curve,
            n_curve=staff.server_n_curve,
            fatigue=staff.fatigue_rate,
            most_tired=staff.fatigue_most,
            absent=staff.server_absent,
            name=staff.server_person,
            twin=staff.server_twin,
            first_window=c.opening.server_first_window,
            n_windows=c.opening.server_n_windows,
        ),
        "staffing": _table(
            "staffing",
            c.n_stations,
            first_break=staff.station_first_break,
            n_breaks=staff.station_n_breaks,
            walk_key=staff.station_walk_key,
            wrap_up_key=staff.station_wrap_up_key,
            measure=c.opening.station_measure,
            review=c.opening.station_review,
            back_law=c.opening.station_back_law,
            case=c.opening.station_case,
        ),
        "around": _table("around", staff.walk_law.size, walk_law=staff.walk_law, wrap_up_law=staff.wrap_up_law),
        "type_factors": staff.type_factor,
        "curves": staff.curve_factor,
        "windows": _table(
            "windows", c.opening.window_begin.size, begin=c.opening.window_begin, end=c.opening.window_end
        ),
        "line_means": c.opening.line_mean,
        "breaks": _table(
            "breaks",
            staff.break_end.size,
            end=staff.break_end,
            law=staff.break_law,
            at_once=staff.break_at_once,
            paid=staff.break_paid,
        ),
    }


def _works(c: Compiled) -> Any:
    several = np.asarray(c.further.reshape(c.n_works, -1).any(axis=1))
    return _table("works", c.n_works, station=c.work_station, code=c.service_code, several=several)


def _alike(c: Compiled, first: int, n: int) -> bool:
    """Return whether all servers of a station do the same work at the same speed."""
    work, factor = c.server_work[first : first + n], c.server_factor[first : first + n]
    if n == 0 or c.staff.station_attended[c.server_station[first]]:
        return False
    return bool((work == work[0]).all() and (factor == factor[0]).all())


def _outage_entities(c: Compiled) -> NDArray[np.int64]:
    kind = np.where(c.outage_kind == KIND_REPAIR, OUTAGE_END, OUTAGE)
    return np.asarray(kind * (c.n_servers + c.n_stations) + c.outage_station, dtype=np.int64)


def _servers(c: Compiled) -> Any:
    """Return the table of servers; behind them is one record a station, where its idle list starts and ends."""
    table = _table("servers", c.n_servers + c.n_stations)
    table["station"][: c.n_servers] = c.server_station
    table["factor"][: c.n_servers] = c.server_factor
    table["work"][: c.n_servers] = c.server_work
    table["home"][: c.n_servers] = c.server_station
    table["home_work"][: c.n_servers] = c.server_work
    table["first_skill"][: c.n_servers] = c.server_first_skill
    return table


def _customer_tables(c: Compiled, ring: int, block: int, numbers: int) -> dict[str, Any]:
    columns = ("arrivals", "keys", "types", "origins", "indices")
    per_station = ("ticks", "patiences", "stays", "refusals")
    return {
        # behind the slots one record a line, where it starts and ends; behind these the absent numbers
        "customers": _table("customers", ring + c.n_lines + numbers),
        "places": _table("places", ring + c.n_lines + numbers),
        "overlays": _table("overlays", ring if (c.preparation.by >= 0).any() else 1),
        **{name: _table(name, ring) for name in columns},
        **{name: _table(name, c.n_stations * ring) for name in per_station},
        "services": _table("services", c.n_works * ring),
        "next_rows": _table("next_rows", (c.n_stations + 1) * ring),
        "kept": _table("kept", ring + 1 if c.zones.places.size else 0),
        "told": _table("told", ring if c.tickets.quotes.any() else 0),
        "followed": _table("followed", ring if c.follow_ons.cum.size else 0),
        "transfers": _table("transfers", ring if c.route_keeps.any() else 0),
        "skipped": _table("skipped", ring if (c.tickets.recalls >= 0).any() else 0),
        "scratch": _table("scratch", block),
    }


def _handle(c: Compiled, tables: dict[str, Any]) -> Any:
    handle = np.zeros(1, dtype=DAY).view(np.recarray)
    of_the_hall = (
        *("n_types", "n_stations", "n_works", "n_lines", "n_servers", "close", "resolution"),
        *("repeats", "has_table_types", "has_table_services", "has_table_patiences", "has_places"),
        *("has_groups", "has_bookings", "has_cases", "has_factors", "has_persons"),
    )
    for name in of_the_hall:
        handle[name] = getattr(c, name)
    handle["n_branches"], handle["renewed"] = c.network.first.size, c.network.renewed
    handle["n_sources"] = c.source_kind.size
    handle["n_changes"] = c.change_time.size
    handle["has_follow_ons"] = c.follow_ons.cum.size > 0
    handle["has_stages"] = c.persons.cum.size > 0
    handle["has_transfers"] = c.route_keeps.any()
    handle["has_calls"] = (c.tickets.recalls >= 0).any()
    handle["n_zones"] = c.zones.places.size
    handle["has_zones"] = c.zones.places.size > 0
    handle["n_outages"] = c.outage_time.size
    handle["has_staff"] = _staffed(c).any() or (c.station_n_extra > 0).any()
    handle["has_helpers"] = c.helping.at.size > 0
    handle["has_overlays"] = (c.preparation.by >= 0).any()
    handle["has_machines"] = c.station_machined.any() or handle["has_staff"][0]
    from hallsim.engines import kernel, preparing  # noqa: F401  (they declare far functions, as does what they call)

    for name in far_functions(c):
        handle[f"{name}_code"] = far.code(name)
    for name in TABLES:
        handle[f"{name}_at"] = tables[name].ctypes.data
        handle[f"{name}_n"] = tables[name].size
    return handle


def far_functions(c: Compiled) -> list[str]:
    """Return which far functions a hall calls, the longest first: others are not compiled on a new machine."""
    machined, extra = bool(c.station_machined.any()), bool((c.station_n_extra > 0).any())
    calls, numbered = bool((c.tickets.recalls >= 0).any()), bool(c.station_numbered.any())
    preempts, staffed = bool(c.station_preempts.any()), bool(_staffed(c).any())
    prepared, helping = bool((c.preparation.by >= 0).any()), c.helping.at.size > 0
    zones = c.zones.places.size > 0
    called = {
        **dict.fromkeys(("day", "ask_to_join", "pick_on_coming", "draw_at", "load_block"), True),
        "interrupt": machined or preempts or bool((c.station_shift_end == SHIFT_PREEMPTIVE).any()),
        "on_machine": machined or bool(((c.station_set_up_law >= 0) | (c.opening.station_review > 0)).any()),
        "leaves_after": machined or extra or staffed or prepared or helping,
        "staff": staffed,
        "begin_work": bool(c.staff.station_attended.any()),
        "take_over": preempts,
        "call_numbers": calls or numbered,
        "tell_quote": bool(c.tickets.quotes.any()),
        "estimated_wait": bool(c.tickets.quotes.any()),
        "call_in_vain": calls,
        "on_called": calls or numbered,
        "draw_factors": bool(c.has_factors),
        "know_persons": bool(c.has_persons),
        "know_stages": c.persons.cum.size > 0,
        "follow_on": c.follow_ons.cum.size > 0,
        "choose_way": bool(c.case_chosen.any()),
        "renew_waits": bool((c.change_entity >= c.n_stations)[c.change_kind == KIND_LEVEL].any()),
        "join_by_case": bool(c.join_cases.number.any()),
        "line_grew": extra or prepared or helping,
        "take_up": prepared or helping,
        "prepared_work": prepared,
        "drop_preparation": prepared,
        "keep_preparation": prepared,
        "on_preparation_end": prepared,
        "on_deadline": prepared or zones or bool(c.call_rules.station_helped.any()) or bool(c.station_delay.any()),
        **dict.fromkeys(("let_in", "hold_back", "keep_out", "no_place", "close_out"), zones),
        "call_by_rule": bool(c.call_rules.station_ruled.any()),
        "get_help": bool(c.call_rules.station_helped.any()),
        "wait_for_help": bool(c.call_rules.station_helped.any()),
    }
    return [name for name, needed in called.items() if needed]
