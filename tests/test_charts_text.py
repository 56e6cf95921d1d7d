"""Names in charts are text and nothing else; numbers are short and say how sure they are."""

from __future__ import annotations

import html
import math

import pytest

from hallsim.charts.style import COLORS, look_of
from hallsim.charts.text import amount, lines_of, name_of, plain, shorten, with_interval
from hallsim.experiment.table import display_width
from hallsim.model import Label
from tests.charted import HOSTILE


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert html.unescape(plain(text)) == text
    assert "<" not in plain(text)


@pytest.mark.parametrize("text", ["&lt;", "&amp;lt;", "&#60;b&#62;", "&nbsp;"])
def test_what_looks_escaped_already_is_escaped_again(text: str) -> None:
    assert html.unescape(plain(text)) == text != plain(text)


def test_only_line_breaks_of_our_own_are_mark_up() -> None:
    assert lines_of("a<br>b", "c") == "a&lt;br&gt;b<br>c"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("columns", [8, 26])
def test_names_are_no_wider_than_asked(text: str, columns: int) -> None:
    assert display_width(name_of(Label(text, text), "en", columns).strip("\u2068\u2069")) <= columns


def test_a_name_is_one_line() -> None:
    assert name_of(Label("two\nlines\tand\x00more", ""), "en") == "two lines and more"


def test_characters_that_turn_the_direction_are_dropped_and_the_name_is_kept_apart() -> None:
    assert name_of(Label("\u202eabc\u2066", ""), "en") == "abc"
    assert name_of(Label("عادل", ""), "en") == "\u2068عادل\u2069"


def test_chinese_characters_take_two_columns() -> None:
    assert shorten("营业厅营业厅", 7) == "营业厅…"
    assert shorten("营业厅", 6) == "营业厅"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.8216, "min", "0.82 min"),
        (14.21, "min", "14.2 min"),
        (9.996, "min", "10.0 min"),
        (1682.4, "per day", "1,682"),
        (0.0312, "share", "3.12 %"),
        (0.98612, "share", "98.6 %"),
        (1.0, "share", "100.0 %"),
        (math.nan, "min", "–"),
        (math.inf, "per day", "∞"),
    ],
)
def test_numbers_have_three_digits_or_so(value: float, unit: str, text: str) -> None:
    assert amount(value, unit, "en").replace("\u00a0", " ") == text


def test_an_interval_has_the_digits_of_its_value() -> None:
    assert with_interval(9.5, 8.123, 10.877, "min", "en").replace("\u00a0", " ") == "9.50 min (8.12 to 10.88)"
    assert with_interval(0.05, 0.04, 0.12, "share", "zh").replace("\u00a0", " ") == "5.00 %（4.00 至 12.00）"


def test_without_an_interval_the_value_stands_alone() -> None:
    assert with_interval(9.5, math.nan, math.nan, "min", "zh").replace("\u00a0", " ") == "9.50 分钟"


def test_seven_classes_differ_in_colour_and_without_it() -> None:
    looks = [look_of(i) for i in range(7)]
    for what in ("color", "dash", "symbol", "hatch"):
        assert len({getattr(look, what) for look in looks}) == 7


def test_fourteen_classes_differ_in_colour_or_dash() -> None:
    assert len({(look_of(i).color, look_of(i).dash) for i in range(2 * len(COLORS))}) == 2 * len(COLORS)
