"""Staffing read off a log: skills, absences, turn-arounds and services as the written rules have them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from hallsim.errors import LogError, UsageError
from hallsim.model import US_PER_MINUTE
from hallsim.replay.staffing import Staffing, StaffingRules
from hallsim.replay.team import read_staffed
from tests.logged_days import NINE, leg, table

LATE = 30.0


def call(ticket: float, begin: float | None, end: float, who: str | None = "Li", kind: str = "A") -> dict[str, Any]:
    return leg(ticket, begin, end, who, transaction=kind)


def staffing(*legs: dict[str, Any], **known: frozenset[str]) -> Staffing:
    return read_staffed(table([{**one, "visit": i} for i, one in enumerate(legs)]), known or None).staffing


def duty(found: Staffing, who: int = 0) -> list[tuple[float, float]]:
    """Return the stretches of a worker, in minutes after nine."""
    return [
        (one.on / US_PER_MINUTE - NINE, one.off / US_PER_MINUTE - NINE)
        for one in found.duty
        if found.workers.index(one.worker) == who
    ]


def test_duty_lasts_from_the_first_service_to_the_end_of_the_last() -> None:
    found = staffing(call(0, 1, 5), call(9, 9, 12))
    assert duty(found) == [(1, 12)]


def test_whole_shifts_reach_to_the_half_hours_around_unless_somebody_waited_for_them() -> None:
    half = 30 * US_PER_MINUTE
    (alone,) = staffing(call(40, 40, 50)).duty
    assert [t / US_PER_MINUTE - NINE for t in alone.whole(half)] == [30, 60]
    (waited_for,) = staffing(call(32, None, 35), call(40, 40, 50), call(52, None, 55, "Li")).duty
    assert [t / US_PER_MINUTE - NINE for t in waited_for.whole(half)] == [35, 52]


def test_a_gap_in_which_somebody_waited_long_is_an_absence() -> None:
    found = staffing(call(0, 0, 5), call(6, LATE, 40))
    assert (duty(found), found.absences) == ([(0, 5), (LATE, 40)], 1)


def test_waits_of_several_add_up_to_an_absence_of_more_than_two_minutes() -> None:
    gave_up = [call(t, None, t + 1.0) for t in (6, 10, 14)]
    assert staffing(call(0, 0, 5), *gave_up[:2], call(LATE, LATE, 40)).absences == 0
    assert staffing(call(0, 0, 5), *gave_up, call(LATE, LATE, 40)).absences == 1


def test_somebody_whom_he_cannot_serve_keeps_nobody_from_being_idle() -> None:
    found = staffing(call(0, 0, 5), call(6, 25, 40, "Wu", "B"), call(LATE, LATE, 40))
    assert found.absences == 0


def test_skills_of_other_days_hold_instead_of_those_seen() -> None:
    legs = (call(0, 0, 5), call(6, 25, 40, "Wu", "B"), call(LATE, LATE, 40))
    assert staffing(*legs, Li=frozenset(("A", "B"))).absences == 1


def test_a_turn_around_is_a_short_gap_in_which_somebody_was_waiting_from_the_beginning() -> None:
    found = staffing(call(0, 0, 5), call(4, 5.5, 9), call(10, 10.5, 12))
    assert (found.turn_arounds.tolist(), found.turned.tolist()) == ([0.5 * US_PER_MINUTE], [True])


def test_a_turn_around_lasts_at_least_until_everybody_is_gone() -> None:
    found = staffing(call(0, 0, 5), call(4, None, 5.25), call(9, 9, 12))
    assert (found.turn_arounds.tolist(), found.turned.tolist()) == ([0.25 * US_PER_MINUTE], [False])


def test_who_calls_somebody_waiting_at_once_takes_no_time_to_turn_around() -> None:
    found = staffing(call(0, 0, 5), call(4, 5, 9), call(9, 9, 12))
    assert (found.turn_arounds.tolist(), found.turned.tolist()) == ([0], [True])


def test_a_service_ends_with_the_next_call_of_the_same_person() -> None:
    found = staffing(call(0, 0, 8), call(1, 5, 9))
    assert found.service.tolist() == [5 * US_PER_MINUTE, 4 * US_PER_MINUTE]
    assert found.overlapping == 1


def test_who_has_no_name_is_there_for_his_service_and_can_do_nothing_else() -> None:
    log = read_staffed(table([{**call(0, 0, 5), "visit": 0}, {**call(1, 2, 3, None, "B"), "visit": 1}]))
    nameless = log.staffing.workers[1]
    assert duty(log.staffing, 1) == [(2, 3)]
    assert log.skills_of(nameless) == {"B"}


def test_the_naive_reading_knows_neither_absences_nor_turn_arounds() -> None:
    legs = [call(0, 0, 5), call(4, 5.5, 9), call(10, LATE, 40)]
    visits = table([{**one, "visit": i} for i, one in enumerate(legs)])
    found = read_staffed(visits, rules=StaffingRules(naive=True)).staffing
    assert (duty(found), found.absences, len(found.turn_arounds)) == ([(0, 40)], 0, 0)


def test_a_log_without_names_is_refused() -> None:
    with pytest.raises(LogError, match="names nobody who served"):
        read_staffed(table([call(0, 1, 5, None)]))


def test_impossible_rules_are_refused() -> None:
    with pytest.raises(UsageError, match="absent_after is at least 0"):
        StaffingRules(absent_after=-1)


def test_a_table_of_visits_stays_as_it_is() -> None:
    visits = table([call(0, 0, 5)])
    before = visits.copy()
    read_staffed(visits)
    pd.testing.assert_frame_equal(visits, before)
