"""Call rules: whom a free server calls where more decides than ranks and ages (semantics 34, 35)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import NEVER
from hallsim.engines import tables
from hallsim.engines.conditions import hold
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.lists import (
    ELIGIBLE,
    become_idle,
    booked_at,
    first_idle,
    first_in_line,
    has_just_waited,
    head_of_line,
    leave_idle,
    schedule_beside,
)
from hallsim.engines.pools import skill_of, stands_before
from hallsim.engines.records import DAY, NOBODY, NOTHING
from hallsim.engines.serving import call_ticket, pick_on_coming
from hallsim.jit import inline, out_of_line, routine
from hallsim.parts.calls.dispatch import score_of

_day_at = record_at(DAY)


@routine
def rule_now(w, st, t):  # type: ignore[no-untyped-def]
    """Return the call rule of a station that holds at this moment."""
    out_of_line()
    rules = tables.rules(w)
    rule = tables.rule_firsts(w)[st]
    while not hold(w, rules[rule].term_first, rules[rule].term_count, NOBODY, t):
        rule += 1
    return rule


@inline
def goes_first(w, rule, slot, t):  # type: ignore[no-untyped-def]
    """Return whether somebody who waits has an appointment that a rule puts before everybody else now."""
    customers = tables.customers(w)
    rules = tables.rules(w)
    if slot < w.ring:
        booked = booked_at(w, slot)
        judged = tables.arrivals(w)[slot]
    else:
        booked = customers[slot].deadline
        judged = customers[slot].call
    if booked == NEVER:
        return False
    if rules[rule].by_calling:
        judged = t
    return t >= booked - rules[rule].early and judged <= booked + rules[rule].late


@inline
def first_with_appointment(w, rule, line, t):  # type: ignore[no-untyped-def]
    """Return the first in a line whom a rule puts before everybody else now, -1 if there is none."""
    customers = tables.customers(w)
    slot = first_in_line(w, line)
    while slot != head_of_line(w, line):
        if goes_first(w, rule, slot, t):
            return slot
        slot = customers[slot].next
    return np.int64(-1)


@routine
def is_open(w, order, line, t):  # type: ignore[no-untyped-def]
    """Return whether a line may be called by an order: at once, or for the wait of somebody, or for its length."""
    out_of_line()
    customers = tables.customers(w)
    if order.after == 0 or tables.lines(w)[line].length >= order.waiting:
        return True
    slot = first_in_line(w, line)
    while slot != head_of_line(w, line):
        if slot < w.ring:  # else a number whose holder has left
            if t - customers[slot].join >= order.after:
                return True
            if not w.has_places:
                return False  # who comes behind has waited less
        slot = customers[slot].next
    return False


@routine
def choose_by_rule(w, server, st, t):  # type: ignore[no-untyped-def]
    """Return whom a free server calls by his station's call rule, a customer or an absent number; -1: nobody."""
    out_of_line()
    customers = tables.customers(w)
    expected = tables.expected(w)
    lines = tables.lines(w)
    orders = tables.orders(w)
    rules = tables.rules(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    rule = rule_now(w, st, t)
    best = np.int64(-1)
    best_booked = False
    best_rank = np.int64(0)
    best_score = np.int64(0)
    for line in range(stations[st].first_line, stations[st].first_line + stations[st].n_lines):
        order = orders[rules[rule].first_order + skill_of(w, server, line)]
        if order.rank >= 0 and lines[line].length > 0 and is_open(w, order, line, t):
            slot = first_with_appointment(w, rule, line, t) if rules[rule].grace else np.int64(-1)
            booked = slot >= 0
            if not booked:
                slot = first_in_line(w, line)
            kind = tables.types(w)[slot] if slot < w.ring else customers[slot].ahead
            score = score_of(
                order.score,
                t - customers[slot].join,
                lines[line].length,
                expected[servers[server].work * w.n_types + kind],
                order.weight,
                order.head_start,
            )
            before = best < 0
            if not before and booked != best_booked:
                before = booked
            elif not before and order.rank != best_rank:
                before = order.rank < best_rank
            elif not before and score != best_score:
                before = score > best_score
            elif not before:
                before = stands_before(w, slot, best)
            if before:
                best = slot
                best_booked = booked
                best_rank = order.rank
                best_score = score
    return best


@inline
def call_by_rule(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server who may call take whom the rule says, go through an absent number, or become idle."""
    slot = choose_by_rule(w, server, st, t)
    while slot >= 0:
        if call_ticket(w, server, slot, st, tables.customers(w)[slot].line, t):
            return NOTHING
        slot = choose_by_rule(w, server, st, t)
    become_idle(w, server, st)
    return NOTHING


@entry("call_by_rule", "int64(int64, int64, int64, int64)")
def _call_by_rule_entry(address, server, st, t):  # type: ignore[no-untyped-def]
    return call_by_rule(_day_at(address), server, st, t)


# --- help from pools that call a line only then (semantics 36) ------------------------------------------------------


@routine
def get_help(w, line, t):  # type: ignore[no-untyped-def]
    """Let idle servers call who may call a line as it is now, first who has been idle longest."""
    out_of_line()
    lines = tables.lines(w)
    orders = tables.orders(w)
    servers = tables.servers(w)
    st = lines[line].station
    if tables.stations(w)[st].idle_count == 0:
        return NOTHING
    first_order = tables.rules(w)[rule_now(w, st, t)].first_order
    server = first_idle(w, st)
    while server < w.n_servers and lines[line].length > 0:
        behind = servers[server].idle_next
        order = orders[first_order + skill_of(w, server, line)]
        if order.rank >= 0 and is_open(w, order, line, t):
            leave_idle(w, server, st)
            pick_on_coming(w, server, st, t)
            behind = first_idle(w, st)
        server = behind
    return NOTHING


@entry("get_help", "int64(int64, int64, int64)")
def _get_help_entry(address, line, t):  # type: ignore[no-untyped-def]
    return get_help(_day_at(address), line, t)


@inline
def wait_for_help(w, slot, line, t):  # type: ignore[no-untyped-def]
    """Note when a customer who has joined a line makes others call it, and let them who may call it now."""
    limits = tables.line_limits(w)[line]
    for i in range(limits.first, limits.first + limits.count):
        schedule_beside(w, slot, t + tables.limits(w)[i], ELIGIBLE)
    return get_help(w, line, t)


@entry("wait_for_help", "int64(int64, int64, int64, int64)")
def _wait_for_help_entry(address, slot, line, t):  # type: ignore[no-untyped-def]
    return wait_for_help(_day_at(address), slot, line, t)


_far_help = caller("get_help", get_help, DAY, INT, INT, INT)


@routine
def on_eligible(w, slot, t, entity):  # type: ignore[no-untyped-def]
    """Let others call a customer's line if he has just waited long enough."""
    out_of_line()
    if has_just_waited(w, slot, t, entity):
        _far_help(w, tables.customers(w)[slot].line, t)
