"""What charts need beyond `Results`: paths, queues over the day, giving up by the length of the line.

In: a model and logs, of a simulation or of a queue machine. Out: `Profile`, whose arrays have the day as
their first axis, so that every interval takes days as its unit (semantics 15); `over_days` makes the interval.

A profile covers up to `MOST_DAYS` days. `gather` simulates the first days of a run once more, which with
the same seed gives the same days, so that a run of any length keeps no rows. Who counts is what the KPIs
count (`hallsim.kpis.reduce`): customers who came inside the observed stretch; "the counters" are the stations
of that role, or all stations where none has it. Numbers that `Results` has are not repeated here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    STEP_INTERRUPTED,
    STEP_OUTCOMES,
    VISIT_OUTCOMES,
    Log,
)
from hallsim.experiment.attribution import Attribution, Booker
from hallsim.experiment.day_rows import (
    DayRows,
    first_rows,
    left_line,
    rows_of,
    same_customer,
    taken_up_again,
    who_joined,
)
from hallsim.experiment.floor import needed_servers, open_servers, slots_of
from hallsim.experiment.run import replicate
from hallsim.experiment.zone_rows import inside, zone_rows
from hallsim.kpis.layout import LONGEST_DAY
from hallsim.model import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.visits import Names, names

if TYPE_CHECKING:
    from hallsim.experiment.results import Results
    from hallsim.scenario import Scenario

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

MOST_DAYS = 200
"""As many as a run has unless told otherwise: its page then says one mean wait, not two."""
LEAST_HORIZONS = 2
"""Of replications of several days, whole ones are taken, so that every day of the week has its share."""
MOST_ROWS = 600_000
"""A profile takes no further day once it has so many rows: a steady-state run alone may have a million."""
CHUNK_ROWS = 200_000
AHEAD_BINS = 11
"""0, 1, ... 9 people ahead, and 10 or more."""
STEP_US = 10 * US_PER_MINUTE
"""Distance of the instants at which queues are counted."""
_MOST_COUNTERS = 4_000_000
_AFTER_CLOSE_US = 4 * US_PER_HOUR
_GAVE_UP = tuple(i for i, name in enumerate(STEP_OUTCOMES) if name in ("reneged", "no_show"))
"""Step outcomes that count as abandonment."""
_UNSERVED = tuple(i for i, name in enumerate(STEP_OUTCOMES) if name in ("no_show", "moved", "skipped"))
"""Step outcomes after which nobody's service was, or would have been, due here."""


class Stays(NamedTuple):
    """Stays at the counters one by one, of a hall whose customers come from a log; int64[n_stays] each.

    `key` numbers stays by day, customer and step: in two profiles of the same days, equal keys are the same
    customer's. `wait` is in microseconds.
    """

    key: I64
    ticket_class: I64
    wait: I64


@dataclass(frozen=True, eq=False)
class Profile:
    """Counts of every day.

    Attributes
    ----------
    n_days : int
    edges : int64[n_edges, 2]
        From which node to which customers went. Nodes are numbered: 0 the door, then the stations, the
        exits, and the visit outcomes of those who left by no named exit (`node_of_station` and so on).
    flows : int64[n_days, n_edges]
        How many did.
    ahead_joined, ahead_gave_up : int64[n_days, n_classes, AHEAD_BINS]
        Of those who joined a line at the counters with so many waiting ahead in the same line: all whose stay
        is over, and those who gave up (or did not show up when called).
    grid : int64[n_grid], microseconds
        Instants from opening until every day has ended, 10 minutes apart, four hours after closing at most;
        empty for a steady-state run.
    waiting : int64[n_days, n_stations, n_grid]
        Number waiting at each station at those instants.
    inside : int64[n_days, n_grid]
        Number in the hall, door to door.
    zones : int64[n_days, n_zones, n_grid]
        Number in each zone, those of other zones included who stand there.
    outside : int64[n_days, n_zones, n_grid]
        Number waiting outside each zone for a place.
    slots : int64[n_slots, 2], microseconds
        Half-hours of the clock inside the opening hours; none for a steady-state run.
    open, needed : int64[n_days, n_stations, n_slots], microseconds
        Servers open and servers needed in them, as `hallsim.experiment.floor` defines both.
    called, overtook : int64[n_days]
        Calls at the counters; and those that passed somebody who had waited longer in the same line. Counted, as
        the stays, only for halls whose customers come from a log; else empty.
    stays : Stays or None
    attribution : Attribution
        What the waits of these days are booked to.
    """

    model: Model
    n_days: int
    edges: I64
    flows: I64
    ahead_joined: I64
    ahead_gave_up: I64
    grid: I64
    waiting: I64
    inside: I64
    zones: I64
    outside: I64
    slots: I64
    open: I64
    needed: I64
    called: I64
    overtook: I64
    stays: Stays | None
    attribution: Attribution


# --- nodes of the paths ------------------------------------------------------------------------------------

DOOR = 0


def node_of_station(station: int) -> int:
    """Return the node of a station."""
    return 1 + station


def node_of_exit(model: Model, way_out: int) -> int:
    """Return the node of an exit."""
    return 1 + len(model.stations) + way_out


def node_of_outcome(model: Model, outcome: int) -> int:
    """Return the node of a visit outcome, a code in `VISIT_OUTCOMES`, of customers who took no named exit."""
    return 1 + len(model.stations) + len(model.exits) + outcome


def n_nodes(model: Model) -> int:
    """Return how many nodes there are."""
    return node_of_outcome(model, len(VISIT_OUTCOMES))


# --- gathering ---------------------------------------------------------------------------------------------


def gather(scenario: Scenario | Model, results: Results, days: int = MOST_DAYS) -> Profile:
    """Return the profile of the first days of a run, simulated once more unless their logs were kept.

    Parameters
    ----------
    scenario : Scenario or Model
        What was run.
    results : Results
        Gives seed, engine and the number of replications.
    days : int
        At most so many; fewer if the run is shorter or the days have more than `MOST_ROWS` rows. Of horizons as many
        whole ones as have so many days, but `LEAST_HORIZONS` at least; days of a warm-up are left out.
    """
    model = scenario if isinstance(scenario, Model) else scenario.model
    in_each, warm_up = (model.horizon.days, model.horizon.warm_up) if model.horizon is not None else (1, 0)
    replications = min(results.replications, max(days // in_each, LEAST_HORIZONS if in_each > 1 else 1))
    logs: Iterable[Log]
    if results.logs is not None:
        logs = results.logs[: in_each * replications]
    else:
        assert results.seed is not None, "only a log has no seed, and its days are kept"
        logs = replicate(model, replications, results.seed, results.engine, allow_code=bool(results.code))
    return profile_of(model, (log for i, log in enumerate(logs) if i % in_each >= warm_up))


def profile_of(model: Model, logs: Iterable[Log]) -> Profile:
    """Return the profile of logs, one per day; those after the first `MOST_ROWS` rows are not read.

    Parameters
    ----------
    model : Model
        Of the hall, whose numbering of lines and types the logs follow.
    logs : iterable of Log
        Replications of a simulation, or the days of a queue machine.
    """
    known = _Hall(model)
    parts = [known.measure(chunk, first) for first, chunk in _chunks(logs)]
    if not parts:
        parts = [known.measure([], 0)]
    last = max((part.end for part in parts), default=0)
    grid = known.grid[: max(int(np.searchsorted(known.grid, last)) + 1, 1)]
    edges, flows = _edges_of(parts, n_nodes(model))
    keep = len(grid)
    return Profile(
        model=model,
        n_days=len(flows),
        edges=edges,
        flows=flows,
        ahead_joined=np.concatenate([p.ahead_joined for p in parts]),
        ahead_gave_up=np.concatenate([p.ahead_gave_up for p in parts]),
        grid=grid,
        waiting=np.concatenate([p.waiting for p in parts])[:, :, :keep],
        inside=np.concatenate([p.inside for p in parts])[:, :keep],
        zones=inside(model, np.concatenate([p.zones for p in parts])[:, :, :keep]),
        outside=np.concatenate([p.outside for p in parts])[:, :, :keep],
        slots=known.slots,
        open=np.concatenate([p.open for p in parts]),
        needed=np.concatenate([p.needed for p in parts]),
        called=np.concatenate([p.called for p in parts]),
        overtook=np.concatenate([p.overtook for p in parts]),
        stays=Stays(*(np.concatenate(x) for x in zip(*(p.stays for p in parts), strict=True)))
        if known.from_a_log
        else None,
        attribution=known.booker.attribution([p.booked for p in parts]),
    )


def _chunks(logs: Iterable[Log]) -> Iterator[tuple[int, list[Log]]]:
    """Yield the first day's number and the logs of some `CHUNK_ROWS` rows together: few numpy calls, little memory."""
    chunk: list[Log] = []
    first, rows, total = 0, 0, 0
    for day, log in enumerate(logs):
        chunk.append(log)
        rows += len(log.rows)
        total += len(log.rows)
        if rows >= CHUNK_ROWS or total >= MOST_ROWS:
            yield first, chunk
            chunk, first, rows = [], day + 1, 0
        if total >= MOST_ROWS:
            break
    if chunk:
        yield first, chunk


class _Part(NamedTuple):
    """The counts of a chunk of days, named as in `Profile`; `steps` are [day, from, to, count]."""

    n_days: int
    end: int
    steps: I64
    ahead_joined: I64
    ahead_gave_up: I64
    waiting: I64
    inside: I64
    zones: I64
    outside: I64
    open: I64
    needed: I64
    called: I64
    overtook: I64
    stays: Stays
    booked: tuple[I64, I64]


class _Hall:
    """A model's tables as the counting needs them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.names: Names = names(model)
        counters = [i for i, s in enumerate(model.stations) if s.role == "counter"]
        counters = counters or [i for i, s in enumerate(model.stations) if not s.delay and not s.outside]
        self.is_counter = np.zeros(len(model.stations) + 1, dtype=bool)
        self.is_counter[list(counters)] = True
        self.booker = Booker(model, counters)
        self.start = model.open + model.warm_up
        by_hour = not model.steady and model.close - model.open <= LONGEST_DAY
        first = self.start // STEP_US * STEP_US
        self.overnight = any(model.overnight)
        beyond = model.close if self.overnight else model.close + _AFTER_CLOSE_US + STEP_US
        self.grid = np.arange(first, beyond, STEP_US) if by_hour else _none(0)
        self.slots = slots_of(model) if by_hour else np.zeros((0, 2), dtype=np.int64)
        self.from_a_log = any(source.kind == "table" for source in model.sources)

    def measure(self, logs: list[Log], first: int) -> _Part:
        """Count everything in the logs of days `first`, `first + 1`, ..."""
        n_days, r = len(logs), rows_of(logs)
        at_line = r.line >= 0
        station = np.where(at_line, self.names.line_station[r.line], -1)
        counts = (r.t_arrive >= self.start) & (r.t_arrive <= self.model.close)
        joined, again, begin = who_joined(r), taken_up_again(r), first_rows(r)
        over = joined & (r.outcome != STEP_INTERRUPTED)
        at_counter = over & counts & self.is_counter[station]
        left = left_line(r)
        rows = begin[at_counter]
        called, overtook = self._order(n_days, r, rows, left) if self.from_a_log else (_none(0), _none(0))
        gave_up = at_counter & np.isin(r.outcome, _GAVE_UP)
        last = r.visit_outcome > 0
        none = np.zeros(len(r.day), dtype=np.int64)
        z = zone_rows(self.model, self.names.line_station, r, logs)
        held, out = z.zone >= 0, (z.zone >= 0) & (z.entered > z.came)
        n_zones = len(self.model.zones)
        return _Part(
            n_days=n_days,
            end=max([int(r.t_end.max(initial=0)), *(log.end for log in logs)]),
            steps=self._steps(n_days, r, station, at_line & ~again & counts, last & counts),
            ahead_joined=self._ahead(n_days, r, at_counter, begin),
            ahead_gave_up=self._ahead(n_days, r, gave_up, begin),
            waiting=self._on_grid(n_days, len(self.model.stations), r.day, station, r.t_join, left, joined),
            inside=self._on_grid(n_days, 1, r.day, none, r.t_arrive, r.t_end, last)[:, 0],
            zones=self._on_grid(n_days, n_zones, r.day, z.zone, z.entered, z.left, held),
            outside=self._on_grid(n_days, n_zones, r.day, z.zone, z.came, z.entered, out),
            open=open_servers(logs, self.names.server_station, len(self.model.stations), self.slots, self.overnight),
            needed=self._needed(n_days, r, station, joined),
            called=called,
            overtook=overtook,
            stays=self._stays(r, at_counter, begin, left, first),
            booked=self.booker.measure(r, logs, counts),
        )

    def _steps(self, n_days: int, r: DayRows, station: I64, comes: NDArray[np.bool_], leaves: NDArray[np.bool_]) -> I64:
        """Return int64[n, 4]: on which day how many went from which node to which."""
        model, n = self.model, n_nodes(self.model)
        here = np.where(station >= 0, 1 + station, DOOR)
        before = np.where(same_customer(r), np.roll(here, 1), DOOR)
        out = np.where(r.exit >= 0, node_of_exit(model, 0) + r.exit, node_of_outcome(model, 0) + r.visit_outcome)
        codes = np.concatenate([((r.day * n + before) * n + here)[comes], ((r.day * n + here) * n + out)[leaves]])
        if n_days * n * n <= _MOST_COUNTERS:  # counting is ten times as quick as sorting
            counts = np.bincount(codes)
            code = np.flatnonzero(counts)
            count = counts[code]
        else:
            code, count = np.unique(codes, return_counts=True)
        return np.stack([code // (n * n), code // n % n, code % n, count], axis=1)

    def _ahead(self, n_days: int, r: DayRows, chosen: NDArray[np.bool_], begin: I64) -> I64:
        n_classes = len(self.model.ticket_classes)
        ahead = r.ahead[begin]
        chosen = chosen & (ahead >= 0)
        ticket_class = self.names.line_class[r.line[chosen]]
        at = (r.day[chosen] * n_classes + ticket_class) * AHEAD_BINS + np.minimum(ahead[chosen], AHEAD_BINS - 1)
        counts = np.bincount(at, minlength=n_days * n_classes * AHEAD_BINS)
        return counts.reshape(n_days, n_classes, AHEAD_BINS)

    def _on_grid(
        self, n_days: int, n_things: int, day: I64, thing: I64, begin: I64, end: I64, chosen: NDArray[np.bool_]
    ) -> I64:
        """Return how many of the half-open spans [begin, end) hold each instant, int64[n_days, n_things, n_grid]."""
        size = len(self.grid)
        if size == 0:
            return np.zeros((n_days, n_things, 0), dtype=np.int64)
        base = (day[chosen] * n_things + thing[chosen]) * (size + 1)
        begin, end = begin[chosen], end[chosen]
        if self.overnight:  # after midnight it is the first hour again (semantics 53)
            late = end > self.model.close
            base, begin, end = (np.concatenate(x) for x in (
                (base, base[late]), (begin, begin[late] - US_PER_DAY), (end, end[late] - US_PER_DAY)
            ))  # fmt: skip
        change = np.zeros(n_days * n_things * (size + 1), dtype=np.int64)
        for times, sign in ((begin, 1), (end, -1)):
            # the first instant that is not before the time
            i = np.clip(-((self.grid[0] - times) // STEP_US), 0, size)
            change += sign * np.bincount(base + i, minlength=len(change))
        return change.reshape(n_days, n_things, size + 1).cumsum(axis=2)[:, :, :size]

    def _needed(self, n_days: int, r: DayRows, station: I64, joined: NDArray[np.bool_]) -> I64:
        chosen = joined & ~np.isin(r.outcome, _UNSERVED)
        service = np.where(r.t_call >= 0, r.t_end - r.t_call, -1)
        day, station, join, service = (x[chosen] for x in (r.day, station, r.t_join, service))
        n_stations = len(self.model.stations)
        return needed_servers(n_days, day, station, join, service, n_stations, self.slots, self.overnight)

    def _order(self, n_days: int, r: DayRows, rows: I64, left: I64) -> tuple[I64, I64]:
        """Return how many were called on each day, and how many past somebody who had joined earlier.

        `rows` are the first rows of stays: whoever is interrupted is sent back to the head of the line, and
        called from there later.
        """
        line = r.day[rows] * len(self.names.lines) + r.line[rows]
        order = np.lexsort((r.t_join[rows], line))
        rows, line = rows[order], line[order]
        day, join, call, left = r.day[rows], r.t_join[rows], r.t_call[rows], left[rows]
        if len(line) == 0:
            return _none(n_days), _none(n_days)
        # Lines are told apart by an offset larger than any time, so that one running maximum serves all.
        place = np.cumsum(np.concatenate([[0], line[1:] != line[:-1]]))
        offset = place * (int(left.max()) + 2)
        latest = np.concatenate([[-1], np.maximum.accumulate(offset + left)])
        first_of_tie = np.concatenate([[True], (line[1:] != line[:-1]) | (join[1:] != join[:-1])])
        earlier = latest[np.maximum.accumulate(np.where(first_of_tie, np.arange(len(line)), 0))]
        called = call >= 0
        passed = called & (earlier > offset + call)
        return np.bincount(day[called], minlength=n_days), np.bincount(day[passed], minlength=n_days)

    def _stays(self, r: DayRows, chosen: NDArray[np.bool_], begin: I64, left: I64, first: int) -> Stays:
        if not self.from_a_log:
            return Stays(_none(0), _none(0), _none(0))
        total = np.concatenate([[0], np.cumsum(np.where(r.line >= 0, left - r.t_join, 0))])
        wait = total[1:] - total[begin]
        key = ((r.day + first) << 40) + (r.customer << 16) + r.step[begin]
        return Stays(key[chosen], self.names.line_class[r.line[chosen]], wait[chosen])


def _none(n: int) -> I64:
    return np.zeros(n, dtype=np.int64)


def _edges_of(parts: list[_Part], n: int) -> tuple[I64, I64]:
    """Return all edges and how many took them on each day."""
    firsts = itertools.accumulate((p.n_days for p in parts), initial=0)
    steps = np.concatenate([p.steps + np.array([first, 0, 0, 0]) for p, first in zip(parts, firsts, strict=False)])
    codes, edge = np.unique(steps[:, 1] * n + steps[:, 2], return_inverse=True)
    flows = np.zeros((sum(p.n_days for p in parts), len(codes)), dtype=np.int64)
    flows[steps[:, 0], edge] = steps[:, 3]
    return np.stack([codes // n, codes % n], axis=1), flows
