"""Quantities as planners write them, and back: durations, rates, percentages and clock times.

In: text such as `4 min`, `70/h`, `15 %`, `"09:00"`. Out: exact numbers, that is microseconds as
`Fraction` or int, customers per microsecond, shares of 1. Nothing passes through floating point on the
way in, so `0.1 s` is 100,000 microseconds and three times 33.3 % is 99.9 %. Full-width characters of
Chinese keyboards (`１５％`, `09：00`) are read as their plain twins.

Every function raises `ValueError` whose text says what was found and what is allowed; the scenario
layer puts file, line and path in front of it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from fractions import Fraction

from hallsim.errors import did_you_mean

UNITS_US = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
"""Length of every unit of time, in microseconds."""

LAST_CLOCK = 48 * UNITS_US["h"]
LONGEST = 36_500 * UNITS_US["d"]
"""Durations end at a hundred years, far inside int64 microseconds."""

DURATION_FORMS = "a duration such as 90 s, 4 min, 1.5 h or 500 ms"
RATE_FORMS = "a rate such as 70/h, 9/min or 0.5/s"
SPEED_FORMS = "a speed such as 4.5 km/h or 1.2 m/s"
SHARE_FORMS = "a percentage such as 15 %"
CLOCK_FORMS = 'a clock time such as "09:00" or "09:00:30", up to "48:00"'
SPAN_FORMS = 'a stretch of time such as "09:00-18:00"'

_SLOWEST, _FASTEST = Fraction(100, UNITS_US["h"]), Fraction(36_000, UNITS_US["h"])
"""Speeds of people, in metres per microsecond."""

# Exponents have two digits at most, so that no short text can blow up into a number of a gigabyte.
_NUMBER = r"(?P<number>[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?)"
_DURATION = re.compile(_NUMBER + r"\s*(?P<unit>[^\W\d_]*)")
_RATE = re.compile(_NUMBER + r"\s*/\s*(?P<unit>[^\W\d_]*)")
_SPEED = re.compile(_NUMBER + r"\s*(?P<unit>km\s*/\s*h|m\s*/\s*s)")
_SHARE = re.compile(_NUMBER + r"\s*%")
_CLOCK = re.compile(r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,6}))?)?")
_ONLY_NUMBER = re.compile(_NUMBER)


def plain(value: object) -> str:
    """Return a scalar as the text to parse: trimmed, full-width forms made plain."""
    return unicodedata.normalize("NFKC", str(value)).strip()


def parse_number(value: object) -> Fraction:
    """Read a bare number exactly.

    >>> parse_number("0.8")
    Fraction(4, 5)
    """
    match = _ONLY_NUMBER.fullmatch(plain(value))
    if isinstance(value, bool) or match is None:
        raise ValueError(f"{show(value)} is not a number")
    return Fraction(match["number"])


def parse_duration(value: object) -> Fraction:
    """Read a duration, in microseconds, exactly.

    >>> parse_duration("1.5 min")
    Fraction(90000000, 1)
    """
    match = _DURATION.fullmatch(plain(value))
    if match is None:
        raise ValueError(f"{show(value)} is not {DURATION_FORMS}")
    unit = match["unit"]
    if not unit:
        raise ValueError(f"{show(value)} has no unit; write {DURATION_FORMS}")
    if unit not in UNITS_US:
        raise ValueError(f"{unit!r} is not a unit of time; known: {', '.join(UNITS_US)}{_nearest_unit(unit)}")
    result = Fraction(match["number"]) * UNITS_US[unit]
    if result < 0:
        raise ValueError(f"{show(value)} is negative; a duration is at least 0")
    if result > LONGEST:
        raise ValueError(f"{show(value)} is longer than 36500 d, the longest duration")
    return result


def parse_rate(value: object) -> Fraction:
    """Read a rate, in customers (or events) per microsecond, exactly.

    >>> parse_rate("60/min") * 1_000_000
    Fraction(1, 1)
    """
    match = _RATE.fullmatch(plain(value))
    if match is None:
        raise ValueError(f"{show(value)} is not {RATE_FORMS}")
    unit = match["unit"]
    if unit not in UNITS_US:
        raise ValueError(f"{unit!r} is not a unit of time; known: {', '.join(UNITS_US)}{_nearest_unit(unit)}")
    result = Fraction(match["number"]) / UNITS_US[unit]
    if result < 0:
        raise ValueError(f"{show(value)} is negative; a rate is at least 0")
    if result > 1:
        raise ValueError(f"{show(value)} is more than 1/us, the highest rate")
    return result


def parse_speed(value: object) -> Fraction:
    """Read a speed, in metres per microsecond, exactly.

    >>> parse_speed("4.5 km/h") * 1_000_000
    Fraction(5, 4)
    """
    match = _SPEED.fullmatch(plain(value))
    if match is None:
        raise ValueError(f"{show(value)} is not {SPEED_FORMS}")
    unit = Fraction(1000, UNITS_US["h"]) if match["unit"].startswith("k") else Fraction(1, UNITS_US["s"])
    result = Fraction(match["number"]) * unit
    if not _SLOWEST <= result <= _FASTEST:
        raise ValueError(f"{show(value)} is no speed of people; it lies between 0.1 and 36 km/h")
    return result


def parse_share(value: object) -> Fraction:
    """Read a percentage as a share of 1, exactly.

    >>> parse_share("15 %")
    Fraction(3, 20)
    """
    text = plain(value)
    match = _SHARE.fullmatch(text)
    if match is None:
        if _ONLY_NUMBER.fullmatch(text) and not isinstance(value, bool):
            raise ValueError(f"{show(value)} has no unit; write {SHARE_FORMS}")
        raise ValueError(f"{show(value)} is not {SHARE_FORMS}")
    result = Fraction(match["number"]) / 100
    if not 0 <= result <= 1:
        raise ValueError(f"{show(value)} is outside 0 % to 100 %")
    return result


def parse_clock(value: object) -> int:
    """Read a clock time, in microseconds since midnight.

    >>> parse_clock("09:00:30") // 1_000_000
    32430
    """
    match = _CLOCK.fullmatch(plain(value))
    if match is None:
        raise ValueError(f"{show(value)} is not {CLOCK_FORMS}")
    hours, minutes, seconds = int(match["h"]), int(match["m"]), int(match["s"] or 0)
    if minutes > 59 or seconds > 59:
        raise ValueError(f"{show(value)} is not a time: minutes and seconds end at 59")
    fraction = int((match["f"] or "").ljust(6, "0"))
    result = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction
    if result > LAST_CLOCK:
        raise ValueError(f'{show(value)} is later than "48:00", the last clock time')
    return result


def parse_moment(value: object) -> int:
    """Read a point on the hall's clock: a clock time, or a duration since the clock's zero."""
    text = plain(value)
    if ":" in text:
        return parse_clock(value)
    try:
        return to_ticks(parse_duration(value))
    except ValueError as problem:
        if any(text.endswith(unit) for unit in UNITS_US):
            raise
        raise ValueError(f"{show(value)} is not {CLOCK_FORMS}, or a duration such as 90 min") from problem


def parse_span(value: object) -> tuple[int, int]:
    """Read a stretch of time `"09:00-18:00"` as (start, end), in microseconds; the end is after the start."""
    text = plain(value).replace("\u2013", "-").replace("~", "-")
    ends = text.split("-") if " to " not in text else text.split(" to ")
    if len(ends) != 2 or not all(e.strip() for e in ends):
        raise ValueError(f"{show(value)} is not {SPAN_FORMS}")
    start, end = parse_moment(ends[0].strip()), parse_moment(ends[1].strip())
    if end <= start:
        hint = f"; after midnight, count on: {format_clock(end + 24 * UNITS_US['h'])}" if start < LAST_CLOCK / 2 else ""
        raise ValueError(f"{show(value)} ends before it begins{hint}" if end < start else f"{show(value)} is empty")
    return start, end


def to_ticks(microseconds: Fraction) -> int:
    """Round to whole microseconds, halves upward."""
    return math.floor(microseconds + Fraction(1, 2))


def format_clock(microseconds: int) -> str:
    """Return `09:00`, `09:00:30` or `09:00:30.5` for a time on the clock.

    >>> format_clock(32_430_000_000)
    '09:00:30'
    """
    whole, rest = divmod(int(microseconds), 1_000_000)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours:02d}:{minutes:02d}"
    if seconds or rest:
        text += f":{seconds:02d}"
    if rest:
        text += f".{rest:06d}".rstrip("0")
    return text


def format_duration(microseconds: float) -> str:
    """Return a duration in its natural unit, to six digits: `20 s`, `4 min`, `1.5 h`.

    >>> format_duration(240_000_000)
    '4 min'
    """
    if microseconds == 0:
        return "0 s"
    size = abs(microseconds)
    limits = (("ms", UNITS_US["s"]), ("s", UNITS_US["min"]), ("min", 5 * UNITS_US["h"]))
    unit = next((name for name, limit in limits if size < limit), "h")
    return f"{microseconds / UNITS_US[unit]:.6g} {unit}"


def format_share(share: float | Fraction) -> str:
    """Return a share of 1 as a percentage, to six digits.

    >>> format_share(Fraction(3, 20))
    '15 %'
    """
    return f"{float(share) * 100:.6g} %"


def show(value: object) -> str:
    """Return a value as an error message quotes it: short, on one line, text in quotes."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = str(value) if not isinstance(value, str) else repr(value)
    if len(text) <= 60:
        return text
    return text[:56] + "..." + text[0] if isinstance(value, str) else text[:57] + "..."


def _nearest_unit(unit: str) -> str:
    words = {"us": "microseconds", "ms": "milliseconds", "s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
    found = {"hr": "h", "hrs": "h", "mins": "min"}.get(unit.lower())
    for short, word in words.items():
        if found is None and len(unit) > 1 and word.startswith(unit.lower()):
            found = short
    return f" (did you mean {found}?)" if found else did_you_mean(unit.lower(), UNITS_US)
