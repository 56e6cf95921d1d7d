"""Who may call whom: the table of skills, and the choices that go through it (semantics 8, 9, 19, 30).

What a server may call is a row of the table for each line of the station: a rank, or -1. A station without
pools has one such block of rows, shared by all its servers, that gives every line its own rank; where nothing
else has to be asked, `serving` decides from the lines alone and never comes here.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import IDLE_LONGEST, IDLE_LOWEST, IDLE_RANDOM
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.lists import first_idle, first_in_line
from hallsim.engines.records import BAD_DISPATCH, SERVER_BUSY, SERVER_IDLE, SERVER_LAST, SERVER_OFF
from hallsim.jit import inline, out_of_line, routine


@inline
def skill_of(w, server, line):  # type: ignore[no-untyped-def]
    """Return the row of skills that says whether and when a server calls a line of his station."""
    lines = tables.lines(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    return servers[server].first_skill + line - stations[lines[line].station].first_line


@inline
def stands_before(w, slot, other):  # type: ignore[no-untyped-def]
    """Return whether one waiting customer is called before another of the same rank: by place, then by age."""
    customers = tables.customers(w)
    places = tables.places(w)
    if w.has_places and places[slot] != places[other]:
        return places[slot] < places[other]
    return customers[slot].sequence < customers[other].sequence


@routine
def choose_line_by_skill(w, st, server):  # type: ignore[no-untyped-def]
    """Return the line a free server calls: of those he may call by rank, then place, then age; -1: none."""
    out_of_line()
    lines = tables.lines(w)
    skills = tables.skills(w)
    stations = tables.stations(w)
    first = stations[st].first_line
    best = np.int64(-1)
    best_rank = np.int64(0)
    for line in range(first, first + stations[st].n_lines):
        if lines[line].length > 0:
            rank = skills[skill_of(w, server, line)].rank
            if rank >= 0:
                before = best < 0 or rank < best_rank
                if best >= 0 and rank == best_rank:
                    before = stands_before(w, first_in_line(w, line), first_in_line(w, best))
                if before:
                    best = line
                    best_rank = rank
    return best


@routine
def choose_server(w, slot, st, line):  # type: ignore[no-untyped-def]
    """Return which idle server takes a customer: the line's first pool, then the station's choice; -1: nobody may."""
    out_of_line()
    keys = tables.keys(w)
    servers = tables.servers(w)
    skills = tables.skills(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    choice = stations[st].idle_choice
    best = np.int64(-1)
    turn = np.int64(0)
    n = np.int64(0)  # idle servers whose turn it is
    server = first_idle(w, st)
    while server < w.n_servers:
        skill = skills[skill_of(w, server, line)]
        if skill.rank >= 0:
            if n == 0 or skill.turn < turn:
                best = server
                turn = skill.turn
                n = np.int64(1)
            elif skill.turn == turn:
                n += 1
                if choice == IDLE_LOWEST:
                    best = min(best, server)
        server = servers[server].idle_next
    if choice == IDLE_RANDOM:
        k = np.uint64(stays[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)
        left = np.int64(uniform(keys[slot], stations[st].idle_key, k) * n)
        server = best
        while left > 0:
            server = servers[server].idle_next
            skill = skills[skill_of(w, server, line)]
            if skill.rank >= 0 and skill.turn == turn:
                best = server
                left -= 1
    elif choice != IDLE_LONGEST and choice != IDLE_LOWEST:
        w.status = BAD_DISPATCH
    return best


@inline
def nobody_free(w, st, line):  # type: ignore[no-untyped-def]
    """Return whether no idle server of a station may call a line."""
    return tables.stations(w)[st].idle_count == 0 or _no_idle_may(w, st, line)


@routine
def _no_idle_may(w, st, line):  # type: ignore[no-untyped-def]
    """Return whether none of the idle servers may call a line."""
    out_of_line()
    servers = tables.servers(w)
    skills = tables.skills(w)
    here = line - tables.stations(w)[st].first_line
    server = first_idle(w, st)
    while server < w.n_servers:
        if skills[servers[server].first_skill + here].rank >= 0:
            return False
        server = servers[server].idle_next
    return True


@routine
def come_home(w, server):  # type: ignore[no-untyped-def]
    """Bring a server who has finished back to the station that he belongs to; return that."""
    servers = tables.servers(w)
    servers[server].station = servers[server].home
    servers[server].work = servers[server].home_work
    return servers[server].home


@routine
def helps_at(w, home, st):  # type: ignore[no-untyped-def]
    """Return whether the servers of a station help at another."""
    stations = tables.stations(w)
    for i in range(stations[home].first_help, stations[home].first_help + stations[home].n_helps):
        if tables.help_at(w)[i] == st:
            return True
    return False


@routine
def helpers_on_duty(w, st):  # type: ignore[no-untyped-def]
    """Return whether anybody is on duty, and not about to leave, who helps at a station."""
    out_of_line()
    servers = tables.servers(w)
    for server in range(w.n_servers):
        state = servers[server].state
        if state != SERVER_OFF and state != SERVER_LAST and helps_at(w, servers[server].home, st):
            return True
    return False


@routine
def somebody_on_duty(w, st, line):  # type: ignore[no-untyped-def]
    """Return whether anybody on duty, and not about to leave, may call a line (semantics 7)."""
    out_of_line()
    servers = tables.servers(w)
    skills = tables.skills(w)
    stations = tables.stations(w)
    if stations[st].helped and helpers_on_duty(w, st):
        return True
    if stations[st].level == 0:
        return False
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        state = servers[server].state
        skill = skills[skill_of(w, server, line)]
        if state != SERVER_OFF and state != SERVER_LAST and (skill.rank >= 0 or skill.later):
            return True
    return False


@routine
def nobody_up(w, st):  # type: ignore[no-untyped-def]
    """Return whether no server of a station is on duty and up."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        if servers[server].state == SERVER_IDLE or servers[server].state == SERVER_BUSY:
            return False
    return True


@routine
def somebody_may_come(w, st):  # type: ignore[no-untyped-def]
    """Return whether the doors are open, or anybody inside can still be served at a station (semantics 7)."""
    out_of_line()
    reaches = tables.reaches(w)
    stations = tables.stations(w)
    inside = np.int64(0)
    for other in range(w.n_stations):
        if reaches[other * w.n_stations + st]:
            inside += stations[other].inside
    return stations[st].closed == 0 or inside > 0
