"""There and back: simulated days in the queue machine's own schema are read back to the same visits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hallsim import logs, ticket_machine
from hallsim.experiment import replicate
from hallsim.scenario import load
from hallsim.visits import build
from tests.random_halls import random_hall

ROOT = Path(__file__).resolve().parent.parent
CARRIED = [*ticket_machine.COLUMNS, "replication", "t_wrap_end"]
TIMES = ["t_ticket", "t_call_last", "t_start", "t_end", "t_wrap_end"]


def tickets(table: pd.DataFrame) -> pd.DataFrame:
    """Return the tickets of a table in an order of their own; steps with the same ticket by the time of joining."""
    table = table[table["ticket_no"].notna()]
    order = ["replication", "date", "station", "ticket_class", "ticket_no", "t_ticket", "t_end"]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def simulated(scenario: object, days: int, date: str | None) -> pd.DataFrame:
    hall = load(scenario)  # type: ignore[arg-type]
    logged = list(replicate(hall, days, 3, "batch"))
    dates = pd.date_range(date, periods=days).date if date else [None] * days
    tables = [build(hall, day, None if date else i, at) for i, (day, at) in enumerate(zip(logged, dates, strict=True))]
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("name", ["standard_hall", "s2_hall", "flagship_hall"])
@pytest.mark.parametrize(
    ("lang", "encoding", "seconds", "date"),
    [("zh", "gb18030", False, None), ("en", "utf-8", False, "2024-02-28"), ("zh", "utf-8-sig", True, "2024-12-31")],
)
def test_days_of_a_hall_come_back(
    tmp_path: Path, name: str, lang: str, encoding: str, seconds: bool, date: str | None
) -> None:
    table = simulated(ROOT / "scenarios" / f"{name}.yaml", 2, date)
    ticket_machine.export_csv(table, tmp_path / "day.csv", lang, encoding, seconds=seconds)
    found, report = logs.read("ticket_machine", tmp_path / "day.csv")
    expected = tickets(table)
    if seconds:
        expected[TIMES] = expected[TIMES] // 1_000_000 * 1_000_000
    assert report.count("duplicate") == report.rows_dropped == 0
    pd.testing.assert_frame_equal(tickets(found)[CARRIED], expected[CARRIED])
    assert report.visits == len(found)
    assert (found["t_arrive"] == found["t_ticket"]).all()
    if not seconds:
        both = tickets(found)["ahead_at_ticket"], expected["ahead_at_ticket"]
        pd.testing.assert_series_equal(*both)


def test_days_of_random_halls_come_back(tmp_path: Path) -> None:
    outcomes: set[str] = set()
    for seed in range(40):
        hall = random_hall(seed)
        table = simulated(hall, 1, "2024-03-05")
        if not table["ticket_no"].notna().any():
            continue
        ticket_machine.export_csv(table, tmp_path / "day.csv", "en", "utf-8")
        found, report = logs.read("ticket_machine", tmp_path / "day.csv")
        expected = tickets(table)
        # the machine does not see the work that a customer leaves
        expected["t_wrap_end"] = expected["t_end"].where(expected["t_wrap_end"].notna())
        assert report.rows_dropped == 0, (seed, report.table())
        # a log takes who is served and comes again with the same ticket for one who was sent on with it
        again = expected.duplicated(["replication", "date", "station", "ticket_class", "ticket_no"], keep="last")
        expected.loc[again & (expected["outcome"] == "served"), "outcome"] = "transferred"
        pd.testing.assert_frame_equal(tickets(found)[CARRIED], expected[CARRIED], obj=f"hall {seed}")
        outcomes |= set(expected["outcome"].dropna())
    still = {"no_show", "skipped", "transferred", "declined"}
    assert outcomes == {"served", "failed", "reneged", "closed_out", "interrupted", "moved"} | still
