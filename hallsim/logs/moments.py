"""Dates and clock times as people and machines write them -> days and microseconds.

In: text. Out: a day as a number since 1970-01-01 and a time in microseconds since midnight. Many forms are read,
but nothing is guessed: `5/3/24` needs the mapping's word for the order, and what is not a date is an error, with
a reason. A time zone is ignored, because a log tells the time on the wall.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from fractions import Fraction

EPOCH = datetime.date(1970, 1, 1).toordinal()
DAY_US = 86_400_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2199
_EXCEL_EPOCH = datetime.date(1899, 12, 30).toordinal() - EPOCH
_MONTHS = {
    m: i + 1 for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}

_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?=$|[T\s]|\d{4,6}$)")
_DAY_MONTH = re.compile(r"(\d{1,2})[-/.\s]*([a-z]{3,9})\.?[-/.,\s]*(\d{4}|\d\d)(?!\d)", re.IGNORECASE)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_THREE = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_SIX = re.compile(r"(\d\d)(\d\d)(\d\d)")
_SERIAL = re.compile(r"([2-7]\d{4})(\.\d{1,15})?")
_WEEKDAY = re.compile(
    r"[,\s]*(?:星期[一二三四五六日天]|周[一二三四五六日]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\.?,?", re.IGNORECASE
)
_ZONE = re.compile(r"\s?(?:z|utc|gmt|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?P<before>[ap]\.?m\.?|上午|下午|中午|晚上|凌晨)?\s*"
    r"(?P<h>\d{1,4})\s?[:时点]\s?(?P<m>\d{1,2})\s?(?:分|[:分]\s?(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?秒?)?"
    r"\s*(?P<after>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d{1,2})(\d\d)(\d\d)?")
_FRACTION = re.compile(r"0?\.\d{1,15}|0")


def parse_date(text: str, order: str = "", day_numbers: bool = False) -> tuple[int, bool]:
    """Read a date, in a column of its own or with a time behind it, which is not looked at.

    Returns
    -------
    (int, bool)
        The day since 1970-01-01 and False; or the number of a simulated day and True.

    Raises
    ------
    ValueError
        If it is not a date.

    Examples
    --------
    >>> parse_date("1-Aug-19"), parse_date("990201"), parse_date("2024年3月5日")
    ((18109, False), (10623, False), (19787, False))
    """
    text = unicodedata.normalize("NFKC", text).strip()
    serial = _SERIAL.fullmatch(text)
    if day_numbers and serial is None and len(text) <= 5 and text.isascii() and text.isdigit():
        return int(text), True
    if serial is not None:
        return _EXCEL_EPOCH + int(serial[1]), False
    six = _SIX.fullmatch(text)
    if six is not None:
        return _day(_full_year(six[1]), six[2], six[3], text), False
    day, _ = _leading_date(text, order)
    if day is None:
        raise ValueError(f"{text[:40]!r} is not a date such as 2024-03-05 or 1-Aug-19")
    return day, False


def parse_time(text: str, order: str = "") -> tuple[int | None, int]:
    """Read a clock time, with or without its date.

    Returns
    -------
    (int or None, int)
        The day since 1970-01-01 if the text has a date, and microseconds since midnight; hours may go on
        beyond 24.

    Raises
    ------
    ValueError
        If it is not a time.

    Examples
    --------
    >>> parse_time("9:03:07 AM"), parse_time("2024/3/5 9:03")
    ((None, 32587000000), (19787, 32580000000))
    """
    text = unicodedata.normalize("NFKC", text).strip()
    clock = _clock(text)
    if clock is not None:
        return None, clock
    if _FRACTION.fullmatch(text):
        return None, _of_day(text)
    serial = _SERIAL.fullmatch(text)
    if serial is not None and serial[2] is not None:
        return _EXCEL_EPOCH + int(serial[1]), _of_day(serial[2])
    digits = _DIGITS.fullmatch(text)
    if (digits is not None and len(text) != 5) or (digits is not None and int(digits[2]) < 60 and int(digits[3]) < 60):
        return None, _clock_of(digits[1], digits[2], digits[3] or "0", "", "", text)
    day, rest = _leading_date(text, order)
    if day is None:
        raise ValueError(f"{text[:40]!r} is not a time such as 9:03:07 or 2024-03-05 09:03")
    rest = _ZONE.sub("", _WEEKDAY.sub("", rest).lstrip("Tt").strip())
    if not rest:
        return day, 0
    clock = _clock(rest)
    if clock is None:
        digits = _DIGITS.fullmatch(rest)
        if digits is None or len(rest) not in (4, 6):
            raise ValueError(f"{text[:40]!r} is not a time such as 9:03:07 or 2024-03-05 09:03")
        clock = _clock_of(digits[1], digits[2], digits[3] or "0", "", "", text)
    return day, clock


def parse_length(text: str, unit_us: int) -> int:
    """Read a duration: a plain number of units, or `0:02:30`; a comma may stand for the point.

    >>> parse_length("2.5", 1_000_000), parse_length("2,5", 1_000_000), parse_length("0:02:30", 1_000_000)
    (2500000, 2500000, 150000000)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"-?\d{1,9}([.,]\d{1,9})?", text):
        if re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", text):
            raise ValueError(f"{text[:40]!r} may be thousands or a fraction")
        return int(Fraction(text.replace(",", ".")) * unit_us + Fraction(1, 2))
    match = re.fullmatch(r"(\d{1,4}):(\d\d):(\d\d)(?:[.,](\d{1,6}))?", text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a duration such as 150 or 0:02:30")
    return _clock_of(match[1], match[2], match[3], match[4] or "", "", text)


def _leading_date(text: str, order: str) -> tuple[int | None, str]:
    """Return the day that a text begins with, None if it does not, and the rest of the text."""
    match = _YEAR_FIRST.match(text) or _COMPACT.match(text)
    if match is not None:
        return _day(int(match[1]), match[2], match[3], text), text[match.end() :]
    match = _DAY_MONTH.match(text)
    if match is not None and match[2][:3].lower() in _MONTHS:
        return _day(_full_year(match[3]), _MONTHS[match[2][:3].lower()], match[1], text), text[match.end() :]
    match = _MONTH_DAY.match(text)
    if match is not None and match[1][:3].lower() in _MONTHS:
        return _day(int(match[3]), _MONTHS[match[1][:3].lower()], match[2], text), text[match.end() :]
    match = _THREE.match(text)
    if match is None:
        return None, text
    if not order:
        raise ValueError(f"{text[:40]!r} may be several dates; the mapping can say which with times: date_order")
    parts = dict(zip(order, (match[1], match[3], match[4]), strict=True))
    return _day(_full_year(parts["y"]), parts["m"], parts["d"], text), text[match.end() :]


def _full_year(text: str) -> int:
    """Return a year of four digits; 70 to 99 are of the last century."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 70 else 2000)


def _day(year: int, month: int | str, day: int | str, text: str) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{text[:40]!r}: the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    try:
        return datetime.date(year, int(month), int(day)).toordinal() - EPOCH
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a day of the calendar") from None


def _clock(text: str) -> int | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    half = (match["before"] or match["after"] or "").replace(".", "").lower()
    return _clock_of(match["h"], match["m"], match["s"] or "0", match["f"] or "", half, text)


def _clock_of(h: str, m: str, s: str, f: str, half: str, text: str) -> int:
    hours, minutes, seconds = int(h), int(m), int(s)
    if minutes > 59 or seconds > 59:
        raise ValueError(f"{text[:40]!r} is not a time: minutes and seconds end at 59")
    if half in ("am", "pm") and not 1 <= hours <= 12:
        raise ValueError(f"{text[:40]!r} is not a time: hours with am and pm go from 1 to 12")
    if (half in ("pm", "下午", "晚上") and hours < 12) or (half == "中午" and hours < 11):
        hours += 12
    elif half in ("am", "上午", "凌晨") and hours == 12:
        hours = 0
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int(f.ljust(6, "0")[:6] or 0)


def _of_day(text: str) -> int:
    """Return Excel's fraction of a day, to the millisecond: more its numbers do not hold."""
    return int(Fraction("0" + text.removeprefix("0")) * 86_400_000 + Fraction(1, 2)) * 1000
