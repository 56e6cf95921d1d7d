"""Calls of the readable engine: whom a free server takes, and who takes whom (semantics 8, 9, 30, 32, 34, 35).

The twin of `call_rules.py` and `pools.py`, with the same names. `Hall` is made of this and of what happens in the hall.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hallsim.compiled import IDLE_LOWEST, IDLE_RANDOM, KIND_ELIGIBLE
from hallsim.engines.reference_calls import call_in_vain, call_number
from hallsim.engines.reference_draws import Customer, Draws
from hallsim.engines.reference_records import Number, Server, Station
from hallsim.engines.reference_routes import state_of
from hallsim.parts.calls import SCORES

if TYPE_CHECKING:
    from hallsim.engines.reference_helping import Helping
    from hallsim.engines.reference_policies import Policies
    from hallsim.engines.reference_preparing import Preparations

_SCORES = dict(SCORES.values())


class Calls(Draws):
    """What a hall does to choose between customers, and between servers."""

    lines: list[deque[Any]]
    stations: list[Station]
    policies: Policies
    preparations: Preparations
    helping: Helping
    at: Callable[..., None]
    start_service: Callable[[Customer, Server], None]

    # --- who may call whom ------------------------------------------------------------------------------------

    def skill_of(self, server: Server, line: int) -> int:
        """Return the row of skills that says whether and when a server calls a line of his station."""
        c = self.c
        return int(c.server_first_skill[server.number]) + line - int(c.station_first_line[c.line_station[line]])

    def may_call(self, server: Server, line: int) -> bool:
        return bool(self.c.skill_rank[self.skill_of(server, line)] >= 0)

    def nobody_free(self, station: Station, line: int) -> bool:
        return not any(self.may_call(server, line) for server in station.idle)

    def somebody_on_duty(self, station: Station, line: int) -> bool:
        """Return whether anybody on duty, and not about to leave, may call a line (semantics 7)."""
        there = [s for s in station.servers if s.state not in ("off", "last")]
        own = station.level > 0 and any(
            self.may_call(server, line) or self.c.call_rules.skill_later[self.skill_of(server, line)]
            for server in there
        )
        return own or self.helping.helpers_on_duty(station)

    # --- whom a server calls ----------------------------------------------------------------------------------

    def choose_line(self, server: Server) -> Any:
        """Return whom a free server calls: lowest rank first; among equal ranks by place, then by age; None: nobody."""

        def order(line: int) -> tuple[int, int, int]:
            head = self.lines[line][0]
            return int(self.c.skill_rank[self.skill_of(server, line)]), head.place, head.sequence

        lines = self.stations[server.station].lines
        line = min((i for i in lines if self.lines[i] and self.may_call(server, i)), key=order, default=-1)
        return (line, self.lines[line][0]) if line >= 0 else None

    def rule_now(self, station: int) -> int:
        """Return the call rule of a station that holds at this moment."""
        c, rules = self.c, self.c.call_rules
        rule = int(rules.rule_firsts[station])
        while True:
            first = int(rules.rule_term_first[rule])
            terms = range(first, first + int(rules.rule_term_count[rule]))
            if all(c.term_low[i] <= state_of(self, i) <= c.term_high[i] for i in terms):  # type: ignore[arg-type]
                return rule
            rule += 1

    def goes_first(self, rule: int, who: Customer | Number) -> bool:
        """Return whether somebody who waits has an appointment that a rule puts before everybody else now."""
        c, rules = self.c, self.c.call_rules
        holder = who.holder if isinstance(who, Number) else who
        if not rules.rule_grace[rule] or not c.source_booked[holder.source]:
            return False
        booked = int(c.table_time[holder.listed])
        judged = self.now if rules.rule_by_calling[rule] else holder.arrive
        return self.now >= booked - rules.rule_early[rule] and judged <= booked + rules.rule_late[rule]

    def choose_by_rule(self, server: Server) -> Any:
        """Return whom a free server calls by his station's call rule, and from which line; None: nobody."""
        c, rules = self.c, self.c.call_rules
        rule = self.rule_now(server.station)
        found = []
        for line in self.stations[server.station].lines:
            row = int(rules.rule_first_order[rule]) + self.skill_of(server, line)
            rank, waiting = int(rules.order_rank[row]), self.lines[line]
            if rank < 0 or not waiting or not self.is_open(row, line):
                continue
            first = [who for who in waiting if self.goes_first(rule, who)]
            who = first[0] if first else waiting[0]
            kind = (who.holder if isinstance(who, Number) else who).type
            score = _SCORES[int(rules.order_score[row])](
                self.now - who.join,
                len(waiting),
                int(rules.expected[int(c.server_work[server.number]) * c.n_types + kind]),
                int(rules.order_weight[row]),
                int(rules.order_head_start[row]),
            )
            found.append(((not first, rank, -score, who.place, who.sequence), line, who))
        return min(found)[1:] if found else None

    # --- help from pools that call a line only then (semantics 36) ----------------------------------------------

    def is_open(self, row: int, line: int) -> bool:
        """Return whether a line may be called by an order: at once, or for the wait of somebody, or for its length."""
        rules, waiting = self.c.call_rules, self.lines[line]
        after = int(rules.order_after[row])
        if after == 0 or len(waiting) >= rules.order_waiting[row]:
            return True
        return any(isinstance(who, Customer) and self.now - who.join >= after for who in waiting)

    def get_help(self, station: Station, line: int) -> None:
        """Let idle servers call who may call a line as it is now, first who has been idle longest."""
        row = int(self.c.call_rules.rule_first_order[self.rule_now(station.number)])
        while True:
            able = [s for s in station.idle if self.c.call_rules.order_rank[row + self.skill_of(s, line)] >= 0]
            able = [s for s in able if self.is_open(row + self.skill_of(s, line), line)]
            if not self.lines[line] or not able:
                return
            station.idle.remove(able[0])
            self.pick_next(able[0])

    def wait_for_help(self, customer: Customer, station: Station) -> None:
        """Note when a customer who has joined a line makes others call it, and let them who may call it now."""
        rules, line = self.c.call_rules, customer.line
        if rules.station_helped[station.number]:
            for after in self.limits_of(line):
                self.at(self.now + after, KIND_ELIGIBLE, customer.number, lambda: self.on_eligible(customer))
            self.get_help(station, line)

    def limits_of(self, line: int) -> list[int]:
        """Return the waits that let others call a line."""
        first = int(self.c.call_rules.line_first_limit[line])
        return self.c.call_rules.limit_after[first : first + int(self.c.call_rules.line_n_limits[line])].tolist()

    def on_eligible(self, customer: Customer) -> None:
        """Let others call a customer's line if he has just waited long enough."""
        if customer.waiting and self.now - customer.join in self.limits_of(customer.line):
            self.get_help(self.stations[int(self.c.line_station[customer.line])], customer.line)

    def pick_next(self, server: Server) -> None:
        self.call_next(server)
        self.preparations.line_changed(self.stations[server.station])

    def call_next(self, server: Server) -> None:
        station = self.stations[server.station]
        choose = self.choose_by_rule if self.c.call_rules.station_ruled[station.number] else self.choose_line
        while chosen := choose(server):
            line, who = chosen
            if (wanted := self.policies.call(server)) is not None:
                who = wanted
            else:
                self.lines[line].remove(who)
                station.waiting -= 1
            if isinstance(who, Customer):
                if not call_in_vain(self, who, server):  # type: ignore[arg-type]
                    self.start_service(who, server)
                return
            station.absent -= 1
            if who.ticks > 0:
                call_number(self, who, server)  # type: ignore[arg-type]
                return
        server.state = "idle"
        station.idle.append(server)
        if not self.helping.help_others(server):
            self.preparations.take_up(server)

    # --- who takes a customer ---------------------------------------------------------------------------------

    def choose_server(self, customer: Customer, station: Station, line: int) -> Server | None:
        """Return which idle server takes a customer; `idle` is in order of idle time, longest first."""
        able = [server for server in station.idle if self.may_call(server, line)]
        if not able:
            return None
        if (wanted := self.policies.server(customer, station, line, able)) is not None:
            return wanted
        turns = [int(self.c.skill_turn[self.skill_of(server, line)]) for server in able]
        first = [server for server, turn in zip(able, turns, strict=True) if turn == min(turns)]
        choice = self.c.station_idle_choice[station.number]
        if choice == IDLE_LOWEST:
            return min(first, key=lambda server: server.number)
        if choice == IDLE_RANDOM:
            purpose = self.c.station_idle_key[station.number]
            u = self.uniform(customer, purpose, customer.stays[station.number] - 1)
            return first[int(u * len(first))]
        return first[0]
