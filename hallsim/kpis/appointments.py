"""Appointments kept and missed (semantics 22); the appointments are the rows of the source's table."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "appointments_kept",
        "Appointments kept",
        "预约履约率",
        "share",
        "booking",
        ("came",),
        ("booked",),
        "Of the booked appointments, those whose customer came while the doors were open, early or late.",
        "全部预约中，客户在营业时间内到厅者所占比例，早到和迟到均计。",
        by_hour=False,
        needs="bookings",
    ),
    Kpi(
        "appointments_missed",
        "Appointments missed",
        "预约爽约率",
        "share",
        "booking",
        ("booked", "-came"),
        ("booked",),
        "Of the booked appointments, those whose customer did not come while the doors were open.",
        "全部预约中，客户未在营业时间内到厅者所占比例。",
        by_hour=False,
        needs="bookings",
    ),
)
