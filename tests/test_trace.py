"""Trace: the events of a day as text, and what is said where two logs differ."""

from __future__ import annotations

import dataclasses
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallsim import trace
from hallsim.compiled import STATE_DUTY, STATE_OVERTIME, Log, compile_model
from hallsim.errors import UsageError
from hallsim.rows import unpack
from hallsim.scenario import load
from tests.hand_made_logs import (
    COUNTER_1,
    COUNTER_2,
    COUNTER_V,
    COUNTER_Z,
    HALL,
    KIOSK_1,
    KIOSK_Z,
    MINUTE,
    NINE,
    log,
    row,
    short_day,
)

SHORT_DAY = """\
time            event       who  place             server        detail
09:00:00.000000 on            -  kiosk             kiosk 1
09:00:00.000000 on            -  counter           counter 1
09:00:00.000000 on            -  counter           counter 2
09:00:00.000000 arrive        0  walk_in           -             general payment
09:00:00.000000 join          0  kiosk Z           -             0 ahead
09:00:00.000000 call          0  kiosk Z           kiosk 1
09:01:00.000000 arrive        1  walk_in           -             vip payment
09:01:00.000000 join          1  counter V         -             0 ahead
09:01:00.000000 call          1  counter V         counter 1
09:02:00.000000 arrive        2  walk_in           -             general payment
09:02:00.000000 join          2  kiosk Z           -             0 ahead
09:03:00.000000 arrive        3  walk_in           -             general payment
09:03:00.000000 leave         3  app               -             diverted
09:04:00.000000 end           0  kiosk Z           kiosk 1       failed
09:04:00.000000 route         0  counter           -             from kiosk
09:04:00.000000 join          0  counter Z         -             0 ahead
09:04:00.000000 call          0  counter Z         counter 2
09:04:00.000000 arrive        4  walk_in           -             general payment
09:04:00.000000 end           4  counter Z         -             balked
09:04:00.000000 leave         4  -                 -             balked
09:06:00.000000 end           1  counter V         counter 1     served
09:06:00.000000 leave         1  leave             -             served
09:07:00.000000 end           2  kiosk Z           -             reneged
09:07:00.000000 leave         2  -                 -             gave_up
09:09:30.000000 end           0  counter Z         counter 2     served
09:09:30.000000 leave         0  leave             -             served
10:00:00.000000 off           -  kiosk             kiosk 1
10:00:00.000000 off           -  counter           counter 1
10:00:00.000000 off           -  counter           counter 2"""


def told(day: Log, minute: float | None = None) -> list[str]:
    """Return `kind customer server` of the events, of one minute if asked."""
    found = trace.events(HALL, day)
    if minute is not None:
        found = [e for e in found if e.time == NINE + minute * MINUTE]
    return [" ".join(str(x) for x in (e.kind, e.customer, e.server) if x not in ("", -1)) for e in found]


def test_a_day_is_told_event_by_event() -> None:
    assert trace.format_trace(HALL, short_day()) == SHORT_DAY


def test_a_part_of_a_day_includes_both_ends() -> None:
    text = trace.format_trace(HALL, short_day(), first=NINE + 6 * MINUTE, last=NINE + 7 * MINUTE)
    assert text.splitlines()[1:] == SHORT_DAY.splitlines()[21:25]


def test_no_line_is_wider_than_80_columns() -> None:
    event = trace.Event(NINE, (), "arrive", 123456, "营业厅" * 9, "a long name of a server", "x" * 99)
    line = trace.format_event(event, "* ")
    assert trace._columns(line) == 80
    assert line == "* 09:00:00.000000 arrive   123456  营业厅营业厅营..  a long name.. " + "x" * 11 + ".."


def test_a_freed_server_calls_after_its_customer_has_moved_on() -> None:
    rows = [
        row(0, KIOSK_Z, 0, 0, 0, 5, server=KIOSK_1),
        row(1, KIOSK_Z, 1, 1, 5, 6, server=KIOSK_1, visit="served", exit_=0),
        row(0, COUNTER_Z, 0, 5, 5, 8, server=COUNTER_1, step=1, visit="served", exit_=0),
        row(2, COUNTER_Z, 5, 5, 5, 9, server=COUNTER_2, visit="served", exit_=0),
    ]
    assert told(log(rows), 5) == [
        "end 0 kiosk 1",
        "route 0",
        "join 0",
        "call 0 counter 1",
        "call 1 kiosk 1",
        "arrive 2",
        "join 2",
        "call 2 counter 2",
    ]


def test_a_call_waits_for_the_later_of_joining_and_of_the_free_server() -> None:
    rows = [
        row(0, KIOSK_Z, 0, 0, 0, 5, server=KIOSK_1),
        row(1, COUNTER_Z, 0, 0, 0, 5, server=COUNTER_1, visit="served", exit_=0),
        row(0, COUNTER_Z, 0, 5, 5, 8, server=COUNTER_1, step=1, visit="served", exit_=0),
    ]
    assert told(log(rows), 5) == [
        "end 0 kiosk 1",
        "route 0",
        "join 0",
        "end 1 counter 1",
        "leave 1",
        "call 0 counter 1",
    ]


def test_a_service_of_no_length_ends_after_its_call() -> None:
    rows = [
        row(0, COUNTER_Z, 5, 5, 5, 5, server=COUNTER_1, visit="served", exit_=0),
        row(1, COUNTER_Z, 5, 5, 5, 5, server=COUNTER_1, visit="served", exit_=0),
    ]
    assert told(log(rows), 5) == [
        "arrive 0",
        "join 0",
        "call 0 counter 1",
        "end 0 counter 1",
        "leave 0",
        "arrive 1",
        "join 1",
        "call 1 counter 1",
        "end 1 counter 1",
        "leave 1",
    ]


def test_a_service_of_no_length_does_not_overtake_what_ranks_before_it() -> None:
    rows = [
        row(0, KIOSK_Z, 0, 0, 0, 5, server=KIOSK_1, visit="served", exit_=0),
        row(2, COUNTER_Z, 0, 0, 0, 5, server=COUNTER_2, visit="served", exit_=0),
        row(1, KIOSK_Z, 1, 1, 5, 5, server=KIOSK_1, visit="served", exit_=0),
    ]
    # The second service at kiosk 1 ends as an event of server 0, before that of server 2.
    assert told(log([rows[0], rows[2], rows[1]]), 5) == [
        "end 0 kiosk 1",
        "leave 0",
        "call 1 kiosk 1",
        "end 1 kiosk 1",
        "leave 1",
        "end 2 counter 2",
        "leave 2",
    ]


def test_who_comes_to_an_empty_station_after_closing_is_sent_away_at_once() -> None:
    rows = [
        row(0, KIOSK_Z, 0, 0, 0, 62, server=KIOSK_1),
        row(0, COUNTER_Z, 0, 62, None, 62, step=1, outcome="closed_out", visit="closed_out"),
        row(1, KIOSK_Z, 1, 1, 62, 65, server=KIOSK_1, visit="served", exit_=0),
    ]
    assert told(log(rows), 62) == ["end 0 kiosk 1", "route 0", "join 0", "end 0", "leave 0", "call 1 kiosk 1"]


def test_servers_by_level_leave_after_the_customers_they_send_back() -> None:
    stations = (HALL.stations[0], dataclasses.replace(HALL.stations[1], shift_end="preemptive"))
    hall = dataclasses.replace(HALL, stations=stations)
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 5, server=COUNTER_2, outcome="interrupted"),
        row(0, COUNTER_Z, 0, 5, 6, 8, server=COUNTER_1, step=1, visit="served", exit_=0),
    ]
    found = trace.events(hall, log(rows, [(COUNTER_2, STATE_DUTY, 0, 5)]))
    assert [e.kind for e in found if e.time == NINE + 5 * MINUTE] == ["end", "join", "off"]


def test_a_server_coming_on_duty_calls_at_once() -> None:
    rows = [row(0, COUNTER_Z, 1, 1, 5, 8, server=COUNTER_1, visit="served", exit_=0)]
    assert told(log(rows, [(COUNTER_1, STATE_DUTY, 5, 60)]), 5) == ["on counter 1", "call 0 counter 1"]


def test_overtime_follows_duty_without_a_break_and_ends_with_its_customer() -> None:
    rows = [row(0, COUNTER_Z, 50, 50, 50, 62, server=COUNTER_1, visit="served", exit_=0)]
    day = log(rows, [(COUNTER_1, STATE_DUTY, 0, 60), (COUNTER_1, STATE_OVERTIME, 60, 62)])
    assert told(day, 60) == ["overtime counter 1"]
    assert told(day, 62) == ["end 0 counter 1", "leave 0", "off counter 1"]


def test_an_interrupted_customer_is_not_routed() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 5, server=COUNTER_1, outcome="interrupted"),
        row(0, COUNTER_Z, 0, 5, 5, 8, server=COUNTER_2, step=1, visit="served", exit_=0),
    ]
    assert told(log(rows), 5) == ["end 0 counter 1", "join 0", "call 0 counter 2"]


def test_a_customer_without_room_is_routed_on_at_once() -> None:
    rows = [
        row(0, KIOSK_Z, 5, 5, None, 5, outcome="blocked"),
        row(0, COUNTER_Z, 5, 5, 5, 8, server=COUNTER_1, step=1, visit="served", exit_=0),
    ]
    assert told(log(rows), 5) == ["arrive 0", "end 0", "route 0", "join 0", "call 0 counter 1"]


def test_equal_logs_have_no_difference() -> None:
    assert trace.diff(HALL, short_day(), short_day()) is None


FIFO = log(
    [
        row(0, COUNTER_Z, 0, 0, 0, 2, server=COUNTER_1, visit="served", exit_=0),
        row(1, COUNTER_Z, 1, 1, 2, 5, server=COUNTER_1, visit="served", exit_=0, ahead=0),
        row(2, COUNTER_V, 1.5, 1.5, 5, 8, server=COUNTER_1, visit="served", exit_=0, type_=0),
    ]
)
PRIORITY = log(
    [
        row(0, COUNTER_Z, 0, 0, 0, 2, server=COUNTER_1, visit="served", exit_=0),
        row(2, COUNTER_V, 1.5, 1.5, 2, 5, server=COUNTER_1, visit="served", exit_=0, type_=0),
        row(1, COUNTER_Z, 1, 1, 5, 8, server=COUNTER_1, visit="served", exit_=0, ahead=0),
    ]
)

FIFO_OR_PRIORITY = """\
The logs differ from row 1 on (batch has 3 rows, reference 3).

Last equal rows
     row    who step  end             line              outcome     server
       0      0    0  09:02:00.000000 counter Z         served      counter 1

Row 1           batch                          reference
* customer      1                              2
  step          0                              0
* line          counter Z                      counter V
  outcome       served                         served
  visit outcome served                         served
  exit          leave                          leave
  server        counter 1                      counter 1
* type          general payment                vip payment
  source        walk_in                        walk_in
* arrive        09:01:00.000000                09:01:30.000000
* join          09:01:00.000000                09:01:30.000000
  call          09:02:00.000000                09:02:00.000000
  end           09:05:00.000000                09:05:00.000000
  ahead         0                              0

The events first differ at 09:02:00.000000.
Rule 9 of the semantics decides here: priority and order of the line.

All events of that instant (* only in this log)
batch:
  09:02:00.000000 end           0  counter Z         counter 1     served
  09:02:00.000000 leave         0  leave             -             served
* 09:02:00.000000 call          1  counter Z         counter 1
reference:
  09:02:00.000000 end           0  counter Z         counter 1     served
  09:02:00.000000 leave         0  leave             -             served
* 09:02:00.000000 call          2  counter V         counter 1

Who waited (+ came, - was called or left at that instant)
  counter V         batch      2
  counter V         reference  2-
  counter Z         batch      1-
  counter Z         reference  1"""


def test_a_difference_is_told_with_its_surroundings_and_rule() -> None:
    assert trace.diff(HALL, FIFO, PRIORITY) == FIFO_OR_PRIORITY


def test_a_difference_in_the_end_of_the_day_alone() -> None:
    assert trace.diff(HALL, FIFO, FIFO._replace(end=FIFO.end + 1), ("one", "two")) == (
        "The logs differ in the end of the day alone.\n"
        "Rule 7 of the semantics decides here: closing.\n"
        "  one        10:00:00.000000\n"
        "  two        10:00:00.000001"
    )


def test_a_difference_in_the_servers_alone() -> None:
    other = FIFO._replace(server_rows=FIFO.server_rows.copy())
    other.server_rows[2, 3] += MINUTE
    text = trace.diff(HALL, FIFO, other)
    assert text is not None
    assert "The steps of the customers are equal; the servers' intervals are not.\n" in text
    assert "* to            10:00:00.000000                10:01:00.000000\n" in text
    assert "The events first differ at 10:00:00.000000.\nRule 6 of the semantics decides here: shift end." in text
    assert "* 10:00:00.000000 off           -  counter           counter 2\n" in text


def one(**changes: object) -> Log:
    """Return a day of one customer who waits from 1 to 5 and is served to 8, with changes."""
    arguments: dict = {"arrive": 1, "join": 1, "call": 5, "end": 8, "server": COUNTER_1, "line": COUNTER_Z} | changes
    return log([row(0, **arguments)])


@pytest.mark.parametrize(
    ("a", "b", "minute", "rule"),
    [
        (one(), one(arrive=0), 0, 3),
        (one(), one(end=9), 8, 3),
        (one(), one(outcome="failed"), 8, 3),
        (one(), one(call=4), 4, 4),
        (one(), one(server=COUNTER_2), 5, 8),
        (one(), one(line=COUNTER_V), 1, 3),
        (one(), one(ahead=1), 1, 2),
        (one(), one(call=None, end=5, server=-1, outcome="reneged"), 5, 10),
        (one(call=None, end=60, server=-1, outcome="closed_out"), one(call=None, end=61, server=-1), 60, 7),
        (one(), one(end=6, outcome="interrupted"), 6, 12),
        (one(), one(call=None, end=1, server=-1, outcome="balked"), 1, 17),
        (one(visit="served"), one(visit="partly_served"), 8, 17),
        (one(), log([]), 1, 3),
        (
            log([row(0, COUNTER_Z, 1, 1, 1, 5, server=1), row(1, COUNTER_Z, 2, 2, 2, 5, server=2)]),
            log([row(1, COUNTER_Z, 2, 2, 2, 5, server=2), row(0, COUNTER_Z, 1, 1, 1, 5, server=1)]),
            5,
            2,
        ),
    ],
)
def test_a_difference_names_the_earliest_instant_and_its_rule(a: Log, b: Log, minute: float, rule: int) -> None:
    for pair in ((a, b), (b, a)):
        text = trace.diff(HALL, *pair)
        assert text is not None
        found = [line for line in text.splitlines() if line.startswith(("The events first", "Rule "))]
        clock = f"{9 + minute // 60:02d}:{minute % 60:02d}:00.000000"
        expected = f"Rule {rule} of the semantics decides here: {trace.RULES[rule]}."
        assert found == [f"The events first differ at {clock}.", expected]


@settings(max_examples=60, deadline=None)
@given(i=st.integers(0, 5), field=st.integers(0, 7), bit=st.integers(0, 62))
def test_any_broken_row_is_told_without_falling_over(i: int, field: int, bit: int) -> None:
    broken = short_day()
    broken.rows[i, field] ^= np.int64(1) << np.int64(bit)
    text = trace.diff(HALL, short_day(), broken)
    assert text is not None
    assert f"The logs differ from row {i} on" in text
    assert all(trace._columns(line) <= 80 for line in text.splitlines() if bit < 40)
    assert f"Row {i} " in text


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, Log]:
    """Put two engines in place that hand back what the test says."""
    logs = {"batch": FIFO, "reference": FIFO}
    for name, module in trace.ENGINES.items():
        fake = types.ModuleType(module)
        fake.simulate = lambda compiled, seed, replication, name=name: logs[name]  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module, fake)
    return logs


def test_both_engines_agreeing_print_the_day(engines: dict[str, Log]) -> None:
    found = trace.trace(types.SimpleNamespace(model=HALL))
    assert found.equal is True
    assert found.text == (
        trace.format_trace(HALL, FIFO) + "\nThe engines agree: 3 steps, the same to the last microsecond."
    )


def test_both_engines_differing_print_the_difference(engines: dict[str, Log]) -> None:
    engines["reference"] = PRIORITY
    assert trace.trace(HALL, engine="both") == trace.TraceResult(FIFO_OR_PRIORITY, False)


def test_one_engine_prints_its_day(engines: dict[str, Log]) -> None:
    engines["reference"] = PRIORITY
    assert trace.trace(HALL, engine="reference").text == trace.format_trace(HALL, PRIORITY)
    assert trace.trace(HALL, engine="batch") == trace.TraceResult(trace.format_trace(HALL, FIFO), None)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'batsch' is not an engine; known: .*\(did you mean batch\?\)"):
        trace.trace(HALL, engine="batsch")


@pytest.mark.parametrize("resolution", ["1 us", "1 min"])
def test_the_events_of_an_instant_come_in_the_order_in_which_the_engine_handled_them(
    root: Path, resolution: str
) -> None:
    from hallsim.engines import kernel  # compiles: only this test needs it

    model = load(root / "scenarios" / "s2_hall.yaml").change("resolution", resolution).model
    day = kernel.simulate(compile_model(model), 1, 0)
    steps = unpack(day.rows)
    expected = [
        (t, customer)
        for t, customer, line in zip(steps.t_end.tolist(), steps.customer.tolist(), steps.line.tolist(), strict=True)
        if line >= 0
    ]
    assert [(e.time, e.customer) for e in trace.events(model, day) if e.kind == "end"] == expected
    if resolution == "1 min":
        assert len({t for t, _ in expected}) < len(expected) * 0.7, "few ties: the test shows nothing"
