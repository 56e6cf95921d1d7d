"""Calls and joins: who serves whom, and what becomes of a customer who comes to a station.

The middle part of the kernel, between its lists and its events; names and order as in semantics.md.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    ENDING_BALKED,
    ENDING_BLOCKED,
    ENDLESS,
    FAIL_BUSY,
    NEVER,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_INTERRUPTED,
    VISIT_BALKED,
    VISIT_CLOSED_OUT,
    VISIT_TURNED_AWAY,
    WORK_REPEAT,
    WORK_RESUME,
)
from hallsim.compiling.annexes import EVERYWHERE
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.answering import call_in_vain, call_ticks
from hallsim.engines.conditions import join_by_case
from hallsim.engines.endings import earlier_comings, end_unserved, where_after
from hallsim.engines.far import INT, caller, entry, promised, record_at
from hallsim.engines.lists import (
    DELAY,
    PATIENCE,
    append_number,
    append_to_line,
    become_idle,
    cancel_end,
    drop_number,
    first_idle,
    first_in_line,
    insert_by_place,
    leave_idle,
    prepend_to_line,
    schedule_deadline,
    schedule_end,
    stop_waiting,
)
from hallsim.engines.machines import wear, worn
from hallsim.engines.pools import choose_line_by_skill, choose_server, nobody_free, nobody_up, skill_of
from hallsim.engines.predraw import further_work
from hallsim.engines.quotes import tell_quote
from hallsim.engines.recording import record_step
from hallsim.engines.records import (
    ASKS_RULE,
    BAD_DISPATCH,
    BAD_DURATION,
    DAY,
    GREW,
    HELPED,
    IN_DELAY,
    IN_SERVICE,
    NO_WORK_LEFT,
    NOBODY,
    NOTHING,
    SERVER_BUSY,
    SERVER_IDLE,
    WAITING,
)
from hallsim.engines.times import draw, to_ticks
from hallsim.engines.work import begin_work
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)
_CALL_RULES = "hallsim.engines.call_rules"
call_by_rule = promised("call_by_rule", _CALL_RULES, DAY, INT, INT, INT, INT)
get_help = promised("get_help", _CALL_RULES, DAY, INT, INT, INT)
wait_for_help = promised("wait_for_help", _CALL_RULES, DAY, INT, INT, INT, INT)
_PREPARING = "hallsim.engines.preparing"  # which calls servers, as this module calls it
prepared_work = promised("prepared_work", _PREPARING, DAY, INT, INT, INT, INT)
keep_preparation = promised("keep_preparation", _PREPARING, DAY, INT, INT, INT, INT)
take_up = promised("take_up", _PREPARING, DAY, INT, INT, INT, INT)
line_grew = promised("line_grew", _PREPARING, DAY, INT, INT, INT)
drop_preparation = promised("drop_preparation", _PREPARING, DAY, INT, INT, INT)
on_preparation_end = promised("on_preparation_end", _PREPARING, DAY, INT, INT, INT)
_ZONES = "hallsim.engines.zones"  # likewise
no_place = promised("no_place", _ZONES, DAY, INT, INT, INT)
keep_out = promised("keep_out", _ZONES, DAY, INT, INT, INT, INT, INT)

# --- calls (semantics 8, 9, 12) -------------------------------------------------------------------------------


@routine
def _work_ticks(w, slot, st, server, t):  # type: ignore[no-untyped-def]
    """Return how long a service takes that was not drawn ahead in ticks: not the first here, or not alike."""
    out_of_line()
    walk = np.int64(0)
    if tables.stations(w)[st].attended:
        walk = begin_work(w, slot, server, t)
    servers = tables.servers(w)
    stays = tables.stays(w)
    work = tables.services(w)[servers[server].work * w.ring + slot]
    if w.repeats and stays[st * w.ring + slot] > tables.stations(w)[st].ahead:
        k = np.uint64(stays[st * w.ring + slot] - 1)
        law = tables.by_type(w)[(servers[server].work + 1) * w.n_types + tables.types(w)[slot]].service_law
        work = draw(w, law, tables.keys(w)[slot], tables.stations(w)[st].service_key, k)
        work += further_work(w, servers[server].work, law, slot, k)
    ticks = to_ticks(work * servers[server].factor, w.resolution)
    return walk + ticks if ticks >= 0 else ticks


@inline
def start_service(w, slot, st, server, t):  # type: ignore[no-untyped-def]
    """Call a customer to a server; the service time is rounded to ticks once, here or ahead."""
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    customers[slot].call = t
    customers[slot].server = server
    customers[slot].status = IN_SERVICE
    ticks = tables.ticks(w)[st * w.ring + slot]
    if customers[slot].left != NO_WORK_LEFT:
        ticks = customers[slot].left
        customers[slot].left = NO_WORK_LEFT
        if stations[st].attended:
            begin_work(w, slot, server, t)
        if ticks < 0:
            ticks = prepared_work(w, slot, server, t)
    elif not stations[st].alike or (w.repeats and tables.stays(w)[st * w.ring + slot] > 1):
        ticks = _work_ticks(w, slot, st, server, t)
    if ticks < 0:
        w.status = BAD_DURATION
        ticks = 0
    servers[server].customer = slot
    servers[server].end = t + ticks
    schedule_end(w, server, t + ticks)
    if stations[st].machined:
        wear(w, server, st, t, t + ticks)


@inline
def choose_line(w, st):  # type: ignore[no-untyped-def]
    """Return the line a free server calls: lowest rank first, the oldest ticket among equal ranks."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    first = stations[st].first_line
    best = np.int64(-1)
    for line in range(first, first + stations[st].n_lines):
        if lines[line].length > 0:
            if best < 0:
                best = line
            elif lines[line].rank > lines[best].rank:
                break
            elif customers[first_in_line(w, line)].sequence < customers[first_in_line(w, best)].sequence:
                best = line
    return best


@routine
def serve_now(w, slot, st, server, t):  # type: ignore[no-untyped-def]
    """Call a customer to a server; as `start_service`, out of line because it is rare."""
    out_of_line()
    tables.servers(w)[server].state = SERVER_BUSY
    start_service(w, slot, st, server, t)


@routine
def call_ticket(w, server, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Let a free server call whose turn it is; return 0 if he calls on, past an absent number that takes no time."""
    out_of_line()
    servers = tables.servers(w)
    if slot < w.ring:
        stop_waiting(w, slot, st, line)
        if tables.stations(w)[st].recalls < 0 or call_in_vain(w, slot, server, t) == 0:
            serve_now(w, slot, st, server, t)
        return np.int64(1)
    ticks = tables.customers(w)[slot].left
    drop_number(w, slot, st, line)
    if ticks == 0:
        return np.int64(0)
    servers[server].state = SERVER_BUSY
    servers[server].customer = NOBODY
    servers[server].end = t + ticks
    tables.machines(w)[server].began = t
    tables.machines(w)[server].called = NOBODY
    schedule_end(w, server, t + ticks)
    return np.int64(1)


@inline
def _call_numbers(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server call on from somebody who may not be there: to who is, to a call that takes time, or to none."""
    stations = tables.stations(w)
    line = choose_line_by_skill(w, st, server)
    while line >= 0:
        if call_ticket(w, server, first_in_line(w, line), st, line, t):
            return NOTHING
        line = choose_line_by_skill(w, st, server) if stations[st].waiting > 0 else np.int64(-1)
    become_idle(w, server, st)
    return NOTHING


@entry("call_numbers", "int64(int64, int64, int64, int64)")
def _call_numbers_entry(address, server, st, t):  # type: ignore[no-untyped-def]
    return _call_numbers(_day_at(address), server, st, t)


call_numbers = caller("call_numbers", _call_numbers, DAY, INT, INT, INT, INT)


@inline
def pick_next(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server that may call take its next customer, or become idle."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    if stations[st].waiting == 0:
        become_idle(w, server, st)
        return
    if stations[st].asks:
        if stations[st].asks == ASKS_RULE:
            call_by_rule(w, server, st, t)
            return
        line = choose_line_by_skill(w, st, server)
    else:
        line = choose_line(w, st)
    if line < 0:  # nobody waits whom this server may call
        become_idle(w, server, st)
        return
    slot = first_in_line(w, line)
    if slot >= stations[st].answers:
        call_numbers(w, server, st, t)
        return
    stop_waiting(w, slot, st, line)
    servers[server].state = SERVER_BUSY
    start_service(w, slot, st, server, t)


@inline
def look_beyond(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server who has picked look beyond the lines of his station where that can come to anything."""
    station = tables.stations(w)[st]
    if station.bounded or (
        station.n_seen > 0 and tables.servers(w)[server].state == SERVER_IDLE and _sees_somebody(w, station)
    ):
        take_up(w, server, st, t)


@inline
def _sees_somebody(w, station):  # type: ignore[no-untyped-def]
    """Return whether anybody waits where idle servers of a station help or prepare."""
    stations = tables.stations(w)
    i = station.first_seen
    while i < station.first_seen + station.n_seen:
        if stations[tables.seen(w)[i]].waiting > 0:
            return True
        i += 1
    return False


@inline
def _pick_on_coming(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server who has just come on duty pick; as `pick_next`, out of line because it is rare."""
    pick_next(w, server, st, t)
    look_beyond(w, server, st, t)
    return NOTHING


@entry("pick_on_coming", "int64(int64, int64, int64, int64)")
def _pick_on_coming_entry(address, server, st, t):  # type: ignore[no-untyped-def]
    return _pick_on_coming(_day_at(address), server, st, t)


pick_on_coming = caller("pick_on_coming", _pick_on_coming, DAY, INT, INT, INT, INT)


# --- joining and leaving (semantics 4, 7, 10, 18) -----------------------------------------------------------------


@inline
def wait_in_line(w, slot, st, line):  # type: ignore[no-untyped-def]
    """Start the clock of patience for a customer who has just been put into a line; it runs from his joining on."""
    by_type = tables.by_type(w)
    customers = tables.customers(w)
    keys = tables.keys(w)
    patiences = tables.patiences(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    types = tables.types(w)
    customers[slot].status = WAITING
    stations[st].waiting += 1
    w.n_waiting += 1
    customers[slot].deadline = NEVER
    if stations[st].patience_code != ENDLESS:
        law = by_type[(st + 1) * w.n_types + types[slot]].patience_law
        patience = patiences[st * w.ring + slot]  # without a law: what a table states, or -1
        if w.repeats and stays[st * w.ring + slot] > stations[st].ahead:
            patience = -1.0
            if law >= 0:
                k = np.uint64(stays[st * w.ring + slot] - 1)
                patience = draw(w, law, keys[slot], stations[st].patience_key, k)
                if stations[st].quotes:
                    patience *= tables.told(w)[slot]
        if law >= 0 or patience >= 0.0:
            ticks = to_ticks(patience, w.resolution)
            if ticks < 0:
                w.status = BAD_DURATION
            else:
                schedule_deadline(w, slot, customers[slot].join + ticks, PATIENCE)


@inline
def _interrupt(w, server, st, t):  # type: ignore[no-untyped-def]
    """Send the customer of a server who must stop back to the head of the line, or to somebody idle."""
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    slot = servers[server].customer
    line = customers[slot].line
    record_step(w, slot, line, np.int64(STEP_INTERRUPTED), NOTHING, NOTHING, t)
    if stations[st].interrupted == WORK_RESUME or stations[st].closed:
        customers[slot].left = servers[server].end - t
    elif stations[st].interrupted == WORK_REPEAT:
        customers[slot].left = servers[server].end - customers[slot].call
    if w.has_overlays:
        keep_preparation(w, slot, server, t)
    cancel_end(w, server)
    servers[server].customer = NOBODY
    customers[slot].join = t
    customers[slot].call = -1
    customers[slot].server = NOBODY
    customers[slot].ahead = 0
    stays[st * w.ring + slot] += 1
    other = choose_server(w, slot, st, line) if stations[st].idle_count > 0 else np.int64(-1)
    if other >= 0:
        leave_idle(w, other, st)
        serve_now(w, slot, st, other, t)
    else:
        prepend_to_line(w, slot, line)
        wait_in_line(w, slot, st, line)
        if stations[st].line_watched & HELPED:
            wait_for_help(w, slot, line, t)
    return NOTHING


@entry("interrupt", "int64(int64, int64, int64, int64)")
def _interrupt_entry(address, server, st, t):  # type: ignore[no-untyped-def]
    return _interrupt(_day_at(address), server, st, t)


interrupt = caller("interrupt", _interrupt, DAY, INT, INT, INT, INT)


@inline
def _take_over(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Let a customer interrupt a service that may wait for his; return whether there was one (semantics 33)."""
    customers = tables.customers(w)
    servers = tables.servers(w)
    skills = tables.skills(w)
    stations = tables.stations(w)
    line = customers[slot].line
    best = np.int64(-1)
    best_rank = np.int64(0)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        other = servers[server].customer
        if servers[server].state == SERVER_BUSY and other >= 0:
            mine = skills[skill_of(w, server, line)].rank
            rank = skills[skill_of(w, server, customers[other].line)].rank
            if 0 <= mine < rank:
                later = best < 0 or rank > best_rank
                if best >= 0 and rank == best_rank:
                    later = customers[other].call >= customers[servers[best].customer].call
                if later:
                    best = server
                    best_rank = rank
    if best < 0:
        return np.int64(0)
    if stations[st].fails_by == FAIL_BUSY:
        worn(w, best, st, t)
    interrupt(w, best, st, t)
    serve_now(w, slot, st, best, t)
    return np.int64(1)


@entry("take_over", "int64(int64, int64, int64, int64)")
def _take_over_entry(address, slot, st, t):  # type: ignore[no-untyped-def]
    return _take_over(_day_at(address), slot, st, t)


take_over = caller("take_over", _take_over, DAY, INT, INT, INT, INT)


@inline
def _turned_back(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Return 0 if the customer joins, a step outcome if he is turned back or does not want to."""
    balk_join = tables.balk_join(w)
    keys = tables.keys(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    if stations[st].room_total >= 0 and stations[st].inside >= stations[st].room_total:
        return STEP_BLOCKED
    if (
        stations[st].room_waiting >= 0
        and stations[st].waiting - stations[st].absent >= stations[st].room_waiting
        and nobody_free(w, st, line)
    ):
        return STEP_BLOCKED
    if stations[st].turns_away and no_place(w, slot, st) != 0:
        return STEP_BLOCKED
    n = stations[st].balk_count
    cases = stations[st].n_join_cases
    seen = stations[st].inside
    if stations[st].numbered:
        seen = lines[line].length
        if not nobody_free(w, st, line):
            n = cases = np.int64(0)  # taken at once, whatever the display shows
        elif 0 <= stations[st].most_numbers <= stations[st].waiting:
            return STEP_BLOCKED
    row = stations[st].balk_first + min(seen, n - 1) if n > 0 else np.int64(-1)
    if cases > 0:
        row = max(row, join_by_case(w, slot, st, t))  # rows of conditions come after all others
    if row >= 0:
        joining = balk_join[row]
        if joining < 1.0:
            k = earlier_comings(w, slot, st)
            if uniform(keys[slot], stations[st].balk_key, k) >= joining:
                return STEP_BALKED
    if stations[st].quotes:
        refused = tell_quote(w, slot, st, line)
        if refused != 0:
            return refused
    if lines[line].deserted:
        return STEP_CLOSED_OUT
    return 0


@inline
def join_station(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Bring a customer to a station: into service, into its line, on to another station, or out."""
    stations = tables.stations(w)
    if stations[st].guarded:
        ask_to_join(w, slot, st, t)
    else:
        enter(w, slot, st, _present_himself(w, slot, st, t), t)


@inline
def _present_himself(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Note that a customer comes to a station; return the line that is his there."""
    by_type = tables.by_type(w)
    customers = tables.customers(w)
    lines = tables.lines(w)
    types = tables.types(w)
    line = by_type[(st + 1) * w.n_types + types[slot]].line
    customers[slot].join = t
    customers[slot].call = -1
    customers[slot].server = NOBODY
    customers[slot].ahead = lines[line].length
    return line


@inline
def _is_shut(station, origin, t):  # type: ignore[no-untyped-def]
    """Return whether the annex of a station is not open to whoever comes from another one (semantics 53)."""
    return station.annex != EVERYWHERE and station.annex != origin and (t < station.opens or station.closed != 0)


@inline
def _ask_to_join(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Bring a customer to a delay, or to a station that may be full, that some do not join, that nobody serves."""
    stations = tables.stations(w)
    customer = tables.customers(w)[slot]
    origin = stations[tables.lines(w)[customer.line].station].annex if customer.step > 0 else np.int64(EVERYWHERE)
    for _ in range(w.n_stations + 1):
        line = _present_himself(w, slot, st, t)
        refused = np.int64(STEP_BLOCKED) if _is_shut(stations[st], origin, t) else np.int64(0)
        if stations[st].delay and refused == 0:
            if stations[st].zone >= 0 and no_place(w, slot, st) != 0:
                keep_out(w, slot, st, line, t)
            else:
                start_delay(w, slot, st, line, t)
            return NOTHING
        if stations[st].when_down >= 0 and refused == 0 and nobody_up(w, st):
            record_step(w, slot, line, np.int64(STEP_BLOCKED), NOTHING, NOTHING, t)
            tables.refusals(w)[st * w.ring + slot] += 1
            st = stations[st].when_down
            continue
        if refused == 0:
            refused = np.int64(_turned_back(w, slot, st, line, t))
        if refused == 0:
            if stations[st].zone >= 0 and no_place(w, slot, st) != 0:
                keep_out(w, slot, st, line, t)
            else:
                enter(w, slot, st, line, t)
            return NOTHING
        to = np.int64(-1)
        visit = np.int64(VISIT_CLOSED_OUT)
        if refused == STEP_BALKED and stations[st].numbered:
            append_number(w, slot, line, st, call_ticks(w, slot, st, earlier_comings(w, slot, st)))
            if stations[st].line_watched & HELPED:
                get_help(w, line, t)
        if refused == STEP_BALKED:
            visit = np.int64(VISIT_BALKED)
            to = where_after(w, np.int64(ENDING_BALKED), slot, st, earlier_comings(w, slot, st))
        elif refused == STEP_BLOCKED:
            visit = np.int64(VISIT_TURNED_AWAY)
            to = where_after(w, np.int64(ENDING_BLOCKED), slot, st, earlier_comings(w, slot, st))
        if w.repeats:
            tables.refusals(w)[st * w.ring + slot] += 1
        st = end_unserved(w, slot, line, refused, visit, to, t)
        if st < 0:
            return NOTHING
    w.status = BAD_DISPATCH  # stations that overflow into each other in a circle
    return NOTHING


@entry("ask_to_join", "int64(int64, int64, int64, int64)")
def _ask_to_join_entry(address, slot, st, t):  # type: ignore[no-untyped-def]
    return _ask_to_join(_day_at(address), slot, st, t)


ask_to_join = caller("ask_to_join", _ask_to_join, DAY, INT, INT, INT, INT)


@routine
def start_delay(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Let a customer begin a timed step without a server."""
    out_of_line()
    customers = tables.customers(w)
    services = tables.services(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    stations[st].inside += 1
    customers[slot].line = line
    customers[slot].call = t
    customers[slot].status = IN_DELAY
    time = services[st * w.ring + slot]
    if w.repeats:
        stays[st * w.ring + slot] += 1
        if stays[st * w.ring + slot] > stations[st].ahead:
            law = tables.by_type(w)[(st + 1) * w.n_types + tables.types(w)[slot]].service_law
            k = np.uint64(stays[st * w.ring + slot] - 1)
            time = draw(w, law, tables.keys(w)[slot], stations[st].service_key, k)
    ticks = to_ticks(time, w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
        ticks = 0
    w.n_waiting += 1
    schedule_deadline(w, slot, t + ticks, DELAY)
    if stations[st].outside:
        w.end = max(w.end, t)


@routine
def _watch_line(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Look at a line that a customer has just joined: for pools that help, then for counters and clerks."""
    out_of_line()
    if tables.stations(w)[st].line_watched & HELPED:
        wait_for_help(w, slot, line, t)
    if tables.stations(w)[st].line_watched & GREW:
        line_grew(w, st, t)


@inline
def enter(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Bring a customer who joins a station into service, or into its line."""
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    stations[st].inside += 1
    customers[slot].line = line
    sequence = w.sequence
    customers[slot].sequence = sequence
    w.sequence = sequence + 1
    if w.repeats:
        stays[st * w.ring + slot] += 1
    server = np.int64(-1)
    if stations[st].idle_count > 0:
        server = first_idle(w, st)
        if stations[st].choosy:
            server = choose_server(w, slot, st, line)
    if server >= 0:
        leave_idle(w, server, st)
        servers[server].state = SERVER_BUSY
        start_service(w, slot, st, server, t)
    elif not stations[st].preempts or take_over(w, slot, st, t) == 0:
        if w.has_places:
            insert_by_place(w, slot, line)
        else:
            append_to_line(w, slot, line)
        wait_in_line(w, slot, st, line)
        if stations[st].line_watched:
            _watch_line(w, slot, st, line, t)
