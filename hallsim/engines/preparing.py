"""Overlays: what happens to a customer while he keeps his place in line (semantics 11, 46).

Whoever waits has one overlay slot for his present step; it is that of this step as long as customer and step are
his. While it has something to say of his work, his `left` is WORK_PREPARED. A clerk who prepares is busy without
a customer, and so is a terminal that somebody tries: both are helpers. The end of what they do is an entry of the
customers' heap, which counts as somebody waiting.
Names and order as in semantics.md and `reference_preparing.py`.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    IDLE_LOWEST,
    IDLE_RANDOM,
    NEVER,
    NOT_YET,
    PREPARED,
    PREPARED_DONE,
    PREPARED_DROPPED,
    PREPARED_IN_VAIN,
    SOURCE_TABLE,
    STATE_BLOCKED,
    STATE_PREPARING,
    STATE_TRIED_OUT,
    TRIAL_BROKEN_OFF,
    TRIAL_SHIFT,
    TRIED,
    TRIED_AND_BOUGHT,
    WORK_REPEAT,
)
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.breakdowns import set_free
from hallsim.engines.conditions import holds
from hallsim.engines.endings import leave_hall
from hallsim.engines.far import entry, record_at
from hallsim.engines.follow_ons import follow_on
from hallsim.engines.lists import (
    OVERLAY,
    PATIENCE,
    cancel_end,
    first_idle,
    first_in_line,
    head_of_line,
    leave_idle,
    schedule_beside,
    schedule_deadline,
    schedule_end,
    stop_waiting,
    wait_no_more,
)
from hallsim.engines.opening import open_extra
from hallsim.engines.pools import helps_at, stands_before
from hallsim.engines.predraw import further_work
from hallsim.engines.recording import record_step, record_work
from hallsim.engines.records import (
    BACK,
    BAD_DURATION,
    BROKEN_OFF,
    CALLED_WITHOUT,
    DAY,
    GOING_ON,
    NO_WORK_LEFT,
    NOBODY,
    NOTHING,
    OVER,
    PRESENT,
    SERVER_BUSY,
    SERVER_IDLE,
    WORK_PREPARED,
)
from hallsim.engines.routes import next_route
from hallsim.engines.serving import serve_now
from hallsim.engines.times import draw, to_ticks
from hallsim.jit import inline, out_of_line, routine
from hallsim.model import EVER

_day_at = record_at(DAY)
MARK = np.int64(56)
"""Where in the row's field of who took part stands what an overlay came to; kept with the customer's server."""


# --- whom, and by whom (semantics 8, 11) ----------------------------------------------------------------------


@inline
def has_own_slot(w, slot):  # type: ignore[no-untyped-def]
    """Return whether the overlay slot is about a customer's present step."""
    overlay = tables.overlays(w)[slot]
    customer = tables.customers(w)[slot]
    return overlay.number == customer.number and overlay.step == customer.step


@routine
def eligible(w, slot, of):  # type: ignore[no-untyped-def]
    """Return whether a customer who waits may be prepared and has not been yet, or wants to try a terminal."""
    kind = tables.prepared_types(w)[of * w.n_types + tables.types(w)[slot]]
    if kind.law < 0:
        return False
    if of < w.n_stations:
        return not has_own_slot(w, slot) or tables.overlays(w)[slot].status == BACK
    if has_own_slot(w, slot):
        return False
    luck = uniform(tables.keys(w)[slot], tables.preparations(w)[of].wants_key, stay_of(w, slot, of - w.n_stations))
    return luck < kind.wants


@routine
def choose_ticket(w, by, t):  # type: ignore[no-untyped-def]
    """Return who has waited longest of those whom the servers of a station may take up now, -1: nobody."""
    out_of_line()
    customers = tables.customers(w)
    lines = tables.lines(w)
    preparations = tables.preparations(w)
    stations = tables.stations(w)
    best = np.int64(-1)
    for of in range(stations[by].first_of, stations[by].beyond_of):
        st = of if of < w.n_stations else of - w.n_stations
        own = preparations[of]
        if own.by != by or stations[st].waiting == 0 or (own.case >= 0 and not holds(w, own.case, NOBODY, t)):
            continue
        for line in range(stations[st].first_line, stations[st].first_line + stations[st].n_lines):
            ahead = np.int64(0)
            slot = head_of_line(w, line) if lines[line].deserted else first_in_line(w, line)
            while slot != head_of_line(w, line) and ahead <= own.high:
                if ahead >= own.low and eligible(w, slot, of):
                    if best < 0 or customers[slot].sequence < customers[best].sequence:
                        best = slot
                    if not w.has_places:
                        break  # everybody behind him came later
                ahead += 1
                slot = customers[slot].next
    return best


@routine
def choose_helper(w, slot, by):  # type: ignore[no-untyped-def]
    """Return which idle server of a station prepares a customer."""
    out_of_line()
    servers = tables.servers(w)
    station = tables.stations(w)[by]
    best = first_idle(w, by)
    if station.idle_choice == IDLE_LOWEST:
        server = best
        while server < w.n_servers:
            best = min(best, server)
            server = servers[server].idle_next
    elif station.idle_choice == IDLE_RANDOM:
        st = tables.lines(w)[tables.customers(w)[slot].line].station
        left = np.int64(uniform(tables.keys(w)[slot], station.idle_key, stay_of(w, slot, st)) * station.idle_count)
        for _ in range(left):
            best = servers[best].idle_next
    return best


@routine
def offer(w, of, t):  # type: ignore[no-untyped-def]
    """Let those who are idle look for whom they may take up."""
    out_of_line()
    stations = tables.stations(w)
    by = tables.preparations(w)[of].by
    while by >= 0 and stations[by].idle_count > 0:
        slot = choose_ticket(w, by, t)
        if slot < 0:
            return
        helper = choose_helper(w, slot, by)
        leave_idle(w, helper, by)
        start_preparation(w, slot, helper, t)


# --- who helps at other stations (semantics 45) --------------------------------------------------------------


@inline
def first_waiting(w, st):  # type: ignore[no-untyped-def]
    """Return who is called first at a station by somebody from elsewhere, -1 if nobody waits."""
    return np.int64(-1) if tables.stations(w)[st].waiting == 0 else _first_in_lines(w, st)


@routine
def _first_in_lines(w, st):  # type: ignore[no-untyped-def]
    """Return who is called first at a station where somebody waits."""
    out_of_line()
    lines = tables.lines(w)
    stations = tables.stations(w)
    best = np.int64(-1)
    for line in range(stations[st].first_line, stations[st].first_line + stations[st].n_lines):
        if lines[line].length > 0:
            slot = first_in_line(w, line)
            if best < 0:
                best = slot
            elif lines[line].rank == lines[tables.customers(w)[best].line].rank and stands_before(w, slot, best):
                best = slot  # lines are in the order of their ranks
    return best


@routine
def help_at(w, server, slot, t):  # type: ignore[no-untyped-def]
    """Let an idle server call a customer of another station, as a server of that one."""
    out_of_line()
    servers = tables.servers(w)
    line = tables.customers(w)[slot].line
    st = tables.lines(w)[line].station
    stop_waiting(w, slot, st, line)
    leave_idle(w, server, servers[server].home)
    servers[server].station = st
    servers[server].work = st
    serve_now(w, slot, st, server, t)


@routine
def help_others(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server for whom nobody waits help where somebody does."""
    stations = tables.stations(w)
    for i in range(stations[st].first_help, stations[st].first_help + stations[st].n_helps):
        slot = first_waiting(w, tables.help_at(w)[i])
        if slot >= 0:
            help_at(w, server, slot, t)
            return


@routine
def ask_for_help(w, st, t):  # type: ignore[no-untyped-def]
    """Let idle servers of other stations call those who wait at one."""
    out_of_line()
    stations = tables.stations(w)
    for home in range(w.n_stations):
        if stations[home].n_helps > 0 and helps_at(w, home, st):
            while stations[home].idle_count > 0 and stations[st].waiting > 0:
                slot = first_waiting(w, st)
                help_at(w, choose_helper(w, slot, home), slot, t)


@inline
def line_grew(w, st, t):  # type: ignore[no-untyped-def]
    """Look at a line that somebody has just joined."""
    if tables.stations(w)[st].n_extra > 0:
        open_extra(w, st, t)
    if tables.stations(w)[st].helped:
        ask_for_help(w, st, t)
    offer(w, st, t)
    offer(w, w.n_stations + st, t)
    return NOTHING


@entry("line_grew", "int64(int64, int64, int64)")
def _line_grew_entry(address, st, t):  # type: ignore[no-untyped-def]
    return line_grew(_day_at(address), st, t)


@routine
def line_changed(w, st, t):  # type: ignore[no-untyped-def]
    """Let those who are idle look after others have moved up, where that can make a difference."""
    out_of_line()
    for of in (st, w.n_stations + st):
        own = tables.preparations(w)[of]
        if own.case >= 0 or own.high < EVER:
            offer(w, of, t)


@inline
def take_up(w, server, st, t):  # type: ignore[no-untyped-def]
    """Look beyond the lines when a server has picked: if idle he may prepare, and clerks may see others move up."""
    stations = tables.stations(w)
    if stations[st].n_helps > 0 and tables.servers(w)[server].state == SERVER_IDLE:
        help_others(w, server, st, t)
    if stations[st].prepares and tables.servers(w)[server].state == SERVER_IDLE:
        slot = choose_ticket(w, st, t)
        if slot >= 0:
            leave_idle(w, server, st)
            start_preparation(w, slot, server, t)
    called_at = tables.servers(w)[server].station  # elsewhere, where he helps
    if stations[called_at].bounded:
        line_changed(w, called_at, t)
    return NOTHING


@entry("take_up", "int64(int64, int64, int64, int64)")
def _take_up_entry(address, server, st, t):  # type: ignore[no-untyped-def]
    return take_up(_day_at(address), server, st, t)


# --- beginning and end ----------------------------------------------------------------------------------------


@routine
def stay_of(w, slot, st):  # type: ignore[no-untyped-def]
    """Return the k of what a customer draws in his present stay."""
    return np.uint64(tables.stays(w)[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)


@routine
def ticks_of(w, x):  # type: ignore[no-untyped-def]
    """Round a duration to ticks; a status where it is none."""
    ticks = to_ticks(x, w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
        ticks = np.int64(0)
    return ticks


@routine
def start_preparation(w, slot, helper, t):  # type: ignore[no-untyped-def]
    """Let a server begin to prepare a customer, or a customer try a terminal; what will come of it is drawn now."""
    out_of_line()
    customers = tables.customers(w)
    overlay = tables.overlays(w)[slot]
    servers = tables.servers(w)
    key = tables.keys(w)[slot]
    st = tables.lines(w)[customers[slot].line].station
    of = st if tables.preparations(w)[st].by == servers[helper].home else w.n_stations + st
    own = tables.preparations(w)[of]
    kind = tables.prepared_types(w)[of * w.n_types + tables.types(w)[slot]]
    k = stay_of(w, slot, st)
    time = draw(w, kind.law, key, own.key, k)
    if not has_own_slot(w, slot):
        overlay.tried = 0
        overlay.sale = 0
    overlay.number = customers[slot].number
    overlay.step = customers[slot].step
    overlay.of = of
    overlay.status = GOING_ON
    overlay.helper = helper
    overlay.began = t
    overlay.ends = t + ticks_of(w, time * servers[helper].factor)
    overlay.counter = NOBODY
    overlay.left = NO_WORK_LEFT
    overlay.result = PREPARED if of == st else TRIED
    if kind.done > 0.0 and uniform(key, own.done_key, k) < kind.done:
        overlay.result = PREPARED_DONE if of == st else TRIED_AND_BOUGHT
    elif kind.fails > 0.0 and uniform(key, own.fails_key, k) < kind.fails:
        overlay.result = PREPARED_IN_VAIN
    customers[slot].left = WORK_PREPARED
    servers[helper].state = SERVER_BUSY
    servers[helper].customer = NOBODY
    w.n_waiting += 1
    schedule_beside(w, slot, overlay.ends, OVERLAY)
    if own.perceived != 1.0 and customers[slot].deadline != NEVER:
        scale_patience(w, slot, overlay.ends, own.perceived, t)


@routine
def scale_patience(w, slot, ends, perceived, t):  # type: ignore[no-untyped-def]
    """Let the patience of a customer run faster or slower until something ends (semantics 46)."""
    out_of_line()
    left = tables.customers(w)[slot].deadline - t
    spent = ticks_of(w, perceived * (ends - t))
    deadline = ends + left - spent
    if spent > left:
        deadline = t + ticks_of(w, left / perceived)
    schedule_deadline(w, slot, deadline, PATIENCE)


@routine
def settle(w, slot):  # type: ignore[no-untyped-def]
    """Note what a stay at a terminal comes to, whose end nothing can prevent any more; it prepares nothing."""
    out_of_line()
    overlay = tables.overlays(w)[slot]
    if overlay.of >= w.n_stations and overlay.result != NOTHING:
        overlay.tried = overlay.result
        overlay.result = NOTHING
        overlay.sale = np.int64(overlay.tried == TRIED_AND_BOUGHT)


@routine
def stop_preparation(w, slot, t):  # type: ignore[no-untyped-def]
    """Write down a preparation or trial that is over, and how long a counter has waited for it."""
    out_of_line()
    overlay = tables.overlays(w)[slot]
    number = tables.customers(w)[slot].number
    overlay.status = OVER
    wait_no_more(w)
    state = np.int64(STATE_PREPARING if overlay.of < w.n_stations else STATE_TRIED_OUT)
    record_work(w, overlay.helper, state, number, overlay.began, t)
    if overlay.counter >= 0:
        record_work(w, overlay.counter, np.int64(STATE_BLOCKED), number, overlay.called, t)


@routine
def mark(w, slot):  # type: ignore[no-untyped-def]
    """Note for the row of the customer's step what his overlay slot says of it."""
    out_of_line()
    customers = tables.customers(w)
    overlay = tables.overlays(w)[slot]
    dropped = overlay.status == BROKEN_OFF and overlay.of < w.n_stations
    came_to = np.int64(PREPARED_DROPPED if dropped else overlay.result) | overlay.tried << TRIAL_SHIFT
    customers[slot].server = ((customers[slot].server + 1) & 0xFFFFFF) - 1 + (came_to << MARK)


@routine
def drop_preparation(w, slot, t):  # type: ignore[no-untyped-def]
    """Note what a preparation has come to of a customer who goes; return the clerk whom that sets free, or -1."""
    out_of_line()
    customers = tables.customers(w)
    overlay = tables.overlays(w)[slot]
    helper = np.int64(NOBODY)
    if not has_own_slot(w, slot) or overlay.status == CALLED_WITHOUT:
        return helper
    if customers[slot].left == WORK_PREPARED:
        customers[slot].left = NO_WORK_LEFT
    if overlay.status == GOING_ON:
        stop_preparation(w, slot, t)
        overlay.status = BROKEN_OFF
        helper = overlay.helper
        if overlay.of >= w.n_stations:
            overlay.result = NOTHING
            overlay.tried = TRIAL_BROKEN_OFF
    mark(w, slot)
    return helper


@entry("drop_preparation", "int64(int64, int64, int64)")
def _drop_preparation_entry(address, slot, t):  # type: ignore[no-untyped-def]
    return drop_preparation(_day_at(address), slot, t)


@inline
def on_preparation_end(w, slot, t):  # type: ignore[no-untyped-def]
    """End a preparation; return the station to which who has nothing left to do goes on, or -1."""
    customers = tables.customers(w)
    overlay = tables.overlays(w)[slot]
    routes = tables.routes(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stop_preparation(w, slot, t)
    settle(w, slot)
    counter = overlay.counter
    if counter >= 0:
        overlay.counter = NOBODY
        cancel_end(w, counter)
        servers[counter].end = t + service_after(w, slot, counter)
        schedule_end(w, counter, servers[counter].end)
        return np.int64(-1)
    if overlay.of >= w.n_stations:
        overlay.status = BACK
        offer(w, overlay.of - w.n_stations, t)
        return np.int64(-1)
    if overlay.result != PREPARED_DONE:
        return np.int64(-1)
    line = customers[slot].line
    st = tables.lines(w)[line].station
    stop_waiting(w, slot, st, line)
    customers[slot].left = NO_WORK_LEFT
    customers[slot].call = t
    customers[slot].server = overlay.helper
    mark(w, slot)
    stations[st].inside -= 1
    stations[st].last_left = t
    row = next_route(w, slot, st, t)
    to = routes[row].to
    if to < w.n_stations:
        record_step(w, slot, line, routes[row].outcome, NOTHING, NOTHING, t)
        customers[slot].status = PRESENT
        return to
    if w.has_follow_ons:
        return follow_on(w, slot, row, np.int64(-1), t)
    leave_by = to - w.n_stations
    record_step(w, slot, line, routes[row].outcome, tables.exit_outcome(w)[leave_by], leave_by + 1, t)
    leave_hall(w, slot, t)
    return np.int64(-1)


@entry("on_preparation_end", "int64(int64, int64, int64)")
def _on_preparation_end_entry(address, slot, t):  # type: ignore[no-untyped-def]
    return on_preparation_end(_day_at(address), slot, t)


# --- calls (semantics 12, 19) ---------------------------------------------------------------------------------


@inline
def prepared_work(w, slot, server, t):  # type: ignore[no-untyped-def]
    """Return how long the service takes of a customer whose overlay slot has something to say of it."""
    overlay = tables.overlays(w)[slot]
    if overlay.status == GOING_ON and tables.preparations(w)[overlay.of].finishes:
        settle(w, slot)
        overlay.counter = server
        overlay.called = t
        mark(w, slot)
        return np.int64(NOT_YET - t)  # until the preparation is over
    if overlay.status == GOING_ON:
        helper = drop_preparation(w, slot, t)
        set_free(w, helper, t)
        return service_after(w, slot, server)
    mark(w, slot)
    ticks = overlay.left
    overlay.left = NO_WORK_LEFT
    return ticks if ticks >= 0 else service_after(w, slot, server)


@entry("prepared_work", "int64(int64, int64, int64, int64)")
def _prepared_work_entry(address, slot, server, t):  # type: ignore[no-untyped-def]
    return prepared_work(_day_at(address), slot, server, t)


@routine
def usual_work(w, slot, st, server):  # type: ignore[no-untyped-def]
    """Return how long a customer is served, stated or drawn, in microseconds."""
    out_of_line()
    work = tables.servers(w)[server].work
    if stay_of(w, slot, st) < np.uint64(tables.stations(w)[st].ahead):
        return tables.services(w)[work * w.ring + slot]
    k = stay_of(w, slot, st)
    law = tables.by_type(w)[(work + 1) * w.n_types + tables.types(w)[slot]].service_law
    time = draw(w, law, tables.keys(w)[slot], tables.stations(w)[st].service_key, k)
    return time + further_work(w, work, law, slot, k)


@routine
def service_is_stated(w, slot, st):  # type: ignore[no-untyped-def]
    """Return whether a table states how long a customer's present service takes."""
    out_of_line()
    source = tables.sources(w)[tables.origins(w)[slot]]
    if not w.has_table_services or source.kind != SOURCE_TABLE or stay_of(w, slot, st) > np.uint64(0):
        return False
    return tables.listed(w)[source.first + tables.indices(w)[slot]].service >= 0


@routine
def service_after(w, slot, server):  # type: ignore[no-untyped-def]
    """Draw the service of a customer whose overlay slot has something to say of it."""
    out_of_line()
    overlay = tables.overlays(w)[slot]
    came_to = NOTHING if overlay.status == BROKEN_OFF else overlay.result
    st = tables.servers(w)[server].station
    own = tables.preparations(w)[st]
    after = tables.prepared_types(w)[st * w.n_types + tables.types(w)[slot]].after
    if came_to == PREPARED_DONE:
        return np.int64(0)
    if came_to == PREPARED and after >= 0 and not service_is_stated(w, slot, st):
        key = tables.stations(w)[st].service_key
        k = stay_of(w, slot, st)
        work = draw(w, after, tables.keys(w)[slot], key, k)
        work += further_work(w, tables.servers(w)[server].work, after, slot, k)
    else:
        work = usual_work(w, slot, st, server)
        if came_to == PREPARED_IN_VAIN:
            work *= own.rework
        elif came_to == PREPARED and after < 0:
            work *= own.factor
    return ticks_of(w, (work + sale_work(w, slot, st)) * tables.servers(w)[server].factor)


@routine
def sale_work(w, slot, st):  # type: ignore[no-untyped-def]
    """Return what a sale adds to the first service after it, in microseconds."""
    out_of_line()
    of = w.n_stations + st
    overlay = tables.overlays(w)[slot]
    law = tables.prepared_types(w)[of * w.n_types + tables.types(w)[slot]].after
    if overlay.sale == 0 or law < 0:
        return 0.0
    overlay.sale = 0
    return draw(w, law, tables.keys(w)[slot], tables.preparations(w)[of].after_key, stay_of(w, slot, st))


@inline
def keep_preparation(w, slot, server, t):  # type: ignore[no-untyped-def]
    """Keep what has been prepared of a customer whose service is broken off; whoever had nothing gets nothing."""
    customers = tables.customers(w)
    overlay = tables.overlays(w)[slot]
    st = tables.servers(w)[server].station
    step = customers[slot].step
    own = (
        overlay.number == customers[slot].number and overlay.step == step - 1
    )  # the step that has just been broken off
    overlay.number = customers[slot].number
    overlay.step = step
    if not own:
        overlay.status = CALLED_WITHOUT
    elif overlay.status == GOING_ON:
        if overlay.counter >= 0:
            record_work(w, overlay.counter, np.int64(STATE_BLOCKED), customers[slot].number, overlay.called, t)
            overlay.counter = NOBODY
        customers[slot].left = WORK_PREPARED
    elif overlay.status == OVER or overlay.status == BACK:
        overlay.status = OVER
        overlay.left = customers[slot].left
        if (
            overlay.left >= 0
            and tables.stations(w)[st].interrupted == WORK_REPEAT
            and not tables.stations(w)[st].closed
        ):
            overlay.left = tables.servers(w)[server].end - max(customers[slot].call, overlay.ends)
        customers[slot].left = WORK_PREPARED
    return NOTHING


@entry("keep_preparation", "int64(int64, int64, int64, int64)")
def _keep_preparation_entry(address, slot, server, t):  # type: ignore[no-untyped-def]
    return keep_preparation(_day_at(address), slot, server, t)
