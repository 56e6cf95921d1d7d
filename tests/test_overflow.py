"""Literal traces of rule 36, on both engines: counters that are kept for some and help others out."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim.scenario import check, load
from tests.test_pools import pooled, served_by
from tests.test_semantics import stated, trace


def kept(overflow: Any, vip: list[str], general: list[str], **more: Any) -> dict[str, Any]:
    """Return a hall with one counter for vips, which helps the general customers out, and one for these."""
    pools = {
        "room": {"servers": more.pop("room", 1), "calls": ["vip"], "overflow": overflow},
        "open": {"servers": more.pop("open", 1), "calls": ["general"]},
    }
    return pooled(vip, general, pools=pools, **more)


def test_rule_36_an_idle_server_wakes_when_somebody_has_waited_so_long() -> None:
    # customer 1 has waited 4 minutes at 5, when nothing else happens; at 9, 2 has
    assert served_by(kept({"general": "4 min"}, [], ["09:00", "09:01", "09:05", "09:06"])) == [
        (0, 0, "open 1"),
        (1, 5, "room 1"),
        (2, 10, "open 1"),
        (3, 15, "room 1"),
    ]


def test_rule_36_an_idle_server_helps_when_so_many_wait_and_calls_the_first_of_them() -> None:
    # 3 makes two wait at 3, so that 1 is called; then two wait again at 4
    scenario = kept({"general": {"waiting": 2}}, [], ["09:00", "09:01", "09:03", "09:04"], room=2)
    assert served_by(scenario) == [
        (0, 0, "open 1"),
        (1, 3, "room 1"),
        (2, 4, "room 2"),
        (3, 10, "open 1"),
    ]


def test_rule_36_either_condition_is_enough_and_a_free_server_sees_both() -> None:
    both = {"general": {"after": "9 min", "waiting": 3}}
    general = ["09:00", "09:01", "09:02", "09:03"]
    # the vip leaves at 12, when two wait, and 2 has waited 10 minutes
    rows = served_by(kept(both, ["09:02"], general))
    assert [row[1:] for row in rows if row[2] == "room 1"] == [(2, "room 1"), (12, "room 1")]


def test_rule_36_the_own_line_goes_first_and_who_waits_too_short_is_not_called() -> None:
    # at 12 the vip of 11 is called, though 1 has waited longer; at 22 customer 2 has waited 2 minutes
    overflow = {"general": "5 min"}
    rows = served_by(kept(overflow, ["09:02", "09:11"], ["09:00", "09:01", "09:20"]))
    assert [row[1:] for row in rows if row[2] == "room 1"] == [(2, "room 1"), (12, "room 1")]
    assert rows[-1] == (4, 20, "open 1")


def test_rule_36_patience_that_ends_at_the_same_instant_comes_first() -> None:
    station = {"patience": {"general": "4 min", "rest": "never"}}
    assert [row[6] for row in trace(kept({"general": "4 min"}, [], ["09:00", "09:01"], **station))] == [
        "reneged",
        "served",
    ]
    station = {"patience": {"general": "5 min", "rest": "never"}}
    assert [row[6] for row in trace(kept({"general": "4 min"}, [], ["09:00", "09:01"], **station))] == [
        "served",
        "served",
    ]


def test_rule_36_nobody_is_called_for_the_wait_of_who_has_left() -> None:
    # 1 would have waited four minutes at 5 but gives up at 4; 2 has at 7
    scenario = stated(kept({"general": "4 min"}, [], ["09:00", "09:01", "09:03"]), patiences=[-1, 3, -1])
    assert [(row[0], row[3], row[6]) for row in trace(scenario)] == [
        (1, None, "reneged"),
        (0, 0, "served"),
        (2, 7, "served"),
    ]


def test_rule_36_who_waits_longest_counts_even_behind_others() -> None:
    # by place customer 2 stands before 1, who has waited four minutes at 5: the first in line is called all the same
    scenario = kept({"general": "4 min"}, [], ["09:00", "09:01", "09:03"])
    assert served_by(stated(scenario, places=[0, 9, 5])) == [
        (0, 0, "open 1"),
        (1, 10, "open 1"),
        (2, 5, "room 1"),
    ]


def test_rule_36_numbers_count_in_a_length_but_their_wait_does_not() -> None:
    # 1 gives up at 2 and its number stays; 2 makes two of them at 3, and the room calls the first
    more = {"patience": {"general": "1 min", "rest": "never"}, "numbers": {"call_time": "1 min"}}
    steps = trace(kept({"general": {"waiting": 2}}, [], ["09:00", "09:01", "09:03"], **more))
    assert steps[:2] == [(1, "desk", 1, None, 2, None, "reneged"), (2, "desk", 3, None, 4, None, "reneged")]
    # 1 has left when he would have waited two minutes, and his number makes nobody help
    waited = trace(kept({"general": "2 min"}, [], ["09:00", "09:01"], **more))
    assert [row[5] for row in waited] == [None, "open 1"]


def test_rule_36_at_closing_a_line_is_served_that_somebody_will_call_in_time() -> None:
    pools = {
        "room": {"servers": 1, "calls": ["vip"], "overflow": {"general": {"after": "30 min"}}},
        "open": {"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}], "calls": ["general"]},
    }
    scenario = pooled([], ["09:00", "09:01"], pools=pools, until="09:08")
    assert [(row[0], row[3], row[6]) for row in trace(scenario)] == [(0, 0, "served"), (1, 31, "served")]
    pools["room"]["overflow"] = {"general": {"waiting": 2}}
    scenario = pooled([], ["09:00", "09:01"], pools=pools, until="09:08")
    assert [(row[0], row[6]) for row in trace(scenario)] == [(1, "closed_out"), (0, "served")]


def test_rule_36_an_interrupted_customer_makes_others_help() -> None:
    # the open counter breaks down at 3 under customer 0, who then is the second to wait
    scenario = kept({"general": {"waiting": 2}}, [], ["09:00", "09:01"])
    scenario["stations"]["desk"] |= {
        "breakdowns": {"every": "3 min", "counting": "busy", "repair": "60 min"},
        "interrupted": "resume",
    }
    assert trace(scenario)[:2] == [
        (0, "desk", 0, 0, 3, "open 1", "interrupted"),
        (0, "desk", 3, 3, 6, "room 1", "interrupted"),
    ]


@pytest.mark.parametrize(
    ("overflow", "message"),
    [
        ({"generl": "5 min"}, "room.overflow.generl: 'generl' is not a ticket class or segment; known: vip, general"),
        ({"vip": "5 min"}, "room.overflow.vip: vip is called by this pool anyway"),
        ({"general": {}}, "room.overflow.general: says nothing; write {after: 10 min}, or {waiting: 6}"),
        ({"general": {"waiting": 0}}, "room.overflow.general.waiting: 0 is too small; at least 1"),
        ({"general": "0 min"}, "room.overflow.general: '0 min' is nothing"),
    ],
)
def test_overflow_that_cannot_be_is_refused(overflow: Any, message: str) -> None:
    found = [f"{c.path}: {c.message}" for c in check(kept(overflow, ["09:00"], ["09:00"])) if not c.warning]
    assert len(found) == 1
    assert message in found[0]


def test_overflow_beside_interruptions_is_refused() -> None:
    call = {"priority": ["vip"], "preemptive": "yes"}
    found = [c.message for c in check(kept({"general": "5 min"}, ["09:00"], ["09:00"], call=call)) if not c.warning]
    assert found == ["overflow cannot stand beside a call that is preemptive"]


def test_a_line_that_is_called_only_when_many_wait_is_refused() -> None:
    def complaints(overflow: Any) -> list[str]:
        pools = {"room": {"servers": 1, "calls": ["vip"], "overflow": {"general": overflow}}}
        return [c.message for c in check(pooled(["09:00"], ["09:00"], pools=pools)) if not c.warning]

    assert complaints({"waiting": 3}) == ["no pool calls general, who come to desk; let one call them"]
    assert complaints({"waiting": 3, "after": "20 min"}) == []


def test_skills_can_be_said_person_by_person() -> None:
    # each person a pool of one: whom he calls and in which order; and whom each customer would rather see
    pools = {
        "li": {"servers": [{"name": "Li"}], "calls": ["vip"]},
        "wang": {"servers": [{"name": "Wang", "speed": 2}], "calls": ["general", "vip"]},
        "zhao": {"servers": [{"name": "Zhao"}], "calls": ["vip", "general"], "by": "longest_waiting"},
    }
    scenario = pooled(["09:00", "09:01"], ["09:02"], pools=pools, tries={"vip": ["zhao", "li"], "general": ["wang"]})
    assert served_by(scenario) == [(0, 0, "Zhao"), (1, 1, "Li"), (2, 2, "Wang")]
    assert load(scenario).model.stations[0].pools[2].turns[0] == 0
