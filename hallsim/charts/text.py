"""Text of charts: names made harmless, numbers with their intervals, times of the day.

Names come from scenario files and logs and may hold anything. `name_of` gives a name that is short and keeps
to itself (no line ends, no characters that turn the direction of what follows); it is plain text, for
findings and notes. `plain` makes any plain text safe inside a figure, where plotly takes `<b>`, `<a>` and
`&lt;` for mark-up. Nothing from outside may enter a figure by another way, nor any plotly template, in which
`%{...}` has a meaning: hover texts are written out.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hallsim.charts.base import in_language
from hallsim.experiment.results import Estimate
from hallsim.experiment.table import display_width
from hallsim.model import Label

COLUMNS = 26
"""Width of a name in a legend, in columns of a Latin letter (a Chinese character takes two)."""
BREAK = "<br>"
"""The only mark-up that charts put into figures themselves."""
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
"""Characters that turn the direction of a text, or stop doing so."""
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def name_of(label: Label, lang: str, columns: int = COLUMNS) -> str:
    """Return a name as plain text of at most so many columns, isolated if it runs from right to left.

    >>> name_of(Label("a rather long name of a counter", ""), "en", 12)
    'a rather lo…'
    """
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in in_language(label, lang))
    text = shorten(" ".join("".join(c for c in text if ord(c) not in _TURNING).split()), columns)
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        return f"{_ISOLATE}{text}{_END_OF_ISOLATE}"
    return text


def shorten(text: str, columns: int) -> str:
    """Cut a text that is too wide, with an ellipsis."""
    if display_width(text) <= columns:
        return text
    used, kept = 1, ""
    for c in text:
        used += display_width(c)
        if used > columns:
            break
        kept += c
    return kept.rstrip(" \u200d") + "…"


def wrapped(text: str, columns: int) -> list[str]:
    """Return a text as lines of so many columns where words allow, broken at spaces and at Chinese characters.

    >>> wrapped("diverted to app 31.5", 12), wrapped("分流到掌上营业厅 31.5", 12)
    (['diverted to', 'app 31.5'], ['分流到掌上营', '业厅 31.5'])
    """
    lines, line, word = [], "", ""
    for i, c in enumerate(text):
        word += c
        wide = display_width(c) > 1
        if not (c == " " or wide or i + 1 == len(text) or display_width(text[i + 1]) > 1):
            continue
        if line and display_width(line + word.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line, word = line + word, ""
    return [*lines, line.rstrip()] if line else lines


def rows_down(names: list[str], columns: int = 16) -> dict[str, object]:
    """Return the axis of bars below each other, the first on top: a name for each, in lines of so many columns."""
    return {
        "range": [len(names) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [BREAK.join(plain(line) for line in wrapped(name, columns)) for name in names],
        "showgrid": False,
        "ticks": "",
    }


def plain(text: str) -> str:
    """Return a text as it is written in a figure, where it appears letter by letter.

    >>> plain("<b>V & Z</b>")
    '&lt;b&gt;V &amp; Z&lt;/b&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lines_of(*texts: str) -> str:
    """Return plain texts as the lines of a text in a figure."""
    return BREAK.join(plain(text) for text in texts)


# --- numbers -------------------------------------------------------------------------------------------------


def amount(value: float, unit: str, lang: str) -> str:
    """Return a value with its unit, to some three digits: the table's number, no more of it than a title needs.

    >>> [amount(*x).split() for x in ((14.21, "min", "en"), (0.8216, "min", "zh"), (0.98612, "share", "en"))]
    [['14.2', 'min'], ['0.82', '分钟'], ['98.6', '%']]
    """
    if math.isnan(value):
        return "–"
    return f"{_digits(value, _decimals(value, unit), unit)}{_unit(unit, lang)}"


def with_interval(value: float, low: float, high: float, unit: str, lang: str, word: str = "") -> str:
    """Return a value and its interval, the unit (or `word`, where the unit is not a measure) said once.

    >>> with_interval(6.3, 5.8, 6.84, "people", "en", "people").replace("\u00a0", " ")
    '6.30 people (5.80 to 6.84)'
    """
    text = amount(value, unit, lang) + (f"\u00a0{word}" if word else "")
    if math.isnan(low) or math.isnan(high) or math.isnan(value):
        return text
    a, b = (_digits(x, _decimals(value, unit), unit) for x in (low, high))
    return f"{text}（{a} 至 {b}）" if lang == "zh" else f"{text} ({a} to {b})"


def spell(interval: Sequence[float] | NDArray[np.float64], unit: str, lang: str) -> str:
    """Return an interval (value, low, high) in words."""
    value, low, high = (float(x) for x in interval)
    return with_interval(value, low, high, unit, lang)


def say(e: Estimate, lang: str, word: str = "") -> str:
    """Return an estimate with its interval."""
    return with_interval(e.value, e.low, e.high, e.kpi.unit, lang, word)


def _decimals(value: float, unit: str) -> int:
    if unit == "share":
        return 2 if abs(value) < 0.0995 else 1
    return next((n for n, limit in ((2, 9.995), (1, 999.5)) if abs(value) < limit), 0)


def _digits(value: float, decimals: int, unit: str) -> str:
    return f"{100 * value if unit == 'share' else value:,.{decimals}f}".replace("inf", "∞")


def _unit(unit: str, lang: str) -> str:
    # A space that does not break: no line begins with a unit.
    if unit == "share":
        return "\u00a0%"
    return ("\u00a0分钟" if lang == "zh" else "\u00a0min") if unit.startswith("min") else ""


# --- times -----------------------------------------------------------------------------------------------------


def clock(minute: float) -> str:
    """Return a time of the day, from minutes since midnight.

    >>> clock(570)
    '09:30'
    """
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def stretch(begin: float, end: float) -> str:
    """Return a stretch of the day.

    >>> stretch(600, 660)
    '10:00–11:00'
    """
    return f"{clock(begin)}–{clock(end)}"


def between(begin: float, end: float, lang: str) -> str:
    """Return `between 10:00 and 11:00`, from minutes since midnight."""
    return stretch(begin, end) if lang == "zh" else f"between {clock(begin)} and {clock(end)}"


def sentence(text: str) -> str:
    """Return a text with a capital in front."""
    return text[:1].upper() + text[1:]
