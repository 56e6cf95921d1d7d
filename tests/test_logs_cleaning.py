"""Cleaning: what becomes of every kind of row, by which rule, and how legs become visits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hallsim import logs, visits
from hallsim.errors import LogError, UsageError
from hallsim.logs import importing, runs, source, text_source

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
MAPPING = """\
format: 1
hall: North
columns:
  date: date
  ticket_no: no
  t_ticket: ticket
  t_call_last: call
  t_start: start
  t_end: end
  counter: desk
  outcome: outcome
read: {required: [t_ticket, t_end]}
visit: {by: [ticket_no]}
"""
ROW = {
    "date": "2024-03-05", "no": "1", "ticket": "9:00", "call": "9:10", "start": "9:11", "end": "9:20", "desk": "A",
    "outcome": "served",
}  # fmt: skip
MINUTE = 60_000_000


class Reader:
    """Reads rows given as changes of one good row, by a mapping with changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *rows: dict[str, str], mapping: str = "", without: str = "", **options: Any) -> Any:
        path, file = self.folder / "log.csv", self.folder / "m.yaml"
        names = [n for n in ROW | {k: "" for row in rows for k in row} if n != without]
        lines = [",".join(names), *(",".join((ROW | row).get(n, "") for n in names) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        text = MAPPING if without == "" else "".join(x for x in MAPPING.splitlines(True) if f": {without}\n" not in x)
        file.write_text(text + mapping, encoding="utf-8")
        return logs.read(file, path, **options)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def rules(report: logs.CleaningReport) -> dict[str, int]:
    return {c.rule: c.count for c in report.counts}


def minutes(table: pd.DataFrame, *names: str) -> list[tuple[float | None, ...]]:
    rows = table[list(names)].itertuples(index=False)
    return [tuple(None if pd.isna(t) else t / MINUTE for t in row) for row in rows]


GOOD: dict[str, str] = {}
REFUSED = [
    ({"date": ""}, "missing_date", {"no": "1", "date": ""}),
    ({"date": "2024-02-30"}, "bad_date", {"date": "2024-02-30"}),
    ({"date": "5/3/24"}, "bad_date", {"date": "5/3/24"}),
    ({"ticket": ""}, "missing_time", {"no": "1", "outcome": "served", "ticket": "", "call": "9:10"}),
    ({"ticket": "9:75"}, "bad_time", {"ticket": "9:75"}),
    ({"end": "2024-05-05 9:00"}, "bad_time", {"end": "2024-05-05 9:00"}),
    ({"end": ""}, "missing_time", {"end": ""}),
    ({"call": "", "start": ""}, "missing_time", {"call": "", "start": ""}),
    ({"call": "8:59"}, "start_before_ticket", {"ticket": "9:00", "call": "8:59"}),
    ({"end": "9:10:30"}, "end_before_start", {"start": "9:11", "end": "9:10:30"}),
    ({"outcome": "vanished"}, "unknown_value", {"outcome": "vanished"}),
    ({"outcome": "reneged", "call": "", "start": "", "end": "8:00"}, "end_before_start", {"end": "8:00"}),
    ({"outcome": "no_show", "call": "", "start": ""}, "missing_time", {"outcome": "no_show"}),
]


@pytest.mark.parametrize(("change", "rule", "cells"), REFUSED)
def test_a_row_that_makes_no_step_is_dropped_by_a_rule(
    reader: Reader, change: dict[str, str], rule: str, cells: dict[str, str]
) -> None:
    table, report = reader(GOOD, {"no": "2"}, change)
    assert rules(report) == {rule: 1}
    (example,) = report.counts[0].examples
    assert (example.file, example.row) == ("log.csv", 4)
    assert cells.items() <= example.cells.items()
    assert (report.rows_read, report.rows_kept, len(table)) == (3, 2, 2)


def test_a_good_row_is_a_visit_of_one_step(reader: Reader) -> None:
    table, report = reader(GOOD)
    assert report.clean
    assert table.dropna(axis="columns").iloc[0].to_dict() == {
        "hall": "North",
        "date": pd.Timestamp("2024-03-05"),
        "visit": 0,
        "step": 0,
        "ticket_no": "1",
        "line": "line",
        "t_arrive": 540 * MINUTE,
        "t_ticket": 540 * MINUTE,
        "t_call_first": 550 * MINUTE,
        "t_call_last": 550 * MINUTE,
        "n_calls": 1,
        "t_start": 551 * MINUTE,
        "t_end": 560 * MINUTE,
        "t_wrap_end": 560 * MINUTE,
        "counter": "A",
        "outcome": "served",
        "visit_outcome": "served",
        "ahead_at_ticket": 0,
    }


def test_columns_have_the_declared_dtypes(reader: Reader) -> None:
    table, _ = reader(GOOD)
    assert [(n, str(d)) for n, d in table.dtypes.items()] == [
        (f.name, str(visits.pandas_dtype(f))) for f in visits.FIELDS
    ]
    assert set(table.attrs) == set(visits.PROVENANCE)


def test_a_start_before_the_call_is_kept_and_reported(reader: Reader) -> None:
    table, report = reader({"start": "9:09:59"})
    assert rules(report) == {"start_before_call": 1}
    assert report.clean
    assert minutes(table, "t_call_last", "t_start") == [(550, 549 + 59 / 60)]


def test_a_missing_start_is_the_call_and_a_missing_call_the_start(reader: Reader) -> None:
    table, report = reader({"start": ""}, {"no": "2", "call": ""})
    assert rules(report) == {"time_filled": 2}
    assert not report.clean
    assert minutes(table, "t_call_last", "t_start") == [(550, 550), (551, 551)]


def test_a_machine_without_a_call_calls_at_the_start(reader: Reader) -> None:
    table, report = reader(GOOD, without="call")
    assert report.counts == ()
    assert minutes(table, "t_call_last", "t_start") == [(551, 551)]


def test_without_an_outcome_what_began_was_served(reader: Reader) -> None:
    for table, report in (reader({"outcome": ""}), reader(GOOD, without="outcome")):
        assert report.counts == ()
        assert list(table["outcome"]) == ["served"]


def test_who_gave_up_has_a_wait_and_no_service(reader: Reader) -> None:
    table, report = reader({"outcome": "reneged", "call": "", "start": "", "desk": ""})
    assert report.counts == ()
    assert minutes(table, "t_ticket", "t_call_last", "t_start", "t_end", "t_wrap_end") == [(540, None, None, 560, None)]
    assert list(table["visit_outcome"]) == ["gave_up"]
    assert list(table["n_calls"]) == [0]


def test_a_service_of_who_gave_up_is_not_used_and_reported(reader: Reader) -> None:
    table, report = reader({"outcome": "reneged"})
    assert rules(report) == {"service_ignored": 1}
    assert table["t_start"].isna().all()


def test_who_did_not_come_was_called_once(reader: Reader) -> None:
    table, report = reader({"outcome": "no_show", "start": "", "end": ""})
    assert report.counts == ()
    assert minutes(table, "t_call_last", "t_start", "t_end") == [(550, None, 550)]
    assert list(table["visit_outcome"]) == ["gave_up"]


def test_one_word_may_mean_giving_up_or_balking(tmp_path: Path) -> None:
    rows = "date,ticket,end,wait,what\n2024-03-05,9:00,9:05,300,GONE\n2024-03-05,9:01,9:01,0,GONE\n"
    mapping = """\
format: 1
columns:
  date: date
  t_ticket: ticket
  t_end: end
  wait: {names: wait, wins: duration}
  outcome: {names: what, values: {GONE: {waited: reneged, at_once: balked}}}
"""
    (tmp_path / "log.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "m.yaml").write_text(mapping, encoding="utf-8")
    table, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")
    assert report.counts == ()
    assert list(table["outcome"]) == ["reneged", "balked"]
    assert minutes(table, "t_arrive", "t_ticket", "t_end") == [(540, 540, 545), (541, None, 541)]
    assert list(table["line"].isna()) == [False, True]


@pytest.mark.parametrize(("wins", "end", "found"), [("duration", 545, {}), ("times", 550, {"duration_differs": 1})])
def test_when_somebody_gave_up_is_settled_by_the_mapping(
    tmp_path: Path, wins: str, end: float, found: dict[str, int]
) -> None:
    wait = f"  wait: {{names: waited, unit: min, wins: {wins}}}\n"
    (tmp_path / "m.yaml").write_text(MAPPING.replace("  counter: desk\n", wait), encoding="utf-8")
    text = "date,no,ticket,call,start,end,waited,outcome\n2024-03-05,1,9:00,,,9:10,5,reneged\n"
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    table, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")
    assert minutes(table, "t_end") == [(end,)]
    assert rules(report) == found


SERVICE = "  service: {names: took, wins: WINS, unit: min}\n"


@pytest.mark.parametrize(
    ("wins", "end", "rule"), [("duration", 555, "duration_disagrees"), ("times", 560, "duration_differs")]
)
def test_a_service_that_does_not_fit_its_times_is_settled_by_the_mapping(
    tmp_path: Path, wins: str, end: float, rule: str
) -> None:
    (tmp_path / "m.yaml").write_text(
        MAPPING.replace("  counter: desk\n", SERVICE.replace("WINS", wins)), encoding="utf-8"
    )
    rows = [ROW | {"took": "4"}, ROW | {"no": "2", "took": "9"}, ROW | {"no": "3", "took": ""}]
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (tmp_path / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    table, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")
    assert rules(report) == {rule: 1}
    assert minutes(table, "t_end") == [(end,), (560,), (560,)]
    assert report.counts[0].examples[0].cells == {"start": "9:11", "end": "9:20", "took": "4"}


def test_a_negative_duration_is_a_bad_number(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        MAPPING.replace("  counter: desk\n", SERVICE.replace("WINS", "times")), encoding="utf-8"
    )
    (tmp_path / "log.csv").write_text(
        "date,no,ticket,call,start,end,took,outcome\n2024-03-05,1,9:00,9:10,9:11,9:20,-4,served\n"
        "2024-03-05,2,9:00,9:10,9:11,9:20,four,served\n2024-03-05,3,9:00,9:10,9:11,9:20,9,served\n",
        encoding="utf-8",
    )
    assert rules(logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")[1]) == {"bad_number": 2}


def test_times_after_midnight_go_on_if_the_mapping_says_so(reader: Reader) -> None:
    late = {"ticket": "23:50", "call": "23:58", "start": "23:59", "end": "0:05"}
    table, report = reader(late, mapping="times: {crosses_midnight: 4 h}\n")
    assert rules(report) == {"crosses_midnight": 1}
    assert minutes(table, "t_end") == [(1445,)]
    with pytest.raises(LogError, match="end_before_start 1"):
        reader(late)


def test_a_small_step_back_does_not_cross_midnight(reader: Reader) -> None:
    table, report = reader({"start": "9:09:59"}, mapping="times: {crosses_midnight: 4 h}\n")
    assert rules(report) == {"start_before_call": 1}
    assert minutes(table, "t_start") == [(549 + 59 / 60,)]


def test_times_with_dates_need_no_column_of_dates(reader: Reader) -> None:
    dated = {"ticket": "2024/3/5 23:50", "call": "2024/3/5 23:58", "start": "2024/3/5 23:59", "end": "2024/3/6 0:05"}
    table, report = reader(dated, without="date")
    assert report.counts == ()
    assert list(table["date"]) == [pd.Timestamp("2024-03-05")]
    assert minutes(table, "t_ticket", "t_end") == [(1430, 1445)]


def test_the_date_may_stand_in_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        MAPPING.replace("  date: date\n", "") + "times: {date_in_file_name: true}\n", encoding="utf-8"
    )
    path = tmp_path / "hall_20240305.csv"
    path.write_text("no,ticket,call,start,end,desk,outcome\n1,9:00,9:10,9:11,9:20,A,served\n", encoding="utf-8")
    assert list(logs.read(tmp_path / "m.yaml", path)[0]["date"]) == [pd.Timestamp("2024-03-05")]
    other = path.rename(tmp_path / "hall.csv")
    with pytest.raises(LogError, match=r"hall\.csv has no date in its name, such as hall_2024-03-05\.csv"):
        logs.read(tmp_path / "m.yaml", other)


def test_a_short_date_is_read_in_the_order_that_the_mapping_says(reader: Reader) -> None:
    for order, date in (("dmy", "2024-03-05"), ("mdy", "2024-05-03")):
        table, _ = reader({"date": "5/3/24"}, mapping=f"times: {{date_order: {order}}}\n")
        assert list(table["date"]) == [pd.Timestamp(date)]


def test_simulated_days_have_numbers(reader: Reader) -> None:
    table, report = reader({"date": "12"}, {"date": "3", "no": "2"}, mapping="times: {day_numbers: true}\n")
    assert list(table["replication"]) == [3, 12]
    assert table["date"].isna().all()
    assert (report.days, report.first_date) == (2, "")
    assert "2 visits on 2 days\n" in report.table()


def test_excels_number_of_a_date_is_no_simulated_day(reader: Reader) -> None:
    numbers = "times: {day_numbers: true}\n"
    table, _ = reader({"date": "45356"}, {"date": "240305", "no": "2"}, mapping=numbers)
    assert list(table["date"]) == [pd.Timestamp("2024-03-05")] * 2
    with pytest.raises(LogError, match="dates in some rows and numbers of simulated days in others"):
        reader({"date": "45356"}, {"date": "7"}, mapping=numbers)


def test_times_that_cannot_be_read_are_told_as_such_where_the_date_would_be_in_them(reader: Reader) -> None:
    times = {"ticket": "5/3/24 9:00", "call": "5/3/24 9:10", "start": "", "end": "5/3/24 9:20"}
    with pytest.raises(LogError, match=r"bad_time 1, first in row 2: ticket = 5/3/24 9:00.* times: date_order"):
        reader(times, without="date")
    with pytest.raises(LogError, match=r"ticket = 5/3/24 9:00\); .* times: date_order"):
        reader(times, without="date", mapping="private: [phone]\n")


def test_rows_are_dropped_and_kept_by_the_value_of_any_column(reader: Reader) -> None:
    rows = [GOOD, {"no": "2", "kind": "Test "}, {"no": "3", "kind": "ｔｅｓｔ"}, {"no": "4", "kind": "real"}]
    drop = "rows: {drop: [{names: kind, values: [test]}]}\n"
    table, report = reader(*rows, mapping=drop)
    assert rules(report) == {"not_wanted": 2}
    assert list(table["ticket_no"]) == ["1", "4"]
    assert [e.cells for e in report.counts[0].examples] == [{"kind": "Test"}, {"kind": "ｔｅｓｔ"}]
    table, _ = reader(*rows, mapping=drop.replace("drop", "keep").replace("test", '""'))
    assert list(table["ticket_no"]) == ["1"]


def test_what_the_mapping_needs_must_be_there(reader: Reader) -> None:
    _, report = reader(GOOD, {"no": "2", "desk": ""}, {"no": ""}, mapping="rows: {need: [counter, ticket_no]}\n")
    assert rules(report) == {"no_counter": 1, "missing_value": 1}


def test_a_service_of_hours_is_kept_and_reported(reader: Reader) -> None:
    _, report = reader(GOOD, {"no": "2", "end": "12:11:01"}, mapping="rows: {forgotten_end: 3 h}\n")
    assert rules(report) == {"forgotten_end": 1}
    assert report.clean


def test_a_row_twice_is_one(reader: Reader) -> None:
    table, report = reader(GOOD, {"no": "2"}, GOOD, GOOD)
    assert rules(report) == {"duplicate": 2}
    assert [(e.row, e.cells) for e in report.counts[0].examples] == [(4, {"no": "1"}), (5, {"no": "1"})]
    assert len(table) == 2


def test_what_is_reported_of_a_row_twice_is_counted_once(reader: Reader) -> None:
    early = {"start": "9:09:59"}
    _, report = reader(early, early, {"no": "2"})
    assert rules(report) == {"duplicate": 1, "start_before_call": 1}


def test_customers_without_numbers_may_look_the_same(reader: Reader) -> None:
    table, report = reader({"no": ""}, {"no": ""})
    assert report.counts == ()
    assert len(table) == report.visits == 2


def test_legs_under_one_number_are_one_visit(reader: Reader) -> None:
    second = {"ticket": "9:20", "call": "9:30", "start": "9:30", "end": "9:35", "desk": "B"}
    table, report = reader({"no": "7", "ticket": "9:05"}, second, GOOD)
    assert report.visits == 2
    names = ["visit", "step", "ticket_no", "counter", "outcome", "visit_outcome"]
    assert table[names].astype("object").where(table[names].notna(), None).to_numpy().tolist() == [
        [0, 0, "1", "A", "transferred", None],
        [0, 1, "1", "B", "served", "served"],
        [1, 0, "7", "A", "served", "served"],
    ]
    assert minutes(table, "t_arrive", "t_ticket") == [(540, 540), (540, 560), (545, 545)]


def test_the_same_number_on_another_day_or_in_another_hall_is_another_visit(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING.replace("hall: North\n", "").replace("  counter: desk", "  hall: desk"))
    header = ",".join(ROW)
    rows = [ROW, ROW | {"date": "2024-03-06"}, ROW | {"desk": "B"}]
    (tmp_path / "log.csv").write_text("\n".join([header, *(",".join(r.values()) for r in rows)]), encoding="utf-8")
    table, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")
    assert (report.visits, report.days) == (3, 2)
    assert table[["hall", "visit"]].to_numpy().tolist() == [["A", 0], ["B", 0], ["A", 0]]


def test_who_stood_ahead_is_counted(reader: Reader) -> None:
    rows = [
        {"no": "1", "ticket": "9:00", "call": "9:00", "start": "9:00", "end": "9:20"},
        {"no": "2", "ticket": "9:00", "call": "9:20", "start": "9:20", "end": "9:30"},
        {"no": "3", "ticket": "9:05", "call": "", "start": "", "end": "9:10", "outcome": "reneged"},
        {"no": "4", "ticket": "9:09", "call": "9:30", "start": "9:30", "end": "9:40"},
        {"no": "5", "ticket": "9:10", "call": "9:40", "start": "9:40", "end": "9:50"},
        {"no": "6", "ticket": "9:20", "call": "9:50", "start": "9:50", "end": "9:55"},
    ]
    assert list(reader(*rows)[0]["ahead_at_ticket"]) == [0, 0, 1, 2, 2, 2]


def test_values_are_translated_and_others_dropped(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        MAPPING.replace("counter: desk", "counter: {names: desk, values: {a: Counter A, b: }}"), encoding="utf-8"
    )
    rows = [ROW, ROW | {"no": "2", "desk": "B"}, ROW | {"no": "3", "desk": "C"}, ROW | {"no": "4", "desk": ""}]
    lines = [",".join(ROW), *(",".join(row.values()) for row in rows)]
    (tmp_path / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    table, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")
    assert rules(report) == {"unknown_value": 1}
    assert list(table["counter"].fillna("-")) == ["Counter A", "-", "-"]


def test_spellings_are_mended_and_reported(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        MAPPING.replace("counter: desk", "counter: {names: desk, rename: {COUNTER1: A}, missing: [none*]}"),
        encoding="utf-8",
    )
    rows = [ROW, ROW | {"no": "2", "desk": "counter1"}, ROW | {"no": "3", "desk": "NONE-3"}]
    lines = [",".join(ROW), *(",".join(row.values()) for row in rows)]
    (tmp_path / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    table, report = logs.read(tmp_path / "m.yaml", tmp_path / "log.csv")
    assert rules(report) == {"renamed": 1}
    assert list(table["counter"].fillna("-")) == ["A", "A", "-"]


def test_several_files_are_one_log(reader: Reader, tmp_path: Path) -> None:
    reader(GOOD)
    (tmp_path / "more.csv").write_text(
        (tmp_path / "log.csv").read_text(encoding="utf-8").replace(",1,", ",2,").replace("A,", "A,x"), encoding="utf-8"
    )
    (tmp_path / "third.csv").write_text(
        (tmp_path / "log.csv").read_text(encoding="utf-8").replace("03-05", "03-04"), encoding="utf-8"
    )
    table, report = logs.read(tmp_path / "m.yaml", [tmp_path / n for n in ("log.csv", "more.csv", "third.csv")])
    assert [(f.name, f.rows, f.encoding, f.header_row) for f in report.files] == [
        ("log.csv", 1, "utf-8", 1), ("more.csv", 1, "utf-8", 1), ("third.csv", 1, "utf-8", 1)
    ]  # fmt: skip
    assert rules(report) == {"unknown_value": 1}
    assert "more.csv:2: outcome = xserved" in report.table()
    assert list(table["date"].dt.day) == [4, 5]


def test_no_file_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="no log is named"):
        logs.read("clinic_tickets", [])


def test_strict_refuses_a_drop_and_a_repair_and_has_the_report(reader: Reader) -> None:
    with pytest.raises(logs.NotCleanError) as caught:
        reader(GOOD, {"end": ""}, strict=True)
    assert rules(caught.value.report) == {"missing_time": 1}
    message = "not clean: 1 of 2 rows dropped, 0 repairs, first rule missing_time (1); nothing was written"
    assert str(caught.value) == message
    with pytest.raises(logs.NotCleanError, match="0 of 1 rows dropped, 1 repairs"):
        reader({"start": ""}, strict=True)
    reader({"start": "9:09:59"}, strict=True)


def test_strict_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(logs.NotCleanError):
        logs.convert("clinic_tickets", EXAMPLES / "clinic.csv", tmp_path / "out.parquet", strict=True)
    assert list(tmp_path.iterdir()) == []
    logs.convert("synthetic_mm4", EXAMPLES / "mm4.csv", tmp_path / "out.parquet", strict=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.parquet", "out.parquet.cleaning.json"]


@pytest.mark.parametrize("suffix", visits.SUFFIXES)
def test_in_small_pieces_the_same_file_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    whole, whole_report = logs.read("anonymousbank", EXAMPLES / "bank.txt.gz")
    monkeypatch.setattr(text_source, "CHUNK_ROWS", 37)
    monkeypatch.setattr(source, "CHUNK_ROWS", 37)
    monkeypatch.setattr(runs, "BATCH_ROWS", 50)
    told: list[tuple[str, int, int]] = []
    report = logs.convert(
        "anonymousbank", EXAMPLES / "bank.txt.gz", tmp_path / f"out{suffix}", progress=lambda *args: told.append(args)
    )
    assert report == whole_report
    pd.testing.assert_frame_equal(visits.load(tmp_path / f"out{suffix}"), whole)
    assert {what for what, _, _ in told} == {"found", "read", "written"}
    assert told[-1] == ("written", len(whole), len(whole))
    assert json.loads((tmp_path / f"out{suffix}.cleaning.json").read_text(encoding="utf-8"))["rows_kept"] == len(whole)


def test_rows_read_are_rows_kept_and_dropped_or_nothing_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing.Tally, "rows_dropped", 0)
    with pytest.raises(AssertionError, match="346 rows read, 346 not dropped, 308 written"):
        logs.convert("clinic_tickets", EXAMPLES / "clinic.csv", tmp_path / "out.csv")


def test_the_report_is_printed_in_both_languages() -> None:
    _, report = logs.read("clinic_tickets", EXAMPLES / "clinic.csv")
    assert report.table("en").splitlines()[:6] == [
        "Clinic ticket machine: 346 rows read, 308 kept (89.0 %), 38 dropped",
        "192 visits on 5 days, 2019-09-02 to 2019-09-06",
        "staff: names replaced by pseudonyms",
        "",
        "Dropped",
        "         27  not_wanted            a value that the mapping does not want",
    ]
    assert report.table("zh").splitlines()[0] == "门诊取号机：读取 346 行，保留 308 行（89.0%），剔除 38 行"
    with pytest.raises(UsageError, match="'de' is not a language; known: en, zh"):
        report.table("de")
    with pytest.raises(UsageError, match=r"'no_conter' is not a rule of cleaning; .*did you mean no_counter\?"):
        report.count("no_conter")


def test_a_ticket_machines_clock_times_cross_midnight(tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    path.write_text(
        "日期,号码,取号时间,叫号时间,结束时间\n2024/3/5,A1,23:50,23:58,0:10\n2024/3/5,A2,23:55,0:05,0:20\n", "utf-8"
    )
    table, report = logs.read("ticket_machine", path)
    assert rules(report) == {"crosses_midnight": 2}
    assert minutes(table, "t_call_last", "t_end") == [(1438, 1450), (1445, 1460)]
