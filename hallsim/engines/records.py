"""Records the kernel works on: one per customer slot, station, line, server, source; and its codes.

What never changes in a table stands beside what does: few tables, and a record is one or two cache lines.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# --- status of a run; positive: grow and repeat, negative: an error --------------------------------------
OK = 0
ROWS_FULL = 1
RING_FULL = 2
HEAP_FULL = 3
SERVER_ROWS_FULL = 4
NUMBERS_FULL = 5
NOTES_FULL = 6
BAD_DURATION = -1
PEOPLE_LEFT = -2
BAD_DISPATCH = -3
TOO_MANY_STEPS = -4
MACHINES_FULL = -5

# --- state of a customer's slot ---------------------------------------------------------------------------
FREE = 0
PRESENT = 1  # drawn; not in a line
WAITING = 2
IN_SERVICE = 3
IN_DELAY = 4
CALLED = 5  # to a server, and has not answered yet

# --- state of an overlay slot ---------------------------------------------------------------------------------
CALLED_WITHOUT = 0  # in service before anybody came to prepare, and interrupted
GOING_ON = 1
OVER = 2
BROKEN_OFF = 3
BACK = 4  # from a terminal, and not called yet

# --- what is left to do of a customer's work, where it is no time
NO_WORK_LEFT = np.int64(-1)
WORK_PREPARED = np.int64(-2)  # the overlay slot has more to say of it

# --- state of a server --------------------------------------------------------------------------------------
SERVER_OFF = 0
SERVER_IDLE = 1
SERVER_BUSY = 2
SERVER_LAST = 3  # busy with the last customer of the shift
SERVER_DOWN = 4  # on duty, but broken down or taken down
SERVER_SET_UP = 5  # on duty, but not yet ready
SERVER_BREAK = 6  # on duty, but on a break

SHIFT_WATCHED = 3
"""Way to end a shift of named servers whose every service end has to be looked at; else as SHIFT_NAMED."""

ASKS_RULE = 2
"""Value of `asks` where whom a server calls depends on a call rule."""
GREW = 1
HELPED = 2
"""Bits of `line_watched`: extra counters may open, or clerks prepare; pools of others may call."""

# --- events of machines
REPAIRED = 0
OUTAGE_END = 1
READY = 2
BREAKS_DOWN = 3
OUTAGE = 4
TICK = -1
"""Kinds of events; the entity is kind * (n_servers + n_stations) + the server, or for outages the station."""

OUTSIDE = np.int64(-1)
"""Station at which somebody waits for a place who is at none."""

NOBODY = np.int64(-1)
NOTHING = np.int64(0)
"""A zero for calls: numba would compile a function anew for every literal it is called with."""

CHUNK = 64
"""Gaps drawn at a time from each source: few are wasted when the doors close."""
FEW_TYPES = 32
"""Up to so many types of customers it is quicker to compare with all of them than to search."""
GUIDE = 256
"""Entries of the table that says where among many types a search begins."""


def _records(*fields: str, floats: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> np.dtype[Any]:
    every = [(f, np.int64) for f in fields] + [(f, np.float64) for f in floats] + [(f, np.uint64) for f in keys]
    size = 1 << (8 * len(every) - 1).bit_length()  # a power of two: an index becomes an address by a shift
    names, formats = zip(*every, strict=True)
    offsets = range(0, 8 * len(every), 8)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


CUSTOMER = _records(
    *("number", "status", "join", "call", "sequence", "deadline", "line", "server", "step", "ahead"),
    *("next", "previous"),
    "left",  # microseconds of interrupted work still to do; -1: none
)
STATION = _records(
    *("room_total", "room_waiting", "delay", "outside", "balk_first", "balk_count", "interrupted", "shift_end"),
    *("idle_choice", "first_server", "n_servers", "first_line", "n_lines", "patience_code"),
    "choosy",  # 1 where which idle server takes a customer is more than who has been idle longest
    "ahead",  # stays that are drawn ahead: 1, or 0 where few come; asked only where customers come back
    "alike",  # 1 where all servers do the same work at the same speed, so that `ticks` knows how long it takes
    # 1 where whom a server calls depends on more than the lines' ranks and ages: on places, or the server; or ASKS_RULE
    "asks",
    "machined",  # 1 where servers can be down
    "staffed",  # 1 where servers do more than serve, or differ in more than a factor
    "attended",  # 1 where beginnings of services are looked at for that
    *("fails_by", "fail_law", "uses", "repair_law", "crew", "send_to", "when_down"),
    *("preempts", "numbered", "most_numbers", "call_law"),
    *("quotes", "quote_grain"),
    *("recalls", "time_out_law", "back"),
    "answers",  # slots from here on may not answer a call: absent numbers, or everybody
    *("first_extra", "n_extra", "closes_any", "set_up_law", "first_threshold"),
    # running
    "absent",  # numbers in line whose holders have left; `waiting` counts them too
    *("extra_open", "setting_up"),  # extra counters that stay open, and those that are not yet ready
    *("repairing", "first_broken", "last_broken"),  # repairs that go on; machines that wait for one
    *("inside", "waiting"),
    "level",  # servers that may call: named, on duty and not leaving; else the level of the calendar
    "on_duty",  # pooled and pre-emptive stations: servers there, surplus included
    "level_since",  # when the level last fell
    "last_left",  # when a customer last left the station
    "idle_count",
    *("first_case", "n_join_cases", "first_join"),  # conditions on joining
    "guarded",  # 1 where joining is not a matter of course: room, balking, a delay, or closed with nobody on duty
    "forgiving",  # 1 if some who give up do not leave the hall
    "line_watched",  # where it matters that the line has grown: GREW (extra counters, preparations), HELPED, or both
    "prepares",  # 1 where servers prepare customers of other stations
    *("first_of", "beyond_of"),  # between these are the rows of overlays that its servers see to
    *("first_help", "n_helps"),  # stations whose lines the servers call too
    *("first_seen", "n_seen"),  # stations where servers who are idle prepare, or help
    "helped",  # 1 where servers of others do
    "bounded",  # 1 where who is prepared depends on more than having joined
    "zone",  # where it lies, -1
    "waited_in",  # 1 where its customers only wait there
    *("turns_away", "blocks"),  # what becomes of who comes when the zone is full; neither: he waits outside
    "outside_zone",  # running: how many of those inside do
    *("opens", "closes", "annex", "overnight"),
    "closed",  # running: 1 after its doors closed
    keys=("service_key", "patience_key", "route_key", "balk_key", "idle_key", "call_key", "answer_key"),
)
# [station + 1, type], and of the works that no station has of its own the law of service
BY_TYPE = _records("line", "service_law", "patience_law", "route_first", "route_count", "further")
WORK = _records("station", "code", "several")
SKILL = _records(
    *("rank", "turn"),
    "later",  # 1: the line is called, too, when somebody has waited long enough
)
ZONE = _records("places", "overflow")
KEPT = _records(
    *("next", "previous"),
    "number",  # of the customer who waits for a place; -1: nobody
    "to",  # the station
    "at",  # where he is blocked; OUTSIDE: he has joined the other, and waits outside its zone
    *("server", "row"),  # whom he keeps, and by which route he goes on
    "since",
)
LIMITS = _records("first", "count")  # of a line: the waits that let others call it
ENDING = _records("route_first", "route_count")  # [ending, station, type]; no routes: leaves the hall
QUOTED = _records("first", "count")  # [station, type] steps of what customers make of a quote
QUOTE_STEP = _records("at_least", floats=("join", "patience"))
FOLLOW_ON = _records("type", floats=("cum",))  # what a customer may become when he has been served
TRANSFER = _records("number", "step", "sequence")  # of the customer, in which step he keeps which order of joining
SKIPPED = _records("number", "station", "stay")  # of the customer, where, and how often he had joined there
CASE = _records(
    *("term_first", "term_count", "chosen"),
    "costly",  # 1: the last of its place, and asked only for whom it would lead elsewhere
)
BRANCH = _records(
    *("first", "beyond", "published"),
    "wait",  # the one that it has published last
)
WAY = _records("branch", floats=("travel", "wait", "liking"), keys=("key",))
TERM = _records("what", "station", "low", "high")
RULE = _records("term_first", "term_count", "first_order", "grace", "early", "late", "by_calling")
ORDER = _records("rank", "score", "weight", "head_start", "after", "waiting")
ROUTE = _records("to", "outcome", "keeps", floats=("cum",))
LINE = _records(
    *("station", "rank", "length"),
    "deserted",  # 1 after closing where nobody is on duty who may call it
)
SERVER = _records(
    *("station", "state", "customer", "end", "since", "shift_end", "idle_next", "idle_previous"),
    "work",  # how he serves: a row of works
    "first_skill",  # row of skills for the first line of the station
    *("home", "home_work"),  # his own station and work; `station` and `work` are those where he is
    floats=("factor",),
)
THRESHOLD = _records("opens_at", "closes_at")
MACHINE = _records(
    "causes",  # how many breakdowns and outages hold it down
    "fail_at",  # when it breaks down next, as things stand; NEVER while its clock does not run
    "left",  # microseconds or uses to the next breakdown when the clock last stopped; -1: not drawn
    "failures",  # so far; of an extra counter the set-ups
    "next",  # who waits for the repair crew behind it, -1
    "down_since",
    "began",  # its last service, or call of an absent number
    "called",  # whom it is calling: a slot, or -1: an absent number
    "answered",  # 1 if he answers in the end
    keys=("name", "key"),
)
PERSON = _records(
    "breaks",  # bit i: the station's break i is for him
    "due",  # bit i: it is due, and not yet taken
    "taken",  # row of the break that he is on
    "began",  # it, or the work that a customer has left
    "rested",  # when his last break ended
    "serving",  # 1 if the end of a service has not been looked at
    "wrap_up",  # ticks of work that the customer in service will leave; after it -1 while that goes on
    "done",  # services
    "until",  # when his last work left over ended
    *("curve", "n_curve"),  # his factors as a novice
    "is_absent",  # 1: today
    "twin",  # the same person's next server, in a ring
    "expected",  # 1: his shift here has begun while he is busy at another of these
    *("first_window", "n_windows"),  # of an extra counter: when somebody can be called to it
    *("closings", "free_from"),  # how often it has closed; when he is back, and can be called again
    floats=("factor", "fatigue", "most_tired", "absent"),
    keys=("name",),
)
STAFFING = _records(  # of a station
    *("first_break", "n_breaks", "on_break"),
    *("measure", "review", "back_law", "case"),  # of its extra counters
    keys=("walk_key", "wrap_up_key"),
)
WINDOW = _records("begin", "end")
AROUND = _records("walk_law", "wrap_up_law")
BREAK = _records("end", "law", "at_once", "paid")
SOURCE = _records(
    *("kind", "first", "count", "end", "law", "start", "opens", "group_first", "group_count"),
    *("early", "late", "booked_first", "day_law", "hour_law", "booked"),
    # running
    "coming",  # of those with appointments
    *("position", "drawn", "index", "piece", "done"),
    "gaps",  # gaps drawn so far: times of customers, or of groups
    "groups",  # groups that have come altogether
    "left",  # of the group that is coming
    floats=(
        "show",
        "mass",
        "piece_mass",
    ),  # poisson: cumulative rate consumed, and up to the piece; renewal: time consumed
    keys=("name", "stream", "varies_with"),
)
PIECE = _records("start", "end", "hour", floats=("rate", "mean_rate"))  # `rate` is the running day's
PREPARATION = _records(
    *("by", "finishes", "low", "high", "case"),
    floats=("factor", "rework", "perceived"),
    keys=("key", "wants_key", "done_key", "fails_key", "after_key"),
)
PREPARED_TYPE = _records("law", "after", floats=("wants", "done", "fails"))
OVERLAY = _records(
    *("number", "step"),  # of the customer, and of the step that it is about
    *("of", "status"),  # row of the table of overlays
    *("helper", "began", "ends", "result"),
    *("tried", "sale"),  # what a stay at a terminal came to; 1: a sale has still to be served
    *("counter", "called"),  # who waits for it, and since when; -1: nobody
    "left",  # microseconds of interrupted service still to do; -1: none
)
BOOKED = _records("time", "index")
GROUP = _records("number", floats=("cum",))
LISTED = _records("time", "type", "service", "patience", "place", keys=("key",))
CHANGE = _records("time", "kind", "entity", "value")
EVENT = _records("time", "entity")

# --- the tables of a workspace: name and dtype -----------------------------------------------------------------
I64, F64, U64 = np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.uint64)
TABLES: dict[str, np.dtype[Any]] = {
    "stations": STATION,
    "by_type": BY_TYPE,  # [work + 1, type]; work -1 is the door, the first are the stations
    "works": WORK,  # the stations' own, then those of pools
    "machines": MACHINE,  # [server]
    "machine_heap": EVENT,
    "people": PERSON,  # [server]
    "staffing": STAFFING,  # [station]
    "breaks": BREAK,
    "preparations": PREPARATION,  # [overlay]: what clerks do, by station; then terminals, by station
    "prepared_types": PREPARED_TYPE,  # [overlay, type]
    "overlays": OVERLAY,  # [slot] what happens while a place is kept; kept only where anybody is prepared
    "help_at": I64,  # stations, row by row of `first_help`
    "seen": I64,  # stations, row by row of `first_seen`
    "around": AROUND,  # [station, type] work around a service
    "type_factors": F64,  # [server, type]
    "curves": F64,
    "windows": WINDOW,
    "line_means": F64,  # [line] mean service that extra counters estimate waits by
    "thresholds": THRESHOLD,  # of a station's extra counters, in the order of opening
    "outages": EVENT,  # what the calendar puts into that heap
    "skills": SKILL,  # [pool, line of its station] what a server may call
    "routes": ROUTE,
    "cases": CASE,
    "case_firsts": I64,  # [station + 2]
    "case_routes": ENDING,  # [case, type]; no routes: goes by the next case
    "terms": TERM,
    "branches": BRANCH,  # halls of the network
    "ways": WAY,  # [station]; empty where there is no network
    "rules": RULE,  # of calling, station by station
    "rule_firsts": I64,  # [station + 1]
    "orders": ORDER,  # of each rule, the rows of its station's skills
    "line_limits": LIMITS,
    "limits": I64,
    "expected": I64,  # [work, type] service in microseconds; empty where no rule asks
    "endings": ENDING,
    "ending_keys": U64,  # [ending, station]
    "unanswered": F64,  # [station, type]
    "again": F64,  # [station]
    "follow_ons": FOLLOW_ON,
    "follow_firsts": I64,  # [type + 1]
    "goes_on": I64,  # [station] 1: a server goes on with a customer who has another transaction
    "followed": I64,  # [slot] transactions that others have followed; kept only where any do
    "transfers": TRANSFER,  # [slot] the last time that his ticket kept its place
    "skipped": SKIPPED,  # [slot] the last time that he did not answer
    "quoted": QUOTED,
    "quote_steps": QUOTE_STEP,
    "line_quotes": F64,  # [line] what an estimate adds for each ahead and one server
    "lines": LINE,
    "servers": SERVER,
    "sources": SOURCE,
    "pieces": PIECE,  # stretches of constant rate
    "group_sizes": GROUP,
    "booked": BOOKED,  # who comes of those with appointments, by time
    "listed": LISTED,  # arrivals from tables, and what these say of the customers; -1: nothing
    "changes": CHANGE,  # the calendar
    "mixes": F64,  # [source, type] cumulative
    "guides": I64,  # [source, GUIDE] the first type whose cumulative share is above i / GUIDE
    "balk_join": F64,
    "exit_outcome": I64,  # [exit]
    "route_most": I64,  # [station + 1] the largest number of routes of any type
    "route_bounds": F64,  # [station + 1][route, type] cumulative probabilities; 2 where a type has fewer routes
    "route_bound_first": I64,  # [station + 1]
    "reaches": I64,  # [station, station]
    "law_code": I64,
    "law_numbers": F64,  # [law, 4]
    "law_first": I64,
    "law_size": I64,
    "law_part": I64,
    "law_table": F64,
    # [slot], then one record a line, then absent numbers: their `left` is the time of the call, `ahead` the type of the
    # holder, `call` when he came to the hall, `deadline` when he was booked (or NEVER)
    "customers": CUSTOMER,
    "arrivals": I64,  # [slot] drawn ahead, as are the next eight
    "keys": U64,  # [slot]
    "types": I64,  # [slot]
    "origins": I64,  # [slot] source
    "indices": I64,  # [slot] in the source
    "services": F64,  # [work, slot] for first stays, as the next three where these are drawn ahead
    "ticks": I64,  # [station, slot] likewise, rounded; where all servers are alike; -1: no possible duration
    "patiences": F64,  # [station, slot] for first stays
    "next_rows": I64,  # [station + 1, slot] row in the routing table, for first stays
    "stays": I64,  # [station, slot] how often he joined there; kept only where customers come back
    "refusals": I64,  # [station, slot] how often he came there and did not join; likewise
    "places": I64,  # [slot] where he stands in his line; kept only where a table gives places
    "zones": ZONE,
    "kept": KEPT,  # [slot] who waits for a place, then where their list starts and ends
    "persons": U64,  # [customer] the key of everybody drawn so far, by number; kept only where they may come again
    "person_first": I64,  # [plain type]; this and the next three are empty where customers are not drawn from persons
    "person_beyond": I64,  # [plain type]
    "person_cum": F64,  # [person]
    "person_offset": I64,  # [person] of today
    "told": F64,  # [slot] what he makes of the last quote: a factor of his patience
    "scratch": F64,  # [block]
    "gap_times": I64,  # [source, CHUNK] arrival times drawn ahead
    "gaps": F64,  # [CHUNK]
    "ends": EVENT,
    "heap": EVENT,
    "rows": I64,  # [row, ROW_FIELDS]
    "server_rows": I64,  # [row, SERVER_ROW_FIELDS]
    "notes": I64,  # [note, NOTE_FIELDS]
}

DAY = _records(
    # the hall
    *("n_types", "n_stations", "n_works", "n_lines", "n_servers", "n_sources", "n_changes", "close", "resolution"),
    *("repeats", "has_table_types", "has_table_services", "has_table_patiences", "has_places"),
    *("has_groups", "has_bookings", "has_cases", "has_factors"),
    *("n_branches", "renewed"),
    *("has_calls", "has_transfers", "has_machines", "n_outages", "has_staff", "has_overlays", "has_helpers"),
    *("has_follow_ons", "has_persons", "has_stages"),
    *("has_zones", "n_zones"),
    # the running day
    "status",
    "change",  # next row of the calendar
    "t_rare",  # when the calendar or a machine has its next event
    "n_machines",  # entries in the heap of machines
    "n_rows",
    "n_server_rows",
    "n_notes",
    "end",  # when the last customer had left
    "n_ends",  # entries in the list of service ends
    "n_heap",  # entries in the heap of patience ends
    "n_waiting",  # customers in any line
    "n_kept",  # customers who wait for a place
    "first_number",  # a record for an absent number that is not in use
    "sequence",  # how often anybody joined any line
    "loaded",  # customers drawn so far
    "closed",  # 1 after the doors closed
    "exhausted",  # 1 when no source has any customer left
    # sizes
    *("ring", "block", "row_room", "server_row_room", "heap_room", "machine_room", "number_room", "note_room"),
    # where the far functions are
    *("draw_at_code", "load_block_code", "day_code", "ask_to_join_code", "pick_on_coming_code"),
    # and those that only some halls need; 0 where they do not
    *("interrupt_code", "on_machine_code", "leaves_after_code", "take_over_code", "call_numbers_code"),
    *(
        "staff_code",
        "tell_quote_code",
        "estimated_wait_code",
        "call_in_vain_code",
        "on_called_code",
        "draw_factors_code",
        "join_by_case_code",
        "know_persons_code",
        "know_stages_code",
    ),
    *("line_grew_code", "take_up_code", "prepared_work_code", "drop_preparation_code"),
    *("keep_preparation_code", "on_preparation_end_code", "on_deadline_code", "follow_on_code"),
    *("no_place_code", "keep_out_code", "hold_back_code", "close_out_code", "let_in_code"),
    *("choose_way_code", "renew_waits_code"),
    *("call_by_rule_code", "get_help_code", "wait_for_help_code", "begin_work_code"),
    # where each table lies and how many entries it has
    *(f"{name}_{what}" for name in TABLES for what in ("at", "n")),
)
"""The record that compiled functions pass around: the day's scalars and the addresses of all tables."""
