"""The recipe of a re-enacted day: services, turn-around and absences of one counter, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from hallsim.model import US_PER_MINUTE
from hallsim.replay.recipe import OPEN, Waiting, work_of

MINUTE = US_PER_MINUTE


def worked(
    spans: list[tuple[float, float]],
    waiting: Sequence[tuple[float, float]] = (),
    last: float | None = None,
) -> tuple[list[float], list[float], list[tuple[float, float]]]:
    """Return services, occupied times and duty in minutes; the rules are 60 and 10 minutes."""

    def ticks(x: Sequence[tuple[float, float]], i: int) -> np.ndarray:
        return np.array([round(pair[i] * MINUTE) for pair in x], dtype=np.int64)

    begin = ticks(spans, 0)
    last_begin = int(begin[-1]) if last is None else round(last * MINUTE)
    queue = Waiting(ticks(waiting, 0), ticks(waiting, 1))
    work = work_of(begin, ticks(spans, 1), queue, 60 * MINUTE, 10 * MINUTE, last_begin, 1)
    duty = [(a / MINUTE, b if b == OPEN else b / MINUTE) for a, b in work.duty]
    return (work.service / MINUTE).tolist(), (work.occupied / MINUTE).tolist(), duty


def test_a_short_gap_while_somebody_waits_is_work() -> None:
    assert worked([(0, 5), (12, 15)], [(3, 12)]) == ([5, 3], [12, 3], [(0, OPEN)])


def test_a_short_gap_in_which_nobody_waits_is_idle_time() -> None:
    assert worked([(0, 5), (12, 15)], [(12, 12)]) == ([5, 3], [5, 3], [(0, OPEN)])


def test_a_gap_of_just_the_turn_around_is_still_work() -> None:
    assert worked([(0, 5), (15, 16)], [(3, 15)]) == ([5, 1], [15, 1], [(0, OPEN)])


def test_a_longer_gap_closes_the_counter() -> None:
    assert worked([(0, 5), (16, 18)], [(3, 16)]) == ([5, 2], [5, 2], [(0, 5), (16, OPEN)])


def test_a_service_ends_at_the_counters_next_call() -> None:
    assert worked([(0, 30), (5, 8)]) == ([5, 3], [5, 3], [(0, OPEN)])


def test_a_long_service_is_cut_and_the_rest_is_turn_around_or_absence() -> None:
    assert worked([(0, 66), (66, 68)], [(1, 66)]) == ([60, 2], [66, 2], [(0, OPEN)])
    assert worked([(0, 3), (3, 6), (6, 100), (100, 102)])[0] == [3, 3, 3, 2]


def test_a_forgotten_end_button_takes_the_median_of_the_counters_day() -> None:
    service, _, duty = worked([(0, 2), (2, 6), (6, 16), (16, 200)])
    assert service == [2, 4, 10, 4]
    assert duty == [(0, OPEN)]


def test_a_day_of_one_forgotten_end_is_cut() -> None:
    assert worked([(0, 200)])[0] == [60]


def test_a_counter_leaves_when_the_others_go_on_without_it() -> None:
    assert worked([(0, 5)], last=30)[2] == [(0, 5)]
    assert worked([(0, 5)], last=5)[2] == [(0, OPEN)]


def test_the_last_counter_comes_back_for_whom_the_log_does_not_know() -> None:
    # somebody was still waiting at 9:40, and gave up: the counter was not there to take him
    assert worked([(0, 5)], [(3, 40)])[2] == [(0, 5), (40, OPEN)]


def test_nothing_lasts_no_time_before_a_counter_closes() -> None:
    # or it would close before it has served
    service, _, duty = worked([(0, 0), (30, 31)])
    assert service == pytest.approx([0, 1], abs=1e-6)
    assert 0 < duty[0][1] < 1e-6
