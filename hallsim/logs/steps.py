"""Placing steps in time: what happened when, which duration wins, and what cannot have been.

In: the times and durations of rows as the log tells them. Out: the same arrays, completed: a step that was served
has a ticket, a call, a start and an end in that order. The rules of `rules` say what is dropped and repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_DECLINED,
    STEP_FAILED,
    STEP_HELD_BACK,
    STEP_INTERRUPTED,
    STEP_NO_SHOW,
    STEP_RENEGED,
    STEP_SERVED,
    STEP_TRANSFERRED,
)
from hallsim.logs.cells import NONE
from hallsim.logs.declaration import TIME_FIELDS
from hallsim.logs.moments import DAY_US

if TYPE_CHECKING:
    from hallsim.logs.mapping import Mapping

I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

SERVED = (STEP_SERVED, STEP_FAILED, STEP_DECLINED, STEP_HELD_BACK, STEP_INTERRUPTED, STEP_TRANSFERRED)
LEFT = (STEP_RENEGED, STEP_CLOSED_OUT)
TURNED_BACK = (STEP_BALKED, STEP_BLOCKED)


class Verdicts(Protocol):
    """Where rows are dropped and reported."""

    def drop(self, rule: str, which: Bool, fields: Sequence[str]) -> None:
        """Drop rows by a rule."""

    def note(self, rule: str, which: Bool, fields: Sequence[str]) -> None:
        """Report rows under a rule, if they are kept in the end."""


@dataclass(slots=True)
class Steps:
    """Rows on their way to being steps; arrays of all rows, `alive` tells which still count.

    `outcome` holds codes of `compiled.STEP_OUTCOMES`, 0 where the log tells none. `has` names the columns that the
    file has, `may_cross` the rows whose times have no dates of their own.
    """

    alive: Bool
    outcome: I64
    times: dict[str, I64]
    lengths: dict[str, I64]
    n_calls: I64
    may_cross: Bool
    has: set[str]

    @property
    def turned_back(self) -> Bool:
        """Rows of customers who joined no line."""
        return np.isin(self.outcome, TURNED_BACK)


def place(s: Steps, mapping: Mapping, verdicts: Verdicts) -> None:
    """Complete the times of all steps, in `s`, and drop the rows whose times make no step."""
    t = s.times
    told = (t["t_start"] != NONE) | (t["t_call_last"] != NONE)
    s.outcome = np.where((s.outcome == 0) & told, STEP_SERVED, s.outcome)
    served = np.isin(s.outcome, SERVED)
    no_call = (s.outcome == STEP_NO_SHOW) & (t["t_call_last"] == NONE)
    t["t_call_last"] = np.where(no_call, t["t_start"], t["t_call_last"])
    ignored = ~served & (s.outcome > 0) & (t["t_start"] != NONE) & (t["t_start"] != t["t_end"])
    verdicts.note("service_ignored", ignored, ["outcome", "t_start", "t_end"])
    t["t_start"] = np.where(served, t["t_start"], NONE)
    if "wait" in s.has and mapping.columns["wait"].wins:
        # the machine's end of a service that never was says nothing of when the customer left
        t["t_end"] = np.where(served | (s.lengths["wait"] == NONE), t["t_end"], NONE)
    if mapping.crosses_midnight:
        _cross_midnight(s, mapping.crosses_midnight, verdicts)
    _call_and_start(s, mapping, served, verdicts)
    _end(s, mapping, served, verdicts)
    _turn_back(s)
    _refuse(s, served, verdicts)
    if mapping.forgotten_end:
        long = served & (t["t_end"] - np.where(served, t["t_start"], 0) > mapping.forgotten_end)
        verdicts.note("forgotten_end", long, ["ticket_no", "t_start", "t_end"])


def _cross_midnight(s: Steps, most: int, verdicts: Verdicts) -> None:
    """Count times of day that jump back on from the midnight that lies between."""
    crossed = np.zeros(len(s.alive), dtype=bool)
    before = np.full(len(s.alive), NONE, dtype=np.int64)
    for name in TIME_FIELDS:
        time = s.times[name]
        known = (time != NONE) & (before != NONE) & s.may_cross
        next_day = known & (time < before) & (time + DAY_US - np.where(known, before, 0) <= most)
        s.times[name] = time = np.where(next_day, time + DAY_US, time)
        crossed |= next_day
        before = np.where(time == NONE, before, np.maximum(time, before))
    verdicts.note("crosses_midnight", crossed, [f for f in TIME_FIELDS if f in s.has])


def _call_and_start(s: Steps, mapping: Mapping, served: Bool, verdicts: Verdicts) -> None:
    """Find when a customer was called, by the times or by the wait, and when service began."""
    t, wait = s.times, s.lengths["wait"]
    came = served | (s.outcome == STEP_NO_SHOW)
    ticket = t["t_ticket"]
    by_wait = np.where(came & (wait != NONE) & (ticket != NONE), ticket + np.where(wait == NONE, 0, wait), NONE)
    call = t["t_call_last"]
    column = mapping.columns.get("wait")
    wins = column is not None and column.wins
    if "t_call_last" in s.has:
        if column is not None:
            differ = _differ(call, by_wait, column.tolerance)
            verdicts.note(
                "duration_disagrees" if wins else "duration_differs", differ, ["t_ticket", "t_call_last", "wait"]
            )
            call = np.where(differ & wins, by_wait, call)
        filled = came & (call == NONE)
        call = _first(call, by_wait, np.where(came, t["t_start"], NONE))
        filled &= call != NONE
    else:
        call = _first(by_wait, t["t_start"]) if wins else _first(np.where(came, t["t_start"], NONE), by_wait)
        filled = np.zeros(len(call), dtype=bool)
        if column is not None and not wins:
            verdicts.note("duration_differs", _differ(call, by_wait, column.tolerance), ["t_ticket", "t_start", "wait"])
    t["t_call_last"] = call
    empty = served & (t["t_start"] == NONE)
    t["t_start"] = np.where(empty, call, t["t_start"])
    if "t_start" in s.has:
        filled |= empty & (call != NONE)
    t["t_call_first"] = _first(t["t_call_first"], call)
    s.n_calls = np.where(s.n_calls == NONE, (call != NONE).astype(np.int64), s.n_calls)
    verdicts.note("time_filled", filled, [f for f in ("t_ticket", "t_call_last", "t_start") if f in s.has])


def _end(s: Steps, mapping: Mapping, served: Bool, verdicts: Verdicts) -> None:
    """Find when a step ended, by the times or by the durations."""
    t, wait, service = s.times, s.lengths["wait"], s.lengths["service"]
    start, end, ticket = t["t_start"], t["t_end"], t["t_ticket"]
    some = served & (service != NONE) & (start != NONE)
    by_service = np.where(some, np.where(some, start, 0) + np.where(some, service, 0), NONE)
    column = mapping.columns.get("service")
    if column is not None:
        differ = _differ(end, by_service, column.tolerance)
        rule = "duration_disagrees" if column.wins else "duration_differs"
        verdicts.note(rule, differ & s.alive, ["t_start", "t_end", "service"])
        end = np.where(differ & column.wins, by_service, end)
    filled = served & (end == NONE) & (by_service != NONE)
    if "t_end" in s.has:
        verdicts.note("time_filled", filled, ["t_start", "t_end", "service"])
    end = _first(end, by_service)
    gave_up = np.isin(s.outcome, LEFT) & (wait != NONE) & (ticket != NONE)
    by_wait = np.where(gave_up, np.where(gave_up, ticket, 0) + np.where(gave_up, wait, 0), NONE)
    if "wait" in mapping.columns:
        differ = _differ(end, by_wait, mapping.columns["wait"].tolerance)
        verdicts.note("duration_differs", differ, ["t_ticket", "t_end", "wait"])
    gone = np.isin(s.outcome, (*LEFT, STEP_NO_SHOW))
    t["t_end"] = _first(end, by_wait, np.where(gone, t["t_call_last"], NONE))
    called, work = t["t_call_last"] != NONE, s.lengths["wrap_up"]
    some = served & (work != NONE) & (t["t_end"] != NONE)
    free = np.where(some, t["t_end"] + np.where(some, work, 0), NONE)
    t["t_wrap_end"] = np.where(called, _first(t["t_wrap_end"], free, t["t_end"]), NONE)


def _turn_back(s: Steps) -> None:
    """Let who did not join have no ticket: the moment of joining is the moment of turning back."""
    t, turned = s.times, s.turned_back
    t["t_end"] = np.where(turned, _first(t["t_ticket"], t["t_arrive"], t["t_end"]), t["t_end"])
    t["t_arrive"] = np.where(turned, _first(t["t_arrive"], t["t_end"]), t["t_arrive"])
    for name in ("t_ticket", "t_call_first", "t_call_last", "t_start", "t_wrap_end"):
        t[name] = np.where(turned, NONE, t[name])
    s.n_calls = np.where(turned, 0, s.n_calls)


def _refuse(s: Steps, served: Bool, verdicts: Verdicts) -> None:
    """Drop steps that lack a time, or whose times run backwards."""
    t = s.times
    missing = {name: t[name] == NONE for name in TIME_FIELDS}
    no_ticket = missing["t_ticket"] & ~s.turned_back
    no_start = served & (missing["t_start"] | missing["t_call_last"])
    no_call = (s.outcome == STEP_NO_SHOW) & missing["t_call_last"]
    unplaced = no_ticket | no_start | no_call | missing["t_end"] | (s.outcome == 0)
    shown = [f for f in ("ticket_no", "outcome", *TIME_FIELDS) if f in s.has or f in ("ticket_no", "outcome")]
    verdicts.drop("missing_time", unplaced, shown)
    early = _before(t["t_call_last"], t["t_ticket"]) | _before(t["t_call_first"], t["t_ticket"])
    verdicts.drop("start_before_ticket", early, ["ticket_no", "t_ticket", "t_call_first", "t_call_last", "t_start"])
    over = (served & _before(t["t_end"], t["t_start"])) | (~served & _before(t["t_end"], t["t_ticket"]))
    over |= _before(t["t_wrap_end"], t["t_end"])
    verdicts.drop("end_before_start", over, ["ticket_no", "t_ticket", "t_start", "t_end", "t_wrap_end"])
    verdicts.note(
        "start_before_call", _before(t["t_start"], t["t_call_last"]), ["t_ticket", "wait", "t_call_last", "t_start"]
    )
    verdicts.note("ticket_before_arrival", _before(t["t_ticket"], t["t_arrive"]), ["t_arrive", "t_ticket"])


def _first(*choices: I64) -> I64:
    """Return, row by row, the first choice that is known."""
    found = choices[0]
    for other in choices[1:]:
        found = np.where(found == NONE, other, found)
    return found


def _before(time: I64, other: I64) -> Bool:
    """Tell where a known time comes before another known time."""
    before: Bool = (time != NONE) & (other != NONE) & (time < other)
    return before


def _differ(time: I64, other: I64, tolerance: int) -> Bool:
    """Tell where two known times lie farther apart than a tolerance."""
    known = (time != NONE) & (other != NONE)
    far: Bool = known & (np.abs(np.where(known, time, 0) - np.where(known, other, 0)) > tolerance)
    return far
