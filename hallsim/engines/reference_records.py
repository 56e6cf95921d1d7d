"""What the readable engine keeps of servers, of stations, and of numbers in line without their holders."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hallsim.compiling.annexes import EVERYWHERE
from hallsim.engines.reference_draws import Customer


@dataclass(slots=True, eq=False)
class Server:
    """A person or a machine; `state` is one of off, idle, busy, last (busy, then home), down, set up, break."""

    number: int
    station: int
    factor: float
    state: str = "off"
    customer: Customer | None = None
    ends: int = -1
    since: int = 0
    shift_end: int = 0


@dataclass(slots=True, eq=False)
class Number:
    """A number in line whose holder has left (semantics 32), and how long it takes to call it."""

    holder: Customer
    sequence: int
    place: int
    join: int
    ticks: int


@dataclass(slots=True, eq=False)
class Station:
    """Lines and servers of one place."""

    number: int
    lines: list[int]
    servers: list[Server]
    idle: deque[Server] = field(default_factory=deque)
    inside: int = 0
    waiting: int = 0
    level: int = 0
    extra_open: int = 0
    absent: int = 0  # numbers in line whose holders have left; `waiting` counts them too
    on_duty: int = 0
    level_since: int = 0
    last_left: int = 0
    opens: int = 0
    closes: int = 0
    annex: int = EVERYWHERE
    closed: bool = False
