"""Draw customers ahead, a block at a time, in loops that compilers turn into vector instructions.

Every loop here does one thing over a contiguous stretch of slots. The draws are those of semantics 3
for first stays (k = 0) at stations where many come (`ahead`); other stays are drawn when they happen.
What a draw is does not depend on when it is made, so the reference engine, which draws one customer at
a time, gets the same numbers.
"""

from __future__ import annotations

import numpy as np

from hallsim import draws
from hallsim.compiled import ENDLESS, NEVER, SOURCE_POISSON, SOURCE_RENEWAL, SOURCE_TABLE
from hallsim.draws import (
    FAR_TAIL,
    customer_key,
    normal_far,
    normal_near,
    own_exp,
    own_log,
    stream_key,
    uniform,
)
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.persons import know_persons, know_stages
from hallsim.engines.records import BAD_DURATION, CHUNK, DAY, FEW_TYPES, FREE, GUIDE, PRESENT, RING_FULL
from hallsim.engines.times import MAX_TICKS, draw, to_ticks
from hallsim.jit import inline, out_of_line, routine
from hallsim.parts.distributions import deterministic, exponential, lognormal

_PURPOSE_TYPE = draws.PURPOSE_TYPE
_PURPOSE_GAP = draws.PURPOSE_GAP
_PURPOSE_GROUP = draws.PURPOSE_GROUP
_PURPOSE_SHOW, _PURPOSE_EARLY, _PURPOSE_LATE = draws.PURPOSE_SHOW, draws.PURPOSE_EARLY, draws.PURPOSE_LATE
_PURPOSE_ENTRY = draws.PURPOSE_ENTRY
_DETERMINISTIC = deterministic.CODE
_EXPONENTIAL = exponential.CODE
_LOGNORMAL = lognormal.CODE
_ZERO = np.uint64(0)
_day_at = record_at(DAY)


@routine
def start_sources(w, seed, replication):  # type: ignore[no-untyped-def]
    """Rewind every source to the first customer of a replication."""
    out_of_line()
    sources = tables.sources(w)
    for s in range(w.n_sources):
        sources[s].stream = stream_key(np.uint64(seed), np.uint64(replication), sources[s].name)
        sources[s].position = 0
        sources[s].drawn = 0
        sources[s].index = 0
        sources[s].gaps = 0
        sources[s].groups = 0
        sources[s].left = 0
        sources[s].mass = 0.0
        sources[s].piece = sources[s].first
        sources[s].piece_mass = 0.0
        sources[s].done = 0
        if sources[s].booked_first >= 0:
            _book(w, s)


@routine
def _off_by(w, law, key, purpose):  # type: ignore[no-untyped-def]
    """Return by how much a customer misses his appointment to one side."""
    out_of_line()
    if law < 0:
        return np.int64(0)
    ticks = to_ticks(draw(w, law, key, purpose, _ZERO), w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
    return ticks


@routine
def _book(w, s):  # type: ignore[no-untyped-def]
    """List who comes of a source with appointments, by time, then in the order of booking (semantics 22)."""
    out_of_line()
    booked = tables.booked(w)
    listed = tables.listed(w)
    source = tables.sources(w)[s]
    first = source.booked_first
    beyond = first
    for i in range(source.count):
        key = customer_key(source.stream, np.uint64(i))
        if uniform(key, _PURPOSE_SHOW, _ZERO) < source.show:
            t = listed[source.first + i].time
            t += _off_by(w, source.late, key, _PURPOSE_LATE) - _off_by(w, source.early, key, _PURPOSE_EARLY)
            t = max(t, source.opens)
            j = beyond
            while j > first and booked[j - 1].time > t:
                booked[j].time = booked[j - 1].time
                booked[j].index = booked[j - 1].index
                j -= 1
            booked[j].time = t
            booked[j].index = i
            beyond += 1
    source.coming = beyond - first


@routine
def _draw_times(w, s):  # type: ignore[no-untyped-def]
    """Draw up to CHUNK more arrival times of source s into gap_time."""
    out_of_line()
    gap_times = tables.gap_times(w)
    gaps = tables.gaps_array(w)
    listed = tables.listed(w)
    pieces = tables.pieces(w)
    sources = tables.sources(w)
    base = s * CHUNK
    first = sources[s].first
    beyond = first + sources[s].count
    sources[s].position = 0
    n = 0
    if sources[s].booked_first >= 0:
        booked = tables.booked(w)
        i = sources[s].booked_first + sources[s].index
        beyond = sources[s].booked_first + sources[s].coming
        while n < CHUNK and i < beyond:
            gap_times[base + n] = booked[i].time
            n += 1
            i += 1
        sources[s].done = 1 if i == beyond else 0
        sources[s].drawn = n
        return
    if sources[s].kind == SOURCE_TABLE:
        i = first + sources[s].index
        while n < CHUNK and i < beyond:
            gap_times[base + n] = listed[i].time
            n += 1
            i += 1
        sources[s].done = 1 if i == beyond else 0
        sources[s].drawn = n
        return
    stream = sources[s].stream
    start = np.uint64(sources[s].gaps)
    if sources[s].kind == SOURCE_POISSON:
        for j in range(CHUNK):
            gaps[j] = uniform(customer_key(stream, start + np.uint64(j)), _PURPOSE_GAP, _ZERO)
        for j in range(CHUNK):
            gaps[j] = -own_log(1.0 - gaps[j])
        mass = sources[s].mass
        piece = sources[s].piece
        piece_mass = sources[s].piece_mass
        for j in range(CHUNK):
            mass += gaps[j]
            while piece < beyond:
                after = piece_mass + pieces[piece].rate * (pieces[piece].end - pieces[piece].start)
                if mass < after:
                    break
                piece_mass = after
                piece += 1
            if piece == beyond:
                sources[s].done = 1
                break
            offset = (mass - piece_mass) / pieces[piece].rate
            # who waits before the doors comes in when they open (semantics 24)
            gap_times[base + j] = to_ticks(
                max(pieces[piece].start + offset, np.float64(sources[s].opens)), w.resolution
            )
            n += 1
        sources[s].mass = mass
        sources[s].piece = piece
        sources[s].piece_mass = piece_mass
    elif sources[s].kind == SOURCE_RENEWAL:
        elapsed = sources[s].mass  # unrounded, or many short gaps would add up their rounding
        span = sources[s].end - sources[s].start
        for j in range(CHUNK):
            gap = draw(w, sources[s].law, customer_key(stream, start + np.uint64(j)), _PURPOSE_GAP, _ZERO)
            if not (0.0 <= gap < MAX_TICKS):
                w.status = BAD_DURATION
                sources[s].done = 1
                break
            elapsed += gap
            if elapsed >= span:
                sources[s].done = 1
                break
            gap_times[base + j] = to_ticks(sources[s].start + elapsed, w.resolution)
            n += 1
        sources[s].mass = elapsed
    sources[s].gaps += n
    sources[s].drawn = n


@inline
def _next_time(w, s):  # type: ignore[no-untyped-def]
    """Return when source s brings its next customer, or NEVER."""
    gap_times = tables.gap_times(w)
    sources = tables.sources(w)
    if sources[s].position == sources[s].drawn:
        if sources[s].done:
            return np.int64(NEVER)
        _draw_times(w, s)
        if sources[s].drawn == 0:
            return np.int64(NEVER)
    return gap_times[s * CHUNK + sources[s].position]


@routine
def _member_came(w, s):  # type: ignore[no-untyped-def]
    """Go on to the next group once the last member of this one has come; its size is drawn with the first."""
    out_of_line()
    group_sizes = tables.group_sizes(w)
    source = tables.sources(w)[s]
    if source.left == 0:
        source.left = 1
        if source.group_count > 0:
            u = uniform(customer_key(source.stream, np.uint64(source.groups)), _PURPOSE_GROUP, _ZERO)
            i = source.group_first
            while u >= group_sizes[i].cum:
                i += 1
            source.left = group_sizes[i].number
    source.left -= 1
    if source.left == 0:
        source.groups += 1
        source.position += 1


@routine
def _merge_sources(w, slot, number, n):  # type: ignore[no-untyped-def]
    """Fill up to n slots with the next customers of all sources by (time, source); return how many."""
    arrivals = tables.arrivals(w)
    customers = tables.customers(w)
    indices = tables.indices(w)
    origins = tables.origins(w)
    sources = tables.sources(w)
    for i in range(slot, slot + n):
        best = np.int64(0)
        t = _next_time(w, best)
        for s in range(np.int64(1), w.n_sources):
            other = _next_time(w, s)
            if other < t:
                best = s
                t = other
        if t == NEVER:
            return i - slot
        arrivals[i] = t
        origins[i] = best
        indices[i] = sources[best].index
        if sources[best].booked_first >= 0:
            indices[i] = tables.booked(w)[sources[best].booked_first + sources[best].index].index
        customers[i].number = number + i - slot
        sources[best].index += 1
        if w.has_groups:
            _member_came(w, best)
        else:
            sources[best].position += 1
    return n


@routine
def _copy_source(w, slot, number, n):  # type: ignore[no-untyped-def]
    """Fill up to n slots with the next customers of the only source; return how many."""
    arrivals = tables.arrivals_array(w)
    customers = tables.customers(w)
    gap_times = tables.gap_times(w)
    indices = tables.indices_array(w)
    origins = tables.origins_array(w)
    source = tables.sources(w)[0]
    done = np.int64(0)
    while done < n and _next_time(w, np.int64(0)) != NEVER:
        position = source.position
        m = min(source.drawn - position, n - done)
        for i in range(m):
            arrivals[slot + done + i] = gap_times[position + i]
        first = source.index
        for i in range(m):
            indices[slot + done + i] = first + i
            origins[slot + done + i] = 0
        for i in range(slot + done, slot + done + m):
            customers[i].number = number + i - slot
        source.index += m
        source.position += m
        done += m
    return done


@inline
def _load_block(w):  # type: ignore[no-untyped-def]
    """Draw the next block of customers into the ring; sets `loaded`, `exhausted` and maybe `status`."""
    customers = tables.customers(w)
    indices = tables.indices_array(w)
    keys = tables.keys_array(w)
    origins = tables.origins_array(w)
    sources = tables.sources(w)
    refusals = tables.refusals(w)
    stays = tables.stays(w)
    ring = w.ring
    block = w.block
    number = w.loaded
    slot = number & (ring - 1)
    for i in range(slot, slot + block):
        if customers[i].status != FREE:
            w.status = RING_FULL
            return np.int64(0)
    alone = w.n_sources == 1 and not w.has_groups and not w.has_bookings
    n = _copy_source(w, slot, number, block) if alone else _merge_sources(w, slot, number, block)
    if n < block:
        w.exhausted = 1
    w.loaded = number + n
    if n == 0:
        return n
    if w.n_sources == 1:
        stream = sources[0].stream
        for i in range(slot, slot + n):
            keys[i] = customer_key(stream, np.uint64(indices[i]))
    else:
        for i in range(slot, slot + n):
            keys[i] = customer_key(sources[origins[i]].stream, np.uint64(indices[i]))
    if w.has_persons:
        know_persons(w, slot, n)
    for i in range(slot, slot + n):
        customers[i].status = PRESENT
        customers[i].step = 0
        customers[i].left = -1
    if w.repeats:
        for st in range(w.n_stations):
            for i in range(st * ring + slot, st * ring + slot + n):
                stays[i] = 0
                refusals[i] = 0
    if w.has_follow_ons:
        followed = tables.followed(w)
        for i in range(slot, slot + n):
            followed[i] = 0
    _draw_types(w, slot, n)
    if w.has_stages:
        know_stages(w, slot, n)
    _draw_routes(w, np.int64(-1), _PURPOSE_ENTRY, slot, n)
    draw_stays(w, slot, n)
    return n


@routine
def draw_stays(w, slot, n):  # type: ignore[no-untyped-def]
    """Draw what customers of known types need at their first stays everywhere, and where they go then."""
    patiences = tables.patiences_array(w)
    services = tables.services_array(w)
    stations = tables.stations(w)
    works = tables.works(w)
    for i in range(w.n_works):
        station = stations[works[i].station]
        if station.ahead:
            _draw_law(w, services, np.int64(0), works[i].code, i, station.service_key, slot, n)
            if works[i].several:
                _add_further(w, i, slot, n)
    for st in range(w.n_stations):
        station = stations[st]
        if station.ahead:
            if station.patience_code != ENDLESS:
                _draw_law(w, patiences, np.int64(1), station.patience_code, st, station.patience_key, slot, n)
            _draw_routes(w, st, station.route_key, slot, n)
    if w.has_table_services or w.has_table_patiences:
        _take_stated(w, slot, n)
    for st in range(w.n_stations):
        if stations[st].alike:
            _round_services(w, st, slot, n)


@routine
def _round_services(w, st, slot, n):  # type: ignore[no-untyped-def]
    """Round first services to ticks ahead, where it does not matter who serves."""
    out_of_line()
    server = tables.servers(w)[tables.stations(w)[st].first_server]
    factor = server.factor
    resolution = w.resolution
    first = server.home_work * w.ring + slot  # he may help elsewhere now
    work = tables.services_array(w)[first : first + n]
    out = tables.ticks_array(w)[st * w.ring + slot : st * w.ring + slot + n]
    if resolution == 1:
        for i in range(n):
            x = work[i] * factor
            possible = (x >= 0.0) & (x < MAX_TICKS)
            out[i] = np.int64(x + 0.5 if possible else -1.0)
    else:
        for i in range(n):
            out[i] = to_ticks(work[i] * factor, resolution)


@routine
def further_work(w, work, law, slot, k):  # type: ignore[no-untyped-def]
    """Return how long a customer's transactions beyond the first take, each by a key of its own (semantics 26)."""
    out_of_line()
    further = tables.by_type(w)[(work + 1) * w.n_types + tables.types(w)[slot]].further
    key = tables.keys(w)[slot]
    purpose = tables.stations(w)[tables.works(w)[work].station].service_key
    total = 0.0
    for j in range(1, further + 1):
        total += draw(w, law, customer_key(key, np.uint64(j)), purpose, k)
    return total


@routine
def _add_further(w, work, slot, n):  # type: ignore[no-untyped-def]
    """Add to first services the time of all transactions beyond the first."""
    out_of_line()
    by_type = tables.by_type(w)
    services = tables.services(w)
    types = tables.types(w)
    for i in range(slot, slot + n):
        kind = by_type[(work + 1) * w.n_types + types[i]]
        if kind.further > 0:
            services[work * w.ring + i] += further_work(w, work, kind.service_law, i, _ZERO)


@routine
def _take_stated(w, slot, n):  # type: ignore[no-untyped-def]
    """Put what tables state of customers in the place of the draws of their first stays (semantics 19)."""
    out_of_line()
    indices = tables.indices(w)
    listed = tables.listed(w)
    origins = tables.origins(w)
    patiences = tables.patiences(w)
    services = tables.services(w)
    sources = tables.sources(w)
    stations = tables.stations(w)
    works = tables.works(w)
    for i in range(slot, slot + n):
        source = sources[origins[i]]
        if source.kind == SOURCE_TABLE:
            said = listed[source.first + indices[i]]
            if said.service >= 0:
                for work in range(w.n_works):
                    if not stations[works[work].station].delay:
                        services[work * w.ring + i] = np.float64(said.service)
            for st in range(w.n_stations):
                if said.patience >= 0:
                    patiences[st * w.ring + i] = np.float64(said.patience)


@routine
def _draw_types(w, slot, n):  # type: ignore[no-untyped-def]
    """Draw each customer's type by the mix of his source; a table may say it instead.

    A few types are counted in vectors. Among many the search begins where a guide table points to (Chen and Asau 1974,
    "On generating random variates from an empirical distribution").
    """
    out_of_line()
    guides = tables.guides(w)
    indices = tables.indices_array(w)
    keys = tables.keys_array(w)
    listed = tables.listed(w)
    mixes = tables.mixes(w)
    origins = tables.origins_array(w)
    scratch = tables.scratch_array(w)
    sources = tables.sources(w)
    types = tables.types_array(w)
    n_types = w.n_types
    kind = types[slot : slot + n]
    u = scratch
    for i in range(n):
        kind[i] = 0
    if n_types > 1:
        for i in range(n):
            u[i] = uniform(keys[slot + i], _PURPOSE_TYPE, _ZERO)
        if n_types > FEW_TYPES:
            for i in range(n):
                s = origins[slot + i]
                j = guides[s * GUIDE + np.int64(u[i] * GUIDE)]
                while u[i] >= mixes[s * n_types + j]:
                    j += 1
                kind[i] = j
        elif w.n_sources == 1:
            for j in range(n_types - 1):
                bound = mixes[j]
                for i in range(n):
                    kind[i] += np.int64(u[i] >= bound)
        else:
            for i in range(n):
                base = origins[slot + i] * n_types
                for j in range(n_types - 1):
                    kind[i] += np.int64(u[i] >= mixes[base + j])
    if w.has_table_types:
        for i in range(n):
            s = origins[slot + i]
            if sources[s].kind == SOURCE_TABLE:
                known = listed[sources[s].first + indices[slot + i]].type
                if known >= 0:
                    kind[i] = known


@routine
def _draw_routes(w, station, purpose, slot, n):  # type: ignore[no-untyped-def]
    """Draw where each customer goes after a station (-1: the door): a row of the routing table."""
    out_of_line()
    by_type = tables.by_type(w)
    keys = tables.keys_array(w)
    next_rows = tables.next_rows_array(w)
    route_most = tables.route_most(w)
    scratch = tables.scratch_array(w)
    types = tables.types_array(w)
    out = (station + 1) * w.ring + slot
    table = (station + 1) * w.n_types
    most = route_most[station + 1]
    row = next_rows[out : out + n]
    kind = types[slot : slot + n]
    u = scratch
    for i in range(n):
        row[i] = by_type[table + kind[i]].route_first
    if most > 1:
        for i in range(n):
            u[i] = uniform(keys[slot + i], purpose, _ZERO)
        bounds = tables.route_bounds_array(w)
        first = tables.route_bound_first(w)[station + 1]
        for _ in range(most - 1):
            for i in range(n):
                row[i] += np.int64(u[i] >= bounds[first + kind[i]])
            first += w.n_types


@inline
def _law_of(w, which, i):  # type: ignore[no-untyped-def]
    by_type = tables.by_type(w)
    return by_type[i].service_law if which == 0 else by_type[i].patience_law


@routine
def _draw_law(w, table, which, code, of, purpose, slot, n):  # type: ignore[no-untyped-def]
    """Draw service (which = 0) of a work or patience (1) at a station; `code` is the law's where all types share it."""
    out_of_line()
    keys = tables.keys_array(w)
    law_numbers = tables.law_numbers(w)
    scratch = tables.scratch_array(w)
    types = tables.types_array(w)
    out = table[of * w.ring + slot : of * w.ring + slot + n]
    at = (of + 1) * w.n_types
    key = keys[slot : slot + n]
    kind = types[slot : slot + n]
    u = scratch
    if code == _DETERMINISTIC:
        for i in range(n):
            out[i] = law_numbers[4 * _law_of(w, which, at + kind[i])]
        return
    for i in range(n):
        u[i] = uniform(key[i], purpose, _ZERO)
    if code == _EXPONENTIAL:
        for i in range(n):
            out[i] = -own_log(1.0 - u[i])
        for i in range(n):
            out[i] = law_numbers[4 * _law_of(w, which, at + kind[i])] * out[i]
    elif code == _LOGNORMAL:
        far = 0
        for i in range(n):
            out[i] = normal_near(u[i])
        for i in range(n):
            far += np.int64(u[i] < FAR_TAIL) + np.int64(1.0 - u[i] < FAR_TAIL)
        if far:
            for i in range(n):
                if u[i] < FAR_TAIL or 1.0 - u[i] < FAR_TAIL:
                    out[i] = normal_far(u[i])
        for i in range(n):
            law = 4 * _law_of(w, which, at + kind[i])
            out[i] = law_numbers[law] + law_numbers[law + 1] * out[i]
        for i in range(n):
            out[i] = own_exp(out[i])
    else:
        for i in range(n):
            law = _law_of(w, which, at + kind[i])
            out[i] = draw(w, law, key[i], purpose, _ZERO) if law >= 0 else -1.0


@entry("load_block", "int64(int64)")
def _load_block_entry(address):  # type: ignore[no-untyped-def]
    return _load_block(_day_at(address))


load_block = caller("load_block", _load_block, DAY, INT)
