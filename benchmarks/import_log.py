"""How long a large log takes to import, and how much memory: `python benchmarks/import_log.py [ROWS...]`.

A log of ROWS tickets (default 1,000,000 and 10,000,000) is written as an operator's export with Chinese headers:
forty halls one after the other, a thousand tickets a day in each, times to the second, telephone numbers. It is
then imported by the command line in a process of its own. Peak memory is that of the process; what it reads and
writes goes through the page cache. Needs some 2.5 GB of disk for ten million rows, in the folder for temporary
files; works where `os.wait4` exists.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
HEADER = "营业厅,日期,排队号,手机号,业务类型,取号时间,叫号时间,办结时间,台席,办理人员,结果\n"
HALLS, PER_DAY = 40, 1000


def write_log(path: Path, rows: int) -> None:
    """Write a log of so many tickets; one in a thousand rows is damaged."""
    rng = np.random.default_rng(1)
    days = -(-rows // (HALLS * PER_DAY))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        done = 0
        for hall in range(HALLS):
            for day in range(days):
                n = min(PER_DAY, rows - done)
                ticket = np.sort(rng.integers(9 * 3600, 17 * 3600, n))
                call = ticket + rng.integers(0, 1800, n)
                end = call + rng.integers(30, 900, n)
                phone = 13_000_000_000 + rng.integers(0, 10**9, n)
                date = np.datetime64("2020-01-01") + day
                lines = [
                    f"{hall + 1}号厅,{date},A{i + 1:04d},{p},业务{i % 9},{clock(t)},{clock(c)},{clock(e)},"
                    f"{i % 12 + 1}号台席,员工{i % 30},已办结\n"
                    for i, (p, t, c, e) in enumerate(zip(phone, ticket, call, end, strict=True))
                ]
                if n:
                    lines[n // 2] = lines[n // 2].replace(":", "x", 1)
                file.writelines(lines)
                done += n


def clock(t: int) -> str:
    """Return seconds since midnight as a clock shows them."""
    return f"{t // 3600}:{t // 60 % 60:02d}:{t % 60:02d}"


def measured(path: Path, out: Path) -> tuple[float, float, float, dict[str, object]]:
    """Import a log; return seconds, seconds of the processor, peak megabytes, and the report."""
    arguments = ["import-log", str(path), "--mapping", "ticket_machine", "--out", str(out), "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "hallsim", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"import ended with {status}")
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    seconds = time.perf_counter() - start
    return seconds, usage.ru_utime + usage.ru_stime, peak, json.loads(printed)


def main() -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[1_000_000, 10_000_000])
    print(f"{'rows':>12}{'log, MB':>10}{'out, MB':>10}{'seconds':>10}{'CPU, s':>10}{'peak, MB':>10}")
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory(prefix="hallsim-bench-") as folder:
            log, out = Path(folder) / "log.csv", Path(folder) / "visits.parquet"
            write_log(log, rows)
            seconds, processor, peak, report = measured(log, out)
            sizes = f"{log.stat().st_size / 1e6:>10.0f}{out.stat().st_size / 1e6:>10.0f}"
            assert report["rows_read"] == rows
            print(f"{rows:>12,}{sizes}{seconds:>10.1f}{processor:>10.1f}{peak:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
