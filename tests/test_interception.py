"""Interception before the door, and services that fail and lead to a second visit (semantics 14, 17)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import ROW_CUSTOMER, ROW_WHAT, ROW_WHO, VISIT_INTERCEPTED
from hallsim.scenario import check, load
from tests.test_semantics import both, hall, trace, visits

DESK = {"servers": 1, "time": "4 min"}


def scenario(interception: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Return a desk for two segments."""
    data = {
        "open": "09:00-12:00",
        "segments": {"vip": "20 %", "general": "rest"},
        "arrivals": {"rate": "60/h"},
        "stations": {"desk": {"servers": 40, "time": "exponential 5 min"}},
        **more,
    }
    return data if interception is None else {**data, "interception": interception}


def intercepted(data: dict[str, Any]) -> tuple[set[int], dict[int, int]]:
    """Return the numbers of those who are intercepted, and everybody's type."""
    _, log = both(data)
    away = (log.rows[:, ROW_WHAT] >> 40 & 0xFF) == VISIT_INTERCEPTED
    types = {int(row[ROW_CUSTOMER]): int(row[ROW_WHO]) >> 24 & 0xFFFF for row in log.rows}
    return set(log.rows[away, ROW_CUSTOMER].tolist()), types


def test_rule_17_who_is_intercepted_has_one_row_without_a_line() -> None:
    given = hall(["09:00", "09:01"], {"desk": DESK}, interception={"accepted": "100 %", "to": "app"})
    assert trace(given) == [(0, "door", 0, None, 0, None, "served"), (1, "door", 1, None, 1, None, "served")]
    assert visits(given) == ["intercepted", "intercepted"]
    assert [e.name for e in load(given).model.exits if e.outcome == "intercepted"] == ["intercept app"]


def test_rule_17_a_condition_decides_when_people_stand_before_the_door() -> None:
    more = {"accepted": "100 %", "to": "app", "when": "more than 0 waiting"}
    given = hall(["09:00", "09:01", "09:02", "09:09"], {"desk": DESK}, interception=more)
    assert [(row[0], row[1]) for row in trace(given)] == [(2, "door"), (0, "desk"), (1, "desk"), (3, "desk")]


def test_rule_17_more_interception_takes_the_same_customers_and_others_and_changes_nobody() -> None:
    everybody = intercepted(scenario(None))[1]
    some, types = intercepted(scenario({"accepted": {"vip": "10 %", "rest": "30 %"}, "to": "app"}))
    more, _ = intercepted(scenario({"accepted": {"vip": "10 %", "rest": "60 %"}, "to": "app"}))
    assert types == everybody
    assert some < more
    vip = {number for number, kind in everybody.items() if kind == 0}
    assert some & vip == more & vip


def test_rule_17_offered_times_accepted_are_intercepted() -> None:
    given = scenario({"offered": "50 %", "accepted": {"vip": "20 %", "rest": "60 %"}, "to": "app"})
    r = hs.run(load(given), 400, seed=6)
    for segment, share, part in (("vip", 0.1, 0.2), ("general", 0.3, 0.8)):
        n = 180 * part * 400
        found = r.estimate("intercepted", "segment", segment).value
        assert abs(found - share) < 3.3 * np.sqrt(share * (1 - share) / n)


def test_interception_can_be_a_destination_of_the_door() -> None:
    given = hall(["09:00"], {"desk": DESK}, entry={"intercept app": "100 %"})
    assert visits(given) == ["intercepted"]


def test_rule_14_who_lacks_a_document_comes_back_with_it() -> None:
    stations = {
        "desk": {**DESK, "fails": "100 %", "on_failure": "home"},
        "home": {"role": "orbit", "time": "20 min", "then": "second"},
        "second": {"role": "counter", **DESK},
    }
    assert trace(hall(["09:00"], stations)) == [
        (0, "desk", 0, 0, 4, "desk 1", "failed"),
        (0, "home", 4, 4, 24, None, "served"),
        (0, "second", 24, 24, 28, "second 1", "served"),
    ]


def test_who_comes_back_on_another_day_is_partly_served_today() -> None:
    stations = {
        "desk": {"servers": 40, "time": "1 min", "fails": "30 %", "on_failure": {"home": "40 %", "leave": "rest"}},
        "home": {"role": "orbit", "time": "0 min", "then": "desk"},
    }
    model = load(scenario(None, stations=stations)).model
    rows = model.stations[0].routes[0]
    assert [r.probability for r in rows] == pytest.approx([0.7, 0.12, 0.18])
    assert [r.step_outcome for r in rows] == ["served", "failed", "failed"]
    r = hs.run(model, 400, seed=8)
    # each service ends the visit as served with 0.7, as partly served with 0.18, and else begins again
    share = 0.18 / 0.88
    n = 180 * 400
    found = r.estimate("partly_served").value
    assert abs(found - share) < 3.3 * np.sqrt(share * (1 - share) / n) + 0.001  # who comes after closing is turned away


def test_a_bad_condition_is_said() -> None:
    (found,) = check(scenario({"accepted": "10 %", "to": "app", "when": "crowded"}))
    assert found.path == "interception.when"
    assert "is not a condition" in found.message
