"""The conservation laws that every log keeps, and what they say about one that does not."""

from __future__ import annotations

import pytest

from hallsim import compiled as codes
from hallsim.kpis.checks import queue_integral, violations
from tests import hand_made_logs as hand
from tests.hand_made_logs import COUNTER_2, COUNTER_V, KIOSK_Z, MINUTE, NINE


def test_a_good_day_keeps_the_conservation_laws() -> None:
    assert violations(hand.short_day()) == []
    assert queue_integral(hand.short_day(), KIOSK_Z) == 5 * MINUTE
    assert queue_integral(hand.short_day(), COUNTER_V) == 0


@pytest.mark.parametrize(
    ("state", "begin", "end", "sentence"),
    [
        # counter 2 serves from 4 to 9.5 and is on duty for an hour
        (codes.STATE_WRAP_UP, 9, 10, "server 2 is busy twice"),
        (codes.STATE_BREAK, 3, 5, "server 2 is busy twice"),
        (codes.STATE_PREPARING, 6, 7, "server 2 is busy twice"),
        (codes.STATE_DOWN, 59, 61, "server 2 serves from"),
        (codes.STATE_OVERTIME, 50, 61, "server 2 is on duty twice"),
        (codes.STATE_BLOCKED, 9, 10, "server 2 is blocked from"),
        (codes.STATE_WRAP_UP, 9.5, 10, ""),
        (codes.STATE_BLOCKED, 4, 5, ""),
    ],
)
def test_no_minute_of_a_server_is_in_two_states(state: int, begin: float, end: float, sentence: str) -> None:
    duty = [(server, codes.STATE_DUTY, 0.0, 60.0) for server in range(3)]
    spent = hand.log([], [*duty, (COUNTER_2, state, begin, end)]).server_rows
    found = violations(hand.short_day()._replace(server_rows=spent))
    assert [text for text in found if sentence and text.startswith(sentence)] or not (found or sentence)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (codes.ROW_WHAT, COUNTER_V, "customer 1 has 0 visit outcomes"),
        (codes.ROW_CALL, NINE + 7 * MINUTE, "do not follow"),
        (codes.ROW_JOIN, NINE + 2 * MINUTE, "is nowhere between"),
        (codes.ROW_WHO, COUNTER_2 + 1, "server 2 is busy twice"),
        (codes.ROW_END, NINE + 70 * MINUTE, "without being on duty"),
    ],
)
def test_a_bad_day_is_found_out(field: int, value: int, sentence: str) -> None:
    log = hand.short_day()
    rows = log.rows.copy()
    rows[3, field] = value
    assert any(sentence in text for text in violations(log._replace(rows=rows)))
