"""Tables beside a calibration file: the kinds of its days, its campaigns, its roster, who came, and who was booked.

In: CSV files that the file names, with English or Chinese headers. Out: kinds by date, `Campaign`s, a `Roster`, and
`Booking`s. Rows that cannot be are complained about with their lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hallsim.calibrate.hall.appointments import Booking
from hallsim.calibrate.hall.campaigns import Campaign
from hallsim.errors import ScenarioError, not_one_of
from hallsim.replay.rostered import Roster, Stretch
from hallsim.scenario.days import COLUMNS, date_of
from hallsim.scenario.tables import Reading, Table
from hallsim.scenario.text import compose
from hallsim.scenario.tree import in_file_order
from hallsim.units import parse_moment

Cells = dict[str, str]
Names = dict[str, tuple[str, ...]]

CAMPAIGN: Names = {
    "campaign": ("campaign", "活动", "活动名称"),
    "start": ("from", "start", "开始", "开始日期"),
    "end": ("to", "end", "结束", "结束日期"),
}
ROSTER: Names = {
    "date": COLUMNS["date"],
    "start": ("start", "from", "上班", "开始"),
    "end": ("end", "to", "下班", "结束"),
}
ATTENDANCE: Names = {
    "date": COLUMNS["date"],
    "start": ("came", "in", "clock in", "签到", "上班打卡", "到岗"),
    "end": ("left", "out", "clock out", "签退", "下班打卡", "离岗"),
}
BOOKINGS: Names = {
    "date": COLUMNS["date"],
    "time": ("time", "booked time", "appointment", "预约时间", "预约时段"),
    "ticket": ("ticket", "ticket number", "ticket_no", "排队号", "票号"),
}
PERHAPS: Names = {
    "station": ("station", "area", "区域", "服务区"),
    "staff": ("staff", "name", "员工", "工号", "姓名", "营业员"),
    "counter": ("counter", "desk", "台席", "窗口"),
    "break_start": ("break from", "break start", "break_start", "休息开始"),
    "break_end": ("break to", "break end", "break_end", "休息结束"),
    "transactions": ("transactions", "transaction", "业务"),
}


def read_calendar(data: dict[str, Any], ctx: Reading) -> dict[str, str]:
    """Return the kind of each date of the calendar that the file names."""
    table = ctx.table(("calendar",), data["calendar"]) if data.get("calendar") else None
    found: dict[str, str] = {}
    wrong: list[tuple[int, str]] = []
    for line, cells in _rows(table, COLUMNS, ("calendar",), ctx):
        try:
            found[date_of(cells["date"])] = cells["day_type"]
        except ValueError as problem:
            wrong.append((line, str(problem)))
    if table is not None:
        ctx.rows_wrong(table, wrong)
    return found


def campaigns_in(file: Path) -> tuple[Campaign, ...]:
    """Return the campaigns of a table that stands alone.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """
    root, complaints = compose(f"campaigns: {json.dumps(file.name)}\n", str(file.parent / "--campaigns"))
    ctx = Reading(root, list(complaints))
    found = read_campaigns({"campaigns": file.name}, ctx)
    if ctx.errors:
        raise ScenarioError(in_file_order(ctx.errors))
    return found


def read_campaigns(data: dict[str, Any], ctx: Reading) -> tuple[Campaign, ...]:
    """Return the campaigns of the table that the file names; a campaign may have several rows, each with a window."""
    table = ctx.table(("campaigns",), data["campaigns"]) if data.get("campaigns") else None
    file = table.file if table is not None else ""
    found: dict[str, Campaign] = {}
    wrong: list[tuple[int, str]] = []
    for line, cells in _rows(table, CAMPAIGN, ("campaigns",), ctx):
        name = cells["campaign"]
        try:
            if not name:
                raise ValueError("has no name in the column campaign")
            first, last = date_of(cells["start"]), date_of(cells["end"])
            if last < first:
                raise ValueError(f"{name} must not end before it begins, {first} to {last}")
            concerned = tuple(part.strip() for part in re.split("[;；、]", cells["transactions"]) if part.strip())
            one = Campaign(name, ((first, last),), concerned, f"{file}:{line}")
            if name in found and set(concerned) != set(found[name].transactions):
                raise ValueError(f"{name} concerns other transactions than by {found[name].place}")
            before = found[name].windows if name in found else ()
            found[name] = one._replace(windows=(*before, (first, last)))
        except ValueError as problem:
            wrong.append((line, str(problem)))
    if table is not None:
        ctx.rows_wrong(table, wrong)
    return tuple(found.values())


def read_roster(data: dict[str, Any], ctx: Reading) -> Roster:
    """Return the roster that the file names, and the attendance beside it."""
    planned, by = _shifts("roster", data, ROSTER, ctx)
    attended, of_attended = _shifts("attendance", data, ATTENDANCE, ctx)
    if attended and not of_attended:
        ctx.add(("attendance",), "names nobody: give it a column staff or counter")
    elif attended and planned and by != of_attended:
        has = f"the roster is by {by}" if by else "the roster names nobody"
        ctx.add(("attendance",), f"is by {of_attended}, and {has}: they cannot be put beside each other")
    return Roster(planned, attended, by or of_attended)


def read_bookings(data: dict[str, Any], ctx: Reading) -> tuple[Booking, ...]:
    """Return the appointments of the list that the file names; rows without a time are walk-ins, and left out.

    A ticket may stand in several rows of one time, as in a queue machine's export.
    """
    table = ctx.table(("bookings",), data["bookings"]) if data.get("bookings") else None
    found: list[Booking] = []
    seen: dict[tuple[str, str], tuple[int, int]] = {}
    wrong: list[tuple[int, str]] = []
    for line, cells in _rows(table, BOOKINGS, ("bookings",), ctx):
        if not cells["time"]:
            continue
        try:
            one = Booking(date_of(cells["date"]), parse_moment(cells["time"]), cells["ticket"])
        except ValueError as problem:
            wrong.append((line, str(problem)))
            continue
        time, other = seen.setdefault((one.date, one.ticket), (one.time, line)) if one.ticket else (one.time, line)
        if time != one.time:
            wrong.append(
                (line, f"ticket {one.ticket} of {one.date} is booked for another time already, by line {other}")
            )
        elif other == line:
            found.append(one)
    if table is not None:
        ctx.rows_wrong(table, wrong)
    if table is not None and not (found or wrong or ctx.errors):
        ctx.add(("bookings",), f"{Path(table.file).name} has no row with a time")
    return tuple(found)


def _shifts(key: str, data: dict[str, Any], columns: Names, ctx: Reading) -> tuple[tuple[Stretch, ...], str]:
    """Return the stretches of a table without their breaks, and what names their people."""
    table = ctx.table((key,), data[key]) if data.get(key) else None
    rows = list(_rows(table, columns, (key,), ctx))
    by = next((name for name in ("staff", "counter") if any(cells[name] for _, cells in rows)), "")
    found: list[Stretch] = []
    seen: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    wrong: list[tuple[int, str]] = []
    for line, cells in rows:
        try:
            own = _shift(cells, by)
            who = own[0].date, own[0].who
            for on, off, other in seen.get(who, []) if by else ():
                if own[0].on < off and on < own[-1].off:
                    raise ValueError(f"{cells[by]} is on duty at this time already, by line {other}")
            seen.setdefault(who, []).append((own[0].on, own[-1].off, line))
            found += own
        except ValueError as problem:
            wrong.append((line, str(problem)))
    if table is not None:
        ctx.rows_wrong(table, wrong)
    return tuple(found), by


def _shift(cells: Cells, by: str) -> list[Stretch]:
    """Return the one or two stretches of a row.

    Raises
    ------
    ValueError
        With the whole message.
    """
    on, off = parse_moment(cells["start"]), parse_moment(cells["end"])
    if off <= on:
        raise ValueError(f"a shift must end after it begins, not {cells['start']} to {cells['end']}")
    if by and not cells[by]:
        raise ValueError(f"has no {by}, which other rows name")
    whole = Stretch(date_of(cells["date"]), cells["station"], on, off, cells[by] if by else "")
    if not (cells["break_start"] or cells["break_end"]):
        return [whole]
    begin, end = parse_moment(cells["break_start"]), parse_moment(cells["break_end"])
    if not on < begin < end < off:
        pause, shift = (f"{cells[a]} to {cells[b]}" for a, b in (("break_start", "break_end"), ("start", "end")))
        raise ValueError(f"the break from {pause} is not within the shift from {shift}")
    return [whole._replace(off=begin), whole._replace(on=end)]


def _rows(table: Table | None, columns: Names, path: tuple[str, ...], ctx: Reading) -> Sequence[tuple[int, Cells]]:
    """Return line and cells of each row, by our names of the columns; "" for columns that are not there."""
    if table is None:
        return []
    plain = {column.casefold(): column for column in table.columns}
    heads = {
        key: next((plain[name] for name in names if name in plain), "") for key, names in (columns | PERHAPS).items()
    }
    if missing := [key for key in columns if not heads[key]]:
        what = f"a column of {Path(table.file).name}"
        ctx.add(path, not_one_of(columns[missing[0]][0], what, table.columns))
        return []
    return [(line, {key: cells.get(head, "") for key, head in heads.items()}) for line, cells in table.rows]
