"""One replication's event buffer -> one vector of integer sums. Runs compiled, allocates nothing.

Who counts (semantics 4, 15): stays, visits and waits of the customers who came to the door inside the
observed stretch [start, close), that is after the warm-up; their whole stay counts, also the part after
closing. Time integrals take everybody but are cut to that stretch; the time of servers is cut at its
start only, so that overtime is in busy and paid (in a steady run at its end too). Hours are those of the
customer's arrival at the door for stays and visits, of the clock for integrals.

A service that was interrupted is not the end of a stay: its wait and its service are carried to the row
that ends the stay, whose outcome counts. Whether the customer was `delayed` is decided by the first wait.
"""

from __future__ import annotations

from hallsim import compiled as c
from hallsim.jit import inline, njit
from hallsim.kpis import base
from hallsim.kpis.histogram import GRID_SIZE, bin_of, grid_of
from hallsim.model import US_PER_HOUR

OK = 0
SCRATCH_TOO_SMALL = -101
BAD_ROW = -102

_US_PER_HOUR = US_PER_HOUR
_CUSTOMER, _WHAT, _WHO, _ARRIVE, _JOIN = c.ROW_CUSTOMER, c.ROW_WHAT, c.ROW_WHO, c.ROW_ARRIVE, c.ROW_JOIN
_CALL, _END, _NO_LINE = c.ROW_CALL, c.ROW_END, c.NO_LINE
_SERVED, _FAILED, _RENEGED, _BALKED = c.STEP_SERVED, c.STEP_FAILED, c.STEP_RENEGED, c.STEP_BALKED
_BLOCKED, _CLOSED_OUT, _INTERRUPTED = c.STEP_BLOCKED, c.STEP_CLOSED_OUT, c.STEP_INTERRUPTED
_VISIT_SERVED = c.VISIT_SERVED
_SERVER, _STATE, _FROM, _TO = c.SERVER_ROW_SERVER, c.SERVER_ROW_STATE, c.SERVER_ROW_FROM, c.SERVER_ROW_TO
_STATE_OVERTIME = c.STATE_OVERTIME
_JOINED, _DELAYED, _SERVICE = base.JOINED, base.DELAYED, base.SERVICE
_WAIT_CALLED, _WAIT_GIVEN_UP, _N_STAY = base.WAIT_CALLED, base.WAIT_GIVEN_UP, base.N_STAY
_N_VISIT, _TIME_ALL, _TIME_SERVED, _N_SERVER = base.N_VISIT, base.TIME_ALL, base.TIME_SERVED, base.N_SERVER
_GRID_SIZE = GRID_SIZE


@inline
def _hour_of(spec, t):  # type: ignore[no-untyped-def]
    """Return the hour of a time at or after the first hour's start."""
    if spec.one_hour == 1:
        return 0
    return (t - spec.zero) // _US_PER_HOUR


@inline
def _add_span(spec, out, at, step, begin, end):  # type: ignore[no-untyped-def]
    """Add the part of [begin, end) inside each hour of the observed stretch to out[at + hour * step]."""
    begin = max(begin, spec.start)
    end = min(end, spec.close)
    if begin < end:
        hour = _hour_of(spec, begin)
        while True:
            stop = spec.zero + (hour + 1) * _US_PER_HOUR
            if spec.one_hour == 1 or end <= stop:
                out[at + hour * step] += end - begin
                break
            out[at + hour * step] += stop - begin
            begin = stop
            hour += 1


@inline
def _add_stay(spec, out, histogram, pair, hour, outcome, wait, delayed, service):  # type: ignore[no-untyped-def]
    """Add one stay that is over: joined, and served, failed, reneged or closed out."""
    at = (pair * spec.n_hours + hour) * spec.cell
    out[at + _JOINED] += 1
    out[at + outcome] += 1
    out[at + _DELAYED] += delayed
    within = at + _N_STAY
    if outcome == _SERVED or outcome == _FAILED:
        out[at + _WAIT_CALLED] += wait
        out[at + _SERVICE] += service
    else:
        out[at + _WAIT_GIVEN_UP] += wait
        within += spec.n_thresholds
    for i in range(spec.n_thresholds):
        out[within + i] += wait <= spec.thresholds[i]
    out[at + _N_STAY + 2 * spec.n_thresholds + grid_of(wait)] += 1
    if spec.histogram_hours == 1:
        histogram[pair, bin_of(wait)] += 1
    else:
        histogram[pair * spec.n_hours + hour, bin_of(wait)] += 1


@inline
def _add_servers(spec, server_rows, n_server_rows, out):  # type: ignore[no-untyped-def]
    """Add paid time: per server in all, per station by hour; overtime apart as well."""
    for r in range(n_server_rows):
        server = server_rows[r, _SERVER]
        begin, end = server_rows[r, _FROM], server_rows[r, _TO]
        paid = min(end, spec.server_end) - max(begin, spec.start)
        if paid > 0:
            at = spec.at_servers + server * _N_SERVER
            out[at + 1] += paid
            if server_rows[r, _STATE] == _STATE_OVERTIME:
                out[at + 2] += paid
        floor = spec.at_floor + spec.server_station[server] * spec.n_hours * 2
        _add_span(spec, out, floor + 1, 2, begin, end)


@inline
def _add_floor(spec, out):  # type: ignore[no-untyped-def]
    """Sum the time being served over the lines of a station: its servers' busy time by hour."""
    for line in range(spec.n_lines):
        clock = spec.at_clock + line * spec.n_hours * 2
        floor = spec.at_floor + spec.line_station[line] * spec.n_hours * 2
        for hour in range(spec.n_hours):
            out[floor + 2 * hour] += out[clock + 2 * hour + 1]


@inline
def _accumulate_grid(spec, out):  # type: ignore[no-untyped-def]
    """Turn counts between the thresholds of the coarse grid into counts up to them."""
    first = _N_STAY + 2 * spec.n_thresholds
    for cell in range(spec.n_pairs * spec.n_hours):
        at = cell * spec.cell + first
        for i in range(1, _GRID_SIZE):
            out[at + i] += out[at + i - 1]


@njit
def reduce(spec, rows, n_rows, server_rows, n_server_rows, end, scratch, histogram, out):  # type: ignore[no-untyped-def]
    """Add up one replication.

    Parameters
    ----------
    spec : Spec
    rows : int64[>= n_rows, ROW_FIELDS]
    server_rows : int64[>= n_server_rows, SERVER_ROW_FIELDS]
    end : int, microseconds; when the last customer had left
    scratch : int64[>= 3 * n_rows] if services may be interrupted, else of any length
    histogram : int64[n_pairs * histogram_hours, N_BINS], added to
    out : int64[spec.size], overwritten

    Returns
    -------
    int
        0, or a negative code: a buffer or a row that cannot be.
    """
    out[:] = 0
    carrying = False
    for r in range(n_rows):
        what = rows[r, _WHAT]
        line = what & 0xFFFF
        outcome = (what >> 32) & 0xFF
        visit = (what >> 40) & 0xFF
        who = rows[r, _WHO]
        kind = (who >> 24) & 0xFFFF
        arrive = rows[r, _ARRIVE]
        finish = rows[r, _END]
        counts = spec.start <= arrive < spec.close
        hour = _hour_of(spec, arrive) if counts else 0
        if line != _NO_LINE:
            if line >= spec.n_lines or kind >= spec.n_types:
                return BAD_ROW
            pair = spec.pair_of[line * spec.n_types + kind]
            customer = rows[r, _CUSTOMER]
            if pair < 0 or customer < 0 or customer >= n_rows:
                return BAD_ROW
            if outcome == _BALKED or outcome == _BLOCKED:
                if counts:
                    out[(pair * spec.n_hours + hour) * spec.cell + outcome] += 1
            else:
                join = rows[r, _JOIN]
                call = rows[r, _CALL]
                waited_until = call if call >= 0 else finish
                wait = waited_until - join
                delayed = 1 if wait > 0 else 0
                service = 0
                clock = spec.at_clock + line * spec.n_hours * 2
                _add_span(spec, out, clock, 2, join, waited_until)
                if call >= 0:
                    service = finish - call
                    _add_span(spec, out, clock + 1, 2, call, finish)
                    server = (who & 0xFFFFFF) - 1
                    if server < 0 or server >= spec.n_servers:
                        return BAD_ROW
                    busy = min(finish, spec.server_end) - max(call, spec.start)
                    if busy > 0:
                        out[spec.at_servers + server * _N_SERVER] += busy
                if carrying:
                    k = 3 * customer
                    if scratch[k] > 0:
                        delayed = scratch[k] - 1
                        wait += scratch[k + 1]
                        service += scratch[k + 2]
                        scratch[k] = 0
                if outcome == _INTERRUPTED:
                    if not carrying:
                        if scratch.size < 3 * n_rows:
                            return SCRATCH_TOO_SMALL
                        scratch[: 3 * n_rows] = 0
                        carrying = True
                    k = 3 * customer
                    scratch[k] = 1 + delayed
                    scratch[k + 1] = wait
                    scratch[k + 2] = service
                    if counts:
                        out[(pair * spec.n_hours + hour) * spec.cell + _INTERRUPTED] += 1
                elif outcome == _SERVED or outcome == _FAILED or outcome == _RENEGED or outcome == _CLOSED_OUT:
                    if counts:
                        _add_stay(spec, out, histogram, pair, hour, outcome, wait, delayed, service)
                else:
                    return BAD_ROW
        if visit != 0:
            if kind >= spec.n_types:
                return BAD_ROW
            _add_span(spec, out, spec.at_inside, 1, arrive, finish)
            if counts:
                at = spec.at_visits + (kind * spec.n_hours + hour) * _N_VISIT
                out[at] += 1
                out[at + visit] += 1
                out[at + _TIME_ALL] += finish - arrive
                if visit == _VISIT_SERVED:
                    out[at + _TIME_SERVED] += finish - arrive
                way_out = (what >> 48) & 0xFF
                if way_out > 0:
                    out[spec.at_exits + way_out - 1] += 1
    _add_servers(spec, server_rows, n_server_rows, out)
    _add_floor(spec, out)
    _accumulate_grid(spec, out)
    out[spec.at_day] = 1
    out[spec.at_day + 1] = max(end - spec.close, 0)
    return OK
