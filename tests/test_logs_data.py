"""The shipped mappings on public logs of real halls, which are not part of the checkout."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim import logs
from hallsim.logs import CleaningReport

MONTHS = {"february": (33_344, 0, 278), "may": (39_553, 0, 418), "july": (39_016, 6, 378)}
"""Rows with 17 fields and a known type, other rows, and PHANTOM rows among the former."""


@functools.cache
def bank(folder: Path, month: str) -> tuple[pd.DataFrame, CleaningReport]:
    return logs.read("anonymousbank", folder / "anonymousbank" / f"{month}.txt.gz")


@functools.cache
def clinic(folder: Path) -> tuple[pd.DataFrame, CleaningReport]:
    (path,) = (folder / "clinic_tickets").glob("*.csv")
    return logs.read("clinic_tickets", path)


@functools.cache
def mm4(folder: Path) -> tuple[pd.DataFrame, CleaningReport]:
    (path,) = (folder / "synthetic_mm4").glob("*.csv.gz")
    return logs.read("synthetic_mm4", path)


def seconds(values: pd.Series) -> pd.Series:
    return values.dropna().astype("float64") / 1e6


@pytest.mark.parametrize("month", MONTHS)
def test_calls_of_the_bank_are_kept_and_dropped_as_counted_before(data_folder: Path, month: str) -> None:
    table, report = bank(data_folder, month)
    known, others, phantoms = MONTHS[month]
    assert report.count("field_count") + report.count("unknown_value") == others
    assert report.rows_read - others == known
    assert report.count("not_wanted") == phantoms
    assert len(table) == report.visits == known - phantoms
    assert report.private == ("customer_id",)


def test_who_joined_the_banks_line_waited_as_counted_before(data_folder: Path) -> None:
    found = []
    for month in MONTHS:
        table, _ = bank(data_folder, month)
        working = table["date"].dt.day_of_week.isin([6, 0, 1, 2, 3])
        joined = table[working & (table["t_ticket"] >= 7 * 3_600_000_000)]
        wait = seconds(joined["t_call_last"].fillna(joined["t_end"]) - joined["t_ticket"])
        gave_up = (joined["outcome"] == "reneged").mean()
        days = joined["date"].nunique()
        found.append((len(joined), f"{wait.mean():.1f}", f"{(wait > 5).mean():.3f}", f"{gave_up:.4f}", days))
    assert found == [
        (28_642, "45.8", "0.576", "0.1312", 20),
        (34_902, "69.3", "0.693", "0.1955", 22),
        (33_208, "80.1", "0.729", "0.1947", 21),
    ]


def test_the_banks_services_are_as_counted_before(data_folder: Path) -> None:
    table = pd.concat([bank(data_folder, month)[0] for month in MONTHS], ignore_index=True)
    served = table[table["outcome"] == "served"]
    length = seconds(served["t_end"] - served["t_start"])
    line = served.loc[length.index, "line"]
    line, length = line[length > 0], length[length > 0]
    assert len(length) == 86_376
    figures = {"all": length} | {kind: length[(line == kind).to_numpy(dtype=bool)] for kind in ("PS", "NW", "IN", "NE")}
    assert {k: f"{v.mean():.1f}/{v.std():.1f}/{v.median():.0f}" for k, v in figures.items()} == {
        "all": "187.5/263.4/113",
        "PS": "188.7/232.3/120",
        "NW": "114.6/157.0/64",
        "IN": "320.0/965.1/144",
        "NE": "277.0/334.4/175",
    }
    assert f"{100 * (length < 10).mean():.2f}" == "6.84"


def test_the_banks_queue_and_service_times_are_those_of_its_own_columns(data_folder: Path) -> None:
    import gzip

    lines = gzip.decompress((data_folder / "anonymousbank" / "february.txt.gz").read_bytes()).decode().splitlines()
    raw = [line.split("\t") for line in lines[1:]]
    queued = sum(int(row[11]) for row in raw if row[12] in ("AGENT", "HANG"))
    served = sum(int(row[15]) for row in raw if row[12] == "AGENT")
    table, _ = bank(data_folder, "february")
    assert seconds(table["t_call_last"].fillna(table["t_end"]) - table["t_ticket"]).sum() == queued
    assert seconds(table["t_end"] - table["t_start"]).sum() == served


def test_legs_of_the_clinic_are_as_counted_before(data_folder: Path) -> None:
    table, report = clinic(data_folder)
    assert (report.rows_read, report.rows_kept, report.days) == (976, 829, 13)
    assert report.count("not_wanted") == 109
    wait = seconds(table["t_call_last"] - table["t_ticket"]) / 60
    points = np.quantile(wait, [0.5, 0.75, 0.9, 0.95])
    assert [wait.mean(), *points] == pytest.approx([36.1, 30.2, 53.6, 84.3, 95.6], abs=0.0501)


def test_every_simulated_call_is_kept_as_it_is(data_folder: Path) -> None:
    _, report = mm4(data_folder)
    assert report.rows_kept == 20_947
    assert report.counts == ()
