"""Quantities are read exactly, printed back, and refused with what is allowed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallsim import units


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("4 min", 240_000_000),
        ("4min", 240_000_000),
        ("1.5 h", 5_400_000_000),
        ("500 ms", 500_000),
        ("0.33 min", 19_800_000),
        ("0.1 s", 100_000),
        ("1e-3 s", 1_000),
        ("２０ｓ", 20_000_000),
        ("1 d", 86_400_000_000),
        ("0 s", 0),
    ],
)
def test_durations_are_exact(text: str, microseconds: int) -> None:
    assert units.parse_duration(text) == microseconds


def test_a_third_of_a_microsecond_rounds_to_ticks_only_where_asked() -> None:
    assert units.parse_duration("0.1 us") == Fraction(1, 10)
    assert units.to_ticks(units.parse_duration("1.5 us")) == 2
    assert units.to_ticks(units.parse_duration("1.4 us")) == 1


@pytest.mark.parametrize(("text", "per_hour"), [("70/h", 70), ("9/min", 540), ("0.5 / s", 1800), ("48/d", 2)])
def test_rates_are_exact(text: str, per_hour: int) -> None:
    assert units.parse_rate(text) * units.UNITS_US["h"] == per_hour


def test_shares_are_exact() -> None:
    assert units.parse_share("15 %") == Fraction(3, 20)
    assert 3 * units.parse_share("33.3 %") == Fraction(999, 1000)
    assert units.parse_share("１５％") == Fraction(3, 20)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("09:00", 32_400), ("9:00", 32_400), ("00:00", 0), ("09:00:30", 32_430), ("48:00", 172_800), ("09：00", 32_400)],
)
def test_clock_times(text: str, seconds: int) -> None:
    assert units.parse_clock(text) == seconds * 1_000_000


def test_clock_times_have_microseconds() -> None:
    assert units.parse_clock("00:00:00.000001") == 1
    assert units.parse_clock("00:00:01.5") == 1_500_000


@pytest.mark.parametrize("text", ["09:00-18:00", "09:00 - 18:00", "09:00 to 18:00", "09:00\u201318:00", "540 min-18 h"])
def test_spans(text: str) -> None:
    assert units.parse_span(text) == (9 * units.UNITS_US["h"], 18 * units.UNITS_US["h"])


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (units.parse_duration, "5", "'5' has no unit; write a duration such as 90 s, 4 min, 1.5 h or 500 ms"),
        (units.parse_duration, 5, "5 has no unit; write a duration such as 90 s, 4 min, 1.5 h or 500 ms"),
        (units.parse_duration, "soon", "'soon' is not a duration such as 90 s, 4 min, 1.5 h or 500 ms"),
        (
            units.parse_duration,
            "5 hours",
            "'hours' is not a unit of time; known: us, ms, s, min, h, d (did you mean h?)",
        ),
        (units.parse_duration, "-5 min", "'-5 min' is negative; a duration is at least 0"),
        (units.parse_duration, "1e99 d", "'1e99 d' is longer than 36500 d, the longest duration"),
        (
            units.parse_duration,
            "1e999999999 d",
            "'1e999999999 d' is not a duration such as 90 s, 4 min, 1.5 h or 500 ms",
        ),
        (units.parse_rate, "70", "'70' is not a rate such as 70/h, 9/min or 0.5/s"),
        (units.parse_share, 0.15, "0.15 has no unit; write a percentage such as 15 %"),
        (units.parse_share, "101 %", "'101 %' is outside 0 % to 100 %"),
        (units.parse_share, True, "true is not a percentage such as 15 %"),
        (units.parse_clock, "9", '\'9\' is not a clock time such as "09:00" or "09:00:30", up to "48:00"'),
        (units.parse_clock, "09:60", "'09:60' is not a time: minutes and seconds end at 59"),
        (units.parse_clock, "48:00:01", "'48:00:01' is later than \"48:00\", the last clock time"),
        (units.parse_span, "18:00-09:00", "'18:00-09:00' ends before it begins; after midnight, count on: 33:00"),
        (units.parse_number, "many", "'many' is not a number"),
    ],
)
def test_what_is_refused_says_what_is_allowed(parse: object, value: object, message: str) -> None:
    assert callable(parse)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse(value)
    assert str(caught.value) == message


@given(st.integers(0, units.LAST_CLOCK))
def test_clock_times_survive_printing(microseconds: int) -> None:
    assert units.parse_clock(units.format_clock(microseconds)) == microseconds


@given(st.integers(0, 100_000))
def test_durations_of_whole_seconds_survive_printing_to_six_digits(seconds: int) -> None:
    again = units.parse_duration(units.format_duration(seconds * 1_000_000))
    assert abs(float(again) - seconds * 1e6) <= 1e-5 * seconds * 1e6


def test_long_values_are_quoted_short() -> None:
    assert len(units.show("x" * 10_000)) == 60
    assert units.show("x" * 10_000).endswith("x...'")
