"""Where a customer stands in his line in the readable engine (semantics 9, 12, 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.compiled import FIRST_PLACE, NO_PLACE

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_draws import Customer


def insert_by_place(hall: Hall, customer: Customer, line: int) -> None:
    """Put a customer into a line by place, then by order of joining, which his ticket may have kept."""
    if comes_back(hall, customer, line):
        return
    place = int(hall.c.table_place[customer.listed]) if customer.listed >= 0 else -1
    customer.place = place if place >= 0 else NO_PLACE
    sequence, step = customer.transfer
    if step == customer.step:
        customer.sequence = sequence
    waiting = hall.lines[line]
    i, mine = len(waiting), (customer.place, customer.sequence)
    while i > 0 and (waiting[i - 1].place, waiting[i - 1].sequence) > mine:
        i -= 1
    waiting.insert(i, customer)


def comes_back(hall: Hall, customer: Customer, line: int) -> bool:
    """Put a skipped customer who comes back to his line where he may stand; return whether that is not the end."""
    station, stay = customer.skipped
    here, waiting = int(hall.c.line_station[line]), hall.lines[line]
    back = int(hall.c.tickets.back[here])
    if here != station or back < 0 or customer.stays[station] != stay + 1 or len(waiting) < back:
        return False
    if back == 0:
        prepend_to_line(hall, customer, line)
    else:
        before = waiting[back - 1]
        customer.place, customer.sequence = before.place, before.sequence
        waiting.insert(back, customer)
    return True


def prepend_to_line(hall: Hall, customer: Customer, line: int) -> None:
    """Put an interrupted customer at the head of a line, where he stays."""
    customer.place = FIRST_PLACE
    hall.lines[line].appendleft(customer)
