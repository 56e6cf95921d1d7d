"""Pre-acceptance in the readable engine: what happens to a customer while he keeps his place in line (semantics 11).

The twin of `preparing.py`, with the same names. Whoever waits has one overlay slot for his present step; it is that
of this step as long as its `step` is his. A clerk who prepares is busy without a customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.compiled import (
    IDLE_LOWEST,
    IDLE_RANDOM,
    KIND_OVERLAY_END,
    NOT_YET,
    PREPARED,
    PREPARED_DONE,
    PREPARED_DROPPED,
    PREPARED_IN_VAIN,
    STATE_BLOCKED,
    STATE_PREPARING,
    WORK_REPEAT,
)
from hallsim.engines.reference_draws import Customer, Overlay, to_ticks
from hallsim.engines.reference_routes import next_route, state_of
from hallsim.model import EVER

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station


class Preparations:
    """Who is prepared by whom."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        by = hall.c.preparation.by.tolist()
        self.prepared_by = {i: [s for s, helpers in enumerate(by) if helpers == i] for i in set(by) - {-1}}

    # --- whom, and by whom (semantics 8, 11) --------------------------------------------------------------------

    def slot_of(self, customer: Customer) -> Overlay | None:
        """Return a customer's overlay slot if it is that of the line he stands in, or was called from."""
        slot = customer.slot
        return slot if slot is not None and slot.step == customer.step else None

    def wanted(self, station: Station) -> bool:
        """Return whether the condition holds under which a station's customers are prepared."""
        c, case = self.hall.c, int(self.hall.c.preparation.case[station.number])
        if case < 0:
            return True
        terms = range(int(c.case_term_first[case]), int(c.case_term_first[case] + c.case_term_count[case]))
        return all(c.term_low[i] <= state_of(self.hall, i) <= c.term_high[i] for i in terms)

    def choose_ticket(self, by: Station) -> Customer | None:
        """Return who has waited longest of those whom the servers of a station may prepare now."""
        hall, c = self.hall, self.hall.c
        found: list[Customer] = []
        for i in self.prepared_by.get(by.number, []):
            lines = [line for line in hall.stations[i].lines if line not in hall.deserted]
            if not self.wanted(hall.stations[i]):
                continue
            for line in lines:
                for ahead, customer in enumerate(hall.lines[line]):
                    if not c.preparation.low[i] <= ahead <= c.preparation.high[i]:
                        continue
                    if not isinstance(customer, Customer):
                        continue  # a number whose holder has left
                    if self.slot_of(customer) is None and c.preparation.law[i * c.n_types + customer.type] >= 0:
                        found.append(customer)
        return min(found, key=lambda customer: customer.sequence, default=None)

    def choose_helper(self, customer: Customer, by: Station) -> Server:
        """Return which idle server of a station prepares a customer."""
        choice = self.hall.c.station_idle_choice[by.number]
        if choice == IDLE_LOWEST:
            return min(by.idle, key=lambda server: server.number)
        if choice == IDLE_RANDOM:
            k = customer.stays[int(self.hall.c.line_station[customer.line])] - 1
            u = self.hall.uniform(customer, self.hall.c.station_idle_key[by.number], k)
            return by.idle[int(u * len(by.idle))]
        return by.idle[0]

    def offer(self, station: Station) -> None:
        """Let idle clerks look at the line of a station that they prepare."""
        by = self.hall.stations[int(self.hall.c.preparation.by[station.number])]
        while by.idle and (customer := self.choose_ticket(by)) is not None:
            helper = self.choose_helper(customer, by)
            by.idle.remove(helper)
            self.start_preparation(customer, helper)

    def line_changed(self, station: Station) -> None:
        """Let idle clerks look after others have moved up, where that can make a difference."""
        i, c = station.number, self.hall.c
        if c.preparation.by[i] >= 0 and (c.preparation.case[i] >= 0 or c.preparation.high[i] < EVER):
            self.offer(station)

    def take_up(self, server: Server) -> None:
        """Let a server who has just fallen idle prepare somebody, if there is anybody."""
        by = self.hall.stations[server.station]
        customer = self.choose_ticket(by)
        if customer is not None:
            by.idle.remove(server)
            self.start_preparation(customer, server)

    # --- beginning and end --------------------------------------------------------------------------------------

    def start_preparation(self, customer: Customer, helper: Server) -> None:
        """Let a server begin to prepare a customer; what will come of it is drawn now."""
        hall, c, i = self.hall, self.hall.c, int(self.hall.c.line_station[customer.line])
        k, at = customer.stays[i] - 1, i * c.n_types + customer.type
        time = hall.duration(int(c.preparation.law[at]), customer.key, c.preparation.key[i], k)
        ends = hall.now + to_ticks(time * helper.factor, c.resolution, hall.now)
        result = PREPARED
        if c.preparation.done[at] > 0 and hall.uniform(customer, c.preparation.done_key[i], k) < c.preparation.done[at]:
            result = PREPARED_DONE
        elif (
            c.preparation.fails[at] > 0
            and hall.uniform(customer, c.preparation.fails_key[i], k) < c.preparation.fails[at]
        ):
            result = PREPARED_IN_VAIN
        slot = Overlay(customer.step, helper, hall.now, ends, result)
        customer.slot = slot
        helper.state = "busy"
        hall.at(ends, KIND_OVERLAY_END, customer.number, lambda: self.on_preparation_end(customer, slot))

    def stop_preparation(self, customer: Customer, slot: Overlay) -> None:
        """Write down a preparation that is over, and how long a counter has waited for it."""
        slot.over = True
        now = self.hall.now
        self.hall.record_state(slot.helper, STATE_PREPARING, slot.began, now, customer.number)
        if slot.counter is not None:
            self.hall.record_state(slot.counter, STATE_BLOCKED, slot.called, now, customer.number)
            slot.counter = None

    def drop_preparation(self, customer: Customer) -> Server | None:
        """Note what a preparation has come to of a customer who goes; return the clerk whom that sets free."""
        slot = self.slot_of(customer)
        if slot is None or slot.helper is None:
            return None
        helper = None
        if not slot.over:
            self.stop_preparation(customer, slot)
            slot.broken, helper = True, slot.helper
        customer.prepared = PREPARED_DROPPED if slot.broken else slot.result
        return helper

    def free_helper(self, helper: Server | None) -> None:
        """Let a clerk go on, or home, whose customer has been called or has left."""
        if helper is not None:
            self.hall.after_service(helper, self.hall.stations[helper.station])

    def on_preparation_end(self, customer: Customer, slot: Overlay) -> None:
        """End a preparation: whoever has nothing left to do leaves the line; then the clerk goes on."""
        if slot.over:
            return
        hall, counter = self.hall, slot.counter
        self.stop_preparation(customer, slot)
        if counter is not None:
            hall.schedule_end(counter, customer, hall.now + self.service_after(customer, counter, slot.result))
        elif slot.result == PREPARED_DONE:
            station = hall.stations[int(hall.c.line_station[customer.line])]
            customer.waiting = False
            hall.lines[customer.line].remove(customer)
            station.waiting -= 1
            customer.call, customer.server, customer.prepared = hall.now, slot.helper.number, PREPARED_DONE
            hall.leave_station(station)
            hall.send_on(customer, next_route(hall, customer, station.number))
        self.free_helper(slot.helper)

    # --- calls (semantics 12, 19) -------------------------------------------------------------------------------

    def work_after(self, customer: Customer, server: Server) -> int | None:
        """Return how long the service takes, or goes on, of somebody who has been prepared; None for others."""
        slot = self.slot_of(customer)
        if slot is None or slot.helper is None or slot.broken:
            return None
        if slot.over:
            customer.prepared = slot.result
            left, customer.left = customer.left, -1
            return left if left >= 0 else self.service_after(customer, server, slot.result)
        if not self.hall.c.preparation.finishes[server.station]:
            helper = self.drop_preparation(customer)
            self.free_helper(helper)
            return None
        slot.counter, slot.called, customer.prepared = server, self.hall.now, slot.result
        return NOT_YET - self.hall.now  # until the preparation is over

    def service_after(self, customer: Customer, server: Server, result: int) -> int:
        """Draw the service of a customer whose preparation has come to something."""
        hall, c, i = self.hall, self.hall.c, server.station
        if result == PREPARED_DONE:
            return 0
        at = i * c.n_types + customer.type
        stated = hall.stated(customer, c.table_service, i)
        if result == PREPARED and c.preparation.after[at] >= 0 and stated < 0:
            k = customer.stays[i] - 1
            own = hall.helping.work_of(server)
            work = hall.all_work(customer, i, own, int(c.preparation.after[at]), k)
        else:
            work = hall.usual_work(customer, i, hall.helping.work_of(server))
            if result == PREPARED_IN_VAIN:
                work *= float(c.preparation.rework[i])
            elif c.preparation.after[at] < 0:
                work *= float(c.preparation.factor[i])
        return to_ticks(work * server.factor, c.resolution, hall.now)

    def keep_preparation(self, customer: Customer, server: Server) -> None:
        """Keep what has been prepared of a customer whose service is broken off; whoever had nothing gets nothing."""
        hall, slot = self.hall, customer.slot
        repeated = hall.c.station_interrupted[server.station] == WORK_REPEAT
        if slot is None or slot.step != customer.step - 1:  # the step that has just been broken off
            customer.slot = Overlay(customer.step, over=True)
            return
        slot.step = customer.step
        if slot.helper is not None and not slot.over:
            if slot.counter is not None:
                hall.record_state(slot.counter, STATE_BLOCKED, slot.called, hall.now, customer.number)
                slot.counter = None
            customer.left = -1
        elif slot.helper is not None and not slot.broken and not hall.closed and repeated:
            customer.left = server.ends - max(customer.call, slot.ends)
