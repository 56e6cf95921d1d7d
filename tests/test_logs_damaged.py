"""Damaged logs: one fact each, and what hallsim says of it; and a thousand logs damaged at random."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import random
from pathlib import Path

import pytest

from hallsim import logs
from hallsim.errors import LogError

DAMAGED = Path(__file__).resolve().parent / "damaged_logs"
EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"

CLINIC_HEADER = "QDate, Queue No, index, Svc, Counter, UserID, QTime, {}, End, WT, ST, Valid, Remark"
NO_QUOTES = "without quotes the mapping says read: quotes: false"
MESSAGES = {
    "archive.zip": " is a zip archive without a workbook; unpack it first",
    "binary.csv": ":3 is binary (byte 0x00), not a table in text, Excel or Parquet",
    "blank_lines.csv": " holds nothing but empty lines",
    "column_twice.csv": ":1 two columns are called 'Start'",
    "cut_off.csv.gz": ":3 the gzip file breaks off here; it was not copied whole",
    "dates_of_two_meanings.csv": " not one of 3 rows can be used (bad_date 3, first in row 2: QDate = 2/9/19); "
    "for dates such as 5/3/24 the mapping says times: date_order",
    "empty.csv": " is empty",
    "header_only.csv": ":1 holds a header and no rows",
    "impossible_dates.csv": " not one of 3 rows can be used (bad_date 3, first in row 2: QDate = 31-Sep-19)",
    "latin_1.csv": ":2 byte 0xe9 is neither UTF-8 nor GB18030; the mapping can say read: encoding",
    "missing_column.csv": ":1 no column for t_start: 'Start' (did you mean Strat?); the header has "
    + CLINIC_HEADER.format("Strat"),
    "no_header.csv": ":1 no header with the columns of mapping ticket_machine (such as 'hall') in the first rows; "
    "this one has 6 fields",
    "not_text.csv": ":1 byte 0x80 is neither UTF-8 nor GB18030; the mapping can say read: encoding",
    "open_quote.csv": f':3 a quote (") opened here is never closed; {NO_QUOTES}',
    "other_sheet.xlsx": " 'Marhc' is not a sheet of this workbook; known: March (did you mean March?)",
    "separator.csv": ":1 0 of the mapping's columns with comma between the fields, but 10 with semicolon; the mapping "
    "can say read: separator: semicolon",
    "two_encodings.csv": ":3 row 1 is UTF-8 and row 3 is not; save the file in one encoding",
    "web_page.xls": " is a web page or XML, not a table; save it as .xlsx or .csv first",
}
BY_THE_LIBRARY = {
    "broken.parquet": " cannot be read as Parquet: ",
    "broken_workbook.xlsx": " cannot be read as an Excel workbook: ",
}
ROWS_DROPPED = {
    "header_twice.csv": ("repeated_header", 3, {}),
    "short_rows.csv": ("field_count", 3, {"fields": "10, not 13"}),
}
MAPPING = {"two_encodings.csv": "ticket_machine", "no_header.csv": "ticket_machine", "other_sheet.xlsx": "sheet.yaml"}


def mapping_of(name: str) -> str:
    mapping = MAPPING.get(name, "clinic_tickets")
    return str(DAMAGED / mapping) if mapping.endswith(".yaml") else mapping


def test_every_damaged_log_has_its_message() -> None:
    known = {*MESSAGES, *BY_THE_LIBRARY, *ROWS_DROPPED}
    assert {p.name for p in DAMAGED.iterdir() if p.suffix != ".yaml"} == known


@pytest.mark.parametrize("name", MESSAGES)
def test_a_log_that_cannot_be_read_ends_in_one_message(name: str) -> None:
    with pytest.raises(LogError) as caught:
        logs.read(mapping_of(name), DAMAGED / name)
    assert str(caught.value) == f"{DAMAGED / name}{MESSAGES[name]}"


@pytest.mark.parametrize("name", BY_THE_LIBRARY)
def test_what_a_library_refuses_ends_in_a_message_of_ours(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LogError) as caught:
        logs.read(mapping_of(name), DAMAGED / name)
    assert str(caught.value).startswith(f"{DAMAGED / name}{BY_THE_LIBRARY[name]}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ROWS_DROPPED)
def test_a_damaged_row_is_dropped_and_the_rest_is_read(name: str) -> None:
    rule, row, cells = ROWS_DROPPED[name]
    table, report = logs.read(mapping_of(name), DAMAGED / name)
    (count,) = report.counts
    assert (count.rule, count.count, count.examples[0].row, count.examples[0].cells) == (rule, 1, row, cells)
    assert len(table) == report.rows_read - 1


def test_a_missing_file_and_a_folder_are_no_logs(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"none\.csv no such file$"):
        logs.read("clinic_tickets", tmp_path / "none.csv")
    with pytest.raises(LogError, match=r"is a folder, not a log$"):
        logs.read("clinic_tickets", tmp_path)


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"QDate,Queue No\n" + b"x" * 1_100_000)
    with pytest.raises(LogError, match=r"a\.csv:2 a line of more than 1048576 characters is no row of a log$"):
        logs.read("clinic_tickets", path)


def test_nothing_is_written_of_a_log_that_breaks_off_in_the_middle(tmp_path: Path) -> None:
    data = (EXAMPLES / "bank.txt.gz").read_bytes()
    (tmp_path / "log.txt.gz").write_bytes(data[: len(data) // 2])
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(LogError, match=r"log\.txt\.gz:\d+ the gzip file breaks off here"):
        logs.convert("anonymousbank", tmp_path / "log.txt.gz", out / "visits.parquet")
    assert list(out.iterdir()) == []


# --- logs damaged at random ---------------------------------------------------------------------------------

LINES = ("delete_line", "double_line", "swap_lines", "cut_line", "glue_lines")
BYTES = ("flip", "insert", "delete", "cut_off", "repeat")
SIGNS = (b",", b"\t", b'"', b"\n", b"\r", b";", b"\0", b"\xff", b"\xef\xbb\xbf", b"-", b":", b"99", "号".encode())


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return a text with one to five things wrong."""
    for _ in range(rng.randint(1, 5)):
        kind = rng.choice(LINES + BYTES)
        lines = data.split(b"\n")
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        at = rng.randrange(max(len(data), 1))
        if kind == "delete_line":
            del lines[i]
        elif kind == "double_line":
            lines.insert(j, lines[i])
        elif kind == "swap_lines":
            lines[i], lines[j] = lines[j], lines[i]
        elif kind == "cut_line":
            lines[i] = lines[i][: rng.randrange(len(lines[i]) + 1)]
        elif kind == "glue_lines":
            lines[i : i + 2] = [b"".join(lines[i : i + 2])]
        if kind in LINES:
            data = b"\n".join(lines)
        elif kind == "flip":
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif kind == "insert":
            data = data[:at] + rng.choice(SIGNS) * rng.randint(1, 3) + data[at:]
        elif kind == "delete":
            data = data[:at] + data[at + rng.randint(1, 40) :]
        elif kind == "cut_off":
            data = data[: rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data
        elif kind == "repeat":
            data = data[:at] + data[at : at + 60] * rng.randint(2, 50) + data[at + 60 :]
    return data


def damaged_file(rng: random.Random, folder: Path) -> tuple[str, Path]:
    """Write a damaged example; return the mapping and the file."""
    name = rng.choice(["clinic.csv", "mm4.csv", "bank.txt.gz", "hall_zh.csv", "hall_en.csv", "hall_vendor.csv"])
    mapping = {"clinic.csv": "clinic_tickets", "mm4.csv": "synthetic_mm4", "bank.txt.gz": "anonymousbank"}
    data = (EXAMPLES / name).read_bytes()
    if name.endswith(".gz"):
        data = damaged(gzip.decompress(data), rng)
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
            file.write(data)
        data = packed.getvalue()
        if rng.random() < 0.3:
            data = damaged(data, rng)
    elif name == "hall_en.csv" and rng.random() < 0.7:
        data = in_another_format(data, rng.choice(["xlsx", "parquet"]), folder, rng)
        data = damaged(data, rng) if rng.random() < 0.4 else data
    else:
        data = damaged(data, rng)
    path = folder / name
    path.write_bytes(data)
    return mapping.get(name, "ticket_machine"), path


ODD_CELLS = (None, "", True, -1, 1.5e300, 45356.4, 0.5, "x", "\u3000", datetime.datetime(1901, 1, 1), datetime.time(9))


def in_another_format(data: bytes, kind: str, folder: Path, rng: random.Random) -> bytes:
    """Return a CSV file as a workbook with some odd cells, or as Parquet with columns of odd types."""
    import pandas as pd
    import xlsxwriter

    path = folder / f"whole.{kind}"
    if kind == "parquet":
        table = pd.read_csv(io.BytesIO(data), parse_dates=["date"], keep_default_na=rng.random() < 0.5)
        name = rng.choice(list(table))
        table[name] = rng.choice(
            [1.5, None, "x", pd.Timestamp("2024-03-05 09:00", tz="Asia/Shanghai"), [[1]] * len(table)]
        )
        table.to_parquet(path)
        return path.read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode())))
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        look = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for i, cells in enumerate(rows):
            sheet.write_row(i, 0, cells)
        for _ in range(rng.randrange(20)):
            i, j, cell = rng.randrange(len(rows)), rng.randrange(len(rows[0]) + 2), rng.choice(ODD_CELLS)
            sheet.write(i, j, cell, look if isinstance(cell, datetime.datetime | datetime.time) else None)
    return path.read_bytes()


def read_damaged(seed: int, folder: Path) -> str:
    """Read a damaged log; return "table" or "refused", and fail on everything else."""
    rng = random.Random(seed)
    mapping, path = damaged_file(rng, folder)
    try:
        table, report = logs.read(mapping, path)
    except LogError as problem:
        message = str(problem)
        assert message.startswith(str(path)), seed
        assert "\n" not in message, seed
        assert len(message) < 3000, seed
        return "refused"
    assert report.rows_read == report.rows_kept + report.rows_dropped, seed
    assert len(table) == report.rows_kept > 0, seed
    assert report.table("zh")
    joined = table[table["t_ticket"].notna()]
    assert (joined["t_call_last"].fillna(joined["t_end"]) >= joined["t_ticket"]).all(), seed
    return "table"


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_a_log_damaged_at_random_ends_in_a_table_or_in_one_message(first: int, tmp_path: Path) -> None:
    ends = [read_damaged(seed, tmp_path) for seed in range(first, first + 20)]
    assert {"table", "refused"} == set(ends)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(60, 1060, 100))
def test_a_thousand_logs_damaged_at_random_end_in_a_table_or_in_one_message(first: int, tmp_path: Path) -> None:
    ends = [read_damaged(seed, tmp_path) for seed in range(first, first + 100)]
    assert {"table", "refused"} == set(ends)
