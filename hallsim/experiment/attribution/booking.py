"""Waited time booked to causes, stretch by stretch between two happenings (docs/attribution.md).

In: `Happenings`, and for each row its age, line and server. Out: microseconds by row and cause; the causes of a row sum
to its wait.
"""

from __future__ import annotations

import numpy as np

from hallsim.experiment.attribution.causes import (
    BETWEEN,
    BREAK,
    CALLS,
    DOWN,
    IDLE,
    LOAD,
    N_CAUSES,
    NO_SERVER,
    OCCUPIED,
    ORDER,
    SPACE,
)
from hallsim.experiment.attribution.happenings import AWAY, CALLED, CHANGE, JOINED, KIND, LEFT, OF, PRESENT, SCOPE, TIME
from hallsim.jit import njit

HOLDING = (BREAK, DOWN, CALLS, SPACE, BETWEEN, IDLE)
"""Causes that hold customers back by servers who are away, in the order of precedence."""


@njit
def book(happenings, service, age, line, server, own):  # type: ignore[no-untyped-def]
    """Book every wait.

    Parameters
    ----------
    happenings : int64[n, 5], service : float64[n_scopes]
        As in `Happenings`.
    age : int64[n_rows]; lower for whose stay began earlier
    line, server : int64[n_rows]
    own : bool[n_servers, n_lines]; the server calls the line as his own

    Returns
    -------
    int64[n_rows, N_CAUSES], microseconds
    """
    n_lines = own.shape[1]
    booked = np.zeros((len(age), N_CAUSES), dtype=np.int64)
    queue = np.zeros(len(age) + 1, dtype=np.int64)  # rows that wait, oldest first
    passed = np.zeros(len(age), dtype=np.int64)  # later ones who were called meanwhile
    present = np.zeros(n_lines, dtype=np.int64)
    unmanned = np.zeros(n_lines)  # backlog of a line for which nobody was there
    away = np.zeros(N_CAUSES + 1, dtype=np.int64)
    backlog = np.zeros(N_CAUSES)
    n, scope, last = 0, -1, 0
    for e in range(len(happenings)):
        time, of = happenings[e, TIME], happenings[e, OF]
        if happenings[e, SCOPE] != scope:
            scope, n = happenings[e, SCOPE], 0
            present[:], away[:], unmanned[:], backlog[:] = 0, 0, 0.0, 0.0
        elif time > last:
            if n > 0:
                book_stretch(
                    time - last, queue[:n], line, passed, present, unmanned, away, backlog, service[scope], booked
                )
            else:
                unmanned[:], backlog[:] = 0.0, 0.0
        last = time
        kind = happenings[e, KIND]
        if kind == JOINED:
            n = insert(queue, n, of, age)
        elif kind == LEFT:
            n = remove(queue, n, of)
        elif kind == CALLED:
            for i in range(n):
                if age[queue[i]] < age[of] and own[server[of], line[queue[i]]]:
                    passed[queue[i]] += 1
        elif kind == PRESENT:
            present[of] += happenings[e, CHANGE]
        elif kind == AWAY:
            away[of] += happenings[e, CHANGE]
        else:
            raise ValueError("no such happening")
    return booked


@njit
def insert(queue, n, row, age):  # type: ignore[no-untyped-def]
    """Put a row into the queue by age; return the new length."""
    i = n
    while i > 0 and age[queue[i - 1]] > age[row]:
        queue[i] = queue[i - 1]
        i -= 1
    queue[i] = row
    return n + 1


@njit
def remove(queue, n, row):  # type: ignore[no-untyped-def]
    """Take a row out of the queue; return the new length."""
    i = 0
    while queue[i] != row:
        i += 1
    for k in range(i, n - 1):
        queue[k] = queue[k + 1]
    return n - 1


@njit
def book_stretch(length, queue, line, passed, present, unmanned, away, backlog, service, booked):  # type: ignore[no-untyped-def]
    """Book a stretch in which nothing happens; backlogs are as in the middle of it, and grow to its end."""
    held = np.zeros(N_CAUSES)
    in_line = np.zeros(len(present), dtype=np.int64)
    for row in queue:
        in_line[line[row]] += 1
    grow(0.5 * length / service, in_line, present, unmanned, away, backlog, held)
    book_positions(length, queue, line, passed, present, unmanned, held, booked)
    grow(0.5 * length / service, in_line, present, unmanned, away, backlog, held)


@njit
def grow(services, in_line, present, unmanned, away, backlog, held):  # type: ignore[no-untyped-def]
    """Let backlogs grow for the time of so many services; set how many customers each cause holds back."""
    room = 0.0
    for i in range(len(in_line)):
        if in_line[i] > 0 and present[i] == 0:
            unmanned[i] = min(unmanned[i] + services, float(in_line[i]))
        else:
            unmanned[i] = min(unmanned[i], float(in_line[i]))
            room += in_line[i] - unmanned[i]
    for cause in HOLDING:
        backlog[cause] = min(backlog[cause], room)
        held_now = min(float(max(away[cause], 0)), room - backlog[cause])
        undone = held_now
        if cause == BETWEEN:
            undone = min(held_now + away[OCCUPIED], room)
        backlog[cause] = min(backlog[cause] + undone * services, room - held_now)
        held[cause] = backlog[cause] + held_now
        room -= held[cause]


@njit
def book_positions(length, queue, line, passed, present, unmanned, held, booked):  # type: ignore[no-untyped-def]
    """Book a stretch to the causes that claim each position, oldest first."""
    claimed = np.zeros(N_CAUSES)  # of the customer at hand
    ahead = np.zeros(len(present))  # in his line
    before, after = 0.0, 0.0  # how much of the positions so far causes 2 and 3 were asked for, and 5 to 8
    for position in range(len(queue)):
        row = queue[position]
        claimed[:] = 0.0
        if present[line[row]] == 0:
            booked[row, NO_SERVER] += length
            continue
        claimed[NO_SERVER] = overlap(ahead[line[row]], 1.0, 0.0, unmanned[line[row]])
        ahead[line[row]] += 1.0
        rest = 1.0 - claimed[NO_SERVER]
        claimed[BREAK] = overlap(before, rest, 0.0, held[BREAK])
        claimed[DOWN] = overlap(before, rest, held[BREAK], held[DOWN])
        before += rest
        rest -= claimed[BREAK] + claimed[DOWN]
        if passed[row] > position:
            claimed[ORDER] = rest
            rest = 0.0
        edge = 0.0
        for cause in (CALLS, SPACE, BETWEEN, IDLE):
            claimed[cause] = overlap(after, rest, edge, held[cause])
            edge += held[cause]
        after += rest
        book_row(length, claimed, booked[row])


@njit
def overlap(begin, length, other, other_length):  # type: ignore[no-untyped-def]
    """Return how much two stretches, given by begin and length, have in common."""
    return max(0.0, min(begin + length, other + other_length) - max(begin, other))


@njit
def book_row(length, claimed, booked):  # type: ignore[no-untyped-def]
    """Add the parts of a stretch that causes claim, in whole microseconds; what is left is load."""
    whole, done = 0.0, 0
    for cause in range(LOAD):
        whole = min(whole + claimed[cause], 1.0)
        upto = int(np.rint(whole * length))
        booked[cause] += upto - done
        done = upto
    booked[LOAD] += length - done
