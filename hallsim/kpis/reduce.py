"""One replication's event buffer -> one vector of integer sums. Runs compiled, allocates nothing.

Who counts (semantics 4, 15): stays, visits and waits of the customers who came to the door inside the
observed stretch, that is after the warm-up; their whole stay counts, also the part after closing. Whose
arrival was rounded to closing time is turned away and counts in the last hour. Time integrals take
everybody but are cut to [start, close), where a part of the hall is open round the clock on the days of a horizon with
what lies after close in the first hours of the clock; the time of servers is cut at its start only, so that overtime is
in busy and paid (in a steady run at its end too). Hours are those of the customer's arrival at the door
for stays and visits, of the clock for integrals.

A service that was interrupted is not the end of a stay: its wait and its service are carried to the row
that ends the stay, whose outcome counts. Whether the customer was `delayed` is decided by the first wait.

Who was called and did not come (no_show) waited until the call and gave up then; the server's time with the
ticket is busy time, but no service.

A delay is a stay without a wait and without a server. Time out of the hall is time neither in it nor inside.
"""

from __future__ import annotations

import numpy as np

from hallsim import compiled as c
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.jit import inline, out_of_line, routine
from hallsim.kpis import base, layout, tally
from hallsim.kpis.branch_sums import add_branches
from hallsim.kpis.fairness_sums import add_overtaken
from hallsim.kpis.histogram import GRID_SIZE, N_BINS, bin_of, grid_of
from hallsim.kpis.recovery_sums import add_recoveries
from hallsim.kpis.zone_sums import add_zones
from hallsim.model import US_PER_DAY, US_PER_HOUR

_tally_at = record_at(tally.TALLY)
OK = 0
CARRIED_TOO_SMALL = -101
BAD_ROW = -102

_US_PER_DAY, _US_PER_HOUR = US_PER_DAY, US_PER_HOUR
_CUSTOMER, _WHAT, _WHO, _ARRIVE, _JOIN = c.ROW_CUSTOMER, c.ROW_WHAT, c.ROW_WHO, c.ROW_ARRIVE, c.ROW_JOIN
_CALL, _END, _NO_LINE = c.ROW_CALL, c.ROW_END, c.NO_LINE
_AHEAD, _WALK_SHIFT = c.ROW_AHEAD, c.WALK_SHIFT
_SERVED, _FAILED, _RENEGED, _BALKED = c.STEP_SERVED, c.STEP_FAILED, c.STEP_RENEGED, c.STEP_BALKED
_BLOCKED, _CLOSED_OUT, _INTERRUPTED = c.STEP_BLOCKED, c.STEP_CLOSED_OUT, c.STEP_INTERRUPTED
_NO_SHOW, _TRANSFERRED, _HELD_BACK = c.STEP_NO_SHOW, c.STEP_TRANSFERRED, c.STEP_HELD_BACK
_VISIT_SERVED, _VISIT_DIVERTED, _VISIT_TURNED_AWAY = c.VISIT_SERVED, c.VISIT_DIVERTED, c.VISIT_TURNED_AWAY
_VISIT_ELSEWHERE = c.VISIT_ELSEWHERE
_SERVER, _STATE, _FROM, _TO = c.SERVER_ROW_SERVER, c.SERVER_ROW_STATE, c.SERVER_ROW_FROM, c.SERVER_ROW_TO
_STATE_DUTY, _STATE_OVERTIME, _STATE_DOWN = c.STATE_DUTY, c.STATE_OVERTIME, c.STATE_DOWN
_STATE_WRAP_UP = c.STATE_WRAP_UP
_STATE_CALLING, _STATE_BREAK, _N_STATES = c.STATE_CALLING, c.STATE_BREAK, len(c.SERVER_STATES)
_STATE_PAID_BREAK, _WALKING, _SLOWED = c.STATE_PAID_BREAK, base.WALKING, base.SLOWED
_MILLION = np.int64(layout.MILLION)
_STATE_PREPARING, _STATE_BLOCKED, _DROPPED = c.STATE_PREPARING, c.STATE_BLOCKED, c.PREPARED_DROPPED
_CAME_TO, _ELSEWHERE, _TRIALS = base.CAME_TO, base.ELSEWHERE, base.TRIALS
_STATE_TRIED_OUT, _TRIAL_SHIFT, _BOUGHT = c.STATE_TRIED_OUT, c.TRIAL_SHIFT, c.TRIED_AND_BOUGHT
_JOINED, _DELAYED, _SERVICE = base.JOINED, base.DELAYED, base.SERVICE
_WAIT_CALLED, _WAIT_GIVEN_UP, _N_STAY = base.WAIT_CALLED, base.WAIT_GIVEN_UP, base.N_STAY
_N_VISIT, _TIME_ALL, _TIME_SERVED, _N_SERVER = base.N_VISIT, base.TIME_ALL, base.TIME_SERVED, base.N_SERVER
_FOLLOWED, _FOLLOWED_SHIFT = base.FOLLOWED, base.FOLLOWED_SHIFT
_SENT, _STAYED_AWAY = base.SENT, base.STAYED_AWAY
_BUSY, _PAID, _UNREADY, _OVERTIME = base.BUSY, base.PAID, base.UNREADY, base.OVERTIME
_DOWN, _STOPS, _OPENINGS, _N_FLOOR, _N_DUTY = base.DOWN, base.STOPS, base.OPENINGS, base.N_FLOOR, base.N_DUTY
_GRID_SIZE, _N_BINS, _ROW, _SERVER_ROW = GRID_SIZE, N_BINS, c.ROW_FIELDS, c.SERVER_ROW_FIELDS


@inline
def _hour_of(since, one_hour):  # type: ignore[no-untyped-def]
    """Return the hour of a time that lies `since` after the first hour's start."""
    if one_hour:
        return np.int64(0)
    return np.int64(np.uint64(since) // np.uint64(_US_PER_HOUR))  # unsigned division takes half the instructions


@routine
def _add_inside(w, at, step, begin, end, sign):  # type: ignore[no-untyped-def]
    """Add the part of [begin, end) inside each hour of the observed stretch, times a sign."""
    out_of_line()
    out = tally.out(w)
    begin, end = max(begin, w.start), min(end, w.close)
    while begin < end:
        hour = _hour_of(begin - w.zero, w.one_hour)
        stop = end if w.one_hour else min(end, w.zero + (hour + 1) * _US_PER_HOUR)
        out[at + hour * step] += sign * (stop - begin)
        begin = stop


@inline
def _add_span(w, out, at, step, begin, end):  # type: ignore[no-untyped-def]
    """Add the part of [begin, end) inside each hour of the observed stretch to out[at + hour * step]."""
    if end > w.close:
        if w.overnight:
            _add_inside(w, at, step, begin - _US_PER_DAY, end - _US_PER_DAY, np.int64(1))
        end = np.int64(w.close)
    begin = max(begin, w.start)
    if begin < end:
        hour = _hour_of(begin - w.zero, w.one_hour)
        if not w.one_hour:
            stop = w.zero + (hour + 1) * _US_PER_HOUR
            while end > stop:
                out[at + hour * step] += stop - begin
                begin = stop
                stop += _US_PER_HOUR
                hour += 1
        out[at + hour * step] += end - begin


@routine
def _add_rarely(w, at, step, begin, end, sign):  # type: ignore[no-untyped-def]
    """Add the part of [begin, end) to each hour, times a sign; as `_add_span`, out of line because it is rare."""
    out_of_line()
    _add_inside(w, at, step, begin, end, sign)
    if w.overnight and end > w.close:
        _add_inside(w, at, step, begin - _US_PER_DAY, end - _US_PER_DAY, sign)


@routine
def _take_away(w, customer, line, n_rows, begin, end):  # type: ignore[no-untyped-def]
    """Note that a customer was out of the hall in [begin, end)."""
    out_of_line()
    away = tally.away(w)
    away[customer] += end - begin
    if tally.line_outside(w)[line] == 2:
        away[n_rows + customer] = 1
    _add_rarely(w, w.at_inside, np.int64(1), begin, end, np.int64(-1))


@routine
def _add_preparation(out, at, outcome, came_to):  # type: ignore[no-untyped-def]
    """Add what the preparation of a stay came to, and a trial before it.

    All preparations that were completed count as prepared, if a server took the customer.
    """
    out_of_line()
    trial = came_to >> _TRIAL_SHIFT
    out[at + _TRIALS] += np.int64(trial > 0)
    out[at + _TRIALS + 1] += np.int64(trial == _BOUGHT)
    came_to &= (1 << _TRIAL_SHIFT) - 1
    if came_to == 0:
        return
    if came_to == _DROPPED:
        out[at + _CAME_TO + _DROPPED - 1] += 1
    elif outcome == _SERVED or outcome == _FAILED:
        out[at + _CAME_TO] += 1
        if came_to > _DROPPED:
            out[at + _CAME_TO + came_to - 1] += 1


@routine
def _add_elsewhere(w, server, line, call, finish, busy):  # type: ignore[no-untyped-def]
    """Add a service away from the server's own station, by hour to the server's station instead of the line's."""
    out_of_line()
    home, station = tally.server_station(w)[server], tally.line_station(w)[line]
    if home != station:
        tally.out(w)[w.at_servers + server * _N_SERVER + _ELSEWHERE] += busy
        step = np.int64(_N_FLOOR)
        for of, sign in ((home, np.int64(1)), (station, np.int64(-1))):
            _add_rarely(w, w.at_floor + of * w.n_hours * _N_FLOOR + _BUSY, step, call, finish, sign)


@routine
def _note_rests(w, n_server_rows):  # type: ignore[no-untyped-def]
    """Note when those who tire have begun their duty, or come back from a break; return how many times there are."""
    out_of_line()
    server_rows = tally.server_rows(w)
    rests = tally.rests(w)
    n = np.int64(0)
    for r in range(0, n_server_rows * _SERVER_ROW, _SERVER_ROW):
        server, state = server_rows[r + _SERVER], server_rows[r + _STATE]
        is_break = state == _STATE_BREAK or state == _STATE_PAID_BREAK
        if tally.tires(w)[server] > 0 and (is_break or state == _STATE_DUTY):
            rests[2 * n] = server
            rests[2 * n + 1] = server_rows[r + _TO] if is_break else server_rows[r + _FROM]
            n += 1
    return n


@routine
def _slowness(w, server, call, n_rests):  # type: ignore[no-untyped-def]
    """Return by how much longer a novice or tired server takes for a service that begins now, in millionths."""
    out_of_line()
    slowness = _MILLION
    done = tally.services(w)[server]
    if done < tally.server_n_curve(w)[server]:
        slowness = tally.curve(w)[tally.server_curve(w)[server] + done]
    rate = tally.tires(w)[server]
    if rate > 0:
        rests = tally.rests(w)
        rested = np.int64(-1)
        for i in range(n_rests):
            if rests[2 * i] == server and rests[2 * i + 1] <= call:
                rested = max(rested, rests[2 * i + 1])
        if rested >= 0:
            tired = min(rate * (call - rested) // _US_PER_HOUR, tally.tires_most(w)[server])
            slowness = slowness * (_MILLION + tired) // _MILLION
    return slowness


@routine
def _add_effort(w, server, outcome, call, walk, finish, n_rests):  # type: ignore[no-untyped-def]
    """Add the walk before a service, and what the service took longer because of who did it (semantics 38, 39)."""
    out_of_line()
    out = tally.out(w)
    at = w.at_servers + server * _N_SERVER
    begin = call + walk
    out[at + _WALKING] += max(min(begin, w.server_end) - max(call, w.start), 0)
    if outcome == _SERVED or outcome == _FAILED or outcome == _TRANSFERRED:
        slowness = _slowness(w, server, call, n_rests)
        service = max(min(finish, w.server_end) - max(begin, w.start), 0)
        out[at + _SLOWED] += service - service * _MILLION // slowness
        tally.services(w)[server] += 1


@inline
def _add_stay(w, out, pair, hour, outcome, wait, delayed, service, came_to):  # type: ignore[no-untyped-def]
    """Add one stay that is over: joined, and taken by a server, given up or closed out; return its bin.

    Counts of waits go to the first threshold that is not below them; `_accumulate` sums them up at the end.
    """
    thresholds = tally.thresholds(w)
    n_thresholds = w.n_thresholds
    at = (pair * w.n_hours + hour) * w.cell
    out[at + _JOINED] += 1
    out[at + outcome] += 1
    out[at + _DELAYED] += delayed
    if came_to > 0:
        _add_preparation(out, at, outcome, came_to)
    within = at + _N_STAY
    if outcome == _SERVED or outcome == _FAILED or outcome == _TRANSFERRED:
        out[at + _WAIT_CALLED] += wait
        out[at + _SERVICE] += service
    else:
        out[at + _WAIT_GIVEN_UP] += wait
        within += n_thresholds
    i = np.int64(0)
    while i < n_thresholds and wait > thresholds[i]:
        i += 1
    if i < n_thresholds:
        out[within + i] += 1
        if outcome == _CLOSED_OUT:
            out[at + _N_STAY + 2 * n_thresholds + i] += 1
    out[at + _N_STAY + 3 * n_thresholds + grid_of(wait)] += 1
    row = pair if w.histogram_hours == 1 else pair * w.n_hours + hour
    return row * _N_BINS + bin_of(wait)


@inline
def _add_visit(w, out, kind, hour, visit, way_out, time):  # type: ignore[no-untyped-def]
    """Add one visit that is over."""
    at = w.at_visits + (kind * w.n_hours + hour) * _N_VISIT
    came = np.int64(visit != _VISIT_ELSEWHERE)
    out[at] += came
    out[at + visit] += 1
    out[at + _TIME_ALL] += came * time
    if visit == _VISIT_SERVED:
        out[at + _TIME_SERVED] += time
    if way_out > 0:
        out[w.at_exits + kind * w.n_exits + way_out - 1] += 1


@routine
def _look_back(w, at, n_rows, line, kind, hour, visit):  # type: ignore[no-untyped-def]
    """Add what a visit that ends with the row at `at` has been besides: an appointment, sent to another channel."""
    out_of_line()
    out = tally.out(w)
    rows = tally.rows(w)
    source = (rows[at + _WHO] >> 40) & 0xFFFF
    booking = tally.source_booking(w)[source] if source < w.source_booking_n else np.int64(-1)
    if booking >= 0:
        out[w.at_bookings + booking] += 1
    sent = visit == _VISIT_DIVERTED
    stayed = sent
    if w.has_outside and tally.away(w)[n_rows + rows[at + _CUSTOMER]]:
        sent = True
        stayed = stayed or (line != _NO_LINE and tally.line_outside(w)[line] == 2 and visit != _VISIT_TURNED_AWAY)
    cell = w.at_visits + (kind * w.n_hours + hour) * _N_VISIT
    out[cell + _SENT] += np.int64(sent)
    out[cell + _STAYED_AWAY] += np.int64(stayed)


@inline
def _add_rows(w, n_rows, n_server_rows):  # type: ignore[no-untyped-def]
    """Add all rows of the event buffer; return OK or what is wrong."""
    rows = tally.rows(w)
    out = tally.out(w)
    carried = tally.carried(w)
    pair_of = tally.pair_of(w)
    bins = tally.bins(w)
    n_bins = np.int64(0)
    carrying = False
    away = tally.away(w)
    n_rests = np.int64(0)
    if w.has_effort:
        for i in range(w.n_servers):
            tally.services(w)[i] = 0
        n_rests = _note_rests(w, n_server_rows)
    if w.has_outside:
        if w.away_n < 2 * n_rows:
            return CARRIED_TOO_SMALL
        for i in range(2 * n_rows):
            away[i] = 0
    for at in range(0, n_rows * _ROW, _ROW):
        what = rows[at + _WHAT]
        line = what & 0xFFFF
        outcome = (what >> 32) & 0xFF
        visit = (what >> 40) & 0xFF
        who = rows[at + _WHO]
        kind = (who >> 24) & 0xFFFF
        arrive = rows[at + _ARRIVE]
        finish = rows[at + _END]
        counts = arrive >= w.start and arrive <= w.close
        hour = _hour_of(min(arrive, w.close - 1) - w.zero, w.one_hour) if counts else np.int64(0)
        if line != _NO_LINE:
            customer = rows[at + _CUSTOMER]
            if line >= w.n_lines or kind >= w.n_types or customer < 0 or customer >= n_rows:
                return BAD_ROW
            pair = pair_of[line * w.n_types + kind]
            if pair < 0:
                return BAD_ROW
            if outcome == _BALKED or outcome == _BLOCKED:
                if counts:
                    out[(pair * w.n_hours + hour) * w.cell + outcome] += 1
            else:
                join = rows[at + _JOIN]
                call = rows[at + _CALL]
                waited_until = call if call >= 0 else finish
                wait = waited_until - join
                delayed = np.int64(wait > 0 or call < 0)
                service = np.int64(0)
                if w.has_outside and tally.line_outside(w)[line]:
                    _take_away(w, customer, line, n_rows, join, finish)
                clock = w.at_clock + line * w.n_hours * 2
                if wait > 0:
                    _add_span(w, out, clock, 2, join, waited_until)
                if call >= 0:
                    service = finish - call - (rows[at + _AHEAD] >> _WALK_SHIFT)
                    _add_span(w, out, clock + 1, 2, call, finish)
                    server = (who & 0xFFFFFF) - 1
                    if server >= w.n_servers or (server < 0 and not w.has_delays):
                        return BAD_ROW
                    busy = min(finish, w.server_end) - max(call, w.start)
                    if busy > 0 and server >= 0:
                        out[w.at_servers + server * _N_SERVER + _BUSY] += busy
                        if w.has_helpers:
                            _add_elsewhere(w, server, line, call, finish, busy)
                    if w.has_effort and server >= 0:
                        walk = rows[at + _AHEAD] >> _WALK_SHIFT
                        _add_effort(w, server, outcome, call, walk, finish, n_rests)
                k = 3 * customer
                if carrying and carried[k] > 0:
                    delayed = carried[k] - 1
                    wait += carried[k + 1]
                    service += carried[k + 2]
                    carried[k] = 0
                if outcome == _INTERRUPTED:
                    if not carrying:
                        if w.carried_n < 3 * n_rows:
                            return CARRIED_TOO_SMALL
                        for i in range(3 * n_rows):
                            carried[i] = 0
                        carrying = True
                    carried[k] = 1 + delayed
                    carried[k + 1] = wait
                    carried[k + 2] = service
                    if counts:
                        out[(pair * w.n_hours + hour) * w.cell + _INTERRUPTED] += 1
                elif 0 < outcome <= _HELD_BACK:  # all others have been dealt with
                    if counts:
                        bins[n_bins] = _add_stay(w, out, pair, hour, outcome, wait, delayed, service, who >> 56)
                        n_bins += 1
                else:
                    return BAD_ROW
        if w.has_follow_ons and counts and what >> _FOLLOWED_SHIFT:
            out[w.at_visits + (kind * w.n_hours + hour) * _N_VISIT + _FOLLOWED] += 1
        if visit != 0:
            if kind >= w.n_types:
                return BAD_ROW
            _add_span(w, out, w.at_inside, 1, arrive, finish)
            if counts:
                time = finish - arrive
                if w.has_outside:
                    time -= away[rows[at + _CUSTOMER]]
                _add_visit(w, out, kind, hour, visit, (what >> 48) & 0xFF, time)
                if w.looks_back:
                    _look_back(w, at, n_rows, line, kind, hour, visit)
    # In a loop of their own the misses of the large table overlap: a quarter of the reducer's time.
    histogram = tally.histogram(w)
    for i in range(n_bins):
        histogram[bins[i]] += 1
    return OK


@inline
def _add_slots(w, out, station, what, begin, end):  # type: ignore[no-untyped-def]
    """Add a stretch to what a station has on duty in each half-hour."""
    _add_in_slots(w, out, station, what, begin, end)
    if w.overnight:
        _add_in_slots(w, out, station, what, begin - _US_PER_DAY, end - _US_PER_DAY)


@inline
def _add_in_slots(w, out, station, what, begin, end):  # type: ignore[no-untyped-def]
    """Add the part of [begin, end) inside each half-hour."""
    begin = max(begin, w.start)
    end = min(end, w.close)
    first = w.at_duty + station * w.n_slots * _N_DUTY + what
    while begin < end:
        slot = (begin - w.zero) // w.slot
        stop = min(end, w.zero + (slot + 1) * w.slot)
        out[first + slot * _N_DUTY] += stop - begin
        begin = stop


@routine
def _add_spent(w, server, state, begin, end, watched):  # type: ignore[no-untyped-def]
    """Add a stretch of duty that was spent neither with customers nor free; wrap-ups are busy, unpaid breaks unpaid."""
    out_of_line()
    out = tally.out(w)
    station = tally.server_station(w)[server]
    at = w.at_servers + server * _N_SERVER
    floor = w.at_floor + station * w.n_hours * _N_FLOOR
    if state < _N_STATES:
        out[at + _DOWN + state - _STATE_DOWN] += watched
    out[at + _STOPS] += np.int64(state == _STATE_DOWN and watched > 0)
    if state == _STATE_BLOCKED:  # part of a service
        return
    what, sign = (_PAID, -1) if state == _STATE_BREAK else (_UNREADY, 1)
    if state == _STATE_PREPARING or state == _STATE_WRAP_UP or state == _STATE_TRIED_OUT:
        what = _BUSY
    out[at + what] += sign * watched
    _add_rarely(w, floor + what, np.int64(_N_FLOOR), begin, end, np.int64(sign))
    if w.n_slots > 0 and state != _STATE_CALLING and what != _BUSY:
        _add_slots(w, out, station, np.int64(1), begin, end)


@inline
def _add_servers(w, n_server_rows):  # type: ignore[no-untyped-def]
    """Add paid time, and what of it was neither with customers nor free: per server in all, per station by hour."""
    server_rows = tally.server_rows(w)
    server_station = tally.server_station(w)
    out = tally.out(w)
    for r in range(0, n_server_rows * _SERVER_ROW, _SERVER_ROW):
        server, state = server_rows[r + _SERVER], server_rows[r + _STATE]
        begin, end = server_rows[r + _FROM], server_rows[r + _TO]
        watched = max(min(end, w.server_end) - max(begin, w.start), 0)
        at = w.at_servers + server * _N_SERVER
        station = server_station[server]
        floor = w.at_floor + station * w.n_hours * _N_FLOOR
        if state > _STATE_OVERTIME:  # how time on duty was spent: not paid twice
            _add_spent(w, server, state, begin, end, watched)
            continue
        out[at + _PAID] += watched
        if state == _STATE_OVERTIME:
            out[at + _OVERTIME] += watched
        _add_span(w, out, floor + _PAID, _N_FLOOR, begin, end)
        if w.n_slots > 0:
            _add_slots(w, out, station, np.int64(0), begin, end)
        if w.has_extra and tally.server_extra(w)[server] and watched > 0:
            before = r - _SERVER_ROW  # overtime that goes on from duty is the same opening
            goes_on = r > 0 and server_rows[before + _SERVER] == server and server_rows[before + _TO] == begin
            out[at + _OPENINGS] += np.int64(state == _STATE_DUTY or not goes_on)


@inline
def _add_floor(w):  # type: ignore[no-untyped-def]
    """Sum the time being served over the lines of a station: its servers' busy time by hour."""
    line_station = tally.line_station(w)
    out = tally.out(w)
    for line in range(w.n_lines):
        clock = w.at_clock + line * w.n_hours * 2
        floor = w.at_floor + line_station[line] * w.n_hours * _N_FLOOR
        for hour in range(w.n_hours):
            out[floor + _N_FLOOR * hour] += out[clock + 2 * hour + 1]


@inline
def _accumulate(w):  # type: ignore[no-untyped-def]
    """Turn the counts between thresholds, and between those of the coarse grid, into counts up to them."""
    out = tally.out(w)
    n = w.n_thresholds
    for at in range(0, w.at_visits, w.cell):
        if out[at + _JOINED] > 0:
            first = at + _N_STAY
            for size in (n, n, n, np.int64(_GRID_SIZE)):
                total = np.int64(0)
                for i in range(first, first + size):
                    total += out[i]
                    out[i] = total
                first += size


@routine
def _reduce(w, n_rows, n_server_rows, n_notes, end):  # type: ignore[no-untyped-def]
    out = tally.out(w)
    for i in range(w.size):
        out[i] = 0
    status = _add_rows(w, n_rows, n_server_rows)
    if w.has_overtaking and status == OK:
        add_overtaken(w, n_rows)
    _add_servers(w, n_server_rows)
    _add_floor(w)
    _accumulate(w)
    if w.n_zones > 0 and status == OK:
        add_zones(w, n_rows, n_notes)
    if w.n_outages > 0 and status == OK:
        add_recoveries(w, n_rows)
    if w.n_branches > 0 and status == OK:
        add_branches(w, n_rows)
    out[w.at_day] = 1
    out[w.at_day + 1] = max(end - w.close, 0)
    return status


@entry("reduce", "int64(int64, int64, int64, int64, int64)")
def _reduce_entry(address, n_rows, n_server_rows, n_notes, end):  # type: ignore[no-untyped-def]
    return _reduce(_tally_at(address), n_rows, n_server_rows, n_notes, end)


_far_reduce = caller("reduce", _reduce, tally.TALLY, INT, INT, INT, INT, INT)


@routine
def reduce(handle, n_rows, n_server_rows, n_notes, end):  # type: ignore[no-untyped-def]
    """Add up one replication, whose rows the tally watches (`Tally.watch`).

    Parameters
    ----------
    handle : recarray[1] of TALLY
        `Tally.handle`; afterwards `Tally.out` holds the sums, and the waits are added to `Tally.histogram`.
    n_rows, n_server_rows, n_notes : int
    end : int, microseconds; when the last customer had left

    Returns
    -------
    int
        0, or a negative code: a buffer or a row that cannot be.
    """
    return _far_reduce(handle[0], n_rows, n_server_rows, n_notes, end)
