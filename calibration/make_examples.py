"""Write the example logs: days simulated by hallsim, in the layouts that the shipped mappings read, with the truth.

Run from the checkout: `python calibration/make_examples.py [FOLDER]`. The same files come out every time. Every log
gets the faults that real ones of its kind have, in known numbers; `truth.json` says what was simulated, which rows a
reader has to drop or repair, and what the waits and services were, counted here from what is written and not by
the reader.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hallsim.experiment import replicate
from hallsim.replay.going_on import whole_services
from hallsim.replay.legs import days_of
from hallsim.scenario import Scenario, load
from hallsim.ticket_machine import export_csv
from hallsim.visits import build

SEED = 7
CLINIC = {
    "hall": "Example clinic",
    "open": "08:00-12:00",
    "arrivals": {"per_hour": [14, 12, 8, 4]},
    "stations": {
        "scan": {
            "servers": [{"name": "Scan Room 1"}],
            "time": "lognormal 4 min cv 0.8",
            "then": {"review": "60 %", "leave": "rest"},
        },
        "review": {"servers": [{"name": "Review Room 2"}], "time": "lognormal 5 min cv 0.7"},
    },
}
BANK = {
    "hall": "Example bank",
    "open": "07:00-24:00",
    "arrivals": {"rate": "9/h"},
    "transactions": {"PS": "70 %", "NW": "15 %", "NE": "10 %", "IN": "5 %"},
    "stations": {
        "call_centre": {
            "servers": [{"name": name} for name in ("ADA", "BEA")],
            "time": "lognormal 9 min cv 1.1",
            "patience": "exponential 6 min",
        }
    },
}
MM4 = {
    "hall": "Example call centre",
    "open": "08:00-18:00",
    "arrivals": {"rate": "20/h"},
    "stations": {"call_centre": {"servers": 4, "time": "exponential 299 s"}},
}
CALLS = {
    "hall": "Example hotline",
    "open": "08:00-20:00",
    "arrivals": {"per_hour": [18, 34, 40, 36, 28, 26, 32, 34, 30, 26, 20, 14]},
    "transactions": {"billing": "60 %", "technical": "rest"},
    "stations": {
        "call_centre": {
            "servers": [{"name": f"Agent {i}"} for i in range(1, 5)],
            "time": {"billing": "lognormal 4 min cv 0.8", "technical": "lognormal 7 min cv 0.7"},
            "wrap_up": "gamma 45 s cv 0.5",
            "patience": "exponential 5 min",
        }
    },
}
HALL = {
    "hall": "示例营业厅",
    "open": "09:00-13:00",
    "arrivals": {"per_hour": [26, 34, 30, 18]},
    "segments": {"vip": "15 %", "general": "rest"},
    "tickets": {"V": {"segments": ["vip"], "rank": 0}, "A": {"rank": 1}},
    "stations": {
        "counter": {
            "servers": [{"name": f"{i} 号台席"} for i in (1, 2, 3)],
            "time": "lognormal 6 min cv 0.8",
            "patience": "exponential 25 min",
        }
    },
}
COUNTERS = {
    "hall": "示例营业厅",
    "open": "09:00-13:00",
    "arrivals": {"rate": "34/h"},
    "transactions": {"缴费": "55 %", "换卡": "25 %", "套餐": "20 %"},
    "follow_ons": {
        "share": {"缴费": {"套餐": "20 %"}, "换卡": {"缴费": "25 %"}},
        "then": "counter",
        "same_counter": ["counter"],
    },
    "stations": {
        "counter": {
            "servers": [{"name": f"{i} 号台席"} for i in (1, 2, 3, 4)],
            "time": {"缴费": "lognormal 3 min cv 0.7", "换卡": "lognormal 6 min cv 0.6", "套餐": "gamma 9 min cv 0.5"},
            "patience": "exponential 25 min",
        }
    },
}
AHEAD_S = 95
"""How far the clock of the billing system is ahead of that of the queue machine."""
Truth = dict[str, Any]


def main(folder: Path) -> None:
    """Write all examples and their truth."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = {
        "clinic.csv": clinic(folder / "clinic.csv"),
        "bank.txt.gz": bank(folder / "bank.txt.gz"),
        "calls.csv": calls(folder / "calls.csv"),
        "mm4.csv": mm4(folder / "mm4.csv"),
        "hall_zh.csv": machine(folder / "hall_zh.csv", "zh", "gb18030", seconds=True),
        "hall_en.csv": machine(folder / "hall_en.csv", "en", "utf-8", seconds=False),
        "hall_vendor.csv": vendor(folder / "hall_vendor.csv"),
        **two_systems(folder / "counters.csv", folder / "billing.csv"),
    }
    text = json.dumps(truth, ensure_ascii=False, indent=2) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8", newline="\n")


def simulated(scenario: dict[str, Any], days: int) -> tuple[Scenario, pd.DataFrame]:
    """Return a hall and some of its days; times in seconds, cut as clocks cut them."""
    hall = load(scenario)
    logs = replicate(hall, days, SEED, "batch")
    table = pd.concat([build(hall, log, i) for i, log in enumerate(logs)], ignore_index=True)
    for name in ("t_arrive", "t_ticket", "t_call_last", "t_start", "t_end"):
        table[name] = table[name] // 1_000_000
    return hall, table


def clinic(path: Path) -> Truth:
    """Write a clinic's ticket log: legs under one number, cancelled tickets, legs without a room, a clock astray."""
    _, table = simulated(CLINIC, 5)
    rng = np.random.default_rng(SEED)
    first = datetime.date(2019, 9, 2)
    rows: list[list[Any]] = []
    waits, services = [], []
    cancelled = roomless = astray = 0
    for (day, visit), legs in table.groupby(["replication", "visit"]):
        date = (first + datetime.timedelta(days=int(day))).strftime("%d-%b-%y").lstrip("0")
        number = 1001 + int(visit)
        if rng.random() < 0.12:
            t = legs["t_ticket"].iloc[0]
            rows.append([date, number, 0, "Scan/ Review", "", "", clock(t), clock(t), clock(t), 0, 0, "N", ""])
            cancelled += 1
        for leg in legs.itertuples():
            start, wait, service = leg.t_call_last, leg.t_call_last - leg.t_ticket, leg.t_end - leg.t_call_last
            if leg.step == 0 and rng.random() < 0.06:
                t = leg.t_ticket
                rows.append([date, number, 0, "Scan/ Review", "", "", clock(t), clock(t), clock(t), 0, 0, "Y", ""])
                roomless += 1
            if wait == 0 and astray < 2:
                start -= 1
                astray += 1
            else:
                waits.append(wait)
                services.append(service)
            remark = "Transferred" if leg.step else ""
            times = [clock(leg.t_ticket), clock(start), clock(leg.t_end)]
            minutes = [round(wait / 60), round(service / 60)]
            rows.append([date, number, leg.step, "Scan/ Review", leg.counter, 7777, *times, *minutes, "Y", remark])
    write(path, "QDate,Queue No,index,Svc,Counter,UserID,QTime,Start,End,WT,ST,Valid,Remark", rows)
    return {
        "mapping": "clinic_tickets",
        "scenario": CLINIC,
        "days": 5,
        "rows": len(rows),
        "dropped": {"not_wanted": cancelled, "no_counter": roomless, "start_before_ticket": astray},
        "repaired": {},
        **figures(waits, services),
    }


def bank(path: Path) -> Truth:
    """Write a bank's call log: hang-ups, phantoms, shifted rows, agents a second early, calls over midnight."""
    _, table = simulated(BANK, 3)
    rng = np.random.default_rng(SEED)
    rows: list[list[Any]] = []
    waits, services = [], []
    n = dict.fromkeys(("PHANTOM", "at_once", "lost", "over", "reneged"), 0)
    for i, call in enumerate(table.itertuples()):
        date = (datetime.date(2001, 1, 2) + datetime.timedelta(days=int(call.replication))).strftime("%y%m%d")
        joined, vru = call.t_ticket, int(rng.integers(5, 20))
        head = [f"XX01{1 + i % 6:02d}", 40_000 + i, 13_800_000_000 + int(rng.integers(10**8))]
        kind, end = call.transaction, call.t_end
        entry = [kind, date, clock(joined - vru), clock(joined), vru]
        nothing = [clock(0), clock(0), 0]
        if rng.random() < 0.02:
            rows.append([*head, 0, *entry, *nothing, "PHANTOM", *nothing, "NO_SERVER"])
            n["PHANTOM"] += 1
        if rng.random() < 0.05:
            rows.append([*head, 0, *entry, *nothing, "HANG", *nothing, "NO_SERVER"])
            n["at_once"] += 1
        wait = (call.t_call_last if call.outcome == "served" else end) - joined
        queue = [clock(joined), clock(joined + wait), wait] if wait else nothing
        head.append(1 if wait else 0)
        if call.outcome == "served":
            service = end - call.t_call_last
            early = int(rng.integers(0, 2))
            times = [clock(joined + wait - early), clock(end - early), service]
            if n["lost"] < 2 and rng.random() < 0.02:
                times, service = nothing, 0
                n["lost"] += 1
            rows.append([*head, *entry, *queue, "AGENT", *times, call.counter])
            n["over"] += int(end - early >= 86_400 and service > 0)
            waits.append(wait)
            services.append(service)
        elif wait:
            rows.append([*head, *entry, *queue, "HANG", *nothing, "NO_SERVER"])
            waits.append(wait)
            n["reneged"] += 1
            n["over"] += int(joined + wait >= 86_400 > joined)
        else:
            rows.append([*head, *entry, *queue, "HANG", *nothing, "NO_SERVER"])
            n["at_once"] += 1
    shifted = [*rows[5][:3], f"{rows[5][3]}       {rows[5][4]}", *rows[5][5:]]
    unknown = [*rows[9][:4], "XX", *rows[9][5:]]
    rows[20:20] = [shifted, unknown]
    header = (
        "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time q_start q_exit q_time outcome "
        "ser_start ser_exit ser_time server"
    )
    text = "".join("\t".join(map(str, row)) + "\n" for row in [header.split(), *rows])
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
        file.write(text.encode())
    return {
        "mapping": "anonymousbank",
        "scenario": BANK,
        "days": 3,
        "rows": len(rows),
        "dropped": {"field_count": 1, "unknown_value": 1, "not_wanted": n["PHANTOM"]},
        "repaired": {"time_filled": n["lost"]},
        "hung_up_at_once": n["at_once"],
        "reneged": n["reneged"],
        "services_over_midnight": n["over"],
        **figures(waits, services),
    }


def calls(path: Path) -> Truth:
    """Write the call log of a hotline: queue entry, answer, hang-up, work after the call, menus left, test calls."""
    _, table = simulated(CALLS, 4)
    rng = np.random.default_rng(SEED)
    rows: list[list[Any]] = []
    waits, services, works = [], [], []
    n = dict.fromkeys(("unwanted", "at_once", "abandoned"), 0)
    for i, call in enumerate(table.itertuples()):
        date = datetime.date(2024, 3, 4) + datetime.timedelta(days=int(call.replication))
        number, joined, end = f"{date:%Y%m%d}-{i + 1:05d}", call.t_ticket, call.t_end
        if rng.random() < 0.05:  # a caller whom the menu was enough for
            rows.append([number + "a", date, call.transaction, "", "", clock(joined), "", "", "IVR"])
            n["unwanted"] += 1
        if call.outcome == "served":
            answer = call.t_call_last
            work = call.t_wrap_end // 1_000_000 - end
            rows.append(
                [
                    number,
                    date,
                    call.transaction,
                    clock(joined),
                    clock(answer),
                    clock(end),
                    work,
                    call.counter,
                    "Answered",
                ]
            )
            waits.append(answer - joined)
            services.append(end - answer)
            works.append(work)
        else:
            n["abandoned" if end > joined else "at_once"] += 1
            waits += [end - joined] if end > joined else []
            rows.append([number, date, call.transaction, clock(joined), "", clock(end), "", "", "Abandoned"])
    write(path, "Call ID,Date,Queue,Queued,Answered,Ended,Wrap-up,Agent,Disposition", rows)
    return {
        "mapping": "call_log",
        "scenario": CALLS,
        "days": 4,
        "rows": len(rows),
        "dropped": {"not_wanted": n["unwanted"]},
        "repaired": {},
        "hung_up_at_once": n["at_once"],
        "reneged": n["abandoned"],
        "mean_wrap_up_s": round(float(np.mean(works)), 6),
        **figures(waits, services),
    }


def mm4(path: Path) -> Truth:
    """Write the log of a call centre of four agents, with lengths rounded apart from the clock."""
    _, table = simulated(MM4, 2)
    rng = np.random.default_rng(SEED)
    rows = []
    for i, call in enumerate(table.itertuples()):
        date = datetime.date(2021, 1, 4) + datetime.timedelta(days=int(call.replication))
        times = [clock(t, half_day=True) for t in (call.t_ticket, call.t_call_last, call.t_end)]
        wait, service = call.t_call_last - call.t_ticket, call.t_end - call.t_call_last
        lengths = [wait, service + int(rng.integers(0, 2))]
        rows.append([i + 1, date, call.visit + 1, *times, *lengths, "TRUE" if wait <= 60 else "FALSE"])
    header = "call_id,date,daily_caller,call_started,call_answered,call_ended,wait_length,service_length,meets_standard"
    write(path, header, rows)
    waits = list(table["t_call_last"] - table["t_ticket"])
    services = list(table["t_end"] - table["t_call_last"])
    truth = {"mapping": "synthetic_mm4", "scenario": MM4, "days": 2, "rows": len(rows), "dropped": {}, "repaired": {}}
    return {**truth, **figures(waits, services)}


def machine(path: Path, lang: str, encoding: str, seconds: bool) -> Truth:
    """Write the queue machine's own export of a hall."""
    hall = load(HALL)
    dates = [datetime.date(2024, 3, 4), datetime.date(2024, 3, 5)]
    logs = replicate(hall, len(dates), SEED, "batch")
    days = [build(hall, log, None, date) for log, date in zip(logs, dates, strict=True)]
    table = pd.concat(days, ignore_index=True)
    rows = export_csv(table, path, lang, encoding, seconds=seconds)
    tick = 1_000_000 if seconds else 1
    t = {name: table[name] // tick * tick / 1e6 for name in ("t_ticket", "t_call_last", "t_start", "t_end")}
    served = table["outcome"] == "served"
    waits = list(t["t_call_last"].where(served, t["t_end"]) - t["t_ticket"])
    services = list((t["t_end"] - t["t_start"])[served])
    truth = {"mapping": "ticket_machine", "scenario": HALL, "days": 2, "rows": rows, "dropped": {}, "repaired": {}}
    return {**truth, "reneged": int((table["outcome"] == "reneged").sum()), **figures(waits, services)}


def vendor(path: Path) -> Truth:
    """Write another maker's export: a title, dates inside the times, whole minutes, telephone numbers, no-shows."""
    _, table = simulated(HALL, 2)
    rng = np.random.default_rng(SEED)
    rows: list[list[Any]] = []
    waits, services = [], []
    no_shows = 0
    numbers = {"V": 0, "A": 0}
    for i, ticket in enumerate(table.sort_values(["replication", "t_ticket"]).itertuples()):
        if ticket.visit == 0:
            numbers = {"V": 0, "A": 0}
        date = datetime.date(2024, 3, 4) + datetime.timedelta(days=int(ticket.replication))
        numbers[ticket.ticket_class] += 1
        number = f"{ticket.ticket_class}{numbers[ticket.ticket_class]:03d}"
        phone = f"138{rng.integers(10**8):08d}"
        minutes = [None if pd.isna(t) else int(t) // 60 for t in (ticket.t_ticket, ticket.t_call_last, ticket.t_end)]
        joined, called, ended = minutes
        if called is None:  # the machine does not know that somebody left; nobody comes when it calls
            called = ended + 1
            end, counter, outcome = called + 1, "2 号台席", "过号"
            no_shows += 1
        else:
            end, counter, outcome = ended, ticket.counter, "已完成"
            services.append(60 * (ended - called))
        waits.append(60 * (called - joined))
        times = [f"{date.year}/{date.month}/{date.day} {t // 60}:{t % 60:02d}" for t in (joined, called, end)]
        rows.append([number, phone, f"业务{1 + i % 3}", *times, counter, f"营业员{1 + i % 3}", outcome])
    again = rows[30]
    rows.insert(31, again)
    header = "号码,手机号,业务类型,取票时间,呼叫时间,结束时间,窗口,工号,状态"
    write(path, header, rows, title="排队叫号明细表", encoding="utf-8-sig")
    return {
        "mapping": "ticket_machine",
        "scenario": HALL,
        "days": 2,
        "rows": len(rows),
        "dropped": {"duplicate": 1},
        "repaired": {},
        "no_shows": no_shows,
        **figures(waits, services),
    }


def two_systems(log: Path, records: Path) -> Truth:
    """Write five days of a hall as two systems know them: the one tickets, the other transactions without tickets."""
    hall = load(COUNTERS)
    dates = [datetime.date(2024, 3, 4) + datetime.timedelta(days=i) for i in range(5)]
    logs = replicate(hall, len(dates), SEED, "batch")
    table = pd.concat([build(hall, log, None, date) for log, date in zip(logs, dates, strict=True)], ignore_index=True)
    tickets = whole_services(table, days_of(table)[0])
    n_tickets = export_csv(tickets, log, "zh", "gb18030", seconds=True)
    rng = np.random.default_rng(SEED)
    booked, number = [], 0
    for step in table[table["outcome"] == "served"].itertuples():
        late = int(rng.integers(0, 10))
        if rng.random() < 0.02:
            continue  # a record that the system has lost
        number += 1
        t = step.t_end // 1_000_000 + AHEAD_S + late
        booked.append(
            [
                f"{step.date:%Y%m%d}{t:05d}",
                f"L{number:06d}",
                f"{step.date:%Y-%m-%d}",
                clock(t),
                step.counter,
                step.transaction,
            ]
        )
    rows = [row[1:] for row in sorted(booked)]
    rows.insert(40, rows[39])
    write(records, "流水号,日期,受理时间,台席,业务名称", rows, encoding="utf-8-sig")
    whole = {name: tickets[name] // 1_000_000 for name in ("t_ticket", "t_call_last", "t_start", "t_end")}
    served = tickets["outcome"] == "served"
    waits = list(whole["t_call_last"].where(served, whole["t_end"]) - whole["t_ticket"])
    services = list((whole["t_end"] - whole["t_start"])[served])
    common = {"scenario": COUNTERS, "days": len(dates), "repaired": {}}
    return {
        log.name: {
            **{"mapping": "ticket_machine", **common, "rows": n_tickets, "dropped": {}},
            **figures(waits, services),
        },
        records.name: {
            **{"mapping": "transaction_records", **common, "rows": len(rows), "dropped": {"duplicate": 1}},
            "ahead_s": AHEAD_S,
            **figures([0] * number, [0] * number),
        },
    }


def figures(waits: Sequence[float], services: Sequence[float]) -> Truth:
    """Return what is known of the rows that a reader keeps."""
    return {
        "joined": len(waits),
        "served": len(services),
        "mean_wait_s": round(float(np.mean(np.asarray(waits, dtype=float))), 6),
        "mean_service_s": round(float(np.mean(np.asarray(services, dtype=float))), 6),
    }


def clock(t: float, half_day: bool = False) -> str:
    """Return seconds since midnight as `9:03:07`, or `9:03:07 AM`; after midnight the clock starts over."""
    hours, rest = divmod(int(t), 3600)
    tail = f":{rest // 60:02d}:{rest % 60:02d}"
    if half_day:
        return f"{(hours - 1) % 12 + 1}{tail} {'AM' if hours % 24 < 12 else 'PM'}"
    return f"{hours % 24}{tail}"


def write(path: Path, header: str, rows: Iterable[Sequence[Any]], title: str = "", encoding: str = "utf-8") -> None:
    """Write a CSV file, with a line above its header if there is a title."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if title:
        writer.writerow([title])
    writer.writerow(header.split(","))
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "examples")
