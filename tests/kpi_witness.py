"""A brute-force witness of every KPI: from its definition, in plain Python, over a list of days."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hallsim import compiled as codes
from hallsim.compiled import NO_LINE, STEP_OUTCOMES, VISIT_OUTCOMES, Log, compile_model
from hallsim.experiment.measure import reduce_log
from hallsim.experiment.results import Results
from hallsim.kpis.layout import layout_of, make_histogram, thresholds_of
from hallsim.kpis.plan import Plan, Quantity
from hallsim.model import Experience, Model, Preparation
from hallsim.parts.distributions import Deterministic
from hallsim.stats import moments_of
from tests import hand_made_logs as hand
from tests.hand_made_logs import COUNTER_1, COUNTER_2, HALL, KIOSK_1, MINUTE, NINE

HOUR = 60 * MINUTE
TAKEN = ("served", "failed", "transferred")
LEFT = ("reneged", "no_show")
STAYED = (*TAKEN, *LEFT, "closed_out")
_KIOSK, _COUNTER = HALL.stations
_AT_KIOSK = Experience(0, (0.5,) * 2, (Deterministic(1.0),) * 2, (0.5,) * 2, (None,) * 2)
_BY_KIOSK = Preparation(0, (Deterministic(1.0),) * 2, (None,) * 2, (0.0,) * 2, (0.0,) * 2)
LONG_HALL = replace(
    HALL,
    open=NINE - 30 * MINUTE,
    close=NINE + 130 * MINUTE,
    warm_up=45 * MINUTE,
    stations=(_KIOSK, replace(_COUNTER, preparation=_BY_KIOSK, experience=_AT_KIOSK)),
)
"""Half an hour more in front, a warm-up into the second clock hour, a last hour not full, and pre-acceptance."""
INTERRUPTED_HALL = replace(
    LONG_HALL,
    stations=(
        LONG_HALL.stations[0],
        replace(LONG_HALL.stations[1], shift_end="preemptive", levels=((LONG_HALL.open, 2),)),
    ),
)


def results_of(model: Model, logs: list[Log]) -> Results:
    compiled = compile_model(model)
    layout = layout_of(model, compiled, thresholds_of(model))
    plan = Plan(model, layout)
    histogram = make_histogram(layout.spec)
    sums = np.zeros((len(logs), layout.spec.size), dtype=np.int64)
    for log, out in zip(logs, sums, strict=True):
        reduce_log(layout.spec, log, histogram, out)
    moments = moments_of(plan.aggregate(sums), plan.terms, plan.signs)
    return Results(model, plan, moments, histogram, np.zeros((len(logs), 6)), None, 1, "batch", len(logs))


@dataclass
class Stay:
    line: int
    type: int
    arrive: int
    outcome: str
    wait: int
    delayed: bool
    service: int
    came_to: int = 0
    trial: int = 0
    overtaken: bool = False


STATIONS: Sequence[int] = (0, 0, 1, 1, 2, 2)
"""Station of each line."""


def overtaken_rows(log: Log, station_of: Sequence[int] = STATIONS) -> set[int]:
    """Return the rows of first waits in which somebody was called who had joined the station later."""
    waits: list[tuple[int, int, int, int, int]] = []
    goes_on: set[int] = set()
    for i, row in enumerate(log.rows.tolist()):
        line, outcome = row[codes.ROW_WHAT] & 0xFFFF, STEP_OUTCOMES[(row[codes.ROW_WHAT] >> 32) & 0xFF]
        who, call = row[codes.ROW_CUSTOMER], row[codes.ROW_CALL]
        if line != NO_LINE and outcome not in ("balked", "blocked") and who not in goes_on:
            until = call if call >= 0 else row[codes.ROW_END]
            waits.append((i, station_of[line], row[codes.ROW_JOIN], call, until))
        goes_on.discard(who)
        if outcome == "interrupted" or row[codes.ROW_WHAT] >> 48 & codes.WENT_ON:
            goes_on.add(who)
    return {
        i
        for i, at, join, _, until in waits
        if any(at == place and join < later and 0 <= call < until for _, place, later, call, _ in waits)
    }


def stays_of(log: Log, station_of: Sequence[int] = STATIONS) -> Iterator[Stay]:
    """Yield stays, with interrupted parts put together."""
    open_stays: dict[int, Stay] = {}
    overtaken = overtaken_rows(log, station_of)
    for i, row in enumerate(log.rows.tolist()):
        line, outcome = row[codes.ROW_WHAT] & 0xFFFF, STEP_OUTCOMES[(row[codes.ROW_WHAT] >> 32) & 0xFF]
        if line == NO_LINE:
            continue
        who, call, end = row[codes.ROW_CUSTOMER], row[codes.ROW_CALL], row[codes.ROW_END]
        wait = (call if call >= 0 else end) - row[codes.ROW_JOIN]
        service = end - call - (row[codes.ROW_AHEAD] >> codes.WALK_SHIFT) if call >= 0 else 0
        stay = open_stays.pop(who, None) or Stay(
            line, (row[codes.ROW_WHO] >> 24) & 0xFFFF, row[codes.ROW_ARRIVE], "", 0, wait > 0 or call < 0, 0
        )
        stay.outcome, stay.wait, stay.service = outcome, stay.wait + wait, stay.service + service
        stay.overtaken |= i in overtaken
        stay.came_to, stay.trial = row[codes.ROW_WHO] >> 56 & 7, row[codes.ROW_WHO] >> 59
        if outcome == "interrupted":
            open_stays[who] = stay
        else:
            yield stay


def overlap(begin: int, end: int, a: int, b: int) -> int:
    return max(0, min(end, b) - max(begin, a))


class Witness:
    """Numerator and denominator of every ratio, from its definition, over a list of days."""

    def __init__(self, model: Model, logs: list[Log], quantity: Quantity, threshold: int) -> None:
        self.model, self.logs, self.item, self.threshold = model, logs, quantity.item, threshold
        self.name = quantity.kpi.name
        self.start, self.close = model.open + model.warm_up, model.close
        zero = model.open // HOUR * HOUR
        self.hour = None if quantity.hour < 0 else (zero + quantity.hour * HOUR, zero + (quantity.hour + 1) * HOUR)
        # lines are [kiosk V, kiosk Z, counter V, counter Z]; classes, types and segments go together
        self.stations_of_lines = (0, 0, 1, 1)

    def counts(self, arrive: int) -> bool:
        if not self.start <= arrive <= self.close:
            return False
        arrive = min(arrive, self.close - 1)  # rounded to closing: in the last hour
        return self.hour is None or self.hour[0] <= arrive < self.hour[1]

    def in_scope(self, line: int, type_: int) -> bool:
        scope, name = self.item.scope, self.item.name
        station = "kiosk" if line < 2 else "counter"
        if scope in ("class", "segment"):
            return station == "counter" and ("vip", "general")[line % 2 if scope == "class" else type_] == name
        if scope == "line":
            return f"{station}/{('vip', 'general')[line % 2]}" == name
        return station == (name if scope == "station" else "counter")

    def server_in_scope(self, server: int) -> bool:
        if self.item.scope == "server":
            return ("kiosk/kiosk 1", "counter/counter 1", "counter/counter 2")[server] == self.item.name
        return ("kiosk", "counter", "counter")[server] == (
            self.item.name if self.item.scope == "station" else "counter"
        )

    def stays(self) -> list[Stay]:
        stays = (s for log in self.logs for s in stays_of(log))
        return [s for s in stays if self.counts(s.arrive) and self.in_scope(s.line, s.type)]

    def visits(self) -> list[tuple[str, int]]:
        found = []
        for log in self.logs:
            for row in log.rows.tolist():
                outcome = VISIT_OUTCOMES[(row[codes.ROW_WHAT] >> 40) & 0xFF]
                segment = ("vip", "general")[(row[codes.ROW_WHO] >> 24) & 0xFFFF]
                right = self.item.scope != "segment" or self.item.name == segment
                if outcome not in ("", "elsewhere") and right and self.counts(row[codes.ROW_ARRIVE]):
                    found.append((outcome, row[codes.ROW_END] - row[codes.ROW_ARRIVE]))
        return found

    def span(self, begin: int, end: int, to_the_end: bool = False) -> int:
        window = self.hour or (self.start, 1 << 60 if to_the_end else self.close)
        stop = 1 << 60 if to_the_end and self.hour is None else self.close
        return overlap(max(begin, self.start), min(end, stop), *window)

    def ratio(self) -> tuple[float, float]:
        numerator, denominator = getattr(self, f"_{self.name}")()
        return float(numerator), float(denominator)

    # stays

    def _mean_wait(self) -> tuple[float, float]:
        joined = self._joined_stays()
        return sum(s.wait for s in joined), len(joined)

    def _joined_stays(self) -> list[Stay]:
        return [s for s in self.stays() if s.outcome in STAYED]

    def _overtaken(self) -> tuple[float, float]:
        joined = self._joined_stays()
        return sum(s.overtaken for s in joined), len(joined)

    def _called(self) -> list[Stay]:
        return [s for s in self.stays() if s.outcome in TAKEN]

    def _mean_wait_served(self) -> tuple[float, float]:
        return sum(s.wait for s in self._called()), len(self._called())

    def _mean_wait_given_up(self) -> tuple[float, float]:
        left = [s for s in self.stays() if s.outcome in (*LEFT, "closed_out")]
        return sum(s.wait for s in left), len(left)

    def _mean_wait_delayed(self) -> tuple[float, float]:
        joined = self._joined_stays()
        return sum(s.wait for s in joined), sum(s.delayed for s in joined)

    def _share_waiting(self) -> tuple[float, float]:
        joined = self._joined_stays()
        return sum(s.delayed for s in joined), len(joined)

    def _wait_over(self) -> tuple[float, float]:
        joined = self._joined_stays()
        return sum(s.wait > self.threshold for s in joined), len(joined)

    def _mean_service(self) -> tuple[float, float]:
        return sum(s.service for s in self._called()), len(self._called())

    def _hits(self) -> int:
        return sum(s.wait <= self.threshold for s in self._called())

    def _service_level(self) -> tuple[float, float]:
        return self._hits(), len(self._joined_stays())

    def _service_level_served(self) -> tuple[float, float]:
        return self._hits(), len(self._called())

    def _service_level_patient(self) -> tuple[float, float]:
        left = [s for s in self._joined_stays() if s.outcome in LEFT]
        return self._hits(), len(self._joined_stays()) - sum(s.wait <= self.threshold for s in left)

    def _share(self, outcomes: tuple[str, ...], of: tuple[str, ...]) -> tuple[float, float]:
        stays = self.stays()
        return sum(s.outcome in outcomes for s in stays), sum(s.outcome in of for s in stays)

    def _abandonment(self) -> tuple[float, float]:
        return self._share(LEFT, STAYED)

    def _reneging(self) -> tuple[float, float]:
        return self._share(("reneged",), STAYED)

    def _no_show(self) -> tuple[float, float]:
        return self._share(("no_show",), STAYED)

    def _skipped(self) -> tuple[float, float]:
        return self._share(("skipped",), STAYED)

    def _balking(self) -> tuple[float, float]:
        return self._share(("balked",), (*STAYED, "balked", "blocked"))

    def _blocking(self) -> tuple[float, float]:
        return self._share(("blocked",), (*STAYED, "balked", "blocked"))

    def _failure(self) -> tuple[float, float]:
        return self._share(("failed",), TAKEN)

    def _joined(self) -> tuple[float, float]:
        return len(self._joined_stays()), len(self.logs)

    def _services(self) -> tuple[float, float]:
        return sum(s.outcome in ("served", "transferred") for s in self.stays()), len(self.logs)

    def _interruptions(self) -> tuple[float, float]:
        n = 0
        for log in self.logs:
            for row in log.rows.tolist():
                line, outcome = row[codes.ROW_WHAT] & 0xFFFF, (row[codes.ROW_WHAT] >> 32) & 0xFF
                n += (
                    outcome == codes.STEP_INTERRUPTED
                    and self.counts(row[codes.ROW_ARRIVE])
                    and self.in_scope(line, (row[codes.ROW_WHO] >> 24) & 0xFFFF)
                )
        return n, len(self.logs)

    # preparations

    def _came_to(self, *what: int) -> int:
        return sum(s.came_to in what for s in self._called())

    def _prepared(self) -> tuple[float, float]:
        return self._came_to(1, 3, 4), len(self._called())

    def _done_by_clerk(self) -> tuple[float, float]:
        return self._came_to(4), len(self._called())

    def _reworked(self) -> tuple[float, float]:
        return self._came_to(3), self._came_to(1, 3, 4)

    def _dropped(self) -> tuple[float, float]:
        return sum(s.came_to == 2 for s in self._joined_stays()), len(self.logs)

    def _preparing(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_PREPARING,)), self._paid_ticks()

    def _elsewhere(self) -> tuple[float, float]:
        return 0, self._paid_ticks()  # nobody helps in this hall, whoever the rows say has served

    def _tried(self) -> tuple[float, float]:
        return sum(s.trial > 0 for s in self._joined_stays()), len(self._joined_stays())

    def _cross_sold(self) -> tuple[float, float]:
        return sum(s.trial == 2 for s in self._joined_stays()), len(self.logs)

    def _cross_sell_rate(self) -> tuple[float, float]:
        return sum(s.trial == 2 for s in self._joined_stays()), sum(s.trial > 0 for s in self._joined_stays())

    def _blocked(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_BLOCKED,)), self._paid_ticks()

    # visits

    def _of_visits(self, outcome: str) -> tuple[float, float]:
        return sum(v[0] == outcome for v in self.visits()), len(self.visits())

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        if name[1:] in VISIT_OUTCOMES:
            return lambda: self._of_visits(name[1:])
        raise AttributeError(name)

    def _completed(self) -> tuple[float, float]:
        return self._of_visits("served")

    def _visits(self) -> tuple[float, float]:
        if self.item.scope == "exit":
            way_out = {"leave": 1, "app": 2}[self.item.name]
            rows = [row for log in self.logs for row in log.rows.tolist() if self.counts(row[codes.ROW_ARRIVE])]
            return sum((row[codes.ROW_WHAT] >> 48) & 0xFF == way_out for row in rows), len(self.logs)
        return len(self.visits()), len(self.logs)

    def _transactions(self) -> tuple[float, float]:
        return sum(v[0] == "served" for v in self.visits()) + self._follow_ons()[0], len(self.logs)

    def _follow_ons(self) -> tuple[float, float]:
        found = 0
        for row in (row for log in self.logs for row in log.rows.tolist()):
            segment = ("vip", "general")[(row[codes.ROW_WHO] >> 24) & 0xFFFF]
            right = self.item.scope != "segment" or self.item.name == segment
            found += right and self.counts(row[codes.ROW_ARRIVE]) and row[codes.ROW_WHAT] >> 56 & 1
        return found, len(self.logs)

    def _time_in_hall(self) -> tuple[float, float]:
        return sum(v[1] for v in self.visits()), len(self.visits())

    def _time_in_hall_served(self) -> tuple[float, float]:
        served = [v[1] for v in self.visits() if v[0] == "served"]
        return sum(served), len(served)

    # time integrals

    def _window(self) -> int:
        return self.span(self.start, self.close) * len(self.logs)

    def _line_time(self, waiting: bool, serving: bool) -> tuple[float, float]:
        total = 0
        for log in self.logs:
            for row in log.rows.tolist():
                line, call, end = row[codes.ROW_WHAT] & 0xFFFF, row[codes.ROW_CALL], row[codes.ROW_END]
                if line == NO_LINE or not self.in_scope(line, 0):
                    continue
                if waiting:
                    total += self.span(row[codes.ROW_JOIN], call if call >= 0 else end)
                if serving and call >= 0:
                    total += self.span(call, end)
        return total, self._window()

    def _queue_length(self) -> tuple[float, float]:
        return self._line_time(True, False)

    def _in_service(self) -> tuple[float, float]:
        return self._line_time(False, True)

    def _at_station(self) -> tuple[float, float]:
        return self._line_time(True, True)

    def _people_inside(self) -> tuple[float, float]:
        rows = [row for log in self.logs for row in log.rows.tolist() if (row[codes.ROW_WHAT] >> 40) & 0xFF]
        return sum(self.span(row[codes.ROW_ARRIVE], row[codes.ROW_END]) for row in rows), self._window()

    # servers

    def _busy_ticks(self) -> int:
        total = 0
        for log in self.logs:
            for row in log.rows.tolist():
                server = (row[codes.ROW_WHO] & 0xFFFFFF) - 1
                if server >= 0 and self.server_in_scope(server):
                    total += self.span(row[codes.ROW_CALL], row[codes.ROW_END], to_the_end=True)
        return total + self._spent_ticks((codes.STATE_PREPARING, codes.STATE_WRAP_UP, codes.STATE_TRIED_OUT))

    def _paid_ticks(self) -> int:
        return self._spent_ticks((codes.STATE_DUTY, codes.STATE_OVERTIME)) - self._spent_ticks((codes.STATE_BREAK,))

    def _spent_ticks(self, states: tuple[int, ...]) -> int:
        rows = [row for log in self.logs for row in log.server_rows.tolist()]
        rows = [row for row in rows if row[1] in states and self.server_in_scope(row[0])]
        return sum(self.span(row[2], row[3], to_the_end=True) for row in rows)

    def _utilisation(self) -> tuple[float, float]:
        return self._busy_ticks(), self._paid_ticks()

    def _idle(self) -> tuple[float, float]:
        unready = (codes.STATE_DOWN, codes.STATE_SET_UP, codes.STATE_CALLING, codes.STATE_PAID_BREAK)
        return self._paid_ticks() - self._busy_ticks() - self._spent_ticks(unready), self._paid_ticks()

    def _busy_time(self) -> tuple[float, float]:
        return self._busy_ticks(), len(self.logs)

    def _paid_time(self) -> tuple[float, float]:
        return self._paid_ticks(), len(self.logs)

    def _overtime(self) -> tuple[float, float]:
        return self._spent_ticks((2,)), len(self.logs)

    def _down(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_DOWN,)), len(self.logs)

    def _late_closing(self) -> tuple[float, float]:
        return sum(max(0, log.end - self.close) for log in self.logs), len(self.logs)


def random_day(rng: random.Random, interruptions: bool) -> Log:
    """Return rows that no hall would write but every definition must count; minutes after nine, -30 to 160."""
    rows: list[list[int]] = []
    for who in range(rng.randrange(1, 60)):
        t = arrive = rng.choice([rng.uniform(-30, 130), rng.randrange(-30, 130)])
        type_ = rng.randrange(2)
        if rng.random() < 0.1:
            rows.append(hand.row(who, -1, t, t, None, t, visit="diverted", exit_=1, type_=type_))
            continue
        n = rng.randrange(1, 4)
        for step in range(n):
            station = rng.randrange(2)
            server = KIOSK_1 if station == 0 else rng.choice([COUNTER_1, COUNTER_2])
            options = ["served"] * 3 + [*STAYED, "balked", "blocked"]
            outcome = rng.choice(options)
            line = 2 * station + type_
            wait = rng.choice([0, 0, 0.5, 5, 10, rng.expovariate(0.2)])
            service = rng.choice([0, 3, rng.expovariate(0.1)])
            if outcome in ("balked", "blocked"):
                call, end = None, t
            elif outcome in ("reneged", "closed_out"):
                call, end = None, t + wait
            else:
                call, end = t + wait, t + wait + service
            while interruptions and station == 1 and call is not None and rng.random() < 0.3:
                rows.append(
                    hand.row(
                        who, line, arrive, t, call, end, step=step, outcome="interrupted", server=server, type_=type_
                    )
                )
                t = end
                call, end = end + rng.choice([0, 7]), end + 12
            last = step == n - 1
            rows.append(
                hand.row(
                    who,
                    line,
                    arrive,
                    t,
                    call,
                    end,
                    step=step,
                    outcome=outcome,
                    visit=rng.choice(VISIT_OUTCOMES[1:]) if last else "",
                    exit_=rng.randrange(-1, 2) if last else -1,
                    server=server if call is not None else -1,
                    type_=type_,
                    came_to=rng.randrange(5) + 8 * rng.randrange(4)
                    if outcome in ("served", "failed", "reneged")
                    else 0,
                )
            )
            t = end
    duty = [(s, codes.STATE_DUTY, rng.uniform(-30, 0), rng.uniform(90, 130)) for s in range(3)]
    duty += [(s, codes.STATE_OVERTIME, 130.0, rng.uniform(130, 160)) for s in range(3)]
    inside = (codes.STATE_DOWN, codes.STATE_PREPARING, codes.STATE_BLOCKED, codes.STATE_TRIED_OUT)
    duty += [(s, state, *sorted(rng.uniform(-20, 150) for _ in range(2))) for s in range(3) for state in inside]
    log = hand.log(rows, duty)
    return log._replace(end=int(NINE + rng.uniform(100, 160) * MINUTE))
