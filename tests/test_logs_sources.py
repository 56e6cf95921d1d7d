"""Raw files of every kind: encodings, separators, titles, Excel, Parquet; and dates and times of every form."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hallsim import logs
from hallsim.errors import LogError
from hallsim.logs import cells, moments
from hallsim.logs.mapping import Column

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
CHINESE = (EXAMPLES / "hall_zh.csv").read_bytes().decode("gb18030")


def read_text(folder: Path, data: bytes, name: str = "log.csv", mapping: str | Path = "ticket_machine") -> pd.DataFrame:
    (folder / name).write_bytes(data)
    return logs.read(mapping, folder / name, staff_key="k")[0]


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return logs.read("ticket_machine", EXAMPLES / "hall_zh.csv", staff_key="k")[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_any_usual_encoding_is_found(tmp_path: Path, expected: pd.DataFrame, encoding: str) -> None:
    pd.testing.assert_frame_equal(read_text(tmp_path, CHINESE.encode(encoding)), expected)


def test_a_file_that_is_chinese_only_at_its_end_is_read_as_what_it_is(tmp_path: Path) -> None:
    rows = [f"A{i:05d},2024/3/5 9:03,2024/3/5 9:05,2024/3/5 9:10,one\r\n" for i in range(30_000)]
    text = (
        "ticket,issued,called,ended,desk\r\n"
        + "".join(rows)
        + "A99999,2024/3/5 9:03,2024/3/5 9:05,2024/3/5 9:10,一号\r\n"
    )
    table = read_text(tmp_path, text.encode("gb18030"))
    assert table["counter"].iloc[-1] == "一号"


def test_the_mapping_may_say_the_encoding(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "format: 1\nread: {encoding: cp1250}\ncolumns: {t_ticket: wzięto, t_start: start, t_end: koniec}\n"
    )
    text = "wzięto,start,koniec\n2024-03-05 9:00,2024-03-05 9:05,2024-03-05 9:10\n"
    assert len(read_text(tmp_path, text.encode("cp1250"), mapping=mapping)) == 1
    with pytest.raises(LogError, match=r"log\.csv:1 byte 0x98 is not cp1250; the mapping can say read: encoding"):
        read_text(tmp_path, text.encode("cp1250").replace(b"wzi", b"wz\x98"), mapping=mapping)
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("cp1250", "zip"), encoding="utf-8")
    with pytest.raises(LogError, match="the mapping's encoding 'zip' is not one of text; try utf-8 or gb18030"):
        read_text(tmp_path, b"x", mapping=mapping)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_usual_separator_is_found(tmp_path: Path, expected: pd.DataFrame, separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(csv.reader(io.StringIO(CHINESE)))
    pd.testing.assert_frame_equal(read_text(tmp_path, text.getvalue().encode()), expected)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(tmp_path: Path, expected: pd.DataFrame, line_end: str) -> None:
    lines = CHINESE.splitlines()
    pd.testing.assert_frame_equal(read_text(tmp_path, line_end.join(lines).encode()), expected)


def test_gzip_is_known_by_its_content(tmp_path: Path, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(read_text(tmp_path, gzip.compress(CHINESE.encode())), expected)


def test_titles_blank_lines_and_a_separator_too_many_do_no_harm(tmp_path: Path, expected: pd.DataFrame) -> None:
    header, *rows = CHINESE.splitlines()
    text = "\n".join(["示例营业厅,叫号明细", "", header, "", *(row + "," for row in rows), ",,,", ""])
    pd.testing.assert_frame_equal(read_text(tmp_path, text.encode()), expected)


def test_headers_may_have_blanks_capitals_and_full_width_forms(tmp_path: Path) -> None:
    text = " Ticket_NO ,ISSUED,Called  At,Ｅnded\n1,2024-03-05 9:00,2024-03-05 9:05,2024-03-05 9:10\n"
    assert list(read_text(tmp_path, text.encode())["ticket_no"]) == ["1"]


def test_quoted_fields_may_hold_separators_and_line_ends(tmp_path: Path) -> None:
    text = 'ticket,desk,issued,called,ended\n1,"A, left\nside",2024-03-05 9:00,2024-03-05 9:05,2024-03-05 9:10\n'
    text += "2,B,x,y,z\n"
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    table, report = logs.read("ticket_machine", tmp_path / "log.csv")
    assert list(table["counter"]) == ["A, left\nside"]
    assert report.counts[0].examples[0].row == 4


def test_a_row_whose_quotes_make_no_sense_is_dropped(tmp_path: Path) -> None:
    good = "1,2024-03-05 9:00,2024-03-05 9:05,2024-03-05 9:10\n"
    text = "ticket,issued,called,ended\n" + good + good.replace("1,", '"1"2,', 1) + good.replace("1,", "3,", 1)
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    table, report = logs.read("ticket_machine", tmp_path / "log.csv")
    assert [(c.rule, c.count, c.examples[0].row) for c in report.counts] == [("bad_quotes", 1, 3)]
    assert list(table["ticket_no"]) == ["1", "3"]


def test_formulas_that_keep_zeros_are_read_as_text(tmp_path: Path) -> None:
    text = 'ticket,issued,called,ended\n"=""007""",2024-03-05 9:00,2024-03-05 9:05,2024-03-05 9:10\n'
    assert list(read_text(tmp_path, text.encode())["ticket_no"]) == ["007"]


# --- Excel and Parquet --------------------------------------------------------------------------------------


def workbook(path: Path, rows: list[list[Any]], sheet: str = "Sheet1") -> None:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        looks = {
            datetime.datetime: book.add_format({"num_format": "yyyy/m/d h:mm:ss"}),
            datetime.date: book.add_format({"num_format": "yyyy/m/d"}),
            datetime.time: book.add_format({"num_format": "h:mm:ss"}),
        }
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                page.write(i, j, cell, looks.get(type(cell)))


def test_a_workbook_of_text_is_read_as_its_csv(tmp_path: Path, expected: pd.DataFrame) -> None:
    workbook(tmp_path / "log.xlsx", list(csv.reader(io.StringIO(CHINESE))))
    pd.testing.assert_frame_equal(logs.read("ticket_machine", tmp_path / "log.xlsx", staff_key="k")[0], expected)


def test_a_workbook_of_dates_times_and_numbers_is_read(tmp_path: Path) -> None:
    day = datetime.date(2024, 3, 5)
    rows = [
        ["叫号明细"],
        ["日期", "排队号", "取号时间", "叫号时间", "办结时间"],
        [day, 7, datetime.time(9, 3, 7), datetime.time(9, 5), datetime.time(9, 10, 59)],
        [day, 8, *(datetime.datetime(2024, 3, 5, 10, m) for m in (1, 2, 3))],
        [],
        [day, 9, 0.46, 0.47, 0.48],
    ]
    workbook(tmp_path / "log.xlsx", rows)
    table, report = logs.read("ticket_machine", tmp_path / "log.xlsx")
    assert report.rows_read == 3
    assert list(table["ticket_no"]) == ["7", "8", "9"]
    assert list(table["t_ticket"] // 1_000_000) == [32_587, 36_060, 39_744]
    assert list(table["t_end"] // 1_000_000) == [33_059, 36_180, 41_472]


def test_the_mapping_may_name_the_sheet(tmp_path: Path) -> None:
    rows = [["no", "issued", "called", "ended"], ["1", *["2024-03-05 9:00"] * 3]]
    workbook(tmp_path / "log.xlsx", rows, "April")
    mapping = (
        "format: 1\nread: {sheet: NAME}\ncolumns: {ticket_no: no, t_ticket: issued, t_start: called, t_end: ended}\n"
    )
    (tmp_path / "m.yaml").write_text(mapping.replace("NAME", "April"), encoding="utf-8")
    assert len(logs.read(tmp_path / "m.yaml", tmp_path / "log.xlsx")[0]) == 1
    (tmp_path / "m.yaml").write_text(mapping.replace("NAME", "Aprli"), encoding="utf-8")
    with pytest.raises(
        LogError, match=r"'Aprli' is not a sheet of this workbook; known: April \(did you mean April\?\)"
    ):
        logs.read(tmp_path / "m.yaml", tmp_path / "log.xlsx")


def test_a_cover_sheet_is_named_where_the_columns_are_missing(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "log.xlsx") as book:
        book.add_worksheet("Cover").write(0, 0, "Report of March")
        book.add_worksheet("Tickets")
    message = r"this one has 1 fields; sheet 'Cover' was read, the others are Tickets$"
    with pytest.raises(LogError, match=message):
        logs.read("ticket_machine", tmp_path / "log.xlsx")


def test_a_wrong_row_of_a_workbook_has_its_number_in_the_sheet(tmp_path: Path) -> None:
    good = ["1", *["2024-03-05 9:00"] * 3]
    workbook(tmp_path / "log.xlsx", [["title"], ["no", "issued", "called", "ended"], good, [], ["2", "x", *good[2:]]])
    mapping = "format: 1\ncolumns: {ticket_no: no, t_ticket: issued, t_start: called, t_end: ended}\n"
    (tmp_path / "m.yaml").write_text(mapping, encoding="utf-8")
    _, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.xlsx")
    assert [(c.rule, c.examples[0].row) for c in report.counts] == [("bad_time", 5)]


@pytest.mark.parametrize("typed", [False, True])
def test_parquet_is_read_as_its_csv(tmp_path: Path, expected: pd.DataFrame, typed: bool) -> None:
    frame = pd.read_csv(io.StringIO(CHINESE), dtype=str, keep_default_na=False)
    table = pa.table({name: pa.array(frame[name].tolist(), pa.string()) for name in frame})
    if typed:
        for name in ("取号时间", "叫号时间", "开始办理时间", "办结时间"):
            text = pa.compute.if_else(pa.compute.equal(table[name], ""), None, table[name])
            moment = pa.compute.binary_join_element_wise(table["日期"], text, " ").cast(pa.timestamp("ns"))
            table = table.set_column(table.column_names.index(name), name, moment)
        days = table["日期"].cast(pa.date32())
        table = table.set_column(table.column_names.index("日期"), "日期", days)
        table = table.set_column(table.column_names.index("台席"), "台席", table["台席"].dictionary_encode())
    pa.parquet.write_table(table, tmp_path / "log.parquet")
    pd.testing.assert_frame_equal(logs.read("ticket_machine", tmp_path / "log.parquet", staff_key="k")[0], expected)


def test_times_with_a_zone_are_those_on_the_wall(tmp_path: Path) -> None:
    at = pd.Timestamp("2024-03-05 09:00", tz="Asia/Shanghai")
    frame = pd.DataFrame({"ticket": [7.0], "issued": [at], "called": [at], "ended": [at + pd.Timedelta(minutes=5)]})
    frame.to_parquet(tmp_path / "log.parquet")
    table, _ = logs.read("ticket_machine", tmp_path / "log.parquet")
    assert list(table["ticket_no"]) == ["7"]
    assert list(table["t_ticket"]) == [9 * 3_600_000_000]


# --- dates and times ----------------------------------------------------------------------------------------

DAY = (datetime.date(2024, 3, 5) - datetime.date(1970, 1, 1)).days
NINE = (9 * 60 + 3) * 60_000_000


@pytest.mark.parametrize(
    "text",
    [
        "2024/3/5", "2024-03-05", "2024.3.5", "2024年3月5日", "20240305", "240305", "5-Mar-24", "5 March 2024",
        "05mar2024", "March 5, 2024", "Mar 5 2024", "2024-03-05 00:00:00", "45356", "２０２４／３／５",
        "2024-03-05T00:00:00Z",
    ],
)  # fmt: skip
def test_a_date_is_read_in_many_forms(text: str) -> None:
    assert moments.parse_date(text) == (DAY, False)


@pytest.mark.parametrize("text", ["150", "150.0", "150,0", "150,00", "0:02:30", "0:02:30,0", "１５０"])
def test_a_length_is_read_with_a_point_or_a_comma(text: str) -> None:
    assert moments.parse_length(text, 1_000_000) == 150_000_000


@pytest.mark.parametrize("text", ["1,500", "12,345", "1,2,3", "1.5,0", "2 min"])
def test_a_length_that_may_be_thousands_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"may be thousands|is not a duration"):
        moments.parse_length(text, 1_000_000)


@pytest.mark.parametrize(
    "text", ["2024/2/30", "990230", "5/3/24", "31/12/2023", "1850-01-01", "x", "2024", "99", "5-Mxx-24"]
)
def test_what_is_not_surely_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|may be|between"):
        moments.parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "9:03",
        "9:03:00",
        "09:03:00.000",
        "9:03 AM",
        "9:03 a.m.",
        "上午9:03",
        "9时03分",
        "9点03分00秒",
        "090300",
        "0903",
        "903",
    ],
)
def test_a_time_is_read_in_many_forms(text: str) -> None:
    assert moments.parse_time(text) == (None, NINE)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:00 AM", 0), ("12:00 PM", 12), ("下午3:00", 15), ("中午12:00", 12), ("晚上11:00", 23), ("27:00", 27)],
)
def test_the_halves_of_the_day_are_known(text: str, hour: int) -> None:
    assert moments.parse_time(text) == (None, hour * 3_600_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "2024/3/5 9:03", "2024-03-05T09:03:00", "2024-03-05T09:03:00+08:00", "20240305 0903", "20240305090300",
        "5-Mar-24 9:03:00 AM", "2024年3月5日 星期二 9:03", "2024-03-05 Tue 9:03", "45356.377083333",
    ],
)  # fmt: skip
def test_a_date_and_a_time_are_read_together(text: str) -> None:
    assert moments.parse_time(text) == (DAY, NINE)


@pytest.mark.parametrize(
    "text", ["9:60", "9:03:60", "13:00 PM", "0:00 AM", "9", "x", "9:3:4:5", "2024-02-30 9:00", "9h03"]
)
def test_what_is_not_surely_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        moments.parse_time(text)


@settings(max_examples=300)
@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    for parse in (moments.parse_date, moments.parse_time):
        for order in ("", "dmy"):
            try:
                parse(text, order)
            except ValueError:
                continue


@settings(max_examples=200)
@given(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2199, 12, 31)))
def test_any_moment_of_three_centuries_is_read_back(at: datetime.datetime) -> None:
    day = (at.date() - datetime.date(1970, 1, 1)).days
    us = (at - datetime.datetime.combine(at.date(), datetime.time())) // datetime.timedelta(microseconds=1)
    for form in ("%Y-%m-%d %H:%M:%S.%f", "%Y/%m/%dT%H:%M:%S.%f"):
        assert moments.parse_time(at.strftime(form)) == (day, us)


def test_columns_taken_apart_are_read_as_cell_by_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["2024-03-05 09:03:07.250001", "2024/3/6 9:03", "09:03:07.5", None, "9:03:07", "2024-03-05T24:00:00"]
    column = pa.array(texts * 3)
    field = Column("t_end", ("end",))
    whole = cells.read(column, cells.times(field, ""))
    monkeypatch.setattr(cells, "DISTINCT", 1)
    apart = cells.read(column, cells.times(field, ""))
    for one, other in zip(whole, apart, strict=True):
        assert one.tolist() == other.tolist()
