"""Write example counts: days simulated by hallsim as half-hour summaries with Chinese headers, and as snapshots.

Run from the checkout: `python calibration/make_counts.py [FOLDER]`. The same files come out every time. The hall is
`HALL`: its four counters need 6 minutes for a customer in the mean, whichever file says it.
"""

from __future__ import annotations

import csv
import datetime
import io
import sys
from pathlib import Path

import numpy as np

from hallsim.compiled import ROW_CALL, ROW_END, ROW_JOIN
from hallsim.experiment import replicate
from hallsim.scenario import load

SEED, DAYS = 11, 12
FIRST = datetime.date(2024, 3, 4)
COUNTERS, OPEN, CLOSE = 4, 9 * 60, 17 * 60
HALL = {
    "hall": "示例营业厅",
    "open": "09:00-17:00",
    "arrivals": {"per_hour": [36, 42, 44, 36, 32, 40, 42, 30]},
    "stations": {"counter": {"servers": COUNTERS, "time": "exponential 6 min"}},
}


def main(folder: Path) -> None:
    """Write both files into a folder."""
    days = [log.rows for log in replicate(load(HALL).model, DAYS, seed=SEED)]
    _write(
        folder / "half_hours_zh.csv",
        "日期,时段,取号数,叫号数,过号数,开放窗口数,平均等候分钟",
        _summary(days),
        "gb18030",
    )
    _write(folder / "displays.csv", "hall,queue,date,time,waiting,counters open,last ticket", _snapshots(days), "utf-8")


def _summary(days: list[np.ndarray]) -> list[list[object]]:
    rows: list[list[object]] = []
    for i, day in enumerate(days):
        join, called, date = _minutes(day, ROW_JOIN), _minutes(day, ROW_CALL), FIRST + datetime.timedelta(days=i)
        for at in range(OPEN, int(called.max()) + 1, 30):
            now = (called >= at) & (called < at + 30)
            wait = f"{(called - join)[now].mean():.1f}" if now.any() else ""
            tickets = int(((join >= at) & (join < at + 30)).sum())
            stretch = f"{at // 60}:{at % 60:02d}-{(at + 30) // 60}:{(at + 30) % 60:02d}"
            rows.append([f"{date:%Y/%m/%d}", stretch, tickets, int(now.sum()), 0, COUNTERS, wait])
    return rows


def _snapshots(days: list[np.ndarray]) -> list[list[object]]:
    rows: list[list[object]] = []
    for i, day in enumerate(days):
        join, called, date = _minutes(day, ROW_JOIN), _minutes(day, ROW_CALL), FIRST + datetime.timedelta(days=i)
        for at in range(OPEN - 5, int(_minutes(day, ROW_END).max()) + 5, 5):
            last = int((called <= at).sum())
            number = f"A{last:03d}" if last else ""
            rows.append(
                ["Example", "A", date, f"{at // 60}:{at % 60:02d}", int((join <= at).sum()) - last, COUNTERS, number]
            )
    return rows


def _minutes(day: np.ndarray, column: int) -> np.ndarray:
    return np.sort(day[:, column]) / 60e6


def _write(path: Path, header: str, rows: list[list[object]], encoding: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "counts")
