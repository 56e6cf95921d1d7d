"""The events of a day, read back from its log, and the first difference between two logs of one day.

In: a `Model` and a `Log` (an engine's rows). Out: text of at most 80 columns, one event a line, or None and an
explanation where two engines disagree. Nothing is simulated here but in `trace`, which runs the engines for you.

A log says when something happened, not because of what. Inside an instant the events are therefore put in the order
that semantics 2 gives to their causes: by kind of the cause, then by its customer or server, each with its whole
cascade (a customer's step ends, the customer goes on, the freed server calls the next). An event that is only born in
that cascade (the end of a service of no length) follows it at its own rank.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from hallsim.compiled import (
    KIND_ARRIVAL,
    KIND_BREAKDOWN,
    KIND_CLOSE,
    KIND_DELAY_END,
    KIND_ELIGIBLE,
    KIND_LEVEL,
    KIND_OVERLAY_END,
    KIND_PATIENCE_END,
    KIND_REPAIR,
    KIND_SERVER_OFF,
    KIND_SERVER_ON,
    KIND_SERVICE_END,
    SERVER_ROW_CUSTOMER,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    SERVER_STATES,
    STATE_BLOCKED,
    STATE_BREAK,
    STATE_CALLING,
    STATE_DOWN,
    STATE_OVERTIME,
    STATE_PAID_BREAK,
    STATE_PREPARING,
    STATE_SET_UP,
    STATE_TRIED_OUT,
    STATE_WRAP_UP,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_INTERRUPTED,
    STEP_OUTCOMES,
    STEP_RENEGED,
    VISIT_OUTCOMES,
    Log,
)
from hallsim.day_types import kinds_of_days
from hallsim.engines.reference_policies import rules_of
from hallsim.errors import UsageError, not_one_of
from hallsim.horizon.course import log_of_day
from hallsim.model import Model
from hallsim.rows import Steps, unpack
from hallsim.visits import clock, names

WIDTH = 80
ENGINES = {"batch": "hallsim.engines.kernel", "reference": "hallsim.engines.reference"}
N_EQUAL_ROWS = 5

RULES = {
    2: "order inside an instant",
    3: "draws",
    4: "waiting",
    6: "shift end",
    7: "closing",
    8: "choice of an idle server",
    9: "priority and order of the line",
    10: "patience",
    11: "pre-acceptance",
    12: "interrupted work",
    17: "outcomes",
    13: "opening counters",
    31: "breakdowns",
    32: "numbers that stay",
    37: "breaks",
    43: "transfers",
    42: "calls that nobody answers",
}
"""Numbers of docs/semantics.md that a difference can point to."""

_OUTCOME_RULES = {"reneged": 10, "closed_out": 7, "interrupted": 12, "balked": 17, "blocked": 17, "moved": 31}
_OUTCOME_RULES |= {"no_show": 42, "skipped": 42}
_KIND_RULES = {
    **dict.fromkeys(("arrive", "join", "end", "route"), 3),
    **{"leave": 17, "on": 6, "off": 6, "overtime": 7, "down": 31, "up": 31, "sets up": 13, "ready": 13},
    **{"calls": 32, "called": 32, "break": 37, "back": 37, "wraps up": 38, "done": 38},
    **dict.fromkeys(("prepares", "prepared", "blocked", "unblocked"), 11) | {"tries": 46, "tried": 46},
}

_STATE_EVENTS = {
    **{STATE_DOWN: ("down", "up"), STATE_SET_UP: ("sets up", "ready"), STATE_CALLING: ("calls", "called")},
    **dict.fromkeys((STATE_BREAK, STATE_PAID_BREAK), ("break", "back")),
    **{STATE_PREPARING: ("prepares", "prepared"), STATE_TRIED_OUT: ("tries", "tried")},
    STATE_BLOCKED: ("blocked", "unblocked"),
    STATE_WRAP_UP: ("wraps up", "done"),
}

Cause = tuple[tuple[int, int], ...]
"""What set an event off inside an instant: (kind, entity) of the engine's event, `compiled.KIND_*`.

An event of a lower rank that is only born in another's cascade (a service without length, started by an arrival)
comes right after it: the pair stands behind the other's. Causes compare in the order in which an engine handles them.
"""


class Event(NamedTuple):
    """One thing that happened.

    `kind` is "arrive", "join", "call", "end" (of a step, `detail` is its outcome), "route" (to the
    station in `place`), "leave" (`detail` is the outcome of the visit), or of a server "on", "overtime"
    and "off". `customer` is -1 and `server` empty where there is none. `order` sorts inside an instant.
    """

    time: int
    order: tuple[Any, ...]
    kind: str
    customer: int
    place: str
    server: str
    detail: str

    @property
    def content(self) -> tuple[int, str, int, str, str, str]:
        """Everything but the order."""
        return (self.time, self.kind, self.customer, self.place, self.server, self.detail)


@dataclass(frozen=True, slots=True)
class TraceResult:
    """What `trace` hands back: `text` to print, and whether the engines agree (None: only one was run)."""

    text: str
    equal: bool | None


def trace(
    scenario: Any,
    seed: int = 1,
    replication: int = 0,
    engine: str = "both",
    *,
    first: int | None = None,
    last: int | None = None,
    allow_code: bool = False,
) -> TraceResult:
    """Simulate one replication and print its events, or the first difference between the two engines.

    Parameters
    ----------
    scenario : a `Scenario`, or a `Model`
    seed, replication : which day, of a log or of one horizon after the other where the hall has those
    engine : "batch", "reference" or "both" (the events, if the logs are equal bit for bit)
    first, last : microseconds on the clock, both included; print only the events between them
    allow_code : whether Python code that the scenario leaves decisions to may run (on the "reference" engine only)

    Raises
    ------
    UsageError
        If the engine is not known, or a log does not have so many days.
    EngineError
        If an engine breaks down.
    """
    from hallsim.compiled import compile_model

    if engine not in (*ENGINES, "both"):
        raise UsageError(not_one_of(engine, "an engine", (*ENGINES, "both")))
    model: Model = getattr(scenario, "model", scenario)
    if model.logged and not 0 <= replication < len(model.days):
        raise UsageError(f"there is no day {replication}; the log has {len(model.days)}, numbered from 0")
    chosen = list(ENGINES) if engine == "both" else [engine]
    rules = [rules_of(model, name, allow_code) for name in chosen][-1]
    more = () if rules is None else (rules,)
    engines = [import_module(ENGINES[name]).simulate for name in chosen]
    if model.horizon is not None:
        logs: list[Log] = [log_of_day(model, seed, replication, run, more) for run in engines]
        model = model.of_day(logs[0].day)
    else:
        model = model.of_day(kinds_of_days(model, seed, replication, replication + 1)[0])
        compiled = compile_model(model)
        logs = [run(compiled, seed, replication, *more) for run in engines]
    if len(logs) == 2:
        found = diff(model, logs[0], logs[1], chosen)
        if found is not None:
            return TraceResult(found, False)
    text = format_trace(model, logs[0], first, last)
    if len(logs) == 1:
        return TraceResult(text, None)
    return TraceResult(f"{text}\nThe engines agree: {len(logs[0].rows)} steps, the same to the last microsecond.", True)


def events(model: Model, log: Log) -> list[Event]:
    """Return the events of a log, sorted by time and, inside an instant, as semantics 2 orders them."""
    return _Reader(model, log).events()


def format_trace(model: Model, log: Log, first: int | None = None, last: int | None = None) -> str:
    """Return the events as text, a line each under a heading.

    Parameters
    ----------
    first, last : microseconds on the clock, both included; None is from the beginning, to the end
    """
    chosen = [e for e in events(model, log) if (first is None or e.time >= first) and (last is None or e.time <= last)]
    return "\n".join([_HEADING, *(format_event(e) for e in chosen)])


def format_event(event: Event, indent: str = "") -> str:
    """Return one line of at most 80 columns; names that are too long end in `..`."""
    customer = str(event.customer) if event.customer >= 0 else "-"
    return _line(clock(event.time), event.kind, customer, event.place, event.server, event.detail, indent)


def diff(model: Model, log_a: Log, log_b: Log, engines: Sequence[str] = ("batch", "reference")) -> str | None:
    """Compare two logs of the same replication.

    Returns
    -------
    str or None
        None if rows (and their order), server rows and end are equal. Else what differs first: the last
        equal rows, the two that differ field by field, the earliest instant at which the logs tell
        different events, all its events in both logs, who waited in which line, and the number of the
        rule that orders them.
    """
    rows_equal = np.array_equal(log_a.rows, log_b.rows)
    servers_equal = np.array_equal(log_a.server_rows, log_b.server_rows)
    if rows_equal and servers_equal and not np.array_equal(log_a.notes, log_b.notes):
        return _notes_differ(log_a, log_b, engines)
    if rows_equal and servers_equal:
        if log_a.end == log_b.end:
            return None
        ends = [f"  {name:<10} {clock(log.end)}" for name, log in zip(engines, (log_a, log_b), strict=True)]
        return "\n".join([_verdict("The logs differ in the end of the day alone.", 7), *ends])
    readers = (_Reader(model, log_a), _Reader(model, log_b))
    both = [reader.events() for reader in readers]
    instant, rule = _first_difference(both, readers, rows_equal)
    parts = [
        _row_section(readers, engines) if not rows_equal else _server_section(readers, engines),
        _verdict(f"The events first differ at {clock(instant)}.", rule),
        _event_section(both, instant, engines),
        _line_section(readers, instant, engines),
    ]
    return "\n\n".join(parts)


def _notes_differ(log_a: Log, log_b: Log, engines: Sequence[str]) -> str:
    """Return the first note that differs where nothing else does."""
    notes = [log.notes.tolist() for log in (log_a, log_b)]
    first = next(i for i, (a, b) in enumerate(zip_longest(*notes)) if a != b)
    found = [
        f"  {name:<10} " + (", ".join(str(x) for x in own[first]) if first < len(own) else "no more notes")
        for name, own in zip(engines, notes, strict=True)
    ]
    return "\n".join([f"The logs differ in note {first + 1} alone: customer, step, what, value.", *found])


def _line(time: str, kind: str, customer: str, place: str, server: str, detail: str, indent: str = "") -> str:
    text = f"{indent}{time:<15} {kind:<8} {customer:>6}  {_fit(place, 17)} {_fit(server or '-', 13)} "
    return text.rstrip() if not detail else (text + _fit(detail, WIDTH - _columns(text))).rstrip()


def _columns(text: str) -> int:
    """Return the width on a screen, where a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fit(text: str, width: int) -> str:
    """Pad or cut a text to a width on the screen."""
    if _columns(text) > width:
        while _columns(text) > width - 2:
            text = text[:-1]
        text += ".."
    return text + " " * (width - _columns(text))


_HEADING = _line("time", "event", "who", "place", "server", "detail")


def _name(known: Sequence[str], i: int) -> str:
    """Return a name by number; a number outside the model (a broken log) shows as itself."""
    if i < 0:
        return "-"
    return known[i] if i < len(known) else f"?{i}"


class _Reader:
    """A log with the names of its model."""

    def __init__(self, model: Model, log: Log) -> None:
        self.log = log
        self.steps = Steps(*(column.tolist() for column in unpack(log.rows)))
        known = names(model)
        self.servers = known.servers
        self.lines = known.lines
        self.line_station = [model.stations[i].name for i in known.line_station]
        self.server_station = [model.stations[i].name for i in known.server_station]
        self.with_levels = {station.name for station in model.stations if station.shift_end != "named"}
        self.types = [t.name for t in model.types]
        self.sources = [s.name for s in model.sources]
        self.exits = [e.name for e in model.exits]

    def row(self, i: int) -> dict[str, str]:
        """Return one row, every field as text."""
        s = self.steps
        return {
            "customer": str(s.customer[i]),
            "step": str(s.step[i]),
            "line": _name(self.lines, s.line[i]),
            "outcome": _name(STEP_OUTCOMES, s.outcome[i]) or "-",
            "visit outcome": _name(VISIT_OUTCOMES, s.visit_outcome[i]) or "-",
            "exit": _name(self.exits, s.exit[i]),
            "server": _name(self.servers, s.server[i]),
            "type": _name(self.types, s.type[i]),
            "source": _name(self.sources, s.source[i]),
            "arrive": clock(s.t_arrive[i]),
            "join": clock(s.t_join[i]),
            "call": clock(s.t_call[i]) if s.t_call[i] >= 0 else "-",
            "end": clock(s.t_end[i]),
            "ahead": str(s.ahead[i]),
        }

    def server_row(self, i: int) -> dict[str, str]:
        """Return one interval of a server, every field as text."""
        row = self.log.server_rows[i].tolist()
        return {
            "server": _name(self.servers, row[SERVER_ROW_SERVER]),
            "state": _name(SERVER_STATES, row[SERVER_ROW_STATE]),
            "from": clock(row[SERVER_ROW_FROM]),
            "to": clock(row[SERVER_ROW_TO]),
            "customer": str(row[SERVER_ROW_CUSTOMER]),
        }

    def events(self) -> list[Event]:
        """Return all events, sorted."""
        found = self._server_events()
        turned_on = {(e.time, e.server): e.order[0] for e in found if e.kind == "on"}
        ended: dict[int, tuple[int, Cause, str]] = {}  # customer -> end of the latest step, its cause, whence
        freed: dict[int, tuple[int, Cause]] = {}  # server -> end of the latest service, its cause
        for i in range(len(self.steps.customer)):
            found.extend(self._step_events(i, ended, freed, turned_on))
        return sorted(found)

    def _server_events(self) -> list[Event]:
        rows = [tuple(row) for row in self.log.server_rows.tolist()]
        spans = [row for row in rows if row[SERVER_ROW_STATE] <= STATE_OVERTIME]
        starts = {(row[SERVER_ROW_SERVER], row[SERVER_ROW_FROM]) for row in spans}
        found = []
        for server, state, start, end, customer in rows:
            place, name = _name(self.server_station, server), _name(self.servers, server)
            named = place not in self.with_levels
            if state > STATE_OVERTIME:
                begins, ends = _STATE_EVENTS[state]
                about = customer >= 0
                first, last = (KIND_OVERLAY_END,) * 2 if about else (KIND_BREAKDOWN, KIND_REPAIR)
                found.append(Event(start, (((first, server),), int(about)), begins, customer, place, name, ""))
                found.append(Event(end, (((last, server),), 0), ends, customer, place, name, ""))
                continue
            kind, rank = "on", KIND_SERVER_ON if named else KIND_LEVEL
            if state == STATE_OVERTIME:
                kind, rank = "overtime", KIND_SERVER_OFF if named else KIND_LEVEL
            found.append(Event(start, (((rank, server),), 0), kind, -1, place, name, ""))
            if (server, end) not in starts:  # else the server goes on in another state: one event, not two
                # Who leaves after a customer leaves when that service has ended, not at the schedule.
                rank = KIND_SERVER_OFF if named else KIND_LEVEL
                rank = KIND_SERVICE_END if state == STATE_OVERTIME else rank
                found.append(Event(end, (((rank, server),), 2), "off", -1, place, name, ""))
        return found

    def _step_events(
        self,
        i: int,
        ended: dict[int, tuple[int, Cause, str]],
        freed: dict[int, tuple[int, Cause]],
        turned_on: dict[tuple[int, str], Cause],
    ) -> Iterable[Event]:
        """Yield what one row tells; rows come in the order of their ends, so causes are known before."""
        s = self.steps
        customer, step, server, outcome = s.customer[i], s.step[i], s.server[i], s.outcome[i]
        join, call, end = s.t_join[i], s.t_call[i], s.t_end[i]
        line, station = _name(self.lines, s.line[i]), _name(self.line_station, s.line[i])
        name = _name(self.servers, server) if server >= 0 else ""

        def event(
            time: int, cause: Cause, phase: int, kind: str, place: str, by: str, detail: str, other: int = 0
        ) -> Event:
            # The mover's events of a cascade (0) come before those of who is called next (1).
            return Event(time, (cause, other, customer, step, phase), kind, customer, place, by, detail)

        if customer not in ended:
            start: Cause = ((KIND_ARRIVAL, customer),)
            kind = _name(self.types, s.type[i])
            yield event(s.t_arrive[i], start, 0, "arrive", _name(self.sources, s.source[i]), "", kind)
        else:
            before, start, whence = ended[customer]
            if before != join:
                start = ((KIND_DELAY_END, customer),)
            if whence:
                yield event(join, start, 0, "route", station, "", f"from {whence}")
        joined = s.line[i] >= 0 and outcome not in (STEP_BALKED, STEP_BLOCKED)
        if joined:
            yield event(join, start, 1, "join", line, "", f"{s.ahead[i]} ahead")
        cause = start
        if call >= 0:
            cause, other = self._cause_of_call(i, start, freed, turned_on)
            yield event(call, cause, 2, "call", line, name, "", other)
        if joined and not (outcome == STEP_CLOSED_OUT and join == end):  # who comes after closing is sent away at once
            kind_entity = _cause_of_end(outcome, server, customer)
            cause = _following(cause, call if call >= 0 else join, kind_entity, end)
        if call >= 0:
            freed[server] = (end, cause)
        # Who is interrupted stays at the station: nothing routes him there.
        ended[customer] = (end, cause, "" if outcome == STEP_INTERRUPTED else station)
        if s.line[i] >= 0:
            yield event(end, cause, 3, "end", line, name, _name(STEP_OUTCOMES, outcome))
        if s.visit_outcome[i]:
            why = _name(VISIT_OUTCOMES, s.visit_outcome[i])
            yield event(end, cause, 4, "leave", _name(self.exits, s.exit[i]), "", why)

    def _cause_of_call(
        self, i: int, start: Cause, freed: dict[int, tuple[int, Cause]], turned_on: dict[tuple[int, str], Cause]
    ) -> tuple[Cause, int]:
        """Return why a customer was called, and 0 for the mover of that cascade, 1 for another customer.

        The cause is the later of two: the customer joined, the server became free.
        """
        s = self.steps
        call, server = s.t_call[i], s.server[i]
        reasons: list[tuple[Cause, int]] = []
        if s.t_join[i] == call:
            reasons.append((start, 0))
        if server in freed and freed[server][0] == call:
            reasons.append((freed[server][1], 1))
        elif (call, _name(self.servers, server)) in turned_on:
            reasons.append((turned_on[call, _name(self.servers, server)], 1))
        return max(reasons, default=(((KIND_ELIGIBLE, s.customer[i]),), 1))  # he has waited long enough

    def waiting(self, t: int) -> dict[str, str]:
        """Return who waited in each line just before `t` or came to it at `t`, in the order of joining."""
        s = self.steps
        found: dict[int, list[tuple[int, int, str]]] = {}
        for i, line in enumerate(s.line):
            left = s.t_call[i] if s.t_call[i] >= 0 else s.t_end[i]
            if line < 0 or s.outcome[i] in (STEP_BALKED, STEP_BLOCKED) or not s.t_join[i] <= t <= left:
                continue
            mark = "+" * (s.t_join[i] == t) + "-" * (left == t)
            found.setdefault(line, []).append((s.t_join[i], s.customer[i], f"{s.customer[i]}{mark}"))
        return {_name(self.lines, line): " ".join(text for *_, text in sorted(found[line])) for line in sorted(found)}


def _cause_of_end(outcome: int, server: int, customer: int) -> tuple[int, int]:
    """Return kind and entity of the event that ended a step in a line."""
    if outcome == STEP_INTERRUPTED:
        return KIND_LEVEL, server
    if outcome == STEP_RENEGED:
        return KIND_PATIENCE_END, customer
    if outcome == STEP_CLOSED_OUT:
        return KIND_CLOSE, customer
    return KIND_SERVICE_END, server


def _following(before: Cause, t_before: int, kind_entity: tuple[int, int], t: int) -> Cause:
    """Return the cause of what `before` led to: its place among the causes of the instant `t`."""
    if t_before != t:
        return (kind_entity,)
    while before and before[-1] < kind_entity:
        before = before[:-1]
    return (*before, kind_entity)


def _first_difference(
    both: Sequence[list[Event]], readers: tuple[_Reader, _Reader], rows_equal: bool
) -> tuple[int, int]:
    """Return the earliest instant at which the events differ, and the rule behind it."""
    a, b = both
    in_a, in_b = ({e.content for e in found} for found in both)
    only = sorted([e for e in a if e.content not in in_b] + [e for e in b if e.content not in in_a])
    if only:
        instant = only[0].time
        here = [e for found in both for e in found if e.time == instant]
        return instant, _rule(only[0], [e for e in only if e.time == instant], here)
    if rows_equal:  # the same intervals of servers in another order
        logs = [r.log.server_rows for r in readers]
        i = min(_first(*logs), len(logs[0]) - 1, len(logs[1]) - 1)
        return int(logs[0][i][SERVER_ROW_FROM]) if i >= 0 else 0, 6
    rows = [r.log.rows for r in readers]
    i = min(_first(*rows), len(rows[0]) - 1, len(rows[1]) - 1)
    return min(r.steps.t_end[i] for r in readers), 2


def _rule(event: Event, only: Sequence[Event], here: Sequence[Event]) -> int:
    """Return the rule under which an event falls that one log alone tells.

    `only` are all such events of that instant, `here` all its events, in both logs.
    """
    for e in only:
        if e.customer == event.customer and e.kind == "end" and e.detail in _OUTCOME_RULES:
            return _OUTCOME_RULES[e.detail]
    partners = [e for e in here if e.kind == event.kind and e.content != event.content]
    same_line = [e for e in partners if e.customer == event.customer and e.place == event.place]
    if event.kind == "call":
        if same_line:
            return 8
        return 9 if any(e.server == event.server for e in partners) else 4
    if event.kind == "join" and same_line:
        return 2  # the same line, with another number ahead
    return _KIND_RULES[event.kind]


def _first(a: Any, b: Any) -> int:
    """Return the number of the first row that differs; the length of the shorter one if none does."""
    n = min(len(a), len(b))
    different = np.flatnonzero((a[:n] != b[:n]).any(axis=1))
    return int(different[0]) if len(different) else n


def _verdict(sentence: str, rule: int) -> str:
    return f"{sentence}\nRule {rule} of the semantics decides here: {RULES[rule]}."


def _row_section(readers: tuple[_Reader, _Reader], engines: Sequence[str]) -> str:
    logs = [reader.log.rows for reader in readers]
    i = _first(*logs)
    out = [f"The logs differ from row {i} on ({engines[0]} has {len(logs[0])} rows, {engines[1]} {len(logs[1])})."]
    if i:
        heading = f"{'row':>8} {'who':>6} {'step':>4}  {'end':<15} {'line':<17} {'outcome':<11} server"
        out += ["", "Last equal rows", heading]
    for k in range(max(0, i - N_EQUAL_ROWS), i):
        r = readers[0].row(k)
        out.append(
            f"{k:>8} {r['customer']:>6} {r['step']:>4}  {r['end']:<15} {_fit(r['line'], 17)} {r['outcome']:<11} "
            f"{_fit(r['server'], 12)}".rstrip()
        )
    pair = [reader.row(i) if i < len(rows) else None for reader, rows in zip(readers, logs, strict=True)]
    return "\n".join([*out, "", *_pair(f"Row {i}", pair, engines)])


def _server_section(readers: tuple[_Reader, _Reader], engines: Sequence[str]) -> str:
    logs = [reader.log.server_rows for reader in readers]
    i = _first(*logs)
    out = [
        "The steps of the customers are equal; the servers' intervals are not.",
        f"They differ from row {i} on ({engines[0]} has {len(logs[0])} rows, {engines[1]} {len(logs[1])}).",
        "",
    ]
    pair = [reader.server_row(i) if i < len(rows) else None for reader, rows in zip(readers, logs, strict=True)]
    return "\n".join([*out, *_pair(f"Row {i}", pair, engines)])


def _pair(title: str, pair: Sequence[dict[str, str] | None], engines: Sequence[str]) -> list[str]:
    """Return two records side by side, the fields that differ marked."""
    a, b = pair
    out = [f"{title:<15} {_fit(engines[0], 30)} {engines[1]}"]
    for field in a or b or {}:
        left, right = (record[field] if record else "(no row)" for record in pair)
        mark = "*" if left != right else " "
        out.append(f"{mark} {field:<13} {_fit(left, 30)} {_fit(right, 30).rstrip()}")
    return out


def _event_section(both: Sequence[list[Event]], instant: int, engines: Sequence[str]) -> str:
    here = [[e for e in found if e.time == instant] for found in both]
    contents = [{e.content for e in found} for found in here]
    out = ["All events of that instant (* only in this log)"]
    for k, name in enumerate(engines):
        out.append(f"{name}:")
        for e in here[k]:
            out.append(format_event(e, "  " if e.content in contents[1 - k] else "* "))
        if not here[k]:
            out.append("  nothing")
    return "\n".join(out)


def _line_section(readers: tuple[_Reader, _Reader], instant: int, engines: Sequence[str]) -> str:
    waiting = [reader.waiting(instant) for reader in readers]
    known = [line for line in readers[0].lines if line in waiting[0] or line in waiting[1]]
    if not known:
        return "Nobody waited."
    out = ["Who waited (+ came, - was called or left at that instant)"]
    for line in known:
        left, right = (w.get(line, "nobody") for w in waiting)
        said = [("both", left)] if left == right else [(engines[0], left), (engines[1], right)]
        for name, text in said:
            head = f"  {_fit(line, 17)} {name:<10} "
            wrapped = textwrap.wrap(text, WIDTH - _columns(head))
            out.append(head + wrapped[0])
            out.extend(" " * _columns(head) + more for more in wrapped[1:])
    return "\n".join(out)
