"""A small hall and logs written by hand, for tests of everything that reads logs."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import NO_LINE, STATE_DUTY, STEP_OUTCOMES, VISIT_OUTCOMES, Log
from hallsim.model import (
    CustomerType,
    Exit,
    Label,
    Line,
    Model,
    Route,
    Segment,
    Server,
    Source,
    Station,
    TicketClass,
    Transaction,
)
from hallsim.parts.distributions import Deterministic

MINUTE = 60_000_000
NINE = 540 * MINUTE
KIOSK_V, KIOSK_Z, COUNTER_V, COUNTER_Z = range(4)  # lines
KIOSK_1, COUNTER_1, COUNTER_2 = range(3)  # servers


def _label(name: str) -> Label:
    return Label(name, name)


def _station(name: str, role: str, n_servers: int) -> Station:
    return Station(
        name=name,
        role=role,
        label=_label(name),
        # Written in the other order than they are called in: engines number lines by rank.
        lines=(Line(f"{name} Z", 1, 1), Line(f"{name} V", 0, 0)),
        line_of_type=(1, 0),
        servers=tuple(Server(f"{name} {i + 1}", ((NINE, NINE + 60 * MINUTE),)) for i in range(n_servers)),
        service=(Deterministic(5.0 * MINUTE),) * 2,
        routes=((Route(1.0, 2),),) * 2,
        patience=(None, None),
    )


HALL = Model(
    name="Test hall",
    label=Label("Test hall", "测试厅"),
    description="",
    source_note="",
    open=NINE,
    close=NINE + 60 * MINUTE,
    segments=(Segment("vip", _label("vip")), Segment("general", _label("general"))),
    transactions=(Transaction("payment", _label("payment")),),
    types=(CustomerType("vip payment", 0, 0), CustomerType("general payment", 1, 0)),
    ticket_classes=(TicketClass("vip", _label("vip"), "V", 0), TicketClass("general", _label("general"), "Z", 1)),
    sources=(Source("walk_in", "table", (0.5, 0.5)),),
    stations=(_station("kiosk", "kiosk", 1), _station("counter", "counter", 2)),
    exits=(Exit("leave", _label("leave"), "served"), Exit("app", _label("app"), "diverted", "app")),
    entry=((Route(1.0, 1),), (Route(1.0, 0),)),
    scenario_hash="abc123",
)


def row(
    customer: int,
    line: int,
    arrive: float,
    join: float,
    call: float | None,
    end: float,
    *,
    step: int = 0,
    outcome: str = "served",
    visit: str = "",
    exit_: int = -1,
    server: int = -1,
    type_: int = 1,
    ahead: int = 0,
    came_to: int = 0,
) -> list[int]:
    """Return one row of the event buffer; times are minutes after nine, `call` None is never."""
    what = (line if line >= 0 else NO_LINE) | step << 16 | STEP_OUTCOMES.index(outcome) << 32
    what |= VISIT_OUTCOMES.index(visit) << 40 | (exit_ + 1) << 48
    called = -1 if call is None else round(NINE + call * MINUTE)
    times = [round(NINE + arrive * MINUTE), round(NINE + join * MINUTE), called, round(NINE + end * MINUTE)]
    return [customer, what, server + 1 | type_ << 24 | came_to << 56, *times, ahead]


def log(rows: list[list[int]], server_rows: list[tuple[int, int, float, float]] | None = None) -> Log:
    """Return a log; server rows are (server, state, from, to) in minutes after nine."""
    if server_rows is None:
        server_rows = [(server, STATE_DUTY, 0, 60) for server in range(3)]
    minutes = [[s, state, round(NINE + a * MINUTE), round(NINE + b * MINUTE), -1] for s, state, a, b in server_rows]
    return Log(
        np.array(rows, dtype=np.int64).reshape(-1, 8),
        np.array(minutes, dtype=np.int64).reshape(-1, 5),
        NINE + 60 * MINUTE,
    )


def short_day() -> Log:
    """Return a day with one of each: failure at the kiosk, priority, giving up, balking, the door."""
    return log(
        [
            row(3, -1, 3, 3, None, 3, visit="diverted", exit_=1),
            row(0, KIOSK_Z, 0, 0, 0, 4, outcome="failed", server=KIOSK_1),
            row(4, COUNTER_Z, 4, 4, None, 4, outcome="balked", visit="balked", ahead=1),
            row(1, COUNTER_V, 1, 1, 1, 6, visit="served", exit_=0, server=COUNTER_1, type_=0),
            row(2, KIOSK_Z, 2, 2, None, 7, outcome="reneged", visit="gave_up", ahead=0),
            row(0, COUNTER_Z, 0, 4, 4, 9.5, step=1, visit="served", exit_=0, server=COUNTER_2),
        ]
    )
