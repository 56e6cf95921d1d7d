"""Overlays in the readable engine: what happens to a customer who keeps his place in line (semantics 11, 46).

The twin of `preparing.py`, with the same names. Whoever waits has one overlay slot for his present step; it is that
of this step as long as its `step` is his. A clerk who prepares is busy without a customer, and so is a terminal that
somebody tries: both are helpers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.compiled import (
    IDLE_LOWEST,
    IDLE_RANDOM,
    KIND_OVERLAY_END,
    NEVER,
    NOT_YET,
    PREPARED,
    PREPARED_DONE,
    PREPARED_DROPPED,
    PREPARED_IN_VAIN,
    STATE_BLOCKED,
    STATE_PREPARING,
    STATE_TRIED_OUT,
    TRIAL_BROKEN_OFF,
    TRIAL_SHIFT,
    TRIED,
    TRIED_AND_BOUGHT,
    WORK_REPEAT,
)
from hallsim.engines.reference_draws import Customer, Overlay, to_ticks
from hallsim.engines.reference_routes import holds, next_route
from hallsim.model import EVER

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station


class Preparations:
    """Who is prepared by whom."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        by = hall.c.preparation.by.tolist()
        self.overlays_by = {i: [of for of, helpers in enumerate(by) if helpers == i] for i in set(by) - {-1}}

    # --- whom, and by whom (semantics 8, 11) --------------------------------------------------------------------

    def slot_of(self, customer: Customer) -> Overlay | None:
        """Return a customer's overlay slot if it is that of the line he stands in, or was called from."""
        slot = customer.slot
        return slot if slot is not None and slot.step == customer.step else None

    def came_to(self, slot: Overlay) -> int:
        """Return what the row of a customer's step says of his overlay slot."""
        dropped = slot.broken and slot.of < self.hall.c.n_stations
        return (PREPARED_DROPPED if dropped else slot.result) | slot.tried << TRIAL_SHIFT

    def wanted(self, of: int) -> bool:
        """Return whether the condition of an overlay holds."""
        case = int(self.hall.c.preparation.case[of])
        return case < 0 or holds(self.hall, case)

    def eligible(self, customer: Customer, of: int) -> bool:
        """Return whether a customer who waits may be prepared and has not been yet, or wants to try a terminal."""
        c, slot, at = self.hall.c, self.slot_of(customer), of * self.hall.c.n_types + customer.type
        if c.preparation.law[at] < 0:
            return False
        if of < c.n_stations:
            return slot is None or slot.back
        k = customer.stays[of - c.n_stations] - 1
        luck = self.hall.uniform(customer, c.preparation.wants_key[of], k)
        return slot is None and luck < float(c.preparation.wants[at])

    def choose_ticket(self, by: Station) -> Customer | None:
        """Return who has waited longest of those whom the servers of a station may take up now."""
        hall, c = self.hall, self.hall.c
        found: list[Customer] = []
        for of in self.overlays_by.get(by.number, []):
            lines = [line for line in hall.stations[of % c.n_stations].lines if line not in hall.deserted]
            if not self.wanted(of):
                continue
            for line in lines:
                for ahead, customer in enumerate(hall.lines[line]):
                    if not c.preparation.low[of] <= ahead <= c.preparation.high[of]:
                        continue
                    if not isinstance(customer, Customer):
                        continue  # a number whose holder has left
                    if self.eligible(customer, of):
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

    def offer(self, of: int) -> None:
        """Let those who are idle look for whom they may take up."""
        if self.hall.c.preparation.by[of] < 0:
            return
        by = self.hall.stations[int(self.hall.c.preparation.by[of])]
        while by.idle and (customer := self.choose_ticket(by)) is not None:
            helper = self.choose_helper(customer, by)
            by.idle.remove(helper)
            self.start_preparation(customer, helper)

    def line_grew(self, station: Station) -> None:
        """Let idle clerks, then terminals, look at a line that somebody has just joined."""
        self.offer(station.number)
        self.offer(self.hall.c.n_stations + station.number)

    def line_changed(self, station: Station) -> None:
        """Let those who are idle look after others have moved up, where that can make a difference."""
        c = self.hall.c
        for of in (station.number, c.n_stations + station.number):
            if c.preparation.case[of] >= 0 or c.preparation.high[of] < EVER:
                self.offer(of)

    def take_up(self, server: Server) -> None:
        """Let a server who has just fallen idle prepare somebody, if there is anybody."""
        by = self.hall.stations[server.station]
        customer = self.choose_ticket(by)
        if customer is not None:
            by.idle.remove(server)
            self.start_preparation(customer, server)

    # --- beginning and end --------------------------------------------------------------------------------------

    def start_preparation(self, customer: Customer, helper: Server) -> None:
        """Let a server begin to prepare a customer, or a customer try a terminal; what will come of it is drawn now."""
        hall, c, i = self.hall, self.hall.c, int(self.hall.c.line_station[customer.line])
        of = i if c.preparation.by[i] == helper.station else c.n_stations + i
        k, at = customer.stays[i] - 1, of * c.n_types + customer.type
        time = hall.duration(int(c.preparation.law[at]), customer.key, c.preparation.key[of], k)
        ends = hall.now + to_ticks(time * helper.factor, c.resolution, hall.now)
        result, done = (PREPARED, PREPARED_DONE) if of == i else (TRIED, TRIED_AND_BOUGHT)
        if hall.uniform(customer, c.preparation.done_key[of], k) < c.preparation.done[at]:
            result = done
        elif hall.uniform(customer, c.preparation.fails_key[of], k) < c.preparation.fails[at]:
            result = PREPARED_IN_VAIN
        before, slot = self.slot_of(customer), Overlay(customer.step, of, helper, hall.now, ends, result)
        if before is not None:
            slot.tried, slot.sale = before.tried, before.sale
        customer.slot = slot
        helper.state = "busy"
        hall.at(ends, KIND_OVERLAY_END, customer.number, lambda: self.on_preparation_end(customer, slot))
        if c.preparation.perceived[of] != 1.0:
            self.scale_patience(customer, ends, float(c.preparation.perceived[of]))

    def scale_patience(self, customer: Customer, ends: int, perceived: float) -> None:
        """Let the patience of a customer run faster or slower until something ends (semantics 46)."""
        hall = self.hall
        if customer.deadline == NEVER:
            return
        left, spent = customer.deadline - hall.now, to_ticks(perceived * (ends - hall.now), hall.c.resolution, hall.now)
        if spent <= left:
            hall.set_deadline(customer, ends + left - spent)
        else:
            hall.set_deadline(customer, hall.now + to_ticks(left / perceived, hall.c.resolution, hall.now))

    def settle(self, slot: Overlay) -> None:
        """Note what a stay at a terminal comes to, whose end nothing can prevent any more; it prepares nothing."""
        if slot.of >= self.hall.c.n_stations and slot.result:
            slot.tried, slot.result = slot.result, 0
            slot.sale = slot.tried == TRIED_AND_BOUGHT

    def stop_preparation(self, customer: Customer, slot: Overlay) -> None:
        """Write down a preparation or trial that is over, and how long a counter has waited for it."""
        slot.over = True
        now = self.hall.now
        state = STATE_PREPARING if slot.of < self.hall.c.n_stations else STATE_TRIED_OUT
        self.hall.record_state(slot.helper, state, slot.began, now, customer.number)
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
            if slot.of >= self.hall.c.n_stations:
                slot.result, slot.tried = 0, TRIAL_BROKEN_OFF
        customer.prepared = self.came_to(slot)
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
        self.settle(slot)
        if counter is not None:
            hall.schedule_end(counter, customer, hall.now + self.service_after(customer, counter, slot))
        elif slot.of >= hall.c.n_stations:
            slot.back = True
            self.offer(slot.of - hall.c.n_stations)
        elif slot.result == PREPARED_DONE:
            station = hall.stations[int(hall.c.line_station[customer.line])]
            customer.waiting = False
            hall.lines[customer.line].remove(customer)
            station.waiting -= 1
            customer.call, customer.server, customer.prepared = hall.now, slot.helper.number, self.came_to(slot)
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
            customer.prepared = self.came_to(slot)
            left, customer.left = customer.left, -1
            return left if left >= 0 else self.service_after(customer, server, slot)
        if not self.hall.c.preparation.finishes[slot.of]:
            helper = self.drop_preparation(customer)
            self.free_helper(helper)
            return self.service_after(customer, server, slot)
        self.settle(slot)
        slot.counter, slot.called, customer.prepared = server, self.hall.now, self.came_to(slot)
        return NOT_YET - self.hall.now  # until the preparation is over

    def service_after(self, customer: Customer, server: Server, slot: Overlay) -> int:
        """Draw the service of a customer whose overlay slot has something to say of it."""
        hall, c, i = self.hall, self.hall.c, server.station
        result = 0 if slot.broken else slot.result
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
            elif result == PREPARED and c.preparation.after[at] < 0:
                work *= float(c.preparation.factor[i])
        return to_ticks((work + self.sale_work(customer, i, slot)) * server.factor, c.resolution, hall.now)

    def sale_work(self, customer: Customer, station: int, slot: Overlay) -> float:
        """Return what a sale adds to the first service after it, in microseconds."""
        c, of = self.hall.c, self.hall.c.n_stations + station
        law = int(c.preparation.after[of * c.n_types + customer.type])
        if not slot.sale or law < 0:
            return 0.0
        slot.sale = False
        return self.hall.duration(law, customer.key, c.preparation.after_key[of], customer.stays[station] - 1)

    def keep_preparation(self, customer: Customer, server: Server) -> None:
        """Keep what has been prepared of a customer whose service is broken off; whoever had nothing gets nothing."""
        hall, slot = self.hall, customer.slot
        repeated = hall.c.station_interrupted[server.station] == WORK_REPEAT
        if slot is None or slot.step != customer.step - 1:  # the step that has just been broken off
            customer.slot = Overlay(customer.step, over=True)
            return
        slot.step, slot.back = customer.step, False
        if slot.helper is not None and not slot.over:
            if slot.counter is not None:
                hall.record_state(slot.counter, STATE_BLOCKED, slot.called, hall.now, customer.number)
                slot.counter = None
            customer.left = -1
        elif slot.helper is not None and not slot.broken and not hall.stations[server.station].closed and repeated:
            customer.left = server.ends - max(customer.call, slot.ends)
