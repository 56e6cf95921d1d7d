"""Model -> Compiled: arrays and integers for the engines. Every dtype, rank, code and field lives here.

`compile_model` turns a `Model` into a `Compiled` NamedTuple of flat numpy arrays that the numba kernel,
the SimPy reference and the KPI reducers share. Tables with two indices are stored flat, row-major, and
say so. Times are int64 microseconds, factors and probabilities float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hallsim import draws
from hallsim.arrays import F64, I64, U64
from hallsim.arrays import f64 as _f64
from hallsim.arrays import i64 as _i64
from hallsim.arrays import u64 as _u64
from hallsim.compiling.annexes import Hours, hours_of
from hallsim.compiling.calendar import Ranks, calendar_tables
from hallsim.compiling.call_rules import CallTables, call_tables, everything, line_order
from hallsim.compiling.follow_ons import FollowOns, follow_on_tables
from hallsim.compiling.helping import Helping, helping_tables
from hallsim.compiling.joining import JoinCases, joining_tables
from hallsim.compiling.laws import Laws
from hallsim.compiling.machines import machine_tables
from hallsim.compiling.network import NetworkTables, network_tables
from hallsim.compiling.opening import Opening, extra_tables
from hallsim.compiling.persons import PersonTables, person_tables
from hallsim.compiling.preparations import Preparations, preparation_tables
from hallsim.compiling.routes import interrupts, keeps_tickets, reachable, repeats, route_tables, route_terms
from hallsim.compiling.sources import source_tables
from hallsim.compiling.staff import Staff, staff_tables
from hallsim.compiling.tickets import Tickets, number_tables, ticket_tables
from hallsim.compiling.zones import Zones, zone_tables
from hallsim.draws import PURPOSE_ENTRY
from hallsim.model import ENDINGS, STATES, Model
from hallsim.parts.distributions import Law, LawTable

SEMANTICS = 39
"""Number of the rules in docs/semantics.md; every result carries it."""

NEVER = 1 << 62
"""A time after every event."""

NOT_YET = NEVER - 1
"""When a service ends that has to wait for a preparation: as late as an event can be."""

LONGEST = 1 << 60
"""Microseconds that no duration reaches; a duration as long ends the replication with an error (semantics 1)."""

NO_PLACE = 1 << 62
"""Where a customer without a place of his own stands: after every place (semantics 19)."""

FIRST_PLACE = -1
"""Where an interrupted customer stands: before every place."""

# --- event kinds: at one instant, lower ranks happen first (semantics 2) -------------------------------
# The ranks between are reserved for mechanisms that have their place but no rules yet.
KIND_SERVER_OFF = 0
KIND_SERVER_ON = 1
KIND_LEVEL = 2
KIND_CLOSE = 3
KIND_REPAIR = 4  # of a server; then the end of an outage, of a station
KIND_BREAKDOWN = 5  # of a server; then the beginning of an outage, of a station
KIND_SERVICE_END = 6
KIND_OVERLAY_END = 7  # of a customer: what happened while his place was kept
KIND_DELAY_END = 8
KIND_PATIENCE_END = 9
KIND_ELIGIBLE = 10
KIND_ARRIVAL = 11
KIND_POLICY_TICK = 12
_CALENDAR = Ranks(KIND_SERVER_OFF, KIND_SERVER_ON, KIND_LEVEL, KIND_CLOSE)

# --- outcome of a step (semantics 17); 0 means the step is not over ------------------------------------
STEP_SERVED = 1
STEP_FAILED = 2
STEP_RENEGED = 3
STEP_BALKED = 4
STEP_BLOCKED = 5
STEP_CLOSED_OUT = 6
STEP_INTERRUPTED = 7
STEP_NO_SHOW = 8  # called, and nobody came
STEP_TRANSFERRED = 9  # served here, and sent on with the same ticket
STEP_MOVED = 10  # sent from a line where no server is up to another station
STEP_SKIPPED = 11  # called, and nobody came; he will come back, or goes elsewhere
STEP_DECLINED = 12  # was offered another way, and did not want it
STEP_HELD_BACK = 13  # came to an offer, and was not asked, since he has been asked often enough
STEP_OUTCOMES = (
    "",
    "served",
    "failed",
    "reneged",
    "balked",
    "blocked",
    "closed_out",
    "interrupted",
    "no_show",
    "transferred",
    "moved",
    "skipped",
    "declined",
    "held_back",
)

# --- outcome of a visit; 0 means that more steps follow ------------------------------------------------
VISIT_SERVED = 1
VISIT_PARTLY_SERVED = 2
VISIT_GAVE_UP = 3
VISIT_BALKED = 4
VISIT_INTERCEPTED = 5
VISIT_DIVERTED = 6
VISIT_TURNED_AWAY = 7
VISIT_CLOSED_OUT = 8
VISIT_ELSEWHERE = 9
VISIT_OUTCOMES = (
    *("", "served", "partly_served", "gave_up", "balked", "intercepted", "diverted", "turned_away", "closed_out"),
    "elsewhere",
)

# --- the event buffer: one int64 row per step of a customer, written when the step ends ----------------
ROW_CUSTOMER = 0  # number in the replication, in order of arrival, from 0
ROW_WHAT = 1  # bits: line 0-15, step 16-31, step outcome 32-39, visit outcome 40-47, exit + 1 48-55, follow-on 56-57
ROW_WHO = 2  # bits: server + 1 0-23 (0: nobody), customer type 24-39, source 40-55, preparation 56-58, terminal 59-60
ROW_ARRIVE = 3  # at the door
ROW_JOIN = 4  # joined the line (or was turned back from it)
ROW_CALL = 5  # called by the server; -1: never
ROW_END = 6  # the step is over
ROW_AHEAD = 7  # bits: number waiting in the same line when the customer joined 0-27, time from call to start 28-62
FOLLOWED = 1 << 8
"""Added to the exit's number in the row of a step after which the customer has another transaction (semantics 47)."""
WENT_ON = 1 << 9
"""Likewise, beside it: with the same server, and the same ticket."""
WALK_SHIFT = 28
LONGEST_WALK = 1 << 35
"""Microseconds that no time from the call to the start reaches: nine hours and a half."""
ROW_FIELDS = 8
MOST_STEPS = 1 << 16
"""Steps of one customer that the row has room for; one more stops the replication."""
NO_LINE = 0xFFFF
"""Line of the one row written for a customer who never joined any (turned away or diverted at the door)."""

# --- server rows: one int64 row per stretch of duty -----------------------------------------------------
SERVER_ROW_SERVER = 0
SERVER_ROW_STATE = 1
SERVER_ROW_FROM = 2
SERVER_ROW_TO = 3
SERVER_ROW_CUSTOMER = 4  # whom a stretch of preparing, or of being blocked, is about; else -1
SERVER_ROW_FIELDS = 5
STATE_DUTY = 1  # as scheduled
STATE_OVERTIME = 2  # past the scheduled end or past closing
STATE_DOWN = 3  # on duty, and broken down or taken down by an outage; lies inside duty or overtime
STATE_SET_UP = 4  # on duty, getting an extra counter ready; likewise
STATE_CALLING = 5  # on duty, calling a number whose holder has left; likewise
STATE_BREAK = 6  # on a break that is not paid; likewise
STATE_PAID_BREAK = 7
STATE_PREPARING = 8  # on duty, with a customer who keeps his place in line; likewise
STATE_BLOCKED = 9  # with a customer whose preparation is not over, or who finds no place; inside his step
STATE_WRAP_UP = 10  # on duty or in overtime, with work that a customer has left; inside duty or overtime
STATE_TRIED_OUT = 11  # a terminal that a customer tries who keeps his place in line
SERVER_STATES = (
    *("", "duty", "overtime", "down", "set_up", "calling", "break", "paid_break"),
    *("preparing", "blocked", "wrap_up", "tried_out"),
)

# --- what a preparation came to (semantics 11); 0: there was none ------------------------------------------
PREPARED = 1
PREPARED_DROPPED = 2  # broken off by a call or by leaving
PREPARED_IN_VAIN = 3  # had to be done again at the counter
PREPARED_DONE = 4  # nothing was left to do at a counter
TRIAL_SHIFT = 3  # above it in the row, what a stay at a terminal came to (semantics 46); 0: there was none
TRIED, TRIED_AND_BOUGHT, TRIAL_BROKEN_OFF = 1, 2, 3

# --- notes: what is known of a step and has no room in its row, in the order in which it became known -----
NOTE_CUSTOMER = 0
NOTE_STEP = 1
NOTE_WHAT = 2
NOTE_VALUE = 3
NOTE_FIELDS = 4
NOTE_QUOTED = 1  # wait that the queue machine told him, microseconds
NOTE_FIRST_CALL = 2  # when he was first called, where that was not answered
NOTE_CALLS = 3  # how often he was called, likewise
NOTE_OUTSIDE = 4  # how long he waited outside a zone, microseconds

# --- sources --------------------------------------------------------------------------------------------
SOURCE_POISSON = 0
SOURCE_RENEWAL = 1
SOURCE_TABLE = 2
SOURCE_KINDS = ("poisson", "renewal", "table")

# --- station options --------------------------------------------------------------------------------------
SHIFT_NAMED = 0
SHIFT_POOLED = 1
SHIFT_PREEMPTIVE = 2
FAIL_UP = 0  # breakdowns are counted by the time up, by the time busy, or by services
FAIL_BUSY = 1
FAIL_USES = 2
IDLE_LONGEST = 0
IDLE_LOWEST = 1
IDLE_RANDOM = 2
WORK_RESUME = 0
WORK_RESAMPLE = 1
WORK_REPEAT = 2

# --- what conditions compare (semantics 21) ------------------------------------------------------------------
STATE_PEOPLE, STATE_WAITING, STATE_IDLE, STATE_ON_DUTY, STATE_LONGEST_WAIT, STATE_TIME = range(len(STATES) - 3)
STATE_ARE_DOWN, STATE_UP, STATE_QUOTED = range(len(STATES) - 3, len(STATES))

# --- how a stay may end without a service (semantics 14) ---------------------------------------------------
ENDING_RENEGED = 0
ENDING_BALKED = 1
ENDING_BLOCKED = 2
ENDING_NO_SHOW = 3
ENDING_FOLLOW_ON = 4

ENDLESS = -2
"""Shared law code of a station where nobody ever gives up."""


class Log(NamedTuple):
    """What an engine hands back for one replication.

    rows : int64[n_rows, ROW_FIELDS], in the order in which the steps ended
    server_rows : int64[n_server_rows, SERVER_ROW_FIELDS]
    end : int, microseconds; when the last customer had left (never before closing)
    notes : int64[n_notes, NOTE_FIELDS]
    day : int, the kind of day: index into `Model.days`, 0 where all days are alike
    keys : uint64[n_customers], by whose draws everybody is served, where customers may come again; else empty
    persons : uint64[n_customers], who everybody is: his number, or the key of his first visit; likewise
    number : int, of the day in its horizon, from 0; -1 where there is none
    """

    rows: I64
    server_rows: I64
    end: int
    notes: I64 = np.zeros((0, NOTE_FIELDS), dtype=np.int64)
    day: int = 0
    keys: U64 = np.zeros(0, dtype=np.uint64)
    persons: U64 = np.zeros(0, dtype=np.uint64)
    number: int = -1


class Compiled(NamedTuple):
    """A model as arrays. `n_*` are counts, `*_key` are hashed purposes, `[a, b]` are flat 2-D tables."""

    day: int  # number of the kind of day
    open: int
    close: int
    warm_up: int
    resolution: int
    n_types: int
    n_stations: int
    n_lines: int
    n_servers: int
    n_works: int
    repeats: int  # 1 if some customer can join the line of a station twice
    has_table_types: int  # 1 if some source's table says who comes
    has_table_services: int  # 1 if some source's table says how long the services take
    has_table_patiences: int  # 1 if some source's table says how long customers would wait
    has_places: int  # 1 if customers stand in line by more than the order of joining: places, or interrupted in pools
    has_factors: int  # 1 if the rates of some source vary from replication to replication
    has_groups: int  # 1 if some source brings several customers at a time
    has_bookings: int  # 1 if some source's customers have appointments that they may miss
    has_cases: int  # 1 if some routes depend on conditions
    has_persons: int  # 1 if customers are persons who may come again on another day; the last source brings those
    # sources [source]
    source_kind: I64
    source_hash: U64
    source_start: I64
    source_opens: I64  # when the doors open for its customers
    source_end: I64
    source_law: I64  # law of the gaps, -1 if none
    source_first: I64  # first row in piece_* or table_*
    source_count: I64
    piece_start: I64
    piece_end: I64
    piece_rate: F64  # customers per microsecond
    piece_hour: I64  # hour of the clock
    source_day_law: I64  # law of the factor on all its rates, -1: always 1
    source_hour_law: I64  # law of the factor on the rates of an hour, -1: always 1
    source_varies_with: U64  # by whose draws the factors are
    table_time: I64
    table_type: I64  # -1: drawn from the mix
    table_service: I64  # microseconds, before the server's factor and rounding; -1: drawn
    table_patience: I64  # microseconds, before rounding; -1: drawn
    table_place: I64  # -1: none
    table_key: U64  # of the customer; 0: that of his index
    source_mix: F64  # [source, type] cumulative
    source_group_first: I64
    source_group_count: I64  # 0: customers come one by one
    source_show: F64
    source_early: I64  # law, -1: never
    source_late: I64
    source_booked: I64  # 1 if its customers have appointments
    source_booked_first: I64  # where those of its table who come are listed, -1: all come, at their times
    group_size: I64
    group_cum: F64
    # laws [law]
    laws: LawTable
    # call rules
    call_rules: CallTables
    # stations [station]
    station_room_total: I64
    station_room_waiting: I64
    station_delay: I64  # 1: a timed step without servers
    station_outside: I64  # 1: out of the hall
    station_balk_first: I64
    station_balk_count: I64  # 0: nobody balks
    balk_join: F64  # probability of joining by number inside; behind these by condition and type
    join_cases: JoinCases
    station_interrupted: I64
    station_shift_end: I64
    station_idle_choice: I64
    station_first_server: I64
    station_n_servers: I64
    station_first_line: I64
    station_n_lines: I64
    station_service_key: U64
    station_patience_key: U64
    station_route_key: U64
    station_balk_key: U64
    station_idle_key: U64
    station_skilled: I64  # 1 if its servers differ in what they may call
    station_machined: I64  # 1 if its servers can be down
    station_fails_by: I64  # -1: they do not break down
    station_fail_law: I64  # -1: counted by uses
    station_uses: I64
    station_repair_law: I64
    station_crew: I64  # 0: everything is repaired at once
    station_send_to: I64  # where the customer of a broken server goes; -1: the head of his line
    station_preempts: I64  # 1 if customers interrupt the services of those who are called later
    station_numbered: I64  # 1 if the numbers of those who leave stay in line
    station_most_numbers: I64  # -1: any number
    station_call_law: I64  # -1: an absent number is called in no time
    station_call_key: U64
    tickets: Tickets
    station_first_extra: I64  # first server that is an extra counter; those after it are too
    station_n_extra: I64
    station_closes_any: I64  # 1: the service end of any server can close an extra counter
    station_set_up_law: I64  # -1: none
    station_first_threshold: I64  # row of threshold_* for the first extra counter
    threshold_open: I64
    threshold_close: I64
    opening: Opening
    station_when_down: I64  # where everybody goes while no server is up; -1: nowhere
    line_of: I64  # [station, type]
    # works [work]: ways to serve; the first n_stations are the stations' own, the others those of pools
    work_station: I64
    service_law: I64  # [work, type]
    further: I64  # [work, type] how many transactions a service does beyond the first
    service_code: I64  # [work] the law's code where all types share it, else -1
    patience_law: I64  # [station, type], -1: endless
    patience_code: I64  # [station] as service_code; ENDLESS: nobody gives up, nor does a table state any patience
    # routes: row r = (station + 1) * n_types + type, with station -1 the door
    route_first: I64
    route_count: I64
    route_most: I64  # [station + 1] the largest route_count of the station
    route_cum: F64
    route_to: I64  # station, or n_stations + exit
    route_outcome: I64
    route_keeps: I64  # 1: the ticket keeps its place (semantics 43)
    # where who was not served goes, rows of the same table: [ending, station, type]
    ending_first: I64
    ending_count: I64  # 0: leaves the hall
    ending_key: U64  # [ending, station]
    # routes by conditions, rows of the same table; cases [case], those of the door first, then station by station
    case_firsts: I64  # [station + 2] place p (0: the door) has the cases from p to p + 1
    case_term_first: I64
    case_term_count: I64
    case_route_first: I64  # [case, type]
    case_route_count: I64  # [case, type]; 0: goes by the next case
    term_what: I64
    case_chosen: I64  # 1: a way to a hall, which the customer chooses
    term_station: I64  # -1 - i: hall i of the network
    term_low: I64
    term_high: I64
    exit_outcome: I64  # [exit] visit outcome
    network: NetworkTables
    persons: PersonTables
    preparation: Preparations
    helping: Helping
    zones: Zones
    follow_ons: FollowOns
    # lines [line]; lines of a station are contiguous, in order of rank
    line_station: I64
    line_rank: I64
    line_class: I64
    # servers [server]; servers of a station are contiguous
    server_station: I64
    server_factor: F64
    server_work: I64
    server_hash: U64
    outage_time: I64  # every beginning and end of an outage, by (time, kind, station)
    outage_kind: I64  # KIND_REPAIR: the end, KIND_BREAKDOWN: the beginning
    outage_station: I64
    server_first_skill: I64  # row of skill_* for the first line of the station; the other lines follow
    skill_rank: I64  # [pool, line of the station] the order in which the pool calls; -1: it may not
    skill_turn: I64  # [pool, line of the station] the order in which customers of the line try the pools
    # calendar: capacity changes, sorted by (time, kind, entity); entity is a server, or a station (level)
    change_time: I64
    change_kind: I64
    change_entity: I64  # of a level beyond the stations: published waits are renewed
    change_value: I64  # level: the new number, or at named stations the break that is due; server off: unused
    reaches: I64  # [station, station] 1 if a customer at the first can still come to the second
    hours: Hours  # when stations are open
    staff: Staff  # what servers do beside serving, and how they differ in it


def compile_model(model: Model) -> Compiled:
    """Turn a cross-checked model into arrays; one with days is compiled day by day (`compile_days`).

    Raises
    ------
    ValueError
        If the model breaks an assumption that the scenario's checks should have caught.
    """
    laws = Laws()
    sources = source_tables(model, laws.add, SOURCE_KINDS, LONGEST, NO_PLACE)
    return _compiled(model, laws, sources, _hall(model, laws))


def compile_days(model: Model) -> tuple[Compiled, ...]:
    """Compile every day of a hall with days; what the days share is laid out once.

    Raises
    ------
    ValueError
        As `compile_model`.
    """
    laws = Laws()
    hall = _hall(model, laws)
    days = [model.of_day(i) for i in range(len(model.days))]
    return tuple(
        _compiled(
            day,
            laws,
            source_tables(day, laws.add, SOURCE_KINDS, LONGEST, NO_PLACE),
            _hall(day, laws) if model.days[i].stations else hall,
            i,
        )
        for i, day in enumerate(days)
    )


def _hall(model: Model, laws: Laws) -> dict[str, Any]:
    """Return everything but customers and calendar."""
    stations, routes = _stations(model, laws), route_tables(model, STEP_OUTCOMES)
    tables = joining_tables(model, stations["balk_join"], preparation_tables(model, laws.add, routes))
    return {
        "n_types": len(model.types),
        "n_stations": len(model.stations),
        "n_lines": len(stations["line_station"]),
        "n_servers": len(stations["server_station"]),
        "n_works": len(stations["work_station"]),
        "repeats": int(repeats(model)),
        "reaches": reachable(model, hours_of(model)),
        **stations,
        "call_rules": call_tables(model, len(route_terms(model))),
        "exit_outcome": _i64([VISIT_OUTCOMES.index(e.outcome) for e in model.exits]),
        **machine_tables(model, laws.add, KIND_BREAKDOWN, KIND_REPAIR),
        "tickets": ticket_tables(model, laws.add),
        **number_tables(model, laws.add),
        **extra_tables(model, laws.add, stations["station_first_server"], tables),
        "staff": staff_tables(model, laws.add),
        "helping": helping_tables(model),
        "zones": zone_tables(model),
        "follow_ons": follow_on_tables(model),
        "network": network_tables(model),
        "persons": person_tables(model),
    }


def _compiled(model: Model, laws: Laws, sources: dict[str, Any], hall: dict[str, Any], number: int = 0) -> Compiled:
    stated = _some_say(model, "table_patiences")
    hours = hours_of(model)
    patience_code = np.where(stated & (hall["patience_code"] == ENDLESS), -1, hall["patience_code"])
    return Compiled(
        day=number,
        open=model.open,
        close=model.close,
        warm_up=model.warm_up,
        resolution=model.resolution,
        has_table_types=_some_say(model, "table_types") | int(model.horizon is not None),
        has_table_services=_some_say(model, "table_services"),
        has_table_patiences=stated,
        # where not ranks and age alone decide, age does not bring the interrupted to the front
        has_places=_some_say(model, "table_places")
        | int(keeps_tickets(model) or any(s.calls and s.calls.back >= 0 for s in model.stations))
        | int(any((s.pools or s.call_rules or s.goes_on) and interrupts(s) for s in model.stations)),
        has_bookings=int((sources["source_booked_first"] >= 0).any()),
        has_cases=int(bool(model.entry_cases) or any(s.cases for s in model.stations)),
        has_factors=int(any(s.day_cv or s.hour_cv for s in model.sources)),
        has_groups=int(any(s.group_sizes for s in model.sources)),
        has_persons=int(model.horizon is not None),
        **sources,
        **(hall | {"patience_code": patience_code}),
        **calendar_tables(model, hall["station_first_server"], hours, _CALENDAR),
        hours=hours,
        laws=laws.table(),
    )


def _some_say(model: Model, name: str) -> int:
    return int(any(x >= 0 for s in model.sources for x in getattr(s, name)))


def _stations(model: Model, laws: Laws) -> dict[str, Any]:
    shift_codes = {"named": SHIFT_NAMED, "pooled": SHIFT_POOLED, "preemptive": SHIFT_PREEMPTIVE}
    idle_codes = {"longest_idle": IDLE_LONGEST, "lowest_number": IDLE_LOWEST, "random": IDLE_RANDOM}
    work_codes = {"resume": WORK_RESUME, "resample": WORK_RESAMPLE, "repeat": WORK_REPEAT}
    line_station: list[int] = []
    line_rank: list[int] = []
    line_class: list[int] = []
    server_station: list[int] = []
    server_factor: list[float] = []
    balk: list[float] = []
    first_line, first_server, balk_first = [], [], []
    line_of: list[list[int]] = []
    works = [(i, station.service) for i, station in enumerate(model.stations)]
    server_work: list[int] = []
    server_first_skill: list[int] = []
    skills: list[tuple[int, int]] = []
    for i, station in enumerate(model.stations):
        first_line.append(len(line_station))
        order = line_order(station)
        where = {j: len(line_station) + k for k, j in enumerate(order)}
        for j in order:
            line_station.append(i)
            line_rank.append(station.lines[j].rank)
            line_class.append(station.lines[j].ticket_class)
        line_of.append([where[j] for j in station.line_of_type])
        first_server.append(len(server_station))
        server_station.extend([i] * len(station.servers))
        server_factor.extend(s.time_factor for s in station.servers)
        pools = station.pools or (everything(station),)
        pool_work, pool_skill = [], []
        for pool in pools:
            pool_work.append(len(works) if pool.service else i)
            works += [(i, pool.service)] if pool.service else []
            pool_skill.append(len(skills))
            skills.extend((pool.ranks[j], pool.turns[j]) for j in order)
        server_work.extend(pool_work[s.pool] for s in station.servers)
        server_first_skill.extend(pool_skill[s.pool] for s in station.servers)
        balk_first.append(len(balk))
        balk.extend(station.join_probability)
    stations = model.stations
    return {
        "station_room_total": _i64([s.room_total for s in stations]),
        "station_room_waiting": _i64([s.room_waiting for s in stations]),
        "station_delay": _i64([s.delay for s in stations]),
        "station_outside": _i64([s.outside for s in stations]),
        "ending_key": _u64([[draws.name_hash(f"after {e}", s.luck) for s in stations] for e in ENDINGS]),
        "station_balk_first": _i64(balk_first),
        "station_balk_count": _i64([len(s.join_probability) for s in stations]),
        "balk_join": _f64(balk),
        "station_interrupted": _i64([work_codes[s.interrupted] for s in stations]),
        "station_shift_end": _i64([shift_codes[s.shift_end] for s in stations]),
        "station_idle_choice": _i64([idle_codes[s.idle_choice] for s in stations]),
        "station_first_server": _i64(first_server),
        "station_n_servers": _i64([len(s.servers) for s in stations]),
        "station_first_line": _i64(first_line),
        "station_n_lines": _i64([len(s.lines) for s in stations]),
        "station_service_key": _u64([draws.name_hash("service", s.luck) for s in stations]),
        "station_patience_key": _u64([draws.name_hash("patience", s.luck) for s in stations]),
        "station_route_key": _u64([PURPOSE_ENTRY if s.door else draws.name_hash("route", s.luck) for s in stations]),
        "station_balk_key": _u64([draws.name_hash("balk", s.luck) for s in stations]),
        "station_idle_key": _u64([draws.name_hash("idle", s.luck) for s in stations]),
        "line_of": _i64(line_of),
        "station_preempts": _i64([s.preempts for s in stations]),
        "station_skilled": _i64([bool(s.pools) for s in stations]),
        "work_station": _i64([i for i, _ in works]),
        "service_law": _i64([[laws.add(law) for law in service] for _, service in works]),
        "further": _i64([[(t.count - 1) * stations[i].per_transaction for t in model.types] for i, _ in works]),
        "service_code": _i64([_shared_code(service) for _, service in works]),
        "patience_law": _i64([[laws.add(law) for law in s.patience] for s in stations]),
        "patience_code": _i64([_shared_code(s.patience) for s in stations]),  # before any table says more
        "line_station": _i64(line_station),
        "line_rank": _i64(line_rank),
        "line_class": _i64(line_class),
        "server_station": _i64(server_station),
        "server_factor": _f64(server_factor),
        "server_work": _i64(server_work),
        "server_first_skill": _i64(server_first_skill),
        "skill_rank": _i64([rank for rank, _ in skills]),
        "skill_turn": _i64([turn for _, turn in skills]),
    }


def _shared_code(laws: Sequence[Law | None]) -> int:
    codes = {ENDLESS if law is None else law.packed().code for law in dict.fromkeys(laws)}
    return codes.pop() if len(codes) == 1 else -1
