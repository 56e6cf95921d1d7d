"""How a day of the kernel begins, and how it ends once nobody is left (semantics 7)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import NEVER, STATE_DOWN, STATE_SET_UP
from hallsim.engines import tables
from hallsim.engines.lists import forget_overlays, head_of_line
from hallsim.engines.pools import come_home
from hallsim.engines.recording import go_off, record_state
from hallsim.engines.records import (
    FREE,
    NOBODY,
    OK,
    PEOPLE_LEFT,
    SERVER_BREAK,
    SERVER_DOWN,
    SERVER_IDLE,
    SERVER_OFF,
    SERVER_SET_UP,
)
from hallsim.engines.staff import DAY_OVER, staff
from hallsim.jit import out_of_line, routine


@routine
def reset(w):  # type: ignore[no-untyped-def]
    """Clear what the last day left: nobody inside, nothing scheduled, everybody off duty."""
    out_of_line()
    customers = tables.customers(w)
    lines = tables.lines(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    used = min(w.ring, w.loaded)  # slots; of a new workspace all
    w.status = OK
    w.change = 0
    w.n_machines = 0
    w.n_rows = 0
    w.n_server_rows = 0
    w.n_notes = 0
    w.n_ends = 0
    w.n_heap = 0
    tables.heap(w)[0].time = NEVER  # as long as it is empty
    tables.ends(w)[0].time = NEVER
    w.n_waiting = 0
    w.sequence = 0
    w.loaded = 0
    w.closed = 0
    w.exhausted = 0
    w.end = w.close
    for i in range(w.n_branches):
        tables.branches(w)[i].wait = 0
    for i in range(used):
        customers[i].status = FREE
        if w.has_calls:
            tables.skipped(w)[i].number = -1
        if w.has_transfers:
            tables.transfers(w)[i].number = -1
    for st in range(w.n_stations):
        station = stations[st]
        station.inside = 0
        station.waiting = 0
        station.level = 0
        station.on_duty = 0
        station.level_since = 0
        station.last_left = station.closes
        station.closed = 0
        station.idle_count = 0
        station.absent = 0
        station.extra_open = 0
        station.setting_up = 0
        station.outside_zone = 0
        station.answers = w.ring if station.recalls < 0 else 0
        servers[w.n_servers + st].idle_next = w.n_servers + st
        servers[w.n_servers + st].idle_previous = w.n_servers + st
        station.guarded = station.room_total >= 0 or station.room_waiting >= 0 or station.balk_count > 0
        if (
            station.delay
            or station.when_down >= 0
            or station.most_numbers >= 0
            or station.quotes
            or station.n_join_cases
            or station.zone >= 0
            or station.annex >= 0
        ):
            station.guarded = 1
    for line in range(w.n_lines):
        head = head_of_line(w, line)
        customers[head].next = head
        customers[head].previous = head
        lines[line].length = 0
        lines[line].deserted = 0
    forget_overlays(w, used)
    _forget_kept(w, used)
    w.first_number = -1
    for number in range(w.ring + w.n_lines, w.ring + w.n_lines + w.number_room):
        customers[number].next = w.first_number
        w.first_number = number
    for server in range(w.n_servers):
        servers[server].state = SERVER_OFF
        servers[server].customer = NOBODY
        servers[server].end = 0
        come_home(w, server)


@routine
def _forget_kept(w, used):  # type: ignore[no-untyped-def]
    """Clear who waits for a place, where anybody ever does."""
    out_of_line()
    kept = tables.kept(w)
    w.n_kept = 0
    if w.has_zones:
        for slot in range(used):
            kept[slot].number = -1
        kept[w.ring].next = w.ring
        kept[w.ring].previous = w.ring


@routine
def send_home(w):  # type: ignore[no-untyped-def]
    """End the duty of everybody still there: at closing, or when the last whom they could serve has left."""
    out_of_line()
    reaches = tables.reaches(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    for server in range(w.n_servers):
        if servers[server].state != SERVER_OFF:
            state = servers[server].state
            if state != SERVER_IDLE and state != SERVER_DOWN and state != SERVER_SET_UP and state != SERVER_BREAK:
                w.status = PEOPLE_LEFT
            st = servers[server].station
            until = np.int64(stations[st].closes)
            for other in range(w.n_stations):
                if reaches[other * w.n_stations + st]:
                    until = max(until, stations[other].last_left)
            if w.has_staff:
                until = max(until, tables.people(w)[server].until)
            if state == SERVER_DOWN:
                record_state(w, server, np.int64(STATE_DOWN), tables.machines(w)[server].down_since, until)
            elif state == SERVER_SET_UP:
                record_state(w, server, np.int64(STATE_SET_UP), servers[server].since, until)
            elif state == SERVER_BREAK:
                staff(w, DAY_OVER, server, until)
            if stations[st].overnight:
                until = max(np.int64(stations[st].closes), servers[server].end)
            go_off(w, server, np.int64(stations[st].closes), until)
    for st in range(w.n_stations):
        if stations[st].inside != 0:
            w.status = PEOPLE_LEFT
