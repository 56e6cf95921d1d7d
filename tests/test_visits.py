"""Visits: the table that is built, saved, loaded, exported and read back."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hallsim import logs, ticket_machine, visits
from hallsim.compiled import SEMANTICS, STATE_DUTY, STATE_OVERTIME, STEP_OUTCOMES, compile_model
from hallsim.errors import LogError, UsageError
from hallsim.logs import moments
from tests.hand_made_logs import (
    COUNTER_1,
    COUNTER_V,
    COUNTER_Z,
    HALL,
    KIOSK_1,
    KIOSK_Z,
    MINUTE,
    NINE,
    log,
    row,
    short_day,
)


def texts(table: pd.DataFrame, *columns: str) -> list[tuple[str, ...]]:
    """Return columns as text, `-` where missing, times in minutes after nine."""
    out = []
    for record in table[list(columns)].itertuples(index=False):
        cells = []
        for name, value in zip(columns, record, strict=True):
            if pd.isna(value):
                cells.append("-")
            elif visits.FIELD[name].dtype == "time":
                cells.append(f"{(value - NINE) / MINUTE:g}")
            else:
                cells.append(str(value))
        out.append(tuple(cells))
    return out


def test_lines_and_servers_are_numbered_as_in_the_compiled_arrays() -> None:
    compiled, names = compile_model(HALL), visits.names(HALL)
    assert names.lines == ("kiosk V", "kiosk Z", "counter V", "counter Z")
    assert names.line_station.tolist() == compiled.line_station.tolist()
    assert names.line_class.tolist() == compiled.line_class.tolist()
    assert names.line_rank.tolist() == compiled.line_rank.tolist()
    assert names.server_station.tolist() == compiled.server_station.tolist()


def test_a_day_becomes_one_row_per_step_sorted_by_visit_and_step() -> None:
    table = visits.build(HALL, short_day())
    assert texts(table, "visit", "step", "ticket_no", "line", "outcome", "visit_outcome", "exit") == [
        ("0", "0", "Z001", "kiosk Z", "failed", "-", "-"),
        ("0", "1", "Z001", "counter Z", "served", "served", "leave"),
        ("1", "0", "V001", "counter V", "served", "served", "leave"),
        ("2", "0", "Z002", "kiosk Z", "reneged", "gave_up", "-"),
        ("3", "0", "-", "-", "-", "diverted", "app"),
        ("4", "0", "-", "counter Z", "balked", "balked", "-"),
    ]


def test_times_that_never_came_are_missing() -> None:
    table = visits.build(HALL, short_day())
    columns = ("t_arrive", "t_ticket", "t_call_first", "t_call_last", "n_calls", "t_start", "t_end", "t_wrap_end")
    assert texts(table, *columns) == [
        ("0", "0", "0", "0", "1", "0", "4", "4"),
        ("0", "4", "4", "4", "1", "4", "9.5", "9.5"),
        ("1", "1", "1", "1", "1", "1", "6", "6"),
        ("2", "2", "-", "-", "0", "-", "7", "-"),
        ("3", "-", "-", "-", "0", "-", "3", "-"),
        ("4", "-", "-", "-", "0", "-", "4", "-"),
    ]


def test_no_number_of_the_table_is_minus_one() -> None:
    table = visits.build(HALL, short_day())
    for field in visits.FIELDS:
        if field.dtype in ("count", "number", "time"):
            assert not (table[field.name] == -1).fillna(False).any(), field.name


def test_names_of_the_hall_are_looked_up() -> None:
    table = visits.build(HALL, short_day())
    columns = ("station", "ticket_class", "transaction", "segment", "priority", "source", "counter", "ahead_at_ticket")
    assert texts(table, *columns) == [
        ("kiosk", "general", "payment", "general", "1", "walk_in", "kiosk 1", "0"),
        ("counter", "general", "payment", "general", "1", "walk_in", "counter 2", "0"),
        ("counter", "vip", "payment", "vip", "0", "walk_in", "counter 1", "0"),
        ("kiosk", "general", "payment", "general", "1", "walk_in", "-", "0"),
        ("-", "-", "payment", "general", "-", "walk_in", "-", "-"),
        ("counter", "-", "payment", "general", "1", "walk_in", "-", "1"),
    ]


def test_the_columns_have_the_declared_names_and_dtypes() -> None:
    for table in (visits.build(HALL, short_day()), visits.build(HALL, log([]))):
        assert [(name, str(dtype)) for name, dtype in table.dtypes.items()] == [
            (f.name, str(visits.pandas_dtype(f))) for f in visits.FIELDS
        ]
    assert {str(visits.pandas_dtype(f)) for f in visits.FIELDS} == {
        "int64",
        "Int64",
        "datetime64[us]",
        "string",
        "category",
    }


def test_every_column_has_both_names_and_a_description() -> None:
    assert all(f.en and f.zh and f.doc for f in visits.FIELDS)
    for column in ("en", "zh", "name"):
        assert len({getattr(f, column) for f in visits.FIELDS}) == len(visits.FIELDS)


def test_date_and_replication_are_columns() -> None:
    table = visits.build(HALL, short_day(), replication=7, date="2024-03-05")
    assert set(texts(table, "hall", "date", "replication")) == {("Test hall", "2024-03-05 00:00:00", "7")}
    assert visits.build(HALL, short_day(), replication=None)[["date", "replication"]].isna().all(axis=None)


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^'5 March' is not a date such as 2024-03-05$"):
        visits.build(HALL, short_day(), date="5 March")


def test_the_table_carries_its_provenance() -> None:
    attrs = visits.build(HALL, short_day(), seed=5).attrs
    assert set(attrs) == set(visits.PROVENANCE)
    assert (attrs["scenario_hash"], attrs["seed"], attrs["semantics"]) == ("abc123", 5, SEMANTICS)


def test_a_scenario_will_do_for_its_model() -> None:
    scenario = types.SimpleNamespace(model=HALL)
    assert_same(visits.build(scenario, short_day()), visits.build(HALL, short_day()))


def test_tickets_are_numbered_by_line_in_the_order_of_joining_not_of_ending() -> None:
    rows = [
        row(1, COUNTER_Z, 0, 2, 2, 3, server=COUNTER_1),
        row(0, COUNTER_Z, 0, 1, 1, 9, server=COUNTER_1),
        row(2, COUNTER_V, 3, 3, 3, 4, server=COUNTER_1, type_=0),
    ]
    assert texts(visits.build(HALL, log(rows)), "visit", "ticket_no") == [("0", "Z001"), ("1", "Z002"), ("2", "V001")]


def test_at_one_instant_who_is_sent_on_takes_a_number_before_who_comes_through_the_door() -> None:
    rows = [
        row(2, KIOSK_Z, 0, 0, 0, 5, server=KIOSK_1),
        row(0, COUNTER_Z, 5, 5, 5, 8, server=COUNTER_1),
        row(2, COUNTER_Z, 0, 5, 6, 9, server=COUNTER_1, step=1),
    ]
    assert texts(visits.build(HALL, log(rows)), "visit", "step", "ticket_no") == [
        ("0", "0", "Z002"),
        ("2", "0", "Z001"),
        ("2", "1", "Z001"),
    ]


def test_an_interrupted_customer_keeps_the_ticket_and_a_returning_one_draws_a_new_one() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 2, server=COUNTER_1, outcome="interrupted"),
        row(0, COUNTER_Z, 0, 2, 3, 5, server=COUNTER_1, step=1),
        row(1, COUNTER_Z, 1, 1, 2, 5, server=COUNTER_1),
        row(0, COUNTER_Z, 0, 5, 5, 6, server=COUNTER_1, step=2),
    ]
    assert texts(visits.build(HALL, log(rows)), "visit", "step", "ticket_no") == [
        ("0", "0", "Z001"),
        ("0", "1", "Z001"),
        ("0", "2", "Z003"),
        ("1", "0", "Z002"),
    ]


def test_ticket_numbers_grow_beyond_three_digits() -> None:
    rows = [row(i, COUNTER_Z, i, i, i, i + 1, server=COUNTER_1) for i in range(1001)]
    numbers = list(visits.build(HALL, log(rows))["ticket_no"])
    assert (numbers[0], numbers[998], numbers[999], numbers[1000]) == ("Z001", "Z999", "Z1000", "Z1001")


def test_server_intervals_have_names_and_states() -> None:
    day = log([], [(0, STATE_DUTY, 0, 60), (2, STATE_DUTY, 10, 60), (2, STATE_OVERTIME, 60, 61.5)])
    table = visits.servers(HALL, day)
    assert table.to_csv(index=False).splitlines() == [
        "server,station,state,t_from,t_to",
        "kiosk 1,kiosk,duty,32400000000,36000000000",
        "counter 2,counter,duty,33000000000,36000000000",
        "counter 2,counter,overtime,36000000000,36090000000",
    ]


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_categorical=True)


@pytest.mark.parametrize("suffix", visits.SUFFIXES)
def test_a_saved_table_comes_back_the_same(tmp_path: Path, suffix: str) -> None:
    table = visits.build(HALL, short_day(), replication=3, date="2024-02-29", seed=1)
    assert visits.save(table, tmp_path / f"day{suffix}") == 6
    assert_same(visits.load(tmp_path / f"day{suffix}"), table)
    assert [p.name for p in tmp_path.iterdir()] == [f"day{suffix}"]


def test_parquet_keeps_the_provenance_and_csv_does_not(tmp_path: Path) -> None:
    table = visits.build(HALL, short_day(), seed=1)
    visits.save(table, tmp_path / "a.parquet")
    visits.save(table, tmp_path / "a.csv")
    assert visits.load(tmp_path / "a.parquet").attrs == table.attrs
    assert visits.load(tmp_path / "a.csv").attrs == {}


@pytest.mark.parametrize("suffix", visits.SUFFIXES)
def test_days_saved_one_by_one_are_one_table(tmp_path: Path, suffix: str) -> None:
    days = [visits.build(HALL, short_day(), replication=i, seed=1) for i in range(3)]
    visits.save(iter(days), tmp_path / f"days{suffix}")
    assert_same(visits.load(tmp_path / f"days{suffix}"), pd.concat(days, ignore_index=True))


NUMBERS = st.one_of(st.none(), st.integers(0, 2**62))
TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), min_size=0, max_size=6))


@st.composite
def any_tables(draw: st.DrawFn) -> pd.DataFrame:
    kinds = {
        "count": st.integers(0, 2**62),
        "number": NUMBERS,
        "time": NUMBERS,
        "text": TEXTS,
        "date": st.one_of(st.none(), st.dates()),
        "outcome": st.one_of(st.none(), st.sampled_from(STEP_OUTCOMES[1:])),
        "visit_outcome": st.none(),
    }
    n = draw(st.integers(0, 4))
    columns = {f.name: draw(st.lists(kinds[f.dtype], min_size=n, max_size=n)) for f in visits.FIELDS}
    for f in visits.FIELDS:
        if f.dtype in ("number", "time"):
            columns[f.name] = pd.array(columns[f.name], dtype="Int64")
        if f.dtype == "date":
            columns[f.name] = np.array(columns[f.name], dtype="datetime64[D]").astype("datetime64[us]")
    return visits.frame(columns)


@pytest.mark.parametrize("suffix", visits.SUFFIXES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=any_tables())
def test_any_table_comes_back_the_same(tmp_path: Path, suffix: str, table: pd.DataFrame) -> None:
    visits.save(table, tmp_path / f"any{suffix}")
    assert_same(visits.load(tmp_path / f"any{suffix}"), table)


def test_a_wrong_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'\.cvs' is not an ending.*known: \.parquet, \.csv \(did you mean \.csv\?\)"):
        visits.save(visits.build(HALL, short_day()), tmp_path / "a.cvs")


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("hall,visit\nx,1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("", encoding="utf-8")
    (tmp_path / "c.parquet").write_bytes(b"\x00\x01 no parquet")
    with pytest.raises(LogError, match="not a table of visits: no column date, replication, step"):
        visits.load(tmp_path / "a.csv")
    for name in ("b.csv", "c.parquet"):
        with pytest.raises(LogError, match="not a table of visits"):
            visits.load(tmp_path / name)


def test_an_outcome_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    visits.save(visits.build(HALL, short_day()), tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8").replace("reneged", "renegade")
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LogError, match=r"column outcome: 'renegade' is not an outcome; .*did you mean reneged\?"):
        visits.load(tmp_path / "a.csv")


EXPORT_ZH = """\
营业厅,日期,排队号,号类,区域,业务,客户类别,取号时间,叫号时间,开始办理时间,办结时间,台席,办理人员,结果
Test hall,2024-03-05,Z001,general,kiosk,payment,general,09:00:00,09:00:00,09:00:00,09:04:00,kiosk 1,,办理失败
Test hall,2024-03-05,V001,vip,counter,payment,vip,09:01:00,09:01:00,09:01:00,09:06:00,counter 1,,已办结
Test hall,2024-03-05,Z002,general,kiosk,payment,general,09:02:00,,,09:07:00,,,弃号
Test hall,2024-03-05,Z001,general,counter,payment,general,09:04:00,09:04:00,09:04:00,09:09:30,counter 2,,已办结
"""

EXPORT_EN = """\
hall,date,ticket number,ticket class,station,transaction,segment,ticket time,call time,start time,end time,\
counter,staff,outcome
Test hall,4,V001,vip,counter,payment,vip,\
09:01:00.000000,09:01:00.000000,09:01:00.000000,09:06:00.000000,counter 1,,served
Test hall,4,Z001,general,counter,payment,general,\
09:04:00.000000,09:04:00.000000,09:04:00.000000,09:09:30.000000,counter 2,,served
"""


def test_the_export_is_one_row_per_ticket_in_chinese(tmp_path: Path) -> None:
    table = visits.build(HALL, short_day(), date="2024-03-05")
    assert ticket_machine.export_csv(table, tmp_path / "a.csv", seconds=True) == 4
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig") == EXPORT_ZH.replace("\n", "\r\n")


def test_the_export_is_in_english_with_the_replication_for_a_day_without_date(tmp_path: Path) -> None:
    table = visits.build(HALL, short_day(), replication=4)
    ticket_machine.export_csv(table, tmp_path / "a.csv", "en", "utf-8", stations=["counter"])
    assert (tmp_path / "a.csv").read_bytes().decode() == EXPORT_EN.replace("\n", "\r\n")


@pytest.mark.parametrize(("lang", "encoding"), [("zh", "utf-8-sig"), ("zh", "gb18030"), ("en", "utf-8")])
@pytest.mark.parametrize("date", [None, "2024-03-05"])
def test_an_export_comes_back_with_all_that_it_carries(
    tmp_path: Path, lang: str, encoding: str, date: str | None
) -> None:
    table = visits.build(HALL, short_day(), replication=None if date else 2, date=date)
    ticket_machine.export_csv(table, tmp_path / "a.csv", lang, encoding)
    found, report = logs.read("ticket_machine", tmp_path / "a.csv")
    expected = table[table["ticket_no"].notna()].sort_values("t_ticket", kind="stable").reset_index(drop=True)
    carried = [*ticket_machine.COLUMNS, "replication", "t_call_first", "n_calls", "t_wrap_end"]
    assert_same(found[carried], expected[carried])
    assert found["visit"].tolist() == [0, 1, 2, 3]
    assert report.clean
    assert report.rows_read == 4
    derived = ["visit", "step", "line", "t_arrive", "visit_outcome", "ahead_at_ticket"]
    assert found.drop(columns=[*carried, *derived]).isna().all(axis=None)
    ticket_machine.export_csv(found, tmp_path / "b.csv", lang, encoding)
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


@settings(max_examples=100, deadline=None)
@given(t=st.integers(0, 400 * 3600 * 10**6))
def test_any_time_of_the_export_is_read_back(t: int) -> None:
    assert moments.parse_time(visits.clock(t)) == (None, t)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("09:06:00", "09:60:00", "bad_time 1: row 3: 办结时间 = 09:60:00"),
        ("弃号", "走了", "unknown_value 1: row 4: 结果 = 走了"),
        (",弃号", "", "field_count 1: row 4: fields = 13, not 14"),
        ("2024-03-05,Z001,general,kiosk", "5.3.,Z001,general,kiosk", "bad_date 1: row 2: 日期 = 5.3."),
    ],
)
def test_a_broken_row_of_an_export_is_dropped_by_a_rule(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(EXPORT_ZH.replace(old, new), encoding="utf-8")
    table, report = logs.read("ticket_machine", path)
    (count,) = report.counts
    (example,) = count.examples
    cells = ", ".join(f"{name} = {text}" for name, text in example.cells.items())
    assert f"{count.rule} {count.count}: row {example.row}: {cells}" == message
    assert len(table) == report.rows_kept == 3


def test_an_export_of_another_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(EXPORT_ZH.replace("取号时间", "时间"), encoding="utf-8")
    message = r"a\.csv:1 no column for t_ticket: 'ticket time' or .*; the header has 营业厅, 日期"
    with pytest.raises(LogError, match=message):
        logs.read("ticket_machine", path)


def test_an_export_with_unknown_words_is_refused(tmp_path: Path) -> None:
    table = visits.build(HALL, short_day())
    for arguments, message in [
        ({"lang": "de"}, "'de' is not a language; known: en, zh"),
        ({"encoding": "utf-88"}, "encoding 'utf-88' will not do .*; use utf-8-sig or gb18030"),
        ({"encoding": "ascii"}, "encoding 'ascii' will not do"),
        ({"stations": ["counters"]}, r"'counters' is not a station of this table; .*did you mean counter\?"),
    ]:
        with pytest.raises(UsageError, match=message):
            ticket_machine.export_csv(table, tmp_path / "a.csv", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_importing_the_module_imports_neither_pandas_nor_pyarrow() -> None:
    code = "import sys, hallsim.ticket_machine, hallsim.trace; print({'pandas', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
