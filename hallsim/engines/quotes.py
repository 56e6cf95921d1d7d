"""What a queue machine tells whom it gives a ticket, and what he makes of it (semantics 41); waits of stations."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import NOTE_QUOTED, SOURCE_TABLE, STEP_BALKED
from hallsim.compiling.tickets import TELLS_ESTIMATE
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.pools import nobody_free
from hallsim.engines.recording import record_note
from hallsim.engines.records import DAY, NOTHING, SERVER_BUSY, SERVER_IDLE
from hallsim.engines.times import draw
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)
_QUOTED = np.int64(NOTE_QUOTED)


@inline
def _estimated_wait(w, st, line):  # type: ignore[no-untyped-def]
    """Return the wait that the machine of a station tells where somebody waits."""
    servers = tables.servers(w)
    skills = tables.skills(w)
    stations = tables.stations(w)
    if not nobody_free(w, st, line):
        return np.int64(0)
    up = np.int64(0)
    here = line - stations[st].first_line
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        state = servers[server].state
        may = skills[servers[server].first_skill + here].rank >= 0
        up += np.int64(((state == SERVER_BUSY) | (state == SERVER_IDLE)) & may)
    wait = tables.lines(w)[line].length * tables.line_quotes(w)[line] / max(up, 1)
    return np.int64(np.floor(wait / stations[st].quote_grain + 0.5)) * stations[st].quote_grain


@entry("estimated_wait", "int64(int64, int64, int64)")
def _estimated_wait_entry(address, st, line):  # type: ignore[no-untyped-def]
    return _estimated_wait(_day_at(address), st, line)


_far_estimate = caller("estimated_wait", _estimated_wait, DAY, INT, INT, INT)


@inline
def estimated_wait(w, st, line):  # type: ignore[no-untyped-def]
    """Return the wait that the machine of a station tells whom it gives a ticket for a line."""
    if tables.lines(w)[line].length == 0:
        return np.int64(0)
    return _far_estimate(w, st, line)


@routine
def station_wait(w, st):  # type: ignore[no-untyped-def]
    """Return the wait to expect at a station over all its lines, by the mean services of these."""
    out_of_line()
    lines = tables.lines(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    up = np.int64(0)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        up += servers[server].state == SERVER_IDLE or servers[server].state == SERVER_BUSY
    work = 0.0
    for line in range(stations[st].first_line, stations[st].first_line + stations[st].n_lines):
        work += lines[line].length * tables.line_means(w)[line]
    return np.int64(np.floor(work / max(up, 1) + 0.5))


@inline
def _tell_quote(w, slot, st, line):  # type: ignore[no-untyped-def]
    """Tell a customer who comes to a line what he has to expect; return 0 if he joins, else the outcome."""
    keys = tables.keys(w)
    listed = tables.listed(w)
    patiences = tables.patiences(w)
    stations = tables.stations(w)
    types = tables.types(w)
    quote = tables.lines(w)[line].length
    if stations[st].quotes == TELLS_ESTIMATE:
        quote = estimated_wait(w, st, line)
        record_note(w, slot, _QUOTED, quote)
    tables.told(w)[slot] = 1.0
    if not nobody_free(w, st, line):
        return NOTHING
    row = tables.quoted(w)[st * w.n_types + types[slot]]
    step = row.first
    while step + 1 < row.first + row.count and tables.quote_steps(w)[step + 1].at_least <= quote:
        step += 1
    joining = tables.quote_steps(w)[step].join
    factor = tables.quote_steps(w)[step].patience
    stays, comings = np.uint64(0), np.uint64(0)
    if w.repeats:
        stays = np.uint64(tables.stays(w)[st * w.ring + slot])
        comings = stays + np.uint64(tables.refusals(w)[st * w.ring + slot])
    if joining < 1.0 and uniform(keys[slot], stations[st].balk_key, comings) >= joining:
        return np.int64(STEP_BALKED)
    tables.told(w)[slot] = factor
    law = tables.by_type(w)[(st + 1) * w.n_types + types[slot]].patience_law
    if law >= 0 and stays == 0:
        source = tables.sources(w)[tables.origins(w)[slot]]
        stated = False
        if source.kind == SOURCE_TABLE:
            stated = listed[source.first + tables.indices(w)[slot]].patience >= 0
        if not stated:
            patience = patiences[st * w.ring + slot]
            if comings > 0:  # else as it was drawn ahead
                patience = draw(w, law, keys[slot], stations[st].patience_key, np.uint64(0))
            patiences[st * w.ring + slot] = patience * factor
    return NOTHING


@entry("tell_quote", "int64(int64, int64, int64, int64)")
def _tell_quote_entry(address, slot, st, line):  # type: ignore[no-untyped-def]
    return _tell_quote(_day_at(address), slot, st, line)


tell_quote = caller("tell_quote", _tell_quote, DAY, INT, INT, INT, INT)
