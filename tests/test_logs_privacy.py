"""What identifies a customer never comes out of a log: not in visits, reports, messages or files."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path

import pytest

from hallsim import logs
from hallsim.cli import exit_code
from hallsim.errors import LogError
from hallsim.logs.report import shown

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
Capture = pytest.CaptureFixture[str]

VENDOR = (EXAMPLES / "hall_vendor.csv").read_text(encoding="utf-8-sig").splitlines()
BANK = gzip.decompress((EXAMPLES / "bank.txt.gz").read_bytes()).decode().splitlines()
PHONES = {line.split(",")[1] for line in VENDOR[2:]}
CUSTOMERS = {line.split("\t")[2] for line in BANK[1:]}


def everything(mapping: str, path: Path) -> str:
    """Return all that a log leads to, as one text: visits, report, JSON; or the message."""
    try:
        table, report = logs.read(mapping, path)
    except LogError as problem:
        return str(problem)
    parts = [table.to_csv(), report.table("en"), report.table("zh"), json.dumps(report.to_json(), ensure_ascii=False)]
    return "\n".join(parts)


def leaked(text: str, secrets: set[str]) -> set[str]:
    """Return the long numbers of a text that are secrets."""
    return set(re.findall(r"\d{8,}", text)) & secrets


def test_private_columns_are_named_and_their_cells_are_nowhere() -> None:
    assert len(PHONES) > 200
    assert len(CUSTOMERS) > 400
    for name, mapping, secrets in (
        ("hall_vendor.csv", "ticket_machine", PHONES),
        ("bank.txt.gz", "anonymousbank", CUSTOMERS),
    ):
        assert leaked(everything(mapping, EXAMPLES / name), secrets) == set()
    assert "隐私列，未读取：手机号" in everything("ticket_machine", EXAMPLES / "hall_vendor.csv")
    assert "private columns, not read: customer_id" in everything("anonymousbank", EXAMPLES / "bank.txt.gz")


def shifted(lines: list[str], separator: str, first: int, rng: random.Random) -> list[str]:
    """Return rows in which cells are missing, doubled, swapped or glued to their neighbours."""
    lines = list(lines)
    for i in range(first, len(lines)):
        cells = lines[i].split(separator)
        at = rng.randrange(min(5, len(cells) - 1))
        kind = rng.randrange(5)
        if kind == 0:
            del cells[at]
        elif kind == 1:
            cells.insert(at, cells[at])
        elif kind == 2:
            cells[at], cells[at + 1] = cells[at + 1], cells[at]
        elif kind == 3:
            cells[at : at + 2] = [cells[at] + " " + cells[at + 1], ""]
        elif kind == 4:
            cells = [*cells[:at], *cells[at + 1 :], ""]
        lines[i] = separator.join(cells)
    return lines


@pytest.mark.parametrize("seed", range(8))
def test_shifted_rows_of_a_call_log_show_no_customer(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "bank.txt"
    path.write_text("\n".join(shifted(BANK, "\t", 1, random.Random(seed))), encoding="utf-8")
    assert leaked(everything("anonymousbank", path), CUSTOMERS) == set()


@pytest.mark.parametrize("seed", range(8))
def test_shifted_rows_of_a_ticket_log_show_no_telephone(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    lines = shifted(VENDOR, ",", 2, random.Random(seed))
    path.write_text("\n".join(lines), encoding="utf-8")
    assert leaked(everything("ticket_machine", path), PHONES) == set()


def test_a_log_without_a_header_does_not_show_its_first_row(tmp_path: Path) -> None:
    for lines, mapping, secrets in ((BANK, "anonymousbank", CUSTOMERS), (VENDOR[1:], "ticket_machine", PHONES)):
        path = tmp_path / "log.csv"
        path.write_text("\n".join(lines[1:]), encoding="utf-8")
        message = everything(mapping, path)
        assert leaked(message, secrets) == set()
        assert "no header" in message


def test_a_long_number_in_a_text_is_left_out_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    path.write_text("\n".join(VENDOR).replace("业务1,2024/3/4 9:00", "13911112222,2024/3/4 9:00"), encoding="utf-8")
    table, report = logs.read("ticket_machine", path)
    assert report.count("long_number") == 1
    assert report.counts[1].examples[0].cells == {"业务类型": "*****"}
    assert table["transaction"].isna().sum() == 1


def test_nothing_private_is_printed_or_written(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "hall.csv"
    path.write_text("\n".join(shifted(VENDOR, ",", 60, random.Random(1))), encoding="utf-8")
    arguments = [
        "import-log",
        str(path),
        "--mapping",
        "ticket_machine",
        "--out",
        str(tmp_path / "visits.csv"),
        "--json",
    ]
    assert exit_code(arguments) == 0
    printed = "".join(capsys.readouterr())
    written = (tmp_path / "visits.csv.cleaning.json").read_text(encoding="utf-8")
    assert leaked(printed + written, PHONES) == set()


def test_staff_become_pseudonyms_the_same_throughout_a_log() -> None:
    table, report = logs.read("anonymousbank", EXAMPLES / "bank.txt.gz")
    assert report.staff == "pseudonyms"
    assert table["staff"].nunique() == 2
    assert table["staff"].dropna().str.fullmatch(r"S-[0-9a-f]{10}").all()
    assert not {"ADA", "BEA"} & set(re.findall(r"\w+", everything("anonymousbank", EXAMPLES / "bank.txt.gz")))


def test_staff_keep_their_names_if_asked() -> None:
    table, report = logs.read("anonymousbank", EXAMPLES / "bank.txt.gz", keep_staff=True)
    assert set(table["staff"].dropna()) == {"ADA", "BEA"}
    assert report.staff == "kept"


def test_pseudonyms_change_with_the_log_unless_a_key_is_given(tmp_path: Path) -> None:
    other = tmp_path / "bank.txt"
    other.write_text("\n".join(BANK[:-1]) + "\n", encoding="utf-8")

    def staff(path: Path, key: str) -> set[str]:
        return set(logs.read("anonymousbank", path, staff_key=key)[0]["staff"].dropna())

    whole = EXAMPLES / "bank.txt.gz"
    assert staff(whole, "") == staff(whole, "")
    assert not staff(whole, "") & staff(other, "")
    assert staff(whole, "key") == staff(other, "key")
    assert not staff(whole, "key") & staff(whole, "another")


def test_who_is_not_staff_gets_no_pseudonym() -> None:
    table, _ = logs.read("anonymousbank", EXAMPLES / "bank.txt.gz")
    assert table.loc[table["outcome"] != "served", "staff"].isna().all()


@pytest.mark.parametrize(
    ("text", "moment", "seen"),
    [
        ("13912345678", False, "*****"),
        ("139 1234 5678", False, "*****"),
        ("139-1234-5678", True, "*****"),
        ("C-998877", False, "C-*****"),
        ("20241345", True, "20241345"),
        ("20241345", False, "*****"),
        ("25:61:00", True, "25:61:00"),
        ("2024-02-30 9:03", True, "2024-02-30 9:03"),
        ("Counter 12", False, "Counter 12"),
        ("two\nlines", False, "two lines"),
        ("x" * 50, False, "x" * 39 + "…"),
    ],
)
def test_cells_are_shown_without_long_numbers(text: str, moment: bool, seen: str) -> None:
    assert shown(text, moment) == seen


@pytest.mark.parametrize("cell", ["王小明", "Ada King", "上午 王小明", "13912345678", "139 1234-5678 王小明"])
def test_what_stands_where_a_time_belongs_is_not_shown_if_it_may_be_a_customer(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    good = "A1,2024-03-05 09:00,2024-03-05 09:01,2024-03-05 09:05,x,x"
    path.write_text(
        f"号码,取号时间,叫号时间,结束时间,姓名,手机号\n{good}\nA2,2024-03-05 09:00,{cell},2024-03-05 09:05,,\n", "utf-8"
    )
    found = everything("ticket_machine", path)
    assert "bad_time" in found
    assert not re.search("小明|Ada|King|1391|5678", found)


@pytest.mark.parametrize("cell", ["13912345678", "+86 139 1234 5678", "A7 139-1234-5678", "11010119900307123X"])
@pytest.mark.parametrize("column", ["号码", "窗口", "柜员"])
def test_a_telephone_is_not_a_ticket_nor_a_counter_nor_a_name(column: str, cell: str, tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    row = {"号码": "A1", "窗口": "1", "柜员": "Lin"} | {column: cell}
    path.write_text(
        f"{','.join(row)},取号时间,叫号时间,结束时间,手机号\n{','.join(row.values())},"
        "2024-03-05 09:00,2024-03-05 09:01,2024-03-05 09:05,\n",
        "utf-8",
    )
    table, report = logs.read("ticket_machine", path, keep_staff=True)
    assert report.count("long_number") == 1
    assert not re.search("1391|5678|123X", table.to_csv() + report.table("zh"))


def test_a_long_number_of_a_ticket_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    path.write_text(
        "号码,取号时间,叫号时间,结束时间,手机号\n202403050001,2024-03-05 09:00,2024-03-05 09:01,2024-03-05 09:05,\n",
        "utf-8",
    )
    table, _ = logs.read("ticket_machine", path)
    assert list(table["ticket_no"]) == ["202403050001"]
