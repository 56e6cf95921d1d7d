"""The witness of KPIs that only some halls report, and a hall that has every feature they need."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from hallsim import compiled as codes
from hallsim.compiled import NO_LINE, VISIT_OUTCOMES, Log
from hallsim.kpis.plan import Quantity
from hallsim.model import (
    Break,
    Breakdowns,
    Calls,
    Channel,
    ExtraCounters,
    FollowOn,
    Label,
    Model,
    Numbers,
    Pool,
    Route,
    Source,
)
from hallsim.parts.distributions import Deterministic
from tests import hand_made_logs as hand
from tests.hand_made_logs import COUNTER_1, COUNTER_2, KIOSK_1, MINUTE, NINE
from tests.kpi_witness import HOUR, LONG_HALL, STAYED, TAKEN, Witness

LAW = Deterministic(5.0 * MINUTE)
ONLINE = 2
BOOKED = 5
QUOTA = 4
NOVICE, TIRES = (2.0, 3.0), (0.6, 0.3)
_KIOSK, _COUNTER = LONG_HALL.stations
FEATURE_HALL = replace(
    LONG_HALL,
    transactions=(replace(LONG_HALL.transactions[0], quota=QUOTA),),
    sources=(*LONG_HALL.sources, Source("booked", "table", (0.5, 0.5), table_times=(NINE,) * BOOKED, show=0.8)),
    stations=(
        replace(_KIOSK, breakdowns=Breakdowns("up", LAW, LAW, send_to=1), helps=(1,)),
        replace(
            _COUNTER,
            servers=(
                replace(_COUNTER.servers[0], pool=0, novice=NOVICE, fatigue=TIRES),
                replace(_COUNTER.servers[1], shifts=(), pool=1),
            ),
            pools=(Pool("desk", (0, 1), (0, 1)), Pool("room", (0, 1), (0, 1))),
            extra=ExtraCounters((3,), (1,), set_up=LAW),
            numbers=Numbers(LAW),
            breaks=(Break(NINE, LAW, (0,)),),
            calls=Calls((0.1, 0.1), LAW),
            walk=(LAW, LAW),
            wrap_up=(LAW, LAW),
        ),
        replace(
            _KIOSK,
            name="online",
            role="online",
            servers=(),
            delay=True,
            outside=True,
            routes=((Route(0.5, 1, "failed"), Route(0.5, 4)),) * 2,
        ),
    ),
    entry=((Route(1.0, 1),), (Route(1.0, 2),)),
    channels=(Channel("app", Label("app", "掌上营业厅"), "electronic", (True, True)),),
    catchment=True,
    follow_ons=((FollowOn(0.2, 1),), ()),
)
"""Lines are [kiosk V, kiosk Z, counter V, counter Z, online V, online Z]; counter 2 is the extra counter."""
BREAKS = (codes.STATE_BREAK, codes.STATE_PAID_BREAK)
NOT_OPEN = (codes.STATE_DOWN, codes.STATE_SET_UP, codes.STATE_BREAK, codes.STATE_PAID_BREAK)


class FeatureWitness(Witness):
    """As the witness, of `FEATURE_HALL`."""

    def __init__(self, model: Model, logs: list[Log], quantity: Quantity, threshold: int) -> None:
        super().__init__(model, logs, quantity, threshold)
        if quantity.kpi.block == "duty" and quantity.hour >= 0:
            zero = model.open // HOUR * HOUR + quantity.hour * HOUR // 2
            self.hour = (zero, zero + HOUR // 2)

    def in_scope(self, line: int, type_: int) -> bool:
        if self.item.scope in ("line", "station") and line // 2 == ONLINE:
            return self.item.name in ("online", f"online/{('vip', 'general')[line % 2]}")
        return line // 2 != ONLINE and super().in_scope(line, type_)

    def server_in_scope(self, server: int) -> bool:
        if self.item.scope == "pool":
            return ("", "counter/desk", "counter/room")[server] == self.item.name
        return super().server_in_scope(server)

    def journeys(self) -> list[tuple[Log, list[list[int]]]]:
        """Return the rows of every customer, in order, with the log they are of."""
        found = []
        for log in self.logs:
            by_customer: dict[int, list[list[int]]] = {}
            for row in log.rows.tolist():
                by_customer.setdefault(row[codes.ROW_CUSTOMER], []).append(row)
            found += [(log, rows) for rows in by_customer.values()]
        return found

    @staticmethod
    def online(row: list[int]) -> bool:
        return row[codes.ROW_WHAT] & 0xFFFF != NO_LINE and (row[codes.ROW_WHAT] & 0xFFFF) // 2 == ONLINE

    def counted(self) -> list[tuple[str, list[list[int]]]]:
        """Return visit outcome and rows of the customers who count."""
        found = []
        for _, rows in self.journeys():
            segment = ("vip", "general")[(rows[0][codes.ROW_WHO] >> 24) & 0xFFFF]
            right = self.item.scope != "segment" or self.item.name == segment
            if right and self.counts(rows[0][codes.ROW_ARRIVE]):
                found.append((VISIT_OUTCOMES[(rows[-1][codes.ROW_WHAT] >> 40) & 0xFF], rows))
        return found

    def visits(self) -> list[tuple[str, int]]:
        def away(rows: list[list[int]]) -> int:
            return sum(row[codes.ROW_END] - row[codes.ROW_CALL] for row in rows if self.online(row))

        came = [(o, rows) for o, rows in self.counted() if o != "elsewhere"]
        return [(o, rows[-1][codes.ROW_END] - rows[0][codes.ROW_ARRIVE] - away(rows)) for o, rows in came]

    def _people_inside(self) -> tuple[float, float]:
        inside, window = super()._people_inside()
        rows = [row for log in self.logs for row in log.rows.tolist() if self.online(row)]
        return inside - sum(self.span(row[codes.ROW_CALL], row[codes.ROW_END]) for row in rows), window

    # diversion

    def _sent(self) -> list[tuple[str, list[list[int]]]]:
        return [(o, rows) for o, rows in self.counted() if o == "diverted" or any(map(self.online, rows))]

    def _stayed_away(self) -> int:
        return sum(o == "diverted" or (self.online(rows[-1]) and o != "turned_away") for o, rows in self._sent())

    def _diverted_gross(self) -> tuple[float, float]:
        return len(self._sent()), len(self.visits())

    def _diverted_net(self) -> tuple[float, float]:
        return self._stayed_away(), len(self.visits())

    def _diverted_back(self) -> tuple[float, float]:
        return len(self._sent()) - self._stayed_away(), len(self._sent())

    # channels: every visit is for one transaction, and those that follow

    def _done(self) -> tuple[int, int]:
        """Return how many were done in the hall, and by the app."""
        app = sum((rows[-1][codes.ROW_WHAT] >> 48 & 0xFF) == 2 for _, rows in self.counted())
        return sum(o == "served" for o, _ in self.counted()) + self._followed(), app

    def _followed(self) -> int:
        return sum(row[codes.ROW_WHAT] >> 56 & 1 for _, rows in self.counted() for row in rows)

    def _catchment_transactions(self) -> tuple[float, float]:
        return sum(self._done()), len(self.logs)

    def _channel_transactions(self) -> tuple[float, float]:
        return self._done()[self.item.name == "app"], len(self.logs)

    def _electronic_share(self) -> tuple[float, float]:
        return self._done()[1], sum(self._done())

    def _electronic_share_unpaid(self) -> tuple[float, float]:
        return self._electronic_share()

    def _hall_share(self) -> tuple[float, float]:
        return self._done()[0], sum(self._done())

    def _demand_unmet(self) -> tuple[float, float]:
        wanted = len(self.counted()) + self._followed()
        return wanted - sum(self._done()), wanted

    # appointments

    def _appointments_kept(self) -> tuple[float, float]:
        return sum(rows[0][codes.ROW_WHO] >> 40 & 0xFFFF == 1 for _, rows in self.counted()), BOOKED * len(self.logs)

    def _appointments_missed(self) -> tuple[float, float]:
        kept, booked = self._appointments_kept()
        return booked - kept, booked

    # priority tasks: one transaction, which every visit that ends as served has done

    def _tasks(self) -> list[int]:
        """Return how many transactions each day did."""
        done = [0] * len(self.logs)
        for log, rows in self.journeys():
            served = (rows[-1][codes.ROW_WHAT] >> 40) & 0xFF == codes.VISIT_SERVED
            day = next(i for i, one in enumerate(self.logs) if one is log)
            followed = sum(row[codes.ROW_WHAT] >> 56 & 1 for row in rows)
            done[day] += (served + followed) * self.counts(rows[0][codes.ROW_ARRIVE])
        return done

    def _tasks_done(self) -> tuple[float, float]:
        return sum(self._tasks()), len(self.logs)

    def _tasks_of_quota(self) -> tuple[float, float]:
        return sum(min(done, QUOTA) for done in self._tasks()), QUOTA * len(self.logs)

    def _quota_met(self) -> tuple[float, float]:
        return sum(done >= QUOTA for done in self._tasks()), len(self.logs)

    # servers

    def _success(self) -> tuple[float, float]:
        return self._share(("served", "transferred"), TAKEN)

    def _server_rows(self, states: tuple[int, ...]) -> list[list[int]]:
        rows = [row for log in self.logs for row in log.server_rows.tolist()]
        return [row for row in rows if row[1] in states and self.server_in_scope(row[0])]

    def _down_share(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_DOWN,)), self._paid_ticks()

    def _set_up_share(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_SET_UP,)), self._paid_ticks()

    def _calling_share(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_CALLING,)), self._paid_ticks()

    def _wrap_up_share(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_WRAP_UP,)), self._paid_ticks()

    def _walking_share(self) -> tuple[float, float]:
        total = 0
        for row in (row for log in self.logs for row in log.rows.tolist()):
            call, server = row[codes.ROW_CALL], (row[codes.ROW_WHO] & 0xFFFFFF) - 1
            if server >= 0 and self.server_in_scope(server):
                total += self.span(call, call + (row[codes.ROW_AHEAD] >> codes.WALK_SHIFT), to_the_end=True)
        return total, self._paid_ticks()

    def _slowed_ticks(self) -> int:
        """Return what counter 1, a novice who tires, took longer; factors in millionths."""
        total = 0
        for log in self.logs if self.server_in_scope(COUNTER_1) else ():
            done = 0
            for row in log.rows.tolist():
                outcome = codes.STEP_OUTCOMES[(row[codes.ROW_WHAT] >> 32) & 0xFF]
                call = row[codes.ROW_CALL]
                if (row[codes.ROW_WHO] & 0xFFFFFF) - 1 != COUNTER_1 or call < 0 or outcome not in TAKEN:
                    continue
                novice = round(1e6 * (1 + (NOVICE[0] - 1) * math.exp(-done / NOVICE[1])))
                rested = [row[codes.SERVER_ROW_FROM] for row in self._of_counter_1(log, (codes.STATE_DUTY,))]
                rested += [row[codes.SERVER_ROW_TO] for row in self._of_counter_1(log, BREAKS)]
                since = max((t for t in rested if t <= call), default=call)
                tired = min(round(1e6 * TIRES[0]) * (call - since) // HOUR, round(1e6 * TIRES[1]))
                served = self.span(call + (row[codes.ROW_AHEAD] >> codes.WALK_SHIFT), row[codes.ROW_END], True)
                total += served - served * 1_000_000 // (novice * (1_000_000 + tired) // 1_000_000)
                done += 1
        return total

    @staticmethod
    def _of_counter_1(log: Log, states: tuple[int, ...]) -> list[list[int]]:
        return [row for row in log.server_rows.tolist() if row[0] == COUNTER_1 and row[1] in states]

    def _slowed(self) -> tuple[float, float]:
        return self._slowed_ticks(), len(self.logs)

    def _slowed_share(self) -> tuple[float, float]:
        return self._slowed_ticks(), self._paid_ticks()

    def _breaks(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_BREAK, codes.STATE_PAID_BREAK)), len(self.logs)

    def _stops_in_all(self) -> int:
        rows = self._server_rows((codes.STATE_DOWN,))
        return sum(self.span(row[2], row[3], to_the_end=True) > 0 for row in rows)

    def _stops(self) -> tuple[float, float]:
        return self._stops_in_all(), len(self.logs)

    def _mean_stop(self) -> tuple[float, float]:
        return self._spent_ticks((codes.STATE_DOWN,)), self._stops_in_all()

    def _counters_open(self) -> tuple[float, float]:
        on = sum(self.span(row[2], row[3]) for row in self._server_rows((codes.STATE_DUTY, codes.STATE_OVERTIME)))
        off = sum(self.span(row[2], row[3]) for row in self._server_rows(NOT_OPEN))
        return on - off, self._window()

    def _openings(self) -> tuple[float, float]:
        rows = [row for row in self._server_rows((codes.STATE_DUTY, codes.STATE_OVERTIME)) if row[0] == COUNTER_2]
        ends = {row[3] for row in rows if row[1] == codes.STATE_DUTY}
        begun = [row for row in rows if row[1] == codes.STATE_DUTY or row[2] not in ends]
        return sum(self.span(row[2], row[3], to_the_end=True) > 0 for row in begun), len(self.logs)


def random_feature_day(rng: random.Random) -> Log:
    """Return rows of customers who wander between kiosk, counter and the channel, and what servers did besides."""
    rows: list[list[int]] = []
    for who in range(rng.randrange(1, 60)):
        t = arrive = rng.uniform(-30, 130)
        type_, source, n = rng.randrange(2), rng.randrange(2), rng.randrange(1, 5)
        for step in range(n):
            station = rng.randrange(3)
            last = {"visit": rng.choice(VISIT_OUTCOMES[1:]), "exit_": rng.randrange(-1, 2)} if step == n - 1 else {}
            call: float | None = t
            if station == ONLINE:
                server, outcome = -1, rng.choice(("served", "failed"))
            else:
                outcome = rng.choice(STAYED)
                server = KIOSK_1 if station == 0 else rng.choice([COUNTER_1, COUNTER_2])
                call = t + rng.choice([0, 5, rng.expovariate(0.2)])
            end = call + rng.expovariate(0.1)
            if outcome in ("reneged", "closed_out"):
                call, server = None, -1
            row = hand.row(
                who,
                2 * station + type_,
                arrive,
                t,
                call,
                end,
                step=step,
                outcome=outcome,
                server=server,
                type_=type_,
                **last,
            )
            row[codes.ROW_WHO] |= source << 40
            if step < n - 1 and outcome == "served" and rng.random() < 0.3:
                row[codes.ROW_WHAT] |= (codes.FOLLOWED | rng.choice([0, codes.WENT_ON])) << 48
            if call is not None and server in (COUNTER_1, COUNTER_2) and rng.random() < 0.5:
                row[codes.ROW_AHEAD] |= (row[codes.ROW_END] - row[codes.ROW_CALL]) // 3 << codes.WALK_SHIFT
            rows.append(row)
            t = end
    spans = [(s, codes.STATE_DUTY, rng.uniform(-30, 0), rng.uniform(90, 130)) for s in range(2)]
    at = -20.0
    for state in (codes.STATE_DUTY, codes.STATE_OVERTIME, codes.STATE_DUTY, codes.STATE_OVERTIME):
        begin = at + rng.choice([0, 10])
        at = begin + rng.uniform(1, 60)
        spans.append((COUNTER_2, state, begin, at))
    for state in (*NOT_OPEN, codes.STATE_CALLING, codes.STATE_WRAP_UP) * 2:
        begin, end = sorted(rng.uniform(-20, 150) for _ in range(2))
        spans.append((rng.randrange(3), state, begin, end))
    return hand.log(rows, spans)._replace(end=int(NINE + rng.uniform(100, 160) * MINUTE))
