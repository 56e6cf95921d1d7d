"""Conditions (semantics 21): literal traces on both engines, and their words."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim.model import EVER, US_PER_HOUR, US_PER_MINUTE, Term
from hallsim.scenario import check, load
from hallsim.scenario.conditions import read_condition
from tests.test_semantics import hall, trace, visits

DESK = {"servers": 1, "time": "10 min"}


def cased(*cases: tuple[str, Any], otherwise: Any = "desk") -> list[dict[str, Any]]:
    return [*({"when": when, "to": to} for when, to in cases), {"to": otherwise}]


def exits(condition: str, arrivals: list[str], **more: Any) -> list[str]:
    """Return who is diverted at the door while a condition holds, in order of leaving."""
    stations = {"desk": DESK, "kiosk": {"servers": 1, "time": "3 min"}}
    return visits(hall(arrivals, stations, entry=cased((condition, "divert app")), **more))


def test_rule_21_who_decides_is_not_counted_himself() -> None:
    arrivals = ["09:00", "09:01", "09:02", "09:03"]
    # two are inside when the third comes, and still when the fourth does
    assert exits("at least 2 in the hall", arrivals) == ["diverted", "diverted", "served", "served"]
    assert exits("more than 2 in the hall", arrivals) == ["diverted", "served", "served", "served"]
    assert exits("at least 2 waiting at desk", arrivals) == ["diverted", "served", "served", "served"]
    assert exits("fewer than 1 idle at desk", arrivals) == ["diverted", "diverted", "diverted", "served"]
    assert exits("at least 1 at kiosk", arrivals) == ["served"] * 4


def test_rule_21_times_begin_with_their_bound_and_end_before_it() -> None:
    arrivals = ["09:00", "09:20", "09:40"]
    assert exits("after 09:20", arrivals) == ["served", "diverted", "diverted"]
    assert exits("before 09:20", arrivals) == ["diverted", "served", "served"]
    assert exits("after 09:10 and before 09:40", arrivals) == ["served", "diverted", "served"]


def test_rule_21_the_longest_wait_is_that_of_those_who_wait_now() -> None:
    # customer 1 waits from 9:01; he is called at 9:10, so that nobody waits at 9:12
    arrivals = ["09:00", "09:01", "09:05", "09:06", "09:12"]
    stations = {"desk": DESK}
    scenario = hall(arrivals, stations, entry=cased(("longest wait over 4 min at desk", "divert app")))
    assert [(row[0], row[1], row[4]) for row in trace(scenario)] == [
        (3, "door", 6),
        (0, "desk", 10),
        (4, "door", 12),
        (1, "desk", 20),
        (2, "desk", 30),
    ]


def test_rule_21_after_a_service_the_station_left_counts_without_him() -> None:
    stations = {
        "kiosk": {"servers": 1, "time": "3 min", "then": cased(("at most 0 in the hall", "leave"))},
        "desk": DESK,
    }
    assert [row[:2] for row in trace(hall(["09:00", "09:10", "09:11"], stations, entry="kiosk"))] == [
        (0, "kiosk"),
        (1, "kiosk"),
        (2, "kiosk"),
        (1, "desk"),
        (2, "desk"),
    ]


def test_rule_21_a_case_that_does_not_speak_for_a_customer_leaves_him_to_the_next() -> None:
    scenario = hall([], {"desk": DESK}, segments={"vip": "50 %", "general": "50 %"})
    scenario["arrivals"] = {
        "vips": {"times": ["09:00"], "segments": {"vip": "100 %"}},
        "others": {"times": ["09:01"], "segments": {"general": "100 %"}},
    }
    scenario["entry"] = cased(("at least 0 in the hall", {"vip": "divert app"}))
    assert visits(scenario) == ["diverted", "served"]


def test_rule_21_outside_delays_are_no_part_of_the_hall_but_have_a_number() -> None:
    stations = {"desk": DESK, "online": {"role": "online", "time": "50 min"}}

    def sent(condition: str) -> list[str]:
        scenario = hall(["09:00", "09:01"], stations, entry=cased((condition, "divert app"), otherwise="online"))
        return visits(scenario)

    assert sent("at least 1 in the hall") == ["served", "served"]
    assert sent("at least 1 at online") == ["diverted", "served"]


def test_a_triage_may_have_cases() -> None:
    triage = cased(("more than 1 waiting", "divert app"))
    stations = {"greeter": {"servers": 1, "time": "1 min", "then": "triage"}, "desk": DESK}
    scenario = hall(["09:00", "09:00", "09:00", "09:00"], stations, triage=triage)
    # those who still wait for the greeter count too
    assert visits(scenario) == ["diverted", "diverted", "served", "served"]
    assert load(scenario).model.stations[0].cases[0].when == (Term("waiting", -1, 2, EVER),)


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("at most 4 people waiting at desk", [Term("waiting", 0, 0, 4)]),
        ("fewer than 2 on duty at kiosk", [Term("on_duty", 1, 0, 1)]),
        ("longest wait over 90 s", [Term("longest_wait", -1, 90_000_001, EVER)]),
        (
            "at least 3 idle  and before 10:30",
            [Term("idle", -1, 3, EVER), Term("time", -1, 0, 10 * US_PER_HOUR + 30 * US_PER_MINUTE - 1)],
        ),
    ],
)
def test_words_of_conditions(words: str, terms: list[Term]) -> None:
    assert list(read_condition(words, ["desk", "kiosk"])) == terms


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (cased(("six in the hall", "desk")), "entry[0].when: 'six in the hall' is not a condition such as more than 6"),
        (
            cased(("more than 3 at dsk", "desk")),
            "entry[0].when: 'dsk' is not a station; known: desk (did you mean desk?)",
        ),
        ([{"to": "desk"}], "entry: has 1 cases; needs 2 to 50, the last without `when`"),
        ([{"to": "desk"}, {"to": "leave"}], "entry[0]: `when` is missing"),
        (
            [{"when": "after 10:00", "to": "desk"}, {"when": "before 10:00", "to": "leave"}],
            "entry[1]: the last case holds for all others and has no `when`",
        ),
        (cased(("after 10:00", "dsk")), "entry[0].to: 'dsk' is not a destination"),
    ],
)
def test_cases_that_cannot_be_are_refused(entry: Any, message: str) -> None:
    found = [f"{c.path}: {c.message}" for c in check(hall(["09:00"], {"desk": DESK}, entry=entry)) if not c.warning]
    assert len(found) == 1
    assert message in found[0]
