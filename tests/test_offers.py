"""Offers (semantics 44) and what triggers them: literal traces on both engines, and counts by outcome."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim import visits as table
from hallsim.compiled import ROW_CUSTOMER, ROW_END, ROW_JOIN, ROW_WHAT, ROW_WHO
from hallsim.model import EVER, US_PER_MINUTE, Term
from hallsim.scenario import check
from hallsim.scenario.conditions import read_condition
from tests.test_semantics import both, hall, trace, visits

DESK = {"servers": 1, "time": "10 min"}


def offering(accepts: Any, condition: str, **more: Any) -> dict[str, Any]:
    """Return a hall whose customers are offered the app while a condition holds."""
    stations = {
        "desk": DESK,
        "offer": {"role": "offer", "accepts": accepts, "then": "app", "on_declining": "desk"},
        "app": {"role": "online", "time": "2 min", "then": "divert app"},
        **more,
    }
    entry = [{"when": condition, "to": "offer"}, {"to": "desk"}]
    return hall(["09:00", "09:01", "09:02"], stations, entry=entry)


def test_rule_44_who_accepts_goes_the_other_way_at_once() -> None:
    assert trace(offering("100 %", "at least 1 waiting at desk")) == [
        (2, "offer", 2, 2, 2, None, "served"),
        (2, "app", 2, 2, 4, None, "served"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 1, 10, 20, "desk 1", "served"),
    ]


def test_rule_44_who_declines_goes_on_as_before() -> None:
    assert trace(offering("0 %", "at least 1 waiting at desk")) == [
        (2, "offer", 2, 2, 2, None, "declined"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 1, 10, 20, "desk 1", "served"),
        (2, "desk", 2, 20, 30, "desk 1", "served"),
    ]


def test_rule_44_acceptance_differs_by_segment_and_steps_count_offers() -> None:
    # a third of the general customers accept, a fifth of those fail on-line and come back after half an hour
    stations = {
        "desk": {"servers": 3, "time": "exponential 5 min"},
        "offer": {"role": "offer", "accepts": {"general": "40 %"}, "then": "app", "on_declining": "desk"},
        "app": {"role": "online", "time": "2 min", "fails": "20 %", "on_failure": "way_back", "then": "divert app"},
        "way_back": {"role": "orbit", "time": "30 min", "then": "desk"},
    }
    scenario = hall([], stations, until="19:00", segments={"vip": "20 %", "general": "rest"})
    scenario["arrivals"] = {"rate": "60/h"}
    scenario["entry"] = [{"when": "at least 3 waiting at desk", "to": "offer"}, {"to": "desk"}]
    found = table.build(*both(scenario))
    offers = found[found["station"] == "offer"]
    assert set(offers.loc[offers["segment"] == "vip", "outcome"]) == {"declined"}
    general = offers[offers["segment"] == "general"]["outcome"].value_counts()
    assert general["served"] / len(offers[offers["segment"] == "general"]) == pytest.approx(0.4, abs=0.1)
    accepted = set(found.loc[(found["station"] == "offer") & (found["outcome"] == "served"), "visit"])
    came_back = set(found.loc[found["station"] == "way_back", "visit"])
    succeeded = set(found.loc[found["visit_outcome"] == "diverted", "visit"])
    too_late = set(found.loc[found["visit_outcome"] == "turned_away", "visit"])  # on-line until after closing
    assert len(accepted) > 50
    assert accepted - too_late == (succeeded | came_back) - too_late
    assert not succeeded & came_back


def test_an_offer_that_nobody_accepts_leaves_every_draw_as_it_was() -> None:
    def seen(condition: str) -> list[tuple[int, ...]]:
        scenario = offering("0 %", condition)
        scenario["stations"]["desk"] = {"servers": 2, "time": "exponential 5 min", "patience": "exponential 9 min"}
        scenario["arrivals"] = {"rate": "40/h"}
        rows = both(scenario)[1].rows.tolist()
        own = [row for row in rows if (row[ROW_WHAT] & 0xFFFF) == 0]
        return [(row[ROW_CUSTOMER], row[ROW_JOIN], row[ROW_END], row[ROW_WHO] >> 24) for row in own]

    assert seen("at least 1 waiting") == seen("at least 99 waiting")


def test_rule_21_machines_that_are_down_send_customers_elsewhere() -> None:
    kiosk = {"servers": 2, "time": "1 min"}

    def sent(condition: str, *outage: str) -> list[str]:
        stations = {"kiosk": kiosk, "desk": DESK}
        entry = [{"when": condition, "to": "divert app"}, {"to": "kiosk"}]
        outages = [{"from_to": stretch, "stations": ["kiosk"]} for stretch in outage]
        scenario = hall(["09:05", "09:15", "09:25"], stations, entry=entry, until="10:00")
        return visits(scenario | ({"outages": outages} if outages else {}))

    assert sent("at least 1 down at kiosk", "09:10-09:20") == ["served", "diverted", "served"]
    assert sent("at least 2 down", "09:10-09:20") == ["served", "diverted", "served"]
    assert sent("fewer than 1 up at kiosk", "09:10-09:30") == ["served", "diverted", "diverted"]
    assert sent("fewer than 2 up at kiosk") == ["served"] * 3


def test_rule_21_a_condition_may_ask_what_the_queue_machine_would_tell() -> None:
    desk = DESK | {"quote": {"tells": "estimate"}}
    entry = [{"when": "quoted wait over 9 min at desk", "to": "divert app"}, {"to": "desk"}]
    scenario = hall(["09:00", "09:01", "09:02", "09:03", "09:11"], {"desk": desk}, entry=entry)
    # 10 minutes would be told while one waits, 0 once he is called
    assert [(row[0], row[1]) for row in trace(scenario)] == [
        *((2, "door"), (3, "door"), (0, "desk")),
        *((1, "desk"), (4, "desk")),
    ]


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("more than 2 down at kiosk", Term("down", 1, 3, EVER)),
        ("at most 0 up", Term("up", -1, 0, 0)),
        ("quoted wait at least 10 min at desk", Term("quoted_wait", 0, 10 * US_PER_MINUTE, EVER)),
    ],
)
def test_words_of_machine_states_and_quotes(words: str, term: Term) -> None:
    assert read_condition(words, ["desk", "kiosk"]) == (term,)


@pytest.mark.parametrize(
    ("offer", "message"),
    [
        ({"then": "app", "on_declining": "desk"}, "stations.offer: accepts is missing: an offer needs accepts, then"),
        ({"accepts": "5 %", "then": "app"}, "stations.offer: on_declining is missing: an offer needs accepts"),
        (
            {"accepts": "5 %", "then": "app", "on_declining": "dsk"},
            "stations.offer.on_declining: 'dsk' is not a destination",
        ),
        (
            {"accepts": {"gold": "5 %"}, "then": "app", "on_declining": "desk"},
            "stations.offer.accepts.gold: 'gold' is not a customer",
        ),
        (
            {"accepts": "5 %", "then": "app", "on_declining": "desk", "time": "1 min"},
            "stations.offer.time: a station of the role offer has no time",
        ),
        (
            {"accepts": "5 %", "then": "app", "on_declining": "desk", "servers": 1},
            "stations.offer.servers: a station of the role offer has no servers",
        ),
    ],
)
def test_offers_that_cannot_be_are_refused(offer: dict[str, Any], message: str) -> None:
    scenario = offering("5 %", "at least 1 waiting at desk", offer={"role": "offer", **offer})
    found = [f"{c.path}: {c.message}" for c in check(scenario) if not c.warning]
    assert len(found) == 1
    assert message in found[0]


def test_a_desk_accepts_nothing() -> None:
    (found,) = check(hall(["09:00"], {"desk": DESK | {"accepts": "5 %"}}))
    assert (found.path, found.message) == ("stations.desk.accepts", "a station of the role counter has no accepts")


def test_a_quoted_wait_that_nobody_quotes_is_refused() -> None:
    entry = [{"when": "quoted wait over 9 min at desk", "to": "divert app"}, {"to": "desk"}]
    (found,) = check(hall(["09:00"], {"desk": DESK}, entry=entry))
    assert found.path == "stations.desk"
    assert "but no estimate is told; add quote: {tells: estimate}" in found.message
